"""Statements whose plan a session keeps: same rows, one name per session, bounded in number."""

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from grids import prepared
from grids.models import User
from grids.prepared import KEPT, ask, run_all
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


def audience(world: World) -> int:
    return User.objects.filter(pk=world.gao.pk, display_name__startswith="run").count()


RENAME = "UPDATE grids_user SET display_name = $1::text WHERE id = $2::bigint"
FAIL = "SELECT 1 / $1::int"


def test_many_run_in_one_message_in_their_order(world: World) -> None:
    calls = [(RENAME, ["run one", world.gao.pk]), (RENAME, ["run 'two' \\ %s", world.gao.pk])]
    with CaptureQueriesContext(connection) as asked:
        run_all(calls)
        run_all(calls)
    assert len(asked) == 2 and "PREPARE" not in asked[1]["sql"]
    assert User.objects.get(pk=world.gao.pk).display_name == "run 'two' \\ %s"


def test_a_message_that_fails_blocks_nothing(world: World) -> None:
    for _ in range(2):
        with pytest.raises(DataError), transaction.atomic():
            run_all([(RENAME, ["run away", world.gao.pk]), (FAIL, [0])])
        assert audience(world) == 0
    run_all([(RENAME, ["run on", world.gao.pk]), (FAIL, [1])])
    assert audience(world) == 1


def test_what_a_message_uses_is_not_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "MOST", 3)
    monkeypatch.setattr(KEPT, "session", None)
    run_all([(RENAME, ["run", world.gao.pk])])
    for number in range(2):
        ask(f"SELECT {number}")
    run_all([(RENAME, ["run", world.gao.pk]), (FAIL, [1])])
    assert list(KEPT.names) == ["SELECT 1", RENAME, FAIL]
