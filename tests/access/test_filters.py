"""What stands inside the gates: each condition by itself, with everything else in favour."""

import pytest

from cases.models import Case, CaseUnit, PartyUnit, SealedMatter
from cases.transitions import database_now
from grids.models import User
from grids.roles import Role, UnitKindCode
from grids.units import open_unit
from tests.cases.matters import dispute
from tests.cases.sealed import accuse, liaisons
from tests.world import SINCE, World


@pytest.fixture
def helped(world: World) -> tuple[Case, User]:
    """A dispute with which a property company helps, and somebody who works there."""
    kind = UnitKindCode.PROPERTY_COMPANY
    company = open_unit(area=world.qingshi, kind=kind, name="安居物业", valid_from=SINCE)
    partner, case = world.person("wu", Role.PARTNER, company), dispute(world)
    CaseUnit.objects.create(
        case=case, tenant_id=case.tenant_id, unit=company, part="co_handler", since=database_now()
    )
    assert list(Case.objects.extracts_for(partner)) == [case]
    return case, partner


def test_nobody_counts_a_restricted_case(world: World) -> None:
    case = dispute(world)
    assert Case.objects.countable_by(world.ling).exists()
    Case.objects.filter(pk=case.pk).update(restricted=True)
    assert not Case.objects.countable_by(world.ling).exists()


def test_nobody_sees_a_restricted_case_by_its_place_alone(world: World) -> None:
    case = dispute(world)
    assert Case.objects.visible_to(world.ouyang).exists()
    Case.objects.filter(pk=case.pk).update(restricted=True)
    assert not Case.objects.visible_to(world.ouyang).exists()
    assert Case.objects.visible_to(world.gao).exists(), "the unit responsible does"


def test_no_extract_of_a_restricted_case(helped: tuple[Case, User]) -> None:
    case, partner = helped
    Case.objects.filter(pk=case.pk).update(restricted=True)
    assert not Case.objects.extracts_for(partner).exists()


def test_no_extract_for_a_party(helped: tuple[Case, User]) -> None:
    case, partner = helped
    unit_id = partner.posts[0].unit_id
    PartyUnit.objects.create(
        case=case, tenant_id=case.tenant_id, unit_id=unit_id, since=database_now()
    )
    assert not Case.objects.extracts_for(partner).exists()


def test_no_extract_once_helping_has_ended(helped: tuple[Case, User]) -> None:
    case, partner = helped
    case.units.filter(part="co_handler").update(until=database_now())
    assert not Case.objects.extracts_for(partner).exists()


def test_no_routing_of_what_is_about_ones_own_level(world: World) -> None:
    liaisons(world)
    matter, jian = accuse(world, world.donghe_committee), world.people["jian"]
    assert SealedMatter.objects.routed_for(jian).exists()
    SealedMatter.objects.filter(pk=matter.pk).update(listed=False)
    assert not SealedMatter.objects.routed_for(jian).exists()


def test_no_routing_beside_or_above_the_own_place(world: World) -> None:
    liaisons(world)
    accuse(world, world.donghe_committee)
    beside = open_unit(
        area=world.liulin, kind=UnitKindCode.DISCIPLINE, name="柳林镇纪委", valid_from=SINCE
    )
    assert not SealedMatter.objects.routed_for(
        world.person("liu", Role.DISCIPLINE_LIAISON, beside)
    ).exists()
