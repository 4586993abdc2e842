"""What the database itself refuses, written past Python; and what the app's role may not do."""

from datetime import timedelta

import psycopg2
import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction

from cases.models import Case, CaseUnit, Clock, ClockPause, ClockStep, Outbox, SupervisionOrder
from cases.rules.workflow import Verb
from governance.rights import NEVER_DELETED
from grids.access import looked
from tests.cases.matters import climb, dispute, do, event, in_days
from tests.database import OwnedDatabase
from tests.world import MONDAY, World


def refused(case: Case, constraint: str, **values: object) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(**values)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("case_kind_known", {"kind": "riddle"}),
        ("case_path_known", {"path": "stairs"}),
        ("case_status_known", {"status": "lost"}),
        ("case_outcome_known", {"outcome": "won"}),
        ("case_level_known", {"level": 1}),
        ("case_level_known", {"level": 8}),
        ("case_open_has_holder", {"holder_unit": None}),
        ("case_closed_means_not_due", {"due_at": None}),
        ("case_closed_means_not_due", {"status": "struck"}),
        ("case_closed_means_not_due", {"closed_at": MONDAY.replace(year=2099)}),
        ("case_suspended_has_review", {"status": "suspended"}),
        ("case_suspended_has_review", {"review_at": MONDAY}),
        ("case_urgent_path_is_urgent", {"path": "urgent", "urgent": False}),
        ("case_merged_names_the_other", {"merged_into": "self"}),
    ],
)
def test_a_row_that_cannot_be(world: World, constraint: str, values: dict[str, object]) -> None:
    case = dispute(world)
    if values.get("merged_into") == "self":
        values = {"merged_into": dispute(world)}
    refused(case, constraint, **values)


def test_a_closed_case_is_closed_after_it_opened(world: World) -> None:
    case = do(dispute(world), Verb.REFUSE, world.gao, note="已告知")
    refused(case, "case_closes_after_it_opens", closed_at=case.registered_at - timedelta(days=1))
    refused(case, "case_closed_means_not_due", due_at=MONDAY)


def test_numbers_and_codes_are_one_cases_own(world: World) -> None:
    one, two = dispute(world), dispute(world)
    refused(two, "number", number=one.number)
    refused(two, "code_lookup", code_lookup=bytes(one.code_lookup))
    refused(two, "spoken_lookup", spoken_lookup=bytes(one.spoken_lookup))


def test_a_rung_is_stepped_on_once(world: World) -> None:
    step = ClockStep.objects.get(clock__case=dispute(world))
    step.pk = None
    with pytest.raises(IntegrityError, match="clock_step_once"), transaction.atomic():
        step.save(force_insert=True)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("clock_code_known", {"code": "sundial"}),
        ("clock_due_after_start", {"due_at": MONDAY.replace(year=2001)}),
        ("clock_arrays_agree", {"holders": [1]}),
        ("clock_arrays_agree", {"actions": []}),
    ],
)
def test_a_clock_that_cannot_be(world: World, constraint: str, values: dict[str, object]) -> None:
    clock = dispute(world).clocks.get()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Clock.objects.filter(pk=clock.pk).update(**values)


def test_a_clock_pauses_once_at_a_time_and_not_backwards(world: World) -> None:
    case = do(dispute(world), Verb.SIGN, world.gao)
    do(case, Verb.SUSPEND, world.gao, reason="weather", note="雪", until=in_days(3))
    pause = ClockPause.objects.get(clock__case=case)
    with pytest.raises(IntegrityError, match="ends_after_it_starts"), transaction.atomic():
        ClockPause.objects.filter(pk=pause.pk).update(end_at=pause.start_at - timedelta(seconds=1))
    pause.pk = None
    with pytest.raises(IntegrityError, match="clock_pauses_once"), transaction.atomic():
        pause.save(force_insert=True)


def test_what_the_database_computes_of_a_clock(world: World) -> None:
    clock = dispute(world).clocks.get()

    def values(**change: object) -> tuple[object, object]:
        with transaction.atomic():
            Clock.objects.filter(pk=clock.pk).update(**change)
            found = Clock.objects.values_list("next_at", "step_due_at").get(pk=clock.pk)
            transaction.set_rollback(True)
        return found

    first, second = clock.ladder[:2]
    assert values() == (first, first)
    assert values(rung=1) == (second, second)
    assert values(waits_until=second) == (second, second)
    assert values(waits_until=first - timedelta(days=9)) == (first, first)
    assert values(rung=4) == (None, clock.due_at)  # past the top: late, but nothing more to do
    session = clock.due_at + timedelta(days=2)
    assert values(rung=4, waits_until=session) == (None, session)
    assert values(held_at=first) == (None, None)
    assert values(stopped_at=first) == (None, None)


@pytest.mark.parametrize("part", ["co_handler", "reader"])
def test_a_unit_takes_part_once_in_each_way(world: World, part: str) -> None:
    case = dispute(world)
    rows = [
        CaseUnit(
            case=case, tenant_id=case.tenant_id, unit=world.land_office, part=part, since=MONDAY
        )
        for _ in range(2)
    ]
    rows[0].save()
    with pytest.raises(IntegrityError, match="once_while_running"), transaction.atomic():
        rows[1].save()
    CaseUnit.objects.filter(pk=rows[0].pk).update(until=MONDAY)
    rows[1].save()


def test_a_case_is_listed_once(world: World) -> None:
    case = climb(event(world))
    row = SupervisionOrder.objects.get(case=case)
    row.pk = None
    with pytest.raises(IntegrityError, match="supervision_listed_once"), transaction.atomic():
        row.save(force_insert=True)


def test_a_message_is_written_once(world: World) -> None:
    dispute(world)
    row = Outbox.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError, match="dedupe_key"), transaction.atomic():
        row.save(force_insert=True)


# --- roles and triggers ------------------------------------------------------------------
FORBIDDEN = [
    f"{verb} {table}{rest}"
    for table in ("cases_caseevent", "grids_accesslog")
    for verb, rest in (("UPDATE", " SET id = id"), ("DELETE FROM", ""), ("TRUNCATE", " CASCADE"))
] + [
    f"{verb} {table}{rest}"
    for table in NEVER_DELETED
    for verb, rest in (("DELETE FROM", ""), ("TRUNCATE", " CASCADE"))
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_applications_role_may_not(world: World, statement: str) -> None:
    dispute(world)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cases_caseevent SET verb = 'void'", "DELETE FROM cases_caseevent",
        "TRUNCATE cases_caseevent", "DELETE FROM cases_case", "TRUNCATE cases_case CASCADE",
        "DELETE FROM grids_accesslog", "UPDATE grids_accesslog SET action = ''",
        "TRUNCATE grids_accesslog", "DELETE FROM cases_category", "DELETE FROM cases_source",
        "DELETE FROM cases_policy", "DELETE FROM grids_tenant",
    ],
)  # fmt: skip
def test_even_the_owner_meets_the_trigger(
    committed_world: World, owned_database: OwnedDatabase, statement: str
) -> None:
    dispute(committed_world)
    with owned_database.desk.cursor() as cursor:
        if "accesslog" in statement:
            looked(committed_world.gao, "view", "LB", tenant_id=committed_world.lb.pk)
        with pytest.raises(psycopg2.Error, match="append-only"):
            cursor.execute(statement)


def test_the_role_does_not_own_the_tables_and_cannot_switch_guards_off(world: World) -> None:
    for statement in (
        "ALTER TABLE cases_caseevent DISABLE TRIGGER USER",
        "DROP TRIGGER event_append_only ON cases_caseevent",
        "SET LOCAL session_replication_role = replica",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
