"""A year of one calendar as twelve months of weeks, each day with what it is and why."""

from calendar import Calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases import calendars, workcalendar
from cases.rules.daysoff import NamedDay
from cases.rules.workdays import WorkCalendar
from grids.models import Area

WEEKS = Calendar(firstweekday=0)  # Monday first, as offices hang them on the wall
SUBSTITUTED = ("休息日（", "Day off (")  # what the package calls a day exchanged for another


@dataclass(frozen=True, slots=True)
class Day:
    """One square of a month. ``sort``: off, work (a make-up day), weekend or plain."""

    day: date
    sort: str
    name: str = ""
    own: bool = False  # the district's own day

    @property
    def mark(self) -> str:
        """The word in the square."""
        return {"off": _("Off"), "work": _("Work")}.get(self.sort, "")

    @property
    def words(self) -> str:
        """What a screen reader says and a tooltip shows."""
        said = {"off": _("day off"), "work": _("working day instead"), "weekend": _("weekend")}
        found = [said.get(self.sort, "")]
        found += [self.name] if self.name else []
        found += [_("own day of the district")] if self.own else []
        return ", ".join(part for part in found if part)


@dataclass(frozen=True, slots=True)
class Month:
    """The weeks of a month; None beside its days."""

    name: str
    number: int
    weeks: list[list[Day | None]]
    listed: list[Day]  # the days that are not as on any other week


@dataclass(frozen=True, slots=True)
class Year:
    """A year of one calendar."""

    year: int
    known: bool
    months: list[Month]
    working_days: int

    @property
    def listed(self) -> list[Day]:
        return [day for month in self.months for day in month.listed]


def year_of(year: int, district: Area | None) -> Year:
    """The year as the country or ``district`` counts it, festivals named."""
    calendar = workcalendar.of_district(district.pk if district else None)
    names = names_of(year)
    own = calendars.own_days(district, year) if district else {}
    known = calendar.knows(date(year, 1, 1))
    months = []
    for number in range(1, 13):
        weeks = [
            [
                day_of(day, calendar, names, own) if day.month == number else None
                for day in week
            ]
            for week in WEEKS.monthdatescalendar(year, number)
        ]  # fmt: skip
        days = [one for week in weeks for one in week if one]
        listed = [one for one in days if one.sort in ("off", "work") or one.own]
        name = date_format(date(year, number, 1), "F")
        months.append(Month(name, number, weeks, listed))
    everything = [one for month in months for week in month.weeks for one in week if one]
    return Year(year, known, months, sum(calendar.is_workday(one.day) for one in everything))


def day_of(
    day: date, calendar: WorkCalendar, names: Mapping[date, str], own: Mapping[date, NamedDay]
) -> Day:
    weekend = day.weekday() >= 5
    works = calendar.is_workday(day)
    if works:
        sort = "work" if weekend else "plain"
    else:
        sort = "off" if not weekend or day in calendar.days_off or day in names else "weekend"
    name = own[day].name if day in own else names.get(day, "")
    return Day(day, sort, name, day in own)


def names_of(year: int) -> dict[date, str]:
    """The festivals of a year: of the notice taken in here, else of the package."""
    if written := calendars.own_days(None, year):
        return {day: one.name for day, one in written.items() if one.name}
    found = workcalendar.festivals(year, get_language() or "zh")
    return {
        day: _("exchanged day off") if name.startswith(SUBSTITUTED) else name
        for day, name in found.items()
    }


def days_of(year: int, district: Area | None) -> list[NamedDay]:
    """Every day off and make-up day of a year as the import reads them."""
    listed = year_of(year, district).listed
    return [NamedDay(one.day, one.sort in ("work", "plain"), one.name) for one in listed]
