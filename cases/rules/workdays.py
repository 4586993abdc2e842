"""Which days are working days. Pure Python, whole civil days, no time zones here.

Source of the days off: the yearly holiday notice of the State Council, which also turns some
weekend days into working days (make-up days). A year without a notice is not known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Days off and make-up working days of the years that have a notice.

    Invariant: the known years are one unbroken span of days, both ends included, and no day is
    a day off and a make-up day at once. ``version`` changes whenever a day changes.
    """

    version: str
    known_from: date
    known_to: date
    days_off: frozenset[date]
    extra_workdays: frozenset[date]

    def __post_init__(self) -> None:
        if not self.version:
            raise ValueError("A work calendar needs a version.")
        if self.known_to < self.known_from:
            raise ValueError(
                f"The calendar's last known day {self.known_to} lies before its first"
                f" {self.known_from}."
            )
        both = self.days_off & self.extra_workdays
        if both:
            raise ValueError(f"{min(both)} is listed as a day off and as a make-up working day.")
        outside = [day for day in self.days_off | self.extra_workdays if not self.knows(day)]
        if outside:
            raise ValueError(
                f"{min(outside)} is listed but lies outside the known days"
                f" {self.known_from} to {self.known_to}."
            )

    def knows(self, day: date) -> bool:
        """Whether a published notice covers ``day``."""
        return self.known_from <= day <= self.known_to

    def is_workday(self, day: date) -> bool:
        """Whether offices work on ``day``; on unknown days a plain Monday to Friday."""
        if day in self.extra_workdays:
            return True
        return day.weekday() < 5 and day not in self.days_off


@dataclass(frozen=True, slots=True)
class YearDays:
    """What is written for one year: days that are off, days on which offices work."""

    year: int
    off: frozenset[date]
    working: frozenset[date]


def first_day(year: int) -> date:
    return date(year, 1, 1)


def last_day_of(year: int) -> date:
    return date(year, 12, 31)


def named(
    known_from: date, known_to: date, days_off: frozenset[date], extra: frozenset[date]
) -> WorkCalendar:
    """The calendar with a version made of its days: equal days, equal version, anywhere."""
    return WorkCalendar(
        version=f"cn-{known_to.year}-{fingerprint(known_from, known_to, days_off, extra)}",
        known_from=known_from,
        known_to=known_to,
        days_off=days_off,
        extra_workdays=extra,
    )


def fingerprint(
    known_from: date, known_to: date, days_off: frozenset[date], extra: frozenset[date]
) -> str:
    """Eight hex digits that change when any day changes."""
    lines = [f"{known_from}/{known_to}"]
    lines += [f"-{day}" for day in sorted(days_off)]
    lines += [f"+{day}" for day in sorted(extra)]
    return sha256("\n".join(lines).encode()).hexdigest()[:8]


def with_notices(base: WorkCalendar, notices: Mapping[int, YearDays]) -> WorkCalendar:
    """``base``, which knows whole years, with the years of ``notices`` in its stead.

    A year that would leave a gap to the known ones is left out: days between would be unknown.
    """
    first, last = base.known_from.year, base.known_to.year
    while first - 1 in notices:
        first -= 1
    while last + 1 in notices:
        last += 1
    inside = [one for year, one in notices.items() if first <= year <= last]
    if not inside:
        return base
    written = {one.year for one in inside}
    off = {day for day in base.days_off if day.year not in written}
    extra = {day for day in base.extra_workdays if day.year not in written}
    for one in inside:
        off |= one.off
        extra |= one.working
    return named(first_day(first), last_day_of(last), frozenset(off), frozenset(extra))


def with_own_days(national: WorkCalendar, own: Iterable[YearDays]) -> WorkCalendar:
    """``national`` with a district's own days over it; those of unknown years wait."""
    off, working = set[date](), set[date]()
    for one in own:
        off |= {day for day in one.off if national.knows(day)}
        working |= {day for day in one.working if national.knows(day)}
    if not off and not working:
        return national
    return named(
        national.known_from,
        national.known_to,
        frozenset(national.days_off - working | off),
        frozenset(national.extra_workdays - off | working),
    )


def changed_days(before: WorkCalendar, after: WorkCalendar) -> frozenset[date]:
    """The days a count would answer otherwise: off or not, known or not."""
    days = before.days_off ^ after.days_off | before.extra_workdays ^ after.extra_workdays
    found = {day for day in days if before.is_workday(day) != after.is_workday(day)}
    for begin, end in (
        (before.known_from, after.known_from), (before.known_to + DAY, after.known_to + DAY),
    ):  # fmt: skip
        low, high = min(begin, end), max(begin, end)
        found |= {low + DAY * n for n in range((high - low).days)}
    return frozenset(found)
