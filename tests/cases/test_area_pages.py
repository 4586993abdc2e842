"""The pages of places: the tree on any day, a place's history, a change from form to result."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cases.clocks import ZONE
from cases.models import Case
from cases.reorganising import reorganise
from grids.models import Area, User
from grids.restructuring import Order
from grids.roles import AreaChangeKind, Role
from tests.cases.matters import dispute, in_days
from tests.world import World

TREE = reverse("cases:areas")


@pytest.fixture
def xi(world: World) -> User:
    return world.person("xi", Role.SYS_ADMIN, world.hubin_government)


def client(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def text(answer) -> str:
    return answer.content.decode()


def test_the_tree_opens_at_the_own_post_with_its_figures(world: World) -> None:
    dispute(world)
    page = client(world.ouyang).get(TREE)
    assert "东河村" in text(page) and "石桥村" in text(page) and "渡口村" not in text(page)
    rows = {line.place.name: line.open for line in page.context["lines"]}
    assert rows == {"东河村": 1, "石桥村": 0}


def test_who_sees_no_figures_sees_the_names_only(world: World, xi: User) -> None:
    dispute(world)
    page = client(xi).get(TREE)
    assert {line.open for line in page.context["lines"]} == {None}


def test_another_place_is_not_there(world: World) -> None:
    for pk in (world.nanshan.pk, world.songpo1.pk, 10**12, "x"):
        assert client(world.ouyang).get(TREE, {"in": pk}).status_code == 404
    assert client(world.wai).get(reverse("cases:area", args=[world.donghe.pk])).status_code == 404


@pytest.mark.parametrize("day", ["gestern", "2026-02-31", "9999-01-01", "2026-3-2x"])
def test_a_day_that_is_none_is_said_so(world: World, day: str) -> None:
    assert client(world.ouyang).get(TREE, {"on": day}).status_code == 422


def test_a_day_before_the_customer_began_is_empty(world: World) -> None:
    assert client(world.ouyang).get(TREE, {"on": "1999-01-01"}).status_code in (200, 404)


def test_a_place_is_found_by_its_former_name(world: World, xi: User) -> None:
    reorganise(xi, Order(AreaChangeKind.RENAME, (world.donghe.pk,), name="东河社区"))
    page = client(world.ouyang).get(TREE, {"q": "东河村"})
    assert [line.place.name for line in page.context["lines"]] == ["东河社区"]
    history = client(world.ouyang).get(reverse("cases:area", args=[world.donghe.pk]))
    assert "东河村" in text(history)


def test_a_past_day_shows_the_tree_of_that_day(world: World, xi: User) -> None:
    dispute(world)
    order = Order(AreaChangeKind.MERGE, (world.donghe.pk,), target=world.shiqiao.pk)
    reorganise(xi, order, now=in_days(0))
    yesterday = (in_days(-1)).astimezone(ZONE).date()
    browser = client(world.ouyang)
    today = [line.place.name for line in browser.get(TREE).context["lines"]]
    then = browser.get(TREE, {"on": yesterday.isoformat()})
    assert today == ["石桥村"]
    assert [line.place.name for line in then.context["lines"]] == ["东河村", "石桥村"]
    grids = browser.get(TREE, {"in": world.donghe.pk, "on": yesterday.isoformat()})
    assert len(grids.context["lines"]) == 2
    assert timedelta(0) < in_days(0) - in_days(-1)


def test_a_merger_from_form_to_result(world: World, xi: User) -> None:
    case = dispute(world)
    url = reverse("cases:area_change", args=[world.donghe.pk, "merge"])
    browser = client(xi)
    assert "并入" in text(browser.get(url)) or "Goes into" in text(browser.get(url))
    values = {"target": world.shiqiao.pk, "name": "", "document": "湖政〔2026〕3号"}
    shown = browser.post(url, {**values, "preview": "1"})
    assert shown.status_code == 200 and shown.context["shown"].cases == 1
    assert Case.objects.get(pk=case.pk).village_id == world.donghe.pk
    done = browser.post(url, {**values, "confirm": "1"})
    assert done.status_code == 302
    assert Case.objects.get(pk=case.pk).village_id == world.shiqiao.pk
    again = browser.post(url, {**values, "confirm": "1"})
    assert again.status_code == 404  # it is no longer a place of today
    page = text(browser.get(reverse("cases:area", args=[world.donghe.pk])))
    assert "湖政〔2026〕3号" in page and "石桥村" in page


@pytest.mark.parametrize(
    ("kind", "values", "field"),
    [
        ("rename", {"name": "东河村"}, "name"),
        ("rename", {"name": ""}, "name"),
        ("rename", {"name": "石桥村"}, "name"),
        ("merge", {"target": "", "name": "新村"}, None),
        ("merge", {"target": "x"}, "target"),
        ("move", {"target": ""}, "target"),
        ("split", {"name": "石桥村"}, "name"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(
    world: World, xi: User, kind: str, values: dict[str, str], field: str | None
) -> None:
    url = reverse("cases:area_change", args=[world.donghe.pk, kind])
    answer = client(xi).post(url, values | {"confirm": "1"})
    assert answer.status_code == 422
    assert (field or "__all__") in answer.context["form"].errors or "areas" in (
        answer.context["form"].errors
    )
    assert Area.objects.get(pk=world.donghe.pk).name == "东河村"


@pytest.mark.parametrize("kind", ["rename", "move", "merge", "split", "close"])
def test_each_form_can_be_opened_and_only_by_the_administrator(
    world: World, xi: User, kind: str
) -> None:
    url = reverse("cases:area_change", args=[world.donghe.pk, kind])
    assert client(xi).get(url).status_code == 200
    assert client(world.su).get(url).status_code == 403
    assert client(world.wai).get(url).status_code == 404
    assert client(xi).get(url.replace(kind, "paint")).status_code == 404
