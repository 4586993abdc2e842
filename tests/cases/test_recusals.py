"""Nobody acts in a matter of their own: asked, decided by the head, and gone from every page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases import outbox, queues, standing, transitions
from cases.deciders import deciding_unit
from cases.intake import PartyDraft
from cases.models import Attachment, Case, CaseEvent, Notice, Recusal, RecusalRequest
from cases.overdue import pass_overdue
from cases.queues import Filters, Tab
from cases.recusals import on_case, to_decide
from cases.rules.workflow import Stand, Status, Verb
from grids.errors import BadInput, NotAllowed, NotVisible, WrongState
from grids.models import Posting, User
from grids.roles import Role
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import climb, dispute, do, event
from tests.cases.test_two_people import Thread, acting, locked, until, waiting_for_a_lock
from tests.world import World

WHY = {"note": "被申请人是本人表兄"}
YES = {"note": "情况属实，同意回避"}
NO = {"note": "经核查无利害关系"}


def township(world: World) -> Case:
    """A dispute that stands at the township, where ouyang and tan work."""
    return climb(dispute(world), 2)


def declared(world: World) -> Case:
    return do(township(world), Verb.DECLARE_INTEREST, world.ouyang, **WHY)


def recused(world: World) -> Case:
    return do(declared(world), Verb.RECUSE, world.su, **YES)


def sees(user: User, case: Case) -> bool:
    return Case.objects.visible_to(user).filter(pk=case.pk).exists()


# --- asking -------------------------------------------------------------------------------
def test_a_declared_interest_waits_for_the_unit_above_when_there_is_no_head(
    world: World,
) -> None:
    case = declared(world)
    request = RecusalRequest.objects.get(case=case)
    assert (request.sort, request.user, request.decider_unit) == (
        "own", world.ouyang, world.hubin_centre,
    )  # fmt: skip
    assert request.due_at > request.asked_at and request.decided_at is None
    assert sees(world.ouyang, case), "nothing is decided yet"
    found = to_decide(world.su, transitions.database_now())
    assert [(one.case, one.why) for one in found] == [(case, WHY["note"])]
    assert not to_decide(world.ouyang, transitions.database_now())
    assert not to_decide(world.tan, transitions.database_now())


def test_the_head_of_the_unit_decides(world: World) -> None:
    leader = world.person("zhen", Role.LEADER, world.qingshi_centre)
    case = declared(world)
    assert RecusalRequest.objects.get(case=case).decider_unit == world.qingshi_centre
    with pytest.raises(NotAllowed):
        do(case, Verb.RECUSE, world.tan, **YES)
    case = do(case, Verb.RECUSE, leader, **YES)
    assert not sees(world.ouyang, case) and sees(world.tan, case)


def test_the_heads_own_interest_is_decided_above(world: World) -> None:
    lead = world.person("zhang", Role.GRID_LEAD, world.donghe1_team)
    case = event(world, lead)
    case = do(case, Verb.DECLARE_INTEREST, lead, **WHY)
    assert RecusalRequest.objects.get(case=case).decider_unit == world.donghe_committee
    with pytest.raises(NotAllowed):
        do(case, Verb.RECUSE, lead, **YES)
    do(case, Verb.RECUSE, world.cun, **YES)
    assert not sees(lead, case)


def test_a_colleague_asks_and_is_named_only_to_who_decides(world: World) -> None:
    case = do(township(world), Verb.ASK_RECUSAL, world.tan, user_id=world.ouyang.pk, **WHY)
    page = at_desk(world.ouyang).get(f"/case/{case.number}/")
    shown = text_of(page)
    assert WHY["note"] not in shown and "Somebody is asked to stay away" in shown
    assert "a colleague" in shown
    assert WHY["note"] in text_of(at_desk(world.su).get(f"/case/{case.number}/"))


def test_only_somebody_who_works_on_it_can_be_named(world: World) -> None:
    with pytest.raises(BadInput) as refused:
        do(township(world), Verb.ASK_RECUSAL, world.tan, user_id=world.bao.pk, **WHY)
    assert refused.value.field == "user"


def test_one_request_per_person_at_a_time_and_with_a_reason(world: World) -> None:
    case = declared(world)
    with pytest.raises(WrongState):
        do(case, Verb.ASK_RECUSAL, world.tan, user_id=world.ouyang.pk, **WHY)
    with pytest.raises(BadInput):
        do(case, Verb.DECLARE_INTEREST, world.tan)


def test_a_closed_case_has_nobody_to_keep_away(world: World) -> None:
    case = do(dispute(world), Verb.REFUSE, world.gao, note="告知可诉讼")
    with pytest.raises(WrongState):
        do(case, Verb.DECLARE_INTEREST, world.gao, **WHY)


# --- deciding -----------------------------------------------------------------------------
def test_granted_the_person_sees_nothing_from_that_moment(world: World) -> None:
    case = recused(world)
    assert Recusal.objects.get(case=case).user == world.ouyang
    assert not sees(world.ouyang, case) and sees(world.tan, case)
    client = at_desk(world.ouyang)
    for path in (f"/case/{case.number}/", f"/case/{case.number}/act/sign/"):
        assert client.get(path).status_code == 404
    assert client.get(f"/api/v1/cases/{case.number}/").status_code == 404
    for path in ("/queue/", "/queue/?tab=area", "/queue/?q=排水沟", "/api/v1/cases/?q=排水沟"):
        assert case.number not in client.get(path).content.decode(), path
    with pytest.raises(NotVisible):
        do(case, Verb.SUPPLEMENT, world.ouyang, note="补充")
    now = transitions.database_now()
    for tab in Tab:
        page = queues.page(world.ouyang, world.ouyang.posts, tab, now=now, filters=Filters())
        assert case.number not in [line.number for line in page.lines], tab
    assert queues.figures(world.ouyang, world.ouyang.posts) == queues.figures(
        world.bao, world.bao.posts
    ), "counts are those of somebody with an empty desk"


def test_notices_already_delivered_lose_link_and_words(world: World) -> None:
    case = do(declared(world), Verb.SUPPLEMENT, world.tan, note="补充情况")
    outbox.deliver()
    assert Notice.objects.filter(user=world.ouyang, case=case).exists()
    client = at_desk(world.ouyang)
    assert case.number in client.get("/notices/").content.decode()
    do(case, Verb.RECUSE, world.su, **YES)
    outbox.deliver()
    body = client.get("/notices/").content.decode()
    assert case.number not in body and case.story.summary not in body
    last = Case.objects.get(pk=case.pk).last_seq
    late = Notice.objects.filter(user=world.ouyang, dedupe_key=f"{case.pk}:{last}")
    assert not late.exists(), "nothing new is delivered"


def test_files_are_closed_too(world: World) -> None:
    case = recused(world)
    file = Attachment.objects.create(
        case=case, tenant=world.lb, uploaded_by=world.gao, at=transitions.database_now(),
        name="沟.jpg", media_type="image/jpeg", size=1, sha256=b"", storage_key="k",
        state="ready",
    )  # fmt: skip
    path = f"/case/{case.number}/file/{file.public_id}/"
    assert at_desk(world.ouyang).get(path).status_code == 404


def test_refused_the_person_stays_and_who_asked_reads_why(world: World) -> None:
    case = do(township(world), Verb.ASK_RECUSAL, world.tan, user_id=world.ouyang.pk, **WHY)
    case = do(case, Verb.DENY_RECUSAL, world.su, **NO)
    assert sees(world.ouyang, case) and not Recusal.objects.exists()
    found = on_case(world.tan, case, transitions.database_now())
    assert [one.answer for one in found] == [NO["note"]]
    assert on_case(world.ouyang, case, transitions.database_now()) == []
    assert not case.units.filter(part="decider", until=None).exists()


def test_a_decision_needs_reasons_and_is_made_once(world: World) -> None:
    case = declared(world)
    with pytest.raises(BadInput) as refused:
        do(case, Verb.RECUSE, world.su)
    assert refused.value.field == "note"
    do(case, Verb.RECUSE, world.su, **YES)
    with pytest.raises(NotAllowed):
        do(case, Verb.DENY_RECUSAL, world.su, **NO)


@pytest.mark.parametrize("who", ["gao", "cun", "tan", "han", "bao", "wai", "ling", "dou", "mei"])
def test_nobody_else_decides(world: World, who: str) -> None:
    case = declared(world)
    with pytest.raises((NotAllowed, NotVisible)):
        do(case, Verb.RECUSE, getattr(world, who), **YES)
    assert not Recusal.objects.exists()


def test_who_decides_is_said_by_the_standing(world: World) -> None:
    case = declared(world)
    assert standing.standing(world.su, case).units[Stand.DECIDER] == world.hubin_centre.pk
    assert deciding_unit(world.ouyang, case) is None


# --- never without somebody ---------------------------------------------------------------
def test_the_only_person_of_the_holder_leaves_it_to_the_unit_above(world: World) -> None:
    case = dispute(world)
    case = do(case, Verb.DECLARE_INTEREST, world.gao, **WHY)
    case = do(case, Verb.RECUSE, world.cun, **YES)
    assert case.holder_unit == world.donghe_committee and case.status == Status.REGISTERED
    assert not sees(world.gao, case)
    case = do(case, Verb.DECLARE_INTEREST, world.cun, **WHY)
    case = do(case, Verb.RECUSE, world.ouyang, **YES)
    assert case.holder_unit == world.qingshi_centre
    assert {step.verb for step in transitions.possible_verbs(case, world.tan)} >= {Verb.SIGN}


def test_with_somebody_left_the_unit_keeps_it(world: World) -> None:
    assert recused(world).holder_unit == world.qingshi_centre


def test_a_mediator_loses_what_named_her_and_the_unit_gives_it_to_another(world: World) -> None:
    case = climb(dispute(world))
    case = do(case, Verb.SIGN, world.cun)
    case = do(case, Verb.ASSIGN, world.cun, user_id=world.mei.pk)
    assert sees(world.mei, case)
    case = do(case, Verb.DECLARE_INTEREST, world.mei, **WHY)
    case = do(case, Verb.RECUSE, world.cun, **YES)
    assert not sees(world.mei, case)
    assert not case.assignments.filter(until=None).exists()
    with pytest.raises(BadInput):
        do(case, Verb.ASSIGN, world.cun, user_id=world.mei.pk)


def test_nobody_above_means_no_recusal_that_strands_the_case(world: World) -> None:
    case = climb(dispute(world), 3)
    assert case.holder_unit.area == world.hubin
    while case.holder_unit != world.hubin_centre:
        case = do(case, Verb.TRANSFER, world.su, unit_id=world.hubin_centre.pk, note="归口")
    case = do(case, Verb.DECLARE_INTEREST, world.su, **WHY)
    request = RecusalRequest.objects.get(case=case)
    assert request.decider_unit == world.hubin_government, "a leader at the top decides"
    with pytest.raises(WrongState):
        do(case, Verb.RECUSE, world.ling, **YES)
    case = do(case, Verb.DENY_RECUSAL, world.ling, **NO)
    assert case.holder_unit == world.hubin_centre


def test_with_nobody_at_the_top_the_security_administrator_is_asked_to_post_somebody(
    world: World,
) -> None:
    admin = world.person("mi", Role.SEC_ADMIN, world.hubin_government)
    Posting.objects.filter(user=world.ling).update(ended_on=timezone.localdate())
    case = climb(dispute(world), 3)
    while case.holder_unit != world.hubin_centre:
        case = do(case, Verb.TRANSFER, world.su, unit_id=world.hubin_centre.pk, note="归口")
    case = do(case, Verb.DECLARE_INTEREST, world.su, **WHY)
    assert RecusalRequest.objects.get(case=case).decider_unit == world.hubin_centre
    notice = Notice.objects.get(user=admin)
    assert (notice.case, notice.unit) == (None, world.hubin_centre)
    bell = text_of(at_desk(admin).get("/notices/"))
    assert "nobody can decide it" in bell and case.number not in bell
    head = world.person("tou", Role.LEADER, world.hubin_centre)
    world.person("er", Role.TRIAGE, world.hubin_centre)
    case = do(case, Verb.RECUSE, head, **YES)
    assert not sees(User.objects.get(pk=world.su.pk), case)


def test_the_head_names_who_takes_it_on(world: World) -> None:
    case = declared(world)
    with pytest.raises(BadInput) as refused:
        do(case, Verb.RECUSE, world.su, successor_id=world.ouyang.pk, **YES)
    assert refused.value.field == "successor"
    case = do(case, Verb.RECUSE, world.su, successor_id=world.tan.pk, **YES)
    assert [row.user for row in case.assignments.filter(until=None)] == [world.tan]
    page = text_of(at_desk(world.tan).get(f"/case/{case.number}/"))
    assert "To: Tan" in page


def test_without_a_name_it_is_the_units_own_to_give(world: World) -> None:
    case = recused(world)
    assert case.holder_unit == world.qingshi_centre
    assert not case.assignments.filter(until=None).exists()


# --- the hint -----------------------------------------------------------------------------
def test_the_same_name_is_a_hint_to_who_decides_and_moves_nothing(world: World) -> None:
    tan = PartyDraft("Ｔａｎ", "13800005678", "", "respondent")
    case = dispute(world, parties=(PartyDraft("张三"), tan))
    case = climb(case, 2)
    hint = "The respondent has the same name as somebody who acts on this matter."
    assert hint in text_of(at_desk(world.ouyang).get(f"/case/{case.number}/"))
    assert sees(world.tan, case) and not Recusal.objects.filter(case=case).exists()
    world.person("kan", Role.TRIAGE, world.hubin_centre)
    plain = dispute(world)
    assert "Possible conflict" not in text_of(at_desk(world.gao).get(f"/case/{plain.number}/"))


def test_a_decider_who_is_kept_away_leaves_the_other_requests_to_the_unit_above(
    world: World,
) -> None:
    case = do(dispute(world), Verb.DECLARE_INTEREST, world.gao, **WHY)
    case = do(case, Verb.ASK_RECUSAL, world.ouyang, user_id=world.cun.pk, **WHY)
    case = do(case, Verb.RECUSE, world.ouyang, **YES)
    other = RecusalRequest.objects.get(case=case, user=world.gao)
    assert other.decider_unit == world.qingshi_centre
    do(case, Verb.RECUSE, world.tan, **YES)
    assert not sees(world.gao, case)


def test_an_overdue_decision_goes_to_the_unit_above_once(world: World) -> None:
    case = do(dispute(world), Verb.DECLARE_INTEREST, world.gao, **WHY)
    request = RecusalRequest.objects.get(case=case)
    assert request.decider_unit == world.donghe_committee
    RecusalRequest.objects.update(due_at=transitions.database_now() - timedelta(hours=1))
    assert pass_overdue(transitions.database_now()) == 1
    request.refresh_from_db()
    assert request.decider_unit == world.qingshi_centre
    assert CaseEvent.objects.filter(case=case, verb=Verb.PASS_RECUSAL.value).count() == 1
    assert pass_overdue(transitions.database_now()) == 0


# --- at the same moment -------------------------------------------------------------------
def test_who_is_kept_away_while_acting_comes_too_late(committed_world: World) -> None:
    world = committed_world
    case = declared(world)
    with locked(case):
        hand = Thread(acting(case, Verb.SIGN, world.ouyang))
        until(lambda: waiting_for_a_lock() > 0)
        do(case, Verb.RECUSE, world.su, **YES)
    assert isinstance(hand.end(), NotVisible)
    case.refresh_from_db()
    assert case.status == Status.REGISTERED


def test_two_rulings_at_once_leave_one(committed_world: World) -> None:
    world = committed_world
    second = world.person("qi", Role.TRIAGE, world.hubin_centre)
    case = declared(world)
    with locked(case):
        yes = Thread(acting(case, Verb.RECUSE, world.su, **YES))
        no = Thread(acting(case, Verb.DENY_RECUSAL, second, **NO))
        until(lambda: waiting_for_a_lock() > 1)
    answers = [yes.end(), no.end()]
    assert sum(isinstance(one, Case) for one in answers) == 1, answers
    verbs = CaseEvent.objects.filter(case=case, verb__in=["recuse", "deny_recusal"])
    assert verbs.count() == 1


def test_the_phone_of_a_unit_that_acts_is_a_hint_too(world: World) -> None:
    team = world.posting(world.gao).unit
    team.phone = "138 0000 5678"
    team.save(update_fields=["phone"])
    case = dispute(world)  # 张三 gave the same number, written another way
    hint = "The applicant gave the phone of a unit that acts on this matter."
    assert hint in text_of(at_desk(world.gao).get(f"/case/{case.number}/"))
    assert hint not in text_of(at_desk(world.mei).get(f"/case/{case.number}/"))
    team.phone = "12"
    team.save(update_fields=["phone"])
    assert hint not in text_of(at_desk(world.gao).get(f"/case/{case.number}/"))
