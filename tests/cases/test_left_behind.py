"""Who moves away leaves behind what named them; who stays away counts and reads nothing more."""

import pytest
from django.utils import timezone

from cases import handover
from cases.models import Assignment, Case, CaseEvent, Recusal
from cases.rules.workflow import Verb
from cases.timeline import timeline
from cases.transitions import database_now
from grids.errors import BadInput
from grids.models import Posting, User
from grids.roles import Role, UnitKindCode
from grids.units import open_unit
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import dispute, do, event
from tests.world import SINCE, World


def given(world: World) -> Case:
    case = do(dispute(world), Verb.SIGN, world.gao)
    return do(case, Verb.ASSIGN, world.gao, user_id=world.mei.pk)


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def sees(user: User, case: Case) -> bool:
    return Case.objects.visible_to(fresh(user)).filter(pk=case.pk).exists()


def kept_away(user: User, case: Case) -> None:
    Recusal.objects.create(case=case, tenant_id=case.tenant_id, user=user, since=database_now())


# --- moving away ----------------------------------------------------------------------------
def test_a_mediator_who_moves_next_door_leaves_the_dispute_behind(world: World) -> None:
    case, today = given(world), timezone.localdate()
    next_door = world.unit(world.shiqiao, UnitKindCode.MEDIATION_COMMITTEE)
    old = world.posting(world.mei)
    world.person("mei", Role.MEDIATOR, next_door)
    handover.end(world.cun, old, today, today=today)
    assert not Assignment.objects.filter(case=case, until=None).exists()
    assert CaseEvent.objects.filter(case=case).latest("seq").verb == Verb.HAND_OVER
    assert not sees(world.mei, case)


def test_a_posting_that_ran_out_shows_nothing_even_before_it_is_settled(world: World) -> None:
    case, today = given(world), timezone.localdate()
    next_door = world.unit(world.shiqiao, UnitKindCode.MEDIATION_COMMITTEE)
    Posting.objects.filter(user=world.mei).update(ended_on=today)
    world.person("mei", Role.MEDIATOR, next_door)
    assert Assignment.objects.filter(case=case, until=None).exists()
    assert not sees(world.mei, case)
    desk = at_desk(world.mei)
    assert desk.get(f"/case/{case.number}/").status_code == 404
    for page in ("/queue/?tab=todo", "/queue/?tab=named", "/mediation/"):
        assert case.number not in text_of(desk.get(page))
    assert handover.settle() == 1
    assert not Assignment.objects.filter(case=case, until=None).exists()


def test_a_leader_who_moves_leaves_the_matter_too(world: World) -> None:
    case = dispute(world)
    government = world.unit(world.qingshi, UnitKindCode.GOVERNMENT)
    boss = world.person("boss", Role.LEADER, government)
    Assignment.objects.create(
        case=case, tenant=case.tenant, user=boss, task="handle", since=database_now()
    )
    assert sees(boss, case)
    Posting.objects.filter(user=boss).update(ended_on=timezone.localdate())
    assert not sees(boss, case)
    world.person("boss", Role.LEADER, world.unit(world.liulin, UnitKindCode.GOVERNMENT))
    assert not sees(boss, case)


def test_a_mediator_of_the_township_keeps_what_lies_below(world: World) -> None:
    case = given(world)
    Posting.objects.filter(user=world.mei).update(ended_on=timezone.localdate())
    assert not sees(world.mei, case)
    kind = UnitKindCode.MEDIATION_COMMITTEE
    town = open_unit(area=world.qingshi, kind=kind, name="青石镇调委会", valid_from=SINCE)
    world.person("mei", Role.MEDIATOR, town)
    assert sees(world.mei, case)


def test_a_mediator_of_another_village_is_not_given_the_dispute(world: World) -> None:
    case = do(dispute(world), Verb.SIGN, world.gao)
    next_door = world.unit(world.shiqiao, UnitKindCode.MEDIATION_COMMITTEE)
    shi = world.person("shi", Role.MEDIATOR, next_door)
    with pytest.raises(BadInput, match="no post"):
        do(case, Verb.ASSIGN, world.gao, user_id=shi.pk)


def test_a_dispute_corrected_to_another_village_leaves_its_mediator(world: World) -> None:
    case = given(world)
    case = do(case, Verb.RECLASSIFY, world.cun, note="地点写错了", area_id=world.shiqiao.pk)
    assert not Assignment.objects.filter(case=case, until=None).exists()
    assert not sees(world.mei, case)


# --- staying away ---------------------------------------------------------------------------
def test_who_stays_away_counts_nothing_of_the_case(world: World) -> None:
    """The filter of ``countable_by`` by itself, beside that of ``visible_to``."""
    case, other = dispute(world), event(world)
    assert set(Case.objects.countable_by(world.ling)) == {case, other}
    kept_away(world.ling, case)
    kept_away(world.ouyang, other)
    assert set(Case.objects.countable_by(fresh(world.ling))) == {other}
    assert set(Case.objects.countable_by(fresh(world.ouyang))) == {case}
    Recusal.objects.update(until=database_now())
    assert set(Case.objects.countable_by(fresh(world.ling))) == {case, other}


def test_the_timeline_names_no_case_its_reader_stays_away_from(world: World) -> None:
    one, two, three = dispute(world), dispute(world), dispute(world)
    do(one, Verb.LINK, world.gao, other=two.number)
    do(three, Verb.MERGE, world.gao, other=two.number, note="同一件事")
    assert two.number in str(timeline(one, world.gao))
    desk = at_desk(world.gao)
    for case in (one, three):
        assert two.number in text_of(desk.get(f"/case/{case.number}/"))
    kept_away(world.gao, two)
    assert two.number not in str(timeline(one, fresh(world.gao)))
    for case in (one, three):
        answer = desk.get(f"/case/{case.number}/")
        assert answer.status_code == 200 and two.number not in answer.content.decode()
    assert two.number in str(timeline(one, fresh(world.cun)))


def test_a_day_is_not_lost_between_two_posts(world: World) -> None:
    """The successor may begin the day the other one ends: never both, never nobody."""
    case, today = given(world), timezone.localdate()
    tao = world.person("tao", Role.MEDIATOR, world.donghe_mediation, started_on=SINCE)
    handover.end(world.cun, world.posting(world.mei), today, today=today, heir=tao)
    assert (sees(world.mei, case), sees(tao, case)) == (False, True)
