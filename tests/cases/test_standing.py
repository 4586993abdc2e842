"""Who stands how to a case, and who may verify what somebody else did."""

import pytest
from django.db import IntegrityError, transaction

from cases.models import Case
from cases.rules.workflow import Kind, Stand, Status, Verb
from cases.standing import standing
from grids.errors import NotAllowed, NotVisible
from grids.models import User
from grids.roles import Role
from tests.cases.matters import climb, dispute, do, event
from tests.cases.stages import at, registered
from tests.world import MONDAY, World

S = Stand


def stands(case: Case, user: User) -> set[Stand]:
    return set(standing(user, case).stands)


def verifiers(world: World, case: Case) -> set[str]:
    """Everybody of the cast who could verify ``case`` by the page, by user name."""
    return {
        name
        for name, user in world.people.items()
        if Case.objects.visible_to(user).filter(pk=case.pk).exists()
        and S.VERIFIER in stands(case, user)
    }


def done_by(case: Case, user: User) -> Case:
    return do(do(case, Verb.SIGN, user), Verb.FINISH, user, note="谈好了")


def test_each_of_the_cast_stands_where_their_post_puts_them(world: World) -> None:
    case = dispute(world)
    assert stands(case, world.gao) == {S.WRITER, S.HOLDER, S.COORDINATOR}
    for name in ("cun", "ouyang", "su"):
        assert stands(case, world.people[name]) == {S.COORDINATOR, S.VERIFIER, S.SUPERVISOR}, name
    assert stands(case, world.ling) == {S.SUPERVISOR}
    for name in ("mei", "han", "bao", "du", "shui", "wai", "dou"):
        assert stands(case, world.people[name]) == set(), name


def test_after_a_climb_the_unit_below_still_helps(world: World) -> None:
    case = climb(dispute(world))
    assert stands(case, world.cun) == {S.HOLDER, S.COORDINATOR, S.VERIFIER}
    assert stands(case, world.gao) == {S.WRITER, S.COORDINATOR, S.CO_HANDLER}


def test_the_unit_an_act_was_done_for_is_noted(world: World) -> None:
    case = climb(dispute(world))
    case = do(case, Verb.SIGN, world.cun)
    assert case.events.last().unit_id == world.donghe_mediation.pk  # cun has two posts


def test_a_mediator_stands_where_they_were_named_and_nowhere_else(world: World) -> None:
    case, other = dispute(world), dispute(world)
    do(case, Verb.ASSIGN, world.gao, user_id=world.mei.pk)
    assert stands(case, world.mei) == {S.MEDIATOR}
    assert list(Case.objects.visible_to(world.mei)) == [case]
    case.assignments.update(until=MONDAY)
    assert stands(case, world.mei) == set()
    with pytest.raises(NotVisible):
        do(other, Verb.SUPPLEMENT, world.mei, note="我知道情况")


def test_what_a_grid_did_is_verified_by_the_village_or_above(world: World) -> None:
    world.person("lin", Role.GRID_WORKER, world.donghe1_team)
    world.person("lei", Role.GRID_LEAD, world.donghe1_team)
    case = done_by(dispute(world), world.gao)
    assert verifiers(world, case) == {"cun", "ouyang", "tan", "su"}
    with pytest.raises(NotAllowed):
        do(case, Verb.VERIFY, world.people["lei"], note="好了")
    assert do(case, Verb.VERIFY, world.cun, note="回访过").verified_by == world.cun


def test_what_a_village_did_is_verified_by_a_colleague_or_above(world: World) -> None:
    world.person("min", Role.VILLAGE_STAFF, world.donghe_committee)
    case = done_by(climb(dispute(world)), world.cun)
    assert verifiers(world, case) == {"min", "ouyang", "tan", "su"}


def test_a_mediators_agreement_is_verified_by_somebody_else(world: World) -> None:
    case = climb(dispute(world))
    do(case, Verb.ASSIGN, world.cun, user_id=world.mei.pk)
    do(case, Verb.SIGN, world.cun)
    do(case, Verb.MEDIATE, world.mei, applicant_agrees=True, respondent_agrees=True)
    case = do(case, Verb.AGREE_ORAL, world.mei, note="各让一步")
    assert case.done_by == world.mei
    assert verifiers(world, case) == {"cun", "ouyang", "tan", "su"}


def test_the_townships_own_work_is_verified_by_a_colleague_or_the_district(world: World) -> None:
    case = done_by(climb(dispute(world), 2), world.ouyang)
    assert verifiers(world, case) == {"tan", "su"}
    with pytest.raises(NotAllowed):
        do(case, Verb.VERIFY, world.ouyang, note="我自己看过")
    with pytest.raises(NotAllowed):
        do(case, Verb.VERIFY, world.cun, note="村里看过")  # subordinate
    assert do(case, Verb.VERIFY, world.tan, note="看过").verified_by == world.tan


