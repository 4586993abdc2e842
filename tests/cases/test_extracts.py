"""What bodies outside government get: a masked extract, nothing of what they are a party to."""

import pytest
from django.test import Client
from django.urls import reverse

from cases.intake import PartyDraft
from cases.models import Case, CaseEvent, PartyUnit
from cases.rules.workflow import Verb
from grids.errors import BadInput
from grids.models import User
from grids.roles import Role, UnitKindCode
from grids.units import open_unit
from tests.cases.matters import dispute, do
from tests.world import SINCE, World

SECRETS = ("张三丰", "13800005678", "李四光", "0592-2345678", "501", "2组15号", "打了起来")
PEOPLE = (
    PartyDraft("张三丰", "13800005678", "2组15号"),
    PartyDraft("李四光", "0592-2345678", "", "respondent"),
)


@pytest.fixture
def case(world: World) -> Case:
    """A dispute in which a property company is called in to help."""
    company = open_unit(area=world.qingshi, kind=UnitKindCode.PROPERTY_COMPANY, name="安居物业",
                        valid_from=SINCE)  # fmt: skip
    world.wu = world.person("wu", Role.PARTNER, company)
    world.company = company
    text = "张三丰(13800005678)家楼上漏水。李四光不认，打了起来，电话0592-2345678。"
    found = dispute(world, text=text, place="3号楼2单元501", parties=PEOPLE, category="D02")
    found = do(found, Verb.SIGN, world.gao)
    return do(found, Verb.CO_HANDLE, world.gao, unit_id=company.pk, note="请张三丰楼上查水管")


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_extract_leaks_no_name_phone_flat_or_story(world: World, case: Case) -> None:
    client = browser(world.wu)
    for address in (reverse("cases:extracts"), reverse("cases:extract", args=[case.number])):
        page = client.get(address)
        assert page.status_code == 200
        assert case.number in page.text
        assert "3号楼" in page.text
        assert "漏水" in page.text
        assert [secret for secret in SECRETS if secret in page.text] == []


def test_nothing_else_shows_the_case(world: World, case: Case) -> None:
    client = browser(world.wu)
    for address in (f"/case/{case.number}/", f"/api/v1/cases/{case.number}/",
                    f"/case/{case.number}/act/sign/"):  # fmt: skip
        assert client.get(address).status_code in (404, 405)
    for address in ("/notices/", "/api/v1/cases/", "/home/"):
        page = client.get(address, follow=True)
        assert [secret for secret in SECRETS if secret in page.text] == []
    assert not Case.objects.visible_to(world.wu).exists()
    assert not Case.objects.countable_by(world.wu).exists()


def test_it_reports_back(world: World, case: Case) -> None:
    client, address = browser(world.wu), reverse("cases:extract", args=[case.number])
    assert client.post(address, {"note": " "}).status_code == 422
    assert client.post(address, {"note": "已更换水管"}).status_code == 302
    event = CaseEvent.objects.filter(case=case).latest("seq")
    assert (event.verb, event.actor_id, event.unit_id) == (
        Verb.SUPPLEMENT, world.wu.pk, world.company.pk,
    )  # fmt: skip


def test_a_body_that_is_a_party_sees_nothing_and_helps_no_more(world: World, case: Case) -> None:
    address = reverse("cases:party_unit", args=[case.number])
    assert browser(world.han).get(address).status_code == 404
    chosen = {"unit": world.company.pk}
    assert browser(world.gao).post(address, {"unit": world.land_office.pk}).status_code == 422
    assert browser(world.gao).post(address, chosen).status_code == 302
    assert PartyUnit.objects.get(case=case).unit == world.company
    client = browser(world.wu)
    assert client.get(reverse("cases:extract", args=[case.number])).status_code == 404
    assert case.number not in client.get(reverse("cases:extracts")).text
    for verb in (Verb.CO_HANDLE, Verb.TRANSFER):
        with pytest.raises(BadInput) as refusal:
            do(case, verb, world.gao, unit_id=world.company.pk, note="x")
        assert refusal.value.field == "unit"


def test_a_body_outside_government_is_never_responsible(world: World, case: Case) -> None:
    other = open_unit(area=world.qingshi, kind=UnitKindCode.OWNERS_COMMITTEE, name="幸福里业委会",
                      valid_from=SINCE)  # fmt: skip
    with pytest.raises(BadInput) as refusal:
        do(case, Verb.TRANSFER, world.gao, unit_id=other.pk, note="x")
    assert refusal.value.field == "unit"


def test_its_staff_hold_no_other_post_and_officials_serve_not_there(
    world: World, case: Case
) -> None:
    for user, role, unit in (
        ("wu", Role.HANDLER, world.land_office), ("new", Role.HANDLER, world.company),
        ("new2", Role.PARTNER, world.land_office), ("gao", Role.PARTNER, world.company),
    ):  # fmt: skip
        with pytest.raises(BadInput):
            world.person(user, role, unit)
