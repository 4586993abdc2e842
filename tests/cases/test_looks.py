"""Every look at personal data leaves its row, in the transaction of the look; 谁看过 shows them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client
from django.urls import reverse

from cases import readers
from cases.codes import tracking_code
from cases.models import Attachment, Case, Notice
from cases.rules.workflow import Verb
from cases.transitions import database_now
from grids import access, throttle
from grids.models import AccessLog, Alarm, User
from grids.roles import Role
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import climb, dispute, do
from tests.world import World


def photo(world: World, case: Case) -> Attachment:
    key = default_storage.save(f"test/{case.number}.jpg", ContentFile(b"\xff\xd8\xff picture"))
    return Attachment.objects.create(
        case=case, tenant=world.lb, uploaded_by=world.gao, at=database_now(), name="a.jpg",
        media_type="image/jpeg", size=1, sha256=b"", storage_key=key, state="ready",
    )  # fmt: skip


def unmask(client: Client, case: Case, why: str = "contact", reason: str = "") -> object:
    party = case.parties.get(name="张三")
    url = reverse("cases:unmask", args=[case.number, party.pk])
    return client.post(url, {"why": why, "reason": reason})


def rows(case: Case) -> list[tuple[str, str]]:
    found = AccessLog.objects.filter(subject=case.number).order_by("pk")
    return [(row.action, row.fields.partition(":")[0]) for row in found]


PATHS = {
    "the page": ("cases:detail", (), "view", "text,parties"),
    "the print": ("cases:print", (), "print", "text,parties"),
    "a form": ("cases:act", ("supplement",), "view", "act"),
    "the receipt": ("cases:receipt", (), "print", "receipt"),
    "the API": ("api:case", (), "view", "text,parties"),
}


@pytest.mark.parametrize("name", PATHS)
def test_every_path_leaves_one_row_with_the_post_it_was_seen_through(
    world: World, name: str
) -> None:
    url, more, action, fields = PATHS[name]
    case = dispute(world)
    before = AccessLog.objects.count()
    answer = at_desk(world.gao).get(reverse(url, args=[case.number, *more]))
    assert answer.status_code == 200
    assert rows(case) == [(action, fields)]
    row = AccessLog.objects.order_by("-pk")[0]
    assert AccessLog.objects.count() == before + 1
    assert (row.actor, row.unit, row.role) == (world.gao, world.donghe1_team, "grid_worker")
    assert (row.tenant, row.address) == (world.lb, "127.0.0.1")


def test_a_photo_leaves_a_row_and_one_that_is_not_there_none(world: World) -> None:
    case = dispute(world)
    row = photo(world, case)
    url = reverse("cases:attachment", args=[case.number, row.public_id])
    assert at_desk(world.gao).get(url).status_code == 200
    assert rows(case) == [("view", "file")]
    Attachment.objects.update(state="quarantined")
    assert at_desk(world.gao).get(url).status_code == 404
    assert rows(case) == [("view", "file")]


@pytest.mark.parametrize("face", ["cases:queue", "api:cases"])
def test_a_search_is_logged_without_its_words(world: World, face: str) -> None:
    dispute(world)
    client = at_desk(world.ouyang)
    client.get(reverse(face))
    assert not AccessLog.objects.exists()
    assert client.get(reverse(face), {"q": "张三"}).status_code == 200
    row = AccessLog.objects.get()
    assert (row.action, row.subject, row.rows, row.reason) == ("search", "cases", 1, "")
    assert "张三" not in f"{row.fields}{row.reason}{row.subject}"


def test_lists_and_the_residents_page_are_no_looks_of_staff(world: World) -> None:
    case = dispute(world)
    client = at_desk(world.cun)
    for name in ("cases:queue", "cases:mediations", "cases:revisits", "cases:notices"):
        assert client.get(reverse(name)).status_code == 200
    code = tracking_code(case.public_id, case.code_key)
    assert client.post(reverse("cases:progress"), {"code": code}).status_code == 200
    assert not AccessLog.objects.exists()


@pytest.mark.parametrize("name", PATHS)
def test_a_page_that_fails_leaves_no_row(
    committed_world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The row stands in the request's transaction: rolled back together with it."""
    url, more, *_rest = PATHS[name]
    case = dispute(committed_world)
    client = at_desk(committed_world.gao)
    client.raise_request_exception = False

    def broken(*_args: object, **_values: object) -> None:
        raise RuntimeError("the page broke after the row was written")

    monkeypatch.setattr("cases.pages.case.render", broken)
    monkeypatch.setattr("cases.pages.act.render", broken)
    monkeypatch.setattr("cases.pages.intake.render", broken)
    monkeypatch.setattr("cases.api.answer", broken)
    assert client.get(reverse(url, args=[case.number, *more])).status_code == 500
    assert not AccessLog.objects.exists()


