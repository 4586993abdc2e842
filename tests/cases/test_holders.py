"""Who holds a case at each rung: the named ladders, and places that lack a level."""

from datetime import date

import pytest

from cases.holders import PlaceUnits, holders_of, units_of
from cases.models import Case, SupervisionOrder
from cases.policies import set_ladder
from cases.rules.ladder import LADDERS, AtEnd
from cases.rules.workflow import Verb
from cases.verification import verify_case
from grids.errors import WrongState
from grids.models import Area, Tenant, Unit
from grids.roles import AreaKind, Level, Role, UnitKindCode
from grids.tree import add_area
from tests.cases.matters import climb, dispute, do
from tests.world import SINCE, World

TODAY = date(2026, 1, 1)


def use(world: World, code: str, area: Area | None = None) -> None:
    set_ladder(area or world.hubin, LADDERS[code], TODAY)


def course(case: Case) -> list[str]:
    """The units that hold the case one after the other, by themselves."""
    held = [case.holder_unit.name]
    while case.clocks.filter(next_at__isnull=False).exists():
        case = climb(case)
        held.append(case.holder_unit.name)
    return held


def place(parent: Area, level: Level, name: str, **values: object) -> Area:
    return add_area(parent=parent, level=level, name=name, valid_from=SINCE, **values)


def test_nine_days_the_city_is_reported_to_and_the_county_stays_holder(world: World) -> None:
    use(world, "five_level_nine_day")
    case = climb(dispute(world), 3)
    assert case.holder_unit == world.hubin_centre and case.supervised_at is None
    case = climb(case)
    assert case.holder_unit == world.hubin_centre and case.level == Level.DISTRICT
    assert case.events.last().verb == Verb.REPORT_UP
    entry = SupervisionOrder.objects.get(case=case)
    assert (entry.cause, entry.unit) == ("report_up", world.hubin_centre)
    listed = case.supervised_at
    assert listed is not None
    case = climb(case)  # the city's two days have passed as well
    assert case.events.last().verb == Verb.SUPERVISE
    assert (SupervisionOrder.objects.filter(case=case).count(), case.supervised_at) == (1, listed)
    assert case.holder_unit == world.hubin_centre and verify_case(case) == []
    assert not case.clocks.filter(next_at__isnull=False).exists()


def test_seven_days_end_with_the_township_leaders(world: World) -> None:
    use(world, "four_level_seven_day")
    case = dispute(world)
    assert course(case) == [
        world.donghe1_team.name, world.donghe_mediation.name, world.qingshi_centre.name,
        world.qingshi_government.name, world.qingshi_government.name,
    ]  # fmt: skip
    case.refresh_from_db()
    assert case.level == Level.TOWNSHIP and case.supervised_at is not None


def test_the_county_cannot_be_climbed_past_by_hand(world: World) -> None:
    use(world, "five_level_nine_day")
    case = climb(dispute(world), 3)
    with pytest.raises(WrongState, match="top"):
        do(case, Verb.RAISE, world.su, reason="beyond_power", note="请市里")


def test_a_place_without_villages_keeps_the_villages_time_with_the_township(world: World) -> None:
    grid = place(world.qingshi, Level.GRID, "镇区网格", number="9")
    worker = world.person("gan", Role.GRID_WORKER, world.unit(grid, UnitKindCode.GRID_TEAM))
    usual, case = dispute(world), dispute(world, worker)
    assert case.village_id is None
    team = world.unit(grid, UnitKindCode.GRID_TEAM)
    assert case.clocks.get().ladder == usual.clocks.get().ladder  # the skipped level's time stays
    assert course(case) == [
        team.name, world.qingshi_centre.name, world.qingshi_centre.name, world.hubin_centre.name,
        world.hubin_centre.name,
    ]  # fmt: skip
    case.refresh_from_db()
    assert verify_case(case) == []
    # The same unit twice is not its own helper.
    assert not case.units.filter(part="co_responsible", unit=case.holder_unit).exists()


def test_without_villages_a_raised_case_passes_the_rung_that_would_change_nothing(
    world: World,
) -> None:
    grid = place(world.qingshi, Level.GRID, "镇区网格", number="9")
    team = world.unit(grid, UnitKindCode.GRID_TEAM)
    case = dispute(world, world.person("gan", Role.GRID_WORKER, team))
    why = {"reason": "beyond_power", "note": "超出权限"}
    case = do(case, Verb.RAISE, world.people["gan"], **why)
    case = do(case, Verb.RAISE, world.ouyang, **why)
    assert (case.holder_unit, case.rung) == (world.hubin_centre, 3)
    steps = case.clocks.get().steps.values_list("rung", "unit")
    assert list(steps) == [
        (0, team.pk), (1, world.qingshi_centre.pk), (2, world.qingshi_centre.pk),
        (3, world.hubin_centre.pk),
    ]  # fmt: skip


