"""Days off and make-up working days as somebody hands them in: what fits and what does not.
Pure Python.

Source: 全国年节及纪念日放假办法 (as amended for 2025) names the days that are always off; the
State Council's yearly notice adds the days around them and the weekend days worked instead.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from cases.rules.workdays import WorkCalendar, YearDays
from grids.errors import BadInput

FIRST_YEAR, LAST_YEAR = 2001, 2199
LONGEST_NAME = 60
# (month, day) of the festivals with a fixed date that the law makes days off.
BY_LAW = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
MAY_SECOND_SINCE = 2025
OFF_WORDS = ("off", "holiday", "休", "休息", "放假", "节假日", "假")
WORK_WORDS = ("work", "workday", "working", "班", "上班", "补班", "调休上班", "工作日")
WRITTEN = re.compile(r"(\d{4})(?:-|/|\.|年)?(\d{1,2})(?:-|/|\.|月)?(\d{1,2})日?")


@dataclass(frozen=True, slots=True)
class NamedDay:
    """One day as handed in; ``name`` is the festival, or a district's reason."""

    day: date
    works: bool
    name: str = ""


def day_from(text: str) -> date | None:
    """A day as offices write it: 2027-02-06, 2027/2/6, 2027年2月6日, 20270206; None otherwise."""
    plain = text.strip()
    found = WRITTEN.fullmatch(plain)
    if found is None or plain.isdigit() and len(plain) != 8:
        return None
    year, month, day = (int(part) for part in found.groups())
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def works_from(text: str) -> bool | None:
    """Whether offices work, in a word: off/休, work/班 and their like; None for anything else."""
    plain = text.strip().casefold()
    if plain in WORK_WORDS:
        return True
    return False if plain in OFF_WORDS else None


def wrong_days(
    year: int, rows: Iterable[tuple[int, NamedDay]]
) -> tuple[list[NamedDay], list[tuple[int, BadInput]]]:
    """The days of a notice that can stand, and the lines that cannot, each with its reason."""
    seen: dict[date, tuple[int, NamedDay]] = {}
    bad: list[tuple[int, BadInput]] = []
    for line, one in rows:
        if one.day.year != year:
            bad.append(
                (line, BadInput("%(day)s does not lie in %(year)s.", day=one.day, year=year))
            )
        elif one.day in seen:
            before, other = seen[one.day]
            said = (
                "%(day)s is on line %(line)s already."
                if other.works == one.works
                else "%(day)s is a day off and a working day at once, see line %(line)s."
            )
            bad.append((line, BadInput(said, day=one.day, line=before)))
        elif one.works and one.day.weekday() < 5:
            said = "%(day)s is no weekend day; only a weekend day becomes a make-up working day."
            bad.append((line, BadInput(said, day=one.day)))
        else:
            seen[one.day] = line, one
    return [one for _line, one in sorted(seen.values(), key=lambda pair: pair[1].day)], bad


def missing_by_law(year: int, days: Iterable[NamedDay]) -> list[date]:
    """The days the law makes days off on which offices would work by ``days`` alone."""
    off = {one.day for one in days if not one.works}
    working = {one.day for one in days if one.works}
    found = [
        date(year, month, day)
        for month, day in BY_LAW
        if (month, day) != (5, 2) or year >= MAY_SECOND_SINCE
    ]
    return [day for day in found if day in working or (day.weekday() < 5 and day not in off)]


def year_days(year: int, days: Iterable[NamedDay]) -> YearDays:
    """What counting needs of ``days``."""
    rows = list(days)
    return YearDays(
        year,
        frozenset(one.day for one in rows if not one.works),
        frozenset(one.day for one in rows if one.works),
    )


def own_day(
    national: WorkCalendar, own: Mapping[date, NamedDay], change: NamedDay | date
) -> list[NamedDay]:
    """A district's days of the year with ``change`` among them; a bare date takes its day back.

    Raises ``BadInput`` at ``day`` for a day no notice covers, one that is as the country has it,
    and one that was never the district's own.
    """
    day = change.day if isinstance(change, NamedDay) else change
    if not national.knows(day):
        raise BadInput("There is no notice for %(year)s yet.", field="day", year=day.year)
    kept = {one.day: one for one in own.values() if one.day != day}
    if isinstance(change, NamedDay):
        if national.is_workday(day) == change.works:
            said = (
                "%(day)s is a working day for the whole country."
                if change.works
                else "%(day)s is a day off for the whole country."
            )
            raise BadInput(said, field="day", day=day)
        kept[day] = change
    elif day not in own:
        raise BadInput("%(day)s is no day of the district's own.", field="day", day=day)
    return [kept[day] for day in sorted(kept)]
