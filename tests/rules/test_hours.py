"""When doors are open: the table against a plain reading of the calendar, minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import workcalendar
from cases.rules.hours import OfficeHours, TimeOff, next_opening, shift_of, time_off

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = workcalendar.current()
FIRST = datetime(2024, 1, 2, tzinfo=ZONE)
MOMENTS = st.integers(0, 4 * 366 * 86_400).map(  # beyond the last notice as well
    lambda seconds: FIRST + timedelta(seconds=seconds)
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("moment", "sort"),
    [
        ("2026-03-02T08:29:59", TimeOff.WEEKEND),  # Monday, before doors open: still the weekend
        ("2026-03-02T08:30", None),
        ("2026-03-02T12:45", None),  # somebody is at the counter over noon
        ("2026-03-02T17:29:59", None),
        ("2026-03-02T17:30", TimeOff.EVENING),
        ("2026-03-03T02:00", TimeOff.EVENING),  # Monday's night
        ("2026-03-06T23:00", TimeOff.EVENING),  # Friday's night
        ("2026-03-07T08:29", TimeOff.EVENING),
        ("2026-03-07T08:30", TimeOff.WEEKEND),
        ("2026-09-20T10:00", None),  # a Sunday made a working day
        ("2026-09-20T19:00", TimeOff.EVENING),
        ("2026-10-01T08:30", TimeOff.HOLIDAY),
        ("2026-10-01T03:00", TimeOff.EVENING),  # the night of the 30th
        ("2026-10-04T12:00", TimeOff.HOLIDAY),  # the Sunday within the week of days off
        ("2026-10-08T08:00", TimeOff.HOLIDAY),
        ("2026-10-08T09:00", None),
        ("2026-09-27T12:00", TimeOff.HOLIDAY),  # the weekend after a Friday's festival
    ],
)
def test_each_sort_begins_and_ends_when_doors_open_and_close(moment: str, sort: object) -> None:
    assert time_off(at(moment), CALENDAR, zone=ZONE) is sort


@given(MOMENTS)
def test_working_hours_are_the_hours_of_working_days_and_nothing_else(moment: datetime) -> None:
    working = CALENDAR.is_workday(moment.date()) and time(8, 30) <= moment.time() < time(17, 30)
    assert (time_off(moment, CALENDAR, zone=ZONE) is None) == working
    assert time_off(moment.astimezone(UTC), CALENDAR, zone=ZONE) is time_off(
        moment, CALENDAR, zone=ZONE
    ), "the zone of the server changes nothing"


@given(MOMENTS)
def test_everything_off_ends_at_the_next_opening(moment: datetime) -> None:
    opening = next_opening(moment, CALENDAR, zone=ZONE)
    assert opening > moment and time_off(opening, CALENDAR, zone=ZONE) is None
    before = opening - timedelta(microseconds=1)
    assert time_off(before, CALENDAR, zone=ZONE) is not None
    if time_off(moment, CALENDAR, zone=ZONE) is not None:  # nobody worked in between
        hours = int((opening - moment).total_seconds() // 3600)
        between = (moment + timedelta(hours=n) for n in range(hours))
        assert all(time_off(one, CALENDAR, zone=ZONE) is not None for one in between)


@given(MOMENTS)
def test_one_shift_has_one_sort_of_time_off(moment: datetime) -> None:
    day = shift_of(moment, ZONE)
    sorts = {
        time_off(datetime.combine(day, time(8, 30), ZONE) + timedelta(hours=n), CALENDAR, zone=ZONE)
        for n in range(24)
    }
    assert len(sorts - {None}) == 1
    assert day <= moment.date() <= day + timedelta(days=1)


def test_a_moment_needs_its_zone_and_an_office_its_day() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        shift_of(datetime.fromisoformat("2026-03-02T09:00"), ZONE)
    with pytest.raises(ValueError, match="no time zone"):
        next_opening(datetime.fromisoformat("2026-03-02T09:00"), CALENDAR, zone=ZONE)
    with pytest.raises(ValueError, match="cannot close"):
        OfficeHours(time(9), time(9))


def test_other_hours_are_other_shifts() -> None:
    late = OfficeHours(time(9), time(18), "a notice")
    moment = at("2026-03-02T08:45")
    assert shift_of(moment, ZONE, late) == date(2026, 3, 1)
    assert time_off(moment, CALENDAR, zone=ZONE, hours=late) is TimeOff.WEEKEND
    assert next_opening(moment, CALENDAR, zone=ZONE, hours=late) == at("2026-03-02T09:00")
