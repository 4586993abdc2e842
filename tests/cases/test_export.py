"""Lists taken out: masked, whitelisted, with a purpose, logged, with the alarm at fifty-one."""

import csv
import io
import time
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.urls import reverse

from cases import export
from cases.intake import PartyDraft
from cases.models import Case, Notice
from cases.transitions import database_now
from grids import access, throttle
from grids.models import AccessLog, Alarm, User
from grids.roles import Role
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import dispute, event
from tests.world import World

EXPORT = reverse("cases:export")
CANARY = "李四维"
PHONE = "13912344321"


@pytest.fixture(autouse=True)
def unspent(world: World) -> None:
    for user in world.people.values():
        throttle.forgive("export", str(user.pk))


def take(user: User, query: str = "tab=area", **sent: str) -> HttpResponse:
    values = {"why": "report"} | sent
    return at_desk(user).post(f"{EXPORT}?{query}", values)


def table(answer: HttpResponse) -> list[list[str]]:
    text = answer.content.decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def many(world: World, count: int) -> None:
    for _ in range(count):
        event(world)


def test_the_file_holds_the_list_masked(world: World) -> None:
    case = dispute(
        world, text=f"{CANARY}家的水渠堵了，电话{PHONE}。", place="幸福路7号",
        parties=(PartyDraft(CANARY, PHONE, "东河村2组15号"),),
    )  # fmt: skip
    answer = take(world.ouyang)
    assert answer.status_code == 200 and answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="area-')
    head, row = table(answer)
    assert len(head) == len(row) == 14
    assert case.number in row and "李*维" in row and "139****4321" in row
    assert "青石镇 东河村" in row
    whole = answer.content.decode()
    for hidden in (CANARY, PHONE, "2组15号", "幸福路7号", "1234"):
        assert hidden not in whole, hidden


def test_a_formula_stays_words(world: World) -> None:
    dispute(world, text="=HYPERLINK(1)。水渠堵了", parties=(PartyDraft("=1+1", "", ""),))
    row = table(take(world.ouyang))[1]
    assert all(not cell.startswith(("=", "+", "-", "@")) for cell in row)


def test_taking_out_is_logged_with_purpose_rows_and_each_matter(world: World) -> None:
    one, two = dispute(world), event(world)
    take(world.ouyang, why="other", reason="乡镇会商用")
    whole = AccessLog.objects.with_words().get(action="export")
    assert (whole.actor, whole.rows, whole.subject) == (world.ouyang, 2, "list:area")
    assert (whole.reason, whole.words, whole.unit) == ("other", "乡镇会商用", world.qingshi_centre)
    parts = AccessLog.objects.filter(action="in_export").values_list("subject", flat=True)
    assert set(parts) == {one.number, two.number}
    looks = text_of(at_desk(world.gao).get(reverse("cases:looks", args=[one.number])))
    assert "In an exported list" in looks and "乡镇会商用" in looks


@pytest.mark.parametrize(
    "sent", [{"why": ""}, {"why": "curious"}, {"why": "other"}, {"why": "other", "reason": " "}]
)
def test_no_purpose_no_file(world: World, sent: dict[str, str]) -> None:
    case = dispute(world)
    answer = take(world.ouyang, **sent)
    assert answer.status_code == 422 and case.number not in answer.content.decode()
    assert not AccessLog.objects.exists()


def test_restricted_matters_and_the_neighbours_are_never_in_it(world: World) -> None:
    own, hidden, foreign = dispute(world), dispute(world), dispute(world, world.shui)
    Case.objects.filter(pk=hidden.pk).update(restricted=True, holder_unit=world.qingshi_centre)
    numbers = [row[0] for row in table(take(world.ouyang))[1:]]
    assert own.number in numbers
    assert hidden.number not in numbers and foreign.number not in numbers


