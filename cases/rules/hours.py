"""When offices work, and what sort of time off it is otherwise. Pure Python.

A shift is a day from opening to the next day's opening, as duty rosters are written: the night
after a working day is that day's, also after midnight, and a weekend ends on Monday when doors
open. Everything follows from the day the shift began on.

Source of the hours: none; local notices differ and change with the season, so 8:30 to 17:30
is our default. The pause at noon counts as working hours, somebody is at the counter then.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from cases.rules.clock import DAY, require_zone
from cases.rules.windows import Windows
from cases.rules.workdays import WorkCalendar
from grids.words import Word


class TimeOff(Word):
    """The sorts of shift in which a unit's substitute acts, as duty rosters tell them apart."""

    EVENING = "evening", "Evenings and nights of working days"
    WEEKEND = "weekend", "Weekends"
    HOLIDAY = "holiday", "Public holidays"


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """Working hours of every working day, civil times; ``closes`` is the first moment off.

    ``source`` None: a default without a public source.
    """

    opens: time
    closes: time
    source: str | None = None

    def __post_init__(self) -> None:
        if self.closes <= self.opens:
            raise ValueError(f"An office cannot close at {self.closes}, opening at {self.opens}.")


OFFICE_HOURS = OfficeHours(time(8, 30), time(17, 30))
# In which a clock of working hours runs, where the rule says nothing else.
OFFICE_WINDOWS = Windows.every_day((OFFICE_HOURS.opens, OFFICE_HOURS.closes))


def shift_of(moment: datetime, zone: tzinfo, hours: OfficeHours = OFFICE_HOURS) -> date:
    """The civil day in ``zone`` on which the shift running at ``moment`` began."""
    require_zone(moment)
    local = moment.astimezone(zone)
    return local.date() if local.time() >= hours.opens else local.date() - DAY


def time_off(
    moment: datetime, calendar: WorkCalendar, *, zone: tzinfo, hours: OfficeHours = OFFICE_HOURS
) -> TimeOff | None:
    """What sort of time off ``moment`` lies in; None within working hours."""
    day = shift_of(moment, zone, hours)
    if not calendar.is_workday(day):
        return TimeOff.HOLIDAY if in_holiday(day, calendar) else TimeOff.WEEKEND
    local = moment.astimezone(zone)
    if local.date() == day and local.time() < hours.closes:
        return None
    return TimeOff.EVENING


def in_holiday(day: date, calendar: WorkCalendar) -> bool:
    """Whether the days off around ``day`` are a public holiday.

    A notice's week of days off contains a Saturday or Sunday that needs no listing; they belong
    to the holiday as in the notice's own words.
    """
    for step in (-DAY, DAY):
        here = day
        while not calendar.is_workday(here):
            if here in calendar.days_off:
                return True
            here += step
    return False


def next_opening(
    moment: datetime, calendar: WorkCalendar, *, zone: tzinfo, hours: OfficeHours = OFFICE_HOURS
) -> datetime:
    """The first moment after ``moment`` at which working hours begin."""
    require_zone(moment)
    local = moment.astimezone(zone)
    day = local.date() if local.time() < hours.opens else local.date() + DAY
    while not calendar.is_workday(day):
        day += DAY
    return datetime.combine(day, hours.opens, tzinfo=zone)
