"""Running clocks follow a change: exactly those the simulation named, and only as named."""

import threading
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from cases import clocks, escalation, proposals, restarting, simulation, workcalendar
from cases.models import Case, Clock, PolicyBatch, PolicyMove, PolicyProposal
from cases.policies import set_policy
from cases.rules.clock import Pause
from cases.rules.ladder import Ladder, plan
from cases.rules.workflow import Verb
from cases.wishes import today
from tests.cases.bulk import broken_links, clone
from tests.cases.matters import dispute, do, event, in_days
from tests.cases.proposing import (
    approved,
    decider,
    ladder,
    limit,
    proposed,
    tomorrow,
    wish,
)
from tests.world import World


def running(case: Case, code: str = "ladder") -> Clock:
    return case.clocks.get(code=code, stopped_at=None)


def by_rule(clock: Clock, body: dict[str, Any], begins: int = 0) -> list[datetime]:
    """What the pure rule says about a clock, its pauses included."""
    pauses = [Pause(one.start_at, one.end_at) for one in clock.pauses.all()]
    found = plan(
        Ladder.from_json(body), clock.started_at, first_rung=begins,
        calendar=workcalendar.current(), pauses=pauses, zone=clocks.ZONE,
    )  # fmt: skip
    return list(found.moments)


def moved(row: PolicyProposal) -> set[int]:
    return set(Clock.objects.filter(policy=row.policy).values_list("pk", flat=True))


def named(row: PolicyProposal) -> set[int]:
    seen = simulation.latest(row)
    return set(PolicyMove.objects.filter(simulation=seen, kept="").values_list(
        "clock_id", flat=True))  # fmt: skip


def earlier_start(case: Case, days: int) -> None:
    """As if the case had been registered so many days before."""
    Clock.objects.filter(case=case).update(started_at=in_days(-days))


def cast(world: World) -> dict[str, Case]:
    """Disputes at every stage a clock can be in."""
    found = {name: dispute(world) for name in ("grid", "village", "shut", "climbs", "suspends")}
    climb_only(found["village"])
    found["township"] = dispute(world, world.ouyang)
    found["paused_once"] = do(dispute(world), Verb.SIGN, world.gao)
    do(found["paused_once"], Verb.SUSPEND, world.gao, reason="weather", note="大雪",
       until=in_days(9))  # fmt: skip
    do(found["paused_once"], Verb.RESUME, world.gao)
    Clock.objects.filter(case=found["paused_once"]).first().pauses.update(
        start_at=in_days(-3), end_at=in_days(-1)
    )
    earlier_start(found["paused_once"], 4)
    found["paused"] = do(dispute(world), Verb.SIGN, world.gao)
    do(found["paused"], Verb.SUSPEND, world.gao, reason="weather", note="大雪", until=in_days(9))
    done = do(dispute(world), Verb.SIGN, world.gao)
    found["done"] = do(done, Verb.MEDIATE, world.gao, applicant_agrees=True,
                       respondent_agrees=True)  # fmt: skip
    found["top"] = climb_only(dispute(world), 4)
    found["far"] = dispute(world, world.shui)
    return found


