"""The supervision desk on its pages and in the API: lists, one order, its sheet, the file."""

import csv
import io

import pytest

from cases.models import Case, SupervisionOrder
from cases.rules.workflow import Verb
from grids.models import AccessLog
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import climb, dispute, do
from tests.world import World

DESK, EXPORT, API = "/office/supervision/", "/office/supervision/export/", "/api/v1/supervision/"
DEMAND = "请查清排水沟争执的原因，联系13800005678。"


@pytest.fixture
def order(world: World) -> SupervisionOrder:
    case = climb(dispute(world), 2)
    do(case, Verb.ORDER, world.su, reason="shirking", note=DEMAND)
    return SupervisionOrder.objects.get(case=case)


def page_of(order: SupervisionOrder, rest: str = "") -> str:
    return f"/case/{order.case.number}/order/{order.pk}/{rest}"


def test_the_desk_shows_units_lamps_and_what_waits(world: World, order: SupervisionOrder) -> None:
    text = text_of(at_desk(world.ouyang).get(f"{DESK}?show=answer"))
    assert order.number in text and order.case.number in text and "青石镇综治中心" in text
    assert "Answer the supervision order" in text and "Waiting for the answer" in text
    assert "排水沟" not in text  # no word of the matter
    empty = text_of(at_desk(world.bao).get(DESK))
    assert "No matter is on this list." in empty and order.case.number not in empty


@pytest.mark.parametrize("query", ["lamp=ok", "cause=shirking", "unit={unit}", "show=open"])
def test_filters_find_it_and_their_opposites_do_not(
    world: World, order: SupervisionOrder, query: str
) -> None:
    client = at_desk(world.su)
    found = text_of(client.get(f"{DESK}?{query.format(unit=order.unit_id)}"))
    assert order.case.number in found
    other = {"lamp=ok": "lamp=over", "cause=shirking": "cause=leader"}.get(query, "show=ended")
    assert order.case.number not in text_of(client.get(f"{DESK}?{other}"))


@pytest.mark.parametrize("query", ["show=x", "lamp=done", "unit=-1", "cause=x", "after=%21"])
def test_an_address_nobody_wrote_is_refused(world: World, query: str) -> None:
    assert at_desk(world.su).get(f"{DESK}?{query}").status_code == 400


def test_leaders_read_the_list_but_not_the_matter(world: World, order: SupervisionOrder) -> None:
    client = at_desk(world.ling)
    body = client.get(DESK).content.decode()
    assert order.case.number in body and page_of(order) not in body
    assert client.get(page_of(order)).status_code == 404
    assert at_desk(world.mei).get(DESK).status_code == 403


def test_one_order_with_its_thread_and_as_a_sheet(world: World, order: SupervisionOrder) -> None:
    client = at_desk(world.su)
    text = text_of(client.get(page_of(order)))
    assert "排水沟" in text and "Take off the supervision list" in text
    sheet = text_of(client.get(page_of(order, "print/")))
    assert "Slip for the answer" in sheet and order.number in sheet
    assert "13800005678" not in sheet and "138****5678" in sheet
    looks = AccessLog.objects.filter(subject=order.case.number, fields=f"order:{order.pk}")
    assert sorted(looks.values_list("action", flat=True)) == ["print", "view"]
    assert client.get(page_of(order)[:-2] + "999/").status_code == 404
    assert at_desk(world.bao).get(page_of(order)).status_code == 404


def test_an_answer_is_typed_on_the_page_with_a_photo(world: World, order: SupervisionOrder) -> None:
    client = at_desk(world.ouyang)
    path = f"/case/{order.case.number}/act/reply_order/"
    body = client.get(f"{path}?order={order.pk}").content.decode()
    assert 'enctype="multipart/form-data"' in body
    wrong = client.post(path, {"order": order.pk, "note": " "})
    assert wrong.status_code == 422
    photo = io.BytesIO(b"\xff\xd8\xff\xe0" + b"x" * 30)
    photo.name = "x.jpg"
    sent = client.post(path, {"order": order.pk, "note": "已勘界", "photos": photo})
    assert sent.status_code == 302
    assert order.case.attachments.get().seq == Case.objects.get(pk=order.case_id).last_seq


def test_the_file_is_logged_and_carries_no_word(world: World, order: SupervisionOrder) -> None:
    SupervisionOrder.objects.update(provisional=True)
    client = at_desk(world.su)
    assert client.post(EXPORT, {}).status_code == 422
    answer = client.post(f"{EXPORT}?show=open", {"why": "meeting"})
    rows = list(csv.reader(io.StringIO(answer.content.decode().lstrip("\ufeff"))))
    assert rows[1][1] == order.case.number and "排水沟" not in str(rows)
    assert dict(zip(rows[0], rows[1], strict=True))["Provisional"] == "provisional"
    row = AccessLog.objects.get(action="export", subject="list:supervision:open")
    assert (row.rows, row.actor_id) == (1, world.su.pk)
    assert at_desk(world.gao).get(EXPORT).status_code == 403


def test_the_api_says_the_same(world: World, order: SupervisionOrder) -> None:
    client = at_desk(world.su)
    found = client.get(API).json()
    [row], [unit] = found["results"], found["units"]
    assert (row["id"], row["state"], row["verbs"]) == (order.pk, "issued", ["delist"])
    assert (unit["unit"]["id"], unit["open"], unit["over"]) == (order.unit_id, 1, 0)
    url = f"/api/v1/cases/{order.case.number}"
    [whole] = client.get(f"{url}/orders/").json()["results"]
    assert [step["verb"] for step in whole["thread"]] == ["order"]
    answered = at_desk(world.ouyang).post(
        f"{url}/act/", {"verb": "reply_order", "order": order.pk, "note": "已勘界"},
        content_type="application/json", headers={"idempotency-key": "answer-0001"},
    )  # fmt: skip
    assert answered.status_code == 200
    assert client.get(f"{API}?show=judge").json()["results"][0]["state"] == "replied"
    assert client.get(f"{API}?show=x").status_code == 400
    assert at_desk(world.mei).get(API).status_code == 403
    assert client.get("/api/v1/look-backs/").json() == {"results": []}


def test_the_page_of_the_matter_names_its_orders(world: World, order: SupervisionOrder) -> None:
    text = text_of(at_desk(world.ouyang).get(f"/case/{order.case.number}/"))
    assert order.number in text and "Supervises" in text
