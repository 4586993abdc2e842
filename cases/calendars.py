"""The books of the calendar: the yearly notice for everybody, a district's own days.

First a change is proposed and what it would move looked at, then it is brought in: once, and
only onto the version it was proposed for. A year that changes gets a further edition; nothing
is overwritten. Running clocks follow in the background (``cases/calendar_change.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from cases import calendar_change, workcalendar
from cases.calendar_change import Preview
from cases.doorbell import BELL
from cases.escalation import database_clock
from cases.models import CalendarDay, CalendarEdition, Recount
from cases.rules.daysoff import FIRST_YEAR, LAST_YEAR, NamedDay, own_day, year_days
from cases.workcalendar import Calendars
from grids import plaintext, powers
from grids.errors import BadInput, NotAllowed, NotVisible, WrongState
from grids.models import Area, Unit, User
from grids.roles import Level, Role
from grids.staffing import Post

LONGEST_DOCUMENT, LONGEST_REASON = 80, 200
MOVED_ON = "Somebody else has changed this year meanwhile. Please look at it again."


@dataclass(frozen=True, slots=True)
class Proposal:
    """A year's days as they shall be; ``base`` is the version they were made from, 0 for none.
    ``area`` None: the notice for the whole country."""

    area: Area | None
    year: int
    days: tuple[NamedDay, ...]
    base: int
    document: str = ""
    reason: str = ""

    def calendars(self) -> Calendars:
        """Everybody's calendar as it would be."""
        return workcalendar.read_with(
            self.area.pk if self.area else None, year_days(self.year, self.days)
        )


# --- who ------------------------------------------------------------------------------------
def runs_calendar(post: Post) -> bool:
    """Whether ``post`` keeps the days of districts in its area."""
    return post.level <= Level.DISTRICT and (post.role is Role.SYS_ADMIN or powers.runs_place(post))


def takes_in_notices(post: Post) -> bool:
    """Whether ``post`` takes in the notice for everybody: who runs the installation. It is
    published for the whole country, so it is nobody's own decision."""
    return post.role is Role.SYS_ADMIN and post.level <= Level.DISTRICT


def may_take_in(user: User) -> bool:
    return any(takes_in_notices(post) for post in user.posts)


def awaited_by(user: User, today: date) -> int | None:
    """The year whose notice ``user`` is to take in: this one, or next year from November on,
    while there is none. None for everybody else."""
    return workcalendar.awaited(today) if may_take_in(user) else None


def need_taker_in(user: User) -> None:
    """Raise ``NotAllowed`` for whoever does not take in notices."""
    if not may_take_in(user):
        raise NotAllowed("Only the system administrator takes in the yearly notice.")


def need_post(user: User) -> None:
    """Raise ``NotAllowed`` for whoever has no post."""
    if not user.posts:
        raise NotAllowed("You have no post at present.")


def districts_seen(user: User) -> QuerySet[Area]:
    """The districts the posts of ``user`` lie in, or have below them."""
    within = Q(pk__in=[])
    for post in user.posts:
        above = [int(part) for part in post.area_path.split(".") if part]
        below = Q(path__startswith=post.area_path, tenant=post.tenant_id)
        within |= Q(pk__in=above) | below
    rows: QuerySet[Area] = Area.objects.current().filter(within, level=Level.DISTRICT.value)
    return rows.order_by("path")


def may_change(user: User, district: Area) -> bool:
    """Whether ``user`` keeps the own days of ``district``."""
    return any(
        runs_calendar(post)
        and post.tenant_id == district.tenant_id
        and district.path.startswith(post.area_path)
        for post in user.posts
    )


def need_keeper(user: User, district: Area) -> None:
    """Raise ``NotAllowed`` for whoever does not keep the days of ``district``."""
    if not may_change(user, district):
        raise NotAllowed("The administrator of the district keeps its days.")


def district_for(user: User, pk: int) -> Area:
    """A district ``user`` sees; raises ``NotVisible``."""
    found = districts_seen(user).filter(pk=pk).first()
    if found is None:
        raise NotVisible("There is no such district in your area.")
    return found


# --- reading --------------------------------------------------------------------------------
def edition_in_force(area: Area | None, year: int) -> CalendarEdition | None:
    """The newest edition of a year; None while nobody has written one."""
    rows = CalendarEdition.objects.filter(area=area, year=year)
    return rows.order_by("-version").first()


def own_days(area: Area | None, year: int) -> dict[date, NamedDay]:
    """The days written for a year, by day."""
    edition = edition_in_force(area, year)
    rows = edition.days.all() if edition else CalendarDay.objects.none()
    return {row.day: NamedDay(row.day, row.works, row.name) for row in rows}


def editions_for(user: User, year: int, area: Area | None) -> QuerySet[CalendarEdition]:
    """What was written for a year, for the country and the district, the newest first."""
    rows: QuerySet[CalendarEdition] = CalendarEdition.objects.visible_to(user).filter(
        Q(area=None) | Q(area=area), year=year
    )
    return rows.select_related("imported_by", "area").order_by("-at", "-pk")


