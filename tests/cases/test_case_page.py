"""The page of one case: what it says, to whom, and that every look leaves a trace."""

import re
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import dossier, erasure, timeline
from cases.models import Attachment, Case, ClockStep
from cases.rules.workflow import Verb
from cases.transitions import database_now, possible_verbs
from grids.models import AccessLog, User
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import climb, dispute, do, event, in_days
from tests.world import PASSWORD, World


def path(case: Case) -> str:
    return reverse("cases:detail", args=[case.number])


def page(user: User, case: Case, language: str = "en") -> str:
    answer = at_desk(user, language).get(path(case))
    assert answer.status_code == 200
    return text_of(answer)


def test_the_facts_are_there(world: World) -> None:
    case = dispute(
        world, occurred_at=in_days(-9), received_at=in_days(-4.5), place="2组15号", people=5
    )
    text = page(world.gao, case)
    for words in (
        case.number, "情绪平稳", "Dispute", "Neighbours", "Found by the grid worker", "第1网格",
        "2组15号", "Recorded 4 days late", "Happened", "Received", "Registered", "Gao",
        "People taking part 5", "Waiting for sign-for",
    ):  # fmt: skip
        assert words in text, words


def test_the_ladder_shows_spans_units_and_their_source(world: World) -> None:
    case = climb(dispute(world), 1)
    text = page(world.gao, case)
    for words in (
        "1 working day", "2 working days", "3 working days", "东河村人民调解委员会",
        "湖滨区综治中心", "Time ran out", "default without a public source", "now",
    ):  # fmt: skip
        assert words in text, words
    assert ClockStep.objects.filter(clock__case=case).count() == 2


def test_a_limit_names_its_source(world: World) -> None:
    case = event(world)
    text = page(world.gao, case)
    assert "北京市12345市民服务热线服务规范" in text
    assert "7 calendar days" in text and "24 hours" in text


def test_every_look_is_logged(world: World) -> None:
    case = dispute(world)
    page(world.ouyang, case)
    row = AccessLog.objects.get(subject=case.number)
    assert (row.actor, row.action, row.tenant) == (world.ouyang, "view", world.lb)
    assert row.address == "127.0.0.1"


@pytest.mark.parametrize("name", ["bao", "wai", "ling", "dou", "mei", "du", "shui"])
def test_outside_the_area_it_does_not_exist(world: World, name: str) -> None:
    case = dispute(world)
    client = at_desk(world.people[name])
    assert client.get(path(case)).status_code == 404
    assert client.post(reverse("cases:unmask", args=[case.number, 1])).status_code == 404
    assert client.get(reverse("cases:act", args=[case.number, "sign"])).status_code == 404
    assert not AccessLog.objects.exists()


def test_numbers_nobody_gave_do_not_exist(world: World) -> None:
    client = at_desk(world.gao)
    for number in ("LB2026-999999", "x" * 300, "%00"):
        assert client.get(f"/case/{number}/").status_code == 404


def test_phones_stay_hidden_and_names_too_for_those_who_only_look(world: World) -> None:
    case = dispute(world)
    own, other = page(world.gao, case), page(world.su, case)
    assert "张三" in own and "138****5678" in own
    assert "张*" in other and "张三" not in other
    assert "13800005678" not in own + other


