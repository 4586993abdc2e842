"""Random rules, calendars and events, and the engine held against the counter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from cases.rules.clock import Span, SpanUnit
from cases.rules.explanation import Said, explain
from cases.rules.limits import Extension, Whose
from cases.rules.reckoning import ClockRule, ClockState, Happened, Reckoning, reckon
from cases.rules.trail import Trail
from cases.rules.windows import Windows
from cases.rules.workdays import WorkCalendar
from tests.oracle.counter import DATES, FIRST, MINUTES, NUMBER, Story, Table, count
from tests.oracle.tables import tables

ZONE = ZoneInfo("Asia/Shanghai")
UNITS = {
    "working_day": 30, "calendar_day": 60, "month": 3, "working_hour": 40, "hour": 100,
    "minute": 5000,
}  # fmt: skip
DAY_UNITS = ("working_day", "calendar_day")
BEGIN, END = NUMBER[FIRST.replace(year=2019)], NUMBER[FIRST.replace(year=2029)]
RULE = {
    "starts": frozenset({"register", "reopen"}),
    "stops": frozenset({"strike", "void"}),
    "pauses": frozenset({"suspend"}),
    "excludes": frozenset({"session"}),
}
EDGES = (0, 1, 510, 600, 720, 1050, 1439)  # minutes of a day at which something changes
T = TypeVar("T")
NOISE = ("sign", "assign", "nudge", "supplement", "tell")


@dataclass(frozen=True)
class Drawn:
    """One example, in minutes; see ``Story``."""

    table: int
    start: int
    spans: tuple[tuple[int, str], ...]  # the rule's own
    granted: tuple[tuple[int, str], ...]  # extensions
    pauses: tuple[tuple[int, int], ...]
    exclusions: tuple[tuple[int, int], ...]
    resident: bool
    open_pause: int | None  # minutes after the start, still running
    now: int  # minutes after the start
    noise: int


BYTES = 160  # enough for every choice; the simplest example is all zeros


class Choices:
    """Choices read off a row of bytes: one draw of hypothesis costs as much as a whole count."""

    def __init__(self, row: bytes) -> None:
        self.row, self.at = row, 0

    def whole(self, low: int, high: int) -> int:
        """A number from ``low`` to ``high``."""
        four = self.row[self.at : self.at + 4]
        self.at += 4
        return low + int.from_bytes(four, "big") % (high - low + 1)

    def one(self, among: Sequence[T]) -> T:
        return among[self.whole(0, len(among) - 1)]

    def spans(self, least: int, most: int, units: Sequence[str]) -> tuple[tuple[int, str], ...]:
        found = []
        for _one in range(self.whole(least, most)):
            unit = self.one(units)
            found.append((self.whole(1, UNITS[unit]), unit))
        return tuple(found)

    def stretches(self, most: int, start: int) -> tuple[tuple[int, int], ...]:
        """Stretches of minutes around the days after ``start``; every third from midnight."""
        found = []
        for _one in range(self.whole(0, most)):
            begin = start + self.whole(0, 43 * MINUTES) - 3 * MINUTES
            if self.whole(0, 2) == 0:
                begin -= begin % MINUTES
            found.append((begin, begin + self.whole(0, 6 * MINUTES)))
        return tuple(found)


def chosen(row: bytes) -> Drawn:
    take = Choices(row)
    start = take.whole(BEGIN, END - 1) * MINUTES
    start += take.one((take.whole(0, MINUTES - 1), take.one(EDGES)))
    return Drawn(
        table=take.whole(0, len(tables()) - 1),
        start=start,
        spans=take.spans(1, 3, tuple(UNITS)),
        granted=take.spans(1, 2, DAY_UNITS) if take.whole(0, 1) else (),
        pauses=take.stretches(3, start),
        exclusions=take.stretches(1, start),
        resident=bool(take.whole(0, 1)),
        open_pause=take.whole(0, 30 * MINUTES) if take.whole(0, 4) == 4 else None,
        now=take.whole(0, 90 * MINUTES),
        noise=take.whole(0, 3),
    )


def drawn() -> st.SearchStrategy[Drawn]:
    return st.binary(min_size=BYTES, max_size=BYTES).map(chosen)


# --- the same example for both --------------------------------------------------------------
def instant(minute: int) -> datetime:
    day, rest = divmod(minute, MINUTES)
    return datetime.combine(DATES[day], time(rest // 60, rest % 60), tzinfo=ZONE)


@cache
def calendar(number: int) -> WorkCalendar:
    table = tables()[number]
    return WorkCalendar(f"table-{number}", table.known_from, table.known_to, table.off, table.extra)


@cache
def windows(table: Table) -> Windows:
    return Windows.every_day(
        *((at_minute(opens), at_minute(closes)) for opens, closes in table.opening)
    )


def at_minute(minute: int) -> time:
    return time(minute // 60, minute % 60)


def span(pair: tuple[int, str]) -> Span:
    return Span(pair[0], SpanUnit(pair[1]))


def now_of(example: Drawn) -> int:
    """Never before the pause that still runs began."""
    return example.start + max(example.now, example.open_pause or 0)


def engine(example: Drawn) -> tuple[ClockRule, Reckoning]:
    table = tables()[example.table]
    rule = ClockRule(
        tuple(map(span, example.spans)),
        Whose.RESIDENT if example.resident else Whose.AGENCY,
        extension=Extension(Span(400, SpanUnit.CALENDAR_DAY), "holder", 9),
        windows=windows(table),
        **RULE,
    )
    began = instant(example.start)
    events = [Happened("register", began)]
    events += [Happened("suspend", instant(a), instant(b)) for a, b in example.pauses]
    events += [Happened("session", instant(a), instant(b)) for a, b in example.exclusions]
    events += [
        Happened("extend", began + timedelta(minutes=1 + n), span=span(one), by="高")
        for n, one in enumerate(example.granted)
    ]
    events += [Happened(NOISE[n], began + timedelta(hours=n)) for n in range(example.noise)]
    if example.open_pause is not None:
        events.append(Happened("suspend", instant(example.start + example.open_pause)))
    now = instant(now_of(example))
    return rule, reckon(rule, events, calendar(example.table), now, zone=ZONE, trail=Trail())


def counter(example: Drawn) -> tuple[list[datetime], bool]:
    """The ends of the rule's spans, the last one with its extensions; and whether provisional."""
    stood = [pair for pair in (*example.pauses, *example.exclusions) if pair[0] >= example.start]
    if example.open_pause is not None:
        stood.append((example.start + example.open_pause, now_of(example)))
    story = Story(
        tables()[example.table], example.start, (*example.spans, *example.granted), tuple(stood),
        example.resident,
    )  # fmt: skip
    found = count(story)
    units = [unit for _amount, unit in story.spans]
    ends = [
        instant(end) - timedelta(seconds=unit in (*DAY_UNITS, "month"))
        for end, unit in zip(found.ends, units, strict=True)
    ]
    kept = len(example.spans) - 1
    flags = [*found.provisional[:kept], found.provisional[-1]]
    return [*ends[:kept], ends[-1]], any(flags)