def still_followed() -> Recount | None:
    """The change of days that running clocks still follow, the newest of them."""
    return Recount.objects.filter(finished_at=None).order_by("-at").first()


# --- proposing ------------------------------------------------------------------------------
def propose_notice(
    year: int, days: Sequence[NamedDay], document: str, base: int | None = None
) -> Proposal:
    """The notice of ``year``; raises ``BadInput`` naming the field.

    Years follow each other without a gap: days of an unknown year between cannot be counted.
    """
    document = plaintext.line(document, "document", longest=LONGEST_DOCUMENT)
    known = workcalendar.read().national
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadInput("Choose a year from %(first)s to %(last)s.", field="year",
                       first=FIRST_YEAR, last=LAST_YEAR)  # fmt: skip
    if not known.known_from.year - 1 <= year <= known.known_to.year + 1:
        raise BadInput(
            "Days off are known from %(first)s to %(last)s; take in the year next to them first.",
            field="year", first=known.known_from.year, last=known.known_to.year,
        )  # fmt: skip
    if base is None and list(own_days(None, year).values()) == list(days):
        raise WrongState("These days are in force already.")
    return Proposal(None, year, tuple(days), base_of(None, year, base), document)


def propose_day(
    district: Area, change: NamedDay | date, reason: str, base: int | None = None
) -> Proposal:
    """A district's year with one day more, or with the day ``change`` taken back."""
    reason = plaintext.line(reason, "reason", longest=LONGEST_REASON)
    day = change.day if isinstance(change, NamedDay) else change
    national = workcalendar.read().national
    days = own_day(national, own_days(district, day.year), change)
    return Proposal(district, day.year, tuple(days), base_of(district, day.year, base), "", reason)


def base_of(area: Area | None, year: int, given: int | None) -> int:
    """The version a proposal is made from: what was looked at, or what is in force."""
    if given is not None:
        return given
    edition = edition_in_force(area, year)
    return edition.version if edition else 0


def preview(proposal: Proposal) -> Preview:
    """Which running clocks the change would move now; writes nothing."""
    return calendar_change.preview(proposal.calendars())


# --- the door ---------------------------------------------------------------------------------
@transaction.atomic
def bring_in(user: User | None, proposal: Proposal, now: datetime | None = None) -> CalendarEdition:
    """Write the next edition of a year; running clocks follow. ``user`` None: a command.

    Raises ``NotAllowed``, and ``WrongState`` when the year has changed since it was looked at,
    be it by the same button pressed twice.
    """
    if user is not None:
        if proposal.area is None:
            need_taker_in(user)
        else:
            need_keeper(user, proposal.area)
    one_at_a_time()
    edition = edition_in_force(proposal.area, proposal.year)
    version = edition.version if edition else 0
    if version != proposal.base:
        raise WrongState(MOVED_ON)
    now = now or database_clock()
    calendar_change.keep_versions(workcalendar.read(), now)
    made = CalendarEdition.objects.create(
        area=proposal.area, year=proposal.year, version=version + 1, document=proposal.document,
        reason=proposal.reason, imported_by=user, at=now,
    )  # fmt: skip
    CalendarDay.objects.bulk_create(
        CalendarDay(edition=made, year=made.year, day=one.day, works=one.works, name=one.name)
        for one in proposal.days
    )
    calendar_change.keep_versions(workcalendar.read(), now)
    Recount.objects.create(edition=made, at=now)
    transaction.on_commit(follow_soon, robust=True)
    return made


def one_at_a_time() -> None:
    """Wait for whoever is writing days; held to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('jieyou calendar'))")


def follow_soon() -> None:
    """This process counts by the new days at once; a worker lets running clocks follow."""
    workcalendar.forget()
    BELL.ring("recount_clocks")


# --- figures of a preview ---------------------------------------------------------------------
@dataclass(slots=True)
class UnitFigures:
    """How many deadlines of one unit would move."""

    unit_id: int
    name: str
    later: int = 0
    earlier: int = 0
    settled: int = 0  # provisional before, certain afterwards


def by_unit(found: Preview) -> list[UnitFigures]:
    """The moves counted by the unit responsible, the most first."""
    ids = {move.clock.case.holder_unit_id or 0 for move in found.moves}
    rows = Unit.objects.filter(pk__in=ids).select_related("area__parent")
    names = {unit.pk: full_name(unit) for unit in rows}
    figures: dict[int, UnitFigures] = {}
    for move in found.moves:
        pk = move.clock.case.holder_unit_id or 0
        one = figures.setdefault(pk, UnitFigures(pk, names.get(pk, "")))
        one.later += move.later
        one.earlier += not move.later
        one.settled += move.clock.provisional and not move.provisional
    return sorted(figures.values(), key=lambda one: (-one.later - one.earlier, one.name))


def full_name(unit: Unit) -> str:
    """The name of a unit; that of a grid, which is a number, behind its village."""
    above = unit.area.parent
    return f"{above.name} {unit.name}" if above and unit.area.level > Level.VILLAGE else unit.name
