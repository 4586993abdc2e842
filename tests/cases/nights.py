"""Nights and mornings for tests, whatever the clock on the wall says."""

from datetime import date, datetime, timedelta

import pytest

from cases import workcalendar
from cases.clocks import ZONE
from cases.models import DutySubstitute
from cases.rules.hours import TimeOff, next_opening
from cases.rules.workdays import WorkCalendar
from cases.transitions import database_now
from grids.models import Unit, User


def holiday_today(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Make today a public holiday of everybody; the moment doors open again."""
    day = database_now().astimezone(ZONE).date()
    calendar = WorkCalendar(
        "test", date(2020, 1, 1), date(2099, 12, 31),
        frozenset(day + timedelta(n) for n in range(-3, 2)), frozenset({day + timedelta(2)}),
    )  # fmt: skip
    monkeypatch.setattr(workcalendar, "of_district", lambda district_id: calendar)
    return next_opening(database_now(), calendar, zone=ZONE)


def on_roster(
    unit: Unit, *, person: User | None = None, stand_in: Unit | None = None,
    begin: date = date(2026, 1, 1), end: date | None = None,
    sorts: tuple[TimeOff, ...] = (*TimeOff,),
) -> DutySubstitute:  # fmt: skip
    """A roster row as it stands in the database."""
    return DutySubstitute.objects.create(
        tenant_id=unit.tenant_id, unit=unit, person=person, stand_in=stand_in, valid_from=begin,
        valid_to=end, **{sort.value: sort in sorts for sort in TimeOff},
    )  # fmt: skip
