"""Adding places: path, level columns, skipped levels, functional zones, nonsense."""

from datetime import date, datetime

import pytest
from django.db import IntegrityError

from grids import tree
from grids.errors import BadInput
from grids.models import Area, Tenant, Unit
from grids.roles import AreaKind, Level
from tests.world import SINCE

NBS = {"code_system": "NBS", "code_year": 2023}


def add(parent, level, name, **values):
    return tree.add_area(parent=parent, level=level, name=name, **{"valid_from": SINCE} | values)


def test_path_is_the_chain_of_ids_each_closed(world):
    chain = [world.city, world.hubin, world.qingshi, world.donghe, world.donghe1, world.donghe1a]
    assert world.donghe1a.path == "".join(f"{area.pk}." for area in chain)


def test_a_neighbour_whose_number_begins_alike_is_not_within(world):
    Area.objects.filter(pk=world.donghe2.pk).update(path=world.donghe1.path[:-1] + "1.")
    assert list(Area.objects.within(world.donghe1)) == [world.donghe1, world.donghe1a]


def test_level_columns_name_every_ancestor(world):
    assert world.donghe1a.stamp == {
        "city_id": world.city.pk,
        "district_id": world.hubin.pk,
        "township_id": world.qingshi.pk,
        "village_id": world.donghe.pk,
        "grid_id": world.donghe1.pk,
        "microgrid_id": world.donghe1a.pk,
        "stat_district_id": world.hubin.pk,
    }


def test_what_add_area_returns_is_what_the_database_holds(world):
    for area in (world.city, world.donghe1a, world.songpo1):
        stored = Area.objects.get(pk=area.pk)
        assert stored.stamp == area.stamp
        assert (stored.path, stored.tenant_id) == (area.path, area.tenant_id)


def test_a_province_has_no_column(world):
    province = add(None, Level.PROVINCE, "湖省")
    assert set(province.stamp.values()) == {None}
    assert add(province, Level.CITY, "湖滨州").stamp["city_id"] is not None


def test_a_city_without_counties(world):
    tenant = Tenant.objects.create(name="直筒市", prefix="ZT")
    city = add(None, Level.CITY, "直筒市", tenant=tenant)
    town = add(city, Level.TOWNSHIP, "新城街道")
    grid = add(add(town, Level.VILLAGE, "新城社区"), Level.GRID, "第1网格", number="1")
    assert grid.stamp["city_id"] == city.pk
    assert grid.stamp["district_id"] is None
    assert grid.stamp["stat_district_id"] is None
    assert grid.stamp["township_id"] == town.pk
    centre = Unit.objects.get(area=town, kind="governance_centre")
    superior = centre.relations.get(line="business").superior
    assert (superior.area_id, superior.kind_id) == (city.pk, "governance_centre")


def test_a_place_without_villages(world):
    farm = add(world.hubin, Level.TOWNSHIP, "红旗农场")
    grid = add(farm, Level.GRID, "第1网格", number="1")
    assert grid.stamp["village_id"] is None
    assert grid.stamp["township_id"] == farm.pk
    team = Unit.objects.get(area=grid)
    assert team.relations.get(line="business").superior.name == "红旗农场综治中心"


def test_a_microgrid_straight_below_a_village(world):
    micro = add(world.shiqiao, Level.MICROGRID, "一组", number="1")
    assert micro.kind == AreaKind.MICROGRID
    assert micro.stamp["grid_id"] is None


def test_townships_of_a_functional_zone_count_in_their_county(world):
    zone = add(
        world.city,
        Level.DISTRICT,
        "湖滨高新区",
        kind="functional_zone",
        tenant=Tenant.objects.create(name="湖滨高新区", prefix="GX"),
    )
    town = add(zone, Level.TOWNSHIP, "高新镇", stat_parent=world.hubin)
    village = add(town, Level.VILLAGE, "高新村")
    assert (zone.code, zone.stamp["stat_district_id"]) == ("", zone.pk)
    assert village.stamp["district_id"] == zone.pk
    assert village.stamp["stat_district_id"] == world.hubin.pk
    assert Unit.objects.get(area=zone, kind="government").name == "湖滨高新区管理委员会"


def test_the_customer_is_inherited_and_null_above_the_root(world):
    assert world.city.tenant_id is None
    assert world.donghe1a.tenant_id == world.lb.pk
    assert world.songpo1.tenant_id == world.ns.pk


def test_kinds_of_grid(world):
    assert world.donghe1.kind == AreaKind.GENERAL_GRID
    mall = add(world.donghe, Level.GRID, "商场", kind="dedicated_grid", number="9")
    assert mall.kind == AreaKind.DEDICATED_GRID


def test_texts_are_cleaned_and_kept(world):
    grid = add(
        world.donghe,
        Level.GRID,
        " 第3网格 ",
        number=" 3 ",
        households=320,
        boundary="东至河\r\n西至路",
        urban_rural="220",
    )
    grid.refresh_from_db()
    assert (grid.name, grid.number, grid.households) == ("第3网格", "3", 320)
    assert grid.boundary == "东至河\n西至路"


