"""The page of the list of tasks for grid workers, and what a refused hand-over says."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cases import gridtasks
from cases.models import GridTask
from grids.roles import Role
from tests.cases.desk import at_desk, text_of
from tests.cases.test_gridtasks import held_by_township, wish

LIST = reverse("cases:grid_tasks")
NEW = reverse("cases:grid_task_new")


def wanted(world, **more):
    day = gridtasks.today()
    return {
        "sort": "time", "name": "防汛巡查", "source": "3号文", "categories": ["E08"],
        "area": world.qingshi.pk, "valid_from": day.isoformat(),
        "valid_to": (day + timedelta(30)).isoformat(),
    } | more  # fmt: skip


@pytest.mark.parametrize("who", ["gao", "cun", "ouyang", "su", "han"])
def test_whoever_works_in_a_unit_reads_the_list(world, who):
    words = text_of(at_desk(world.people[who]).get(LIST))
    assert "矛盾纠纷排查化解" in words
    assert ("Begin our own list" in words) == (who == "su")
    assert ("Ask for a temporary task" in words) == (who in ("su", "ouyang"))


@pytest.mark.parametrize("who", ["ling", "dou", "mei"])
def test_others_do_not(world, who):
    assert at_desk(world.people[who]).get(LIST).status_code == 403


def test_the_whole_way_of_a_temporary_task(world):
    township, district = at_desk(world.ouyang), at_desk(world.su)
    assert township.post(NEW, wanted(world)).status_code == 302
    task = GridTask.objects.get(temporary=True)
    decide = reverse("cases:grid_task_decide", args=[task.pk])
    assert "Approve" not in text_of(township.get(LIST))
    assert township.post(decide, {"answer": "approve"}).status_code == 403
    assert "防汛巡查" not in text_of(at_desk(world.bao).get(LIST))
    assert at_desk(world.bao).post(decide, {"answer": "approve"}).status_code == 404
    assert "Approve" in text_of(district.get(LIST))
    assert district.post(decide, {"answer": "refuse", "reason": ""}).status_code == 422
    assert district.post(decide, {"answer": "approve"}).status_code == 302
    assert district.post(decide, {"answer": "approve"}).status_code == 409
    assert "防汛巡查 temporary" in text_of(at_desk(world.gao).get(LIST))
    end = reverse("cases:grid_task_end", args=[task.pk])
    assert township.post(end, {"on": gridtasks.today().isoformat()}).status_code == 403
    assert district.post(end, {"on": "x"}).status_code == 422
    assert district.post(end, {"on": gridtasks.today().isoformat()}).status_code == 302
    assert "防汛巡查 temporary" not in text_of(at_desk(world.gao).get(LIST))


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": ""}, "name"),
        ({"valid_to": ""}, "valid_to"),
        ({"valid_to": "2199-01-01"}, "valid_to"),
        ({"categories": ["X"]}, "categories"),
        ({"area": "0"}, "area"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(world, more, field):
    answer = at_desk(world.ouyang).post(NEW, wanted(world, **more))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "3号文" in answer.text


def test_the_district_keeps_its_own_list(world):
    client = at_desk(world.su)
    settings = reverse("cases:grid_task_settings")
    listed = wanted(world, sort="list", area=world.hubin.pk, valid_to="", name="代办")
    assert client.post(NEW, listed).status_code == 409
    assert client.post(settings, {"adopt": "1"}).status_code == 302
    assert client.post(settings, {"adopt": "1"}).status_code == 409
    assert client.post(NEW, listed).status_code == 302
    assert client.post(settings, {"days": "10"}).status_code == 302
    assert client.post(settings, {"days": "zehn"}).status_code == 422
    words = text_of(client.get(LIST))
    assert "代办" in words and "at most 10 days" in words
    for who in ("ouyang", "gao", "cun"):
        assert at_desk(world.people[who]).post(settings, {"adopt": "1"}).status_code == 403
        assert at_desk(world.people[who]).post(NEW, listed).status_code == 403


def test_a_refused_hand_over_names_the_list_at_the_unit(world):
    for row in gridtasks.adopt(world.su, world.hubin):
        if "E03" in row.categories:
            gridtasks.end(world.su, row.pk, gridtasks.today())
    case = held_by_township(world)
    address = reverse("cases:act", args=[case.number, "hand_down"])
    answer = at_desk(world.ouyang, "zh-hans").post(
        address,
        {"unit": world.donghe1_team.pk, "note": "请处理", "until": "2199-01-01T10:00",
         "rev": case.last_seq},
    )  # fmt: skip
    assert answer.status_code == 422
    assert "准入清单" in str(answer.context["form"].errors["unit"])
    assert "请处理" in answer.text


def test_a_second_officer_of_the_district_decides_on_the_first_ones_wish(world):
    second = world.person("second", Role.TRIAGE, world.hubin_centre)
    task = gridtasks.ask(world.su, world.hubin, wish(gridtasks.today()))
    decide = reverse("cases:grid_task_decide", args=[task.pk])
    assert at_desk(world.su).post(decide, {"answer": "approve"}).status_code == 403
    assert at_desk(second).post(decide, {"answer": "approve"}).status_code == 302
