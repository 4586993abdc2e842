"""The start page, the demonstration's side door, homes by post, choices of the reader."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.demo.ladders import put_mark
from governance.entrance import TOUR_CASE
from governance.pages import home_name
from grids.models import User
from grids.roles import Role
from tests.world import World


@pytest.fixture
def demo(world: World, settings: object) -> World:
    """Three of the demonstration's logins."""
    settings.DEMO = True  # type: ignore[attr-defined]
    put_mark(date(2026, 1, 1))
    world.person("grid", Role.GRID_WORKER, world.donghe1_team)
    world.person("village", Role.VILLAGE_STAFF, world.donghe_committee)
    world.person("leader", Role.LEADER, world.hubin_government)
    return world


class TestStart:
    def test_without_the_demonstration_it_leads_to_the_sign_in(
        self, world: World, client: Client, settings: object
    ) -> None:
        settings.DEMO = False  # type: ignore[attr-defined]
        page = client.get("/")
        assert page.status_code == 200
        assert f'href="{reverse("login")}"' in page.text
        assert "demo/enter" not in page.text

    def test_the_demonstration_offers_its_people_and_five_steps(
        self, demo: World, client: Client
    ) -> None:
        page = client.get("/")
        assert page.text.count('value="grid"') == 2  # in the tour and among the people
        assert page.context["tour"][1].person.username == "village"
        assert len(page.context["tour"]) == 5
        assert [person.username for person in page.context["people"]] == [
            "grid", "village", "leader",
        ]  # fmt: skip

    def test_nobody_signed_in_costs_no_query_on_the_shell(
        self, world: World, client: Client, settings: object
    ) -> None:
        settings.DEMO = False  # type: ignore[attr-defined]
        with CaptureQueriesContext(connection) as asked:
            client.get("/")
        assert [q["sql"] for q in asked if "SAVEPOINT" not in q["sql"]] == []


class TestSideDoor:
    def test_one_click_enters_as_the_person(self, demo: World, client: Client) -> None:
        answer = client.post(reverse("demo_enter"), {"username": "grid"})
        assert answer.status_code == 302
        assert client.session["_auth_user_id"] == str(demo.people["grid"].pk)

    def test_it_is_walled_up_outside_the_demonstration(
        self, demo: World, client: Client, settings: object
    ) -> None:
        settings.DEMO = False  # type: ignore[attr-defined]
        assert client.post(reverse("demo_enter"), {"username": "grid"}).status_code == 404
        assert "_auth_user_id" not in client.session

    def test_it_opens_for_the_cast_only(self, demo: World, client: Client) -> None:
        assert client.post(reverse("demo_enter"), {"username": "gao"}).status_code == 404
        assert client.get(reverse("demo_enter")).status_code == 405

    def test_the_visitors_case_goes_along(self, demo: World, client: Client) -> None:
        client.post(reverse("demo_enter"), {"username": "grid"})
        session = client.session
        session[TOUR_CASE] = "LB2026-000001"
        session.save()
        client.post(reverse("demo_enter"), {"username": "village"})
        page = client.get("/")
        assert page.context["number"] == "LB2026-000001"
        assert page.context["tour"][1].target == "/case/LB2026-000001/"

    def test_another_site_is_no_next_page(self, demo: World, client: Client) -> None:
        for target in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
            answer = client.post(reverse("demo_enter"), {"username": "grid", "next": target})
            assert answer["Location"] == reverse("home")


class TestHome:
    def test_every_post_has_its_home(self, world: World) -> None:
        homes = {
            world.gao: "cases:home",
            world.cun: "cases:queue",
            world.ouyang: "cases:queue",
            world.han: "cases:queue",
            world.mei: "cases:mediations",
            world.ling: "governance:leader",
            world.dou: "",
        }
        for user, name in homes.items():
            assert home_name(user) == name, user.username

    def test_an_auditor_gets_a_plain_page(self, world: World, client: Client) -> None:
        client.force_login(world.dou)
        page = client.get(reverse("home"))
        assert page.status_code == 200
        assert reverse("password") in page.text

    def test_without_a_post_there_is_nothing_to_see(self, world: World, client: Client) -> None:
        user = User.objects.create_user("nobody", "correct horse battery", "Nobody")
        client.force_login(user)
        assert client.get(reverse("home")).status_code == 200


class TestChoices:
    def test_the_size_of_letters_stays_with_person_and_browser(
        self, world: World, client: Client
    ) -> None:
        client.force_login(world.dou)
        client.post(reverse("text_size"), {"size": "xl", "next": "/feedback/"})
        world.dou.refresh_from_db()
        assert world.dou.text_size == "xl"
        assert 'data-fs="xl"' in client.get(reverse("home")).text
        client.post(reverse("logout"))
        assert 'data-fs="xl"' in client.get("/").text

    def test_an_unknown_size_is_refused(self, world: World, client: Client) -> None:
        assert client.post(reverse("text_size"), {"size": "9"}).status_code == 404

    def test_the_language_stays_with_person_and_browser(self, world: World, client: Client) -> None:
        client.force_login(world.dou)
        client.post(reverse("set_language"), {"language": "en", "next": "/"})
        world.dou.refresh_from_db()
        assert world.dou.language == "en"
        assert '<html lang="en"' in client.get("/").text
        client.post(reverse("set_language"), {"language": "xx", "next": "/"})
        world.dou.refresh_from_db()
        assert world.dou.language == "en"

    def test_the_feedback_page_names_a_phone(self, world: World, client: Client) -> None:
        world.hubin_centre.phone = "0000-7654321"
        world.hubin_centre.save()
        page = client.get(reverse("feedback"))
        assert "0000-7654321" in page.text
        assert world.hubin_centre.name in page.text