def test_what_is_carried_out_is_what_was_simulated(world: World) -> None:
    found = cast(world)
    body = ladder()
    before = {name: running(case) for name, case in found.items()}
    row = proposed(world, wish(body=body))
    seen = simulation.latest(row)
    assert seen is not None
    kept = {move.clock_id: move.kept for move in seen.moves.exclude(kept="")}
    assert kept == {before["paused"].pk: "paused", before["top"].pk: "top"}
    assert named(row) == {clock.pk for clock in before.values()} - kept.keys()
    assert (seen.clocks, seen.kept) == (len(found), 2)
    for move in seen.moves.filter(kept=""):
        clock = Clock.objects.get(pk=move.clock_id)
        ends = by_rule(clock, body, clock.first_rung)
        assert (move.step_to, move.due_to) == (ends[clock.rung], ends[-1])

    # Meanwhile one ends, one climbs, one is suspended: they are reported and not moved.
    do(found["shut"], Verb.REFUSE, world.gao, note="已告知其他途径")
    climb_only(found["climbs"])
    do(do(found["suspends"], Verb.SIGN, world.gao), Verb.SUSPEND, world.gao, reason="weather",
       note="大雪", until=in_days(9))  # fmt: skip
    changed = {before[name].pk: code for name, code in (
        ("shut", "stopped"), ("climbs", "changed"), ("suspends", "changed"))}  # fmt: skip
    assert simulation.changed_since(seen) == 3
    row = proposals.approve(decider(world), row.pk, row.rev)
    assert moved(row) == named(row) - changed.keys()
    left = dict(PolicyMove.objects.exclude(left_because="").values_list(
        "clock_id", "left_because"))  # fmt: skip
    assert left == changed
    assert restarting.progress(row) == (len(moved(row)), 3, len(named(row)))
    for name, clock in before.items():
        case = found[name]
        clock.refresh_from_db()
        if clock.pk in moved(row):
            expected = by_rule(clock, body, clock.first_rung)
            assert clock.ladder[clock.rung :] == expected[clock.rung :]
            assert clock.due_at == expected[-1]
            step = clock.steps.get(left_at=None)
            assert step.due_at == clock.ladder[clock.rung]
            last = case.events.order_by("-seq").first()
            assert (last.verb, last.clock_id, last.other_id) == (
                "restart", clock.pk, row.policy_id)  # fmt: skip
            case.refresh_from_db()
            repeated = clocks.dues(case)
            assert (case.due_at, case.amber_at, case.provisional_from) == (
                repeated.due_at, repeated.amber_at, repeated.provisional_from)  # fmt: skip
    assert broken_links() == 0


def climb_only(case: Case, times: int = 1) -> Case:
    """Let the next moments of this case come, and of no other."""
    for _ in range(times):
        clock = running(case)
        escalation.one_batch(clock.next_at + timedelta(seconds=1), 1, [], only=[clock.pk])
    case.refresh_from_db()
    return case


def test_what_becomes_due_at_once_is_named_and_climbs_by_the_sweep(world: World) -> None:
    old, young = dispute(world), dispute(world)
    earlier_start(old, 30)
    Clock.objects.filter(case=old).update(ladder=[in_days(n) for n in (1, 2, 3, 4)])
    row = proposed(world, wish(body=ladder(1, 10, 60, 60)))
    seen = simulation.latest(row)
    assert [one.clock_id for one in seen.moves.filter(at_once=True)] == [running(old).pk]
    assert (seen.at_once, seen.earlier, seen.same, seen.later) == (1, 1, 0, 1)
    proposals.approve(decider(world), row.pk, row.rev)
    old.refresh_from_db()
    assert old.holder_unit == world.donghe1_team
    escalation.sweep("test")
    old.refresh_from_db()
    young.refresh_from_db()
    # Both rungs it is late for, one after the other; the young one stays.
    assert (old.holder_unit, young.holder_unit) == (world.qingshi_centre, world.donghe1_team)
    assert broken_links() == 0


def test_passed_rungs_stay_and_other_units_take_over_where_the_ladder_says(world: World) -> None:
    case, first = climb_only(dispute(world)), dispute(world)
    clock = running(case)
    passed = clock.ladder[0]
    body = ladder(1, 2, 3, 4)
    body["rungs"][3] |= {"level": "township", "unit_kind": "government"}
    row = approved(world, wish(body=body))
    clock.refresh_from_db()
    assert (clock.policy, clock.rung, clock.ladder[0]) == (row.policy, 1, passed)
    government = world.qingshi_government.pk
    assert clock.holders == running(first).holders
    assert clock.holders[2:] == [government, government]
    case = climb_only(case, 2)
    assert case.holder_unit_id == government and broken_links() == 0


def test_a_clock_on_a_rung_that_is_gone_keeps_its_version(world: World) -> None:
    grid, village = dispute(world), climb_only(dispute(world))
    row = approved(world, wish(body=ladder(2, 2, 2, 2, leave_out=1)))
    assert moved(row) == {running(grid).pk}
    assert [one.kept for one in PolicyMove.objects.filter(clock_id=running(village).pk)] == [
        "other"
    ]
    grid = climb_only(grid)
    assert grid.holder_unit == world.qingshi_centre


