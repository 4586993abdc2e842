"""The lists beside the queues: mediations, revisits, notices."""

import re

import pytest
from django.urls import reverse

from cases import followups, outbox
from cases.models import Case, Notice, Revisit
from cases.rules.workflow import Verb
from cases.transitions import database_now
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import climb, dispute, do, event, in_days
from tests.world import World

MEDIATIONS, REVISITS = reverse("cases:mediations"), reverse("cases:revisits")
NOTICES, READ = reverse("cases:notices"), reverse("cases:notices_read")


def assigned(world: World) -> Case:
    case = dispute(world)
    do(case, Verb.SIGN, world.gao)
    return do(case, Verb.ASSIGN, world.gao, user_id=world.mei.pk)


def struck(world: World) -> Case:
    case = assigned(world)
    do(case, Verb.MEDIATE, world.mei, applicant_agrees=True, respondent_agrees=True)
    do(case, Verb.AGREE_WRITTEN, world.mei, note="各退半米")
    do(case, Verb.VERIFY, world.cun, note="看过")
    return do(case, Verb.STRIKE, world.cun)


class TestMediations:
    def test_consent_session_norm_and_buttons(self, world: World) -> None:
        case = assigned(world)
        client = at_desk(world.mei)
        text = text_of(client.get(MEDIATIONS))
        for words in (case.number, "Not asked yet", "Not dated yet", "Start mediation"):
            assert words in text
        do(case, Verb.MEDIATE, world.mei, applicant_agrees=True, respondent_agrees=True,
           until=in_days(2))  # fmt: skip
        text = text_of(client.get(MEDIATIONS))
        for words in ("Both parties agree", "Next session", "One-month norm", "Written agreement",
                      "A party declines"):  # fmt: skip
            assert words in text

    def test_what_is_offered_can_be_done(self, world: World) -> None:
        case = assigned(world)
        client = at_desk(world.mei)
        body = client.get(MEDIATIONS).content.decode()
        verbs = re.findall(rf"/case/{case.number}/act/(\w+)/", body)
        assert "mediate" in verbs and "transfer" not in verbs
        for verb in verbs:
            assert client.get(f"/case/{case.number}/act/{verb}/").status_code == 200

    def test_ended_ones_show_their_outcome(self, world: World) -> None:
        case = assigned(world)
        do(case, Verb.REFUSE, world.mei, note="已告知可诉讼")
        text = text_of(at_desk(world.mei).get(MEDIATIONS))
        assert "Ended lately" in text and "A party declines mediation" in text

    def test_only_assigned_ones(self, world: World) -> None:
        dispute(world)
        answer = at_desk(world.mei).get(MEDIATIONS)
        assert "No dispute is assigned to you." in text_of(answer)

    def test_leaders_have_none(self, world: World) -> None:
        assert at_desk(world.ling).get(MEDIATIONS).status_code == 403

    def test_a_past_session_is_the_last_one(self, world: World) -> None:
        case = assigned(world)
        do(case, Verb.MEDIATE, world.mei, applicant_agrees=True, respondent_agrees=True,
           until=in_days(2))  # fmt: skip
        opened, _ = followups.disputes(world.mei, in_days(3))
        assert opened[0].session and not opened[0].upcoming


