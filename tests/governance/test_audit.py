"""The auditor's log and the alarms: who reads them, what narrows them, how they are read."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.urls import reverse

from cases.queues import Cursor
from cases.transitions import database_now
from governance.audit import entries
from governance.audit.entries import Narrowing
from grids import access
from grids.errors import NotAllowed, WrongState
from grids.models import AccessLog, AccessNote, Alarm, User
from grids.roles import Role
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import dispute
from tests.database import OwnedDatabase
from tests.world import World

LOG, EXPORT, ALARMS = reverse("audit:log"), reverse("audit:export"), reverse("audit:alarms")


@pytest.fixture
def sec(world: World) -> User:
    return world.person("mi", Role.SEC_ADMIN, world.hubin_government)


def alarm(world: World, actor: User | None = None) -> Alarm:
    found = access.looked(
        actor or world.tan, "export", "list:area", tenant_id=world.lb.pk, rows=51,
        reason="other: 会商",
    )  # fmt: skip
    assert found is not None
    return found


def look(world: World, **values: object) -> None:
    kept = {
        "tenant": world.lb, "at": database_now(), "actor": world.ouyang, "action": "view",
        "unit": world.qingshi_centre, "role": "triage", "subject": "LB2026-000001",
    }  # fmt: skip
    AccessLog.objects.create(**(kept | values))


# --- who --------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["gao", "mei", "cun", "ouyang", "han", "su", "ling", "wai"])
@pytest.mark.parametrize("url", [LOG, EXPORT, ALARMS])
def test_nobody_who_works_on_matters_reads_the_log(world: World, name: str, url: str) -> None:
    assert at_desk(world.people[name]).get(url).status_code == 403


def test_the_security_administrator_sees_alarms_but_no_log(world: World, sec: User) -> None:
    row = alarm(world)
    client = at_desk(sec)
    assert client.get(LOG).status_code == 403
    assert "51 matters taken out within a day" in text_of(client.get(ALARMS))
    page = text_of(client.get(reverse("audit:alarm", args=[row.pk])))
    assert "Tan" in page and "The looks behind it" not in page


def test_an_auditor_reads_the_own_customer_only(world: World) -> None:
    look(world)
    look(
        world, tenant=world.ns, actor=world.wai, unit=world.nanshan_centre, subject="NS2026-000009"
    )
    text = text_of(at_desk(world.dou).get(LOG))
    assert (
        "LB2026-000001" in text and "Ouyang" in text and "青石镇综治中心 · Triage officer" in text
    )
    assert "NS2026-000009" not in text and "Wai" not in text
    stranger = world.person("yuan", Role.AUDITOR, world.nanshan_centre)
    assert "LB2026-000001" not in text_of(at_desk(stranger).get(LOG))


def test_a_look_from_above_the_customer_is_in_its_log(world: World) -> None:
    look(world, actor=world.su, unit=world.hubin_centre)
    boss = world.person("shi", Role.TRIAGE, world.hubin_centre)
    look(world, actor=boss, unit=None, subject="LB2026-000002")
    text = text_of(at_desk(world.dou).get(LOG))
    assert "LB2026-000001" in text and "LB2026-000002" in text


def test_an_auditor_of_a_township_reads_its_units_only(world: World) -> None:
    look(world)
    look(world, unit=world.liulin_centre, subject="LB2026-000002")
    auditor = world.person("zhen", Role.AUDITOR, world.qingshi_government)
    text = text_of(at_desk(auditor).get(LOG))
    assert "LB2026-000001" in text and "LB2026-000002" not in text


def test_the_matter_itself_stays_closed_to_the_auditor(world: World) -> None:
    case = dispute(world)
    at_desk(world.su).get(reverse("cases:detail", args=[case.number]))
    text = text_of(at_desk(world.dou).get(LOG))
    assert case.number in text
    for hidden in ("张三", "李四", "排水沟", "5678"):
        assert hidden not in text
    assert at_desk(world.dou).get(reverse("cases:detail", args=[case.number])).status_code == 404


# --- what narrows it --------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, {"A1", "A2", "A3"}), ({"kind": "print"}, {"A2"}), ({"unit": "柳林"}, {"A3"}),
        ({"number": "a1"}, {"A1"}), ({"until": "2026-02-28"}, {"A3"}),
        ({"since": "2026-03-01", "until": "2026-03-01"}, {"A2"}),
        ({"since": "2026-03-02"}, {"A1"}), ({"kind": "in_export"}, {"A9"}),
        ({"number": "A9"}, {"A9"}), ({"unit": "不存在"}, set()),
    ],
)  # fmt: skip
def test_time_unit_kind_and_matter_narrow_it(
    world: World, query: dict[str, str], numbers: set[str]
) -> None:
    def at(text: str) -> object:
        return entries.datetime.fromisoformat(f"{text}+08:00")

    look(world, subject="A1", at=at("2026-03-02T00:00:00"))
    look(world, subject="A2", at=at("2026-03-01T23:59:59"), action="print")
    look(world, subject="A3", at=at("2026-02-28T23:59:59"), unit=world.liulin_centre)
    look(world, subject="A9", at=at("2026-02-01T00:00:00"), action="in_export")
    answer = at_desk(world.dou).get(LOG, query)
    assert {one.subject for one in answer.context["entries"]} == numbers
    api = at_desk(world.dou).get(reverse("api:log"), query).json()
    assert {one["subject"] for one in api["results"]} == numbers


@pytest.mark.parametrize(
    "query",
    [{"kind": "x"}, {"since": "gestern"}, {"until": "99999-01-01"}, {"after": "x"},
     {"since": "2026-02-30"}, {"since": "0001-01-01"}],
)  # fmt: skip
def test_values_nobody_offered_are_refused(world: World, query: dict[str, str]) -> None:
    assert at_desk(world.dou).get(LOG, query).status_code == 400
    assert at_desk(world.dou).get(reverse("api:log"), query).status_code == 400


@pytest.mark.parametrize("name", ["actor", "user", "name", "order"])
def test_nothing_picks_or_sorts_by_a_person(world: World, name: str) -> None:
    look(world)
    answer = at_desk(world.dou).get(reverse("api:log"), {name: "ouyang"})
    assert answer.status_code == 400
    assert not set(entries.NAMES) & {"actor", "user", "name"}


def test_pages_by_key_show_every_row_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "PAGE", 2)
    moment = database_now()
    for n in range(7):  # three of them in the same moment
        look(world, subject=f"A{n}", at=moment - timedelta(seconds=max(n, 3)))
    seen, cursor = [], None
    for _ in range(4):
        found, more = entries.page(world.dou, Narrowing(), cursor)
        seen += [one.subject for one in found]
        cursor = Cursor.read(more)
    assert sorted(seen) == [f"A{n}" for n in range(7)] and cursor is None


# --- taking it out ----------------------------------------------------------------------
def test_taking_the_log_out_is_logged_too(world: World) -> None:
    look(world, reason="other")
    row = AccessLog.objects.get()
    AccessNote.objects.create(look_id=row.pk, at=row.at, text="=1+1")
    answer = at_desk(world.dou).post(EXPORT, {"why": "meeting"})
    table = list(csv.reader(io.StringIO(answer.content.decode()[1:])))
    assert len(table) == 2 and "LB2026-000001" in table[1] and "'=1+1" in table[1]
    row = AccessLog.objects.get(action="export")
    assert (row.actor, row.rows, row.subject, row.reason) == (world.dou, 1, "access log", "meeting")


def test_the_log_is_not_taken_out_without_a_purpose_or_in_one_piece(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(world)
    look(world)
    assert at_desk(world.dou).post(EXPORT, {"why": ""}).status_code == 422
    monkeypatch.setattr("governance.audit.views.MOST", 1)
    answer = at_desk(world.dou).post(EXPORT, {"why": "report"})
    assert answer.status_code == 422 and "More than 1 lines" in text_of(answer)
    assert not AccessLog.objects.filter(action="export").exists()


def test_an_auditor_who_takes_out_too_much_is_told_to_others(world: World, sec: User) -> None:
    for _ in range(51):
        look(world)
    at_desk(world.dou).post(EXPORT, {"why": "report"})
    row = Alarm.objects.get()
    assert row.actor == world.dou
    page = text_of(at_desk(world.dou).get(reverse("audit:alarm", args=[row.pk])))
    assert "about your own account" in page
    own = at_desk(world.dou).post(reverse("audit:seen", args=[row.pk]), {"note": "没事"})
    assert own.status_code == 403
    assert seen(sec, row, "已电话核实，用于季度检查").status_code == 302
    row.refresh_from_db()
    assert (row.seen_by, row.note) == (sec, "已电话核实，用于季度检查")


# --- alarms -----------------------------------------------------------------------------
def seen(user: User, row: Alarm, note: str) -> HttpResponse:
    return at_desk(user).post(reverse("audit:seen", args=[row.pk]), {"note": note})


def test_an_alarm_is_looked_at_once_with_a_note(world: World, sec: User) -> None:
    row = alarm(world)
    assert seen(sec, row, " ").status_code == 422
    assert seen(world.dou, row, "已核实").status_code == 302
    assert seen(sec, row, "我也看了").status_code == 409
    with pytest.raises(WrongState):
        access.seen_off(row, sec, "x")
    with pytest.raises(NotAllowed):
        access.seen_off(row, world.tan, "x")
    assert "已核实" in text_of(at_desk(sec).get(ALARMS))


def test_after_a_note_the_next_one_beyond_is_a_new_alarm(world: World) -> None:
    row = alarm(world)
    assert seen(world.dou, row, "已核实").status_code == 302
    again = alarm(world)
    assert again.pk != row.pk and again.amount == 102


def test_an_auditor_sees_the_looks_behind_and_that_is_logged(world: World) -> None:
    look(world, actor=world.tan)  # an ordinary look of the same account stays out
    row = alarm(world)
    page = text_of(at_desk(world.dou).get(reverse("audit:alarm", args=[row.pk])))
    assert "The looks behind it" in page and "会商" in page and "LB2026-000001" not in page
    kept = AccessLog.objects.get(subject=f"alarm:{row.pk}")
    assert (kept.actor, kept.action, kept.rows) == (world.dou, "view", 1)


def test_alarms_of_another_customer_do_not_exist(world: World) -> None:
    row = alarm(world)
    stranger = world.person("yuan", Role.AUDITOR, world.nanshan_centre)
    assert at_desk(stranger).get(reverse("audit:alarm", args=[row.pk])).status_code == 404
    assert seen(stranger, row, "x").status_code == 404
    assert at_desk(stranger).get(reverse("api:alarms")).json()["results"] == []


def test_the_api_lists_alarms(world: World, sec: User) -> None:
    row = alarm(world)
    [one] = at_desk(sec).get(reverse("api:alarms")).json()["results"]
    assert (one["id"], one["amount"], one["limit"], one["unit"]) == (
        row.pk,
        51,
        50,
        "青石镇综治中心",
    )


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_open_empty_in_both_languages(world: World, language: str) -> None:
    for url in (LOG, ALARMS, EXPORT):
        assert at_desk(world.dou, language).get(url).status_code == 200


# --- speed ------------------------------------------------------------------------------
FILL = """
INSERT INTO grids_accesslog
       (tenant_id, at, actor_id, unit_id, role, action, subject, fields, reason)
