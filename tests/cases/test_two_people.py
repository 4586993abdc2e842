"""Two people at the same case at the same moment: one wins, the other is told. Real threads."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Min

from cases import escalation, transitions
from cases.acting import Inputs
from cases.models import Case, CaseEvent, Clock
from cases.rules.workflow import Status, Verb
from cases.transitions import database_now, lock
from cases.verification import verify_case
from grids.errors import BrokenRule, NotAllowed, WrongState
from grids.models import User
from tests.cases.matters import climb, dispute, do, event
from tests.world import World

WAIT = 20  # seconds until a thread that hangs fails the test


class Thread(threading.Thread):
    """Runs ``job`` with a connection of its own; ``answer`` is what it returned or raised."""

    def __init__(self, job: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self.job = job
        self.answer: object = None
        self.start()

    def run(self) -> None:
        try:
            self.answer = self.job()
        except BrokenRule as error:
            self.answer = error
        finally:
            connection.close()

    def end(self) -> object:
        self.join(WAIT)
        assert not self.is_alive(), "the thread hangs"
        return self.answer


@contextmanager
def locked(case: Case) -> Iterator[None]:
    """Somebody is in the middle of an act on ``case``."""
    with transaction.atomic():
        lock(case.pk)
        yield


def acting(case: Case, verb: Verb, actor: User, **inputs: object) -> Callable[[], Case]:
    """An act as a job of a thread, by a user read afresh as a request does."""
    return lambda: transitions.act(
        case.number, verb, actor=User.objects.get(pk=actor.pk), inputs=Inputs(**inputs)
    )


def sessions(where: str) -> int:
    """Sessions of this database that are ``where``, asked afresh even inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            f"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND {where}"
        )
        found: int = cursor.fetchone()[0]
    return found


def waiting_for_a_lock() -> int:
    return sessions("wait_event_type = 'Lock'")


def until(condition: Callable[[], bool]) -> None:
    rest = threading.Event()
    for _ in range(WAIT * 50):
        if condition():
            return
        rest.wait(0.02)
    raise AssertionError("it did not happen")


def test_two_sign_and_one_is_told(committed_world: World) -> None:
    world = committed_world
    case = climb(dispute(world), 2)
    with locked(case):
        threads = [Thread(acting(case, Verb.SIGN, user)) for user in (world.ouyang, world.tan)]
        until(lambda: waiting_for_a_lock() == 2)
    answers = [thread.end() for thread in threads]
    won = [one for one in answers if isinstance(one, Case)]
    told = [one for one in answers if isinstance(one, WrongState)]
    assert (len(won), len(told)) == (1, 1)
    case.refresh_from_db()
    assert case.events.filter(verb=Verb.SIGN).count() == 1
    assert verify_case(case) == []


def test_different_acts_follow_one_another_and_the_second_meets_the_new_state(
    committed_world: World,
) -> None:
    world = committed_world
    case = climb(dispute(world))
    with transaction.atomic():
        do(case, Verb.TRANSFER, world.cun, unit_id=world.land_office.pk, note="归口")
        thread = Thread(acting(case, Verb.SIGN, world.cun))
        until(lambda: waiting_for_a_lock() == 1)
    assert isinstance(thread.end(), NotAllowed)  # it is no longer his


def test_who_waited_acts_after_who_held_the_lock(committed_world: World) -> None:
    """The moment is asked under the lock: a resume is never earlier than its suspension."""
    world = committed_world
    case = do(dispute(world), Verb.SIGN, world.gao)
    with transaction.atomic():
        lock(case.pk)
        thread = Thread(acting(case, Verb.RESUME, world.gao))
        until(lambda: waiting_for_a_lock() == 1)  # its transaction has begun
        due = database_now() + timedelta(days=3)
        do(case, Verb.SUSPEND, world.gao, reason="weather", note="雪", until=due)
    answer = thread.end()
    assert isinstance(answer, Case) and answer.status == Status.SIGNED
    moments = list(case.events.values_list("at", flat=True))
    assert moments == sorted(moments)


def test_a_case_in_hand_is_left_to_the_next_sweep(committed_world: World) -> None:
    world = committed_world
    case, other = dispute(world), dispute(world)
    moment = case.clocks.get().next_at + timedelta(seconds=1)
    with locked(case):
        thread = Thread(lambda: escalation.sweep("test", now=moment).climbs)
        assert thread.end() == 1  # the other one; it did not wait
    other.refresh_from_db()
    assert other.holder_unit == world.donghe_mediation
    assert escalation.sweep("test", now=moment).climbs == 1


