"""Warnings of deadlines: each mark once, the latest only after an outage, to the right people."""

import threading
from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F

from cases import clocks, escalation, outbox, queues, warning
from cases.models import Case, Clock, Notice, Outbox
from cases.queues import Filters, Tab
from cases.rules.lamp import LampCode, Mark, amber_from, marks
from cases.rules.workflow import Verb
from cases.transitions import database_now
from grids.models import Posting, UnitRelation, User
from grids.roles import Role
from tests.cases.bulk import clone
from tests.cases.matters import climb, dispute, do, event, in_days
from tests.world import World

SECOND = timedelta(seconds=1)


def warned() -> list[str]:
    """The marks in the outbox, in the order they were written."""
    return list(Outbox.objects.filter(verb__in=Mark.values()).order_by("id")
                .values_list("verb", flat=True))  # fmt: skip


def told(user: User, verb: str) -> int:
    """How many matters the bell of ``user`` counts under ``verb``."""
    return sum(Notice.objects.filter(user=user, verb=verb).values_list("cases", flat=True))


def limit(case: Case, days: float) -> Clock:
    """The case's own limit, moved so that its whole span lasts ``days`` from now."""
    clock = case.clocks.exclude(code="sign").get()
    case.clocks.exclude(pk=clock.pk).update(stopped_at=database_now())
    start = database_now()
    due = start + timedelta(days=days)
    Clock.objects.filter(pk=clock.pk).update(
        started_at=start, due_at=due, ladder=[], holders=[], levels=[], actions=[]
    )
    clock.refresh_from_db()
    return clock


@pytest.mark.parametrize("days", [1, 3.5, 5, 11, 60])
def test_every_mark_is_told_once_at_its_moment(world: World, days: float) -> None:
    clock = limit(event(world), days)
    expected = sorted(marks(clock.started_at, clock.due_at), key=lambda pair: pair[1])
    assert clock.amber_at == amber_from(clock.started_at, clock.due_at)
    for number, (mark, at) in enumerate(expected, start=1):
        clock.refresh_from_db()
        assert clock.warn_at == at
        assert warning.warn(at - SECOND) == 0
        assert (warning.warn(at), warning.warn(at)) == (1, 0)
        assert warned()[-1] == mark and len(warned()) == number
    clock.refresh_from_db()
    assert clock.warn_at is None and warning.warn(in_days(999)) == 0


def test_a_rung_that_climbs_by_itself_is_not_told_twice_of_its_end(world: World) -> None:
    case = dispute(world)
    first = case.clocks.get().ladder[0]
    warning.warn(first + SECOND)
    assert warned() == ["mark_quarter"]
    escalation.sweep("test", now=first + SECOND)
    assert warning.warn(first + 2 * SECOND) == 0
    clock = case.clocks.get()
    assert clock.amber_at == amber_from(clock.ladder[0], clock.ladder[1])
    assert warning.warn(clock.amber_at) == 1


def test_after_an_outage_the_latest_mark_only(world: World) -> None:
    clock = limit(event(world), 11)
    assert warning.warn(clock.due_at + timedelta(days=9)) == 1
    assert warned() == ["mark_three_over"]


def test_a_deadline_that_was_moved_is_told_of_again(world: World) -> None:
    clock = limit(event(world), 11)
    assert warning.warn(clock.due_at - timedelta(hours=30)) == 1
    Clock.objects.filter(pk=clock.pk).update(due_at=F("due_at") + timedelta(days=30))
    assert warning.warn(clock.due_at) == 0
    clock.refresh_from_db()
    assert clock.warn_at and warning.warn(clock.warn_at) == 1


def test_what_rests_is_closed_or_was_sealed_warns_nobody(world: World) -> None:
    resting, ended = event(world), event(world)
    clock = limit(resting, 2)
    Clock.objects.filter(pk=clock.pk).update(held_at=database_now())
    do(ended, Verb.VOID, world.gao, reason="test_entry", note="试录")
    assert warning.warn(in_days(400)) == 0


def test_a_row_that_is_locked_waits_for_the_next_run(committed_world: World) -> None:
    clock = limit(event(committed_world), 2)
    at = clock.due_at + SECOND
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT FROM cases_clock WHERE id = %s FOR UPDATE", [clock.pk])
        assert warning.warn(at) == 0
        other.rollback()
        assert warning.warn(at) == 1
    finally:
        other.close()


def test_a_climb_while_the_job_looks_is_told_to_who_holds_the_case_now(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The job's first look is before the climb is committed, its hand on the row after it.
    case = dispute(committed_world)
    first, second = case.clocks.get().ladder[:2]
    late = "AND EXISTS (SELECT FROM pg_sleep(1)) ORDER BY"
    monkeypatch.setattr(warning, "LOCK", warning.LOCK.replace("ORDER BY", late))
    written: list[int] = []

    def look() -> None:
        try:
            written.append(warning.warn(second - SECOND))
        finally:
            connection.close()

    job = threading.Thread(target=look)
    job.start()
    until_asleep()
    escalation.sweep("test", now=first + SECOND)
    job.join(30)
    assert written == [1]
    case.refresh_from_db()
    told_of = Outbox.objects.get(verb="mark_quarter")
    assert (told_of.unit_id, told_of.seq) == (case.holder_unit_id, case.last_seq)
    assert case.rung == 1


def until_asleep() -> None:
    """Wait until the other connection's statement has begun, its snapshot taken."""
    asked = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event = 'PgSleep' AND datname = current_database()"
    )
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(asked)
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_sleep(0.01)")
    raise AssertionError("the job never began to look")


