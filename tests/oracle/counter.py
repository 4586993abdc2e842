"""Counting by brute force: one byte for every minute of thirteen years.

Knows nothing of the engine and imports none of it. A minute is 1 where the clock runs; a span of
hours is so many ones, a day counts when the last of its 1440 minutes is a one. Minutes are
numbered from 2018-01-01 0:00 at Shanghai's clock, days likewise.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

FIRST, DAYS = date(2018, 1, 1), 13 * 365 + 4
DATES = [FIRST + timedelta(days=number) for number in range(DAYS)]
NUMBER = {day: number for number, day in enumerate(DATES)}
MINUTES = 1440


@dataclass(frozen=True)
class Table:
    """A calendar as a bare table: days off, make-up days, the days it knows, opening minutes."""

    off: frozenset[date]
    extra: frozenset[date]
    known_from: date
    known_to: date
    opening: tuple[tuple[int, int], ...] = ((510, 1050),)  # minutes of a day, end excluded

    @cached_property
    def workdays(self) -> bytes:
        """One byte for every day."""
        return bytes(
            day in self.extra or (day.weekday() < 5 and day not in self.off) for day in DATES
        )

    @cached_property
    def known(self) -> bytes:
        return bytes(self.known_from <= day <= self.known_to for day in DATES)

    @cached_property
    def doors(self) -> bytes:
        """One byte for every minute of a day: whether offices are open, if they work."""
        day = bytearray(MINUTES)
        for opens, closes in self.opening:
            for minute in range(opens, closes):
                day[minute] = 1
        return bytes(day)


@dataclass(frozen=True)
class Story:
    """What is counted: from which minute, the spans as (amount, unit), when it stood still.

    ``stood`` are stretches of minutes, the end excluded, in any order and overlapping at will.
    """

    table: Table
    start: int
    spans: tuple[tuple[int, str], ...]
    stood: tuple[tuple[int, int], ...] = ()
    resident: bool = False


@dataclass
class Found:
    """The end of each span: the minute after which nothing is left, and whether a day nobody
    knows was asked about on the way (up to then)."""

    ends: list[int] = field(default_factory=list)
    provisional: list[bool] = field(default_factory=list)
    rolls: bool = False  # the last span ends with a day, written as its last second


class TooFar(Exception):
    """The end lies beyond the minutes laid out; lay out more."""


def count(story: Story) -> Found:
    """The ends of all spans. Lays out as many days as it takes."""
    first = story.start // MINUTES
    days = 120
    while True:
        days = min(days, DAYS - first)
        try:
            return Sheet(story, first, days).count()
        except TooFar:
            if days == DAYS - first:
                raise
            days *= 4


class Sheet:
    """The minutes from the day of the start on, one byte each."""

    def __init__(self, story: Story, first: int, days: int) -> None:
        self.story, self.first, self.days = story, first, days
        self.base = first * MINUTES
        size = days * MINUTES
        runs = bytearray(b"\1") * size
        for begin, end in story.stood:
            low, high = max(begin - self.base, 0), min(end - self.base, size)
            if low < high:
                runs[low:high] = bytes(high - low)
        self.runs = bytes(runs)
        # Whether it runs in the last minute of each day.
        self.ends = self.runs[MINUTES - 1 :: MINUTES]
        self.works = story.table.workdays[first : first + days]
        self.knows = story.table.known[first : first + days]

    def count(self) -> Found:
        found = Found()
        minute, day, unsure = self.story.start - self.base, 0, False
        for amount, unit in self.story.spans:
            if unit in ("working_day", "calendar_day", "month"):
                day, asked = self.days_on(day, amount, unit)
                minute = (day + 1) * MINUTES
            elif unit == "working_hour":
                minute, asked = self.open_minutes_on(minute, amount * 60)
                day = self.day_of(minute)
            else:
                minute, asked = self.minutes_on(minute, amount * (60 if unit == "hour" else 1)), []
                day = self.day_of(minute)
            unsure = unsure or not all(self.knows[one] for one in asked)
            found.rolls = unit in ("working_day", "calendar_day", "month")
            found.ends.append(self.base + minute)
            found.provisional.append(unsure)
        if self.story.resident and found.rolls:
            self.roll(day, found)
        return found

    def day_of(self, minute: int) -> int:
        """The day an instant lies in; midnight belongs to the new day."""
        if minute // MINUTES >= self.days:
            raise TooFar
        return minute // MINUTES

    def days_on(self, day: int, amount: int, unit: str) -> tuple[int, list[int]]:
        """The last of ``amount`` days after ``day``, and the days the calendar was asked about."""
        left = self.to_corresponding_day(day, amount) if unit == "month" else amount
        asked = []
        while left:
            day += 1
            if day >= self.days:
                raise TooFar
            if not self.ends[day]:
                continue
            if unit == "working_day":
                asked.append(day)
                left -= self.works[day]
            else:
                left -= 1
        return day, asked

    def to_corresponding_day(self, day: int, months: int) -> int:
        """How many days lie between ``day`` and its namesake some months on, or where that month
        has none, its last day. Found by walking."""
        here = DATES[self.first + day]
        walked, seen, months_on = 0, here, 0
        while True:
            following = DATES[NUMBER[seen] + 1]
            entered = following.month != seen.month
            if months_on == months and (seen.day == here.day or entered):
                return walked
            walked, seen, months_on = walked + 1, following, months_on + entered

    def minutes_on(self, minute: int, amount: int) -> int:
        """The minute after ``amount`` running ones from ``minute`` on."""
        return nth_one(self.runs, minute, amount) + 1

    def open_minutes_on(self, minute: int, amount: int) -> tuple[int, list[int]]:
        """The same within opening hours of working days; also the days asked about."""
        asked = []
        for day in range(minute // MINUTES, self.days):
            begin = day * MINUTES
            runs = masked(self.runs[begin : begin + MINUTES], self.story.table.doors)
            at = max(minute - begin, 0)
            here = runs.count(1, at)
            if here:
                asked.append(day)
            if here and self.works[day]:
                if here >= amount:
                    return begin + nth_one(runs, at, amount) + 1, asked
                amount -= here
        raise TooFar

    def roll(self, day: int, found: Found) -> None:
        unsure = not self.knows[day]
        while not (self.works[day] and self.ends[day]):
            day += 1
            if day >= self.days:
                raise TooFar
            unsure = unsure or not self.knows[day]
        found.ends[-1] = self.base + (day + 1) * MINUTES
        found.provisional[-1] = found.provisional[-1] or unsure


def masked(minutes: bytes, mask: bytes) -> bytes:
    """Byte by byte 1 where both are."""
    both = int.from_bytes(minutes, "big") & int.from_bytes(mask, "big")
    return both.to_bytes(len(mask), "big")


def nth_one(minutes: bytes, start: int, number: int) -> int:
    """The place of the ``number``-th one at or after ``start``."""
    for begin in blocks(start, len(minutes)):
        here = minutes.count(1, begin, begin + MINUTES)
        if here < number:
            number -= here
            continue
        place = begin - 1
        for _one in range(number):
            place = minutes.index(1, place + 1)
        return place
    raise TooFar


def blocks(start: int, end: int) -> Iterator[int]:
    return iter(range(start, end, MINUTES))
