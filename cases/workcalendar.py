"""The working-day calendar in force, read from the ``holidays`` package. Writes nothing.

The package writes out each yearly notice of the State Council, days off and make-up days; for
a year without one it would guess the festivals and know no make-up days, so such a year is
left unknown here and whatever counts through it is provisional.
"""

from datetime import date
from functools import cache
from hashlib import sha256

import holidays

from cases.rules.workdays import WorkCalendar

COUNTRY = "CN"


@cache
def current() -> WorkCalendar:
    """The calendar of every year the package has a notice for, built once per process.

    Raises ``RuntimeError`` when the installed package no longer carries the notices.
    """
    # Every notice so far exchanged days; a year listed there is a year with a notice.
    notices = getattr(holidays.country_holidays(COUNTRY), "special_public_holidays", {})
    if not notices:
        raise RuntimeError(
            "The installed 'holidays' package has no State Council notices for China;"
            " working days cannot be counted."
        )
    first, last = last_unbroken_run(sorted(notices))
    known_from, known_to = date(first, 1, 1), date(last, 12, 31)
    china = holidays.country_holidays(COUNTRY, years=range(first, last + 1))
    days_off = frozenset(day for day in china if known_from <= day <= known_to)
    extra = frozenset(day for day in china.weekend_workdays if known_from <= day <= known_to)
    return WorkCalendar(
        version=f"cn-{last}-{fingerprint(known_from, known_to, days_off, extra)}",
        known_from=known_from,
        known_to=known_to,
        days_off=days_off,
        extra_workdays=extra,
    )


def last_unbroken_run(years: list[int]) -> tuple[int, int]:
    """First and last of the newest years without a gap; ``years`` ascending, not empty."""
    first = last = years[-1]
    for year in reversed(years[:-1]):
        if year != first - 1:
            break
        first = year
    return first, last


def fingerprint(
    known_from: date, known_to: date, days_off: frozenset[date], extra: frozenset[date]
) -> str:
    """Eight hex digits that change when any day changes, not when the package's number does."""
    lines = [f"{known_from}/{known_to}"]
    lines += [f"-{day}" for day in sorted(days_off)]
    lines += [f"+{day}" for day in sorted(extra)]
    return sha256("\n".join(lines).encode()).hexdigest()[:8]
