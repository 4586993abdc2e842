"""Every error of the API has one shape, and bodies are read strictly."""

import json
import re
from collections.abc import Iterator

import pytest
from django.db import OperationalError
from django.test import Client

from cases import intake
from cases.models import Case
from governance import tokens
from governance.api import nesting
from governance.urls import api
from grids.errors import BadInput, BrokenRule, NotAllowed, TooMany, WrongState
from tests.world import World

CASES = "/api/v1/cases/"


@pytest.fixture
def gao(world: World) -> Iterator[Client]:
    key, _row = tokens.issue(world.gao)
    yield Client(headers={"Authorization": f"Token {key}", "Idempotency-Key": "key-for-errors"})
    assert not Case.objects.exists()  # nothing in this file registers anything


def post(client: Client, body: object, content_type: str = "application/json") -> object:
    return client.post(CASES, body, content_type=content_type)


def shape(answer: object, status: int, code: str) -> dict[str, list[str]]:
    assert answer.status_code == status, answer.content
    body = answer.json()
    assert set(body) == {"code", "message", "fields"}
    assert body["code"] == code
    assert body["message"]
    return body["fields"]


class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b"[" * 100_000,
            b"[" * 60 + b"]" * 60,
            b'{"text": NaN}',
            b'{"people": 1e999999}',
            b'{"people": Infinity}',
            b'{"text": "a", "text": "b"}',
            b'{"a": {"b": 1, "b": 2}}',
            b'{"text": "\\ud800"}',
            b'{"text": "\\u0000"}',
            b'{"\\u0000": "x"}',
            b'{"text": "\xff\xfe"}',
            b'{"text": "a\x00b"}',
            b'{"text": "\xed\xa0\x80"}',
            b'{"people": ' + b"9" * 5000 + b"}",
            "{}".encode("utf-16"),
        ],
    )
    def test_what_is_no_clean_json_is_400(self, gao: Client, body: bytes) -> None:
        shape(post(gao, body), 400, "bad_request")

    def test_brackets_in_text_are_no_nesting(self) -> None:
        assert nesting(b'{"text": "' + b"[" * 500 + b'"}') == 1
        assert nesting(b'{"text": "\\"' + b"[" * 500 + b'"}') == 1
        assert nesting(b"[" * 60) == 60
        assert nesting(b"[],[]" * 30) == 1

    def test_a_body_beyond_the_limit_is_413(self, gao: Client) -> None:
        shape(post(gao, b'{"text": "' + b"x" * 3_000_000 + b'"}'), 413, "too_large")

    def test_unknown_fields_are_400_and_named(self, gao: Client) -> None:
        body = {"kind": "dispute", "text": "…", "is_staff": True, "created_at": "x", "id": 7}
        fields = shape(post(gao, body), 400, "unknown_field")
        assert set(fields) == {"is_staff", "created_at", "id"}

    def test_unknown_fields_of_a_party_are_named_with_their_place(self, gao: Client) -> None:
        body = {"kind": "dispute", "text": "争执", "parties": [{"name": "张三"}, {"nam": "李四"}]}
        assert set(shape(post(gao, body), 400, "unknown_field")) == {"parties.1.nam"}

    @pytest.mark.parametrize("body", ["[]", "null", "1", '"text"', "true"])
    def test_only_an_object_is_a_body(self, gao: Client, body: str) -> None:
        shape(post(gao, body), 422, "bad_input")

    def test_wrong_values_are_422_field_by_field(self, gao: Client) -> None:
        body = {
            "kind": "war",
            "text": "",
            "people": True,
            "urgent": "yes",
            "area": "1",
            "occurred_at": "2025-02-29",
            "received_at": "0000-00-00T00:00:00",
            "parties": [{"side": "nobody", "name": "x" * 41}],
            "place": "a\u200bb",
        }
        fields = shape(post(gao, body), 422, "bad_input")
        assert set(fields) == {
            "kind", "text", "people", "urgent", "area", "occurred_at", "received_at",
            "parties.0.side", "parties.0.name", "place",
        }  # fmt: skip
        assert all(messages and all(messages) for messages in fields.values())

    @pytest.mark.parametrize("value", [1.0, 1.5, "7", True, -1, 0, 2**63, 10**30, [], {}])
    def test_ids_are_plain_positive_whole_numbers(self, gao: Client, value: object) -> None:
        fields = shape(post(gao, {"kind": "event", "text": "灯", "area": value}), 422, "bad_input")
        assert set(fields) == {"area"}