def test_clocks_keep_their_version_unless_the_change_restarts_them(world: World) -> None:
    clock = running(dispute(world))
    row = approved(world, wish(restart=False))
    assert simulation.latest(row).later == 1 and moved(row) == set()
    due = clock.due_at
    clock.refresh_from_db()
    assert clock.due_at == due and row.finished_at is not None


def test_limits_are_moved_as_well_and_nearer_places_are_left_alone(world: World) -> None:
    set_policy(world.qingshi, "limit.event_general", limit(9), today())
    here = event(world)
    there = event(world, world.shui)
    sign = running(there, "sign")
    row = approved(world, wish("limit.event_general", limit(2)))
    assert moved(row) == {running(there, "event_general").pk}
    clock = running(there, "event_general")
    ours = clocks.limit_of(clock).due(
        clock.started_at, workcalendar.current(), zone=clocks.ZONE
    ).at  # fmt: skip
    assert (clock.due_at, clock.ladder) == (ours, [ours])
    assert running(there, "sign").due_at == sign.due_at
    assert running(here, "event_general").policy.area == world.qingshi
    # A limit nobody watches has no ladder; one that is over already stays as it is.
    row = approved(world, wish("limit.sign", limit(3, "hour")))
    assert moved(row) == {running(here, "sign").pk, running(there, "sign").pk}
    assert running(there, "sign").due_at == sign.started_at + timedelta(hours=3)


def test_hours_before_days_are_added_to_the_second(world: World) -> None:
    case = dispute(world)
    body = ladder(30, 2, 3, 3)
    body["rungs"][0]["span"]["unit"] = "hour"
    approved(world, wish(body=body))
    clock = running(case)
    assert clock.ladder == by_rule(clock, body)
    assert clock.ladder[0] == clock.started_at + timedelta(hours=30)


def test_a_batch_that_was_cut_off_begins_again_and_moves_nothing_twice(world: World) -> None:
    cases = [dispute(world) for _ in range(3)]
    row = proposed(world, wish(valid_from=tomorrow()))
    row = proposals.approve(decider(world), row.pk, row.rev)
    PolicyProposal.objects.filter(pk=row.pk).update(valid_from=today())
    proposals.activate_due()
    PolicyBatch.objects.all().delete()
    assert restarting.cut(simulation.latest(row), size=1) == 3
    row.refresh_from_db()
    courses = restarting.courses_for(row)
    assert restarting.one_batch(row, simulation.latest(row), courses) == 1
    # The worker died after its second batch was written and before it was noted.
    PolicyBatch.objects.filter(done_at__isnull=False).update(done_at=None, moved=0)
    assert restarting.carry_out(rest=0) == 2
    assert [case.events.filter(verb="restart").count() for case in cases] == [1, 1, 1]


def test_two_workers_and_somebody_who_holds_a_case(committed_world: World) -> None:
    world = committed_world
    clone(dispute(world), 120)
    row = proposed(world)
    restarting.BATCH, size = 10, restarting.BATCH
    try:
        with transaction.atomic():
            held = Case.objects.select_for_update().order_by("pk").first()
            row = in_thread(lambda: approve_without_work(world, row))
            counts = [0, 0]
            work = [threading.Thread(target=worker, args=(counts, n)) for n in range(2)]
            for one in work:
                one.start()
            for one in work:
                one.join()
            assert sum(counts) == 120  # all but the one somebody holds
        assert restarting.carry_out(rest=0) == 1
    finally:
        restarting.BATCH = size
    assert held is not None and held.events.filter(verb="restart").count() == 1
    row.refresh_from_db()
    assert row.finished_at is not None and restarting.progress(row) == (121, 0, 121)
    assert broken_links() == 0


def approve_without_work(world: World, row: PolicyProposal) -> PolicyProposal:
    """Approve while the clocks are left to workers."""
    most, proposals.AT_ONCE = proposals.AT_ONCE, 0
    try:
        return proposals.approve(decider(world), row.pk, row.rev)
    finally:
        proposals.AT_ONCE = most


def in_thread(do_it: Any) -> Any:
    """The result of a call on a connection of its own."""
    found: list[Any] = []

    def run() -> None:
        found.append(do_it())
        connection.close()

    one = threading.Thread(target=run)
    one.start()
    one.join()
    return found[0]


def worker(counts: list[int], place: int) -> None:
    counts[place] = restarting.carry_out(seconds=2, rest=0)
    connection.close()
