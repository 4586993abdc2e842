"""Notices: each exactly once, one line instead of a storm, nothing for who stays away."""

import threading
from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection

from cases import escalation, outbox, queues, quiet
from cases.clocks import ZONE
from cases.models import Case, Notice, Outbox
from cases.rules.quiet import Quiet
from cases.rules.workflow import Verb
from cases.transitions import database_now
from grids.errors import BadInput
from grids.models import User
from tests.cases.matters import climb, dispute, do, event, in_days
from tests.world import World


def lines(user: User) -> list[tuple[str, int | None, int]]:
    """Verb, case and number of cases of each line in the bell of ``user``, oldest first."""
    rows = Notice.objects.filter(user=user).order_by("id")
    return list(rows.values_list("verb", "case_id", "cases"))


def deliver() -> int:
    return outbox.deliver(now=in_days(400))  # climbs in tests happen days ahead


def test_everybody_posted_in_the_unit_hears_once(world: World) -> None:
    case = climb(dispute(world), 2)
    Outbox.objects.exclude(verb=Verb.CLIMB).delete()
    assert deliver() == 2
    assert lines(world.ouyang) == lines(world.tan) == [("climb", case.pk, 1)]
    assert deliver() == 0
    assert Outbox.objects.exclude(state="sent").count() == 0


def test_a_second_delivery_of_the_same_row_shows_nothing_new(world: World) -> None:
    dispute(world)
    deliver()
    before = lines(world.gao)
    Outbox.objects.update(state="pending")  # as if the first answer had been lost
    deliver()
    assert lines(world.gao) == before != []


def test_after_an_outage_only_the_present_holder_hears_of_the_climb(world: World) -> None:
    case = dispute(world)
    Outbox.objects.all().delete()
    escalation.sweep("test", now=case.clocks.get().ladder[2])
    assert Outbox.objects.count() == 3
    deliver()
    assert lines(world.su) == [("climb", case.pk, 1)]
    assert lines(world.cun) == lines(world.ouyang) == []


def test_a_missed_day_makes_one_line_of_many(world: World) -> None:
    cases = [dispute(world) for _ in range(8)]
    Outbox.objects.all().delete()
    moment = max(case.clocks.get().ladder[0] for case in cases)
    assert escalation.sweep("test", now=moment).climbs == len(cases)
    deliver()
    assert lines(world.cun) == [("climb", None, len(cases))]


def test_what_comes_within_half_an_hour_is_one_digest_by_kind(
    world: World,
) -> None:
    at = in_days(1).replace(minute=2)
    first = dispute(world)
    outbox.deliver(at)
    assert lines(world.gao) == [("register", first.pk, 1)]
    Notice.objects.update(read_at=at)
    dispute(world)
    do(climb(dispute(world)), Verb.NUDGE, world.su)
    outbox.deliver(at + timedelta(minutes=20))
    kinds = {verb: cases for verb, _case, cases in lines(world.gao)}
    assert kinds == {"register": 3}
    assert not Notice.objects.get(user=world.gao).read_at, "what was added is new"
    dispute(world)
    outbox.deliver(at + timedelta(minutes=30))
    assert [cases for _verb, _case, cases in lines(world.gao)] == [3, 1]


def test_in_quiet_hours_nothing_rings_but_what_is_urgent(world: World, settings: Any) -> None:
    settings.QUIET_HOURS = "20:00-08:00"
    dispute(world)
    night = in_days(1).astimezone(ZONE).replace(hour=21, minute=0)
    outbox.deliver(night)
    event(world, category="E08")
    outbox.deliver(night + timedelta(hours=3))
    dispute(world)
    outbox.deliver(night + timedelta(hours=5))
    rows = Notice.objects.filter(user=world.gao)
    quiet = rows.get(urgent=False)
    assert quiet.cases == 2
    assert quiet.rings_at == (night + timedelta(hours=11)).replace(second=0, microsecond=0)
    assert not Notice.objects.filter(urgent=True).exclude(rings_at=None).exists()
    assert queues.figures(world.gao, world.gao.posts, ()).unread == rows.filter(urgent=True).count()
    Notice.objects.update(rings_at=in_days(-1))
    assert queues.figures(world.gao, world.gao.posts, ()).unread == rows.count()


