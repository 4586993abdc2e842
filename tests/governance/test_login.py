"""Signing in and out: one answer for everything wrong, a new key, an end."""

import time

import pytest
from django.test import Client
from django.urls import reverse

from governance import sessions, tokens
from grids import throttle
from grids.models import ApiToken, User
from grids.roles import Role
from tests.world import PASSWORD, World

NEW = "a new sentence to remember"


@pytest.fixture(autouse=True)
def fresh_limits(world: World) -> None:
    for name in ("gao", "ouyang", "nobody", "dou"):
        throttle.forgive("login", f"{name}|127.0.0.1")
    throttle.forgive("login-address", "127.0.0.1")
    for user in world.people.values():
        throttle.forgive("password", str(user.pk))


def sign_in(client: Client, username: str = "ouyang", password: str = PASSWORD) -> object:
    return client.post(reverse("login"), {"username": username, "password": password})


def shift(client: Client, **seconds: int) -> None:
    """Let the moments of a session lie further back."""
    session = client.session
    for name, ago in seconds.items():
        session[name] = session[name] - ago
    session.save()


def inside(client: Client) -> bool:
    return client.get(reverse("password")).status_code == 200


class TestSigningIn:
    def test_the_right_password_opens(self, world: World, client: Client) -> None:
        answer = sign_in(client)
        assert answer.status_code == 302
        assert answer["Location"] == reverse("home")
        assert inside(client)

    def test_the_name_may_be_typed_full_width(self, world: World, client: Client) -> None:
        assert sign_in(client, " ｏｕｙａｎｇ ").status_code == 302

    def test_the_key_of_the_session_is_new(self, world: World, client: Client) -> None:
        client.get("/")
        session = client.session
        session["planted"] = "by a stranger"
        session.save()
        before = client.session.session_key
        sign_in(client)
        assert client.session.session_key != before

    def test_everything_wrong_gets_one_answer(self, world: World) -> None:
        world.dou.is_active = False
        world.dou.save()
        texts = set()
        for username, password in (
            ("ouyang", "wrong"),
            ("nobody", PASSWORD),
            ("dou", PASSWORD),
            ("ouyang", "x" * 5000),
        ):
            answer = sign_in(Client(), username, password)
            assert answer.status_code == 422
            texts.add(answer.context["form"].non_field_errors().as_text())
        assert len(texts) == 1

    def test_guessing_is_stopped_and_the_right_password_waits_too(
        self, world: World, client: Client
    ) -> None:
        for _ in range(10):
            assert sign_in(client, password="wrong").status_code == 422
        stopped = sign_in(client)
        assert stopped.status_code == 429
        assert int(stopped["Retry-After"]) <= 900
        assert sign_in(client, "gao").status_code == 302  # nobody else is locked out

    def test_success_forgets_the_attempts(self, world: World, client: Client) -> None:
        for _ in range(3):
            for _ in range(9):
                sign_in(client, password="wrong")
            assert sign_in(client).status_code == 302
            client.post(reverse("logout"))

    def test_without_redis_staff_still_get_in(
        self, world: World, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        away = throttle.at("redis://127.0.0.1:1/0")
        monkeypatch.setattr(throttle, "store", lambda: away)
        assert sign_in(client).status_code == 302

    def test_next_leads_to_pages_of_ours_only(self, world: World, client: Client) -> None:
        form = {"username": "ouyang", "password": PASSWORD}
        ours = client.post(reverse("login"), {**form, "next": "/password/"})
        assert ours["Location"] == "/password/"
        for target in ("https://evil.example/", "//evil.example/", "\\\\evil", "javascript:1"):
            answer = Client().post(reverse("login"), {**form, "next": target})
            assert answer["Location"] == reverse("home")

    def test_strangers_are_led_to_the_sign_in(self, world: World, client: Client) -> None:
        answer = client.get(reverse("home"))
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("login"))

    def test_the_chosen_language_comes_along(self, world: World, client: Client) -> None:
        User.objects.filter(pk=world.ouyang.pk).update(language="en")
        sign_in(client)
        assert client.cookies["django_language"].value == "en"