class TestRevisits:
    def test_open_ones_of_the_own_unit(self, world: World) -> None:
        case = struck(world)
        text = text_of(at_desk(world.ouyang).get(REVISITS))
        assert case.number in text and "Agreement kept?" in text
        assert "Record what was found" in text
        assert case.number not in text_of(at_desk(world.bao).get(REVISITS))

    def test_whoever_handled_it_sees_that_somebody_else_looks(self, world: World) -> None:
        case = struck(world)
        Revisit.objects.filter(case=case).update(handler=world.ouyang)
        text = text_of(at_desk(world.ouyang).get(REVISITS))
        assert "Handled by you; somebody else looks" in text

    def test_none_is_open(self, world: World) -> None:
        assert "No revisit is open." in text_of(at_desk(world.ouyang).get(REVISITS))

    def test_grid_workers_do_none(self, world: World) -> None:
        assert at_desk(world.gao).get(REVISITS).status_code == 403

    def test_pages_follow_by_key(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(followups, "PAGE", 1)
        cases = [struck(world), struck(world)]
        client = at_desk(world.ouyang)
        first = client.get(REVISITS)
        assert cases[0].number in text_of(first) and cases[1].number not in text_of(first)
        link = re.search(r'href="([^"]+)" rel="next"', first.content.decode())
        assert link
        assert cases[1].number in text_of(client.get(link[1].replace("&amp;", "&")))
        assert client.get(REVISITS, {"after": "x"}).status_code == 400


class TestNotices:
    def test_a_new_matter_rings_and_is_read(self, world: World) -> None:
        case = climb(dispute(world), 1)
        outbox.deliver(in_days(9))
        client = at_desk(world.cun)
        text = text_of(client.get(NOTICES))
        assert case.number in text
        assert "An overdue matter was raised to your unit by itself" in text
        assert "张三" not in text
        assert client.get(READ).status_code == 405
        assert client.post(READ).status_code == 302
        assert not Notice.objects.filter(user=world.cun, read_at=None).exists()
        assert Notice.objects.filter(user=world.gao, read_at=None).exists()

    def test_one_alone_can_be_read_and_only_ones_own(self, world: World) -> None:
        climb(dispute(world), 1)
        outbox.deliver(in_days(9))
        mine, theirs = (Notice.objects.filter(user=one).first() for one in (world.cun, world.gao))
        assert mine and theirs
        client = at_desk(world.cun)
        for pk in (theirs.pk, "x", "9" * 30):
            client.post(READ, {"notice": pk})
        assert Notice.objects.exclude(read_at=None).count() == 0
        client.post(READ, {"notice": mine.pk})
        assert Notice.objects.exclude(read_at=None).get() == mine

    def test_many_are_one_line_that_leads_to_the_queue(self, world: World) -> None:
        for _ in range(6):
            dispute(world)
        outbox.deliver()
        answer = at_desk(world.gao).get(NOTICES)
        assert "6 matters" in text_of(answer)
        post = world.gao.posts[0].id
        assert f"/queue/?tab=todo&amp;post={post}" in answer.content.decode()

    def test_what_left_the_area_is_named_no_more(self, world: World) -> None:
        case = climb(dispute(world), 1)
        outbox.deliver(in_days(9))
        Notice.objects.filter(user=world.cun).update(user=world.bao)
        text = text_of(at_desk(world.bao).get(NOTICES))
        assert case.number not in text and "no longer in your area" in text

    def test_an_empty_bell_and_a_bad_page(self, world: World) -> None:
        client = at_desk(world.gao)
        assert "Nothing has happened yet." in text_of(client.get(NOTICES))
        assert client.get(NOTICES, {"after": "x"}).status_code == 400

    @pytest.mark.parametrize("verb", list(Verb))
    def test_every_verb_has_words(self, world: World, verb: Verb) -> None:
        case = dispute(world)
        Notice.objects.create(
            tenant=world.lb, user=world.gao, dedupe_key="x", at=database_now(),
            verb=verb.value, case=case,
        )  # fmt: skip
        assert at_desk(world.gao).get(NOTICES).status_code == 200

    def test_pages_follow_by_key(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(followups, "PAGE", 2)
        for _ in range(3):
            event(world, category="E08")  # urgent: each a line of its own
        outbox.deliver()
        client = at_desk(world.ouyang)
        link = re.search(r'href="([^"]+)" rel="next"', client.get(NOTICES).content.decode())
        assert link
        answer = client.get(link[1].replace("&amp;", "&"))
        assert answer.content.decode().count("<li>") == 1
