"""Keys of programs: got by name and password, shown once, ended by many things."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance import tokens
from governance.token_api import Token
from governance.urls import api
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


class TestScopes:
    def test_a_key_writes_only_where_its_scope_says_so(self, world: World, client: Client) -> None:
        body = {"kind": "event", "category": "E03", "text": "路灯不亮"}

        def register(*scopes: str) -> object:
            key, _row = tokens.issue(world.gao, scopes=scopes)
            headers = {
                "Authorization": f"Token {key}", "Idempotency-Key": f"scope-{scopes}",
                "Accept-Language": "en",
            }  # fmt: skip
            return client.post("/api/v1/cases/", body, "application/json", headers=headers)

        assert register("cases").status_code == 201
        assert register("all").status_code == 201
        for scopes in ((), ("places",), ("people", "sealed")):
            refused = register(*scopes)
            assert (refused.status_code, refused.json()["code"]) == (403, "out_of_scope")
            assert "lacks the scope cases" in refused.json()["message"]

    def test_a_key_that_only_reads_writes_nowhere(self, world: World, client: Client) -> None:
        """Every address of the API that takes a POST, but the one that gives keys."""
        key, _row = tokens.issue(world.su, scopes=())
        headers = {"Authorization": f"Token {key}", "Idempotency-Key": "reads-only-1"}
        for url in WRITING:
            answer = client.post(url, {}, "application/json", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "out_of_scope"), url
        assert client.get(ME, headers=headers).status_code == 200

    def test_every_endpoint_that_writes_names_a_scope(self) -> None:
        scopes = {getattr(view, "write_scope", "") for view in writers()}
        assert scopes <= tokens.SCOPES.keys()
        assert len(WRITING) > 12

    def test_scopes_and_days_are_asked_for(self, world: World, client: Client) -> None:
        made = sign_in(client, username="gao", password=PASSWORD, scopes=["places", "cases"],
                       days=2)  # fmt: skip
        row = ApiToken.objects.get(user=world.gao)
        assert made.json()["scopes"] == ["cases", "places"]
        assert (row.scope, row.expires_at - row.created_at) == ("cases,places", timedelta(days=2))
        reads = sign_in(client, username="gao", password=PASSWORD, scopes=[]).json()
        assert reads["scopes"] == []

    @pytest.mark.parametrize(
        ("body", "field"),
        [({"scopes": ["root"]}, "scopes"), ({"scopes": "all"}, "scopes"),
         ({"scopes": [[]]}, "scopes"), ({"days": 31}, "days"), ({"days": 0}, "days")],
    )  # fmt: skip
    def test_no_longer_and_no_wider_than_there_is(
        self, world: World, client: Client, body: dict[str, object], field: str
    ) -> None:
        answer = sign_in(client, username="gao", password=PASSWORD, **body)
        assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])
        assert not ApiToken.objects.exists()


class TestOwnKeysAndSessions:
    def test_keys_are_listed_and_ended_by_their_owner(self, world: World, client: Client) -> None:
        key, row = tokens.issue(world.gao, "phone", scopes=("account",))
        _other, second = tokens.issue(world.gao, "desk", scopes=())
        _theirs, foreign = tokens.issue(world.cun)
        headers = {"Authorization": f"Token {key}"}
        listed = client.get("/api/v1/tokens/", headers=headers).json()["results"]
        assert [(one["name"], one["scopes"], one["current"]) for one in listed] == [
            ("desk", [], False), ("phone", ["account"], True),
        ]  # fmt: skip
        assert key not in str(listed)

        def revoke(pk: int) -> int:
            url = f"/api/v1/tokens/{pk}/revoke/"
            return client.post(url, {}, "application/json", headers=headers).status_code

        assert [revoke(second.pk), revoke(second.pk), revoke(foreign.pk)] == [204, 404, 404]
        assert revoke(row.pk) == 204
        assert client.get(ME, headers=headers).status_code == 401

    def test_sessions_are_listed_and_ended_by_their_owner(self, world: World) -> None:
        browser = Client(headers={"User-Agent": "Firefox on Linux"})
        browser.post("/login/", {"username": "gao", "password": PASSWORD})
        key, _row = tokens.issue(world.gao)
        program = Client(headers={"Authorization": f"Token {key}"})
        (one,) = program.get("/api/v1/sessions/").json()["results"]
        assert (one["device"], one["current"]) == ("Firefox · Linux", False)
        assert browser.get("/api/v1/sessions/").json()["results"][0]["current"]
        theirs, _row = tokens.issue(world.cun)
        url = f"/api/v1/sessions/{one['id']}/end/"
        stranger = Client(headers={"Authorization": f"Token {theirs}"})
        assert stranger.post(url, {}, "application/json").status_code == 404
        assert program.post(url, {}, "application/json").status_code == 204
        assert browser.get(ME).status_code == 401
        assert program.post("/api/v1/sessions/end/", {}, "application/json").status_code == 204
        assert program.get(ME).status_code == 401


def writers() -> list[type]:
    """The endpoints that take a POST, but the one that gives keys."""
    views = [pattern.callback.view_class for pattern in api]
    return [view for view in views if hasattr(view, "post") and view is not Token]


WRITING = [
    reverse(f"api:{pattern.name}", kwargs={
        name: "LB2026-000001" if name == "number" else UUID(int=0) if name == "public_id" else 1
        for name in pattern.pattern.converters
    })
    for pattern in api if pattern.callback.view_class in writers()
]  # fmt: skip
