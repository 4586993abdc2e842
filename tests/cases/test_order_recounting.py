"""Deadlines of supervision orders follow the calendar, each once, with a line in the matter."""

from datetime import datetime, timedelta

import pytest
from django.utils.translation import override

from cases import calendar_change, orders, workcalendar
from cases.acts.supervising import answer_due
from cases.models import Case, CaseEvent, Outbox, Recount, SupervisionOrder
from cases.rules.workflow import Verb
from cases.timeline import timeline
from cases.transitions import database_now
from cases.verification import verify_case
from tests.cases.daysoff import give_day, notice_days, take_in, workday_ahead, year_end
from tests.cases.matters import climb, dispute, do
from tests.world import World


@pytest.fixture
def order(world: World) -> SupervisionOrder:
    """A district's order on a matter of the township."""
    case = climb(dispute(world), 2)
    do(case, Verb.ORDER, world.su, reason="shirking", note="请查清", days=5)
    return SupervisionOrder.objects.get(case=case, delisted_at=None)


def issued(order: SupervisionOrder, moment: datetime) -> SupervisionOrder:
    """The order as if it had been issued at ``moment`` by the days of now."""
    due = answer_due(order.case.district_id, order.days or 0, moment)
    order.counted_from, order.due_at, order.provisional = moment, due.at, due.provisional
    order.save()
    return order


def follow() -> list[CaseEvent]:
    """What a run of the job says about orders."""
    before = set(CaseEvent.objects.values_list("pk", flat=True))
    calendar_change.follow()
    workcalendar.forget()
    new = CaseEvent.objects.exclude(pk__in=before)
    return list(new.filter(verb=Verb.RECOUNT_ORDER.value))


def test_an_order_beyond_the_notices_is_counted_anew_when_the_next_one_comes(
    world: World, order: SupervisionOrder
) -> None:
    before = issued(order, year_end()).due_at
    assert before is not None and order.provisional
    take_in(None, notice_days())
    (said,) = follow()
    order.refresh_from_db()
    assert order.due_at is not None and order.due_at > before and not order.provisional
    assert order.due_at == answer_due(order.case.district_id, 5, year_end()).at
    assert (said.other_id, said.actor_id, order.days) == (order.pk, None, 5)
    case = Case.objects.get(pk=order.case_id)
    assert verify_case(case) == []
    with override("en"):
        entry = next(one for one in timeline(case, world.su) if one.verb is Verb.RECOUNT_ORDER)
    assert "counted anew" in entry.title
    assert entry.words == [f"Answer due: {before:%Y-%m-%d} → {order.due_at:%Y-%m-%d}"]
    found = orders.find(world.su, case, order.pk)
    assert found is not None
    thread = orders.whole(world.su, case, found, database_now())
    assert Verb.RECOUNT_ORDER in {one.verb for one in thread.entries}
    assert not Outbox.objects.filter(verb=Verb.RECOUNT_ORDER.value).exists(), "later tells nobody"
    assert follow() == [], "counting again finds nothing"


def test_an_earlier_answer_is_told_and_counts_among_what_moved(
    world: World, order: SupervisionOrder
) -> None:
    give_day(world.su, world.hubin, workday_ahead(1))
    assert len(follow()) == 1
    order.refresh_from_db()
    later = order.due_at
    free = database_now().date() + timedelta(days=1)
    while workcalendar.packaged().is_workday(free):
        free += timedelta(days=1)
    give_day(world.su, world.hubin, free, works=True)
    moved = Recount.objects.order_by("at").last()
    assert moved is not None
    assert len(follow()) == 1
    order.refresh_from_db()
    assert order.due_at is not None and later is not None and order.due_at < later
    heard = Outbox.objects.filter(verb=Verb.RECOUNT_ORDER.value)
    assert {row.unit_id for row in heard} == {order.unit_id}
    moved.refresh_from_db()
    assert moved.moved >= 1


@pytest.mark.parametrize("gone", ["replied_at", "late_at", "delisted_at"])
def test_what_was_answered_or_is_late_or_over_keeps_its_day(
    world: World, order: SupervisionOrder, gone: str
) -> None:
    before = issued(order, year_end()).due_at
    SupervisionOrder.objects.filter(pk=order.pk).update(**{gone: database_now()})
    take_in(None, notice_days())
    assert follow() == []
    order.refresh_from_db()
    assert order.due_at == before


def test_sent_back_with_new_days_it_is_counted_from_then(
    world: World, order: SupervisionOrder
) -> None:
    case = Case.objects.get(pk=order.case_id)
    do(case, Verb.REPLY_ORDER, world.ouyang, order_id=order.pk, note="已办")
    do(case, Verb.REJECT_REPLY, world.su, order_id=order.pk, note="再查", days=3)
    order.refresh_from_db()
    rejected = case.events.get(verb=Verb.REJECT_REPLY.value)
    assert (order.counted_from, order.days) == (rejected.at, 3)
