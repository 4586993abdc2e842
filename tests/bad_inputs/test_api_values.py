"""Ordinary bad values through the API: the right refusal, no 5xx, nothing half written.

Every row: what is sent, the status expected, the fields named. Accepted values stand beside
the refused ones, so that a refusal cannot hide a mistake of the test.
"""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from cases.models import Case, Party, Story
from governance import tokens
from tests.world import World

CASES = "/api/v1/cases/"
GOOD = {"kind": "event", "category": "E03", "text": "路灯不亮"}


def party(**values: str) -> dict[str, Any]:
    return {"parties": [{"name": "张三", **values}]}


REFUSED: list[tuple[str, dict[str, Any], set[str]]] = [
    ("only a zero-width blank", {"text": "\u200b"}, {"text"}),
    ("only an ideographic blank", {"text": "\u3000"}, {"text"}),
    ("only a hard blank", {"text": "\u00a0"}, {"text"}),
    ("a right-to-left override", {"text": "路灯\u202e不亮"}, {"text"}),
    ("a zero-width blank in a name", party(name="张\u200b三"), {"parties.0.name"}),
    ("a line break in a name", party(name="张三\r\nBcc: x"), {"parties.0.name"}),
    ("a line break in a place", {"place": "a\nb"}, {"place"}),
    ("an escape character", {"text": "\u001b[31m路灯"}, {"text"}),
    ("one character too many", party(name="张" * 41), {"parties.0.name"}),
    ("one character too many in an address", party(address="村" * 121), {"parties.0.address"}),
    ("200 KB of text", {"text": "路" * 200_000}, {"text"}),
    ("only full stops", {"text": "。。。"}, {"text"}),
    ("only emoji", {"text": "😀😀"}, {"text"}),
    ("text as a number", {"text": 5}, {"text"}),
    ("text as a list", {"text": ["路灯"]}, {"text"}),
    ("text as an object", {"text": {"a": 1}}, {"text"}),
    ("no text", {"text": None}, {"text"}),
    ("a phone of letters", party(phone="一三八"), {"phone"}),
    ("a phone with one digit too few", party(phone="1380013800"), {"phone"}),
    ("a date alone of a year without it", {"occurred_at": "2025-02-29T10:00:00"}, {"occurred_at"}),
    ("the thirteenth month", {"occurred_at": "2025-13-01T10:00:00"}, {"occurred_at"}),
    ("the year zero", {"occurred_at": "0000-00-00T00:00:00"}, {"occurred_at"}),
    ("a moment as a number", {"occurred_at": 1764000000}, {"occurred_at"}),
    ("tomorrow", {"occurred_at": "2199-01-01T00:00:00"}, {"occurred_at"}),
    ("received before it happened",
     {"occurred_at": "2026-01-02T00:00:00", "received_at": "2026-01-01T00:00:00"},
     {"received_at"}),
    ("a moment before the century", {"received_at": "1901-01-01T00:00:00"}, {"received_at"}),
    ("people as text", {"people": "7"}, {"people"}),
    ("people as a full-width digit", {"people": "７"}, {"people"}),
    ("people as a fraction", {"people": 1.5}, {"people"}),
    ("nobody", {"people": 0}, {"people"}),
    ("an area of somebody else", {"area": 1}, {"area"}),
    ("a kind in capitals", {"kind": "EVENT"}, {"kind"}),
    ("a side that does not exist", party(side="judge"), {"parties.0.side"}),
    ("a party without name and phone", {"parties": [{"address": "村"}]}, {"parties"}),
    ("a party that is text", {"parties": ["张三"]}, {"parties.0"}),
    ("parties that are an object", {"parties": {"name": "张三"}}, {"parties"}),
    ("twenty-one parties", {"parties": [{"name": "张三"}] * 21}, {"parties"}),
    ("settled on the spot without saying how", {"on_the_spot": True}, {"result"}),
    ("urgent as text", {"urgent": "true"}, {"urgent"}),
    ("urgent as one", {"urgent": 1}, {"urgent"}),
    ("a source that does not exist", {"source": "rumour"}, {"source"}),
    ("a category of another kind", {"category": "D03"}, {"category"}),
]  # fmt: skip

ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("a name with a middle dot", party(name="买买提·艾力")),
    ("forty characters", party(name="张" * 40)),
    ("two thousand characters", {"text": "路" * 2000}),
    ("quotes and comments of SQL", {"text": "'; DROP TABLE cases_case; --"}),
    ("wild cards", {"text": "100% '_' \\ OR 1=1"}),
    ("markup", {"text": "<script>alert(1)</script> 路灯"}),
    ("a template", {"text": "{{ request.user }} {% csrf_token %} 路灯"}),
    ("several lines", {"text": "路灯不亮\r\n门口很暗\n\t请修"}),
    ("a phone with blanks", party(phone="+86 138-0013-8000")),
    ("a landline with its extension", party(phone="0595-87654321-801")),
    ("a moment with another offset", {"occurred_at": "2026-01-01T00:00:00+00:00"}),
    ("a moment without an offset", {"occurred_at": "2026-01-01T00:00:00"}),
    ("a minority script", {"text": "སྲང་ལམ་གྱི་གློག་བཞུ།"}),
]


