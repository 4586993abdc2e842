"""Keys of programs: got by name and password, shown once, ended by many things."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

from governance import tokens
from grids import throttle
from grids.models import ApiToken
from tests.world import PASSWORD, World

URL = "/api/v1/token/"
ME = "/api/v1/me/"


@pytest.fixture(autouse=True)
def fresh_limits(world: World) -> None:
    for name in ("gao", "nobody", "dou"):
        throttle.forgive("login", f"{name}|127.0.0.1")
    throttle.forgive("login-address", "127.0.0.1")


def sign_in(client: Client, **body: object) -> object:
    return client.post(URL, body, content_type="application/json")


def me(client: Client, authorization: str) -> object:
    return client.get(ME, headers={"Authorization": authorization})


class TestGettingAKey:
    def test_name_and_password_give_a_key_for_thirty_days(
        self, world: World, client: Client
    ) -> None:
        answer = sign_in(client, username="gao", password=PASSWORD, name="phone").json()
        row = ApiToken.objects.get(user=world.gao)
        assert bytes(row.digest) == tokens.digest(answer["token"])
        assert row.expires_at - row.created_at == timedelta(days=30)
        assert row.name == "phone"
        assert me(client, f"Token {answer['token']}").json()["username"] == "gao"

    def test_the_key_itself_is_not_kept(self, world: World, client: Client) -> None:
        key = sign_in(client, username="gao", password=PASSWORD).json()["token"]
        row = ApiToken.objects.get(user=world.gao)
        assert key.encode() not in bytes(row.digest)
        assert key not in row.name

    def test_unknown_wrong_and_disabled_get_one_answer(self, world: World, client: Client) -> None:
        world.dou.is_active = False
        world.dou.save()
        answers = {
            (answer.status_code, answer.content)
            for answer in (
                sign_in(client, username="gao", password="wrong wrong wrong"),
                sign_in(client, username="nobody", password=PASSWORD),
                sign_in(client, username="dou", password=PASSWORD),
                sign_in(client, username="gao", password="x" * 1000),
            )
        }
        assert len(answers) == 1
        assert answers.pop()[0] == 401
        assert not ApiToken.objects.exists()

    def test_guessing_is_stopped(self, world: World, client: Client) -> None:
        for _ in range(10):
            assert sign_in(client, username="gao", password="wrong").status_code == 401
        stopped = sign_in(client, username="gao", password=PASSWORD)
        assert stopped.status_code == 429
        assert 0 < int(stopped["Retry-After"]) <= 900
        assert stopped.json()["code"] == "too_many"

    def test_missing_fields_are_named(self, world: World, client: Client) -> None:
        answer = sign_in(client, username="gao", password=5)
        assert answer.status_code == 422
        assert list(answer.json()["fields"]) == ["password"]


class TestUsingAKey:
    def test_one_query_finds_the_user(self, world: World, client: Client) -> None:
        key, _row = tokens.issue(world.gao)
        with CaptureQueriesContext(connection) as asked:
            assert me(client, f"Token {key}").status_code == 200
        reads = [q["sql"] for q in asked if "SAVEPOINT" not in q["sql"]]
        assert len(reads) == 2  # the key with its user, and the posts; no session

    def test_everything_that_is_no_valid_key_gets_one_answer(
        self, world: World, client: Client
    ) -> None:
        expired, row = tokens.issue(world.gao)
        ApiToken.objects.filter(pk=row.pk).update(expires_at=Now())
        revoked, row = tokens.issue(world.gao)
        ApiToken.objects.filter(pk=row.pk).update(revoked_at=Now())
        disabled, _row = tokens.issue(world.dou)
        world.dou.is_active = False
        world.dou.save()
        refused = [
            f"Token {expired}",
            f"Token {revoked}",
            f"Token {disabled}",
            "Token",
            "Token a b",
            "Token jy_unknown",
            "Token \u00e9",
            "Token eyJhbGciOiJub25lIn0.e30.",
        ]
        answers = {
            (answer.status_code, answer.content, answer["WWW-Authenticate"])
            for answer in (me(client, authorization) for authorization in refused)
        }
        assert len(answers) == 1
        assert answers.pop()[0] == 401

    def test_without_any_key_it_is_401_too(self, world: World, client: Client) -> None:
        for authorization in ("", "Bearer x", "Basic Z2FvOng="):
            assert me(client, authorization).status_code == 401

    def test_a_key_can_be_given_back(self, world: World, client: Client) -> None:
        key, _row = tokens.issue(world.gao)
        headers = {"Authorization": f"Token {key}"}
        assert client.delete(URL, headers=headers).status_code == 204
        assert client.delete(URL, headers=headers).status_code == 401
        assert client.delete(URL).status_code == 401
