"""Doors of cases: reading them, acting on them, what they lead to."""

import pytest

from cases import (
    area_forms,
    dossier,
    duplicates,
    extracts,
    followups,
    listing,
    minors,
    offers,
    orders,
    recusals,
    sealed_form,
    sealed_work,
    search,
    transitions,
)  # fmt: skip
from cases.intake import PartyDraft
from cases.models import (
    Case,
    Notice,
    Recusal,
    Revisit,
    SealedExclusion,
    SealedMatter,
    SupervisionOrder,
)
from cases.rules.workflow import Need, Verb
from cases.timeline import timeline
from cases.transitions import database_now
from grids.errors import BadInput, NotVisible
from grids.models import User
from grids.roles import Role, UnitKindCode
from grids.units import open_unit
from tests.access.doors import guards
from tests.cases.desk import at_desk
from tests.cases.matters import climb, dispute, do
from tests.cases.sealed import accuse, liaisons
from tests.world import SINCE, World

TOLD = "两家因排水沟走向争执，多次协商不成。"


def kept_away(user: User, *cases: Case) -> User:
    """``user``, who stays away from ``cases``, fresh from the database."""
    for case in cases:
        Recusal.objects.create(case=case, tenant_id=case.tenant_id, user=user, since=database_now())
    return User.objects.get(pk=user.pk)


def helped(world: World) -> tuple[Case, User]:
    """A dispute with which a property company helps, and somebody who works there."""
    kind = UnitKindCode.PROPERTY_COMPANY
    company = open_unit(area=world.qingshi, kind=kind, name="安居物业", valid_from=SINCE)
    case = do(dispute(world), Verb.SIGN, world.gao)
    case = do(case, Verb.CO_HANDLE, world.gao, unit_id=company.pk, note="请查水管")
    return case, world.person("wu", Role.PARTNER, company)


# --- the rows themselves ------------------------------------------------------------------
@guards("cases/models/case.py visible_to")
def cases_of_another_town(world: World) -> None:
    dispute(world)
    assert Case.objects.visible_to(world.ouyang).exists()
    assert not Case.objects.visible_to(world.bao).exists()


@guards("cases/models/case.py visible_to unrecused")
def cases_one_stays_away_from(world: World) -> None:
    user = kept_away(world.ouyang, dispute(world))
    assert not Case.objects.visible_to(user).exists()


@guards("cases/models/case.py countable_by unrecused")
def figures_one_stays_away_from(world: World) -> None:
    user = kept_away(world.ling, dispute(world))
    assert not Case.objects.countable_by(user).exists()


@guards("cases/models/case.py extracts_for unrecused")
def extracts_one_stays_away_from(world: World) -> None:
    case, partner = helped(world)
    assert list(Case.objects.extracts_for(partner)) == [case]
    assert not Case.objects.extracts_for(kept_away(partner, case)).exists()


# --- a case and what stands beside it -----------------------------------------------------
@guards("cases/api.py get")
def a_case_by_api(world: World) -> None:
    url = f"/api/v1/cases/{dispute(world).number}/"
    assert at_desk(world.gao).get(url).status_code == 200
    assert at_desk(world.bao).get(url).status_code == 404


@guards("cases/dossier.py find")
def a_case_on_its_page(world: World) -> None:
    case = dispute(world)
    assert dossier.find(world.gao, case.number) == case
    assert dossier.find(world.bao, case.number) is None


@guards("cases/dossier.py read")
def what_was_merged_into_a_case(world: World) -> None:
    case, other = dispute(world), dispute(world)
    do(other, Verb.MERGE, world.gao, other=case.number, note="同一件事")
    assert dossier.read(world.gao, case, database_now()).merged == [other]
    assert dossier.read(kept_away(world.gao, other), case, database_now()).merged == []


@guards("cases/dossier.py merged_into")
def what_a_case_was_merged_into(world: World) -> None:
    case, other = dispute(world), dispute(world)
    case = do(case, Verb.MERGE, world.gao, other=other.number, note="同一件事")
    assert dossier.read(world.gao, case, database_now()).into == other
    assert dossier.read(kept_away(world.gao, other), case, database_now()).into is None


@guards("cases/dossier.py linked")
def linked_cases(world: World) -> None:
    case, other = dispute(world), dispute(world)
    do(case, Verb.LINK, world.gao, other=other.number)
    assert dossier.linked(world.gao, case) == [other]
    assert dossier.linked(kept_away(world.gao, other), case) == []


@guards("cases/timeline.py names_in")
def linked_cases_in_the_timeline(world: World) -> None:
    case, other = dispute(world), dispute(world)
    do(case, Verb.LINK, world.gao, other=other.number)
    assert other.number in str(timeline(case, world.gao))
    assert other.number not in str(timeline(case, kept_away(world.gao, other)))


