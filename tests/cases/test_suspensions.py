"""Suspension: what stands still, who is asked on the review day, what happens in silence."""

from datetime import timedelta

import pytest

from cases import clocks, reviews
from cases.models import Case, CaseEvent, Outbox
from cases.queues import Filters, Tab, lit, page
from cases.rules.lamp import LampCode
from cases.rules.terms import Status, Verb
from cases.transitions import database_now
from grids.errors import BadInput
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import dispute, do, event, in_days
from tests.world import World

SOON = timedelta(seconds=1)


def suspended(world: World, days: float = 5, **values: object) -> Case:
    case = do(event(world, **values), Verb.SIGN, world.gao)
    return do(case, Verb.SUSPEND, world.gao, reason="weather", note="汛期", until=in_days(days))


def test_on_the_review_day_the_holder_is_asked_and_sees_it_at_the_top(world: World) -> None:
    case = suspended(world)
    assert reviews.review(in_days(4)) == 0
    moment = case.review_at + SOON
    assert reviews.review(moment) == 1 and reviews.review(moment) == 0
    case.refresh_from_db()
    last = CaseEvent.objects.filter(case=case).latest("seq")
    assert (last.verb, case.status) == (Verb.ASK_REVIEW, Status.SUSPENDED)
    asked = Outbox.objects.filter(case_id=case.pk, verb=Verb.ASK_REVIEW.value)
    assert set(asked.values_list("unit_id", flat=True)) == {case.holder_unit_id}
    answer = case.clocks.get(code="suspension", stopped_at=None)
    assert case.due_at == answer.due_at
    tomorrow = answer.due_at + SOON
    lines = page(world.gao, world.gao.posts, Tab.TO_DO, now=tomorrow).lines
    assert case.number in {line.number for line in lines}


def test_without_an_answer_the_clocks_run_on_by_themselves(world: World) -> None:
    case = suspended(world)
    work = case.clocks.get(code="event_general")
    reviews.review(case.review_at + SOON)
    case.refresh_from_db()
    silence = case.due_at
    assert reviews.review(silence) == 0  # the last second is still theirs
    assert reviews.review(silence + SOON) == 1
    case.refresh_from_db()
    assert (case.status, case.suspended_at, case.review_at) == (Status.HANDLING, None, None)
    moved = case.clocks.get(code="event_general")
    assert moved.held_at is None and moved.due_at > work.due_at
    assert not clocks.running(case).filter(code="suspension").exists()


def test_another_day_is_named_with_a_reason(world: World) -> None:
    case = suspended(world)
    reviews.review(case.review_at + SOON)
    with pytest.raises(BadInput) as refusal:
        do(case, Verb.PROLONG, world.gao, note="仍在汛期", until=in_days(91))
    assert refusal.value.field == "until"
    case = do(case, Verb.PROLONG, world.gao, note="仍在汛期", until=in_days(20))
    assert case.due_at == case.review_at and case.status == Status.SUSPENDED
    assert reviews.review(in_days(10)) == 0
    assert do(case, Verb.RESUME, world.gao).status == Status.HANDLING


def test_a_day_set_by_the_sender_runs_on_while_we_wait(world: World) -> None:
    day = (database_now() + timedelta(days=2)).date()
    case = suspended(world, days=9, sender="hotline", sender_due=day)
    sender = case.clocks.get(code="sender")
    assert sender.held_at is None and sender.set_by == "hotline"
    assert case.due_at == case.sender_due_at == sender.due_at
    assert case.clocks.get(code="event_general").held_at is not None
    desk = at_desk(world.gao)
    assert (
        "Clock paused" not in text_of(desk.get(f"/case/{case.number}/")).split("Other deadlines")[0]
    )
    printed = text_of(desk.get(f"/case/{case.number}/print/"))
    assert f"{day} 23:59 Sender" in printed, "also on paper the earliest says whose it is"
    assert printed.count("Clock paused") == 1, "and the other that it stands still"
    office = at_desk(world.ouyang)
    export = office.post("/queue/export/?tab=area", {"why": "meeting"}).content.decode()
    assert ",Sender," in export
    for now, code in ((database_now(), LampCode.WATCH), (sender.due_at, LampCode.OVER)):
        for lamp in LampCode:
            rows = Case.objects.filter(lit(lamp, now), pk=case.pk)
            assert rows.exists() == (lamp is code), (lamp, code)
            found = page(
                world.gao, world.gao.posts, Tab.WORKING, filters=Filters(lamp=lamp), now=now
            )
            assert bool(found.lines) == (lamp is code), (lamp, code)
            assert all(line.lamp(now).code is code for line in found.lines)


def test_the_senders_day_comes_first_and_says_so(world: World) -> None:
    day = (database_now() + timedelta(days=1)).date()
    case = dispute(world, world.gao, sender="leader", sender_due=day)
    assert case.sender_due_at is not None
    [line] = [one for one in page(world.gao, world.gao.posts, Tab.TO_DO).lines if one.id == case.pk]
    assert line.whose.value == ("sender" if case.due_at == case.sender_due_at else "agency")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"sender": "hotline"}, "sender_due"),
        ({"sender_due": in_days}, "sender"),
        ({"sender": "neighbour", "sender_due": in_days}, "sender"),
    ],
)
def test_a_senders_day_needs_both_and_lies_ahead(world: World, values: dict, field: str) -> None:
    if "sender_due" in values:
        values = values | {"sender_due": in_days(3).date()}
    with pytest.raises(BadInput) as refusal:
        event(world, **values)
    assert refusal.value.field == field
    with pytest.raises(BadInput) as refusal:
        event(world, sender="above", sender_due=in_days(-2).date())
    assert refusal.value.field == "sender_due"
