"""How a petition matter begins: with whom it lies, which times run, and a sender's own day."""

from datetime import date, datetime, time, timedelta
from typing import Protocol

from django.db.models import Model

from cases import clocks, driving
from cases.holders import Place
from cases.intake_facts import Facts
from cases.models import Case, Clock, Petition, Source
from cases.rules import procedure
from cases.rules.limits import LIMITS
from cases.rules.terms import ClockCode, Kind, Path, Sender, Status, Verb
from grids.errors import BadInput
from grids.models import Unit
from grids.roles import Level, UnitKindCode
from grids.staffing import Post

END_OF_DAY = time(23, 59, 59)
FIRST = {Kind.PETITION: Status.LODGED}  # where a matter stands at first; others are registered
FARTHEST = timedelta(days=366)


class Told(Protocol):
    """What is read of the draft of a matter."""

    @property
    def kind(self) -> Kind: ...
    @property
    def on_the_spot(self) -> bool: ...
    @property
    def simple(self) -> bool: ...
    @property
    def sender(self) -> str: ...
    @property
    def sender_due(self) -> date | None: ...


def check(told: Told, *, danger: bool) -> None:
    """What no petition matter may be; raises ``BadInput``."""
    if told.kind is not Kind.PETITION:
        return
    if danger:
        raise BadInput(
            "Danger to people is registered as an event; it is passed on at once.", field="violence"
        )
    if told.on_the_spot:
        raise BadInput("A petition matter is answered in writing.", field="on_the_spot")


def take_in(
    case: Case, told: Told, area: Place, post: Post, facts: Facts, source: Source
) -> tuple[Clock, list[Model]]:
    """Give a petition matter its holder and the clocks of its registration, all unsaved.

    The public body that was told answers or passes on; from the village and the grid it goes to
    the petition office of the township, or whoever coordinates there.
    """
    units, policies = facts.units(area), facts.policies(area)
    own = Unit.objects.select_related("kind").get(pk=post.unit_id)
    case.path = Path.LIMIT.value
    if post.level <= Level.TOWNSHIP and own.kind.government:
        case.holder_unit_id, kind = own.pk, own.kind_id
        case.level = max(post.level, Level.CITY).value
    else:
        office = units.find(Level.TOWNSHIP, UnitKindCode.PETITION_OFFICE.value)
        case.holder_unit_id, kind = office.pk, office.kind_id
        case.level = units.level_of(office).value
    found = procedure.Facts(
        simple=told.simple, office=kind == UnitKindCode.PETITION_OFFICE.value,
        local=driving.is_local(policies),
        chained=source.code in driving.FROM_ABOVE,
    )  # fmt: skip
    rows: list[Model] = [
        Petition(case_id=case.pk, tenant_id=case.tenant_id, simple=told.simple)
    ]  # fmt: skip
    first: Clock | None = None
    for code in procedure.started(Verb.REGISTER, found):
        pk = clocks.next_id() if first else facts.clock_id
        clock = clocks.limit_clock(
            case, code, case.received_at, pk=pk, watched=driving.is_watched(LIMITS[code]),
            policies=policies,
        )  # fmt: skip
        if first:
            rows += [clock, clocks.first_step(case, clock)]
        first = first or clock
    if first is None:
        raise BadInput("No time limit applies to this matter.", field="kind")
    return first, rows


def by_sender(case: Case, told: Told, now: datetime) -> list[Model]:
    """The clock of a day the sender named, unsaved; empty when none did.

    Raises ``BadInput`` at ``sender`` or ``sender_due``.
    """
    if not told.sender and told.sender_due is None:
        return []
    if told.sender not in Sender.values():
        raise BadInput("Choose who set the deadline.", field="sender")
    today = now.astimezone(clocks.ZONE).date()
    if told.sender_due is None or not today <= told.sender_due <= today + FARTHEST:
        raise BadInput("Choose the day the sender set, from today on and within a year.",
                       field="sender_due")  # fmt: skip
    if case.status == Status.DONE:
        raise BadInput("A matter settled on the spot has no deadline.", field="sender_due")
    until = datetime.combine(told.sender_due, END_OF_DAY, tzinfo=clocks.ZONE)
    clock = clocks.hand_clock(
        case, ClockCode.SENDER, now, until, sender=told.sender, pk=clocks.next_id()
    )
    case.sender_due_at = until
    return [clock, clocks.first_step(case, clock)]
