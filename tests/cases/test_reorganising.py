"""Places are moved, merged, split, renamed and closed; open cases follow, the past stays."""

from datetime import timedelta

import pytest

from cases import figures, outbox
from cases.models import Case, CaseEvent, Clock, Notice
from cases.reorganising import preview, reorganise
from cases.rules.workflow import Verb
from cases.verification import verify_case
from grids.errors import BadInput, NotAllowed, NotVisible
from grids.models import Area, AreaPast, AreaSuccession, Change, Posting, Unit, User
from grids.restructuring import Order, Part
from grids.roles import AreaChangeKind, Role, UnitKindCode
from tests.cases.matters import dispute, do
from tests.world import World

K = AreaChangeKind


@pytest.fixture
def xi(world: World) -> User:
    return world.person("xi", Role.SYS_ADMIN, world.hubin_government)


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def last(case: Case) -> CaseEvent:
    return CaseEvent.objects.filter(case=case).order_by("-seq")[0]


def sound(*cases: Case) -> None:
    """What must hold after any reorganisation."""
    for case in cases:
        row = fresh(case)
        assert verify_case(row) == []
        if row.closed_at is None:
            assert row.area.valid_to is None
            assert row.area.stamp == {column: getattr(row, column) for column in row.area.stamp}
            assert row.holder_unit is not None and row.holder_unit.valid_to is None
            for clock in Clock.objects.filter(case=row, stopped_at=None):
                assert not Unit.objects.filter(pk__in=clock.holders).exclude(valid_to=None)
    figures.fold()
    assert figures.differences() == []


def merge(world: World, **values: object) -> Order:
    return Order(
        K.MERGE, (world.donghe.pk,), target=world.shiqiao.pk, document="湖政〔2026〕3号", **values
    )


def test_a_merged_village_hands_over_its_cases_units_and_people(world: World, xi: User) -> None:
    case = dispute(world)
    do(case, Verb.SIGN, world.gao)
    do(case, Verb.RAISE, world.gao, reason="beyond_power", note="牵涉多户")
    assert fresh(case).holder_unit_id == world.donghe_mediation.pk
    successor = world.unit(world.shiqiao, UnitKindCode.MEDIATION_COMMITTEE)
    seen = preview(xi, merge(world))
    assert (seen.cases, seen.grids, seen.people, seen.posts_ending) == (1, 2, 2, 0)
    assert (seen.units_closed, seen.units_moved) == (2, 0)
    done = reorganise(xi, merge(world))
    assert done.cases == 1
    row = fresh(case)
    assert row.village_id == world.shiqiao.pk and row.grid_id == world.donghe1.pk
    assert row.holder_unit_id == successor.pk
    assert row.status == "registered"
    event = last(case)
    assert (event.verb, event.actor_id, event.other_id) == (
        "reorganise", xi.pk, world.donghe_mediation.pk,
    )  # fmt: skip
    sound(case)
    world.donghe.refresh_from_db()
    assert world.donghe.valid_to is not None
    assert AreaSuccession.objects.get(predecessor=world.donghe).successor == world.shiqiao
    grid = Area.objects.get(pk=world.donghe1.pk)
    assert grid.parent == world.shiqiao
    assert grid.path.startswith(world.shiqiao.path)
    assert AreaPast.objects.get(area=grid).parent == world.donghe
    # 村干部 goes on in the new village, sees the case and acts on it
    cun = User.objects.get(pk=world.cun.pk)
    assert {post.unit_id for post in cun.posts} == {
        world.shiqiao_committee.pk, successor.pk,
    }  # fmt: skip
    do(case, Verb.SIGN, cun)
    sound(case)
    change = Change.objects.filter(subject="area", action="merge").get()
    assert change.reason == "湖政〔2026〕3号"
    outbox.deliver()
    assert Notice.objects.filter(user=cun, verb="reorganise").count() == 1


def test_a_closed_case_keeps_its_village_and_follows_when_it_is_reopened(
    world: World, xi: User
) -> None:
    case = dispute(world)
    do(case, Verb.SIGN, world.gao)
    do(case, Verb.REFUSE, world.gao, note="告知可以起诉")
    before = Case.objects.filter(pk=case.pk).values().get()
    reorganise(xi, merge(world))
    assert Case.objects.filter(pk=case.pk).values().get() == before
    do(case, Verb.REOPEN, world.ouyang, note="双方又来了")
    row = fresh(case)
    assert row.village_id == world.shiqiao.pk
    sound(case)


