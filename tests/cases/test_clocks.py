"""Clocks of a case: held and released, paused and moved on, never to anybody's gain."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Min

from cases import clocks, escalation, workcalendar
from cases.models import Case, Clock, ClockPause
from cases.rules.clock import Pause
from cases.rules.ladder import PRODUCT_DEFAULT, plan
from cases.rules.limits import LIMITS, LimitCode
from cases.rules.workflow import Status, Verb
from cases.transitions import database_now
from cases.verification import verify_case
from tests.cases.matters import climb, dispute, do, event, in_days
from tests.cases.stages import by_resident
from tests.world import World

SECOND = timedelta(seconds=1)
# A Monday at nine; the week after next has the days off of Qingming, Saturday 4 to Monday 6 April.
MONDAY = datetime(2026, 3, 30, 1, 0, tzinfo=UTC)


def ladder(case: Case) -> Clock:
    return case.clocks.get(code="ladder", stopped_at=None)


def started(case: Case, moment: datetime) -> Case:
    """The case as if it had been registered at ``moment``: its ladder counted from there."""
    clock = ladder(case)
    course = plan(
        PRODUCT_DEFAULT, moment, first_rung=clock.first_rung, calendar=workcalendar.current(),
        zone=clocks.ZONE,
    )  # fmt: skip
    clock.started_at, clock.due_at, clock.ladder = moment, course.due_at, list(course.moments)
    clock.save()
    return case


# --- suspension --------------------------------------------------------------------------
def test_a_suspended_case_does_not_move_and_shows_its_review_day(world: World) -> None:
    review = in_days(20)
    case = do(dispute(world), Verb.SIGN, world.gao)
    case = do(case, Verb.SUSPEND, world.gao, reason="party_absent", note="外出", until=review)
    assert (case.status, case.due_at, case.review_at) == (Status.SUSPENDED, review, review)
    assert ladder(case).next_at is None
    assert escalation.sweep("test", now=in_days(400)).climbs == 0
    assert ClockPause.objects.get(clock__case=case).reason == "party_absent"


def test_coming_moments_move_by_the_paused_working_days_and_passed_ones_stay(
    world: World,
) -> None:
    case = started(dispute(world), MONDAY)
    before = list(ladder(case).ladder)
    case = do(climb(case), Verb.SIGN, world.cun)
    # From Thursday noon to Wednesday noon: the ends of two working days were paused (Thursday,
    # Friday), then three days off and Tuesday's end.
    start = datetime(2026, 4, 2, 4, 0, tzinfo=UTC)
    end = datetime(2026, 4, 8, 4, 0, tzinfo=UTC)
    do(case, Verb.SUSPEND, world.cun, reason="await_appraisal", note="等鉴定", until=in_days(30))
    clock = ladder(case)
    pauses = [Pause(start, end)]
    clock.pauses.update(start_at=start, end_at=end)
    shifted = clocks.shift(clock, pauses, workcalendar.current())
    day = workcalendar.current().is_workday
    for rung in (1, 2, 3):
        old, new = before[rung].astimezone(clocks.ZONE), shifted[rung].at.astimezone(clocks.ZONE)
        between = [
            old.date() + timedelta(days=n) for n in range(1, (new.date() - old.date()).days + 1)
        ]
        assert sum(map(day, between)) == 3, rung
    assert (clock.ladder[0], clock.rung) == (before[0], 1)


def test_resuming_writes_the_moved_moments(world: World) -> None:
    case = do(climb(dispute(world)), Verb.SIGN, world.cun)
    before = list(ladder(case).ladder)
    do(case, Verb.SUSPEND, world.cun, reason="weather", note="大雪", until=in_days(30))
    start = database_now() - timedelta(days=9)
    passed = before[0] - timedelta(days=3)
    ladder_moments = [passed, *before[1:]]
    Clock.objects.filter(case=case).update(
        started_at=start - timedelta(days=1), ladder=ladder_moments
    )
    ClockPause.objects.filter(clock__case=case).update(start_at=start)
    case = do(case, Verb.RESUME, world.cun)
    clock = ladder(case)
    pauses = [Pause(p.start_at, p.end_at) for p in clock.pauses.all()]
    expected = clocks.shift(clock, pauses, workcalendar.current())
    assert clock.ladder == [passed, *(moment.at for moment in expected[1:])]
    assert clock.due_at == clock.ladder[-1]
    assert case.due_at == clock.next_at == clock.steps.get(left_at=None).due_at
    assert (clock.held_at, clock.rung, case.suspended_at, case.review_at) == (None, 1, None, None)


def test_pauses_add_up(world: World) -> None:
    case = do(dispute(world), Verb.SIGN, world.gao)
    for _ in range(2):
        do(case, Verb.SUSPEND, world.gao, reason="weather", note="大雪", until=in_days(30))
        case = do(case, Verb.RESUME, world.gao)
    assert ladder(case).pauses.count() == 2
    assert not ladder(case).pauses.filter(end_at=None).exists()
    assert verify_case(case) == []


def test_a_watched_limit_moves_too(world: World) -> None:
    case = do(event(world), Verb.SIGN, world.gao)
    limit = case.clocks.get(code=LimitCode.EVENT_GENERAL)
    do(case, Verb.SUSPEND, world.gao, reason="weather", note="大雪", until=in_days(30))
    start = database_now() - timedelta(days=3)
    Clock.objects.filter(pk=limit.pk).update(started_at=start - timedelta(hours=1))
    ClockPause.objects.filter(clock=limit).update(start_at=start)
    case = do(case, Verb.RESUME, world.gao)
    moved = case.clocks.get(pk=limit.pk)
    pauses = [Pause(row.start_at, row.end_at) for row in moved.pauses.all()]
    due = LIMITS[LimitCode.EVENT_GENERAL].due(
        moved.started_at, workcalendar.current(), pauses=pauses, zone=clocks.ZONE
    )
    assert moved.due_at == due.at > moved.started_at + timedelta(days=8)
    assert moved.ladder == [moved.due_at] and case.due_at == moved.due_at


# --- a false "done" ----------------------------------------------------------------------
@pytest.mark.parametrize("by", ["verifier", "resident"])
def test_a_false_done_gains_no_time(world: World, by: str) -> None:
    case = do(climb(dispute(world)), Verb.SIGN, world.cun)
    before = ladder(case)
    case = do(case, Verb.FINISH, world.cun, note="已谈妥")
    held = ladder(case)
    assert (held.next_at, held.pk) == (None, before.pk)
    assert case.due_at == case.clocks.get(code=LimitCode.VERIFY, stopped_at=None).due_at
    if by == "verifier":
        case = do(case, Verb.REJECT, world.ouyang, note="没谈妥")
    else:
        case = by_resident(case, Verb.OBJECT)
    after = ladder(case)
    assert (after.pk, after.ladder, after.rung, after.next_at) == (
        before.pk, before.ladder, before.rung, before.next_at,
    )  # fmt: skip
    assert (case.status, case.outcome, case.done_by, case.done_at) == (
        Status.SIGNED,
        "",
        None,
        None,
    )
    assert case.due_at == before.next_at
    assert not case.clocks.filter(code=LimitCode.VERIFY, stopped_at=None).exists()


def test_a_moment_passed_meanwhile_climbs_at_the_next_sweep(world: World) -> None:
    case = do(climb(dispute(world)), Verb.SIGN, world.cun)
    case = do(case, Verb.FINISH, world.cun, note="已谈妥")
    late = ladder(case).ladder[2] + SECOND  # two rungs later
    assert escalation.sweep("test", now=late).climbs == 0
    case = do(case, Verb.REJECT, world.ouyang, note="没谈妥")
    assert escalation.sweep("test", now=late).climbs == 2
    case.refresh_from_db()
    assert case.holder_unit == world.hubin_centre and verify_case(case) == []


def test_what_was_not_settled_on_the_spot_runs_from_its_registration(world: World) -> None:
    honest = dispute(world)
    case = dispute(world, on_the_spot=True, result="当场劝开")
    Case.objects.filter(pk=case.pk).update(registered_at=in_days(-6))
    case = do(case, Verb.REJECT, world.cun, note="又吵了")
    clock = ladder(case)
    assert clock.started_at == case.registered_at
    assert clock.ladder[0] < ladder(honest).ladder[0]
    assert case.on_the_spot is False  # nobody's silence ends it any more
    assert clock.steps.count() == 1


def test_an_event_not_settled_on_the_spot_gets_the_limit_of_its_kind(world: World) -> None:
    case = event(
        world, category="E03.1", on_the_spot=True, result="已通水", received_at=in_days(-1)
    )
    case = do(case, Verb.REJECT, world.cun, note="还是没水")
    limit = case.clocks.get(stopped_at=None)
    assert (limit.code, limit.started_at) == (LimitCode.EVENT_UTILITY, case.received_at)
    assert limit.next_at is not None


# --- which clocks run --------------------------------------------------------------------
@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({}, LimitCode.EVENT_GENERAL),
        ({"urgent": True}, LimitCode.EVENT_EMERGENCY),
        ({"category": "E03.1"}, LimitCode.EVENT_UTILITY),
        ({"source": "hotline"}, LimitCode.HOTLINE),
        ({"category": "E08"}, LimitCode.URGENT),
        ({"violence": True}, LimitCode.URGENT),
    ],
)
def test_each_matter_has_its_limit_from_the_receipt(
    world: World, values: dict[str, object], code: LimitCode
) -> None:
    received = in_days(-0.25)
    case = event(world, received_at=received, **values)
    clock = case.clocks.get(code=code)
    due = LIMITS[code].due(received, workcalendar.current(), zone=clocks.ZONE)
    assert (clock.started_at, clock.due_at) == (received, due.at)
    assert clock.actions == ["supervise"]


def test_the_row_repeats_the_earliest_deadline_that_runs(world: World) -> None:
    case = event(world)
    sign, limit = case.clocks.get(code="sign"), case.clocks.get(code="event_general")
    assert case.due_at == min(sign.due_at, limit.due_at) == sign.due_at
    case = do(case, Verb.SIGN, world.gao)
    assert case.due_at == limit.due_at
    assert case.clocks.get(code="sign").stopped_at is not None


def test_signing_marks_the_step_once(world: World) -> None:
    case = do(climb(dispute(world)), Verb.SIGN, world.cun)
    passed, current = ladder(case).steps.all()
    assert passed.signed_at is None and current.signed_at is not None


def test_closing_stops_every_clock_and_reopening_starts_a_fresh_one(world: World) -> None:
    case = do(dispute(world), Verb.SIGN, world.gao)
    case = do(case, Verb.REFUSE, world.gao, note="已告知其他途径")
    assert case.clocks.aggregate(due=Min("step_due_at"))["due"] is None
    assert case.due_at is None
    case = do(case, Verb.REOPEN, world.cun, note="又愿意调解")
    clock = ladder(case)
    assert case.clocks.filter(code="ladder").count() == 2
    assert clock.started_at == case.events.last().at
    assert case.due_at == clock.next_at and verify_case(case) == []


def test_a_clock_runs_at_most_once_per_case_and_code(world: World) -> None:
    clock = ladder(dispute(world))
    clock.pk = None
    clock._state.adding = True
    with pytest.raises(IntegrityError, match="clock_runs_once"), transaction.atomic():
        clock.save()


def test_ladders_run_from_registration_whenever_it_was_received(world: World) -> None:
    early, late = dispute(world), dispute(world, received_at=in_days(-30))
    assert ladder(early).ladder == ladder(late).ladder
    assert ladder(late).started_at == late.registered_at
