"""Grids drawn up: who may, codes, change log, crews."""

import json
from datetime import date

import pytest
from django.utils import timezone

from grids import crew, gridbook
from grids.errors import BadInput, NotAllowed, NotVisible, WrongState
from grids.gridbook import Sketch
from grids.models import Area, Change, Unit
from grids.roles import Level, Role
from grids.tree import add_area
from tests.grids.test_outline import SQUARE, polygon
from tests.world import SINCE

TODAY = date(2026, 3, 2)
CODE = "350203001001"


@pytest.fixture
def coded(world):
    for area, code in ((world.shiqiao, CODE), (world.donghe, "350203001002")):
        Area.objects.filter(pk=area.pk).update(code=code, code_system="NBS", code_year=2023)
        area.refresh_from_db()
    return world


def drawn(world, name="第3网格", number="3", parent=None, actor=None, **more):
    sketch = Sketch(name=name, number=number, **more)
    return gridbook.draw_up(actor or world.cun, parent or world.donghe, sketch, since=TODAY)


# --- drawing up ---------------------------------------------------------------------------
def test_a_grid_is_drawn_up_with_its_team_code_and_log(coded):
    grid = drawn(coded, households=320, boundary="东至河")
    assert (grid.level, grid.kind, grid.code) == (Level.GRID, "general_grid", "350203001002003")
    assert (grid.code_system, grid.code_year, grid.tenant) == ("GRID", 2023, coded.lb)
    assert Unit.objects.get(area=grid).kind_id == "grid_team"
    row = Change.objects.get()
    assert (row.action, row.subject_id, row.actor) == ("open", grid.pk, coded.cun)
    assert row.after["households"] == 320


def test_a_micro_grid_lies_in_its_grid(coded):
    grid = drawn(coded)
    micro = drawn(coded, "楼栋一", "3-1", parent=grid)
    assert (micro.level, micro.kind, micro.code) == (
        Level.MICROGRID, "microgrid", "35020300100200301",
    )  # fmt: skip


def test_a_serial_is_never_given_twice(coded):
    grid = drawn(coded, "一网格", "1", parent=coded.shiqiao, actor=coded.ouyang)
    Unit.objects.filter(area=grid).update(valid_to=date(2026, 4, 1))
    Area.objects.filter(pk=grid.pk).update(valid_to=date(2026, 4, 1))
    again = drawn(coded, "又一网格", "1", parent=coded.shiqiao, actor=coded.ouyang)
    assert (grid.code[-3:], again.code[-3:]) == ("001", "002")


@pytest.mark.parametrize("number", ["A", "0", "1000", "１"])
def test_a_number_that_is_no_serial_gets_the_next_free_one(coded, number):
    assert drawn(coded, number=number).code[-3:] == "001"


