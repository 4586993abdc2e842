"""Why a clock ends when it ends, step by step: codes and values, no words. Pure Python.

The steps are drawn from the way the count itself wrote down (``cases/rules/trail.py``), so that
what is said is what was counted. ``cases/explaining.py`` says them in the reader's language.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import groupby

from cases.rules.clock import DAY, Pause, Span, SpanUnit, as_if_resumed, end_of, later_month, merged
from cases.rules.hours import in_holiday
from cases.rules.limits import Whose
from cases.rules.reckoning import ClockRule, ClockState, Reckoning
from cases.rules.trail import Fate, Walked
from cases.rules.workdays import WorkCalendar
from grids.words import Word


class Said(StrEnum):
    """The sorts of step; never shown as such."""

    DUE = "due"  # Due
    STARTED_DAY = "started_day"  # The first day is not counted
    STARTED_AT = "started_at"  # Runs from the minute
    COUNTED = "counted"  # Days that count
    WORKED = "worked"  # Working days that count
    MONTHS = "months"  # The corresponding day of a later month
    HOURS = "hours"  # Working hours that count
    RAN = "ran"  # Hours around the clock
    HOLIDAY = "holiday"  # Public holiday
    WEEKEND = "weekend"  # Weekend
    PAUSED = "paused"  # The clock stood still
    EXCLUDED = "excluded"  # Not counted by law
    STANDS = "stands"  # The clock stands still
    EXTENDED = "extended"  # Extended
    RUNG = "rung"  # End of a step
    ROLLED = "rolled"  # Rolled over days off
    NOT_ROLLED = "not_rolled"  # Ends on a day off all the same
    PROVISIONAL = "provisional"  # No holiday notice yet
    HELD = "held"  # Held
    STOPPED = "stopped"  # Stopped


class Festival(Word):
    """The public holidays, as the State Council's notices call them."""

    NEW_YEAR = "new_year", "New Year"
    SPRING_FESTIVAL = "spring_festival", "Spring Festival"
    QINGMING = "qingming", "Qingming Festival"
    LABOUR_DAY = "labour_day", "Labour Day"
    DRAGON_BOAT = "dragon_boat", "Dragon Boat Festival"
    MID_AUTUMN = "mid_autumn", "Mid-Autumn Festival"
    NATIONAL_DAY = "national_day", "National Day"
    BOTH = "both", "National Day and Mid-Autumn Festival"
    OTHER = "other", "Public holiday"


