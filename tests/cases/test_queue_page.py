"""The queue page: who may open it, what a line shows, what the address says."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.rules.workflow import Verb
from grids.models import User
from grids.roles import Role
from tests.cases.desk import at_desk, stands_alone, text_of
from tests.cases.matters import climb, dispute, do, event
from tests.world import World

QUEUE = reverse("cases:queue")


def statements(user: User, path: str = QUEUE) -> int:
    """SQL statements of one page; the savepoints belong to the test's own transaction."""
    client = at_desk(user)
    client.get(path)  # the session's first page notes its beginning
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return sum("SAVEPOINT" not in query["sql"] for query in captured)


def test_a_line_names_place_status_holder_and_source(world: World) -> None:
    case = dispute(world)
    answer = at_desk(world.gao).get(QUEUE)
    text = text_of(answer)
    for words in (
        case.number, "两家因排水沟走向争执", "Neighbours", "第1网格", "Waiting for sign-for",
        "Found by the grid worker", "left",
    ):  # fmt: skip
        assert words in text
    assert reverse("cases:detail", args=[case.number]) in answer.content.decode()
    assert "张三" not in text and not stands_alone("5678", text)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("tab", ["todo", "working", "co", "returned", "supervised", "finished",
                                 "mine", "named", "verify", "area"])  # fmt: skip
def test_every_list_opens_empty_with_a_next_step(world: World, tab: str, language: str) -> None:
    answer = at_desk(world.ouyang, language).get(QUEUE, {"tab": tab})
    assert answer.status_code == 200
    assert 'class="empty"' in answer.content.decode()


def test_tabs_stand_in_the_order_of_the_office(world: World) -> None:
    answer = at_desk(world.ouyang).get(QUEUE)
    tabs = re.findall(r'href="/queue/\?tab=(\w+)"', answer.content.decode())
    assert tabs[:8] == ["todo", "working", "co", "returned", "supervised", "finished", "mine",
                        "area"]  # fmt: skip


def test_badges_count_what_waits(world: World) -> None:
    climb(dispute(world), 2)
    text = text_of(at_desk(world.ouyang).get(QUEUE))
    assert "To do 1" in text


def test_at_most_eight_statements_however_long_the_list(world: World) -> None:
    dispute(world)
    few = statements(world.gao)
    for _ in range(6):
        event(world)
    assert statements(world.gao) == few <= 8
    world.person("ouyang", Role.TRIAGE, world.liulin_centre)
    user = User.objects.get(pk=world.ouyang.pk)
    for tab in ("todo", "working", "co", "returned", "supervised", "finished", "mine", "area"):
        assert statements(user, f"{QUEUE}?tab={tab}") <= 8, tab
    assert statements(user, f"{QUEUE}?tab=area&area={world.donghe.pk}&lamp=ok") <= 8


def test_pages_are_linked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cases.queues.page.__kwdefaults__", {
        "filters": None, "cursor": None, "size": 2})  # fmt: skip
    cases = [dispute(world) for _ in range(3)]
    client = at_desk(world.gao)
    first = client.get(QUEUE, {"kind": "dispute"})
    link = re.search(r'href="([^"]+)" rel="next"', first.content.decode())
    assert link and "kind=dispute" in link[1]
    second = client.get(link[1].replace("&amp;", "&"))
    assert cases[2].number in text_of(second)
    assert cases[0].number not in text_of(second)
    assert 'rel="prev"' in second.content.decode()


@pytest.mark.parametrize("query", [
    {"after": "nonsense"}, {"tab": "everything"}, {"post": "0"}, {"post": "x"}, {"lamp": "red"},
    {"kind": "x"}, {"status": "x"}, {"category": "D00"}, {"source": "x"}, {"area": "x"},
    {"area": "9" * 30}, {"area": "999999999"}, {"area": "²"},
])  # fmt: skip
def test_addresses_nobody_wrote_get_a_sentence(world: World, query: dict[str, str]) -> None:
    assert at_desk(world.ouyang).get(QUEUE, query).status_code == 400


def test_a_place_of_the_neighbour_is_no_filter(world: World) -> None:
    answer = at_desk(world.ouyang).get(QUEUE, {"area": str(world.dukou.pk)})
    assert answer.status_code == 400


def test_filters_in_the_address_narrow_and_can_be_cleared(world: World) -> None:
    first, second = dispute(world), event(world)
    client = at_desk(world.ouyang)
    text = text_of(client.get(QUEUE, {"tab": "area", "category": "D02"}))
    assert first.number in text and second.number not in text
    text = text_of(client.get(QUEUE, {"tab": "area", "area": str(world.donghe.pk)}))
    assert first.number in text
    nothing = client.get(QUEUE, {"tab": "area", "area": str(world.shiqiao.pk)})
    assert "Nothing matches these filters." in text_of(nothing)
    assert "Clear the filters" in text_of(nothing)


def test_a_category_brings_its_sublines(world: World) -> None:
    case = dispute(world, category="D10.1")
    text = text_of(at_desk(world.gao).get(QUEUE, {"category": "D10"}))
    assert case.number in text


def test_search_looks_through_everything_seen(world: World) -> None:
    case = dispute(world)
    do(case, Verb.VOID, world.gao, reason="test_entry", note="试录")
    text = text_of(at_desk(world.gao).get(QUEUE, {"q": "排水沟"}))
    assert case.number in text
    assert case.number not in text_of(at_desk(world.bao).get(QUEUE, {"q": "排水沟"}))


def test_a_single_character_is_too_short_and_stays_in_the_box(world: World) -> None:
    answer = at_desk(world.gao).get(QUEUE, {"q": "水"})
    assert answer.status_code == 422
    assert 'value="水"' in answer.content.decode()
    assert "Write at least two characters." in text_of(answer)


def test_leaders_and_auditors_have_no_queue(world: World) -> None:
    for user in (world.ling, world.dou):
        assert at_desk(user).get(QUEUE).status_code == 403


def test_strangers_are_sent_to_sign_in(world: World, client) -> None:
    assert client.get(QUEUE).status_code == 302


def test_somebody_with_two_posts_may_choose_one(world: World) -> None:
    case = climb(dispute(world), 1)
    client = at_desk(world.cun)
    assert case.number in text_of(client.get(QUEUE))
    committee, mediation = (
        next(post.id for post in world.cun.posts if post.unit_id == unit.pk)
        for unit in (world.donghe_committee, world.donghe_mediation)
    )
    assert case.number in text_of(client.get(QUEUE, {"post": mediation}))
    assert case.number not in text_of(client.get(QUEUE, {"post": committee}))


def test_what_people_wrote_is_never_markup(world: World) -> None:
    dispute(world, text="<script>alert(1)</script>和{title}、%s吵架")
    body = at_desk(world.gao).get(QUEUE).content.decode()
    assert "<script>alert" not in body
    assert "&lt;script&gt;alert(1)&lt;/script&gt;和{title}、%s吵架" in body
