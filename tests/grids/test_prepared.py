"""Statements whose plan a session keeps: same rows, one name per session, bounded in number."""

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from grids import prepared
from grids.prepared import KEPT, ask
from tests.world import World

SQL = "SELECT id, username FROM grids_user WHERE username = ANY(%s) AND username LIKE 'g%%'"


def names_on_the_server() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements")
        return {name for (name,) in cursor.fetchall()}


def test_the_second_use_runs_the_kept_statement(world: World) -> None:
    with CaptureQueriesContext(connection) as asked:
        for names in (["gao", "it's"], ["bao"], []):
            found = ask(SQL, [names])
            assert found == ([(world.gao.pk, "gao")] if "gao" in names else [])
    assert len(asked) == 3
    assert [query["sql"].startswith("EXECUTE") for query in asked] == [False, True, True]
    assert KEPT.names[SQL] in names_on_the_server()


def test_values_stay_values(world: World) -> None:
    for value in ("'; DROP TABLE grids_user; --", "%s", "$1", "\\", None):
        assert ask("SELECT %s::text", [value]) == [(value,)]


def test_no_more_than_a_few_are_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "MOST", 3)
    monkeypatch.setattr(KEPT, "session", None)
    before = names_on_the_server()
    for number in range(6):
        assert ask(f"SELECT {number}") == [(number,)]
    assert len(KEPT.names) == 3
    assert len(names_on_the_server() - before) == 3
    assert ask("SELECT 0") == [(0,)]


def test_a_new_session_begins_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ask("SELECT 1")
    monkeypatch.setattr(KEPT, "session", object())
    assert ask("SELECT 1") == [(1,)]
    assert list(KEPT.names) == ["SELECT 1"]


def test_a_failure_blocks_nothing(world: World) -> None:
    for _ in range(2):
        with pytest.raises(DataError), transaction.atomic():
            ask("SELECT 1 / %s::int", [0])
    assert ask("SELECT 1 / %s::int", [1]) == [(1,)]
