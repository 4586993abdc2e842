"""Deadlines that a change moved to an earlier day are told to who holds the cases, in one line."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from cases import calendars, escalation, outbox, restarting
from cases.models import Case, Notice, Outbox, Recusal
from cases.rules.workflow import Verb
from tests.cases.daysoff import give_day, workday_ahead
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import climb, dispute, do, event, in_days
from tests.cases.proposing import approved, ladder, limit, wish
from tests.cases.sealed import liaisons
from tests.cases.test_recounting import follow
from tests.world import World

SHORTER, LONGER = ladder(8, 8, 8, 8, unit="hour"), ladder(9, 9, 9, 9)


def messages(verb: Verb = Verb.RESTART) -> list[tuple[int | None, list[int]]]:
    rows = Outbox.objects.filter(verb=verb.value).order_by("case_id")
    return list(rows.values_list("unit_id", "case_ids"))


def heard_by(verb: Verb = Verb.RESTART) -> dict[str, list[int]]:
    """Per person the cases of each line of the verb."""
    outbox.deliver(in_days(0))
    found: dict[str, list[int]] = {}
    for row in Notice.objects.filter(verb=verb.value).select_related("user"):
        assert row.user.username not in found, "one line for each person"
        found[row.user.username] = row.case_ids
    return found


def test_one_message_per_unit_and_one_line_per_person(world: World) -> None:
    there = climb(dispute(world), 1)
    first, second, far = dispute(world), dispute(world), dispute(world, world.shui)
    approved(world, wish(body=SHORTER))
    assert [case.events.filter(verb="restart").count() for case in (first, second, far, there)] == [
        1, 1, 1, 1,
    ]  # fmt: skip
    assert messages() == [
        (there.holder_unit_id, [there.pk]), (first.holder_unit_id, [first.pk, second.pk]),
        (far.holder_unit_id, [far.pk]),
    ]  # fmt: skip
    heard = heard_by()
    assert heard["gao"] == [first.pk, second.pk] and heard["shui"] == [far.pk]
    assert heard["cun"] == [there.pk] and "ouyang" not in heard and "su" not in heard
    assert heard_by() == heard, "nothing is told twice"
    page = text_of(at_desk(world.gao).get("/notices/"))
    assert "A deadline comes earlier: a rule was changed" in page and "2 matters" in page


def test_what_comes_later_or_stays_tells_nobody(world: World) -> None:
    dispute(world)
    approved(world, wish(body=LONGER))
    event(world)
    approved(world, wish("limit.event_general", limit(7, "calendar_day")))
    assert messages() == []


def test_batches_stay_one_line(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [dispute(world) for _one in range(3)]
    monkeypatch.setattr(restarting, "cut", partial(restarting.cut, size=1))
    approved(world, wish(body=SHORTER))
    assert len(messages()) == 3  # one per unit and batch
    assert heard_by()["gao"] == [case.pk for case in cases]


def test_who_stays_away_and_what_went_on_is_left_out(world: World) -> None:
    kept, away, climbed = dispute(world), dispute(world), dispute(world)
    approved(world, wish(body=SHORTER))
    Recusal.objects.create(
        case=away, tenant_id=away.tenant_id, user=world.gao, since=timezone.now()
    )
    Case.objects.filter(pk=climbed.pk).update(holder_unit=world.donghe_committee)
    assert heard_by() == {"gao": [kept.pk]}


def test_a_sealed_matter_takes_only_itself_out_of_the_message(world: World) -> None:
    first, second = dispute(world), dispute(world)
    approved(world, wish(body=SHORTER))
    liaisons(world)
    do(first, Verb.SEAL, world.gao, unit_id=world.land_office.pk)
    assert heard_by() == {"gao": [second.pk]}


def test_a_delivery_takes_no_more_than_it_can_hold(world: World) -> None:
    rows = [Outbox(case_ids=list(range(n))) for n in (9_000, 9_000, 9_000)]
    assert outbox.so_many(rows) == rows[:2]
    assert outbox.so_many([Outbox(case_ids=list(range(50_000)))])
    assert outbox.so_many([]) == []


def test_a_calendar_says_so_in_one_message(world: World) -> None:
    back = workday_ahead(1)
    give_day(world.su, world.hubin, back)
    cases = [dispute(world), dispute(world)]
    calendars.bring_in(world.su, calendars.propose_day(world.hubin, back, "撤销"))
    assert escalation.sweep("test", now=in_days(0) + timedelta(seconds=1)).climbs == 0
    assert follow() == 2
    assert messages(Verb.RECOUNT) == [(cases[0].holder_unit_id, [case.pk for case in cases])]
    assert heard_by(Verb.RECOUNT)["gao"] == [case.pk for case in cases]
