"""Folded figures equal a recount, whatever was done in whatever order, folded however often."""

import random
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from cases import escalation, figures, outbox
from cases.models import Case, CaseDelta, CaseEvent, ClockStep, Notice, Rollup
from cases.rules.workflow import RESIDENT_VERBS, STEPS, SYSTEM_VERBS, Kind, Status, Verb, find
from cases.transitions import database_now, possible_verbs
from cases.verification import verify_case
from grids.errors import BrokenRule
from tests.cases.bulk import broken_links
from tests.cases.matters import climb, dispute, do, event
from tests.cases.stages import by_resident, extras, filled, prepare
from tests.world import World

ENDS = {"merge", "void", "refuse", "fail", "nudge", "link"}
USUAL = {"reclassify", "supplement", "tell", "split"}
PEOPLE = ("gao", "cun", "mei", "ouyang", "tan", "su", "han", "kai", "jing")


def count(**cell: Any) -> int:
    return sum(Rollup.objects.filter(**cell).values_list("cases", flat=True))


def test_a_case_is_counted_where_it_stands(world: World) -> None:
    case = climb(dispute(world))
    dispute(world)
    figures.fold()
    assert count(level=6, status="registered", village_id=world.donghe.pk) == 1
    assert count(level=5, status="registered", grid_id=world.donghe1.pk) == 1
    do(case, "refuse", world.cun, note="已告知")
    figures.fold()
    assert (count(level=5, status="registered"), count(status="ended")) == (0, 1)
    assert figures.differences() == []


def test_folding_twice_folds_once(world: World) -> None:
    dispute(world)
    assert figures.fold() == 1
    assert figures.fold() == 0
    assert figures.fold(limit=1) == 0
    assert figures.differences() == []


def test_small_bites_give_the_same(world: World) -> None:
    for _ in range(5):
        climb(dispute(world), 2)
    assert figures.fold(limit=2) == 15
    assert figures.differences() == []


def test_an_act_that_moves_nothing_leaves_no_delta(world: World) -> None:
    case = dispute(world)
    before = CaseDelta.objects.count()
    do(case, "nudge", world.ouyang)
    do(case, "supplement", world.gao, note="补充")
    assert CaseDelta.objects.count() == before


def test_a_corrected_place_and_category_leave_the_old_cell(world: World) -> None:
    case = dispute(world)
    figures.fold()
    do(case, "reclassify", world.su, category="D03", area_id=world.dukou1.pk, note="有误")
    figures.fold()
    assert count(township_id=world.qingshi.pk) == 0
    assert count(township_id=world.liulin.pk) == 1
    assert figures.differences() == []


def test_a_difference_is_shown(world: World) -> None:
    case = dispute(world)
    figures.fold()
    CaseDelta.objects.all().delete()
    Case.objects.filter(pk=case.pk).update(level=3)
    assert len(figures.differences()) == 2


def test_a_delta_that_commits_late_is_folded_later(committed_world: World) -> None:
    """Ids are given before the commit: a fold by "id greater than the last" would lose it."""
    dispute(committed_world)  # the first number of a year is given to one at a time
    figures.fold()
    written, folded = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                dispute(committed_world)
                written.set()
                folded.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    written.wait(10)
    dispute(committed_world)
    assert figures.fold() == 1
    folded.set()
    thread.join(10)
    assert figures.fold() == 1
    assert figures.differences() == []


def test_three_folds_at_once(committed_world: World) -> None:
    for _ in range(12):
        climb(dispute(committed_world))
    total = CaseDelta.objects.count()
    ready, folded = threading.Barrier(3), []

    def run() -> None:
        try:
            ready.wait(10)
            folded.append(figures.fold(limit=3))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(folded) == total
    assert figures.differences() == []


