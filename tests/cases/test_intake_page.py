"""The intake page: one form, one case, nothing typed is lost, every refusal at its field."""

import io
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from cases.intake_form import PARTY_ROWS, IntakeForm, places
from cases.models import Attachment, Case
from cases.rules.workflow import Kind, Outcome, Status
from cases.rules.workflow import Path as CasePath
from grids.models import User
from grids.roles import Role
from grids.staff import post
from tests.cases.matters import dispute, in_days
from tests.world import SINCE, World

NEW = "/new/"


@pytest.fixture(autouse=True)
def files(tmp_path: Path, settings: object) -> Iterator[Path]:
    storages = {**settings.STORAGES}  # type: ignore[attr-defined]
    storages["default"] = {**storages["default"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = storages  # type: ignore[attr-defined]
    yield tmp_path


@pytest.fixture
def grid(world: World, client: Client) -> Client:
    """The grid worker's browser."""
    client.force_login(world.gao)
    return client


def typed(page: HttpResponse) -> dict[str, Any]:
    """What the browser would send from a page, before anybody typed."""
    form = page.context["form"]
    sent = {"kind": str(page.context["kind"])}
    for bound in form:
        value = bound.value()
        if bound.name != "photos" and value not in (None, False):
            sent[bound.name] = str(value)
    return sent


def send(client: Client, kind: str = "dispute", **values: Any) -> HttpResponse:
    """Open the form, fill it in, send it."""
    page = client.get(NEW, {"kind": kind})
    return client.post(NEW, typed(page) | {"text": "两家因排水沟争吵，请调解"} | values)


def errors(page: HttpResponse) -> set[str]:
    assert page.status_code == 422
    return set(page.context["form"].errors)


def photo(name: str = "a.jpg") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue())


class TestHappyPath:
    def test_one_sentence_is_enough(self, world: World, grid: Client) -> None:
        answer = send(grid)
        case = Case.objects.get()
        assert answer["Location"] == f"/receipt/{case.number}/"
        assert (case.kind, case.area, case.source.code, case.category.code) == (
            Kind.DISPUTE, world.donghe1, "grid", "D99",
        )  # fmt: skip
        assert case.story.text == "两家因排水沟争吵，请调解"

    def test_everything_filled_in(self, world: World, grid: Client) -> None:
        send(
            grid, category="D02", place="2组15号", urgent="on", people="3", source="grid_proxy",
            name_1="张三", phone_1="138 0000 5678", side_1="applicant",
            name_2="李四", address_2="2组16号", side_2="respondent",
            occurred_at="2026-01-02T08:00", received_at="2026-01-03T09:30",
        )  # fmt: skip
        case = Case.objects.get()
        assert (case.category.code, case.urgent, case.source.code) == ("D02", True, "grid_proxy")
        assert (case.story.place, case.story.people) == ("2组15号", 3)
        rows = case.parties.values_list("name", "phone_tail", "address", "side")
        assert list(rows) == [
            ("张三", "5678", "", "applicant"), ("李四", "", "2组16号", "respondent"),
        ]  # fmt: skip
        assert case.received_at.isoformat() == "2026-01-03T01:30:00+00:00"  # Shanghai is +08

    @pytest.mark.parametrize("kind", ["event", "request"])
    def test_the_other_kinds(self, world: World, grid: Client, kind: str) -> None:
        send(grid, kind)
        assert Case.objects.get().kind == kind

    def test_settled_on_the_spot(self, world: World, grid: Client) -> None:
        send(grid, on_the_spot="on", result="双方握手言和")
        case = Case.objects.get()
        assert (case.status, case.outcome) == (Status.DONE, Outcome.SPOT)

    def test_a_category_from_the_whole_list_counts(self, world: World, grid: Client) -> None:
        send(grid, category="D02", category_more="D10.1")
        assert Case.objects.get().category.code == "D10.1"

    def test_the_desk_registers_in_a_grid_of_its_township(
        self, world: World, client: Client
    ) -> None:
        client.force_login(world.ouyang)
        send(client, area=str(world.donghe2.pk), source="hotline")
        case = Case.objects.get()
        assert (case.area, case.source.code, case.level) == (world.donghe2, "hotline", 4)

    def test_photos_are_kept_with_the_case(self, world: World, grid: Client) -> None:
        send(grid, photos=[photo("一.jpg"), photo("二.jpg")])
        rows = Attachment.objects.filter(case=Case.objects.get())
        assert [row.name for row in rows] == ["一.jpg", "二.jpg"]
        assert {row.state for row in rows} == {"quarantined"}


class TestOnce:
    def test_sending_again_gives_the_same_receipt(self, world: World, grid: Client) -> None:
        sent = typed(grid.get(NEW)) | {"text": "两家争吵"}
        first = grid.post(NEW, sent | {"photos": [photo()]})
        again = grid.post(NEW, sent | {"photos": [photo()]})
        assert first["Location"] == again["Location"]
        assert Case.objects.count() == Attachment.objects.count() == 1

    def test_a_step_back_and_other_words_ask_once_more(self, world: World, grid: Client) -> None:
        sent = typed(grid.get(NEW)) | {"text": "两家争吵"}
        grid.post(NEW, sent)
        page = grid.post(NEW, sent | {"text": "另一件事情"})
        assert page.status_code == 422
        assert Case.objects.count() == 1
        fresh = typed(page)
        assert fresh["key"] != sent["key"]
        assert fresh["text"] == "另一件事情"
        assert grid.post(NEW, fresh).status_code == 302
        assert Case.objects.count() == 2

    @pytest.mark.parametrize("key", ["", "x", None])
    def test_a_form_without_its_key_gets_a_new_one(
        self, world: World, grid: Client, key: str | None
    ) -> None:
        sent = typed(grid.get(NEW)) | {"text": "两家争吵"}
        if key is None:
            del sent["key"]
        else:
            sent["key"] = key
        page = grid.post(NEW, sent)
        assert errors(page) == {"key"}
        assert uuid.UUID(typed(page)["key"])

    def test_a_photo_that_is_none_leaves_no_case(
        self, world: World, grid: Client, files: Path
    ) -> None:
        bad = SimpleUploadedFile("b.jpg", b"<html>")
        page = send(grid, photos=[photo(), bad])
        assert errors(page) == {"photos"}
        assert page.context["photos_lost"]
        assert Case.objects.count() == Attachment.objects.count() == 0
        assert not [path for path in files.rglob("*") if path.is_file()]
        sent = typed(page)
        assert sent["text"] == "两家因排水沟争吵，请调解"
        assert grid.post(NEW, sent).status_code == 302


class TestRefusals:
    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"text": ""}, "text"),
            ({"text": "。。。"}, "text"),
            ({"text": "\u200b\u3000"}, "text"),
            ({"text": "长" * 2001}, "text"),
            ({"area": "abc"}, "area"),
            ({"area": "0"}, "area"),
            ({"area": ""}, "area"),
            ({"category": "E03"}, "category"),
            ({"category_more": "X"}, "category_more"),
            ({"source": "X"}, "source"),
            ({"people": "１２"}, "people"),
            ({"people": "1e3"}, "people"),
            ({"people": "0"}, "people"),
            ({"place": "长" * 121}, "place"),
            ({"name_1": "长" * 41}, "name_1"),
            ({"phone_2": "12"}, "phone_2"),
            ({"address_3": "2组"}, "name_3"),
            ({"side_1": "boss"}, "side_1"),
            ({"on_the_spot": "on"}, "result"),
            ({"result": "好了"}, "on_the_spot"),
            ({"on_the_spot": "on", "result": "好了", "violence": "on"}, "on_the_spot"),
            ({"occurred_at": "2026-02-30T10:00"}, "occurred_at"),
            ({"occurred_at": "2999-01-01T00:00"}, "occurred_at"),
            ({"occurred_at": "0001-01-01T00:00"}, "occurred_at"),
            ({"received_at": "yesterday"}, "received_at"),
            ({"occurred_at": "2026-01-02T10:00", "received_at": "2026-01-01T10:00"},
             "received_at"),
        ],
    )  # fmt: skip
    def test_at_its_field_and_nothing_is_lost(
        self, world: World, grid: Client, values: dict[str, str], field: str
    ) -> None:
        page = send(grid, **({"name_4": "王五", "phone_4": "13900001111"} | values))
        assert errors(page) == {field}
        assert Case.objects.count() == 0
        kept = typed(page)
        assert kept["name_4"] == "王五"
        for name, value in values.items():
            if value.strip() and value.isprintable() and value != "on":
                assert kept[name] == value
        assert f'id="id_{field}_error"' in page.text

    def test_seven_photos_are_too_many(self, world: World, grid: Client) -> None:
        page = send(grid, photos=[photo(f"{n}.jpg") for n in range(7)])
        assert errors(page) == {"photos"}

    def test_line_breaks_do_not_count_double(self, world: World, grid: Client) -> None:
        text = "一行\r\n" * 500 + "尾"  # 1,501 characters as the browser counts them
        send(grid, text=text)
        assert Case.objects.get().story.text == text.replace("\r\n", "\n")

    def test_what_nobody_sees_is_dropped(self, world: World, grid: Client) -> None:
        send(grid, text="两家\u200b争吵\u202e", name_1="张\u200b三")
        case = Case.objects.get()
        assert case.story.text == "两家争吵"
        assert case.parties.get().name == "张三"

    def test_markup_stays_text(self, world: World, grid: Client) -> None:
        page = send(grid, text="", place='"><script>alert(1)</script>')
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;" in page.text

    def test_hidden_fields_of_the_server_are_ignored(self, world: World, grid: Client) -> None:
        send(grid, status="struck", holder_unit="1", level="3", number="X1")
        case = Case.objects.get()
        assert (case.status, case.holder_unit) == (Status.REGISTERED, world.donghe1_team)

    def test_who_registers_nothing_is_told(self, world: World, client: Client) -> None:
        for user in (world.ling, world.dou, world.mei):
            client.force_login(user)
            assert client.get(NEW).status_code == 403
            assert client.post(NEW, {"text": "两家争吵"}).status_code == 403

    def test_strangers_sign_in_first(self, world: World, client: Client) -> None:
        assert client.get(NEW)["Location"].startswith("/login/")


