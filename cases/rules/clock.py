"""When a span of time ends. Pure Python; the caller passes start, calendar, pauses and zone.

How days are counted (Civil Code, Arts 200-204): the first day is not counted, a day span ends
at 24:00 of its last day, written as 23:59:59. A day counts only if the clock was running up to
its end. Deadlines of an agency do not move when the last day is a day off, deadlines of a
resident roll on to the next working day (Art. 203). Hours, minutes and seconds run around the
clock on any day, working hours within the windows of working days; all of them grow by exactly
the paused time.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from cases.rules.trail import Fate, Trail
from cases.rules.windows import Windows
from cases.rules.workdays import WorkCalendar
from grids.words import Word

DAY = timedelta(days=1)
LAST_SECOND = time(23, 59, 59)


class SpanUnit(Word):
    """What a span counts."""

    WORKING_DAY = "working_day", "working day"
    CALENDAR_DAY = "calendar_day", "calendar day"
    MONTH = "month", "month"
    WORKING_HOUR = "working_hour", "working hour"
    HOUR = "hour", "hour"
    MINUTE = "minute", "minute"
    SECOND = "second", "second"


DAYS = frozenset({SpanUnit.WORKING_DAY, SpanUnit.CALENDAR_DAY, SpanUnit.MONTH})
AROUND_THE_CLOCK = {
    SpanUnit.HOUR: timedelta(hours=1),
    SpanUnit.MINUTE: timedelta(minutes=1),
    SpanUnit.SECOND: timedelta(seconds=1),
}
# Ten years in each unit: longer is a typing mistake, and dates must not run out of the calendar.
LONGEST = {
    SpanUnit.WORKING_DAY: 2_600,
    SpanUnit.CALENDAR_DAY: 3_652,
    SpanUnit.MONTH: 120,
    SpanUnit.WORKING_HOUR: 20_800,
    SpanUnit.HOUR: 87_648,
    SpanUnit.MINUTE: 5_258_880,
    SpanUnit.SECOND: 315_532_800,
}


class StillPaused(ValueError):
    """The end asked for lies behind a pause that has not ended, so nobody can know it yet."""


@dataclass(frozen=True, slots=True)
class Span:
    """``amount`` whole units, from one unit up to ten years."""

    amount: int
    unit: SpanUnit

    def __post_init__(self) -> None:
        if not isinstance(self.unit, SpanUnit):
            raise ValueError(f"{self.unit!r} is not a unit of time; use {known_units()}.")
        if not isinstance(self.amount, int) or isinstance(self.amount, bool):
            raise ValueError(f"A span needs a whole number, not {self.amount!r}.")
        if self.amount < 1:
            raise ValueError(f"A span must be at least 1 {self.unit.label}, not {self.amount}.")
        if self.amount > LONGEST[self.unit]:
            raise ValueError(
                f"A span of {self.amount} {self.unit.label}s is longer than ten years."
            )

    @property
    def counts_days(self) -> bool:
        """Whether it ends with a day (working days, calendar days, months)."""
        return self.unit in DAYS

    def to_json(self) -> dict[str, int | str]:
        return {"amount": self.amount, "unit": self.unit.value}

    @classmethod
    def from_json(cls, body: object) -> "Span":
        """The span written as ``{"amount": 2, "unit": "working_day"}``.

        Raises ``ValueError`` with a sentence for anything else.
        """
        if not isinstance(body, dict) or set(body) != {"amount", "unit"}:
            raise ValueError(f"A span has an amount and a unit and nothing else, not {body!r}.")
        amount, unit = body["amount"], body["unit"]
        if not isinstance(unit, str) or unit not in SpanUnit.values():
            raise ValueError(f"{unit!r} is not a unit of time; use {known_units()}.")
        return cls(amount, SpanUnit(unit))


def known_units() -> str:
    return ", ".join(SpanUnit.values())


@dataclass(frozen=True, slots=True)
class Pause:
    """Time that does not run, from ``start`` up to but not including ``end``.

    ``end`` is None while the clock is still stopped.
    """

    start: datetime
    end: datetime | None

    def __post_init__(self) -> None:
        require_zone(self.start)
        if self.end is not None:
            require_zone(self.end)
            if self.end < self.start:
                raise ValueError(f"The pause ends at {self.end}, before it starts at {self.start}.")


@dataclass(frozen=True, slots=True)
class Moment:
    """The end of a span.

    ``provisional`` when a working-day count, this one or one before it in the row, asked about
    a day for which no holiday notice exists yet.
    """

    at: datetime
    provisional: bool


@dataclass(frozen=True, slots=True)
class Position:
    """Where a count stands: an instant in UTC, and the civil day whose successor counts first.

    After a day span the instant is already the next midnight while ``day`` is the day just
    counted, so hours start at that midnight and days with the day after it.
    """

    at: datetime
    day: date


@dataclass(frozen=True, slots=True)
class Counting:
    """What a count is held against: the calendar, when the clock stood still, where it is."""

    calendar: WorkCalendar
    stops: Sequence[Pause]
    zone: tzinfo
    windows: Windows | None
    trail: Trail | None


def moments(
    start: datetime,
    spans: Sequence[Span],
    calendar: WorkCalendar,
    *,
    pauses: Sequence[Pause] = (),
    zone: tzinfo,
    windows: Windows | None = None,
    trail: Trail | None = None,
) -> tuple[Moment, ...]:
    """The end of each span in ``zone``, each span beginning where the one before it ended.

    All ends are absolute from ``start``: doing something late never lengthens the whole.
    Deadlines of an agency: nothing rolls over a day off. ``trail`` gets every day on the way.
    Raises ``StillPaused`` when an end lies behind a pause without an end, ``ValueError`` for a
    moment without a time zone and for working hours without ``windows``.
    """
    require_zone(start)
    by = Counting(calendar, merged(pauses), zone, windows, trail)
    here = Position(start.astimezone(UTC), start.astimezone(zone).date())
    provisional = False
    ends = []
    for number, span in enumerate(spans):
        if trail is not None:
            trail.leg = number
        if span.counts_days:
            day, touched = last_day(here.day, span, by)
            provisional = provisional or touched
            here = Position(end_of(day, zone), day)
            shown = last_second(day, zone)
        else:
            end, touched = run_span(here.at, span, by)
            provisional = provisional or touched
            here = Position(end, end.astimezone(zone).date())
            shown = end.astimezone(zone)
        ends.append(Moment(shown, provisional))
    return tuple(ends)


def resident_deadline(
    start: datetime,
    spans: Sequence[Span],
    calendar: WorkCalendar,
    *,
    pauses: Sequence[Pause] = (),
    zone: tzinfo,
    windows: Windows | None = None,
    trail: Trail | None = None,
) -> Moment:
    """The end of a resident's ``spans`` in ``zone``, rolled on to a working day (Art. 203).

    Only what ends with a day rolls, and only the very end. Raises as ``moments`` does.
    """
    end = moments(start, spans, calendar, pauses=pauses, zone=zone, windows=windows, trail=trail)[
        -1
    ]
    if not spans[-1].counts_days:
        return end
    stops = merged(pauses)
    day, provisional = end.at.date(), end.provisional or not calendar.knows(end.at.date())
    if trail is not None:
        trail.leg, trail.unrolled = len(spans), day
    # A day on which the clock stood still cannot be the last day either.
    while not (calendar.is_workday(day) and runs_up_to(end_of(day, zone), stops)):
        if trail is not None:
            trail.note(day, Fate.STOOD if calendar.is_workday(day) else Fate.OFF)
        day += DAY
        provisional = provisional or not calendar.knows(day)
    return Moment(last_second(day, zone), provisional)


def last_day(before: date, span: Span, by: Counting) -> tuple[date, bool]:
    """The last day of a day span whose first day ``before`` is not counted.

    A month is counted as the days up to its corresponding day, so a paused day moves the end
    by one day. Also whether a working-day count asked about a day the calendar does not know.
    """
    needed = span.amount
    if span.unit is SpanUnit.MONTH:
        needed = (later_month(before, span.amount) - before).days
    day, touched = before, False
    while needed:
        day += DAY
        fate = Fate.COUNTED
        if by.stops and not runs_up_to(end_of(day, by.zone), by.stops):
            fate = Fate.STOOD
        elif span.unit is SpanUnit.WORKING_DAY:
            touched = touched or not by.calendar.knows(day)
            if not by.calendar.is_workday(day):
                fate = Fate.OFF
        if by.trail is not None:
            by.trail.note(day, fate)
        needed -= fate is Fate.COUNTED
    return day, touched


def run_span(start: datetime, span: Span, by: Counting) -> tuple[datetime, bool]:
    """The instant at which a span of hours, minutes or seconds has run since ``start``, in UTC.

    Also whether it asked about a day the calendar does not know: around the clock never.
    """
    if span.unit is SpanUnit.WORKING_HOUR:
        return run_in_windows(start, timedelta(hours=span.amount), by)
    return run_down(start, AROUND_THE_CLOCK[span.unit] * span.amount, by.stops), False


def later_month(day: date, months: int) -> date:
    """The corresponding day ``months`` later, or that month's last day (Civil Code, Art. 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def run_down(start: datetime, length: timedelta, stops: Sequence[Pause]) -> datetime:
    """The instant at which ``length`` has run since ``start`` outside of ``stops``, in UTC."""
    at, left = start, length
    for stop in stops:
        if stop.start >= at + left:
            break
        if stop.end is None:
            raise StillPaused(still_paused(stop))
        if stop.end > at:
            left -= max(stop.start - at, timedelta(0))
            at = stop.end
    return at + left