@pytest.fixture
def client(world: World) -> Client:
    key, _row = tokens.issue(world.gao)
    return Client(headers={"Authorization": f"Token {key}", "Idempotency-Key": "bad-inputs"})


def rows() -> dict[str, int]:
    """How many rows every table of cases has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_name LIKE 'cases_%'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        union = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in tables)
        cursor.execute(union)
        return dict(cursor.fetchall())


@pytest.mark.parametrize(("name", "changes", "fields"), REFUSED, ids=[row[0] for row in REFUSED])
def test_refused_and_nothing_written(
    client: Client, name: str, changes: dict[str, Any], fields: set[str]
) -> None:
    before = rows()
    answer = client.post(CASES, {**GOOD, **changes}, content_type="application/json")
    assert answer.status_code == 422, answer.content
    assert set(answer.json()["fields"]) == fields
    assert rows() == before


@pytest.mark.parametrize(("name", "changes"), ACCEPTED, ids=[row[0] for row in ACCEPTED])
def test_accepted_and_kept_as_written(client: Client, name: str, changes: dict[str, Any]) -> None:
    answer = client.post(CASES, {**GOOD, **changes}, content_type="application/json")
    assert answer.status_code == 201, answer.content
    number = answer.json()["number"]
    story = Story.objects.get(case__number=number)
    sent = str({**GOOD, **changes}["text"])
    assert story.text == sent.replace("\r\n", "\n")
    shown = client.get(f"{CASES}{number}/").json()
    assert shown["text"] == story.text


def test_two_forms_of_a_letter_become_one(client: Client) -> None:
    for place, name in enumerate(("Jose\u0301", "Jos\u00e9")):
        client.post(
            CASES, {**GOOD, **party(name=name)}, content_type="application/json",
            headers={"Idempotency-Key": f"letters-{place}"},
        )  # fmt: skip
    assert {row.name for row in Party.objects.all()} == {"Jos\u00e9"}


def test_values_of_the_server_cannot_be_set(client: Client) -> None:
    for name in ("number", "status", "level", "holder_unit", "created_by", "tenant", "due_at"):
        answer = client.post(CASES, {**GOOD, name: 1}, content_type="application/json")
        assert answer.status_code == 400
        assert set(answer.json()["fields"]) == {name}
    assert not Case.objects.exists()


def test_text_of_a_case_comes_back_as_text_not_markup(client: Client) -> None:
    body = {**GOOD, "text": "</script><script>alert(1)</script> 路灯"}
    number = client.post(CASES, body, content_type="application/json").json()["number"]
    answer = client.get(f"{CASES}{number}/")
    assert answer["Content-Type"] == "application/json"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert json.loads(answer.content)["text"] == body["text"]
