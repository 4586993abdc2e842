"""The calendar as people keep it: look first, take in once, never half; page, command and API."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from cases import calendar_change, calendars, intake, resident, workcalendar
from cases.models import CalendarEdition, Case, ClockMove, Recount, RecusalRequest
from cases.transitions import database_now
from governance import checks
from grids.models import User
from grids.roles import Role
from tests.cases.daysoff import (
    NEXT,
    begun,
    give_day,
    notice_days,
    table,
    take_in,
    workday_ahead,
    year_end,
)
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import climb, dispute
from tests.cases.petitions import replied
from tests.world import World

YEAR, IMPORT = reverse("cases:calendar"), reverse("cases:calendar_import")
MOVES, EXPORT = reverse("cases:calendar_moves"), reverse("cases:calendar_export")
API = "/api/v1/calendar/"


@pytest.fixture
def admin(world: World) -> User:
    return world.person("xi", Role.SYS_ADMIN, world.hubin_government)


def notice(**more: Any) -> dict[str, Any]:
    return {
        "year": NEXT,
        "document": "国办发明电〔2026〕12号",
        "table": table(notice_days()),
    } | more


def test_a_notice_is_looked_at_and_then_taken_in_once(world: World, admin: User) -> None:
    case = begun(dispute(world), year_end())
    desk = at_desk(admin)
    looked = desk.post(IMPORT, notice())
    words = text_of(looked)
    assert "1 running deadline moves: 1 later, 0 earlier" in words
    assert case.number not in words, "an administrator sees no matters"
    assert "1 of them is of a matter your posts do not see" in words
    assert not CalendarEdition.objects.exists(), "nothing is written by looking"
    kept = looked.context["kept"] | {"base": "0", "confirm": "1"}
    assert desk.post(IMPORT, kept).status_code == 302
    assert desk.post(IMPORT, kept).status_code == 409, "the same button twice"
    assert CalendarEdition.objects.get().days.count() == len(notice_days())
    workcalendar.forget()
    assert calendar_change.follow() == 1
    assert ClockMove.objects.get().due_to == case.clocks.get(code="ladder").due_at
    words = text_of(desk.get(f"{YEAR}?year={NEXT}&district=0"))
    assert "国办发明电〔2026〕12号" in words and "Provisional year" not in words
    again = desk.post(IMPORT, notice())
    assert again.status_code == 409 and "in force already" in text_of(again)


def test_two_administrators_at_once(world: World, admin: User) -> None:
    other = world.person("lu", Role.SYS_ADMIN, world.nanshan_centre)
    seen = {user.pk: at_desk(user).post(IMPORT, notice()).context["proposal"].base
            for user in (admin, other)}  # fmt: skip
    for user, status in ((admin, 302), (other, 409)):
        sent = notice(base=seen[user.pk], confirm="1", document=f"{user.pk}号")
        assert at_desk(user).post(IMPORT, sent).status_code == status
    assert CalendarEdition.objects.get().imported_by == admin


def test_a_bad_file_says_where_and_takes_in_nothing(world: World, admin: User) -> None:
    desk = at_desk(admin)
    wrong = notice(table=table(notice_days()) + f"\n{NEXT}-13-01,off,x\n{NEXT}-01-01,work,x")
    answer = desk.post(IMPORT, wrong)
    words = text_of(answer)
    assert answer.status_code == 422 and "Line" in words and "is no day" in words
    assert f"{NEXT}-13-01,off,x" in words, "what was typed is kept"
    for sent, said in (
        (notice(table=""), "Choose a file"), (notice(year="x"), "whole number"),
        (notice(year=NEXT + 1, table=table(notice_days(NEXT + 1))), "next to them first"),
        (notice(document=""), "required"), (notice(table="x" * 300_000), "too large"),
    ):  # fmt: skip
        answer = desk.post(IMPORT, sent)
        assert answer.status_code == 422 and said in text_of(answer), said
    file = SimpleUploadedFile("a.csv", table(notice_days()).encode("gb18030"))
    answer = desk.post(IMPORT, notice(file=file))
    assert "Not UTF-8" in text_of(answer)
    assert answer.context["table"] == "", "broken letters sent once more would pass"
    assert not CalendarEdition.objects.exists()


def test_a_district_keeps_its_own_days(world: World) -> None:
    case, day = dispute(world), workday_ahead(1)
    desk = at_desk(world.su)
    address = reverse("cases:calendar_day", args=[world.hubin.pk])
    sent = {"day": day.isoformat(), "kind": "off", "reason": "州庆"}
    words = text_of(looked := desk.post(address, sent))
    assert case.number in words and "湖滨区" in words and "later" in words
    csv = desk.post(MOVES, looked.context["kept"] | {"district": world.hubin.pk}).content.decode()
    assert csv.count("\r\n") == 2 and case.number in csv
    assert desk.post(address, sent | {"base": "0", "confirm": "1"}).status_code == 302
    workcalendar.forget()
    assert day in workcalendar.of_district(world.hubin.pk).days_off
    assert day not in workcalendar.current().days_off
    shown = f"{YEAR}?year={day.year}"
    assert "州庆" in text_of(desk.get(shown)) and "州庆" in text_of(at_desk(world.gao).get(shown))
    assert "州庆" not in text_of(at_desk(world.wai).get(shown))
    assert f"{day},off,州庆" in at_desk(world.gao).get(f"{EXPORT}?year={day.year}").content.decode()
    back = sent | {"kind": "national"}
    words = text_of(desk.post(address, back))
    assert "earlier" in words or "No running deadline moves" in words
    assert desk.post(address, back | {"base": "1", "confirm": "1"}).status_code == 302
    workcalendar.forget()
    assert workcalendar.of_district(world.hubin.pk) is workcalendar.current()
    assert CalendarEdition.objects.filter(area=world.hubin).count() == 2, "history is kept"


@pytest.mark.parametrize(
    ("who", "address", "status"),
    [
        ("ouyang", IMPORT, 403), ("su", IMPORT, 403), ("ouyang", "own", 403), ("wai", "own", 404),
        ("gao", YEAR, 200), ("gao", f"{YEAR}?district=999999", 404), ("gao", EXPORT, 200),
    ],
)  # fmt: skip
def test_who_may_what(world: World, who: str, address: str, status: int) -> None:
    if address == "own":
        address = reverse("cases:calendar_day", args=[world.hubin.pk])
    assert at_desk(getattr(world, who)).get(address).status_code == status


def test_what_makes_no_sense_for_a_district_is_said_at_the_field(world: World) -> None:
    address = reverse("cases:calendar_day", args=[world.hubin.pk])
    day = workday_ahead(1)
    for sent, status, said in (
        ({"day": day, "kind": "work", "reason": "x"}, 422, "working day for the whole country"),
        ({"day": day, "kind": "national", "reason": "x"}, 422, "no day of the district"),
        ({"day": f"{NEXT}-01-05", "kind": "off", "reason": "x"}, 422, "no notice for"),
        ({"day": "", "kind": "", "reason": ""}, 422, "required"),
    ):
        answer = at_desk(world.su).post(address, sent)
        assert answer.status_code == status and said in text_of(answer), said


# --- marked wherever it is shown --------------------------------------------------------------
def test_a_residents_window_and_a_decision_on_a_recusal_are_marked_too(world: World) -> None:
    case = replied(world, conclusion="explain")
    resident.apply(case, "欧阳主任", "他们是亲戚", database_now())
    code = {"code": intake.Receipt(case, created=False).code}
    desk = at_desk(world.han)
    assert ">provisional<" not in html(desk.post("/t/", code))
    case.papers.filter(sort="opinion").update(served_on=date(NEXT - 1, 12, 5))
    page = html(desk.post("/t/", code))
    assert f"{NEXT}-01-" in page and page.count(">provisional<") == 1
    RecusalRequest.objects.update(due_at=year_end() + timedelta(days=9))
    assert html(desk.post("/t/", code)).count(">provisional<") == 2


def test_a_provisional_deadline_is_marked_everywhere(world: World) -> None:
    case = climb(begun(dispute(world), year_end()), 2)
    assert case.provisional
    desk = at_desk(world.ouyang)
    queue = desk.get("/queue/?tab=todo")
    assert case.number in text_of(queue) and 'class="tag warn" title="Counted' in html(queue)
    for address in (f"/case/{case.number}/", f"/case/{case.number}/print/"):
        assert ">provisional<" in html(desk.get(address)), address
    row = desk.get("/api/v1/cases/").json()["results"][0]
    assert (row["number"], row["provisional"]) == (case.number, True)
    assert desk.get(f"/api/v1/cases/{case.number}/").json()["provisional"] is True
    listed = f"/leader/list/?figure=open&area={world.hubin.pk}"
    assert ">provisional<" in html(at_desk(world.ling).get(listed))
    export = desk.post("/queue/export/", {"why": "meeting"}).content.decode()
    assert ",provisional" in export
    receipt = at_desk(world.gao).get(f"/receipt/{case.number}/")
    assert "(provisional)" in text_of(receipt)
    progress = desk.post("/t/", {"code": receipt.context["slip"].code})
    assert "(provisional)" in text_of(progress)
    due = case.clocks.get(code="ladder").ladder[2].astimezone().date()
    take_in(None, notice_days())
    calendar_change.follow()
    progress = desk.post("/t/", {"code": receipt.context["slip"].code})
    case.refresh_from_db()
    words = text_of(progress)
    assert "(provisional)" not in words and "counted anew" in words
    assert case.due_at is not None and f"{case.due_at.astimezone():%Y-%m-%d}" in words
    assert f"{due}" not in words
    words = text_of(desk.get(f"/case/{case.number}/"))
    assert "Days off were announced; the deadline was counted anew" in words


def html(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


# --- the command and the API --------------------------------------------------------------------
def test_the_command(world: World, tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "notice.json"
    days = [
        {"date": str(one.day), "isOffDay": not one.works, "name": one.name} for one in notice_days()
    ]
    file.write_text(json.dumps({"days": days}))
    given = ["import_holidays", str(file), "--year", str(NEXT), "--document", "1号"]
    call_command(*given, "--dry-run")
    assert not CalendarEdition.objects.exists()
    call_command(*given)
    call_command(*given)
    said = capsys.readouterr().out
    assert "Nothing was written" in said and "version 1" in said and "in force already" in said
    assert CalendarEdition.objects.count() == Recount.objects.count() == 1
    for change, sentence in (
        (["--year", str(NEXT - 1)], "does not lie in"), (["--year", "1"], "Choose a year"),
    ):  # fmt: skip
        with pytest.raises(CommandError, match=sentence):
            call_command("import_holidays", str(file), *change, "--document", "1号")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_holidays", str(tmp_path), "--year", str(NEXT), "--document", "1号")


def test_the_api(world: World, admin: User) -> None:
    desk = at_desk(admin)
    assert desk.get(f"{API}?year={NEXT}").json()["provisional"] is True
    days = [{"date": str(one.day), "off": not one.works, "name": one.name} for one in notice_days()]
    body = {"year": NEXT, "document": "1号", "days": days}

    def post(address: str, sent: dict[str, Any], who: Any = desk) -> Any:
        return who.post(f"{API}{address}", sent, content_type="application/json")

    looked = post("notices/", body | {"dry_run": True})
    assert (looked.status_code, looked.json()["edition"]) == (200, None)
    assert post("notices/", body).json()["edition"] == 1
    assert post("notices/", body).status_code == 409
    workcalendar.forget()
    shown = desk.get(f"{API}?year={NEXT}").json()
    assert shown["provisional"] is False
    assert [one for one in shown["days"] if one["date"] == f"{NEXT}-01-01"][0]["name"] == "元旦"
    wrong = post("notices/", body | {"year": NEXT + 1})
    assert wrong.status_code == 422 and "days.0.date" in wrong.json()["fields"]
    assert post("notices/", {"year": NEXT, "document": "1号"}).status_code == 422
    assert post("notices/", body | {"days": [{"date": "x"}]}).status_code == 422
    assert post("notices/", body, at_desk(world.su)).status_code == 403
    own = {"day": str(workday_ahead(2)), "kind": "off", "reason": "州庆"}
    address = f"districts/{world.hubin.pk}/days/"
    assert post(address, own, at_desk(world.ouyang)).status_code == 403
    assert post(address, own, at_desk(world.wai)).status_code == 404
    assert post(address, own, at_desk(world.su)).status_code == 201
    for bad in ({"year": "1"}, {"year": NEXT, "district": "x"}, {}):
        assert desk.get(API, bad).status_code in (404, 422)


# --- told in time -------------------------------------------------------------------------------
def test_administrators_are_told_from_november_on(
    world: World, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    calendar = workcalendar.current()
    november = calendar.known_to.replace(month=11, day=1)
    assert workcalendar.awaited(november - timedelta(1)) is None
    assert workcalendar.awaited(november) == NEXT
    assert workcalendar.awaited(date(NEXT, 3, 1)) == NEXT, "it is still missing when the year runs"
    monkeypatch.setattr("cases.pages.calendar.today", lambda: november)
    said = f"There is no holiday notice for {NEXT} yet"
    assert said in text_of(at_desk(admin).get(YEAR))
    assert said not in text_of(at_desk(world.ouyang).get(YEAR))
    assert len(checks.calendar_messages(calendar, november)) == 1
    take_in(None, notice_days())
    assert workcalendar.awaited(november) is None
    assert checks.calendar_messages(workcalendar.current(), november) == []
    assert checks.calendar_reaches_ahead(databases=["default"]) is not None


def test_nobody_is_asked_for_days_while_a_matter_is_registered(
    world: World, django_assert_num_queries: Any
) -> None:
    """What was read is kept; a change is heard of when it has grown old."""
    give_day(world.su, world.hubin, workday_ahead(1))
    first = workcalendar.of_district(world.hubin.pk)
    with django_assert_num_queries(0):
        assert workcalendar.of_district(world.hubin.pk) is first
    workcalendar.KEPT.read_at -= workcalendar.LIFE + 1
    with django_assert_num_queries(1):
        assert workcalendar.of_district(world.hubin.pk) == first
    assert Case.objects.count() == 0
    assert calendars.own_days(world.hubin, workday_ahead(1).year)
