"""Places by the API: the tree of any day, a history, a change looked at and made once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, IdempotencyKey
from governance import tokens
from grids.models import Area, User
from grids.roles import Role
from tests.cases.matters import dispute
from tests.world import SINCE, World

AREAS = reverse("api:areas")


@pytest.fixture
def xi(world: World) -> User:
    return world.person("xi", Role.SYS_ADMIN, world.hubin_government)


def caller(user: User, language: str = "en", **scope: object) -> Client:
    key, _row = tokens.issue(user, **scope)  # type: ignore[arg-type]
    return Client(headers={"Authorization": f"Token {key}", "Accept-Language": language})


def send(client: Client, name: str, pk: int, /, **body: object):
    url = reverse(f"api:{name}", args=[pk])
    return client.post(url, body, "application/json", headers={"Idempotency-Key": "area-key-1"})


def names(answer) -> list[str]:
    return [one["name"] for one in answer.json()["results"]]


def merged(world: World, xi: User):
    return send(
        caller(xi), "area_change", world.donghe.pk, kind="merge", areas=[world.shiqiao.pk],
        name="东石村", document="青政〔2026〕3号",
    )  # fmt: skip


def test_who_runs_the_village_closes_its_grid_once(world: World) -> None:
    case, day = dispute(world), timezone.localdate() - timedelta(days=9)
    Area.objects.filter(pk__in=[world.donghe1.pk, world.donghe1a.pk]).update(valid_from=day)
    client, pk = caller(world.cun), world.donghe1.pk
    shown = send(client, "grid_preview", pk, kind="close").json()
    assert (shown["cases"], shown["posts_ending"]) == (1, 1)
    done = send(client, "grid_change", pk, kind="close", document="3号")
    assert (done.status_code, done.json()["cases"]) == (201, 1), done.content
    again = send(client, "grid_change", pk, kind="close", document="3号")
    assert (again.status_code, again.json()) == (200, done.json())
    assert Case.objects.get(pk=case.pk).holder_unit == world.donghe_committee
    for kind, target in (("move", world.dukou.pk), ("merge", world.donghe2.pk)):
        answer = send(client, "grid_preview", world.donghe2.pk, kind=kind, target=target)
        assert answer.status_code in (403, 404)
    for user, status in ((world.bao, 404), (world.gao, 403)):
        assert send(caller(user), "grid_preview", pk, kind="close").status_code == status


def test_a_change_is_looked_at_and_then_made_once(world: World, xi: User) -> None:
    case = dispute(world)
    body = {"kind": "merge", "areas": [world.shiqiao.pk], "name": "东石村"}
    shown = send(caller(xi), "area_preview", world.donghe.pk, **body).json()
    assert (shown["cases"], shown["grids"]) == (1, 2)
    assert Area.objects.current().filter(pk=world.donghe.pk).exists()
    done = merged(world, xi)
    assert (done.status_code, done.json()["cases"]) == (201, 1)
    (heir,) = done.json()["place"]["successors"]
    assert heir["name"] == "东石村" and heir["document"] == "青政〔2026〕3号"
    assert Case.objects.get(pk=case.pk).village_id == heir["id"]
    again = merged(world, xi)
    assert (again.status_code, again.json()) == (200, done.json())
    other = send(caller(xi), "area_change", world.donghe.pk, **body | {"name": "别的"})
    assert (other.status_code, list(other.json()["fields"])) == (422, ["key"])
    assert IdempotencyKey.objects.filter(scope=f"user:{xi.pk}:area").count() == 1
    assert Area.objects.current().filter(parent=world.qingshi).count() == 1


def test_a_past_day_shows_the_tree_of_that_day(world: World, xi: User) -> None:
    heir = merged(world, xi).json()["place"]["successors"][0]["id"]
    yesterday = timezone.localdate() - timedelta(days=1)
    ouyang = caller(world.ouyang)
    then = {"parent": world.qingshi.pk, "on": yesterday.isoformat()}
    assert sorted(names(ouyang.get(AREAS, then))) == ["东河村", "石桥村"]
    assert names(ouyang.get(AREAS, {"parent": world.qingshi.pk})) == ["东石村"]
    assert names(ouyang.get(AREAS, {"parent": world.qingshi.pk, "on": str(SINCE)})) == [
        "东河村", "石桥村",
    ]  # fmt: skip
    assert names(ouyang.get(AREAS, {"on": yesterday.isoformat()})) == ["青石镇"]
    one = ouyang.get(reverse("api:area", args=[heir])).json()
    assert {kin["name"] for kin in one["predecessors"]} == {"东河村", "石桥村"}
    assert one["changes"] == []


def test_a_past_tree_keeps_to_the_posts(world: World) -> None:
    today = timezone.localdate().isoformat()
    assert names(caller(world.ouyang).get(AREAS, {"parent": world.hubin.pk, "on": today})) == [
        "青石镇"
    ]
    for parent in (world.liulin.pk, world.nanshan.pk, 10**15):
        assert names(caller(world.ouyang).get(AREAS, {"parent": parent, "on": today})) == []


@pytest.mark.parametrize("day", ["2026-02-31", "heute", "2999-01-01", "", "20260302"])
def test_a_day_that_is_none_is_named(world: World, day: str) -> None:
    answer = caller(world.ouyang, "zh-hans").get(AREAS, {"on": day})
    assert (answer.status_code, answer.json()["fields"]) == (
        422, {"on": ["请填写过去的日期，如 2026-03-02。"]},
    )  # fmt: skip


def test_who_may_not_gets_the_answer_of_the_page(world: World, xi: User) -> None:
    change = {"kind": "rename", "name": "东湖村"}
    for name in ("area_preview", "area_change"):
        assert send(caller(world.ouyang), name, world.donghe.pk, **change).status_code == 403
        assert send(caller(world.bao), name, world.donghe.pk, **change).status_code == 404
        assert send(caller(xi), name, world.nanshan.pk, **change).status_code == 404
    assert caller(world.bao).get(reverse("api:area", args=[world.donghe.pk])).status_code == 404


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"kind": "sell"}, ["kind"]),
        ({"kind": "rename"}, ["name"]),
        ({"kind": "rename", "name": "东河村"}, ["name"]),
        ({"kind": "merge", "areas": ["x"], "name": "新"}, ["areas"]),
        ({"kind": "split", "parts": [{"children": [1]}]}, ["parts.0.name"]),
        ({"kind": "move", "target": "4"}, ["target"]),
    ],
)
def test_wrong_values_are_named_and_nothing_is_written(
    world: World, xi: User, body: dict[str, object], fields: list[str]
) -> None:
    for name in ("area_preview", "area_change"):
        answer = send(caller(xi), name, world.donghe.pk, **body)
        assert (answer.status_code, list(answer.json()["fields"])) == (422, fields)
    assert not IdempotencyKey.objects.exists()


def test_a_change_needs_a_key_and_known_names(world: World, xi: User) -> None:
    url = reverse("api:area_change", args=[world.donghe.pk])
    without = caller(xi).post(url, {"kind": "rename", "name": "东湖村"}, "application/json")
    assert (without.status_code, without.json()["code"]) == (400, "idempotency_key")
    strange = send(caller(xi), "area_change", world.donghe.pk, kind="rename", title="x")
    assert strange.status_code == 400
