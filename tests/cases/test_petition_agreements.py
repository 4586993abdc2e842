"""An agreement instead of an opinion (Art. 33), and what is reported upward at once (Art. 25)."""

from datetime import timedelta

import pytest
from django.utils.translation import override

from cases import clocks, resident
from cases.idling import idle_acts
from cases.models import Case, ClockStep, Outbox
from cases.receipt import next_step
from cases.rules.terms import Outcome, Paper, Status, Verb
from cases.timeline import timeline
from cases.transitions import database_now
from grids.errors import BadInput, WrongState
from grids.roles import Role
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import do, in_days
from tests.cases.petitions import (
    AGREED,
    BOTH,
    accepted,
    conciliating,
    forwarded,
    lodged,
    settled,
)
from tests.world import World


def running(case: Case) -> dict[str, object]:
    return dict(clocks.running(case).values_list("code", "due_at"))


def test_no_clock_stands_still_while_the_parties_seek_an_agreement(world: World) -> None:
    case = accepted(world, sender="hotline", sender_due=in_days(9).date())
    before = running(case)
    case = do(case, Verb.CONCILIATE, world.han, **BOTH, note="属裁量范围")
    assert case.status == Status.CONCILIATING
    case = do(case, Verb.SESSION, world.han, until=in_days(3), place="镇调解室")
    assert running(case) == before and set(before) == {"handle", "sender"}
    told = resident.progress(case, database_now())
    assert [place for _, place in told.meetings] == ["镇调解室"]
    assert "青石镇自然资源所" in told.coming and told.coming == next_step(case)
    case = do(case, Verb.EXTEND, world.people["lin"], days=5, note="再谈一次", method="post")
    longer = case.clocks.get(code="handle").due_at
    assert longer == before["handle"] + timedelta(days=5)  # type: ignore[operator]
    case = do(case, Verb.BREAK_OFF, world.han, note="一方不再同意")
    assert case.status == Status.ACCEPTED and running(case)["handle"] == longer
    assert case.mediation.outcome == Outcome.FAILED and case.mediation.ended_at


def test_an_agreement_in_writing_ends_the_matter(world: World) -> None:
    case = settled(world, sender="hotline", sender_due=in_days(9).date())
    assert (case.status, case.outcome) == (Status.SETTLED, Outcome.SETTLED)
    assert case.closed_at and running(case) == {}
    steps = ClockStep.objects.filter(clock__case=case, clock__code__in=["handle", "sender"])
    assert {row.outcome for row in steps} == {"done"}
    paper = case.papers.get(sort=Paper.SETTLEMENT.value)
    assert (paper.conclusion, paper.method) == ("mediated", "in_person") and paper.served_on
    with override("en"):
        told = resident.progress(case, database_now())
    assert told.closed and not told.meetings and not told.acts
    assert [line.says for line in told.papers][-1] == "Mediation agreement"
    again = do(case, Verb.REOPEN, world.su, note="约定没有履行")
    assert again.status == Status.LODGED and again.outcome == ""


def test_both_sides_and_the_discretion_are_asked_for(world: World) -> None:
    case = accepted(world)
    for missing, field in (({"respondent_agrees": False}, "consent"), ({"note": " "}, "note")):
        with pytest.raises(BadInput) as refusal:
            do(case, Verb.CONCILIATE, world.han, **BOTH | {"note": "属裁量范围"} | missing)
        assert refusal.value.field == field
    suggestion = do(forwarded(world), Verb.ACCEPT, world.han, route="suggestion", method="post")
    with pytest.raises(WrongState, match="no two sides"):
        do(suggestion, Verb.CONCILIATE, world.han, **BOTH, note="属裁量范围")
    assert Verb.CONCILIATE in idle_acts(suggestion)
    assert Verb.CONCILIATE not in idle_acts(case)


def test_who_assigned_it_hears_of_the_agreement(world: World) -> None:
    case = lodged(world)
    case = do(case, Verb.ENTRUST, world.people["pan"], unit_id=world.land_office.pk, note="查清",
              until=in_days(20))  # fmt: skip
    case = do(case, Verb.ACCEPT, world.han, route="petition", method="post")
    case = do(case, Verb.CONCILIATE, world.han, **BOTH, note="属裁量范围")
    case = do(case, Verb.SETTLE, world.han, **AGREED)
    heard = Outbox.objects.filter(
        case_id=case.pk, seq=case.last_seq, unit_id=world.hubin_petition.pk
    )
    assert heard.exists()


def test_a_grave_matter_is_reported_upward_and_stays_where_it_is(world: World) -> None:
    case = forwarded(world)
    world.person("zheng", Role.LEADER, world.qingshi_government)
    before, holder = running(case), case.holder_unit
    case = do(case, Verb.REPORT_GRAVE, world.han, note="涉及二十余户，雨季临近")
    assert (case.status, case.holder_unit) == (Status.FORWARDED, holder)
    assert running(case) == before
    sent = Outbox.objects.filter(case_id=case.pk, seq=case.last_seq)
    assert {(row.unit_id, row.urgent) for row in sent} == {
        (world.qingshi_government.pk, True), (world.hubin_petition.pk, True),
    }  # fmt: skip
    for name in ("zheng", "pan"):
        assert Case.objects.visible_to(world.people[name]).filter(pk=case.pk).exists(), name
    with override("en"):
        first = timeline(case, world.han)[0]
    assert "grave or urgent" in first.title
    assert f"Reported to: {world.qingshi_government.name}、{world.hubin_petition.name}" in (
        first.words
    )
    with pytest.raises(BadInput) as refusal:
        do(case, Verb.REPORT_GRAVE, world.han, note="")
    assert refusal.value.field == "note"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_act_of_an_agreement_has_its_page(world: World, language: str) -> None:
    case = conciliating(world)
    client = at_desk(world.han, language)
    page = text_of(client.get(f"/case/{case.number}/"))
    for verb in ("session", "settle", "break_off", "report_grave"):
        assert client.get(f"/case/{case.number}/act/{verb}/").status_code == 200, verb
    assert ("Record the agreement reached" if language == "en" else "制作协议书") in page
    answer = client.post(
        f"/case/{case.number}/act/settle/",
        {"conclusion": "mediated", "note": "赔偿三千元", "rev": case.last_seq},
    )
    assert answer.status_code == 422 and "赔偿三千元" in answer.content.decode()