@dataclass(frozen=True, slots=True)
class Remark:
    """One step. Which of the values are given depends on ``code``:

    days (those that count), make_up (those of them on a weekend), ran (how long on each), off
    (weekends, first and last day of each), first and last (a stretch of days), at and until
    (instants in the zone of the count), number (days), span and by
    (an extension).
    """

    code: Said
    days: tuple[date, ...] = ()
    make_up: tuple[date, ...] = ()
    off: tuple[tuple[date, date], ...] = ()
    ran: tuple[timedelta, ...] = ()
    first: date | None = None
    last: date | None = None
    at: datetime | None = None
    until: datetime | None = None
    number: int = 0
    span: Span | None = None
    by: str = ""
    festival: Festival | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What the steps are drawn from."""

    rule: ClockRule
    found: Reckoning
    calendar: WorkCalendar
    zone: tzinfo
    now: datetime

    @property
    def spans(self) -> tuple[Span, ...]:
        return (*self.rule.spans, *self.found.course.granted)


def explain(
    rule: ClockRule, found: Reckoning, calendar: WorkCalendar, now: datetime, zone: tzinfo
) -> tuple[Remark, ...]:
    """The steps from the start to the due moment; empty for a clock that has not started.

    ``found`` comes from ``reckon`` with a trail.
    """
    start = found.course.started_at
    if start is None or found.trail is None or found.due_at is None:
        return ()
    told = Told(rule, found, calendar, zone, now)
    days = rule.spans[0].counts_days
    local = start.astimezone(zone)
    steps = [Remark(Said.STARTED_DAY if days else Said.STARTED_AT, first=local.date(), at=local)]
    named: set[Pause] = set()
    for number, span in enumerate(told.spans):
        steps += leg(told, number, span, named)
    steps += rolling(told)
    rolled = [one.day for one in found.trail.days if one.leg == len(told.spans)
              and one.fate is Fate.STOOD]  # fmt: skip
    steps += stood(told, rolled, set(rolled), named)
    steps += unnamed_pauses(told, named)
    steps += [Remark(Said.PROVISIONAL, first=date(first, 1, 1), last=date(last, 12, 31))
              for first, last in years_without_notice(told)]  # fmt: skip
    steps += standing(told)
    return (*steps, Remark(Said.DUE, at=found.due_at))


def leg(told: Told, number: int, span: Span, named: set[Pause]) -> Iterator[Remark]:
    """One span of the rule, or one extension."""
    rungs = len(told.rule.spans)
    if number >= rungs:
        granted = told.found.course.extensions[number - rungs]
        yield Remark(Said.EXTENDED, at=granted.at.astimezone(told.zone), span=span, by=granted.by)
    assert told.found.trail is not None
    walked = [one for one in told.found.trail.days if one.leg == number]
    if span.unit in (SpanUnit.WORKING_DAY, SpanUnit.WORKING_HOUR):
        yield from office_days(told, span, walked, named)
    elif span.counts_days:
        if span.unit is SpanUnit.MONTH:
            before = walked[0].day - DAY
            yield Remark(
                Said.MONTHS, span=span, first=before, last=later_month(before, span.amount)
            )
        yield from calendar_days(told, walked, named)
    else:
        yield Remark(Said.RAN, span=span)
    if rungs > 1 and number < rungs:
        yield Remark(Said.RUNG, number=number + 1, at=told.found.moments[number])


def calendar_days(told: Told, walked: Sequence[Walked], named: set[Pause]) -> Iterator[Remark]:
    """Days of any sort: stretches that count, and those at whose end the clock stood still."""
    for fate, group in groupby(walked, lambda one: one.fate):
        days = tuple(one.day for one in group)
        if fate is Fate.COUNTED:
            yield Remark(Said.COUNTED, days=days, first=days[0], last=days[-1], number=len(days))
        else:
            yield from stood(told, days, set(days), named)


def office_days(
    told: Told, span: Span, walked: Sequence[Walked], named: set[Pause]
) -> Iterator[Remark]:
    """Working days: weekends are told with the days around them, holidays by name."""

    def sort_of(one: Walked) -> str:
        if one.fate is Fate.STOOD:
            return "stood"
        holiday = one.fate is Fate.OFF and in_holiday(one.day, told.calendar)
        return "holiday" if holiday else "counted"

    for sort, group in groupby(walked, sort_of):
        part = list(group)
        days = tuple(one.day for one in part)
        if sort == "stood":
            worked_on = {day for day in days if told.calendar.is_workday(day)}
            yield from stood(told, days, worked_on, named)
        elif sort == "holiday":
            festival = festival_of(days[0], told.calendar)
            yield Remark(Said.HOLIDAY, first=days[0], last=days[-1], festival=festival)
        else:
            yield from worked(span, part)


def worked(span: Span, part: Sequence[Walked]) -> Iterator[Remark]:
    """A stretch of working days, and the weekends in it."""
    days = tuple(one for one in part if one.fate is Fate.COUNTED)
    if days:
        found = tuple(one.day for one in days)
        hours = span.unit is SpanUnit.WORKING_HOUR
        yield Remark(
            Said.HOURS if hours else Said.WORKED, days=found,
            make_up=tuple(day for day in found if day.weekday() >= 5),
            ran=tuple(one.ran for one in days) if hours else (),
            first=found[0], last=found[-1], number=len(found),
        )  # fmt: skip
    if off := stretches([one.day for one in part if one.fate is Fate.OFF]):
        yield Remark(Said.WEEKEND, first=off[0][0], last=off[-1][1], off=off)


def stretches(days: Sequence[date]) -> tuple[tuple[date, date], ...]:
    """Days in order, as first and last of each unbroken stretch."""
    found: list[tuple[date, date]] = []
    for day in days:
        if found and day - found[-1][1] == DAY:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return tuple(found)


# --- time that does not run -----------------------------------------------------------------
def stood(told: Told, days: Sequence[date], lost: set[date], named: set[Pause]) -> Iterator[Remark]:
    """The pauses and exclusions that took ``days``, each told once, with how many of ``lost``,
    the days that would have counted, each of them took; a day is taken by the first."""
    for pause, code in standing_still(told):
        took = {day for day in days if covers(told, pause, day)}
        if pause not in named and took:
            named.add(pause)
            yield pause_remark(told, pause, code, len(took & lost))
            lost -= took


def covers(told: Told, pause: Pause, day: date) -> bool:
    end = end_of(day, told.zone)
    return pause.start < end and (pause.end is None or end <= pause.end)


def standing_still(told: Told) -> list[tuple[Pause, Said]]:
    """Every pause and exclusion, a running one ended now, the earliest first."""
    course = told.found.course
    until = course.stopped_at or told.now
    both = [
        *((one, Said.PAUSED) for one in as_if_resumed(course.pauses, until)),
        *((one, Said.EXCLUDED) for one in as_if_resumed(course.exclusions, until)),
    ]
    return sorted(both, key=lambda pair: pair[0].start.astimezone(UTC))


def unnamed_pauses(told: Told, named: set[Pause]) -> Iterator[Remark]:
    """Pauses that took no whole day: around the clock they lengthen by what they last, days they
    leave as they are."""
    start, due = told.found.course.started_at, told.found.due_at
    assert start is not None and due is not None
    for pause, code in standing_still(told):
        ends = pause.end or told.now
        if pause in named or ends <= start or pause.start > due or ends == pause.start:
            continue
        yield pause_remark(told, pause, code, 0)


def pause_remark(told: Told, pause: Pause, code: Said, lost: int) -> Remark:
    ends = pause.end.astimezone(told.zone) if pause.end else None
    return Remark(code, at=pause.start.astimezone(told.zone), until=ends, number=lost)


def standing(told: Told) -> Iterator[Remark]:
    """What lets the clock stand now."""
    course = told.found.course
    if told.found.state is ClockState.PAUSED:
        since = min(one.start for one in merged(course.stood) if one.end is None)
        yield Remark(Said.STANDS, at=since.astimezone(told.zone))
    elif told.found.state is ClockState.HELD and course.held_at:
        yield Remark(Said.HELD, at=course.held_at.astimezone(told.zone))
    elif course.stopped_at:
        yield Remark(Said.STOPPED, at=course.stopped_at.astimezone(told.zone))


# --- the last day ---------------------------------------------------------------------------
def rolling(told: Told) -> Iterator[Remark]:
    """Whether the end fell on a day off, and what became of it."""
    due, trail = told.found.due_at, told.found.trail
    assert due is not None and trail is not None
    if not told.spans[-1].counts_days:
        return
    last = due.astimezone(told.zone).date()
    if told.rule.whose is Whose.RESIDENT and trail.unrolled and trail.unrolled != last:
        yield Remark(
            Said.ROLLED, first=trail.unrolled, last=last,
            festival=named_holiday(trail.unrolled, told.calendar),
        )  # fmt: skip
    elif told.rule.whose is Whose.AGENCY and not told.calendar.is_workday(last):
        yield Remark(Said.NOT_ROLLED, last=last, festival=named_holiday(last, told.calendar))


def years_without_notice(told: Told) -> list[tuple[int, int]]:
    """The years whose days were asked about though no notice covers them, first and last of each
    row of years."""
    if not told.found.provisional or told.found.trail is None:
        return []
    asked = {
        one.day
        for one in told.found.trail.days
        if one.fate is not Fate.STOOD
        and (
            one.leg >= len(told.spans)
            or told.spans[one.leg].unit in (SpanUnit.WORKING_DAY, SpanUnit.WORKING_HOUR)
        )
    }
    if told.found.due_at is not None and told.rule.whose is Whose.RESIDENT:
        asked.add(told.found.due_at.astimezone(told.zone).date())
    years = sorted({day.year for day in asked if not told.calendar.knows(day)})
    rows = groupby(enumerate(years), lambda pair: pair[1] - pair[0])
    return [(row[0], row[-1]) for row in ([year for _, year in pairs] for _key, pairs in rows)]


def named_holiday(day: date, calendar: WorkCalendar) -> Festival | None:
    """The holiday ``day`` belongs to; None on a plain weekend or a working day."""
    if calendar.is_workday(day) or not in_holiday(day, calendar):
        return None
    return festival_of(day, calendar)


def festival_of(day: date, calendar: WorkCalendar) -> Festival:
    """The name of the holiday around ``day``, told by when it lies.

    Three have a fixed day, the others move within bounds that do not overlap: Spring Festival
    21 January to 20 February, Qingming 4 to 6 April, Dragon Boat 28 May to 25 June, Mid-Autumn
    8 September to 8 October. Eight days off around 1 October are both of autumn's.
    """
    first = last = day
    while not calendar.is_workday(first - DAY):
        first -= DAY
    while not calendar.is_workday(last + DAY):
        last += DAY
    days = [first + DAY * n for n in range((last - first).days + 1)]
    dated = {(one.month, one.day) for one in days}
    if (10, 1) in dated:
        return Festival.NATIONAL_DAY if len(days) < 8 else Festival.BOTH
    for fixed, festival in ((1, 1), Festival.NEW_YEAR), ((5, 1), Festival.LABOUR_DAY):
        if fixed in dated:
            return festival
    middle = days[len(days) // 2]
    for begin, end, festival in (
        ((1, 19), (2, 28), Festival.SPRING_FESTIVAL),
        ((4, 2), (4, 8), Festival.QINGMING),
        ((5, 26), (6, 28), Festival.DRAGON_BOAT),
        ((9, 6), (10, 10), Festival.MID_AUTUMN),
    ):
        if begin <= (middle.month, middle.day) <= end:
            return festival
    return Festival.OTHER
