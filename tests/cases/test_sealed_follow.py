"""A sealed matter is never left where no liaison is: it follows its organ or goes one up."""

import pytest
from django.utils import timezone

from cases import handover, sealed_follow, sealed_work
from cases.models import Notice, SealedMatter
from cases.reorganising import reorganise
from cases.rules.sealing import SealedVerb
from grids.errors import NotVisible, WrongState
from grids.models import Posting, UnitSuccession, User
from grids.restructuring import Order
from grids.roles import AreaChangeKind, Role, UnitKindCode
from grids.units import open_unit
from tests.cases.sealed import TEXT, accuse, liaisons, opened
from tests.world import SINCE, World

TODAY = timezone.localdate


@pytest.fixture
def matter(world: World) -> SealedMatter:
    """An accusation against 东河村's committee; the liaison of 青石镇 has received it."""
    liaisons(world)
    found = accuse(world, world.donghe_committee, text=TEXT)
    assert found.holder_unit == world.qingshi_discipline
    return sealed_work.act(world.people["lian"], found.number, SealedVerb.RECEIVE)


def admin(world: World) -> User:
    return world.person("mi", Role.SEC_ADMIN, world.hubin_government)


def fresh(matter: SealedMatter) -> SealedMatter:
    return SealedMatter.objects.get(pk=matter.pk)


def test_the_last_liaison_leaves_and_the_organ_above_receives(
    world: World, matter: SealedMatter
) -> None:
    today = TODAY()
    handover.end(admin(world), world.posting(world.people["lian"]), today, today=today)
    now = fresh(matter)
    assert (now.holder_unit, now.status) == (world.hubin_discipline, "waiting")
    assert TEXT in opened(world, "jian", now.number).words["text"]
    assert Notice.objects.filter(user=world.people["jian"], case=None).exists()
    world.people["lian"] = User.objects.get(pk=world.people["lian"].pk)
    with pytest.raises(NotVisible):
        opened(world, "lian", now.number)
    event = now.events.get(seq=now.last_seq)
    assert (event.verb, event.actor_id) == ("transfer", None)
    assert list(sealed_work.verify(now)) == []


def test_nobody_is_the_last_to_leave_whether_matters_wait_or_not(world: World) -> None:
    liaisons(world)
    today = TODAY()
    with pytest.raises(WrongState, match="Name another discipline liaison"):
        handover.end(admin(world), world.posting(world.people["jian"]), today, today=today)


def test_a_disabled_account_is_noticed_and_who_is_named_does_not_get_it(world: World) -> None:
    liaisons(world)
    found = accuse(world, world.donghe_committee, text=f"{TEXT}别让Jian知道。")
    User.objects.filter(pk=world.people["lian"].pk).update(is_active=False)
    assert sealed_follow.settle() == 0, "the only one left is named: it waits"
    second = world.person("zhen", Role.DISCIPLINE_LIAISON, world.hubin_discipline)
    assert sealed_follow.settle() == 1
    now = fresh(found)
    assert now.holder_unit == world.hubin_discipline
    assert [row.pk for row in SealedMatter.objects.visible_to(second)] == [now.pk]
    assert not SealedMatter.objects.visible_to(world.people["jian"]).exists()
    assert sealed_follow.settle() == 0


def test_it_follows_to_the_organ_that_took_over(world: World, matter: SealedMatter) -> None:
    heir = open_unit(
        area=world.qingshi, kind=UnitKindCode.DISCIPLINE, name="青石镇新机关", valid_from=SINCE
    )
    world.person("xin", Role.DISCIPLINE_LIAISON, heir)
    UnitSuccession.objects.create(predecessor=world.qingshi_discipline, successor=heir, on=TODAY())
    Posting.objects.filter(user=world.people["lian"]).update(ended_on=TODAY())
    assert sealed_follow.settle() == 1
    assert fresh(matter).holder_unit == heir


def test_an_organ_that_is_itself_complained_about_does_not_inherit(world: World) -> None:
    liaisons(world)
    found = accuse(world, world.qingshi_centre, text=TEXT)
    assert found.holder_unit == world.hubin_discipline
    UnitSuccession.objects.create(
        predecessor=world.hubin_discipline, successor=world.qingshi_discipline, on=TODAY()
    )
    Posting.objects.filter(user=world.people["jian"]).update(ended_on=TODAY())
    sealed_follow.settle()
    assert fresh(found).holder_unit == world.hubin_discipline, "never to its own level"


def test_merged_towns_keep_their_matters_readable(world: World, matter: SealedMatter) -> None:
    xi = world.person("xi", Role.SYS_ADMIN, world.hubin_government)
    order = Order(
        AreaChangeKind.MERGE,
        (world.qingshi.pk,),
        target=world.liulin.pk,
        document="湖政〔2026〕3号",
    )
    reorganise(xi, order)
    now = fresh(matter)
    readers = Posting.objects.running().filter(
        unit=now.holder_unit, role=Role.DISCIPLINE_LIAISON.value
    )
    assert now.holder_unit.valid_to is None and readers.exists()