def test_a_rung_that_changes_nothing_leaves_who_handed_it_over(world: World) -> None:
    grid = place(world.qingshi, Level.GRID, "镇区网格", number="9")
    team = world.unit(grid, UnitKindCode.GRID_TEAM)
    case = climb(dispute(world, world.person("gan", Role.GRID_WORKER, team)), 2)
    assert (case.holder_unit, case.from_unit) == (world.qingshi_centre, team)
    case = do(case, Verb.RETURN, world.ouyang, reason="incomplete", note="缺地址")
    assert case.holder_unit == team


def test_a_customer_that_ends_with_a_township_keeps_its_cases_there(world: World) -> None:
    town = place(world.city, Level.TOWNSHIP, "直管镇", tenant=world.lb)
    village = place(town, Level.VILLAGE, "直管村")
    grid = place(village, Level.GRID, "第1网格", number="1")
    worker = world.person("zhi", Role.GRID_WORKER, world.unit(grid, UnitKindCode.GRID_TEAM))
    # The city above is no customer and has no units.
    case = dispute(world, worker)
    centre = world.unit(town, UnitKindCode.GOVERNANCE_CENTRE)
    assert course(case)[2:] == [centre.name] * 3


def test_a_city_without_counties_climbs_to_the_city(world: World) -> None:
    city = add_area(parent=None, level=Level.CITY, name="直筒子市", valid_from=SINCE,
                    tenant=Tenant.objects.create(name="直筒子市", prefix="ZT"))  # fmt: skip
    town = place(city, Level.TOWNSHIP, "一镇")
    grid = place(place(town, Level.VILLAGE, "一村"), Level.GRID, "第1网格", number="1")
    worker = world.person("yi", Role.GRID_WORKER, world.unit(grid, UnitKindCode.GRID_TEAM))
    top = world.unit(city, UnitKindCode.GOVERNANCE_CENTRE)
    case = dispute(world, worker)
    assert course(case)[2:] == [
        world.unit(town, UnitKindCode.GOVERNANCE_CENTRE).name,
        top.name,
        top.name,
    ]
    case.refresh_from_db()
    assert case.level == Level.CITY


def test_a_functional_zone_is_the_district_of_its_townships(world: World) -> None:
    zone = place(world.city, Level.DISTRICT, "台商投资区", kind=AreaKind.FUNCTIONAL_ZONE,
                 tenant=Tenant.objects.create(name="台商投资区", prefix="TS"))  # fmt: skip
    town = place(zone, Level.TOWNSHIP, "张坂镇", stat_parent=world.hubin)
    grid = place(place(town, Level.VILLAGE, "一村"), Level.GRID, "第1网格", number="1")
    worker = world.person("qu", Role.GRID_WORKER, world.unit(grid, UnitKindCode.GRID_TEAM))
    case = dispute(world, worker)
    assert (case.district_id, case.stat_district_id) == (zone.pk, world.hubin.pk)
    assert course(case)[-1] == world.unit(zone, UnitKindCode.GOVERNANCE_CENTRE).name


def test_a_case_starts_at_the_level_that_registered_it(world: World) -> None:
    for actor, unit, first_rung in [
        (world.gao, world.donghe1_team, 0), (world.cun, world.donghe_mediation, 1),
        (world.ouyang, world.qingshi_centre, 2), (world.su, world.hubin_centre, 3),
    ]:  # fmt: skip
        case = dispute(world, actor, area_id=world.donghe1.pk)
        clock = case.clocks.get()
        assert (case.holder_unit, case.rung, clock.first_rung) == (unit, first_rung, first_rung)
        assert len(clock.ladder) == 4 - first_rung
    assert climb(case).supervised_at is not None


def test_a_micro_grid_starts_with_a_unit_of_its_ancestors(world: World) -> None:
    case = dispute(world, area_id=world.donghe1a.pk)
    assert case.microgrid_id == world.donghe1a.pk
    assert case.holder_unit == world.donghe1_team
    assert climb(case).holder_unit == world.donghe_mediation


def test_a_level_without_the_kind_falls_to_its_coordinating_unit(world: World) -> None:
    units = units_of(world.donghe1)
    found = units.find(Level.VILLAGE, UnitKindCode.COURT)
    assert found == world.donghe_committee
    Unit.objects.filter(pk=world.donghe_mediation.pk).update(valid_to=date(2026, 1, 1))
    Unit.objects.filter(pk=world.donghe_committee.pk).update(valid_to=date(2026, 1, 1))
    assert units_of(world.donghe1).find(Level.VILLAGE, "court") == world.qingshi_centre


def test_no_case_without_a_holder(world: World) -> None:
    with pytest.raises(WrongState):
        PlaceUnits({}, frozenset({Level.VILLAGE})).find(Level.VILLAGE, "court")


def test_reporting_rungs_leave_the_holder_below(world: World) -> None:
    ladder = LADDERS["five_level_nine_day"]
    found = holders_of(ladder, range(5), units_of(world.donghe1))
    assert [one.unit_id for one in found][-2:] == [world.hubin_centre.pk] * 2
    use(world, "five_level_nine_day")
    assert dispute(world).clocks.get().actions == [
        AtEnd.CLIMB, AtEnd.CLIMB, AtEnd.CLIMB, AtEnd.REPORT, AtEnd.SUPERVISE,
    ]  # fmt: skip
