"""Verified, struck off, looked at again, taken up again: struck off is never deleted (M04)."""

from datetime import timedelta

import pytest

from cases.models import Case, Revisit, SupervisionOrder
from cases.rules.workflow import Outcome, Status, Verb
from cases.transitions import database_now
from cases.verification import verify_case
from grids.errors import WrongState
from tests.cases.matters import climb, dispute, do, event, in_days
from tests.world import World


def struck(world: World, agreement: Verb | None = None) -> Case:
    """A dispute done by the grid worker, verified and struck off by the village."""
    case = dispute(world)
    do(case, Verb.SIGN, world.gao)
    if agreement:
        do(case, Verb.MEDIATE, world.gao, applicant_agrees=True, respondent_agrees=True)
        do(case, agreement, world.gao, note="各让一步")
    else:
        do(case, Verb.FINISH, world.gao, note="谈好了")
    do(case, Verb.VERIFY, world.cun, note="上门看过")
    return do(case, Verb.STRIKE, world.cun)


@pytest.mark.parametrize("agreement", [Verb.AGREE_WRITTEN, Verb.AGREE_ORAL])
def test_every_agreement_is_looked_at_and_nothing_else_at_once(
    world: World, agreement: Verb
) -> None:
    rows = list(struck(world, agreement).revisits.order_by("due_at"))
    assert [row.days for row in rows] == [7, 30, 90]
    row = rows[1]
    assert (row.sort, row.unit, row.handler) == ("agreement", world.qingshi_centre, world.gao)
    assert timedelta(days=29) < row.due_at - database_now() < timedelta(days=31)
    assert not struck(world).revisits.exists()  # the monthly look-back may draw it


def test_what_was_kept_ends_the_revisit(world: World) -> None:
    case = struck(world, Verb.AGREE_ORAL)
    case = do(case, Verb.REVISIT, world.ouyang, result="kept", note="两家和好")
    row = case.revisits.get(done_at__isnull=False)
    assert (row.checker, row.result, row.days) == (world.ouyang, "kept", 7)
    assert case.status == Status.STRUCK
    for _ in range(2):
        do(case, Verb.REVISIT, world.ouyang, result="kept", note="两家和好")
    with pytest.raises(WrongState, match="No revisit"):
        do(case, Verb.REVISIT, world.ouyang, result="kept", note="又问一次")


def test_nobody_met_means_again_in_a_week(world: World) -> None:
    case = struck(world, Verb.AGREE_ORAL)
    do(case, Verb.REVISIT, world.ouyang, result="not_met", note="家中无人")
    row = case.revisits.get(days=7)
    assert row.done_at is None
    assert timedelta(days=7) < row.due_at - database_now() < timedelta(days=8)


@pytest.mark.parametrize("result", ["relapsed", "untrue"])
def test_trouble_that_is_back_takes_the_case_up_again(world: World, result: str) -> None:
    case = struck(world, Verb.AGREE_WRITTEN)
    case = do(case, Verb.REVISIT, world.ouyang, result=result, note="又吵起来")
    assert (case.status, case.closed_at, case.outcome) == (Status.REGISTERED, None, "")
    assert (case.done_by, case.verified_by) == (None, None)
    row = case.revisits.get()
    assert (row.result, row.handler) == (result, world.gao)  # what was found stays
    last = case.events.last()
    assert (last.verb, last.source, last.target) == (Verb.REVISIT, "struck", "registered")
    assert climb(case).holder_unit == world.donghe_mediation
    assert verify_case(case) == []


def test_a_reopened_case_drops_the_revisit_that_was_planned(world: World) -> None:
    case = do(struck(world, Verb.AGREE_ORAL), Verb.REOPEN, world.cun, note="没有履行")
    assert not Revisit.objects.filter(case=case).exists()
    assert case.status == Status.REGISTERED and case.due_at is not None


def test_the_supervision_list_is_left_with_the_case(world: World) -> None:
    case = climb(event(world))
    assert case.supervised_at is not None
    case = do(do(case, Verb.SIGN, world.gao), Verb.FINISH, world.gao, note="修好了")
    do(case, Verb.VERIFY, world.cun, note="看过")
    case = do(case, Verb.STRIKE, world.cun)
    assert SupervisionOrder.objects.get(case=case).delisted_at == case.closed_at
    # Taken up again it starts without the mark, and may earn a new one.
    case = do(case, Verb.REOPEN, world.cun, note="又坏了")
    assert case.supervised_at is None
    assert climb(case).supervised_at is not None
    assert SupervisionOrder.objects.filter(case=case, delisted_at=None).count() == 1


@pytest.mark.parametrize("verb", [Verb.REFUSE, Verb.MERGE])
def test_every_way_of_closing_leaves_the_list(world: World, verb: Verb) -> None:
    case = climb(dispute(world), 4)
    other = dispute(world)
    do(case, verb, world.su, note="说明", other=other.number)
    assert not SupervisionOrder.objects.filter(case=case, delisted_at=None).exists()


def test_the_outcomes_stay_apart(world: World) -> None:
    assert struck(world).outcome == Outcome.HANDLED
    assert struck(world, Verb.AGREE_WRITTEN).outcome == Outcome.WRITTEN
    assert struck(world, Verb.AGREE_ORAL).outcome == Outcome.ORAL


def test_an_urgent_case_taken_up_again_is_urgent_again(world: World) -> None:
    case = do(event(world, category="E08"), Verb.SIGN, world.ouyang)
    do(case, Verb.FINISH, world.ouyang, note="险情排除")
    do(case, Verb.VERIFY, world.tan, note="现场看过")
    case = do(do(case, Verb.STRIKE, world.tan), Verb.REOPEN, world.ouyang, note="险情再现")
    clock = case.clocks.get(stopped_at=None)
    assert (clock.code, case.path) == ("urgent", "urgent")
    assert clock.due_at < in_days(0.1)