def test_a_longer_list_is_refused_whole(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST", 2)
    many(world, 3)
    answer = take(world.ouyang)
    assert answer.status_code == 422 and "More than 2 matters" in text_of(answer)
    assert not AccessLog.objects.exists()


def test_the_filters_of_the_list_narrow_the_file(world: World) -> None:
    dispute(world)
    lamp = event(world)
    numbers = [row[0] for row in table(take(world.ouyang, "tab=area&kind=event"))[1:]]
    assert numbers == [lamp.number]


@pytest.mark.parametrize(
    ("name", "status"), [("gao", 403), ("dou", 403), ("ling", 403), ("cun", 200), ("han", 200)]
)
def test_lists_are_taken_out_at_desks_only(world: World, name: str, status: int) -> None:
    assert take(world.people[name], "").status_code == status


def test_the_link_stands_on_the_queue_with_its_filters(world: World) -> None:
    page = at_desk(world.ouyang).get(reverse("cases:queue"), {"tab": "area", "kind": "event"})
    assert f'href="{EXPORT}?tab=area&amp;kind=event"' in page.content.decode()
    phone = at_desk(world.gao).get(reverse("cases:queue"))
    assert EXPORT not in phone.content.decode()


def test_so_many_files_an_hour(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PER_HOUR", 2)
    assert [take(world.ouyang).status_code for _ in range(3)] == [200, 200, 429]


# --- the alarm --------------------------------------------------------------------------
def test_fifty_rows_are_quiet_and_fifty_one_are_not(world: World) -> None:
    world.person("mi", Role.SEC_ADMIN, world.hubin_government)
    many(world, 50)
    take(world.ouyang)
    assert not Alarm.objects.exists()
    event(world)
    take(world.tan)  # another account, fifty-one at once
    alarm = Alarm.objects.get()
    assert (alarm.actor, alarm.amount, alarm.unit) == (world.tan, 51, world.qingshi_centre)
    told = Notice.objects.filter(verb="alarm").values_list("user__username", flat=True)
    assert set(told) == {"dou", "mi"}
    bell = text_of(at_desk(world.dou).get(reverse("cases:notices")))
    assert "An account went beyond a limit" in bell


def test_rows_of_a_day_add_up_to_exactly_the_limit(world: World) -> None:
    def out(rows: int) -> Alarm | None:
        return access.looked(world.ouyang, "export", "list:area", tenant_id=world.lb.pk, rows=rows)

    assert out(25) is None and out(25) is None
    alarm = out(1)
    assert alarm is not None and alarm.amount == 51
    grown = out(9)
    assert grown == alarm and grown is not None and grown.amount == 60
    assert Alarm.objects.count() == 1


def test_what_lies_a_day_back_counts_no_longer(world: World) -> None:
    for hours, rows in ((25, 50), (23, 50)):
        AccessLog.objects.create(
            tenant=world.lb, at=database_now() - timedelta(hours=hours), actor=world.ouyang,
            action="export", subject="list:area", rows=rows,
        )  # fmt: skip
    assert access.hold_to_limit(world.ouyang, "export", world.lb.pk, None) is None
    alarm = access.looked(world.ouyang, "export", "list:area", tenant_id=world.lb.pk, rows=1)
    assert alarm is not None and alarm.amount == 51


def test_two_files_at_the_same_moment_wait_for_each_other(committed_world: World) -> None:
    """Each alone stays below the limit; together they do not."""
    start, raised = Barrier(2), []

    def out() -> None:
        try:
            with transaction.atomic():
                start.wait()
                alarm = access.looked(
                    committed_world.ouyang, "export", "list:area",
                    tenant_id=committed_world.lb.pk, rows=30,
                )  # fmt: skip
                raised.append(alarm)
                time.sleep(0.2)
        finally:
            connection.close()

    threads = [Thread(target=out) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.amount for one in raised if one] == [60]


def test_a_file_that_fails_leaves_no_row_and_no_alarm(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(access.MOST, "export", 0)
    dispute(committed_world)

    def broken(*_args: object) -> None:
        raise RuntimeError("the file broke after its row was written")

    monkeypatch.setattr("cases.export.csvfile.write", broken)
    client = at_desk(committed_world.ouyang)
    client.raise_request_exception = False
    assert client.post(f"{EXPORT}?tab=area", {"why": "report"}).status_code == 500
    assert not AccessLog.objects.exists()
    assert not Alarm.objects.exists() and not Notice.objects.filter(verb="alarm").exists()
