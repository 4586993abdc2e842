"""Notices for tests: a year after the published ones, with what the law asks for."""

from datetime import date, datetime, timedelta

from cases import calendars, clocks, workcalendar
from cases.models import CalendarEdition, Case, Clock
from cases.rules.clock import DAY
from cases.rules.daysoff import BY_LAW, NamedDay
from cases.rules.ladder import plan
from cases.rules.limits import LIMITS, LimitCode
from grids.models import Area, User

NEXT = workcalendar.packaged().known_to.year + 1  # the first year nobody has published yet


def notice_days(year: int = NEXT, *, off: tuple[date, ...] = ()) -> list[NamedDay]:
    """What the law asks for, the first week of January off, its last Saturday worked."""
    days = {date(year, month, day): "节日" for month, day in BY_LAW}
    days |= {date(year, 1, 1) + DAY * n: "元旦" for n in range(7)}
    days |= dict.fromkeys(off, "另放")
    saturday = next(
        day for n in range(7) if (day := date(year, 1, 31) - DAY * n).weekday() == 5
    )  # fmt: skip
    return sorted(
        [NamedDay(day, False, name) for day, name in days.items()] + [NamedDay(saturday, True)],
        key=lambda one: one.day,
    )


def table(days: list[NamedDay]) -> str:
    rows = [f"{one.day},{'work' if one.works else 'off'},{one.name}" for one in days]
    return "\n".join(["date,kind,name", *rows])


def take_in(user: User | None, days: list[NamedDay], year: int = NEXT) -> CalendarEdition:
    """The notice of ``year``, in force for this process too."""
    found = calendars.bring_in(user, calendars.propose_notice(year, days, "国办发〔2026〕1号"))
    workcalendar.forget()
    return found


def give_day(user: User, district: Area, day: date, *, works: bool = False) -> CalendarEdition:
    """A day of the district's own, in force for this process too."""
    change = NamedDay(day, works, "州庆")
    found = calendars.bring_in(user, calendars.propose_day(district, change, "州庆"))
    workcalendar.forget()
    return found


def begun(case: Case, moment: datetime) -> Case:
    """The case as if its clocks had been started at ``moment`` by the calendar of now."""
    calendar = workcalendar.of_district(case.district_id)
    for clock in case.clocks.filter(stopped_at=None):
        afresh(clock, moment, calendar)
        clock.save()
        clock.steps.filter(left_at=None).update(entered_at=moment, due_at=clocks.next_due(clock))
    found = clocks.dues(case)
    Case.objects.filter(pk=case.pk).update(
        due_at=found.due_at, provisional_from=found.provisional_from
    )
    case.refresh_from_db()
    return case


def afresh(clock: Clock, moment: datetime, calendar: workcalendar.WorkCalendar) -> Clock:
    """``clock`` counted as if it started at ``moment``."""
    clock.started_at, clock.calendar_version = moment, calendar.version
    if clock.code in LimitCode.values():
        due = LIMITS[LimitCode(clock.code)].due(moment, calendar, zone=clocks.ZONE)
        clock.due_at, clock.provisional = due.at, due.provisional
        clock.ladder = [due.at for _one in clock.ladder]
        return clock
    course = plan(
        clocks.ladder_of(clock), moment, first_rung=clock.first_rung, calendar=calendar,
        zone=clocks.ZONE,
    )  # fmt: skip
    clock.due_at, clock.ladder, clock.provisional = (
        course.due_at, list(course.moments), course.provisional,
    )  # fmt: skip
    return clock


def year_end() -> datetime:
    """Two working days before the published days end, at noon: most deadlines reach beyond."""
    day, left = date(NEXT - 1, 12, 31), 2
    while left:
        left -= workcalendar.packaged().is_workday(day)
        day -= timedelta(days=1)
    return datetime(day.year, day.month, day.day, 12, tzinfo=clocks.ZONE)


def workday_ahead(count: int) -> date:
    """The ``count``-th working day after today."""
    calendar = workcalendar.current()
    day = workcalendar_today()
    while count:
        day += DAY
        count -= calendar.is_workday(day)
    return day


def workcalendar_today() -> date:
    return datetime.now(clocks.ZONE).date()
