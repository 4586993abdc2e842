"""Doors of the log, the alarms, the figures and the tour."""

from types import SimpleNamespace

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.urls import reverse

from cases.transitions import database_now
from governance import pages
from governance.audit import alarms, entries, views
from governance.dashboard import numbers
from governance.dashboard.numbers import Frame
from governance.dashboard.views import Asked, places_below
from governance.sessions import STARTED
from grids import access
from grids.errors import NotVisible
from grids.models import Alarm, User
from grids.roles import Role
from tests.access.doors import guards
from tests.access.doors.cases import kept_away
from tests.access.doors.pages import desk
from tests.cases.desk import text_of
from tests.cases.matters import dispute
from tests.world import World


# --- log and alarms -----------------------------------------------------------------------
def alarmed(world: World) -> tuple[Alarm, User]:
    """An alarm of 湖滨区, and the auditor next door."""
    found = access.looked(
        world.tan, "export", "list:area", tenant_id=world.lb.pk, rows=51, reason="other: 会商"
    )
    assert found is not None
    return found, world.person("shen", Role.AUDITOR, world.nanshan_centre)


@guards("governance/audit/alarms.py waiting")
def an_alarm_that_waits(world: World) -> None:
    _alarm, next_door = alarmed(world)
    assert alarms.waiting(world.dou)
    assert not alarms.waiting(next_door)


@guards("governance/audit/api.py get")
def alarms_by_api(world: World) -> None:
    _alarm, next_door = alarmed(world)
    for user, count in ((world.dou, 1), (next_door, 0)):
        assert len(desk(user).get("/api/v1/alarms/").json()["results"]) == count


@guards("governance/audit/views.py all_alarms")
def alarms_on_the_page(world: World) -> None:
    _alarm, next_door = alarmed(world)
    for user, count in ((world.dou, 1), (next_door, 0)):
        assert len(desk(user).get(reverse("audit:alarms")).context["alarms"]) == count


@guards("governance/audit/views.py found_alarm")
def one_alarm(world: World) -> None:
    alarm, next_door = alarmed(world)
    assert views.found_alarm(world.dou, alarm.pk) == alarm
    with pytest.raises(NotVisible):
        views.found_alarm(next_door, alarm.pk)


@guards("governance/audit/entries.py readable")
def the_log(world: World) -> None:
    _alarm, next_door = alarmed(world)
    assert entries.readable(world.dou).exists()
    assert not entries.readable(next_door).exists()


# --- figures ------------------------------------------------------------------------------
@guards("governance/dashboard/views.py leader countable_by")
def figures(world: World) -> None:
    case = dispute(world)
    page = reverse("governance:leader")
    assert desk(world.ling).get(page).context["tiles"][0].n == 1
    kept_away(world.ling, case)
    assert desk(world.ling).get(page).context["tiles"][0].n == 0


@guards("governance/dashboard/views.py leader_list countable_by")
def the_list_behind_a_figure(world: World) -> None:
    case = dispute(world)
    page = reverse("governance:leader_list")
    assert case.number in text_of(desk(world.ling).get(page))
    kept_away(world.ling, case)
    assert case.number not in text_of(desk(world.ling).get(page))


@guards("governance/dashboard/views.py leader_list")
def links_in_that_list(world: World) -> None:
    case = dispute(world)
    page = desk(world.ling).get(reverse("governance:leader_list"))
    assert case.number in text_of(page) and page.context["whole"] == set()


@guards("governance/dashboard/views.py places_below")
def places_below_a_place_elsewhere(world: World) -> None:
    posts = numbers.posts_with_figures(world.ouyang.posts)
    for place, found in ((world.qingshi, {world.donghe, world.shiqiao}), (world.liulin, set())):
        ask = Asked(world.ouyang, posts, place, Frame(database_now(), 30))
        counts = SimpleNamespace(places=set())
        assert set(places_below(ask, counts)) == found  # type: ignore[arg-type]


# --- the tour -----------------------------------------------------------------------------
@guards("governance/pages.py tour_case")
def the_tours_own_case(world: World) -> None:
    case = dispute(world)
    assert pages.tour_case(visit(world.gao)) == case.number
    assert pages.tour_case(visit(kept_away(world.gao, case))) == ""


def visit(user: User) -> HttpRequest:
    """A request of somebody who entered before everything."""
    request = HttpRequest()
    request.user = user
    request.session = SessionBase()
    request.session[STARTED] = 1
    return request