def test_everybody_chooses_quiet_hours_and_what_they_hear(world: World, settings: Any) -> None:
    settings.QUIET_HOURS = "20:00-08:00"
    night = in_days(9).astimezone(ZONE).replace(hour=22, minute=0)
    quiet.choose_for(world.hubin, Quiet(time(0), time(0)))
    assert {one.quiet for one in quiet.choices([world.gao.pk], night).values()} == {
        Quiet(time(0), time(0))
    }
    quiet.choose(world.gao, Quiet(time(21), time(7)), ["new"])
    climb(dispute(world))
    event(world, category="E08")
    outbox.deliver(night)
    assert lines(world.gao) == [] or {verb for verb, _c, _n in lines(world.gao)} == {"register"}
    assert not Notice.objects.filter(user=world.gao, urgent=False, verb="register").exists()
    assert Notice.objects.get(user=world.cun, verb="climb").rings_at is None
    with pytest.raises(BadInput):
        quiet.choose(world.gao, None, ["everything"])


def test_what_is_urgent_is_never_drawn_together(world: World) -> None:
    cases = [event(world, category="E08") for _ in range(7)]
    deliver()
    found = Notice.objects.filter(user=world.ouyang, urgent=True)
    assert sorted(found.values_list("case_id", flat=True)) == [case.pk for case in cases]


def test_who_stays_away_from_a_case_hears_nothing_of_it(world: World) -> None:
    case = climb(dispute(world), 2)
    case.recusals.create(tenant_id=case.tenant_id, user=world.ouyang, since=case.registered_at)
    deliver()
    assert lines(world.ouyang) == []
    assert ("climb", case.pk, 1) in lines(world.tan)
    do(case, Verb.NUDGE, world.su)
    deliver()
    assert lines(world.ouyang) == [] and len(lines(world.tan)) == 2


def test_who_left_the_unit_hears_nothing(world: World) -> None:
    case = dispute(world)
    Outbox.objects.all().delete()
    posting = world.posting(world.tan)
    posting.ended_on = posting.started_on.replace(year=2025)
    posting.save()
    climb(case, 2)
    deliver()
    assert lines(world.tan) == [] and len(lines(world.ouyang)) == 1


def test_the_reporter_hears_of_every_hand_over(world: World) -> None:
    case = do(dispute(world), Verb.TRANSFER, world.gao, unit_id=world.land_office.pk, note="归口")
    deliver()
    assert ("transfer", case.pk, 1) in lines(world.gao)
    assert ("transfer", case.pk, 1) in lines(world.han)


def test_a_mediator_hears_when_named(world: World) -> None:
    case = do(dispute(world), Verb.ASSIGN, world.gao, user_id=world.mei.pk)
    deliver()
    assert lines(world.mei) == [("assign", case.pk, 1)]


def test_a_row_waits_for_its_moment(world: World) -> None:
    dispute(world)
    Outbox.objects.update(next_at=in_days(2))
    assert outbox.deliver(now=in_days(1)) == 0
    assert outbox.deliver(now=in_days(3)) == 1


def test_small_batches_deliver_all(world: World) -> None:
    for _ in range(5):
        dispute(world)
    assert outbox.deliver(now=in_days(1), limit=2) == 5


def test_a_rolled_back_act_leaves_no_message(world: World) -> None:
    case = dispute(world)
    before = Outbox.objects.count()
    with pytest.raises(Exception, match="another matter|list|Choose"):
        do(case, Verb.RETURN, world.gao, reason="nonsense", note="x")
    assert Outbox.objects.count() == before


def test_two_deliverers_at_once_deliver_each_row_once(committed_world: World) -> None:
    cases = [dispute(committed_world) for _ in range(40)]
    moment = database_now() + timedelta(minutes=1)
    delivered: list[int] = []
    ready = threading.Barrier(3)

    def run() -> None:
        try:
            ready.wait(10)
            delivered.append(outbox.deliver(now=moment, limit=4))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(delivered) == Outbox.objects.count() == len(cases)
    assert sum(count for _verb, _case, count in lines(committed_world.gao)) == len(cases)
    assert Case.objects.count() == len(cases)