def test_an_act_waits_for_the_sweep_and_meets_what_it_did(committed_world: World) -> None:
    world = committed_world
    case = dispute(world)
    moment = case.clocks.get().next_at + timedelta(seconds=1)
    with transaction.atomic():
        assert escalation.sweep("test", now=moment).climbs == 1
        thread = Thread(acting(case, Verb.SIGN, world.gao))
        until(lambda: waiting_for_a_lock() == 1)
    assert isinstance(thread.end(), NotAllowed)


def test_the_sweep_sees_what_was_done_between_its_look_and_its_lock(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The case is signed for after the sweep has read and before it locks: the stopped sign-for
    limit must not come back as the case's due moment."""
    world = committed_world
    case = event(world)
    limit, sign = case.clocks.get(code="event_general"), case.clocks.get(code="sign")
    early = sign.due_at - timedelta(hours=3)
    Clock.objects.filter(pk=limit.pk).update(ladder=[early], due_at=sign.due_at + timedelta(days=1))
    slow = escalation.LOCK.replace("WHERE ", "WHERE pg_sleep(1.5) IS NOT NULL AND ")
    monkeypatch.setattr(escalation, "LOCK", slow)
    thread = Thread(lambda: escalation.one_batch(early, 10, [], at=early))
    until(sleeping)
    do(case, Verb.SIGN, world.gao)
    assert thread.end() == 1
    case.refresh_from_db()
    assert case.due_at == case.clocks.aggregate(due=Min("step_due_at"))["due"]
    assert case.due_at == sign.due_at + timedelta(days=1)
    assert verify_case(case) == []


def sleeping() -> bool:
    return sessions("wait_event = 'PgSleep'") == 1


def test_two_cases_merged_into_each_other_do_not_both_disappear(committed_world: World) -> None:
    world = committed_world
    one, two = dispute(world), dispute(world)
    with locked(two):
        thread = Thread(acting(one, Verb.MERGE, world.gao, other=two.number, note="同一件事"))
        assert isinstance(thread.end(), WrongState)  # told at once, not left waiting
    do(two, Verb.MERGE, world.gao, other=one.number, note="同一件事")
    assert isinstance(
        Thread(acting(one, Verb.MERGE, world.gao, other=two.number, note="同一件事")).end(),
        WrongState,
    )
    assert Case.objects.filter(status=Status.MERGED).count() == 1


def test_the_same_key_sent_at_once_acts_once(committed_world: World) -> None:
    world = committed_world
    case = dispute(world)

    def nudge() -> Case:
        actor = User.objects.get(pk=world.cun.pk)
        return transitions.act(case.number, Verb.NUDGE, actor=actor, key="phone-1")

    with locked(case):
        threads = [Thread(nudge) for _ in range(4)]
        until(lambda: waiting_for_a_lock() == 4)
    assert all(isinstance(thread.end(), Case) for thread in threads)
    assert CaseEvent.objects.filter(case=case, verb=Verb.NUDGE).count() == 1


def test_people_and_sweeps_at_once_leave_nothing_crooked(committed_world: World) -> None:
    """Four people and two sweeps on the same few cases: no lost number, no double, no deadlock."""
    world = committed_world
    cases = [dispute(world) for _ in range(6)]
    start = cases[0].clocks.get().ladder[0]
    stop = threading.Event()

    def work(user: User, seed: int) -> Callable[[], int]:
        def job() -> int:
            actor, done = User.objects.get(pk=user.pk), 0
            while not stop.is_set():
                case = cases[(seed + done) % len(cases)]
                done += 1
                for verb in (Verb.SIGN, Verb.SUPPLEMENT, Verb.RAISE, Verb.RECLASSIFY):
                    try:
                        transitions.act(case.number, verb, actor=actor, inputs=Inputs(
                            note="说明", reason="beyond_power", category="D03"))  # fmt: skip
                    except BrokenRule:
                        continue
            return done

        return job

    def sweeping() -> int:
        climbs, day = 0, 0
        while not stop.is_set():
            climbs += escalation.sweep("test", now=start + timedelta(days=day % 20), batch=2).climbs
            day += 1
        return climbs

    people = (world.gao, world.cun, world.ouyang, world.su)
    threads = [Thread(work(user, seed)) for seed, user in enumerate(people)]
    threads += [Thread(sweeping) for _ in range(2)]
    stop.wait(3)
    stop.set()
    answers = [thread.end() for thread in threads]
    assert all(isinstance(answer, int) for answer in answers), answers
    for case in Case.objects.all():
        assert verify_case(case) == []
        assert case.due_at == case.clocks.aggregate(due=Min("step_due_at"))["due"]
        clock = case.clocks.get(code="ladder")
        assert list(clock.steps.values_list("rung", flat=True)) == list(range(clock.rung + 1))
