"""The hub of management pages: what each post is offered, and who sees the way in."""

import pytest
from django.test import Client
from django.urls import reverse

from governance.office import PAGES, offered_to
from grids.roles import Role
from tests.world import World


def test_every_line_says_what_it_is_for() -> None:
    names = [page.name for page in PAGES]
    assert len(set(names)) == len(names)
    assert all(page.label and page.about.endswith(".") and page.roles for page in PAGES)


@pytest.mark.parametrize(
    ("who", "offered"),
    [("gao", False), ("han", False), ("ling", True), ("cun", True), ("ouyang", True), ("su", True)],
)
def test_substitutes_are_offered_to_heads_and_to_those_who_run_a_place(
    world: World, who: str, offered: bool
) -> None:
    found = {page.name for page in offered_to(world.people[who])}
    assert ("cases:duty" in found) == offered


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("gao", set()),
        ("mei", set()),
        ("han", set()),
        ("ling", set()),
        ("cun", {"office:units", "office:staff"}),
        ("ouyang", {"office:units", "office:staff"}),
        ("su", {"office:units", "office:staff"}),
    ],
)
def test_units_and_staff_are_offered_to_those_who_run_a_place(
    world: World, who: str, names: set[str]
) -> None:
    offered = {page.name for page in offered_to(world.people[who])}
    assert offered & {"office:units", "office:staff"} == names


def test_the_hub_links_what_exists_and_nothing_else(world: World, client: Client) -> None:
    client.force_login(world.gao)
    page = client.get(reverse("office"))
    assert page.status_code == 200
    assert [one.name for _url, one in page.context["offered"]] == ["cases:orders"]
    assert "/office/staff/" not in page.text


def test_a_triage_officer_of_another_kind_of_unit_runs_no_place(world: World) -> None:
    guest = world.person("guest", Role.TRIAGE, world.land_office)
    assert "office:staff" not in {page.name for page in offered_to(guest)}