# --- whatever happens --------------------------------------------------------------------
class Lives(RuleBasedStateMachine):
    """Random lives of a few cases; after each step everything the engine promises holds."""

    world: World

    @initialize()
    def begin(self) -> None:
        self.point = transaction.savepoint()
        extras(self.world)
        self.cases, self.turn = [dispute(self.world), event(self.world)], 0
        self.now = database_now()

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.point)

    @rule(kind=st.sampled_from(["dispute", "event", "spot", "urgent"]))
    def register(self, kind: str) -> None:
        if len(self.cases) < 5:
            values = {
                "spot": {"on_the_spot": True, "result": "好了"}, "urgent": {"category": "E08"},
            }.get(kind, {})  # fmt: skip
            make = dispute if kind == "dispute" else event
            self.cases.append(make(self.world, **values))

    @rule(which=st.integers(0, 4), pick=st.integers(0, 999), times=st.integers(2, 6))
    def acts(self, which: int, pick: int, times: int) -> None:
        """Several things that somebody may do to a case as it then stands."""
        for _ in range(times):
            self.turn += 1
            self.act(which, random.Random(1_000 * self.turn + pick))

    def act(self, which: int, chance: random.Random) -> None:
        """One act of somebody who may; a refusal for another cause must leave no trace."""
        case = self.fresh(which)
        people = [self.world.people[name] for name in PEOPLE]
        found = [
            (actor, step.verb, 6 if step.main else 1 if step.verb in USUAL else 2)
            for actor in people
            if Case.objects.visible_to(actor).filter(pk=case.pk).exists()
            for step in possible_verbs(case, actor)
            if step.verb not in ENDS
        ]
        if not found:
            return
        actor, verb, _ = chance.choices(found, [weight for *_, weight in found])[0]
        prepare(self.world, case, verb)
        try:
            with transaction.atomic():
                do(case, verb, actor, **filled(self.world, case, verb))
        except BrokenRule:
            assert self.fresh(which).last_seq == case.last_seq

    @rule(which=st.integers(0, 4), verb=st.sampled_from(["merge", "void", "refuse"]))
    def end(self, which: int, verb: str) -> None:
        """The ends that would come too early if chance alone decided."""
        case = self.fresh(which)
        found = [one for one in possible_verbs(case, self.world.su) if one.verb == verb]
        if found and self.turn > 12:
            do(case, found[0].verb, self.world.su, **filled(self.world, case, found[0].verb))

    @rule(which=st.integers(0, 4), verb=st.sampled_from(sorted(RESIDENT_VERBS)))
    def resident(self, which: int, verb: str) -> None:
        case = self.fresh(which)
        if find(Kind(case.kind), Status(case.status), Verb(verb)) is None:
            return  # some of these verbs are of petition matters only
        if case.status == Status.DONE and (verb == "object" or case.on_the_spot):
            by_resident(case, next(one for one in RESIDENT_VERBS if one == verb))

    @rule(hours=st.integers(1, 200))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        escalation.sweep("test", now=self.now)
        assert escalation.sweep("test", now=self.now).climbs == 0

    @rule()
    def deliver(self) -> None:
        outbox.deliver(now=self.now + timedelta(days=400))

    @rule()
    def fold(self) -> None:
        figures.fold()

    def fresh(self, which: int) -> Case:
        return Case.objects.get(pk=self.cases[which % len(self.cases)].pk)

    @invariant()
    def chains_verify_and_rows_say_what_events_say(self) -> None:
        assert broken_links() == 0
        case = self.fresh(0)
        assert verify_case(case) == []

    @invariant()
    def every_status_change_is_an_arrow(self) -> None:
        for row in CaseEvent.objects.exclude(verb="register").select_related("case"):
            steps = [step for step in STEPS[Kind(row.case.kind)] if step.verb == row.verb]
            assert steps, row.verb
            assert row.source in steps[0].sources or row.verb in SYSTEM_VERBS

    @invariant()
    def each_rung_was_stepped_on_once_and_not_early(self) -> None:
        for step in ClockStep.objects.filter(outcome="timeout").select_related("clock"):
            assert step.left_at >= step.clock.ladder[step.rung]

    @invariant()
    def rows_agree_with_clocks_and_lists(self) -> None:
        for case in Case.objects.prefetch_related("clocks", "supervisions"):
            due = [c.step_due_at for c in case.clocks.all() if c.step_due_at]
            listed = [row for row in case.supervisions.all() if row.delisted_at is None]
            if case.closed_at:
                assert not due and not listed
            else:
                assert case.due_at == (case.review_at or min(due))
                assert bool(listed) == (case.supervised_at is not None)
            for clock in case.clocks.all():
                assert clock.rung <= len(clock.ladder)
                assert clock.held_at is None or clock.next_at is None

    @invariant()
    def notices_are_for_cases_that_are_there(self) -> None:
        assert not Notice.objects.filter(case=None, cases=1).exists()

    @invariant()
    def figures_equal_a_recount(self) -> None:
        point = transaction.savepoint()
        figures.fold()
        assert figures.differences() == []
        transaction.savepoint_rollback(point)


@pytest.mark.slow
def test_whatever_happens_the_promises_hold(world: World) -> None:
    class OfThisWorld(Lives):
        pass

    OfThisWorld.world = world
    run_state_machine_as_test(
        OfThisWorld,
        settings=settings(
            max_examples=20, stateful_step_count=20, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck), database=None,
        ),
    )  # fmt: skip
