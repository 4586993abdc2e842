"""The grid worker's first page: three buttons, what waits, what was recorded."""

import re

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases.intake import PartyDraft
from cases.pages.field import MOST_RECORDED, waiting
from cases.queues import Tab
from cases.rules.workflow import Verb
from cases.transitions import database_now
from tests.cases.desk import stands_alone
from tests.cases.matters import climb, dispute, do, event
from tests.world import World

HOME = "/f/"


def open_as(client: Client, user: object) -> str:
    client.force_login(user)  # type: ignore[arg-type]
    return client.get(HOME).text


def test_three_ways_to_record(world: World, client: Client) -> None:
    page = open_as(client, world.gao)
    for kind in ("dispute", "event", "request"):
        assert f'href="/new/?kind={kind}"' in page
    assert "东河村第1网格" in page


def test_nothing_yet_is_no_reproach(world: World, client: Client) -> None:
    page = open_as(client, world.gao)
    assert 'class="empty"' in page
    assert '<ul class="list">' not in page


def test_what_waits_comes_by_what_blocks_others(world: World, client: Client) -> None:
    returned = climb(dispute(world))
    do(returned, Verb.RETURN, world.cun, reason="incomplete", note="缺少材料")
    unsigned = event(world)
    parts = waiting(world.gao, database_now())
    assert [(part.tab, [row.line.number for row in part.rows]) for part in parts] == [
        (Tab.RETURNED, [returned.number]),
        (Tab.TO_DO, [unsigned.number]),
    ]
    page = open_as(client, world.gao)
    assert page.index(returned.number) < page.index(unsigned.number)
    assert 'class="lamp' in page


def test_results_of_others_wait_to_be_checked(world: World) -> None:
    done = dispute(world, on_the_spot=True, result="好了")
    assert waiting(world.gao, database_now()) == []  # the handler never checks the own result
    parts = waiting(world.cun, database_now())
    assert [(part.tab, part.rows[0].line.number) for part in parts] == [(Tab.VERIFY, done.number)]


def test_the_last_ten_one_recorded(world: World, client: Client) -> None:
    numbers = [dispute(world).number for _ in range(MOST_RECORDED + 1)]
    dispute(world, world.cun)
    client.force_login(world.gao)
    page = client.get(HOME)
    shown = [row.line.number for row in page.context["recorded"]]
    assert shown == numbers[:0:-1]


def test_no_party_is_named(world: World, client: Client) -> None:
    dispute(world, parties=(PartyDraft("欧阳建国", "13800005678"),))
    page = open_as(client, world.gao)
    assert "欧阳建国" not in page
    assert not stands_alone("5678", page)


def test_the_neighbour_s_grid_stays_away(world: World, client: Client) -> None:
    number = dispute(world).number
    assert number not in open_as(client, world.shui)


def test_who_records_nothing_has_no_buttons(world: World, client: Client) -> None:
    assert 'class="big3"' not in open_as(client, world.mei)


def test_somebody_without_a_post(world: World, client: Client) -> None:
    world.gao.postings.update(ended_on=database_now().date())
    page = open_as(client, type(world.gao).objects.get(pk=world.gao.pk))
    assert 'class="empty"' in page


def test_more_cases_cost_no_more_statements(world: World, client: Client) -> None:
    client.force_login(world.gao)
    dispute(world)
    with CaptureQueriesContext(connection) as few:
        client.get(HOME)
    for _ in range(5):
        event(world)
        dispute(world)
    with CaptureQueriesContext(connection) as many:
        page = client.get(HOME)
    assert len(many) <= len(few)
    assert len(re.findall(r'class="lamp', page.text)) == 10