def test_a_village_without_code_has_grids_without_code(world):
    assert drawn(world).code == ""


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "第1网格"}, "name"),
        ({"number": ""}, "number"),
        ({"number": "1"}, "number"),
        ({"kind": "microgrid"}, "kind"),
        ({"kind": "x"}, "kind"),
        ({"households": -1}, "households"),
        ({"boundary": "a\x00"}, "boundary"),
        ({"outline": "{}"}, "outline"),
        ({"outline": json.dumps(polygon(SQUARE))}, "map_approval"),
        ({"outline": json.dumps(polygon(SQUARE)), "map_approval": "有"}, "map_approval"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(world, more, field):
    before = Area.objects.count()
    with pytest.raises(BadInput) as caught:
        drawn(world, **more)
    assert caught.value.field == field
    assert (Area.objects.count(), Change.objects.count()) == (before, 0)


def test_an_outline_comes_with_its_approval(world):
    text = json.dumps(polygon(SQUARE))
    grid = drawn(world, outline=text, map_approval="甘S(2023)27号")
    grid.refresh_from_db()
    assert grid.boundary_geojson["type"] == "Polygon"
    assert grid.map_approval == "甘S(2023)27号"
    assert "103.7" not in json.dumps(Change.objects.get().after)


def test_grids_of_a_micro_grid_do_not_exist(world):
    with pytest.raises(BadInput):
        drawn(world, parent=world.donghe1a)


# --- who ----------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["gao", "mei", "han", "ling", "dou"])
def test_others_draw_up_nothing(world, who):
    with pytest.raises(NotAllowed):
        drawn(world, actor=world.people[who])


@pytest.mark.parametrize("who", ["bao", "du", "wai"])
def test_a_village_elsewhere_does_not_exist(world, who):
    with pytest.raises(NotVisible):
        drawn(world, actor=world.people[who])
    with pytest.raises(BadInput):
        gridbook.parent_of_new(world.people[who], world.donghe.pk)
    with pytest.raises(NotVisible):
        gridbook.grid(world.people[who], world.donghe1.pk)


@pytest.mark.parametrize("who", ["cun", "ouyang", "su"])
def test_the_offices_above_draw_up(world, who):
    assert drawn(world, actor=world.people[who]).pk


def test_names_above_a_post_are_no_places_of_it(world):
    assert set(gridbook.places(world.cun)) == {
        world.donghe, world.donghe1, world.donghe1a, world.donghe2,
    }  # fmt: skip


# --- changing -----------------------------------------------------------------------------
def test_a_change_keeps_what_was(world):
    sketch = Sketch(name="第1网格", number="1", households=99, boundary="南至渠")
    rev = gridbook.revision(world.donghe1)
    gridbook.redraw(world.cun, world.donghe1, sketch, rev=rev)
    row = Change.objects.get()
    assert row.before == {"households": None, "boundary": ""}
    assert row.after == {"households": 99, "boundary": "南至渠"}
    with pytest.raises(WrongState):
        gridbook.redraw(world.cun, world.donghe1, sketch, rev=rev)


def test_a_change_of_nothing_is_no_change(world):
    gridbook.redraw(world.cun, world.donghe1, Sketch(name="第1网格", number="1"))
    assert not Change.objects.exists()


def test_an_old_grid_gets_its_code_when_it_is_changed(coded):
    grid = gridbook.redraw(coded.cun, coded.donghe1, Sketch(name="第1网格", number="1"))
    assert grid.code == "350203001002001"


def test_two_grids_of_one_number_are_refused(world):
    with pytest.raises(BadInput) as caught:
        gridbook.redraw(world.cun, world.donghe1, Sketch(name="第1网格", number="2"))
    assert caught.value.field == "number"


def test_a_closed_grid_and_a_village_are_not_redrawn(world):
    for area in (world.donghe, world.dukou1):
        with pytest.raises(NotVisible):
            gridbook.redraw(world.cun, area, Sketch(name="x", number="1"))


def test_a_grid_added_otherwise_is_found(world):
    add_area(parent=world.shiqiao, level=Level.GRID, name="甲", number="1", valid_from=SINCE)
    assert gridbook.places(world.ouyang).filter(parent=world.shiqiao).count() == 1


# --- crew ---------------------------------------------------------------------------------
def test_a_worker_is_posted(world):
    today = timezone.localdate()
    posting = crew.appoint(world.cun, world.donghe2, "gao", "grid_worker", today)
    assert (posting.unit, posting.area) == (world.donghe2_team, world.donghe2)
    assert [one.user for one in crew.members(world.donghe2)] == [world.gao]
    assert [row.action for row in Change.objects.all()] == ["post"]
    assert "高" not in json.dumps([row.after for row in Change.objects.all()])


@pytest.mark.parametrize("account", ["bao", "wai", "nobody", ""])
def test_accounts_elsewhere_do_not_exist(world, account):
    with pytest.raises(BadInput) as caught:
        crew.appoint(world.cun, world.donghe2, account, "grid_worker", TODAY)
    assert caught.value.field == "account"


def test_only_workers_and_leads_serve_in_a_grid(world):
    with pytest.raises(BadInput) as caught:
        crew.appoint(world.cun, world.donghe2, "gao", "triage", TODAY)
    assert caught.value.field == "role"


def test_nobody_posts_into_a_grid_elsewhere(world):
    with pytest.raises(NotVisible):
        crew.appoint(world.cun, world.dukou1, "gao", "grid_worker", TODAY)


def test_a_new_account_without_post_may_be_posted(world):
    newcomer = type(world.gao).objects.create_user("xin", None, "新")
    posting = crew.appoint(world.cun, world.donghe2, "xin", Role.GRID_LEAD.value, TODAY)
    assert posting.user == newcomer
