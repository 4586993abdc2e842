"""Doors of clocks and calendars: whose days one keeps, whose deadlines one reads."""

from django.urls import reverse

from cases import calendars
from cases.models import CalendarEdition
from cases.pages.calendar_moves import visible_moves
from cases.transitions import database_now
from grids.models import User
from grids.roles import Role
from tests.access.doors import guards
from tests.cases.daysoff import NEXT, begun, notice_days, year_end
from tests.cases.desk import at_desk
from tests.cases.matters import dispute
from tests.world import World


def administrator(world: World) -> User:
    return world.person("xi", Role.SYS_ADMIN, world.hubin_government)


@guards("cases/calendars.py runs_calendar runs_place")
def days_of_a_district(world: World) -> None:
    assert calendars.may_change(world.su, world.hubin)
    assert not calendars.may_change(world.ling, world.hubin)


@guards("cases/calendars.py editions_for")
def days_of_another_customer(world: World) -> None:
    CalendarEdition.objects.create(area=world.hubin, year=NEXT, version=1, at=database_now())
    assert calendars.editions_for(world.su, NEXT, world.hubin).exists()
    assert not calendars.editions_for(world.wai, NEXT, world.hubin).exists()


@guards("cases/pages/calendar_moves.py visible_moves")
def deadlines_of_matters_one_does_not_see(world: World) -> None:
    begun(dispute(world), year_end())
    found = calendars.preview(calendars.propose_notice(NEXT, notice_days(), "国办发〔2026〕1号"))
    assert found.moves
    assert visible_moves(administrator(world), found) == []


@guards("cases/deadline_api.py get")
def clocks_of_a_matter_elsewhere(world: World) -> None:
    where = reverse("api:case_clocks", args=[dispute(world).number])
    assert at_desk(world.gao).get(where).status_code == 200
    assert at_desk(world.bao).get(where).status_code == 404