def test_what_a_department_did_is_verified_by_the_townships_centre(world: World) -> None:
    world.person("mo", Role.HANDLER, world.land_office)
    case = do(dispute(world), Verb.TRANSFER, world.gao, unit_id=world.land_office.pk, note="归口")
    case = done_by(case, world.han)
    assert verifiers(world, case) == {"ouyang", "tan", "su"}


def test_the_districts_own_work_needs_a_colleague_there(world: World) -> None:
    case = done_by(climb(dispute(world), 3), world.su)
    assert verifiers(world, case) == set()
    world.person("sun", Role.TRIAGE, world.hubin_centre)
    assert verifiers(world, case) == {"sun"}


def test_handed_down_work_is_judged_at_the_level_it_was_done(world: World) -> None:
    case = climb(dispute(world), 2)
    case = do(case, Verb.HAND_DOWN, world.ouyang, unit_id=world.donghe_committee.pk,
              note="请村里调", until=case.due_at)  # fmt: skip
    case = done_by(case, world.cun)
    assert verifiers(world, case) == {"ouyang", "tan", "su"}


@pytest.mark.parametrize("column", ["verified_by", "done_by"])
def test_the_database_refuses_a_verifier_who_is_the_handler(world: World, column: str) -> None:
    case = done_by(event(world), world.gao)
    case = do(case, Verb.VERIFY, world.cun, note="看过")
    other = {"verified_by": world.gao, "done_by": world.cun}[column]
    with pytest.raises(IntegrityError, match="verifier_is_not_handler"), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(**{column: other})


def test_the_database_refuses_a_revisit_by_the_handler(world: World) -> None:
    case = registered(world, Kind.DISPUTE)
    with pytest.raises(IntegrityError, match="checker_is_not_handler"), transaction.atomic():
        case.revisits.create(
            tenant_id=case.tenant_id, unit=world.qingshi_centre, sort="sample", due_at=MONDAY,
            handler=world.gao, checker=world.gao, done_at=MONDAY, result="kept",
        )  # fmt: skip


def test_the_handler_records_no_revisit_of_their_own_work(world: World) -> None:
    case = at(world, Kind.DISPUTE, Status.STRUCK)
    assert case.done_by is not None
    with pytest.raises(NotAllowed):
        do(case, Verb.REVISIT, case.done_by, result="kept", note="都好")


def test_a_recused_person_sees_and_does_nothing(world: World) -> None:
    case = dispute(world)
    row = case.recusals.create(tenant_id=case.tenant_id, user=world.cun, since=MONDAY)
    with pytest.raises(NotVisible):
        do(case, Verb.NUDGE, world.cun)
    row.until = case.registered_at
    row.save()
    assert do(case, Verb.NUDGE, world.cun).last_seq == 2


def test_a_post_that_ended_gives_no_stand(world: World) -> None:
    case = dispute(world)
    posting = world.posting(world.gao)
    posting.ended_on = posting.started_on.replace(year=2025)
    posting.save()
    assert stands(case, User.objects.get(pk=world.gao.pk)) == set()
    with pytest.raises(NotVisible):
        do(case, Verb.SIGN, User.objects.get(pk=world.gao.pk))


def test_who_has_two_posts_at_a_place_registers_for_its_coordinating_unit(world: World) -> None:
    case = event(world, world.cun, area_id=world.donghe1.pk)
    assert case.reporting_unit == case.holder_unit == world.donghe_committee
    assert not case.units.exists()  # the mediation committee has nothing to do with a lamp


def test_a_departments_writer_goes_on_seeing_what_they_registered(world: World) -> None:
    case = dispute(world, world.han, area_id=world.donghe1.pk)
    assert case.holder_unit == world.qingshi_centre
    assert stands(case, world.han) == {S.WRITER}
    assert do(case, Verb.SUPPLEMENT, world.han, note="补充：有照片").last_seq == 2
    # What is restricted leaves its writer at once.
    secret = dispute(world, world.han, area_id=world.donghe1.pk, category="E09")
    assert not Case.objects.visible_to(world.han).filter(pk=secret.pk).exists()


def test_restricted_cases_are_seen_by_the_units_that_take_part_only(world: World) -> None:
    world.person("jing", Role.HANDLER, world.qingshi_police)
    case = event(world, category="E09")
    seen = {
        name
        for name, user in world.people.items()
        if Case.objects.visible_to(user).filter(pk=case.pk).exists()
    }
    assert seen == {"ouyang", "tan", "jing"}