class TestSigningOut:
    def test_it_needs_a_press_and_ends_the_session(self, world: World, client: Client) -> None:
        sign_in(client)
        assert client.get(reverse("logout")).status_code == 405
        answer = client.post(reverse("logout"))
        assert answer["Location"] == "/"
        assert answer["Clear-Site-Data"] == '"cache"'
        assert not inside(client)


class TestTheEndOfASession:
    def test_a_desk_sleeps_after_half_an_hour(self, world: World, client: Client) -> None:
        sign_in(client)
        shift(client, seen=29 * 60)
        assert inside(client)
        shift(client, seen=31 * 60)
        assert not inside(client)

    def test_a_desk_ends_after_ten_hours_of_work(self, world: World, client: Client) -> None:
        sign_in(client)
        shift(client, started=10 * 3600 - 60)
        assert inside(client)
        shift(client, started=120)
        assert not inside(client)

    def test_a_grid_workers_phone_lasts_thirty_days(self, world: World, client: Client) -> None:
        sign_in(client, "gao")
        assert client.session[sessions.KIND] == sessions.FIELD
        assert client.session.get_expiry_age() > 29 * 24 * 3600
        shift(client, started=29 * 24 * 3600, seen=29 * 24 * 3600)
        assert inside(client)
        shift(client, started=2 * 24 * 3600)
        assert not inside(client)

    def test_a_second_post_ends_the_long_session(self, world: World, client: Client) -> None:
        sign_in(client, "gao")
        assert inside(client)
        world.person("gao", Role.TRIAGE, world.qingshi_centre)
        assert not inside(client)

    def test_a_disabled_account_is_out_at_once(self, world: World, client: Client) -> None:
        sign_in(client)
        User.objects.filter(pk=world.ouyang.pk).update(is_active=False)
        assert not inside(client)

    def test_being_seen_is_written_once_a_minute(self, world: World, client: Client) -> None:
        sign_in(client)
        shift(client, seen=50)
        before = client.session[sessions.SEEN]
        inside(client)
        assert client.session[sessions.SEEN] == before
        shift(client, seen=20)
        inside(client)
        assert client.session[sessions.SEEN] >= int(time.time()) - 5


class TestPassword:
    def change(self, client: Client, **values: str) -> object:
        form = {"old": PASSWORD, "new": NEW, "again": NEW, **values}
        return client.post(reverse("password"), form)

    def test_the_new_one_counts_and_everything_else_ends(self, world: World) -> None:
        here, elsewhere = Client(), Client()
        sign_in(here)
        sign_in(elsewhere)
        tokens.issue(world.ouyang)
        assert self.change(here).status_code == 302
        assert inside(here)
        assert not inside(elsewhere)
        assert not ApiToken.objects.filter(user=world.ouyang, revoked_at=None).exists()
        assert sign_in(Client()).status_code == 422
        assert sign_in(Client(), password=NEW).status_code == 302

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"old": "wrong"}, "old"),
            ({"again": "another sentence"}, "again"),
            ({"new": "short", "again": "short"}, "new"),
            ({"new": "password1234", "again": "password1234"}, "new"),
            ({"new": "", "again": ""}, "new"),
        ],
    )
    def test_what_is_wrong_stands_at_its_field(
        self, world: World, client: Client, values: dict[str, str], field: str
    ) -> None:
        sign_in(client)
        answer = self.change(client, **values)
        assert answer.status_code == 422
        assert field in answer.context["form"].errors
        assert sign_in(Client()).status_code == 302

    def test_the_old_one_cannot_be_guessed(self, world: World, client: Client) -> None:
        sign_in(client)
        for _ in range(10):
            self.change(client, old="wrong")
        assert self.change(client).status_code == 429
