"""The working-day calendar in force: notices from the ``holidays`` package, those imported here,
and the days a district has of its own. Writes nothing.

The package writes out each yearly notice of the State Council, days off and make-up days; for
a year without one it would guess the festivals and know no make-up days, so such a year is
left unknown here and whatever counts through it is provisional. A notice that was imported
counts instead of the package's.

What was imported is read once in ``LIFE`` seconds and process, so that counting asks the
database nothing. A clock that another process started in that time with the days before is
counted anew afterwards (``cases/calendar_change.py``): it stores the version it was counted with.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache

import holidays
from django.db import connection

from cases.rules.workdays import (
    WorkCalendar,
    YearDays,
    first_day,
    last_day_of,
    named,
    with_notices,
    with_own_days,
)

COUNTRY = "CN"
LIFE = 60.0  # seconds
NOTICE_MONTH = 11  # the State Council publishes next year's days off around November
IN_FORCE = """
SELECT e.area_id, e.year, d.day, d.works
FROM (SELECT DISTINCT ON (area_id, year) id, area_id, year FROM cases_calendaredition
      ORDER BY area_id, year, version DESC) AS e
LEFT JOIN cases_calendarday AS d ON d.edition_id = e.id
"""
Written = tuple[int | None, int, date | None, bool | None]


@dataclass(frozen=True, slots=True)
class Calendars:
    """Everybody's calendar; ``districts`` holds those with days of their own."""

    national: WorkCalendar
    districts: Mapping[int, WorkCalendar] = field(default_factory=dict)

    def of(self, district_id: int | None) -> WorkCalendar:
        """The calendar of a district; the national one above districts."""
        return self.districts.get(district_id or 0, self.national)

    def all(self) -> list[WorkCalendar]:
        """The country's and those of districts."""
        return [self.national, *self.districts.values()]


@dataclass(slots=True)
class Kept:
    """What this process has read, and when."""

    calendars: Calendars | None = None
    read_at: float = 0.0


KEPT = Kept()


# --- what counting asks -------------------------------------------------------------------
def current() -> WorkCalendar:
    """The calendar of the whole country."""
    return everybodys().national


def of_district(district_id: int | None) -> WorkCalendar:
    """The calendar of a district: the country's, with its own days."""
    return everybodys().of(district_id)


def of_path(path: str) -> WorkCalendar:
    """The calendar at the place with this path: its district's, above districts the country's."""
    found = everybodys()
    own = (int(part) for part in path.split(".") if part and int(part) in found.districts)
    return found.of(next(own, None))


def everybodys() -> Calendars:
    """All calendars, as old as ``LIFE`` at most."""
    found = KEPT.calendars
    if found is None or time.monotonic() - KEPT.read_at > LIFE:
        found = read()
        keep(found)
    return found


def keep(calendars: Calendars) -> None:
    """Answer with ``calendars`` for the next ``LIFE`` seconds."""
    KEPT.calendars, KEPT.read_at = calendars, time.monotonic()


def forget() -> None:
    """Read again when asked next: days have just been written."""
    KEPT.calendars = None


def awaited(today: date) -> int | None:
    """This year while it has no notice, next year from ``NOTICE_MONTH`` on while that has none;
    None otherwise."""
    if not current().knows(first_day(today.year)):
        return today.year
    following = today.year + 1
    if today.month < NOTICE_MONTH or current().knows(first_day(following)):
        return None
    return following


# --- reading --------------------------------------------------------------------------------
def read() -> Calendars:
    """The calendars as the database has them now; one statement."""
    return combined(rows_in_force())


def read_with(area_id: int | None, days: YearDays) -> Calendars:
    """The calendars as they would be with ``days`` for a year of the country or a district."""
    rows = [row for row in rows_in_force() if row[:2] != (area_id, days.year)]
    rows.append((area_id, days.year, None, None))
    rows += [(area_id, days.year, day, False) for day in days.off]
    rows += [(area_id, days.year, day, True) for day in days.working]
    return combined(rows)


def rows_in_force() -> list[Written]:
    with connection.cursor() as cursor:
        cursor.execute(IN_FORCE)
        rows: list[Written] = cursor.fetchall()
        return rows


def combined(rows: Iterable[Written]) -> Calendars:
    """The calendars of the rows in force: (district or None, year, day, works)."""
    off: dict[tuple[int | None, int], set[date]] = defaultdict(set)
    working: dict[tuple[int | None, int], set[date]] = defaultdict(set)
    for area_id, year, day, works in rows:
        key = area_id, year
        (working if works else off)[key].update([day] if day else [])
    own: dict[int | None, dict[int, YearDays]] = defaultdict(dict)
    for area_id, year in off.keys() | working.keys():
        key = area_id, year
        days = YearDays(year, frozenset(off[key]), frozenset(working[key]))
        own[area_id][year] = days
    national = with_notices(packaged(), own.pop(None, {}))
    districts = {
        area_id: with_own_days(national, years.values())
        for area_id, years in own.items()
        if area_id is not None
    }
    return Calendars(
        national, {pk: one for pk, one in districts.items() if one.version != national.version}
    )


@cache
def packaged() -> WorkCalendar:
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
    known_from, known_to = first_day(first), last_day_of(last)
    china = holidays.country_holidays(COUNTRY, years=range(first, last + 1))
    days_off = frozenset(day for day in china if known_from <= day <= known_to)
    extra = frozenset(day for day in china.weekend_workdays if known_from <= day <= known_to)
    return named(known_from, known_to, days_off, extra)


def festivals(year: int, language: str) -> dict[date, str]:
    """What the package calls the days off of a year it has a notice for."""
    known = packaged()
    if not known.known_from.year <= year <= known.known_to.year:
        return {}
    said = "zh_CN" if language.startswith("zh") else "en_US"
    return dict(holidays.country_holidays(COUNTRY, years=year, language=said).items())


def last_unbroken_run(years: list[int]) -> tuple[int, int]:
    """First and last of the newest years without a gap; ``years`` ascending, not empty."""
    first = last = years[-1]
    for year in reversed(years[:-1]):
        if year != first - 1:
            break
        first = year
    return first, last
