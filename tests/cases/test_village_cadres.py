"""A dispute with a village cadre: the township has it, the village finds no trace of it."""

import pytest

from cases import intake, queues, transitions
from cases.models import Case, CaseDelta
from cases.queues import Filters, Tab
from cases.rules.workflow import Status, Verb
from grids.errors import BadInput, NotVisible
from tests.cases.desk import at_desk
from tests.cases.matters import climb, dispute, do, draft, event
from tests.world import World

NOTE = {"note": "对方是村委会主任"}
VILLAGE = ("gao", "cun", "mei")


def sees(world: World, who: str, case: Case) -> bool:
    return Case.objects.visible_to(getattr(world, who)).filter(pk=case.pk).exists()


@pytest.mark.parametrize("register", [dispute, event])
def test_it_starts_at_the_township_and_the_village_sees_nothing(
    world: World, register: object
) -> None:
    case = register(world, cadre=True)  # type: ignore[operator]
    assert case.holder_unit.area == world.qingshi and case.level == 4
    assert (case.area, case.village_id, case.grid_id) == (world.qingshi, None, None)
    assert [who for who in VILLAGE if sees(world, who, case)] == []
    assert sees(world, "ouyang", case) and sees(world, "su", case)
    now = transitions.database_now()
    for who in VILLAGE:
        user = getattr(world, who)
        for tab in Tab:
            page = queues.page(user, user.posts, tab, now=now, filters=Filters())
            assert page.lines == [], (who, tab)
    assert at_desk(world.cun).get(f"/case/{case.number}/").status_code == 404
    assert not CaseDelta.objects.filter(village_id=world.donghe.pk).exists()


def test_the_township_reads_which_village_is_meant(world: World) -> None:
    case = dispute(world, cadre=True, place="2组15号")
    assert case.story.place == "东河村 第1网格 2组15号"


def test_the_writer_keeps_the_receipt_only(world: World) -> None:
    client = at_desk(world.gao)
    page = client.get("/new/").content.decode()
    assert 'name="cadre"' in page
    receipt = intake.register(draft(cadre=True), actor=world.gao)
    assert client.get(f"/receipt/{receipt.case_number}/").status_code == 404


def test_it_is_not_settled_on_the_spot_by_the_village(world: World) -> None:
    with pytest.raises(BadInput) as refused:
        dispute(world, cadre=True, on_the_spot=True, result="已和解")
    assert refused.value.field == "on_the_spot"


def test_it_never_comes_back_to_the_village_but_for_help(world: World) -> None:
    case = dispute(world, cadre=True)
    person = world.ouyang
    if case.holder_unit != world.qingshi_centre:
        case = do(climb(case), Verb.TRANSFER, person, unit_id=world.qingshi_centre.pk, **NOTE)
    for verb, more in (
        (Verb.TRANSFER, {}), (Verb.HAND_DOWN, {"until": transitions.database_now()}),
    ):  # fmt: skip
        with pytest.raises(BadInput) as refused:
            do(case, verb, person, unit_id=world.donghe_committee.pk, **NOTE, **more)
        assert refused.value.field == "unit"
    with pytest.raises(BadInput):
        do(case, Verb.RECLASSIFY, person, area_id=world.donghe.pk, **NOTE)
    case = do(case, Verb.RETURN, person, reason="not_ours", **NOTE)
    assert case.status == Status.CONTESTED and case.holder_unit == world.hubin_centre
    case = do(case, Verb.RULE, world.su, unit_id=world.qingshi_centre.pk, **NOTE)
    assert not any(sees(world, who, case) for who in VILLAGE)
    case = do(case, Verb.CO_HANDLE, person, unit_id=world.donghe_committee.pk, **NOTE)
    assert sees(world, "cun", case) and not sees(world, "gao", case)


def test_when_it_turns_out_later_it_leaves_the_village_at_once(world: World) -> None:
    case = climb(dispute(world))
    case = do(case, Verb.ASSIGN, world.cun, user_id=world.mei.pk)
    case = do(case, Verb.LIFT, world.cun, **NOTE)
    assert case.lifted and case.holder_unit == world.qingshi_centre
    assert case.status == Status.REGISTERED and case.village_id is None
    assert not any(sees(world, who, case) for who in VILLAGE)
    with pytest.raises(NotVisible):
        do(case, Verb.SUPPLEMENT, world.cun, note="补充")
    case = do(case, Verb.SIGN, world.ouyang)
    assert case.clocks.filter(stopped_at=None, code="ladder").exists()
    assert climb(case).holder_unit.area.level <= 4