def test_a_moved_village_belongs_to_the_other_town_from_now_on(world: World, xi: User) -> None:
    case = dispute(world)
    do(case, Verb.SIGN, world.gao)
    do(case, Verb.RAISE, world.gao, reason="beyond_power", note="牵涉多户")
    order = Order(K.MOVE, (world.donghe.pk,), target=world.liulin.pk)
    assert preview(xi, order).cases == 1
    reorganise(xi, order)
    row = fresh(case)
    assert (row.township_id, row.village_id) == (world.liulin.pk, world.donghe.pk)
    assert row.holder_unit_id == world.donghe_mediation.pk  # the village goes on
    assert world.liulin_centre.pk in Clock.objects.get(case=row, code="ladder").holders
    assert not Case.objects.visible_to(User.objects.get(pk=world.ouyang.pk)).filter(pk=row.pk)
    assert Case.objects.visible_to(User.objects.get(pk=world.bao.pk)).filter(pk=row.pk)
    sound(case)
    superior = Unit.objects.get(pk=world.donghe_committee.pk).relations.get(
        valid_to=None, line="government"
    )
    assert superior.superior.area_id == world.liulin.pk


def test_a_split_village_deals_out_its_grids(world: World, xi: User) -> None:
    case, other = dispute(world), dispute(world, area_id=world.donghe2.pk, actor=world.cun)
    order = Order(K.SPLIT, (world.donghe.pk,), parts=(Part("新河村", (world.donghe1.pk,)),))
    done = reorganise(xi, order)
    new = Area.objects.get(name="新河村")
    assert done.cases == 1
    assert fresh(case).village_id == new.pk
    assert fresh(other).village_id == world.donghe.pk
    assert Unit.objects.filter(area=new).count() == 2
    sound(case, other)
    with pytest.raises(BadInput) as refusal:  # its second grid has to go somewhere
        reorganise(xi, Order(K.SPLIT, (world.donghe.pk,), parts=(Part("甲村"),), ceases=True))
    assert refusal.value.field == "children"


def test_a_closed_village_leaves_its_cases_to_the_town_and_ends_its_posts(
    world: World, xi: User
) -> None:
    case = dispute(world)
    order = Order(K.CLOSE, (world.donghe.pk,))
    assert preview(xi, order).posts_ending == 4
    reorganise(xi, order)
    row = fresh(case)
    assert row.area_id == world.qingshi.pk and row.village_id is None
    assert row.holder_unit_id == world.qingshi_centre.pk
    assert User.objects.get(pk=world.gao.pk).posts == []  # nobody sees more than before
    sound(case)


def test_a_renamed_village_keeps_its_former_name(world: World, xi: User) -> None:
    case = dispute(world)
    reorganise(xi, Order(K.RENAME, (world.donghe.pk,), name="东河社区"))
    assert AreaPast.objects.get(area=world.donghe).name == "东河村"
    assert Unit.objects.get(pk=world.donghe_committee.pk).name == "东河社区居民委员会"
    assert last(case).verb == "register"
    sound(case)


def test_grids_with_the_same_number_are_told_apart(world: World, xi: User) -> None:
    order = Order(K.MERGE, (world.donghe.pk, world.dukou.pk), name="河口村")
    assert preview(xi, order).renumbered == [("第1网格", "第3网格")]
    reorganise(xi, order)
    grid = Area.objects.get(pk=world.dukou1.pk)
    assert (grid.name, grid.number) == ("第3网格", "3")
    assert Unit.objects.get(pk=world.dukou1_team.pk).name == "第3网格"
    past = AreaPast.objects.get(area=grid)
    assert (past.name, past.number, past.parent) == ("第1网格", "1", world.dukou)


def test_only_the_administrator_in_charge_reorganises(world: World, xi: User) -> None:
    for user, error in [(world.su, NotAllowed), (world.wai, NotVisible), (world.dou, NotAllowed)]:
        with pytest.raises(error):
            reorganise(user, merge(world))
    with pytest.raises(NotVisible):
        reorganise(xi, Order(K.RENAME, (world.yunling.pk,), name="云镇"))
    with pytest.raises(BadInput):
        reorganise(xi, Order(K.CLOSE, (world.hubin.pk,)))
    assert not Change.objects.filter(subject="area").exists()


def test_a_substitute_goes_on_standing_in(world: World, xi: User) -> None:
    stand_in = world.person("ti", Role.VILLAGE_STAFF, world.donghe_committee)
    of = Posting.objects.filter(user=world.cun, unit=world.donghe_committee).get()
    Posting.objects.filter(user=stand_in).update(
        substitute_for=of, ended_on=of.started_on + timedelta(days=20_000)
    )
    reorganise(xi, merge(world))
    new = Posting.objects.get(user=stand_in, unit=world.shiqiao_committee)
    assert new.substitute_for is not None and new.substitute_for.user == world.cun
    assert new.ended_on == of.started_on + timedelta(days=20_000)
