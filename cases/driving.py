"""What an act does to the clocks, asked of the tables: which it starts, stops, holds, pauses.

The acts of a petition matter say what they found (``procedure.Facts``); no act of theirs names
a clock of the table itself.
"""

from datetime import date, datetime, time

from cases import clocks
from cases.acting import Act
from cases.models import Case, Petition
from cases.policies import InForce
from cases.rules.limits import LIMITS, Limit, LimitCode, StartsFrom, Whose
from cases.rules.procedure import OF_PETITIONS, Facts, started
from cases.rules.set_by_hand import SET_BY_HAND
from cases.rules.terms import CLOSED, ClockCode, Status, Verb
from grids.models import Unit
from grids.roles import UnitKindCode

FROM_ABOVE = frozenset({"transfer", "petition"})  # sources: handed down, from the petition office
HEARING = "hearing"  # reason of a pause
END_OF_DAY = time(23, 59, 59)
# Running out of it is no fault of anybody's: the right to object has lapsed, nothing else.
UNWATCHED = frozenset({LimitCode.OBJECTION, LimitCode.SUSPENSION})


def drive(act: Act) -> None:
    """Stop, hold, pause and start the clocks of a petition matter as the tables say."""
    case, verb = act.case, act.verb
    clocks.stop(case, act.now, codes_with("stops", verb))
    if held := codes_with("holds", verb):
        clocks.hold(case, act.now, held)
    if excluded := [code.value for code, limit in LIMITS.items() if verb in limit.excludes]:
        clocks.pause(case, act.now, HEARING, excluded)
    if Status(case.status) in CLOSED or not any(verb in LIMITS[one].starts for one in OF_PETITIONS):
        return
    facts = act.facts or facts_of(case, act.now)
    for code in started(verb, facts):
        limit = LIMITS[code]
        clocks.start_limit(case, code, start_of(act, limit), watched=is_watched(limit))


def codes_with(column: str, verb: Verb) -> list[str]:
    """The clocks whose rule names ``verb`` in ``column``."""
    rules = [*LIMITS.items(), *SET_BY_HAND.items()]
    return [code.value for code, rule in rules if verb in getattr(rule, column)]


def is_watched(limit: Limit) -> bool:
    """Whether the matter enters the supervision list when the limit has run out."""
    return limit.whose is Whose.AGENCY and limit.code not in UNWATCHED


def start_of(act: Act, limit: Limit) -> datetime:
    """The moment a limit runs from."""
    if limit.starts_from is StartsFrom.SERVED and act.inputs.served_on:
        return served_at(act.inputs.served_on, act.now)
    if limit.starts_from is StartsFrom.ACCEPTED:
        accepted = Petition.objects.get(case=act.case).accepted_at
        return accepted or act.now
    return act.now


def served_at(day: date, now: datetime) -> datetime:
    """The end of the day of a service, at most now: the day itself is not counted."""
    return min(datetime.combine(day, END_OF_DAY, tzinfo=clocks.ZONE), now)


def facts_of(case: Case, now: datetime) -> Facts:
    """What a petition matter is before an act adds what it found."""
    petition = Petition.objects.get(case=case)
    kind = Unit.objects.filter(pk=case.holder_unit_id or 0).values_list("kind_id", flat=True)
    return Facts(
        route=petition.route, simple=petition.simple,
        office=kind.first() == UnitKindCode.PETITION_OFFICE.value,
        local=is_local(clocks.policies_of(case, now)), chained=case.source.code in FROM_ABOVE,
        reviewed=case.status == Status.REVIEWED,
    )  # fmt: skip


def is_local(policies: InForce) -> bool:
    """Whether the district has a time of its own for acceptance, by local regulation."""
    return policies.limit_row(LimitCode.LOCAL_ACCEPT) is not None


def set_deadline(act: Act, code: ClockCode, until: datetime, sender: str = "") -> None:
    """Start a clock whose end a person named."""
    clocks.start_by_hand(
        act.case, code, act.now, until, sender=sender, watched=SET_BY_HAND[code].watched
    )