def run_in_windows(start: datetime, length: timedelta, by: Counting) -> tuple[datetime, bool]:
    """The instant at which ``length`` has run since ``start`` within the windows of working
    days and outside of the stops, in UTC.

    It ends with the last counted second: on closing time, not when doors open next.
    """
    if by.windows is None:
        raise ValueError("Working hours cannot be counted without knowing when offices work.")
    day, left, touched = start.astimezone(by.zone).date(), length, False
    while True:
        ran, asked = timedelta(0), False
        works = by.calendar.is_workday(day)
        for begin, end in open_times(day, start, by):
            asked = True
            if not works:
                break
            if end - begin >= left:
                if by.trail is not None:
                    by.trail.note(day, Fate.COUNTED, ran + left)
                return begin + left, touched or not by.calendar.knows(day)
            ran += end - begin
            left -= end - begin
        touched = touched or (asked and not by.calendar.knows(day))
        if by.trail is not None and (ran or not works):
            by.trail.note(day, Fate.COUNTED if works else Fate.OFF, ran)
        elif by.trail is not None and end_of(day, by.zone) > start:
            by.trail.note(day, Fate.STOOD)
        day += DAY


def open_times(day: date, after: datetime, by: Counting) -> Iterator[tuple[datetime, datetime]]:
    """The parts of the windows of ``day`` later than ``after`` in which the clock runs, in UTC.

    Raises ``StillPaused`` on reaching a stop that has not ended.
    """
    assert by.windows is not None
    for opens, closes in by.windows.of(day):
        begin = max(after, datetime.combine(day, opens, tzinfo=by.zone).astimezone(UTC))
        end = datetime.combine(day, closes, tzinfo=by.zone).astimezone(UTC)
        for stop in by.stops:
            if begin >= end or stop.start >= end:
                break
            if stop.end is not None and stop.end <= begin:
                continue
            if stop.start > begin:
                yield begin, stop.start
            if stop.end is None:
                raise StillPaused(still_paused(stop))
            begin = max(begin, stop.end)
        if begin < end:
            yield begin, end


