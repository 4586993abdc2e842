"""Notices: each exactly once, one line instead of a storm, nothing for who stays away."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from cases import escalation, outbox
from cases.models import Case, Notice, Outbox
from cases.rules.workflow import Verb
from cases.transitions import database_now
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
    before = Notice.objects.count()
    Outbox.objects.update(state="pending")  # as if the first answer had been lost
    deliver()
    assert Notice.objects.count() == before > 0


def test_after_an_outage_only_the_present_holder_hears_of_the_climb(world: World) -> None:
    case = dispute(world)
    Outbox.objects.all().delete()
    escalation.sweep("test", now=case.clocks.get().ladder[2])
    assert Outbox.objects.count() == 3
    deliver()
    assert lines(world.su) == [("climb", case.pk, 1)]
    assert lines(world.cun) == lines(world.ouyang) == []


def test_a_missed_day_makes_one_line_of_many(world: World) -> None:
    cases = [dispute(world) for _ in range(outbox.HANDFUL + 3)]
    Outbox.objects.all().delete()
    moment = max(case.clocks.get().ladder[0] for case in cases)
    assert escalation.sweep("test", now=moment).climbs == len(cases)
    deliver()
    assert lines(world.cun) == [("climb", None, len(cases))]


def test_a_handful_stays_one_line_per_case(world: World) -> None:
    cases = [dispute(world) for _ in range(outbox.HANDFUL)]
    Outbox.objects.all().delete()
    escalation.sweep("test", now=cases[-1].clocks.get().ladder[0])
    deliver()
    assert len(lines(world.cun)) == outbox.HANDFUL


def test_what_is_urgent_is_never_drawn_together(world: World) -> None:
    cases = [event(world, category="E08") for _ in range(outbox.HANDFUL + 2)]
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
    assert Notice.objects.filter(user=committed_world.gao).count() == len(cases)
    assert Case.objects.count() == len(cases)
