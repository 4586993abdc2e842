"""Names of units and places: read once, read anew after a while, in the order of the tree."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import names, queues
from cases.names import KEPT, names_of
from cases.queues import Tab
from cases.transitions import database_now
from grids.models import Area
from grids.roles import Level
from tests.cases.matters import dispute
from tests.world import World


@pytest.fixture(autouse=True)
def empty_shelf() -> None:
    KEPT.clear()


def test_the_second_page_asks_nothing(world: World) -> None:
    dispute(world)
    lines = queues.page(world.gao, world.gao.posts, Tab.TO_DO, now=database_now()).lines
    first = names_of(lines, {world.donghe.pk})
    with CaptureQueriesContext(connection) as asked:
        second = names_of(lines, {world.donghe.pk})
    assert len(asked) == 0
    assert first == second
    assert first.units[lines[0].holder_unit_id or 0] == world.donghe1_team.name
    assert first.place(lines[0], Level.VILLAGE) == Area.objects.get(pk=lines[0].grid_id).name


def test_a_new_name_is_seen_after_a_while(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    parents = {world.qingshi.pk}
    before = names_of([], parents).below
    Area.objects.filter(pk=world.donghe.pk).update(name="新东河村")
    assert names_of([], parents).below == before
    monkeypatch.setattr(names, "KEEP", -1.0)
    assert names_of([], parents).below[world.donghe.pk] == "新东河村"


def test_places_right_below_stand_in_the_order_of_the_tree(world: World) -> None:
    parents = {world.qingshi.pk, world.donghe.pk}
    expected = Area.objects.filter(parent__in=parents, valid_to=None).order_by("path")
    assert list(names_of([], parents).below.items()) == list(expected.values_list("pk", "name"))


def test_a_shelf_that_is_full_begins_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "MOST", 0)
    dispute(world)
    lines = queues.page(world.gao, world.gao.posts, Tab.TO_DO, now=database_now()).lines
    assert names_of(lines).areas == names_of(lines).areas != {}