class TestUnmask:
    def reveal(self, world: World, case: Case, reason: str, user: User | None = None):
        party = case.parties.get(name="张三")
        where = reverse("cases:unmask", args=[case.number, party.pk])
        return at_desk(user or world.ouyang).post(where, {"reason": reason})

    def test_it_shows_once_and_keeps_the_reason(self, world: World) -> None:
        case = dispute(world)
        answer = self.reveal(world, case, "约定上门时间")
        assert "13800005678" in text_of(answer) and "张三" in text_of(answer)
        row = AccessLog.objects.with_words().get(action="unmask")
        assert (row.reason, row.words) == ("other", "约定上门时间") and row.subject == case.number
        assert "13800005678" not in page(world.ouyang, case)

    @pytest.mark.parametrize("reason", ["", "   ", "x" * 201, "a\u202eb"])
    def test_no_reason_shows_nothing(self, world: World, reason: str) -> None:
        answer = self.reveal(world, dispute(world), reason)
        assert answer.status_code == 422
        assert "13800005678" not in answer.content.decode()
        assert not AccessLog.objects.filter(action="unmask").exists()

    def test_a_party_of_another_case_is_not_shown(self, world: World) -> None:
        first, second = dispute(world), dispute(world)
        party = second.parties.get(name="张三")
        where = reverse("cases:unmask", args=[first.number, party.pk])
        assert at_desk(world.gao).post(where, {"reason": "x"}).status_code == 404

    def test_it_takes_a_form_only(self, world: World) -> None:
        case = dispute(world)
        where = reverse("cases:unmask", args=[case.number, case.parties.all()[0].pk])
        assert at_desk(world.gao).get(where).status_code == 405

    @pytest.mark.parametrize(("password", "status"), [("", 422), ("wrong", 422), (PASSWORD, 200)])
    def test_a_phone_signed_in_for_a_month_asks_for_the_password(
        self, world: World, monkeypatch: pytest.MonkeyPatch, password: str, status: int
    ) -> None:
        monkeypatch.setattr("django.conf.settings.DEMO", False)
        case = dispute(world)
        client = at_desk(world.gao)
        session = client.session
        session["kind"] = "field"
        session["started"] = session["seen"] = int(time.time())
        session.save()
        assert 'type="password"' in client.get(path(case)).content.decode()
        where = reverse("cases:unmask", args=[case.number, case.parties.get(name="张三").pk])
        answer = client.post(where, {"reason": "约定上门时间", "password": password})
        assert answer.status_code == status
        assert ("13800005678" in text_of(answer)) == (status == 200)
        assert AccessLog.objects.filter(action="unmask").exists() == (status == 200)

    def test_an_erased_party_stays_erased(self, world: World) -> None:
        case = dispute(world)
        party = case.parties.get(name="张三")
        erasure.erase_party(party.pk)
        text = page(world.gao, case)
        assert "(erased)" in text and "张三" not in text
        where = reverse("cases:unmask", args=[case.number, party.pk])
        assert at_desk(world.gao).post(where, {"reason": "x"}).status_code == 404


@pytest.mark.parametrize("name", ["gao", "cun", "ouyang", "su"])
def test_one_button_per_act_of_the_table(world: World, name: str) -> None:
    user = world.people[name]
    climb(dispute(world), 2)
    dispute(world)
    event(world)
    for case in Case.objects.visible_to(user):
        body = at_desk(user).get(path(case)).content.decode()
        offered = set(re.findall(rf"/case/{case.number}/act/(\w+)/", body))
        assert offered == {step.verb.value for step in possible_verbs(case, user)}


def test_an_act_without_needs_is_a_press(world: World) -> None:
    case = dispute(world)
    client = at_desk(world.gao)
    body = client.get(path(case)).content.decode()
    form = re.search(
        rf'<form method="post" action="/case/{case.number}/act/sign/">.*?</form>', body
    )
    assert form
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
    answer = client.post(f"/case/{case.number}/act/sign/", fields, follow=True)
    assert answer.redirect_chain[-1][0] == path(case)
    assert "Sign for: saved." in text_of(answer)
    again = client.post(f"/case/{case.number}/act/sign/", fields)
    assert again.status_code == 302  # the same press twice is one act
    assert case.events.filter(verb="sign").count() == 1


def test_the_timeline_reads_as_sentences(world: World) -> None:
    case = climb(dispute(world), 2)
    do(case, Verb.SIGN, world.ouyang)
    do(case, Verb.CO_HANDLE, world.ouyang, unit_id=world.land_office.pk, note="请来量地界")
    do(case, Verb.ASSIGN, world.ouyang, user_id=world.tan.pk)
    do(case, Verb.SUSPEND, world.ouyang, reason="weather", note="大雪封路", until=in_days(3))
    text = page(world.ouyang, case)
    for words in (
        "Registered; 第1网格 is responsible", "Overdue, raised by itself to 东河村人民调解委员会",
        "Signed for by 青石镇综治中心", "青石镇自然资源所 called in to co-handle", "请来量地界",
        "Given to Tan", "Weather or other outside cause", "大雪封路", "the system",
        "Ouyang · 青石镇综治中心", "Suspended",
    ):  # fmt: skip
        assert words in text, words


def test_every_verb_has_words(world: World) -> None:
    case = dispute(world)
    original = case.events.get()
    for verb in Verb:
        original.verb, original.other_id, original.seq = verb.value, world.gao.pk, 2
        known = timeline.names_in([original], [], world.gao)
        entry = timeline.entry(original, [], known)
        assert entry.title and "%(" not in entry.title


