"""Mediation is voluntary: both agree, one refusal ends it, a dated session lets the rung wait."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from cases import clocks, escalation
from cases.models import Case, Clock, Mediation
from cases.rules.limits import LimitCode
from cases.rules.workflow import Outcome, Status, Verb
from cases.transitions import database_now
from cases.verification import verify_case
from grids.errors import BadInput, WrongState
from tests.cases.matters import climb, dispute, do, in_days
from tests.world import World

AGREED = {"applicant_agrees": True, "respondent_agrees": True}
SECOND = timedelta(seconds=1)


def mediating(world: World, **values: object) -> Case:
    """A dispute of 东河村 in mediation by the village."""
    case = do(climb(dispute(world)), Verb.SIGN, world.cun)
    return do(case, Verb.MEDIATE, world.cun, **AGREED, **values)


def ladder(case: Case) -> Clock:
    return case.clocks.get(code="ladder", stopped_at=None)


def day_end(moment: datetime) -> datetime:
    day = moment.astimezone(clocks.ZONE).date()
    return datetime.combine(day, time(23, 59, 59), tzinfo=clocks.ZONE)


def far_ahead() -> datetime:
    return in_days(400)


@pytest.mark.parametrize("who", ["applicant_agrees", "respondent_agrees"])
def test_both_must_agree(world: World, who: str) -> None:
    case = do(climb(dispute(world)), Verb.SIGN, world.cun)
    with pytest.raises(BadInput) as refusal:
        do(case, Verb.MEDIATE, world.cun, **AGREED | {who: False})
    assert refusal.value.field == "consent"
    assert not Mediation.objects.exists()


@pytest.mark.parametrize("status", [Status.REGISTERED, Status.SIGNED, Status.MEDIATING])
def test_one_refusal_ends_it_at_once_and_nothing_climbs_any_more(
    world: World, status: Status
) -> None:
    case = climb(dispute(world))
    if status is not Status.REGISTERED:
        case = do(case, Verb.SIGN, world.cun)
    if status is Status.MEDIATING:
        case = do(case, Verb.MEDIATE, world.cun, **AGREED, until=in_days(3))
    case = do(case, Verb.REFUSE, world.cun, note="乙方不愿调解，已告知可以仲裁或者起诉")
    assert (case.status, case.outcome, case.due_at) == (Status.ENDED, Outcome.REFUSED, None)
    assert case.closed_at is not None
    assert not case.clocks.filter(stopped_at=None).exists()
    assert escalation.sweep("test", now=far_ahead()).climbs == 0
    assert Mediation.objects.get(case=case).outcome == Outcome.REFUSED
    assert verify_case(case) == []
    with pytest.raises(WrongState):
        do(case, Verb.MEDIATE, world.cun, **AGREED)


def test_the_other_ways_are_named_in_words(world: World) -> None:
    case = mediating(world)
    for verb in (Verb.REFUSE, Verb.FAIL):
        with pytest.raises(BadInput) as refusal:
            do(case, verb, world.cun, note="")
        assert refusal.value.field == "note"


def test_failed_mediation_ends_and_may_be_taken_up_again_by_both(world: World) -> None:
    case = do(mediating(world), Verb.FAIL, world.cun, note="可以向法院起诉")
    assert (case.status, case.outcome) == (Status.ENDED, Outcome.FAILED)
    case = do(case, Verb.REOPEN, world.cun, note="双方又愿意调解")
    assert (case.status, case.outcome, case.closed_at) == (Status.REGISTERED, "", None)
    case = do(do(case, Verb.SIGN, world.cun), Verb.MEDIATE, world.cun, **AGREED)
    row = Mediation.objects.get(case=case)
    assert (row.outcome, row.ended_at) == ("", None)


def test_while_a_session_is_dated_the_rung_waits_until_that_days_end(world: World) -> None:
    case = mediating(world)
    moment = ladder(case).ladder[1]
    meeting = moment + timedelta(days=2)
    case = do(case, Verb.SESSION, world.cun, until=meeting, place="村委会")
    end = day_end(meeting)
    assert ladder(case).next_at == case.due_at == end
    assert ladder(case).steps.get(left_at=None).due_at == end
    assert escalation.sweep("test", now=end - SECOND).climbs == 0
    assert escalation.sweep("test", now=end).climbs == 1
    case.refresh_from_db()
    assert case.holder_unit == world.qingshi_centre
    # The moments above stay where they were; nothing was lengthened.
    assert ladder(case).ladder[1] == moment and ladder(case).waits_until is None
    assert ladder(case).next_at == ladder(case).ladder[2]


def test_an_early_session_shortens_nothing(world: World) -> None:
    case = mediating(world)
    moment = ladder(case).ladder[1]
    case = do(case, Verb.SESSION, world.cun, until=database_now() + timedelta(minutes=5))
    assert ladder(case).next_at == case.due_at == max(moment, day_end(database_now()))


def test_the_rung_waits_at_most_to_the_one_month_norm(world: World) -> None:
    case = dispute(world, received_at=in_days(-20))
    case = do(climb(case), Verb.SIGN, world.cun)
    case = do(case, Verb.MEDIATE, world.cun, **AGREED, until=in_days(30))
    norm = case.clocks.get(code=LimitCode.MEDIATION_MONTH).due_at
    assert ladder(case).waits_until == norm < in_days(30)
    assert escalation.sweep("test", now=norm - SECOND).climbs == 0
    assert escalation.sweep("test", now=norm).climbs >= 1
    case.refresh_from_db()
    assert case.level < 5


def test_after_the_norm_no_session_holds_anything_back(world: World) -> None:
    case = dispute(world, received_at=in_days(-60))
    case = do(climb(case), Verb.SIGN, world.cun)
    moment = ladder(case).next_at
    case = do(case, Verb.MEDIATE, world.cun, **AGREED, until=in_days(30))
    assert ladder(case).next_at == moment


def test_the_norm_runs_from_the_receipt(world: World) -> None:
    received = in_days(-10)
    case = dispute(world, received_at=received)
    case = do(do(case, Verb.SIGN, world.gao), Verb.MEDIATE, world.gao, **AGREED)
    assert case.clocks.get(code=LimitCode.MEDIATION_MONTH).started_at == received


def test_a_session_lies_within_the_next_month(world: World) -> None:
    case = mediating(world)
    for until in (in_days(-1), in_days(32), None):
        with pytest.raises(BadInput) as refusal:
            do(case, Verb.SESSION, world.cun, until=until)
        assert refusal.value.field == "until"


def test_an_agreement_ends_the_waiting_and_a_rejection_gives_the_old_moments(world: World) -> None:
    case = mediating(world)
    moments = ladder(case).ladder
    case = do(case, Verb.SESSION, world.cun, until=moments[1] + timedelta(days=2))
    late = datetime(2030, 5, 1, 17, 0, tzinfo=UTC)  # already the second of May in Shanghai
    case = do(case, Verb.AGREE_WRITTEN, world.cun, note="三日内改道", perform_by=late)
    row = Mediation.objects.get(case=case)
    assert (case.status, case.outcome, row.outcome) == (Status.DONE, "written", "written")
    assert row.perform_by == date(2030, 5, 2)
    assert ladder(case).waits_until is None
    case = do(case, Verb.REJECT, world.ouyang, note="没有签字")
    assert (ladder(case).ladder, ladder(case).next_at) == (moments, moments[1])
    assert ladder(case).steps.get(left_at=None).due_at == moments[1] == case.due_at
    # Mediation starts anew, with consent and with the same norm.
    case = do(case, Verb.MEDIATE, world.cun, **AGREED)
    assert case.clocks.get(code=LimitCode.MEDIATION_MONTH, stopped_at=None)


def test_a_suspended_mediation_is_resumed_with_all_its_clocks(world: World) -> None:
    case = mediating(world)
    norm = case.clocks.get(code=LimitCode.MEDIATION_MONTH)
    case = do(case, Verb.SUSPEND, world.cun, reason="await_appraisal", note="等鉴定",
              until=in_days(20))  # fmt: skip
    case = do(case, Verb.RESUME, world.cun)
    assert case.status == Status.SIGNED
    again = case.clocks.get(pk=norm.pk)
    assert (again.held_at, again.ladder, again.due_at) == (None, [], norm.due_at)
    assert do(case, Verb.MEDIATE, world.cun, **AGREED).status == Status.MEDIATING


def test_the_mediator_named_carries_it_through(world: World) -> None:
    case = do(dispute(world), Verb.ASSIGN, world.gao, user_id=world.mei.pk)
    do(case, Verb.SIGN, world.gao)
    case = do(case, Verb.MEDIATE, world.mei, **AGREED, until=in_days(2))
    assert case.sessions.get().noted_by == world.mei
    case = do(case, Verb.AGREE_ORAL, world.mei, note="当场握手")
    assert (case.done_by, case.outcome) == (world.mei, Outcome.ORAL)
    assert case.events.last().unit_id == world.donghe_mediation.pk