@guards("cases/dossier.py same_phone")
def the_same_phone_next_door(world: World) -> None:
    party = (PartyDraft("张三", "13800005678"),)
    case = dispute(world, parties=party)
    other = dispute(world, world.cun, area_id=world.donghe2.pk, parties=party)
    parties = list(case.parties.all())
    assert dossier.same_phone(world.cun, case, parties, database_now()) == [other]
    assert dossier.same_phone(world.gao, case, parties, database_now()) == []


@guards("cases/duplicates.py nearby")
def the_same_words_next_door(world: World) -> None:
    other = dispute(world, world.cun, area_id=world.donghe2.pk, text=TOLD)
    assert duplicates.nearby(world.cun, world.donghe1, TOLD, database_now()) == [other]
    assert duplicates.nearby(world.gao, world.donghe1, TOLD, database_now()) == []


@guards("cases/search.py found")
def a_case_by_its_words(world: World) -> None:
    case = dispute(world, text=TOLD)
    assert list(search.found(world.gao, "排水沟")) == [case]
    assert list(search.found(world.bao, "排水沟")) == []


@guards("cases/listing.py area_filter")
def a_queue_filtered_by_a_place(world: World) -> None:
    assert listing.area_filter(world.ouyang, str(world.donghe.pk))
    with pytest.raises(NotVisible):
        listing.area_filter(world.ouyang, str(world.dukou.pk))


# --- acting -------------------------------------------------------------------------------
@guards("cases/transitions.py found_for")
def an_act_from_outside(world: World) -> None:
    case = dispute(world)
    with pytest.raises(NotVisible):
        transitions.act(case.number, Verb.SIGN, actor=world.bao)


@guards("cases/acts/joining.py other_case")
def a_link_to_a_case_elsewhere(world: World) -> None:
    case, other = dispute(world), dispute(world, world.du, area_id=world.dukou1.pk)
    with pytest.raises(BadInput):
        do(case, Verb.LINK, world.gao, other=other.number)


@guards("cases/offers.py units")
def units_to_hand_to(world: World) -> None:
    case = dispute(world)
    assert offers.units(case, world.gao, Need.UNIT, "", "")
    assert offers.units(case, world.wai, Need.UNIT, "", "") == []


@guards("cases/offers.py areas")
def places_to_correct_to(world: World) -> None:
    case = dispute(world)
    assert "石桥村" in str(offers.areas(case, world.ouyang, "", ""))
    assert "石桥村" not in str(offers.areas(case, world.gao, "", ""))


@guards("cases/area_forms.py offered")
def places_to_move_to(world: World) -> None:
    town = world.person("zhenxi", Role.SYS_ADMIN, world.qingshi_government)
    assert world.liulin in area_forms.offered(world.su, world.donghe, {world.liulin.level})
    assert world.liulin not in area_forms.offered(town, world.donghe, {world.liulin.level})


@guards("cases/area_forms.py draw")
def what_goes_to_the_new_half(world: World) -> None:
    for user, seen in ((world.ouyang, True), (world.cun, False)):
        form = area_forms.SplitForm(user, world.qingshi)
        assert ("石桥村" in str(form.fields["children"].choices)) is seen


# --- bodies outside government ------------------------------------------------------------
@guards("cases/extracts.py listed extracts_for")
def extracts_listed(world: World) -> None:
    case, partner = helped(world)
    assert [one.number for one in extracts.listed(partner)] == [case.number]
    assert extracts.listed(kept_away(partner, case)) == []


@guards("cases/extracts.py find extracts_for")
def an_extract_found(world: World) -> None:
    case, partner = helped(world)
    assert extracts.find(partner, case.number)
    with pytest.raises(NotVisible):
        extracts.find(kept_away(partner, case), case.number)


@guards("cases/extracts.py name_party")
def naming_a_party_from_outside(world: World) -> None:
    case, partner = helped(world)
    with pytest.raises(NotVisible):
        extracts.name_party(world.bao, case.number, partner.posts[0].unit_id)


@guards("cases/minors.py mark")
def marking_a_minor(world: World) -> None:
    case = dispute(world)
    party = case.parties.earliest("pk")
    minors.mark(world.gao, case.number, party.pk, True)
    with pytest.raises(NotVisible):
        minors.mark(world.bao, case.number, party.pk, False)


@guards("cases/extracts.py outside_units")
def bodies_of_another_customer(world: World) -> None:
    case, _partner = helped(world)
    assert extracts.outside_units(world.gao, case)
    assert extracts.outside_units(world.wai, case) == []


# --- what comes later ---------------------------------------------------------------------
@guards("cases/followups.py disputes")
def a_mediators_disputes(world: World) -> None:
    case = do(dispute(world), Verb.SIGN, world.gao)
    do(case, Verb.ASSIGN, world.gao, user_id=world.mei.pk)
    assert followups.disputes(world.mei, database_now())[0]
    assert followups.disputes(kept_away(world.mei, case), database_now()) == ([], [])