class TestDanger:
    def test_violence_goes_on_at_once(self, world: World, grid: Client) -> None:
        answer = send(grid, category="D01", violence="on")
        case = Case.objects.get()
        assert (case.path, case.holder_unit) == (CasePath.URGENT, world.qingshi_centre)
        assert answer.status_code == 302
        assert 'href="tel:110"' in grid.get(answer["Location"]).text

    def test_a_protected_matter_shows_its_receipt_once(self, world: World, grid: Client) -> None:
        page = send(grid, category_more="E09", text="孩子身上有伤")
        case = Case.objects.get()
        assert page.status_code == 200
        assert case.number in page.text
        assert "孩子身上有伤" not in page.text
        assert f"/case/{case.number}/" not in page.text
        assert grid.get(f"/receipt/{case.number}/").status_code == 404


class TestWithoutScript:
    def test_another_kind_loses_nothing(self, world: World, grid: Client) -> None:
        sent = typed(grid.get(NEW)) | {"text": "路灯坏了", "name_2": "李四", "urgent": "on"}
        page = grid.post(NEW, sent | {"kind_to": "event"})
        assert page.status_code == 200
        assert Case.objects.count() == 0
        kept = typed(page)
        assert (kept["kind"], kept["text"], kept["name_2"], kept["urgent"]) == (
            "event", "路灯坏了", "李四", "on",
        )  # fmt: skip
        assert kept["key"] == sent["key"]
        assert "E03" in dict(page.context["form"].fields["category"].choices)

    def test_looking_nearby_writes_nothing(self, world: World, grid: Client) -> None:
        other = dispute(world, text="两家因排水沟走向争吵")
        sent = typed(grid.get(NEW)) | {"text": "排水沟走向不清，两家争吵"}
        page = grid.post(NEW, sent | {"check": "1"})
        assert page.status_code == 200
        assert other.number in page.text
        assert typed(page)["text"] == "排水沟走向不清，两家争吵"
        assert Case.objects.count() == 1

    @pytest.mark.parametrize("area", ["", "abc", "9" * 30])
    def test_looking_nearby_of_nowhere(self, world: World, grid: Client, area: str) -> None:
        sent = typed(grid.get(NEW)) | {"text": "排水沟走向不清", "area": area, "check": "1"}
        assert grid.post(NEW, sent).status_code == 200

    def test_enter_sends_rather_than_changing_the_kind(self, world: World, grid: Client) -> None:
        """The browser presses the first button of the form."""
        form = re.search(r'<form class="intake.*?</form>', grid.get(NEW).text, re.S)
        assert form is not None
        buttons = re.findall(r"<button [^>]*>", form.group())
        assert 'name="send"' in buttons[0]

    def test_no_script_is_needed_anywhere(self, world: World, grid: Client) -> None:
        page = grid.get(NEW).text
        assert "required" not in re.findall(r"<input[^>]*photos[^>]*>", page)[0]
        assert page.count("<form") == page.count('method="post"')
        for forbidden in ("style=", "onclick=", "javascript:"):
            assert forbidden not in page


