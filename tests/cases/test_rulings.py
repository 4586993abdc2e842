"""Not mine, not yours: the second return goes up, the ruling stands, who passed it on reads."""

from datetime import date, timedelta

import pytest
from django.utils import translation

from cases import escalation, queues, resident, transitions
from cases.models import Case, CaseEvent, Outbox
from cases.queues import Filters, Tab
from cases.rules.limits import LimitCode
from cases.rules.workflow import Status, Verb
from cases.superiors import common_superior
from grids.errors import BadInput, NotAllowed, NotVisible, WrongState
from grids.models import UnitRelation, User
from tests.cases.matters import climb, dispute, do, event
from tests.world import World

NOTE = {"note": "不属本单位职责"}


def contested(world: World) -> Case:
    """The township's centre and the land office each returned it once; the district decides."""
    case = climb(dispute(world), 2)
    case = do(case, Verb.TRANSFER, world.ouyang, unit_id=world.land_office.pk, **NOTE)
    case = do(case, Verb.RETURN, world.han, reason="not_ours", **NOTE)
    assert case.status == Status.RETURNED and case.holder_unit == world.qingshi_centre
    case = do(case, Verb.ANSWER, world.ouyang, note="请按三定方案办理")
    return do(case, Verb.RETURN, world.han, reason="not_ours", **NOTE)


def test_the_second_return_goes_to_who_stands_above_both(world: World) -> None:
    case = contested(world)
    assert (case.status, case.holder_unit, case.level) == (
        Status.CONTESTED, world.hubin_centre, 3,
    )  # fmt: skip
    told = Outbox.objects.filter(case_id=case.pk, seq=case.last_seq)
    assert {world.hubin_centre.pk, world.land_office.pk, world.qingshi_centre.pk} <= set(
        told.values_list("unit_id", flat=True)
    )


def test_while_it_is_decided_only_the_limit_of_the_decision_runs(world: World) -> None:
    case = contested(world)
    running = case.clocks.filter(stopped_at=None, held_at=None)
    assert [clock.code for clock in running] == [LimitCode.RULING.value]
    assert case.due_at == running.get().due_at
    ladder = case.clocks.get(code="ladder")
    moments = ladder.ladder
    escalation.sweep("test", now=ladder.due_at - timedelta(days=1))
    case.refresh_from_db()
    assert case.status == Status.CONTESTED and case.supervised_at is not None
    assert case.holder_unit == world.hubin_centre
    ladder.refresh_from_db()
    assert ladder.ladder == moments and ladder.held_at is not None


def test_the_ruling_names_who_is_responsible_and_time_lost_is_not_given_back(
    world: World,
) -> None:
    case = contested(world)
    moments = case.clocks.get(code="ladder").ladder
    case = do(case, Verb.RULE, world.su, unit_id=world.land_office.pk, note="属自然资源所职责")
    assert (case.status, case.holder_unit) == (Status.REGISTERED, world.land_office)
    assert not case.clocks.filter(code=LimitCode.RULING.value, stopped_at=None).exists()
    ladder = case.clocks.get(code="ladder")
    assert ladder.held_at is None and ladder.ladder == moments
    with translation.override("en"):
        told = resident.progress(case, transitions.database_now()).history
        assert "decided" in str(told[0].label)


def test_a_ruling_is_neither_returned_nor_passed_on(world: World) -> None:
    case = contested(world)
    case = do(case, Verb.RULE, world.su, unit_id=world.land_office.pk, **NOTE)
    offered = {step.verb for step in transitions.possible_verbs(case, world.han)}
    assert not offered & {Verb.RETURN, Verb.TRANSFER} and Verb.SIGN in offered
    with pytest.raises(WrongState, match="decided above"):
        do(case, Verb.RETURN, world.han, reason="not_ours", **NOTE)
    with pytest.raises(WrongState, match="decided above"):
        do(case, Verb.TRANSFER, world.han, unit_id=world.qingshi_centre.pk, **NOTE)
    do(case, Verb.SIGN, world.han)


def test_who_decides_may_keep_it(world: World) -> None:
    case = do(contested(world), Verb.RULE, world.su, unit_id=world.hubin_centre.pk, **NOTE)
    assert (case.status, case.holder_unit) == (Status.REGISTERED, world.hubin_centre)