def test_a_rolled_back_look_left_nothing(world: World) -> None:
    with transaction.atomic():
        access.looked(world.su, "view", "LB1", tenant_id=world.lb.pk)
        transaction.set_rollback(True)
    assert not AccessLog.objects.exists()


class TestUnmask:
    def test_a_reason_is_chosen_and_shown_once(self, world: World) -> None:
        case = dispute(world)
        client = at_desk(world.gao)
        assert "13800005678" in text_of(unmask(client, case, "contact", "约调解时间"))
        row = AccessLog.objects.with_words().get(action="unmask")
        assert (row.reason, row.words) == ("contact", "约调解时间")
        again = text_of(client.get(reverse("cases:detail", args=[case.number])))
        assert "13800005678" not in again and "138****5678" in again

    @pytest.mark.parametrize(("why", "reason"), [("other", ""), ("", " "), ("curious", "x")])
    def test_no_reason_no_phone(self, world: World, why: str, reason: str) -> None:
        case = dispute(world)
        answer = unmask(at_desk(world.gao), case, why, reason)
        assert answer.status_code == 422  # type: ignore[attr-defined]
        assert "13800005678" not in text_of(answer)
        assert not AccessLog.objects.filter(action="unmask").exists()

    def test_so_many_in_a_quarter_of_an_hour(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("cases.revealing.PER_QUARTER", 2)
        case = dispute(world)
        client = at_desk(world.gao)
        throttle.forgive("unmask", str(world.gao.pk))
        codes = [unmask(client, case).status_code for _ in range(3)]  # type: ignore[attr-defined]
        assert codes == [200, 200, 429]
        assert AccessLog.objects.filter(action="unmask").count() == 2

    def test_the_alarm_comes_with_the_one_beyond_the_limit(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(access.MOST, "unmask", 2)
        monkeypatch.setattr("cases.revealing.PER_QUARTER", 1000)
        world.person("bao2", Role.SEC_ADMIN, world.hubin_government)
        case = dispute(world)
        client = at_desk(world.gao)
        for alarms in (0, 0, 1, 1):
            unmask(client, case)
            assert Alarm.objects.count() == alarms
        alarm = Alarm.objects.get()
        assert (alarm.actor, alarm.sort, alarm.amount) == (world.gao, "unmask", 4)
        told = Notice.objects.filter(verb="alarm").values_list("user__username", flat=True)
        assert set(told) == {"dou", "bao2"}  # one line each, however far it goes


# --- who looked -------------------------------------------------------------------------
def who(user: User, case: Case, language: str = "en") -> object:
    return at_desk(user, language).get(reverse("cases:looks", args=[case.number]))


def test_who_looked_says_name_post_kind_moment_and_reason(world: World) -> None:
    case = climb(dispute(world), 2)
    unmask(at_desk(world.gao), case, "serve", "送调解通知")
    at_desk(world.su).get(reverse("cases:print", args=[case.number]))
    text = text_of(who(world.ouyang, case))
    for words in (
        "Gao", "第1网格 · Grid worker", "Phone and address shown",
        "To hand over a document: 送调解通知", "Su", "湖滨区综治中心 · Triage officer", "Printed",
    ):  # fmt: skip
        assert words in text, words
    assert "谁看过" in text_of(who(world.ouyang, case, "zh-hans"))


@pytest.mark.parametrize(
    ("name", "status"),
    [("gao", 200), ("cun", 200), ("ouyang", 200), ("su", 200), ("han", 404), ("bao", 404),
     ("wai", 404), ("dou", 404), ("ling", 404), ("mei", 404)],
)  # fmt: skip
def test_it_is_open_to_those_who_act_or_supervise(world: World, name: str, status: int) -> None:
    case = dispute(world)
    assert who(world.people[name], case).status_code == status  # type: ignore[attr-defined]


def test_a_unit_that_may_only_read_is_not_told_who_looked(world: World) -> None:
    case = climb(dispute(world), 2)
    do(case, Verb.TRANSFER, world.ouyang, unit_id=world.land_office.pk, note="归口办理")
    assert who(world.han, case).status_code == 200  # type: ignore[attr-defined]
    case.units.create(
        tenant=world.lb, unit=world.qingshi_justice, part="reader", since=database_now()
    )
    guest = world.person("jing", Role.HANDLER, world.qingshi_justice)
    assert who(guest, case).status_code == 403  # type: ignore[attr-defined]
    page = at_desk(guest).get(reverse("cases:detail", args=[case.number])).content.decode()
    assert reverse("cases:looks", args=[case.number]) not in page
    case.units.create(
        tenant=world.lb, unit=world.qingshi_justice, part="supervisor", since=database_now()
    )
    assert who(guest, case).status_code == 200  # type: ignore[attr-defined]


def test_looks_at_another_matter_are_not_mixed_in(world: World) -> None:
    one, other = dispute(world), dispute(world)
    at_desk(world.su).get(reverse("cases:detail", args=[other.number]))
    assert readers.readers(one) == ([], "")
    assert [row.name for row in readers.readers(other)[0]] == ["Su"]


def test_pages_by_key_show_each_look_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cases.readers.PAGE", 2)
    case = dispute(world)
    for _ in range(5):
        access.looked(world.gao, "view", case.number, tenant_id=world.lb.pk)
    seen, cursor = [], None
    while True:
        found, more = readers.readers(case, cursor)
        seen += [row.at for row in found]
        if not more:
            break
        cursor = readers.Cursor.read(more)
    assert len(seen) == 5 and seen == sorted(seen, reverse=True)


def test_later_moves_of_a_person_change_nothing_in_the_log(world: World) -> None:
    case = dispute(world)
    at_desk(world.gao).get(reverse("cases:detail", args=[case.number]))
    world.gao.postings.update(ended_on=database_now().date() - timedelta(days=1))
    assert readers.readers(case)[0][0].post.startswith("第1网格")


# --- what a resident is told ------------------------------------------------------------
@pytest.fixture
def resident() -> Iterator[Client]:
    yield Client(headers={"accept-language": "en"})


def test_a_resident_is_told_units_and_days_only(world: World, resident: Client) -> None:
    case = dispute(world)
    unmask(at_desk(world.gao), case, "other", "想问清楚地界")
    at_desk(world.su).get(reverse("cases:detail", args=[case.number]))
    code = tracking_code(case.public_id, case.code_key)
    text = text_of(resident.post(reverse("cases:progress"), {"code": code}))
    assert "Who looked at it" in text and "湖滨区综治中心" in text and "第1网格" in text
    for hidden in ("Gao", "Su ", "想问清楚地界", "Triage", "Phone and address"):
        assert hidden not in text


def test_of_a_protected_matter_nobody_is_told_who_looked(world: World, resident: Client) -> None:
    case = dispute(world)
    at_desk(world.su).get(reverse("cases:detail", args=[case.number]))
    Case.objects.filter(pk=case.pk).update(restricted=True)
    code = tracking_code(case.public_id, case.code_key)
    text = text_of(resident.post(reverse("cases:progress"), {"code": code}))
    assert "Who looked" not in text and "湖滨区综治中心" not in text