SELECT %s, now() - n * interval '7 seconds', %s, CASE n %% 4 WHEN 0 THEN %s ELSE %s END, 'triage',
       CASE n %% 10 WHEN 0 THEN 'in_export' WHEN 1 THEN 'print' ELSE 'view' END,
       'LB2026-' || n %% 5000, 'text,parties', ''
FROM generate_series(%s, %s) AS n
"""
ROWS, STEP = 200_000, 50_000  # the same plans as with a million


def plan(rows: object) -> str:
    sql, values = rows.query.sql_with_params()  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", values)
        return "\n".join(line for (line,) in cursor.fetchall())


def test_a_long_log_is_paged_along_an_index(world: World, owned_database: OwnedDatabase) -> None:
    with owned_database.desk.cursor() as cursor:
        # What rolled-back tests left would make the planner believe the log empty.
        cursor.execute("VACUUM grids_accesslog")
    with connection.cursor() as cursor:
        people = [world.lb.pk, world.ouyang.pk, world.qingshi_centre.pk, world.liulin_centre.pk]
        cursor.execute("SET LOCAL statement_timeout = 0")  # filling is no request
        for start in range(0, ROWS, STEP):
            cursor.execute(FILL, [*people, start + 1, start + STEP])
    middle = Cursor(database_now() - timedelta(days=40), 1).beyond(entries.NEWEST)
    for wanted, index in (
        (Narrowing(), "access_by_time"),
        (Narrowing(kind="print"), "access_by_kind"),
        (Narrowing(number="LB2026-77"), "access_by_subject"),
        (Narrowing(unit="青石镇综治"), "access_by_"),
    ):
        whole = entries.narrowed(world.dou, wanted)
        for rows in (whole, whole.filter(middle)):
            told = plan(rows[:51])
            assert index in told and "Seq Scan on grids_accesslog" not in told, told
    lately = AccessLog.objects.filter(actor=world.tan, action="export", at__gt=database_now())
    assert "access_of_account" in plan(lately)
