"""``verify_chain`` finds every way of rewriting history, and says where."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cases.models import Case, CaseNote
from cases.rules.workflow import Verb
from cases.verification import verify_all, verify_case
from tests.cases.matters import climb, dispute, do
from tests.database import OwnedDatabase
from tests.world import World


def lived(world: World) -> Case:
    """A case with five events: registered, climbed, signed, supplemented, handed on."""
    case = climb(dispute(world))
    do(case, Verb.SIGN, world.cun)
    do(case, Verb.SUPPLEMENT, world.cun, note="双方都在家")
    return do(case, Verb.TRANSFER, world.cun, unit_id=world.land_office.pk, note="土地问题")


@contextmanager
def rewritten(owned: OwnedDatabase, statement: str, case: Case) -> Iterator[None]:
    """History rewritten the only way there is: by the owner, with the guards switched off."""
    with owned.desk.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE kept AS SELECT * FROM cases_caseevent")
        cursor.execute("ALTER TABLE cases_caseevent DISABLE TRIGGER USER")
        cursor.execute(statement, [case.pk])
        try:
            yield
        finally:
            cursor.execute("DELETE FROM cases_caseevent")
            cursor.execute("INSERT INTO cases_caseevent OVERRIDING SYSTEM VALUE SELECT * FROM kept")
            cursor.execute("ALTER TABLE cases_caseevent ENABLE TRIGGER USER")
            cursor.execute("DROP TABLE kept")


EVENT = "UPDATE cases_caseevent SET {} WHERE case_id = %s AND seq = 3"
TAMPERED = {
    "moment": EVENT.format("at = at - interval '1 day'"),
    "actor": EVENT.format("actor_id = actor_id + 1"),
    "unit": EVENT.format("unit_id = NULL"),
    "verb": EVENT.format("verb = 'raise'"),
    "status": EVENT.format("target = 'done'"),
    "reason": EVENT.format("reason = 'not_ours'"),
    "category": EVENT.format("category_id = category_id + 1"),
    "place": EVENT.format("area_id = area_id + 1"),
    "level": EVENT.format("level = level - 1"),
    "rung": EVENT.format("rung = rung + 1"),
    "holder": EVENT.format("holder_unit_id = holder_unit_id + 1"),
    "due": EVENT.format("due_at = due_at + interval '9 days'"),
    "digest": EVENT.format("digest = sha256('x')"),
    "hash": EVENT.format("hash = sha256('x')"),
    "predecessor": EVENT.format("prev = sha256('x')"),
    "deleted event": "DELETE FROM cases_caseevent WHERE case_id = %s AND seq = 3",
    "deleted end": "DELETE FROM cases_caseevent WHERE case_id = %s AND seq = 5",
    "deleted start": "DELETE FROM cases_caseevent WHERE case_id = %s AND seq = 1",
    "moved event": "UPDATE cases_caseevent SET seq = 9 WHERE case_id = %s AND seq = 5",
}


def test_every_rewritten_event_is_found(
    committed_world: World, owned_database: OwnedDatabase
) -> None:
    case, untouched = lived(committed_world), lived(committed_world)
    for name, statement in TAMPERED.items():
        assert list(verify_all()) == [], f"before {name}"
        with rewritten(owned_database, statement, case):
            wrong = list(verify_all())
            assert wrong and all(line.startswith(case.number) for line in wrong), name
            assert verify_case(untouched) == []


ROW: dict[str, Callable[[Case], object]] = {
    "head": lambda case: Case.objects.filter(pk=case.pk).update(head=b"\0" * 32),
    "last_seq": lambda case: Case.objects.filter(pk=case.pk).update(last_seq=4),
    "status": lambda case: Case.objects.filter(pk=case.pk).update(status="signed"),
    "holder": lambda case: Case.objects.filter(pk=case.pk).update(holder_unit=case.from_unit),
    "level": lambda case: Case.objects.filter(pk=case.pk).update(level=3),
    "text": lambda case: notes(case).filter(seq=4).update(text="无人在家"),
    "salt": lambda case: notes(case).filter(seq=4).update(salt=b"\0" * 16),
    "field": lambda case: notes(case).filter(seq=4).update(field="story.new"),
    "digest": lambda case: notes(case).filter(seq=4).update(digest=b"\0" * 32),
    "other event": lambda case: notes(case).filter(seq=4).update(seq=3),
}


def notes(case: Case):
    return CaseNote.objects.filter(case=case)


@pytest.mark.parametrize("change", ROW.values(), ids=ROW.keys())
def test_a_rewritten_row_or_note_is_found(world: World, change: Callable[[Case], object]) -> None:
    case = lived(world)
    assert verify_case(case) == []
    change(case)
    case.refresh_from_db()
    assert verify_case(case) != []


@pytest.mark.parametrize("seq", [3, 4, 77])
def test_an_added_note_is_found(world: World, seq: int) -> None:
    case = lived(world)
    row = notes(case).get(seq=4)
    row.pk, row.seq, row.position = None, seq, 7
    row.save(force_insert=True)
    assert verify_case(case) != []


def test_the_command_says_what_it_checked(world: World) -> None:
    case, other = lived(world), dispute(world)
    out = StringIO()
    call_command("verify_chain", stdout=out)
    assert out.getvalue() == "2 cases verify\n"
    call_command("verify_chain", other.number, stdout=out)
    assert out.getvalue().endswith("1 cases verify\n")
    with pytest.raises(CommandError, match="no such case: XX-1"):
        call_command("verify_chain", case.number, "XX-1")


def test_the_command_fails_where_something_was_changed(world: World) -> None:
    case = lived(world)
    notes(case).filter(seq=4).update(text="无人在家")
    err = StringIO()
    with pytest.raises(CommandError, match="1 broken links"):
        call_command("verify_chain", stderr=err)
    assert re.fullmatch(rf"{case.number} #4: the words of note were changed\n", err.getvalue())


def test_cases_are_read_in_batches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [dispute(world) for _ in range(5)]
    monkeypatch.setattr("cases.verification.BATCH", 2)
    notes(cases[4]).filter(position=0).update(text="别的事")
    assert [line.split(" ")[0] for line in verify_all()] == [cases[4].number]
