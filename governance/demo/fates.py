"""What happens to an invented case: which way it ends, or where it stands today."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import TypeVar

from cases import clocks, workcalendar
from cases.rules.ladder import Ladder, first_rung_for, plan
from cases.rules.workflow import Kind, Status, Verb
from grids.roles import Level

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HALF_A_YEAR = 183  # days
OPEN_SHARE = 0.13  # of the cases, how many are open today

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fate:
    """How a case goes.

    ``work``: the act that ends the work. ``finish``: how the result is accepted. ``level``:
    nobody takes it up before the ladder comes there. ``rest``: where it stands today, None
    for a case that runs to its end. ``late``: the ladder has run out at the top. ``aside``:
    one more thing that happens on the way.
    """

    work: Verb
    finish: Verb = Verb.VERIFY
    level: Level = Level.GRID
    rest: Status | None = None
    late: bool = False
    spot: bool = False
    aside: Verb | None = None


def draw(lot: Random, shares: Mapping[T, float]) -> T:
    """One key, drawn by its share."""
    return lot.choices(list(shares), list(shares.values()))[0]


LEVELS = {Level.GRID: 60, Level.VILLAGE: 25, Level.TOWNSHIP: 11, Level.DISTRICT: 4}
DISPUTE_ENDS = {
    Verb.AGREE_WRITTEN: 28, Verb.AGREE_ORAL: 38, Verb.FINISH: 14, Verb.REFUSE: 9, Verb.FAIL: 8,
    Verb.VOID: 1.5, Verb.MERGE: 1.5,
}  # fmt: skip
MATTER_ENDS = {Verb.FINISH: 97, Verb.VOID: 1.5, Verb.MERGE: 1.5}
ASIDES = {
    None: 52, Verb.SUPPLEMENT: 12, Verb.ASSIGN: 12, Verb.CO_HANDLE: 7, Verb.SUSPEND: 4,
    Verb.NUDGE: 4, Verb.RETURN: 4, Verb.REJECT: 3, Verb.RAISE: 2,
}  # fmt: skip
SPOT_SHARE = {Kind.DISPUTE: 0.18, Kind.EVENT: 0.12, Kind.REQUEST: 0.3}
SPOT_FINISHES = {Verb.CONFIRM: 45, Verb.STRIKE_SILENT: 20, Verb.VERIFY: 35}
# Where open disputes stand: (status, level, late).
OPEN_DISPUTES: dict[tuple[Status, Level, bool], float] = {
    (Status.REGISTERED, Level.GRID, False): 38,
    (Status.REGISTERED, Level.VILLAGE, False): 26,
    (Status.REGISTERED, Level.TOWNSHIP, False): 18,
    (Status.REGISTERED, Level.DISTRICT, False): 10,
    (Status.SIGNED, Level.GRID, False): 14,
    (Status.SIGNED, Level.VILLAGE, False): 14,
    (Status.SIGNED, Level.TOWNSHIP, False): 10,
    (Status.SIGNED, Level.DISTRICT, False): 6,
    (Status.MEDIATING, Level.VILLAGE, False): 8,
    (Status.MEDIATING, Level.TOWNSHIP, False): 8,
    (Status.RETURNED, Level.VILLAGE, False): 4,
    (Status.RETURNED, Level.TOWNSHIP, False): 4,
    (Status.SUSPENDED, Level.TOWNSHIP, False): 8,
    (Status.DONE, Level.VILLAGE, False): 10,
    (Status.DONE, Level.TOWNSHIP, False): 8,
    (Status.VERIFIED, Level.VILLAGE, False): 5,
    (Status.REGISTERED, Level.DISTRICT, True): 8,
    (Status.SIGNED, Level.DISTRICT, True): 8,
}
OPEN_MATTERS: dict[tuple[Status, Level, bool], float] = {
    (Status.REGISTERED, Level.GRID, False): 40,
    (Status.HANDLING, Level.GRID, False): 34,
    (Status.SUSPENDED, Level.GRID, False): 5,
    (Status.DONE, Level.GRID, False): 12,
    (Status.HANDLING, Level.GRID, True): 7,
}


def closed_fate(lot: Random, kind: Kind) -> Fate:
    """The fate of a case that has come to its end."""
    if lot.random() < SPOT_SHARE[kind]:
        return Fate(Verb.FINISH, finish=draw(lot, SPOT_FINISHES), spot=True)
    work = draw(lot, DISPUTE_ENDS if kind == Kind.DISPUTE else MATTER_ENDS)
    if work in (Verb.VOID, Verb.MERGE):
        return Fate(work)  # soon, before anybody else has it
    return Fate(work, level=draw(lot, LEVELS), aside=draw(lot, ASIDES))


def open_fate(lot: Random, kind: Kind) -> Fate:
    """The fate of a case that is open today."""
    disputes = kind == Kind.DISPUTE
    rest, level, late = draw(lot, OPEN_DISPUTES if disputes else OPEN_MATTERS)
    agreed = disputes and rest != Status.SUSPENDED
    return Fate(Verb.AGREE_ORAL if agreed else Verb.FINISH, level=level, rest=rest, late=late)


# --- when it was registered -------------------------------------------------------------
def some_day(lot: Random, now: datetime) -> datetime:
    """A moment of the past half year in which people talk to a grid worker."""
    day = now - timedelta(days=lot.uniform(7, HALF_A_YEAR))
    if day.astimezone(clocks.ZONE).weekday() >= 5 and lot.random() < 0.5:
        day -= 2 * DAY
    return by_day(lot, day)


def by_day(lot: Random, moment: datetime) -> datetime:
    """A moment between 7:30 and 20:30 of the same day in Shanghai."""
    day = moment.astimezone(clocks.ZONE).date()
    morning = datetime.combine(day, time(7, 30), tzinfo=clocks.ZONE)
    return morning + timedelta(minutes=lot.triangular(0, 13 * 60, 150))


def beginning(
    lot: Random, kind: Kind, fate: Fate, ladder: Ladder, writer: Level, now: datetime
) -> datetime:  # fmt: skip
    """When a case that rests as ``fate`` says must have been registered."""
    if kind == Kind.DISPUTE:
        return ladder_beginning(lot, fate, ladder, writer, now)
    if fate.late:
        return by_day(lot, now - lot.uniform(9, 20) * DAY)
    if fate.rest == Status.REGISTERED:
        return now - lot.uniform(0.2, 23.5) * HOUR
    return now - lot.uniform(0.4, 4) * DAY


def ladder_beginning(
    lot: Random, fate: Fate, ladder: Ladder, writer: Level, now: datetime
) -> datetime:
    """So that the ladder stands at the fate's level now, due within the next day if it can."""
    first = first_rung_for(ladder, writer)
    rung = max(first, first_rung_for(ladder, fate.level))
    fitting = []
    for hours in range(3, 24 * 21, 3):
        start = now - (hours - lot.uniform(0, 3)) * HOUR
        course = plan(
            ladder, start, first_rung=first, calendar=workcalendar.current(), zone=clocks.ZONE
        )
        entered = start if rung == first else course.moments[rung - first - 1]
        due = course.due_at + DAY if fate.late else course.moments[rung - first]
        stands_there = entered < now - HOUR / 4 and now < due <= now + DAY
        if due < now if fate.late else stands_there:
            fitting.append(start)
    awake = [start for start in fitting if 7 <= start.astimezone(clocks.ZONE).hour <= 21]
    return lot.choice(awake or fitting or [now - HOUR])
