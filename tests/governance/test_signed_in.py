"""The session and its owner, read by kept statements."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance import signed_in
from governance.signed_in import GUESSES, READ, SessionStore, Staff
from grids.models import User
from grids.roles import Role
from tests.world import World

QUEUE = "/queue/"


def test_the_owner_comes_with_the_posts_of_the_model(world: World) -> None:
    world.person("ouyang", Role.TRIAGE, world.liulin_centre)
    for name in ("ouyang", "gao", "mei"):
        plain = User.objects.get(username=name)
        with CaptureQueriesContext(connection) as asked:
            found = Staff().get_user(plain.pk)
            assert found is not None and found.posts == plain.posts
        assert found == plain and found.password == plain.password
        assert len(asked) == 2  # the owner; the posts of the plain one


def test_somebody_without_a_post_has_none(world: World) -> None:
    user = User.objects.create_user("new", None, "新")
    found = Staff().get_user(user.pk)
    assert found is not None and found.posts == []


@pytest.mark.parametrize("gone", ["disabled", "unknown"])
def test_nobody(world: World, gone: str) -> None:
    User.objects.filter(pk=world.gao.pk).update(is_active=False)
    assert Staff().get_user(world.gao.pk if gone == "disabled" else 0) is None


def test_an_expired_or_unknown_session_is_empty(world: World) -> None:
    store = SessionStore()
    store["word"] = 1
    store.create()
    assert SessionStore(store.session_key)["word"] == 1
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert SessionStore(store.session_key).get("word") is None
    assert SessionStore("x" * 32).get("word") is None


def test_the_owner_is_read_with_the_session(world: World, client: Client) -> None:
    client.force_login(world.gao)
    for wanted in (2, 1):  # the first request of a process does not know whose session it is
        store = SessionStore(client.session.session_key)
        GUESSES.pop(store.session_key or "", None) if wanted == 2 else None
        with CaptureQueriesContext(connection) as asked:
            assert store["_auth_user_id"] == str(world.gao.pk)
            found = Staff().get_user(world.gao.pk)
        assert len(asked) == wanted
        assert found == world.gao and found.posts == world.gao.posts


def test_a_wrong_guess_is_nobodys_owner(world: World, client: Client) -> None:
    client.force_login(world.gao)
    key = client.session.session_key or ""
    GUESSES[key] = world.ouyang.pk
    assert client.get("/api/v1/me/").json()["username"] == "gao"
    GUESSES[key] = world.ouyang.pk
    assert SessionStore(key)["_auth_user_id"] == str(world.gao.pk)
    assert READ.owner == world.ouyang  # read by the guess, handed to nobody who asks for gao
    assert Staff().get_user(world.gao.pk) == world.gao
    assert READ.owner is None


def test_a_session_without_rows_forgets_the_owner(world: World, client: Client) -> None:
    client.force_login(world.gao)
    assert client.get(QUEUE).status_code == 200
    READ.owner = world.gao
    assert SessionStore("x" * 32).get("word") is None
    assert READ.owner is None


def test_guesses_are_bounded(world: World, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signed_in, "MOST_GUESSES", 2)
    for number in range(5):
        signed_in.remember(f"key{number}", "7")
    assert len(GUESSES) <= 2
    signed_in.remember("odd", None)
    assert "odd" not in GUESSES


def test_a_post_that_ends_ends_at_the_next_request(world: World, client: Client) -> None:
    client.force_login(world.ouyang)
    assert client.get(QUEUE).status_code == 200
    world.ouyang.postings.update(ended_on=timezone.localdate())
    assert client.get(QUEUE).status_code == 403


def test_a_new_password_ends_other_sessions(world: World, client: Client) -> None:
    client.force_login(world.ouyang)
    assert client.get(QUEUE).status_code == 200
    world.ouyang.set_password("something else entirely")
    world.ouyang.save()
    assert client.get(QUEUE).status_code == 302


def test_a_forged_session_is_nobody(world: World, client: Client) -> None:
    client.force_login(world.ouyang)
    assert client.get(QUEUE).status_code == 200
    Session.objects.update(session_data="nonsense")
    client.cookies[settings.SESSION_COOKIE_NAME] = Session.objects.get().session_key
    assert client.get(QUEUE).status_code == 302
