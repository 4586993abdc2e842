"""Grids and their tasks by the API: the same doors, the same refusals."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cases import gridtasks
from grids.models import Area, Change
from tests.grids.test_outline import SQUARE, polygon

GRIDS, TASKS = reverse("api:grids"), reverse("api:grid_tasks")


def caller(user):
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def send(client, url, **body):
    return client.post(url, body, "application/json")


def test_a_grid_is_drawn_up_read_and_changed(world):
    client = caller(world.cun)
    made = send(
        client, GRIDS, parent=world.donghe.pk, name="第3网格", number="3",
        outline=polygon(SQUARE), map_approval="甘S(2023)27号",
    )  # fmt: skip
    assert made.status_code == 201
    grid = made.json()
    address = reverse("api:grid", args=[grid["id"]])
    assert client.get(address).json() == grid
    assert Client().get(grid["notice"]).status_code == 200
    changed = send(client, address, number="3", households=300, rev=grid["rev"])
    assert (changed.status_code, changed.json()["households"]) == (200, 300)
    assert send(client, address, number="3", rev=grid["rev"]).status_code == 409
    again = send(client, GRIDS, parent=world.donghe.pk, name="又一", number="3")
    assert (again.status_code, list(again.json()["fields"])) == (422, ["number"])


def test_the_list_is_the_callers_own(world):
    found = caller(world.cun).get(GRIDS).json()["results"]
    assert {one["id"] for one in found} == {
        world.donghe1.pk, world.donghe1a.pk, world.donghe2.pk,
    }  # fmt: skip
    assert caller(world.cun).get(GRIDS, {"x": "1"}).status_code == 400
    assert caller(world.cun).get(GRIDS, {"after": "x"}).status_code == 422


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"households": "320"}, "households"),
        ({"outline": "x"}, "outline"),
        ({"outline": {"type": "Point"}}, "outline"),
        ({"kind": "official"}, "kind"),
        ({"name": 3}, "name"),
        ({"parent": 0}, "parent"),
    ],
)
def test_wrong_values_are_named(world, more, field):
    body = {"parent": world.donghe.pk, "name": "第3网格", "number": "3"} | more
    answer = send(caller(world.cun), GRIDS, **body)
    assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])
    assert not Change.objects.exists() and not Area.objects.filter(name="第3网格").exists()


def test_a_temporary_task_by_the_api(world):
    day = gridtasks.today()
    body = {
        "name": "防汛巡查", "source": "3号文", "categories": ["E08"], "area": world.qingshi.pk,
        "valid_from": day.isoformat(), "valid_to": (day + timedelta(9)).isoformat(),
        "temporary": True,
    }  # fmt: skip
    made = send(caller(world.ouyang), TASKS, **body)
    assert made.status_code == 201
    decide = reverse("api:grid_task_decide", args=[made.json()["id"]])
    assert send(caller(world.ouyang), decide, approve=True).status_code == 403
    assert send(caller(world.bao), decide, approve=True).status_code == 404
    assert send(caller(world.su), decide, approve=False).status_code == 422
    assert send(caller(world.su), decide, approve=True).status_code == 200
    assert send(caller(world.su), decide, approve=True).status_code == 409
    listed = caller(world.gao).get(TASKS).json()["results"]
    assert {one["name"]: one["in_force"] for one in listed}["防汛巡查"]
    elsewhere = send(caller(world.ouyang), TASKS, **body | {"area": world.liulin.pk})
    assert elsewhere.status_code == 422
    assert send(caller(world.gao), TASKS, **body).status_code == 403
    assert (
        send(
            caller(world.su), TASKS, **body | {"area": world.hubin.pk, "temporary": False}
        ).status_code
        == 409
    )
    assert send(caller(world.su), TASKS, **body | {"valid_from": 3}).status_code == 422
