"""The list of tasks for grid workers: what is on it, who decides, what is refused."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import translation

from cases import gridtasks
from cases.acting import Inputs
from cases.gridtasks import Wish
from cases.models import Case, CaseEvent, Category, GridTask
from cases.rules.workflow import Kind, Verb
from cases.transitions import act
from grids.errors import BadInput, NotAllowed, NotVisible, WrongState
from grids.models import Change
from grids.roles import Role
from tests.cases.matters import dispute, do, draft, event, in_days

WORDS = {"name": "防汛巡查", "source": "湖滨防指〔2026〕3号"}


@pytest.fixture
def today(world) -> date:
    return gridtasks.today()


@pytest.fixture
def second(world):
    return world.person("second", Role.TRIAGE, world.hubin_centre)


def wish(today, days=30, **more):
    values = {"categories": ["E08"], "valid_from": today, "valid_to": today + timedelta(days)}
    return Wish(**WORDS | values | more)


def covered(area, code, day):
    category = Category.objects.select_related("parent").get(code=code)
    return gridtasks.allows(gridtasks.in_force(area, day), category)


# --- the list -----------------------------------------------------------------------------
@pytest.mark.parametrize("code", ["D02", "D10.1", "E03.1", "E06"])
def test_the_products_list_holds_until_a_district_has_its_own(world, today, code):
    assert covered(world.donghe1, code, today)


@pytest.mark.parametrize("code", ["E08", "E09"])
def test_emergencies_and_protection_are_nobodys_to_hand_to_a_grid(world, today, code):
    assert not covered(world.donghe1, code, today)


def test_every_ordinary_category_has_its_task(world, today):
    ordinary = Category.objects.filter(urgent=False).exclude(kind=Kind.PETITION)
    assert [row.code for row in ordinary if not covered(world.donghe1, row.code, today)] == []


def test_no_petition_matter_may_be_given_to_grid_workers(world, today):
    petitions = Category.objects.filter(kind=Kind.PETITION)
    assert petitions and not any(covered(world.donghe1, row.code, today) for row in petitions)


def test_a_districts_own_list_takes_the_place(world, today):
    own = gridtasks.adopt(world.su, world.hubin)
    assert len(own) == 6
    assert all(row.area == world.hubin for row in gridtasks.in_force(world.donghe1, today))
    mediation = next(row for row in own if "D02" in row.categories)
    gridtasks.end(world.su, mediation.pk, today)
    assert not covered(world.donghe1, "D02", today)
    assert covered(world.donghe1, "E04", today)
    assert covered(world.songpo1, "D02", today)  # the other district keeps the product's
    gridtasks.add(world.su, world.hubin, Wish("调解", "文件", ["D02"], today))
    assert covered(world.donghe1, "D02", today)
    with pytest.raises(WrongState):
        gridtasks.adopt(world.su, world.hubin)


def test_an_empty_list_of_ones_own_is_still_ones_own(world, today):
    for row in gridtasks.adopt(world.su, world.hubin):
        gridtasks.end(world.su, row.pk, today)
    assert gridtasks.in_force(world.donghe1, today) == []


def test_nothing_is_added_to_the_products_list(world, today):
    with pytest.raises(WrongState):
        gridtasks.add(world.su, world.hubin, Wish("调解", "文件", ["D02"], today))


# --- temporary tasks ----------------------------------------------------------------------
def test_a_township_asks_and_the_district_decides(world, today):
    row = gridtasks.ask(world.ouyang, world.qingshi, wish(today))
    assert not covered(world.donghe1, "E08", today)
    gridtasks.decide(world.su, row.pk, approve=True, reason="")
    assert covered(world.donghe1, "E08", today)
    assert not covered(world.dukou1, "E08", today)  # the next township did not ask
    assert not covered(world.donghe1, "E08", row.valid_to)  # over by itself
    said = [(one.action, one.actor.username) for one in Change.objects.all()]
    assert said == [("ask", "ouyang"), ("decide", "su")]


def test_a_refused_task_never_counts(world, today):
    row = gridtasks.ask(world.ouyang, world.qingshi, wish(today))
    with pytest.raises(BadInput):
        gridtasks.decide(world.su, row.pk, approve=False, reason=" ")
    gridtasks.decide(world.su, row.pk, approve=False, reason="属消防职责")
    assert not covered(world.donghe1, "E08", today)
    with pytest.raises(WrongState):
        gridtasks.decide(world.su, row.pk, approve=True, reason="")


def test_nobody_decides_on_what_they_asked_for(world, today, second):
    row = gridtasks.ask(world.su, world.hubin, wish(today))
    with pytest.raises(NotAllowed):
        gridtasks.decide(world.su, row.pk, approve=True, reason="")
    assert not gridtasks.may_decide(world.su, row)
    gridtasks.decide(second, row.pk, approve=True, reason="")
    with pytest.raises(IntegrityError), transaction.atomic():
        GridTask.objects.filter(pk=row.pk).update(decided_by=world.su)


@pytest.mark.parametrize("who", ["ouyang", "tan", "cun"])
def test_below_the_district_nobody_decides(world, today, who):
    row = gridtasks.ask(world.ouyang, world.qingshi, wish(today))
    with pytest.raises(NotAllowed):
        gridtasks.decide(world.people[who], row.pk, approve=True, reason="")


@pytest.mark.parametrize("who", ["bao", "wai"])
def test_elsewhere_a_request_does_not_exist(world, today, who):
    row = gridtasks.ask(world.ouyang, world.qingshi, wish(today))
    with pytest.raises(NotVisible):
        gridtasks.decide(world.people[who], row.pk, approve=True, reason="")


@pytest.mark.parametrize("who", ["gao", "cun", "mei", "han", "ling", "dou", "bao", "wai"])
def test_others_ask_for_nothing(world, today, who):
    with pytest.raises(NotAllowed):
        gridtasks.ask(world.people[who], world.qingshi, wish(today))


@pytest.mark.parametrize("who", ["gao", "cun", "ouyang", "wai"])
def test_only_the_district_keeps_the_list(world, who):
    with pytest.raises(NotAllowed):
        gridtasks.adopt(world.people[who], world.hubin)
    with pytest.raises(NotAllowed):
        gridtasks.set_limit(world.people[who], world.hubin, 10)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"valid_to": None}, "valid_to"),
        ({"days": 91}, "valid_to"),
        ({"days": 0}, "valid_to"),
        ({"days": -3}, "valid_to"),
        ({"valid_from": date(2020, 1, 1)}, "valid_to"),
        ({"name": ""}, "name"),
        ({"source": " "}, "source"),
        ({"categories": ["X99"]}, "categories"),
    ],
)
def test_a_temporary_task_needs_an_end_within_the_limit(world, today, more, field):
    with pytest.raises(BadInput) as caught:
        gridtasks.ask(world.ouyang, world.qingshi, wish(today, **more))
    assert caught.value.field == field
    assert not GridTask.objects.filter(temporary=True).exists()


def test_the_district_sets_the_limit(world, today):
    gridtasks.set_limit(world.su, world.hubin, 10)
    assert gridtasks.limit_days(world.donghe1, today) == 10
    assert gridtasks.limit_days(world.songpo1, today) == gridtasks.USUAL_DAYS
    with pytest.raises(BadInput):
        gridtasks.ask(world.ouyang, world.qingshi, wish(today, 11))
    for days in (0, 367):
        with pytest.raises(BadInput):
            gridtasks.set_limit(world.su, world.hubin, days)


def test_no_task_is_deleted(world):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM cases_gridtask")


# --- where tasks meet matters ---------------------------------------------------------------
def hand_down(case, actor, unit):
    return act(
        case.number, Verb.HAND_DOWN, actor=actor,
        inputs=Inputs(unit_id=unit.pk, note="请处理", until=in_days(3)),
    )  # fmt: skip


def held_by_township(world, category="E03"):
    case = event(world, actor=world.ouyang, category=category, area_id=world.donghe1.pk)
    Case.objects.filter(pk=case.pk).update(holder_unit=world.qingshi_centre, level=4)
    return do(case, Verb.SIGN, world.ouyang)


def test_a_task_on_the_list_is_handed_down(world):
    case = hand_down(held_by_township(world), world.ouyang, world.donghe1_team)
    assert case.holder_unit_id == world.donghe1_team.pk


def test_a_task_outside_the_list_is_refused_and_the_list_named(world, today):
    for row in gridtasks.adopt(world.su, world.hubin):
        if "E03" in row.categories:
            gridtasks.end(world.su, row.pk, today)
    case = held_by_township(world)
    events = CaseEvent.objects.count()
    for verb in (Verb.HAND_DOWN, Verb.TRANSFER, Verb.CO_HANDLE):
        with translation.override("zh-hans"), pytest.raises(BadInput) as caught:
            act(
                case.number, verb, actor=world.ouyang,
                inputs=Inputs(unit_id=world.donghe1_team.pk, note="请", until=in_days(3)),
            )  # fmt: skip
        assert caught.value.field == "unit"
        with translation.override("zh-hans"):
            assert "公共设施与环境" in str(caught.value) and "安全隐患排查" in str(caught.value)
    assert CaseEvent.objects.count() == events
    row = gridtasks.ask(world.ouyang, world.qingshi, wish(today, categories=["E03"]))
    gridtasks.decide(world.su, row.pk, approve=True, reason="")
    assert hand_down(case, world.ouyang, world.donghe1_team).holder_unit == world.donghe1_team


def test_other_units_are_given_anything(world, today):
    for row in gridtasks.adopt(world.su, world.hubin):
        gridtasks.end(world.su, row.pk, today)
    case = hand_down(held_by_township(world), world.ouyang, world.donghe_committee)
    assert case.holder_unit_id == world.donghe_committee.pk


def test_what_a_grid_worker_finds_is_still_recorded(world, today):
    for row in gridtasks.adopt(world.su, world.hubin):
        gridtasks.end(world.su, row.pk, today)
    assert dispute(world).holder_unit_id == world.donghe1_team.pk
    assert draft().category == "D02"