# --- the row of the case ------------------------------------------------------------------
def test_the_case_turns_amber_with_the_first_of_its_clocks(world: World) -> None:
    cases = [dispute(world), event(world), climb(dispute(world), 2)]
    signed = do(event(world), Verb.SIGN, world.gao)
    rested = do(do(dispute(world), Verb.SIGN, world.gao), Verb.SUSPEND, world.gao,
                reason="weather", note="下雪", until=in_days(3))  # fmt: skip
    cases += [signed, do(rested, Verb.RESUME, world.gao, note="雪停了")]
    for case in cases:
        case.refresh_from_db()
        assert (case.due_at, case.amber_at) == clocks.dues(case)[:2]
        for clock in case.clocks.filter(stopped_at=None):
            assert clock.amber_at == clocks.amber_of(clock)


def test_lists_counts_and_notices_agree(world: World) -> None:
    """Whoever is told of an amber matter finds it under the lamp the line leads to."""
    dispute(world)
    event(world)
    climb(dispute(world), 1)
    posts = world.ouyang.posts
    for hours in range(0, 24 * 14, 17):
        now = database_now() + timedelta(hours=hours)
        lines = queues.page(world.ouyang, posts, Tab.AREA, now=now).lines
        for code in (LampCode.OVER, LampCode.SOON, LampCode.WATCH, LampCode.OK):
            found = queues.page(world.ouyang, posts, Tab.AREA, now=now, filters=Filters(lamp=code))
            expected = [line.number for line in lines if line.lamp(now).code is code]
            assert [line.number for line in found.lines] == expected


# --- who hears ----------------------------------------------------------------------------
def deliver(at: datetime) -> None:
    warning.warn(at)
    outbox.deliver(at)


def test_amber_to_who_works_red_to_the_head_and_later_to_the_unit_above(world: World) -> None:
    case = event(world, world.ouyang, area_id=world.qingshi.pk)
    assert case.holder_unit == world.qingshi_centre
    head = world.person("tou", Role.LEADER, world.qingshi_centre)
    UnitRelation.objects.filter(unit=world.qingshi_centre).delete()
    clock = limit(case, 16)
    deliver(clock.due_at - timedelta(days=2))
    deliver(clock.due_at - timedelta(hours=2))
    assert told(world.ouyang, "mark_three_days") == told(world.tan, "mark_one_day") == 1
    assert not Notice.objects.filter(user__in=[head, world.su]).exists()
    deliver(clock.due_at)
    assert told(world.ouyang, "mark_due") == told(head, "mark_due") == 1
    assert not Notice.objects.filter(user=world.su, verb__in=Mark.values()).exists()
    deliver(clock.due_at + timedelta(days=3))
    assert told(head, "mark_three_over") == told(world.su, "mark_three_over") == 1
    assert told(world.ouyang, "mark_three_over") == 0


def test_of_an_urgent_matter_every_mark_is_told_though_nothing_happens_between(
    world: World,
) -> None:
    case = event(world, category="E08")
    outbox.deliver(database_now())
    clock = limit(case, 16)
    for mark, at in sorted(marks(clock.started_at, clock.due_at), key=lambda pair: pair[1])[:4]:
        deliver(at)
        assert Notice.objects.filter(case=case, verb=mark.value).exists(), mark
    rows = Notice.objects.filter(case=case)
    assert rows.exists() and not rows.filter(urgent=False).exists()


def test_the_head_hears_when_a_matter_is_taken_from_the_unit(world: World) -> None:
    head = world.person("tou", Role.LEADER, world.donghe1_team)
    climb(dispute(world), 1)
    outbox.deliver(in_days(9))
    assert told(head, "mark_due") == 1 and told(world.cun, "climb") == 1
    assert told(world.cun, "mark_due") == 0


def test_substitutes_hear_for_the_absent_and_the_recused_never(world: World) -> None:
    case = do(event(world), Verb.SIGN, world.gao)
    case = do(case, Verb.ASSIGN, world.gao, user_id=world.gao.pk)
    stand_in = world.person("dai", Role.GRID_WORKER, world.donghe1_team)
    Posting.objects.filter(user=stand_in).update(substitute_for=world.posting(world.gao))
    outbox.deliver(in_days(1))
    assert told(stand_in, "assign") == told(world.gao, "assign") == 1
    clock = limit(case, 16)
    case.recusals.create(tenant_id=case.tenant_id, user=world.gao, since=case.registered_at)
    deliver(clock.due_at - timedelta(days=2))
    assert told(stand_in, "mark_three_days") == 1 and told(world.gao, "mark_three_days") == 0


def test_of_a_restricted_matter_the_unit_above_hears_nothing(world: World) -> None:
    case = event(world, world.ouyang, area_id=world.qingshi.pk)
    Case.objects.filter(pk=case.pk).update(restricted=True)
    deliver(limit(case, 2).due_at + timedelta(days=4))
    assert Outbox.objects.filter(verb="mark_three_over").exists()
    assert not Notice.objects.filter(user=world.su, verb="mark_three_over").exists()


def test_a_days_backlog_of_three_thousand_makes_digests_not_storms(world: World) -> None:
    clone(dispute(world), 3_000)
    Outbox.objects.all().delete()
    now = database_now()
    assert warning.warn(now) == 3_000
    assert escalation.sweep("test", now=now).climbs == 3_300
    warning.warn(now)
    while outbox.deliver(now):
        pass
    lines = Counter(Notice.objects.values_list("user_id", flat=True))
    assert lines and max(lines.values()) <= 3, "one line per kind of event"
    assert told(world.cun, "climb") == 2_700 and told(world.ouyang, "climb") == 300
    assert not Notice.objects.filter(user=world.gao).exists(), "it has moved on from the grid"