class TestStatuses:
    def test_not_signed_in(self, world: World, client: Client) -> None:
        shape(post(client, {}), 401, "not_signed_in")

    def test_a_session_without_its_form_token_is_403(self, world: World) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(world.gao)
        shape(post(client, {}), 403, "not_allowed")

    def test_unknown_address(self, gao: Client) -> None:
        shape(gao.get("/api/v1/nothing/"), 404, "not_found")
        shape(gao.get("/api/v2/cases/"), 404, "not_found")

    @pytest.mark.parametrize("number", ["-1", "9" * 30, "abc", "%00", "..%2f..", "LB2026-000001"])
    def test_what_does_not_exist_is_404(self, gao: Client, number: str) -> None:
        shape(gao.get(f"{CASES}{number}/"), 404, "not_found")

    def test_wrong_method(self, gao: Client) -> None:
        for method in ("put", "patch", "delete"):
            shape(getattr(gao, method)(CASES), 405, "method_not_allowed")
        shape(gao.generic("TRACE", CASES), 405, "method_not_allowed")
        shape(gao.generic("NONSENSE", CASES), 405, "method_not_allowed")

    @pytest.mark.parametrize(
        "content_type",
        [
            "text/plain",
            "application/xml",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json; charset=gbk",
            "application/json; charset=bogus",
        ],
    )
    def test_wrong_media_type(self, gao: Client, content_type: str) -> None:
        answer = gao.generic("POST", CASES, b"{}", content_type=content_type)
        assert answer.status_code == 415
        assert set(answer.json()) == {"code", "message", "fields"}

    def test_writing_needs_a_key(self, world: World) -> None:
        key, _row = tokens.issue(world.gao)
        for wrong in ("", "short", "x" * 81, "schlüssel", "has blank in it"):
            client = Client(headers={"Authorization": f"Token {key}", "Idempotency-Key": wrong})
            shape(post(client, {"kind": "event", "text": "灯"}), 400, "idempotency_key")

    @pytest.mark.parametrize(
        ("error", "status", "code", "fields"),
        [
            (NotAllowed("Your post does not allow this."), 403, "not_allowed", {}),
            (WrongState("no"), 409, "wrong_state", {}),
            (BadInput("no", field="text"), 422, "bad_input", {"text": ["no"]}),
            (TooMany("no", seconds=7), 429, "too_many", {}),
            (BrokenRule("no"), 409, "broken_rule", {}),
        ],
    )
    def test_refusals_of_the_rules(
        self, gao: Client, monkeypatch: pytest.MonkeyPatch,
        error: BrokenRule, status: int, code: str, fields: dict[str, list[str]],
    ) -> None:  # fmt: skip
        def refuse(*args: object, **kwargs: object) -> None:
            raise error

        monkeypatch.setattr(intake, "register", refuse)
        answer = post(gao, {"kind": "event", "text": "灯"})
        assert shape(answer, status, code) == fields
        assert answer.get("Retry-After", "") == ("7" if status == 429 else "")

    def test_a_database_that_is_away_is_503_with_a_time(
        self, gao: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*args: object, **kwargs: object) -> None:
            raise OperationalError("server closed the connection unexpectedly")

        monkeypatch.setattr(intake, "register", away)
        answer = post(gao, {"kind": "event", "text": "灯"})
        shape(answer, 503, "unavailable")
        assert answer["Retry-After"] == "15"

    def test_a_bug_is_500_without_its_words(
        self, gao: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def bug(*args: object, **kwargs: object) -> None:
            raise RuntimeError("张三 13800138000")

        monkeypatch.setattr(intake, "register", bug)
        gao.raise_request_exception = False
        answer = post(gao, {"kind": "event", "text": "灯"})
        shape(answer, 500, "server_error")
        assert "13800138000" not in answer.text


class TestLanguage:
    def test_messages_speak_the_callers_language(self, world: World) -> None:
        texts = {
            language: Client(headers={"Accept-Language": language}).get(CASES).json()["message"]
            for language in ("zh-CN", "en")
        }
        assert texts["en"] == "Sign in first, or send a valid key."


class TestSchema:
    def test_every_endpoint_is_described_with_an_example(self, gao: Client) -> None:
        schema = json.loads(gao.get("/api/v1/schema/").content)
        operations = {
            f"{method} {path}": operation
            for path, methods in schema["paths"].items()
            for method, operation in methods.items()
        }
        routes = {pattern.pattern._route for pattern in api}
        described = {path.removeprefix("/api/v1/") for path in schema["paths"]}
        assert {
            re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route).replace("{pk}", "{id}") for route in routes
        } - described == {"schema/"}
        for name, operation in operations.items():
            assert operation["summary"], name
            if "204" not in operation["responses"]:
                assert "example" in json.dumps(operation), name
            assert "401" in operation["responses"], name

    def test_it_is_closed_to_strangers(self, world: World, client: Client) -> None:
        shape(client.get("/api/v1/schema/"), 401, "not_signed_in")