@pytest.mark.parametrize(
    ("field", "level", "values"),
    [
        ("level", Level.TOWNSHIP, {}),  # as high as its parent
        ("level", Level.DISTRICT, {}),
        ("level", 0, {}),
        ("level", 8, {}),
        ("kind", Level.VILLAGE, {"kind": "functional_zone"}),
        ("kind", Level.GRID, {"kind": "official"}),
        ("kind", Level.GRID, {"kind": "microgrid"}),
        ("kind", Level.VILLAGE, {"kind": "no such"}),
        ("name", Level.VILLAGE, {"name": " "}),
        ("name", Level.VILLAGE, {"name": "村" * 61}),
        ("name", Level.VILLAGE, {"name": "村\x00"}),
        ("name", Level.VILLAGE, {"name": "\ud800"}),
        ("name", Level.VILLAGE, {"name": None}),
        ("number", Level.GRID, {"number": "1" * 21}),
        ("number", Level.GRID, {"number": "1\n2"}),
        ("households", Level.GRID, {"households": -1}),
        ("households", Level.GRID, {"households": 1_000_001}),
        ("households", Level.GRID, {"households": "300"}),
        ("boundary", Level.GRID, {"boundary": "x" * 2001}),
        ("code", Level.VILLAGE, {"code": "3502-03", **NBS}),
        ("code", Level.VILLAGE, {"code": "３５０２０３", **NBS}),
        ("code", Level.VILLAGE, {"code": "1" * 21, **NBS}),
        ("code_system", Level.VILLAGE, {"code": "350203001001", "code_year": 2023}),
        ("code_year", Level.VILLAGE, {"code": "350203001001", "code_system": "NBS"}),
        ("code_year", Level.VILLAGE, {"code": "3502", "code_system": "NBS", "code_year": 23}),
        ("code_year", Level.VILLAGE, {"code": "3502", "code_system": "NBS", "code_year": "2023"}),
        ("urban_rural", Level.VILLAGE, {"urban_rural": "2200"}),
        ("valid_from", Level.VILLAGE, {"valid_from": "2024-01-01"}),
        ("valid_from", Level.VILLAGE, {"valid_from": datetime(2024, 1, 1)}),  # noqa: DTZ001
    ],
)
def test_nonsense_names_its_field(world, field, level, values):
    before = Area.objects.count()
    with pytest.raises(BadInput) as caught:
        add(**{"parent": world.qingshi, "level": level, "name": "新村"} | values)
    assert caught.value.field == field
    assert Area.objects.count() == before


def test_only_a_district_or_above_stands_alone(world):
    with pytest.raises(BadInput) as caught:
        add(None, Level.TOWNSHIP, "孤镇")
    assert caught.value.field == "parent"


def test_nothing_is_born_in_a_place_that_is_gone(world):
    Area.objects.filter(pk=world.shiqiao.pk).update(valid_to=date(2025, 1, 1))
    with pytest.raises(BadInput, match="石桥村 no longer exists") as caught:
        add(world.shiqiao, Level.GRID, "第1网格")
    assert caught.value.field == "parent"


def test_statistics_count_in_a_county(world):
    for wrong in (world.city, world.dukou):
        with pytest.raises(BadInput) as caught:
            add(world.qingshi, Level.VILLAGE, "新村", stat_parent=wrong)
        assert caught.value.field == "stat_parent"


def test_one_place_one_customer(world):
    with pytest.raises(BadInput) as caught:
        add(world.qingshi, Level.VILLAGE, "新村", tenant=world.ns)
    assert caught.value.field == "tenant"
    with pytest.raises(BadInput) as caught:
        add(world.city, Level.GRID, "市直网格")
    assert caught.value.field == "tenant"


def test_a_code_is_taken_once_per_edition(world):
    code = {"code": "350203001001", **NBS}
    add(world.qingshi, Level.VILLAGE, "甲村", **code)
    with pytest.raises(BadInput, match="taken") as caught:
        add(world.liulin, Level.VILLAGE, "乙村", **code)
    assert caught.value.field == "code"
    # The same twelve digits name another place in another edition.
    other = add(world.liulin, Level.VILLAGE, "乙村", **code | {"code_year": 2022})
    assert other.code == "350203001001"


def test_a_number_is_taken_once_in_a_village(world):
    with pytest.raises(BadInput) as caught:
        add(world.donghe, Level.GRID, "另一网格", number="1")
    assert caught.value.field == "number"
    assert add(world.shiqiao, Level.GRID, "第1网格", number="1").number == "1"


def test_another_broken_constraint_is_not_explained_away(world):
    grid = Area(parent=world.donghe, level=Level.GRID, kind="", name="重复", valid_from=SINCE)
    tree.check(grid)
    grid.public_id = world.donghe1.public_id
    with pytest.raises(IntegrityError, match="public_id") as caught:
        tree.plant([grid])
    with pytest.raises(IntegrityError):
        tree.refuse(caught.value)


def test_planting_a_whole_branch_at_once(world):
    town = Area(parent=world.hubin, level=Level.TOWNSHIP, name="新镇", valid_from=SINCE)
    village = Area(parent=town, level=Level.VILLAGE, name="新村", valid_from=SINCE)
    for area in (town, village):
        tree.check(area)
    tree.plant([town, village])
    village.refresh_from_db()
    assert village.path == f"{world.hubin.path}{town.pk}.{village.pk}."
    assert village.stamp["township_id"] == town.pk
    assert village.tenant_id == world.lb.pk


def test_a_customer_begins_at_a_place(world):
    alone = add(None, Level.DISTRICT, "新区")
    town = add(alone, Level.TOWNSHIP, "新镇")
    tenant = Tenant.objects.create(name="新区", prefix="XQ")
    tree.give(alone, tenant)
    town.refresh_from_db()
    assert town.tenant_id == tenant.pk
    with pytest.raises(BadInput) as caught:
        tree.give(world.city, tenant)
    assert caught.value.field == "tenant"
