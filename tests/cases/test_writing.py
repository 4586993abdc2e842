"""Rows written as arrays of texts: every value comes back as it was, nothing is cut short."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import pytest
from django.db import DataError, transaction
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.models import Case, Clock, Story
from cases.rules.workflow import Status
from cases.writing import Row, array, insert_all, new, unsaved
from grids.models import Change
from grids.prepared import ask
from tests.world import World

NASTY = [
    "",
    "NULL",
    "null",
    "{}",
    '"',
    "\\",
    '\\"',
    "a,b",
    " blank ",
    "%s",
    "$1",
    "'",
    "\n\t",
    "𠮷",
]


def change(**values: Any) -> Row:
    values = {"at": datetime.now(UTC), "action": "rename", "subject": "area", **values}
    return new(Change, subject_id=1, **values)


@pytest.mark.parametrize("text", NASTY)
def test_words_come_back_as_they_were(world: World, text: str) -> None:
    insert_all([change(reason=text)])
    assert Change.objects.latest("pk").reason == text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(values=st.lists(st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"))))
def test_any_words_make_one_array(world: World, values: list[str | None]) -> None:
    assert ask("SELECT %s::text[]", [array(values)]) == [(values,)]


class Colour(StrEnum):
    RED = "red, green"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (-3, "int"),
        (True, "bool"),
        (False, "bool"),
        (b"\\\x00\xff", "bytea"),
        (datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=UTC), "timestamptz"),
        (date(2026, 12, 31), "date"),
        (['a"b', None, "c\\d"], "text[]"),
        ([datetime(2026, 1, 1, tzinfo=UTC)], "timestamptz[]"),
        (Colour.RED, "text"),
        (Status.REGISTERED, "text"),
    ],
)
def test_each_kind_of_value(world: World, value: Any, kind: str) -> None:
    ((found,),) = ask(f"SELECT ((%s::text[])[1])::{kind}", [array([value])])
    assert (bytes(found) if kind == "bytea" else found) == value


def test_what_is_no_value_is_refused() -> None:
    with pytest.raises(TypeError, match="F cannot be written"):
        array([F("id")])


def test_words_that_are_too_long_are_refused_and_nothing_is_cut(world: World) -> None:
    before = Change.objects.count()
    with pytest.raises(DataError), transaction.atomic():
        insert_all([change(), change(reason="y" * 201)])
    assert Change.objects.count() == before


def test_documents(world: World) -> None:
    before = {"name": '旧"\\', "list": [1, None, {"a": True}]}
    insert_all([change(before=before)])
    assert Change.objects.latest("pk").before == before


def test_an_unsaved_row_is_what_the_constructor_makes() -> None:
    values = {"id": 3, "case_id": 4, "tenant_id": 1, "code": "ladder", "rung": 2}
    quick, plain = unsaved(Clock, **values), Clock(**values)
    assert quick.__dict__.keys() == plain.__dict__.keys()
    assert {**quick.__dict__, "_state": 0} == {**plain.__dict__, "_state": 0}
    assert unsaved(Case).public_id != unsaved(Case).public_id
    with pytest.raises(TypeError, match="Story has no colour"):
        unsaved(Story, colour="red")