def test_corrections_show_before_and_after(world: World) -> None:
    case = dispute(world)
    do(case, Verb.CORRECT, world.gao, text="两家因排水沟和树争执。")
    do(case, Verb.RECLASSIFY, world.gao, category="D07", area_id=world.donghe2.pk, note="地点更正")
    text = page(world.ouyang, case)
    assert "Before: 两家因排水沟走向争执。情绪平稳。" in text
    assert "After: 两家因排水沟和树争执。" in text
    assert "Before: Neighbours" in text and "After: Forest and land" in text
    assert "After: 第2网格" in text


def test_an_erased_note_says_so(world: World) -> None:
    case = dispute(world)
    do(case, Verb.SUPPLEMENT, world.gao, note="张三今天来过")
    case.notes.filter(field="note").update(text="", salt=b"", erased_at=database_now())
    assert "(these words were erased)" in page(world.gao, case)


def test_supplements_stand_below_the_story(world: World) -> None:
    case = dispute(world)
    do(case, Verb.SUPPLEMENT, world.gao, note="今天又吵了一次")
    found = dossier.read(world.gao, dossier.find(world.gao, case.number), database_now())
    assert [entry.words for entry in found.supplements] == [["今天又吵了一次"]]


def test_possible_duplicates_are_near_and_phones_only_a_hint(world: World) -> None:
    case = dispute(world)
    same = dispute(world, text="隔壁盖房占了路", category="D03")
    elsewhere = dispute(world, world.shui)
    found = dossier.read(world.ouyang, dossier.find(world.ouyang, case.number), database_now())
    assert found.alike[0] == (same, True)
    assert elsewhere not in [one for one, _ in found.alike]
    assert "same phone" in page(world.ouyang, case)


def test_links_merges_and_splits_lead_to_each_other(world: World) -> None:
    one, two, three = dispute(world), dispute(world), dispute(world)
    do(one, Verb.LINK, world.gao, other=two.number)
    do(three, Verb.MERGE, world.gao, other=one.number, note="同一件事")
    do(two, Verb.SPLIT, world.gao, text="另一件：围墙也倒了。")
    text = page(world.gao, one)
    assert two.number in text and three.number in text and "merged into this one" in text
    assert "Merged into" in page(world.gao, three)
    assert "split off" in page(world.gao, two)


def test_mediation_tellings_and_revisits_are_shown(world: World) -> None:
    case = dispute(world)
    do(case, Verb.SIGN, world.gao)
    do(case, Verb.MEDIATE, world.gao, applicant_agrees=True, respondent_agrees=True,
       until=in_days(2), place="村调解室")  # fmt: skip
    do(case, Verb.TELL, world.gao, channel="call")
    do(case, Verb.AGREE_WRITTEN, world.gao, note="各退半米", perform_by=in_days(20))
    do(case, Verb.VERIFY, world.cun, note="看过")
    do(case, Verb.STRIKE, world.cun)
    text = page(world.ouyang, case)
    for words in ("Both parties", "村调解室", "Agreed on", "To be performed by", "Phone call",
                  "Agreement kept?", "Written agreement", "Verified by", "Closed"):  # fmt: skip
        assert words in text, words


def test_the_supervision_list_is_shown(world: World) -> None:
    text = page(world.su, climb(dispute(world), 4))
    assert "Supervision list" in text and "湖滨区综治中心" in text


def test_photos_are_linked_when_ready(world: World) -> None:
    case = dispute(world)
    for state in ("ready", "quarantined", "refused"):
        Attachment.objects.create(
            case=case, tenant=world.lb, uploaded_by=world.gao, at=database_now(), name="a.jpg",
            media_type="image/jpeg", size=1, sha256=b"", storage_key=state, state=state,
        )  # fmt: skip
    body = at_desk(world.gao).get(path(case)).content.decode()
    assert body.count("<img class=") == 1
    assert "Photo is being prepared" in body


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", ["gao", "ouyang"])
def test_phone_and_desk_in_both_languages(world: World, name: str, language: str) -> None:
    case = dispute(world)
    assert case.number in page(world.people[name], case, language)


def test_the_page_asks_the_same_however_long_the_history(world: World) -> None:
    case = dispute(world)
    client = at_desk(world.gao)
    client.get(path(case))
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            client.get(path(case))
        counts.append(len(captured))
        for _ in range(4):
            do(case, Verb.SUPPLEMENT, world.gao, note="又来过")
    assert counts[0] == counts[1]