@guards("cases/followups.py visits")
def revisits(world: World) -> None:
    case = do(dispute(world), Verb.REFUSE, world.gao, note="已告知可以起诉")
    Revisit.objects.create(
        case=case, tenant_id=case.tenant_id, unit=world.qingshi_centre, sort="sample",
        due_at=database_now(),
    )  # fmt: skip
    user = world.ouyang
    assert followups.visits(user, user.posts, database_now(), None)[0]
    assert followups.visits(kept_away(user, case), user.posts, database_now(), None)[0] == []


@guards("cases/followups.py bells")
def notices(world: World) -> None:
    case = dispute(world)
    Notice.objects.create(
        tenant_id=case.tenant_id, user=world.bao, dedupe_key="door", at=database_now(),
        verb="register", case=case,
    )  # fmt: skip
    (bell,), _more = followups.bells(world.bao, None)
    assert bell.case is None


def supervised(world: World) -> Case:
    """A matter of the township under an order of the district."""
    case = climb(dispute(world), 2)
    return do(case, Verb.ORDER, world.su, reason="by_hand", note="请书面报告")


@guards("cases/models/supervision.py visible_to")
def orders_of_another_town(world: World) -> None:
    supervised(world)
    assert SupervisionOrder.objects.visible_to(world.ouyang).exists()
    assert not SupervisionOrder.objects.visible_to(world.bao).exists()


@guards("cases/orders.py narrowed")
def the_supervision_list(world: World) -> None:
    supervised(world)
    for user, seen in ((world.ouyang, 1), (world.bao, 0)):
        assert len(orders.page(user, orders.Asked(), database_now(), None)[0]) == seen


@guards("cases/orders.py lines")
def orders_of_matters_one_may_not_open(world: World) -> None:
    supervised(world)
    [line] = orders.page(world.ling, orders.Asked(), database_now(), None)[0]
    assert not line.seen


@guards("cases/orders.py by_unit")
def orders_counted_by_unit(world: World) -> None:
    supervised(world)
    assert orders.by_unit(world.ouyang, database_now())
    assert orders.by_unit(world.bao, database_now()) == []


@guards("cases/orders.py counts")
def orders_counted(world: World) -> None:
    supervised(world)
    assert orders.counts(world.ouyang, database_now())[orders.Show.OPEN] == 1
    assert orders.counts(world.bao, database_now())[orders.Show.OPEN] == 0


@guards("cases/recusals.py to_decide")
def requests_to_decide(world: World) -> None:
    case = climb(dispute(world), 2)
    do(case, Verb.DECLARE_INTEREST, world.ouyang, note="被申请人是本人表兄")
    assert recusals.to_decide(world.su, database_now())
    assert not recusals.to_decide(kept_away(world.su, case), database_now())


# --- sealed matters -----------------------------------------------------------------------
def sealed(world: World) -> SealedMatter:
    liaisons(world)
    return accuse(world, world.donghe_committee)


def named(matter: SealedMatter, user: User) -> None:
    SealedExclusion.objects.create(matter=matter, tenant_id=matter.tenant_id, user=user)


@guards("cases/models/sealed.py visible_to")
def sealed_matters_of_another_organ(world: World) -> None:
    sealed(world)
    assert SealedMatter.objects.visible_to(world.people["lian"]).exists()
    assert not SealedMatter.objects.visible_to(world.people["jian"]).exists()


@guards("cases/models/sealed.py visible_to unnamed")
def sealed_matters_that_name_their_liaison(world: World) -> None:
    named(sealed(world), world.people["lian"])
    assert not SealedMatter.objects.visible_to(world.people["lian"]).exists()


@guards("cases/models/sealed.py routed_for unnamed")
def routing_that_names_the_reader(world: World) -> None:
    matter = sealed(world)
    assert SealedMatter.objects.routed_for(world.people["jian"]).exists()
    named(matter, world.people["jian"])
    assert not SealedMatter.objects.routed_for(world.people["jian"]).exists()


@guards("cases/sealed_work.py waiting")
def a_liaisons_queue(world: World) -> None:
    sealed(world)
    assert sealed_work.waiting(world.people["lian"])
    assert sealed_work.waiting(world.people["jian"]) == []


@guards("cases/sealed_work.py routed routed_for")
def routing_of_everybody(world: World) -> None:
    sealed(world)
    assert sealed_work.routed(world.people["jian"])
    assert sealed_work.routed(world.ouyang) == []


@guards("cases/sealed_work.py one")
def one_sealed_matter(world: World) -> None:
    matter = sealed(world)
    assert sealed_work.one(world.people["lian"], matter.number) == matter
    with pytest.raises(NotVisible):
        sealed_work.one(world.people["jian"], matter.number)


@guards("cases/sealed_form.py units")
def units_an_accusation_may_be_about(world: World) -> None:
    assert "青石镇" in str(sealed_form.units(world.gao, "综治中心", ""))
    assert "云岭镇" not in str(sealed_form.units(world.gao, "综治中心", ""))