def state(example: Drawn, due: datetime) -> ClockState:
    if example.open_pause is not None and instant(example.start + example.open_pause) < due:
        return ClockState.PAUSED
    return ClockState.OVERDUE if due <= instant(now_of(example)) else ClockState.RUNNING


def disagreements(example: Drawn) -> list[str]:
    """What the engine says otherwise than the counter; empty when they agree."""
    rule, said = engine(example)
    ends, provisional = counter(example)
    now = instant(now_of(example))
    expected = {
        "moments": tuple(ends),
        "provisional": provisional,
        "state": state(example, ends[-1]),
        "rung": sum(end <= now for end in ends),
        "remaining": ends[-1] - now,
    }
    found = [
        f"{name}: engine {getattr(said, name)!r}, counter {value!r}"
        for name, value in expected.items()
        if getattr(said, name) != value
    ]
    steps = explain(rule, said, calendar(example.table), now, ZONE)
    told = sum(step.number for step in steps if step.code in (Said.COUNTED, Said.WORKED))
    days = [amount for amount, unit in (*example.spans, *example.granted) if unit in DAY_UNITS]
    months = any(unit == "month" for _amount, unit in example.spans)
    if not months and told != sum(days):
        found.append(f"explanation: {told} days told, {sum(days)} counted")
    if steps[-1].at != ends[-1] or any(s.code is Said.PROVISIONAL for s in steps) != provisional:
        found.append(f"explanation: ends at {steps[-1].at}")
    return found