def test_only_the_unit_that_decides_rules_and_with_reasons(world: World) -> None:
    case = contested(world)
    for person in (world.ouyang, world.han):
        with pytest.raises(NotAllowed):
            do(case, Verb.RULE, person, unit_id=world.land_office.pk, **NOTE)
    with pytest.raises(NotVisible):
        do(case, Verb.RULE, world.bao, unit_id=world.land_office.pk, **NOTE)
    with pytest.raises(BadInput) as refused:
        do(case, Verb.RULE, world.su, unit_id=world.land_office.pk)
    assert refused.value.field == "note"
    with pytest.raises(BadInput) as refused:
        do(case, Verb.RULE, world.su, **NOTE)
    assert refused.value.field == "unit"
    case.refresh_from_db()
    assert case.status == Status.CONTESTED


def test_a_second_ruling_comes_too_late(world: World) -> None:
    case = contested(world)
    seen = case.last_seq
    do(case, Verb.RULE, world.su, unit_id=world.land_office.pk, **NOTE)
    with pytest.raises(NotAllowed):
        transitions.act(case.number, Verb.RULE, actor=world.su, rev=seen)
    assert CaseEvent.objects.filter(case=case, verb=Verb.RULE.value).count() == 1


def test_after_a_ruling_counting_begins_anew(world: World) -> None:
    case = do(contested(world), Verb.RULE, world.su, unit_id=world.qingshi_centre.pk, **NOTE)
    case = do(case, Verb.CO_HANDLE, world.ouyang, unit_id=world.land_office.pk, **NOTE)
    case = do(case, Verb.RAISE, world.ouyang, reason="beyond_power", **NOTE)
    case = do(case, Verb.RETURN, world.su, reason="not_ours", **NOTE)
    assert case.status == Status.RETURNED


def test_two_grids_are_decided_by_their_village(world: World) -> None:
    case = event(world)
    found = common_superior(
        case, world.donghe1_team.pk, world.donghe2_team.pk, transitions.database_now()
    )
    assert found == world.donghe_committee


def test_yesterdays_superior_decides_no_more(world: World) -> None:
    case = event(world)
    UnitRelation.objects.filter(unit=world.donghe2_team).update(valid_to=date(2025, 1, 1))
    found = common_superior(
        case, world.donghe1_team.pk, world.donghe2_team.pk, transitions.database_now()
    )
    assert found == world.donghe_committee, "then the coordinating unit one level up"
    UnitRelation.objects.filter(unit=world.donghe2_team).update(valid_to=None)
    UnitRelation.objects.create(
        unit=world.donghe1_team, superior=world.land_office, line="government",
        valid_from=date(2024, 1, 1),
    )  # fmt: skip
    UnitRelation.objects.filter(unit=world.donghe1_team, line="business").update(
        superior=world.qingshi_centre
    )
    found = common_superior(
        case, world.donghe1_team.pk, world.donghe2_team.pk, transitions.database_now()
    )
    assert found == world.qingshi_centre, "the nearest that stands above both today"


def test_it_waits_in_the_queue_of_who_decides_and_nowhere_as_work(world: World) -> None:
    case = contested(world)
    assert case.number in numbers(world.su, Tab.TO_DO)
    assert case.number not in numbers(world.han, Tab.TO_DO)


def numbers(user: User, tab: Tab) -> list[str]:
    now = transitions.database_now()
    found = queues.page(user, user.posts, tab, now=now, filters=Filters())
    return [line.number for line in found.lines]


# --- who passed it on, who helped --------------------------------------------------------
def test_who_transferred_it_goes_on_reading_and_can_do_nothing(world: World) -> None:
    case = climb(dispute(world), 2)
    case = do(case, Verb.TRANSFER, world.ouyang, unit_id=world.land_office.pk, **NOTE)
    case = do(case, Verb.TRANSFER, world.han, unit_id=world.qingshi_justice.pk, **NOTE)
    assert Case.objects.visible_to(world.han).filter(pk=case.pk).exists()
    with pytest.raises(NotAllowed):
        do(case, Verb.SIGN, world.han)
    assert transitions.possible_verbs(case, world.han) == []


def test_helping_ends_with_the_case_and_reading_does_not(world: World) -> None:
    case = event(world)
    case = do(case, Verb.CO_HANDLE, world.gao, unit_id=world.donghe_committee.pk, **NOTE)
    case = do(case, Verb.TRANSFER, world.gao, unit_id=world.land_office.pk, **NOTE)
    case = do(case, Verb.SIGN, world.han)
    case = do(case, Verb.FINISH, world.han, note="已修好")
    case = do(case, Verb.VERIFY, world.ouyang, note="现场看过")
    case = do(case, Verb.STRIKE, world.ouyang)
    parts = dict(case.units.values_list("part", "until"))
    assert parts["co_handler"] == case.closed_at and parts["reader"] is None
    assert Case.objects.visible_to(world.han).filter(pk=case.pk).exists()