def runs_up_to(instant: datetime, stops: Sequence[Pause]) -> bool:
    """Whether the clock runs just before ``instant``.

    A pause from midnight to midnight therefore takes exactly its own day out of the count: not
    the day before, at whose 24:00 it begins.
    """
    for stop in stops:
        if stop.start < instant:
            if stop.end is None:
                raise StillPaused(still_paused(stop))
            if instant <= stop.end:
                return False
    return True


def merged(pauses: Sequence[Pause]) -> tuple[Pause, ...]:
    """The pauses in UTC and in order, overlapping and touching ones joined, empty ones left out."""
    stops: list[Pause] = []
    for pause in sorted(pauses, key=lambda one: one.start.astimezone(UTC)):
        start = pause.start.astimezone(UTC)
        end = pause.end.astimezone(UTC) if pause.end is not None else None
        if end is not None and end == start:
            continue
        if stops and (stops[-1].end is None or start <= stops[-1].end):
            before = stops.pop()
            start = before.start
            end = None if before.end is None or end is None else max(before.end, end)
        stops.append(Pause(start, end))
    return tuple(stops)


def as_if_resumed(pauses: Sequence[Pause], now: datetime) -> tuple[Pause, ...]:
    """The pauses with a running one ended at ``now``: what the ends would be on resuming now."""
    return tuple(
        Pause(pause.start, max(now, pause.start)) if pause.end is None else pause
        for pause in pauses
    )


def end_of(day: date, zone: tzinfo) -> datetime:
    """24:00 of ``day`` in ``zone``, as an instant in UTC."""
    return datetime.combine(day + DAY, time(), tzinfo=zone).astimezone(UTC)


def last_second(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, LAST_SECOND, tzinfo=zone)


def still_paused(stop: Pause) -> str:
    return f"The clock has been stopped since {stop.start}; its end is known once it runs again."


def require_zone(moment: datetime) -> None:
    if moment.utcoffset() is None:
        raise ValueError(f"{moment} has no time zone.")
