"""A dispute climbs village → township → district by itself, once per rung, and never twice."""

from datetime import timedelta

import pytest

from cases import escalation
from cases.models import (
    CaseDelta,
    CaseEvent,
    CaseUnit,
    ClockStep,
    Outbox,
    SupervisionOrder,
    SweepFailure,
)
from cases.rules.workflow import Status, Verb
from cases.verification import verify_case
from tests.cases.matters import climb, dispute, do, event
from tests.world import World


def test_a_dispute_climbs_the_whole_ladder(world: World) -> None:
    case = dispute(world)
    assert case.holder_unit == world.donghe1_team
    for unit, level in [
        (world.donghe_mediation, 5), (world.qingshi_centre, 4), (world.hubin_centre, 3),
    ]:  # fmt: skip
        case = climb(case)
        assert (case.holder_unit, case.level, case.status) == (unit, level, Status.REGISTERED)
    case = climb(case)
    assert case.holder_unit == world.hubin_centre
    assert case.supervised_at is not None
    assert SupervisionOrder.objects.get(case=case).cause == "ladder_top"
    assert [e.verb for e in case.events.all()] == [
        "register", "climb", "climb", "climb", "supervise",
    ]  # fmt: skip
    assert verify_case(case) == []
    assert not case.clocks.filter(next_at__isnull=False).exists()


def test_a_climb_leaves_everything_behind(world: World) -> None:
    case = climb(dispute(world))
    clock = case.clocks.get(code="ladder")
    old, new = ClockStep.objects.filter(clock=clock)
    assert (old.rung, old.unit, old.outcome) == (0, world.donghe1_team, "timeout")
    assert (new.rung, new.unit, new.left_at, new.due_at) == (
        1, world.donghe_mediation, None, clock.ladder[1],
    )  # fmt: skip
    assert case.due_at == clock.ladder[1] == case.events.last().due_at
    helper = CaseUnit.objects.get(case=case, part="co_responsible")
    assert helper.unit == world.donghe1_team
    delta = CaseDelta.objects.order_by("-id").first()
    assert (delta.level_from, delta.level_to) == (6, 5)
    message = Outbox.objects.order_by("-id").first()
    assert (message.verb, message.unit_id) == ("climb", world.donghe_mediation.pk)


def test_before_its_moment_nothing_moves(world: World) -> None:
    case = dispute(world)
    moment = case.clocks.get().next_at
    assert escalation.sweep("test", now=moment - timedelta(microseconds=1)).climbs == 0
    assert escalation.sweep("test", now=moment).climbs == 1  # exactly now is due


def test_a_missed_week_is_caught_up_step_by_step(world: World) -> None:
    case = dispute(world)
    last = case.clocks.get().ladder[-1]
    assert escalation.sweep("test", now=last).climbs == 4
    assert escalation.sweep("test", now=last).climbs == 0
    rungs = ClockStep.objects.filter(clock__case=case).values_list("rung", flat=True)
    assert list(rungs) == [0, 1, 2, 3, 4]
    case.refresh_from_db()
    assert verify_case(case) == []


def test_two_due_clocks_of_one_case_do_not_share_a_number(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    case = event(world)
    limit = case.clocks.get(code="event_general")
    sign = case.clocks.get(code="sign")
    for clock in (limit, sign):
        clock.ladder, clock.holders = [sign.due_at], [case.holder_unit_id]
        clock.levels, clock.actions = [case.level], ["supervise"]
        clock.save()
    assert escalation.sweep("test", now=sign.due_at + timedelta(days=9)).climbs == 2
    assert [e.seq for e in case.events.all()] == [1, 2, 3]
    assert caplog.text == ""  # not by way of a batch that failed


def test_an_overdue_event_enters_the_supervision_list_and_stays(world: World) -> None:
    case = climb(event(world))
    assert case.holder_unit == world.donghe1_team
    assert case.supervised_at is not None
    assert case.events.last().verb == Verb.SUPERVISE


def test_what_is_held_does_not_climb(world: World) -> None:
    case = do(dispute(world), Verb.SIGN, world.gao)
    case = do(case, Verb.FINISH, world.gao, note="说好了")
    far = case.clocks.get(code="ladder").ladder[-1] + timedelta(days=90)
    assert escalation.sweep("test", now=far).climbs == 0


def test_a_broken_clock_holds_up_nobody(world: World) -> None:
    broken, sound = dispute(world), dispute(world)
    clock = broken.clocks.get()
    clock.holders = [10**12] * 4  # a unit that is not there
    clock.save()
    moment = clock.next_at + timedelta(seconds=1)
    swept = escalation.sweep("test", now=moment)
    assert (swept.climbs, swept.failed) == (1, 1)
    sound.refresh_from_db()
    assert sound.holder_unit == world.donghe_mediation
    failure = SweepFailure.objects.get(clock=clock)
    assert failure.next_at > moment and "holder_unit" in failure.error
    # Not tried again before its time, and once mended it climbs.
    assert escalation.sweep("test", now=moment).failed == 0
    clock.holders = [world.donghe_mediation.pk] * 4
    clock.save()
    assert escalation.sweep("test", now=failure.next_at).climbs == 1
    assert not SweepFailure.objects.exists()


@pytest.mark.parametrize("batch", [1, 3])
def test_small_batches_give_the_same(world: World, batch: int) -> None:
    cases = [dispute(world) for _ in range(5)]
    last = cases[0].clocks.get().ladder[-1]
    assert escalation.sweep("test", now=last, batch=batch).climbs == 20
    assert CaseEvent.objects.filter(verb=Verb.CLIMB).count() == 15
