"""The page of an act: its form, its refusals, and what stays when somebody was faster."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases.clocks import ZONE
from cases.forms import ActForm
from cases.models import Case, Clock, Mediation, Recusal, Telling
from cases.rules.workflow import STEPS, Kind, Need, Status, Verb
from cases.transitions import database_now
from grids.models import User
from grids.roles import Role
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import climb, dispute, do, event, in_days
from tests.world import World


def path(case: Case, verb: Verb) -> str:
    return reverse("cases:act", args=[case.number, verb.value])


def post(user: User, case: Case, verb: Verb, /, **values: Any) -> Any:
    return at_desk(user).post(path(case, verb), values)


def local(days: float) -> str:
    """What a browser sends for a moment ``days`` from now."""
    return f"{(database_now() + timedelta(days=days)).astimezone(ZONE):%Y-%m-%dT%H:%M}"


def signed(world: World) -> Case:
    return do(dispute(world), Verb.SIGN, world.gao)


def fields(client: Client, case: Case, verb: Verb) -> str:
    answer = client.get(path(case, verb))
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_need_can_be_drawn(world: World) -> None:
    case = Case.objects.select_related("story", "category", "area").get(pk=dispute(world).pk)
    drawn = set()
    for kind in Kind:
        for step in STEPS[kind]:
            form = ActForm(case, step, world.gao, database_now())
            assert "<form" not in form.as_p()
            drawn |= set(step.needs)
    assert drawn == set(Need)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", ["gao", "ouyang"])
def test_every_open_act_has_a_page(world: World, name: str, language: str) -> None:
    user = world.people[name]
    case = dispute(world) if name == "gao" else climb(dispute(world), 2)
    client = at_desk(user, language)
    body = client.get(reverse("cases:detail", args=[case.number])).content.decode()
    verbs = set(re.findall(rf"/case/{case.number}/act/(\w+)/", body))
    assert len(verbs) > 10
    for verb in verbs:
        assert client.get(f"/case/{case.number}/act/{verb}/").status_code == 200, verb


def test_a_return_with_reason(world: World) -> None:
    case = climb(dispute(world), 1)
    body = fields(at_desk(world.cun), case, Verb.RETURN)
    assert "Information incomplete" in body and 'value="incomplete"' in body
    answer = post(world.cun, case, Verb.RETURN, reason="incomplete", note="缺电话")
    assert answer.status_code == 302
    case.refresh_from_db()
    assert case.status == Status.RETURNED and case.holder_unit == world.donghe1_team


@pytest.mark.parametrize(("verb", "values", "words"), [
    (Verb.RETURN, {"note": "缺电话"}, "This field is required."),
    (Verb.RETURN, {"reason": "weather", "note": "x"}, "Select a valid choice"),
    (Verb.RETURN, {"reason": "incomplete", "note": "x" * 1001}, "at most 1000"),
    (Verb.TRANSFER, {"unit": "99999999", "note": "x"}, "Select a valid choice"),
    (Verb.TRANSFER, {"unit": "²", "note": "x"}, "Select a valid choice"),
    (Verb.HAND_DOWN, {"unit": "", "until": "yesterday", "note": "x"}, "date and a time"),
    (Verb.MERGE, {"other": "LB2026-999999", "note": "x"}, "There is no such case in your area."),
    (Verb.RAISE, {"reason": "pressing", "note": "  "}, "This field is required."),
    (Verb.RETURN, {"reason": "incomplete", "note": "x", "rev": "-1"}, "greater than or equal"),
])  # fmt: skip
def test_what_is_wrong_stands_at_its_field(
    world: World, verb: Verb, values: dict[str, str], words: str
) -> None:
    case = climb(dispute(world), 1)
    answer = post(world.cun, case, verb, **values)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert case.events.count() == 2


def test_rules_answer_at_the_field_they_name(world: World) -> None:
    case = signed(world)
    body = post(world.gao, case, Verb.MEDIATE, applicant_agrees="on").content.decode()
    assert re.search(
        r"id_applicant_agrees.*Mediation starts only when both parties agree", body, re.S
    )
    late = post(world.gao, case, Verb.SUSPEND, reason="weather", note="雪", until=local(200))
    assert late.status_code == 422
    assert "Choose a review day within the next 90 days." in text_of(late)
    assert ">雪</textarea>" in late.content.decode().replace("\n", "")


def test_mediation_with_consent_session_and_agreement(world: World) -> None:
    case = signed(world)
    answer = post(world.gao, case, Verb.MEDIATE, applicant_agrees="on", respondent_agrees="on",
                  until=local(2), place="村调解室")  # fmt: skip
    assert answer.status_code == 302
    session = case.sessions.get()
    assert f"{session.planned_at.astimezone(ZONE):%Y-%m-%dT%H:%M}" == local(2)
    assert session.place == "村调解室"
    until = (database_now() + timedelta(days=20)).astimezone(ZONE).date()
    post(world.gao, case, Verb.AGREE_WRITTEN, note="各退半米", perform_by=until.isoformat())
    assert Mediation.objects.get(case=case).perform_by == until


def test_mediation_may_begin_before_a_session_is_dated(world: World) -> None:
    case = signed(world)
    answer = post(world.gao, case, Verb.MEDIATE, applicant_agrees="on", respondent_agrees="on")
    assert answer.status_code == 302
    assert post(world.gao, case, Verb.SESSION).status_code == 422


def test_units_near_the_place_are_offered_and_others_found_by_name(world: World) -> None:
    case = climb(dispute(world), 2)
    client = at_desk(world.ouyang)
    body = fields(client, case, Verb.TRANSFER)
    for unit in (world.land_office, world.donghe1_team, world.hubin_centre):
        assert f'value="{unit.pk}"' in body
    assert f'<option value="{world.dukou_committee.pk}"' not in body
    assert f'<option value="{world.qingshi_centre.pk}"' not in body  # has it already
    found = client.get(path(case, Verb.TRANSFER), {"q": "渡口"}).content.decode()
    assert f'<option value="{world.dukou_committee.pk}"' in found
    stranger = client.get(path(case, Verb.TRANSFER), {"q": "南山"}).content.decode()
    assert f'<option value="{world.nanshan_centre.pk}"' not in stranger


def test_searching_keeps_what_was_typed_and_writes_nothing(world: World) -> None:
    case = climb(dispute(world), 2)
    answer = post(world.ouyang, case, Verb.TRANSFER, q="渡口", note="请接着办", search="1")
    assert answer.status_code == 200
    body = answer.content.decode()
    assert "请接着办" in body and f'<option value="{world.dukou_committee.pk}"' in body
    assert "This field is required" not in body
    chosen = post(world.ouyang, case, Verb.TRANSFER, unit=world.dukou_committee.pk, note="x")
    assert chosen.status_code == 302


def test_only_units_below_are_handed_to(world: World) -> None:
    case = climb(dispute(world), 2)
    body = fields(at_desk(world.ouyang), case, Verb.HAND_DOWN)
    assert f'<option value="{world.shiqiao_committee.pk}"' in body
    assert f'<option value="{world.hubin_centre.pk}"' not in body
    answer = post(world.ouyang, case, Verb.HAND_DOWN, unit=world.donghe_committee.pk,
                  until=local(3), note="请三日内办结")  # fmt: skip
    assert answer.status_code == 302
    assert Clock.objects.filter(case=case, code="handed_down").exists()


def test_only_helping_units_can_be_released(world: World) -> None:
    case = climb(dispute(world), 2)
    do(case, Verb.CO_HANDLE, world.ouyang, unit_id=world.land_office.pk, note="量地界")
    body = fields(at_desk(world.ouyang), case, Verb.END_CO_HANDLE)
    assert f'value="{world.land_office.pk}"' in body
    assert f'value="{world.donghe1_team.pk}"' not in body
    assert (
        post(world.ouyang, case, Verb.END_CO_HANDLE, unit=world.land_office.pk).status_code == 302
    )


def test_colleagues_and_mediators_are_offered_by_name(world: World) -> None:
    case = climb(dispute(world), 2)
    Recusal.objects.create(case=case, tenant=world.lb, user=world.tan, since=database_now())
    body = fields(at_desk(world.ouyang), case, Verb.ASSIGN)
    assert f'value="{world.mei.pk}"' in body and f'value="{world.ouyang.pk}"' in body
    for user in (world.tan, world.bao, world.ling):
        assert f'name="user" value="{user.pk}"' not in body
    assert post(world.ouyang, case, Verb.ASSIGN, user=world.mei.pk).status_code == 302


def test_places_around_are_offered_for_a_correction(world: World) -> None:
    case = dispute(world)
    client = at_desk(world.ouyang)
    body = fields(client, case, Verb.RECLASSIFY)
    assert (
        f'<option value="{world.donghe2.pk}"' in body
        and f'<option value="{world.shiqiao.pk}"' in body
    )
    answer = post(world.ouyang, case, Verb.RECLASSIFY, category="D07", area=world.donghe2.pk,
                  note="地点更正")  # fmt: skip
    assert answer.status_code == 302
    case.refresh_from_db()
    assert (case.area, case.category.code) == (world.donghe2, "D07")


def test_tellings_of_one_party_or_all(world: World) -> None:
    case = dispute(world)
    party = case.parties.get(name="李四")
    post(world.gao, case, Verb.TELL, channel="call", party=party.pk)
    assert Telling.objects.get().party == party
    post(world.gao, case, Verb.TELL, channel="visit")
    assert Telling.objects.count() == 3


def test_the_second_to_save_hears_who_was_first_and_keeps_the_words(world: World) -> None:
    case = climb(dispute(world), 2)
    client = at_desk(world.ouyang)
    body = fields(client, case, Verb.RAISE)
    rev = re.search(r'name="rev" value="(\d+)"', body)
    assert rev
    do(case, Verb.SIGN, world.tan)
    values = {"rev": rev[1], "reason": "pressing", "note": "请区里协调", "key": "k1"}
    answer = client.post(path(case, Verb.RAISE), values)
    assert answer.status_code == 409
    text = text_of(answer)
    assert "Signed for by 青石镇综治中心 · Tan" in text
    assert "请区里协调" in text
    kept = answer.content.decode()
    assert f'name="rev" value="{int(rev[1]) + 1}"' in kept
    assert re.search(r'value="pressing"[^>]*checked', kept)
    case.refresh_from_db()
    assert case.status == Status.SIGNED
    fresh = re.search(r'name="rev" value="(\d+)"', kept)
    assert fresh
    again = client.post(path(case, Verb.RAISE), values | {"rev": fresh[1], "key": "k2"})
    assert again.status_code == 302


def test_what_is_no_longer_possible_can_be_copied(world: World) -> None:
    case = climb(dispute(world), 2)
    do(case, Verb.SIGN, world.tan)
    do(case, Verb.FINISH, world.tan, note="和好")
    answer = post(world.ouyang, case, Verb.RAISE, reason="pressing", note="请区里协调")
    assert answer.status_code == 409
    text = text_of(answer)
    assert "so that you can copy it" in text and "请区里协调" in text
    assert 'class="btn pri">Raise' not in answer.content.decode()


def test_a_retry_with_the_same_key_is_one_act(world: World) -> None:
    case = dispute(world)
    values = {"note": "补充一句", "key": "same", "rev": str(case.last_seq)}
    for _ in range(2):
        assert post(world.gao, case, Verb.SUPPLEMENT, **values).status_code == 302
    assert case.events.filter(verb="supplement").count() == 1


def test_the_wrong_post_gets_403_and_the_unknown_404(world: World) -> None:
    case = dispute(world)
    client = at_desk(world.ouyang)
    assert client.get(path(case, Verb.SIGN)).status_code == 403
    assert client.post(path(case, Verb.SIGN)).status_code == 403
    assert client.get(path(case, Verb.CLIMB)).status_code == 403
    assert client.get(f"/case/{case.number}/act/explode/").status_code == 404
    assert client.post(f"/case/{case.number}/act/explode/").status_code == 404
    matter = event(world)
    assert client.post(path(matter, Verb.MEDIATE)).status_code == 404
    assert at_desk(world.bao).post(path(case, Verb.NUDGE)).status_code == 404


def test_an_act_that_cannot_begin_answers_409(world: World) -> None:
    case = dispute(world)
    assert at_desk(world.gao).get(path(case, Verb.SUSPEND)).status_code == 409
    assert post(world.gao, case, Verb.RETURN, reason="incomplete", note="x").status_code == 409


def test_a_case_that_leaves_sight_leads_home(world: World) -> None:
    helper = world.person("zhou", Role.HANDLER, world.land_office)
    case = climb(dispute(world), 2)
    do(case, Verb.TRANSFER, world.ouyang, unit_id=world.land_office.pk, note="x")
    Case.objects.filter(pk=case.pk).update(restricted=False)
    do(case, Verb.SIGN, helper)
    answer = post(helper, case, Verb.TRANSFER, unit=world.qingshi_centre.pk, note="不归我们")
    assert answer.status_code == 302
    case.units.filter(unit=world.land_office).update(until=database_now())
    assert at_desk(helper).get(reverse("cases:detail", args=[case.number])).status_code == 404


def test_a_correction_begins_with_the_old_text(world: World) -> None:
    case = dispute(world)
    assert "情绪平稳" in fields(at_desk(world.gao), case, Verb.CORRECT)


def test_acts_of_reopening_and_revisiting(world: World) -> None:
    case = signed(world)
    do(case, Verb.MEDIATE, world.gao, applicant_agrees=True, respondent_agrees=True)
    do(case, Verb.AGREE_ORAL, world.gao, note="和好")
    assert post(world.cun, case, Verb.VERIFY, note="上门看过").status_code == 302
    assert post(world.cun, case, Verb.STRIKE).status_code == 302
    assert post(world.ouyang, case, Verb.REVISIT, result="x", note="x").status_code == 422
    answer = post(world.ouyang, case, Verb.REVISIT, result="relapsed", note="又吵了")
    assert answer.status_code == 302
    case.refresh_from_db()
    assert case.status == Status.REGISTERED and in_days(0) <= case.due_at