class TestWhatIsOffered:
    def test_chips_and_the_whole_list(self, world: World) -> None:
        form = IntakeForm(world.gao, Kind.DISPUTE)
        chips = dict(form.fields["category"].choices)
        assert chips["D02"] == "邻里"
        assert "D12" not in chips
        listed = str(form.fields["category_more"].choices)
        for code in ("D12", "D10.1", "E09", "E08"):
            assert f"'{code}'" in listed
        assert len(form.party_rows) == PARTY_ROWS

    def test_places_of_a_grid_worker(self, world: World) -> None:
        assert [name for _, name in places(world.gao)] == ["第1网格", "第1微网格"]

    def test_places_of_a_village(self, world: World) -> None:
        assert [name for _, name in places(world.cun)] == [
            "东河村", "第1网格", "第1网格 · 第1微网格", "第2网格",
        ]  # fmt: skip

    def test_places_of_a_township_and_a_district(self, world: World) -> None:
        assert [name for _, name in places(world.ouyang)] == [
            "青石镇", "东河村", "东河村 · 第1网格", "东河村 · 第2网格", "石桥村",
        ]  # fmt: skip
        names = [name for _, name in places(world.su)]
        assert names[:2] == ["湖滨区", "青石镇"]
        assert "青石镇 · 东河村" in names
        assert not [name for name in names if "网格" in name]

    def test_two_grids_are_told_apart(self, world: World) -> None:
        post(world.gao, Role.GRID_WORKER, world.dukou1_team, world.dukou1, SINCE)
        user = User.objects.get(pk=world.gao.pk)
        names = [name for _, name in places(user)]
        assert names == ["东河村 · 第1网格", "东河村 · 第1网格 · 第1微网格", "渡口村 · 第1网格"]

    def test_the_desk_begins_at_the_window(self, world: World, client: Client) -> None:
        client.force_login(world.ouyang)
        page = client.get(NEW)
        assert typed(page)["source"] == "window"
        assert [t.name for t in page.templates if t.name in ("base.html", "field.html")] == [
            "base.html"
        ]

    def test_the_phone_has_its_own_shell(self, world: World, grid: Client) -> None:
        names = {t.name for t in grid.get(NEW).templates}
        assert "field.html" in names

    @pytest.mark.parametrize("kind", ["event", "request", "nonsense", ""])
    def test_kinds_by_address(self, world: World, grid: Client, kind: str) -> None:
        page = grid.get(NEW, {"kind": kind})
        expected = kind if kind in Kind.values() else "dispute"
        assert page.context["kind"] == expected

    def test_english(self, world: World, grid: Client, settings: object) -> None:
        grid.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"  # type: ignore[attr-defined]
        page = grid.get(NEW).text
        assert "What happened?" in page
        assert "Neighbours" in page
        assert 'lang="en"' in page


def test_a_late_entry_shows_its_delay(world: World, client: Client) -> None:
    client.force_login(world.gao)
    case = dispute(world, received_at=in_days(-4.5))
    page = client.get(f"/receipt/{case.number}/")
    assert page.context["slip"].delay_days == 4
