"""Doors of places, units, people and the powers over them."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases import gridtasks
from cases.gridtasks import Wish
from cases.pages import gridchanges
from grids import asof, office_forms, personnel, powers, restructuring, unit_office
from grids.errors import NotAllowed, NotVisible
from grids.models import Posting, User
from grids.pages import staff
from grids.restructuring import Order
from grids.roles import AreaChangeKind, Role
from grids.staffing import Post
from grids.unit_forms import NewUnitForm, SuperiorForm
from tests.access.doors import guards
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import event
from tests.world import World


def signed_in(user: User) -> Client:
    return at_desk(User.objects.get(pk=user.pk))


def post_of(user: User) -> Post:
    return user.posts[0]


def options(groups: Any) -> str:
    """Every choice of a list, as text."""
    return str(groups)


# --- places -------------------------------------------------------------------------------
@guards("grids/api.py get")
def places_by_api(world: World) -> None:
    rows = signed_in(world.ouyang).get("/api/v1/areas/").json()["results"]
    names = {row["name"] for row in rows}
    assert "东河村" in names and not names & {"渡口村", "云岭镇"}


@guards("grids/asof.py seen_by")
def a_place_of_the_past(world: World) -> None:
    assert asof.seen_by(world.ouyang, world.donghe.pk, timezone.localdate())
    assert not asof.seen_by(world.ouyang, world.liulin.pk, timezone.localdate())


@guards("grids/restructuring.py may_order runs_place")
def an_order_by_whoever_runs_no_place(world: World) -> None:
    for user, ordered in ((world.cun, True), (world.gao, False)):
        post = post_of(user)
        assert restructuring.may_order(post, AreaChangeKind.CLOSE, world.donghe1) == ordered


@guards("cases/pages/gridchanges.py concerned")
def matters_of_a_grid_that_closes(world: World) -> None:
    plain, protected = event(world), event(world, category="E09")
    listed = str(gridchanges.concerned(world.cun, world.donghe1)["listed"])
    assert plain.number in listed and protected.number not in listed


@guards("cases/pages/gridchanges.py concerned visible_to 2")
def posts_of_a_grid_that_closes(world: World) -> None:
    world.person("hua", Role.HANDLER, world.land_office, world.donghe1)
    ending = gridchanges.concerned(world.cun, world.donghe1)["ending"]
    assert isinstance(ending, list)
    assert [post.user.username for post, _role in ending] == ["gao"]


@guards("grids/restructuring.py involved")
def an_order_for_a_place_elsewhere(world: World) -> None:
    xi = world.person("xi", Role.SYS_ADMIN, world.hubin_government)
    order = Order(AreaChangeKind.RENAME, (world.songpo.pk,), name="松坡社区")
    with pytest.raises(NotVisible):
        restructuring.plan(xi, order, timezone.localdate())


# --- units --------------------------------------------------------------------------------
@guards("grids/pages/units.py units")
def units_of_a_place_elsewhere(world: World) -> None:
    page = signed_in(world.ouyang).get(reverse("office:units"), {"area": world.yunling.pk})
    assert page.context["place"] is None


@guards("grids/unit_forms.py offered")
def superiors_of_another_customer(world: World) -> None:
    offered = SuperiorForm(world.ouyang, {}).offered()
    assert world.hubin_centre in offered and world.nanshan_centre not in offered


@guards("grids/unit_forms.py kept keeps_units")
def places_for_a_new_unit(world: World) -> None:
    assert "青石镇" in options(NewUnitForm(world.ouyang, {}).places())
    assert "青石镇" not in options(NewUnitForm(world.han, {}).places())


@guards("grids/unit_office.py kept_units keeps_units")
def units_nobody_gave_into_care(world: World) -> None:
    assert world.land_office in unit_office.kept_units(world.ouyang)
    with pytest.raises(NotAllowed):
        unit_office.kept_units(world.han)


@guards("grids/unit_office.py keeps keeps_units")
def a_place_nobody_gave_into_care(world: World) -> None:
    assert unit_office.keeps(world.ouyang, world.qingshi)
    assert not unit_office.keeps(world.han, world.qingshi)


@guards("grids/unit_office.py find keeps_units")
def a_unit_looked_up_without_power(world: World) -> None:
    with pytest.raises(NotVisible):
        unit_office.find(world.han, world.land_office.pk)


# --- people -------------------------------------------------------------------------------
@guards("grids/models/staff.py grant keeps_books")
def posts_of_a_handler(world: World) -> None:
    assert not Posting.objects.visible_to(world.han).exists()


@guards("grids/office_forms.py own_units keeps_books")
def units_a_handler_may_staff(world: World) -> None:
    assert world.land_office in office_forms.own_units(world.ouyang)
    assert not office_forms.own_units(world.han).exists()


@guards("grids/office_forms.py role_choices governs")
def roles_a_village_may_give(world: World) -> None:
    offered = dict(office_forms.role_choices(world.cun))
    assert "grid_worker" in offered and not offered.keys() & {"sec_admin", "auditor"}


@guards("grids/pages/staff.py staff")
def the_staff_list(world: World) -> None:
    page = text_of(signed_in(world.ouyang).get(reverse("office:staff")))
    assert world.gao.display_name in page and world.wai.display_name not in page


@guards("grids/pages/staff.py posts_of")
def a_persons_posts_elsewhere(world: World) -> None:
    world.person("han", Role.HANDLER, world.liulin_centre)
    answer = signed_in(world.ouyang).get(reverse("office:person", args=[world.han.public_id]))
    assert "青石镇自然资源所" in text_of(answer) and "柳林镇" not in text_of(answer)


@guards("grids/pages/staff.py looked_up")
def a_post_elsewhere(world: World) -> None:
    assert staff.looked_up(world.ouyang, world.posting(world.han).pk).user == world.han
    with pytest.raises(NotVisible):
        staff.looked_up(world.ouyang, world.posting(world.bao).pk)


@guards("grids/personnel.py book_posts keeps_books")
def books_of_a_handler(world: World) -> None:
    with pytest.raises(NotAllowed):
        personnel.book_posts(world.han)


@guards("grids/personnel.py may_post governs")
def a_post_above_ones_own(world: World) -> None:
    assert personnel.may_post(world.ouyang, "village_staff", world.donghe_committee)
    assert not personnel.may_post(world.ouyang, "triage", world.hubin_centre)


@guards("grids/personnel.py people")
def a_colleague_whose_books_somebody_else_keeps(world: World) -> None:
    """The auditor works in the same house as the system administrator, who keeps no book of
    his."""
    xi = world.person("xi", Role.SYS_ADMIN, world.hubin_government)
    assert set(User.objects.visible_to(xi)) >= {world.dou, world.gao}
    assert world.gao in personnel.people(xi) and world.dou not in personnel.people(xi)


@guards("grids/personnel.py people visible_to 2")
def somebody_who_left_for_another_town(world: World) -> None:
    Posting.objects.filter(user=world.han).update(ended_on=timezone.localdate())
    assert world.han in personnel.people(world.ouyang)
    world.person("han", Role.HANDLER, world.liulin_centre)
    assert world.han not in personnel.people(world.ouyang)


# --- powers -------------------------------------------------------------------------------
@guards("grids/powers.py keeps_books runs_place")
def books_by_power(world: World) -> None:
    assert powers.keeps_books(post_of(world.ouyang))
    assert not powers.keeps_books(post_of(world.han))


@guards("grids/powers.py governs keeps_books")
def governing_by_power(world: World) -> None:
    village = world.donghe_committee
    asked = (Role.GRID_WORKER, village.tenant_id, world.donghe.path, world.donghe.level)
    assert powers.governs(post_of(world.ouyang), *asked)
    assert not powers.governs(post_of(world.han), *asked)


@guards("grids/powers.py keeps_units runs_place")
def units_by_power(world: World) -> None:
    assert powers.keeps_units(post_of(world.ouyang))
    assert not powers.keeps_units(post_of(world.han))


# --- tasks for grid workers ---------------------------------------------------------------
def wished(world: World) -> int:
    """A temporary task that 青石镇 asked for; its key."""
    day: date = gridtasks.today()
    wish = Wish("防汛巡查", "湖滨防指〔2026〕3号", ["E08"], day, day.replace(year=day.year + 1))
    gridtasks.set_limit(world.su, world.hubin, 366)
    return gridtasks.ask(world.ouyang, world.qingshi, wish).pk


@guards("cases/gridtasks.py found")
def a_task_of_another_town(world: World) -> None:
    pk = wished(world)
    assert gridtasks.found(world.su, pk).pk == pk
    with pytest.raises(NotVisible):
        gridtasks.found(world.bao, pk)


@guards("cases/gridtask_api.py get")
def tasks_by_api(world: World) -> None:
    pk = wished(world)
    for name, seen in (("ouyang", True), ("bao", False)):
        rows = signed_in(world.people[name]).get("/api/v1/grid-tasks/").json()["results"]
        assert rows and (pk in {row["id"] for row in rows}) is seen


@guards("cases/gridtask_api.py post")
def asking_by_api_for_another_place(world: World) -> None:
    day = gridtasks.today().isoformat()
    body = {"name": "巡查", "source": "3号", "categories": ["E08"], "temporary": True,
            "valid_from": day, "valid_to": day, "area": world.yunling.pk}  # fmt: skip
    answer = signed_in(world.ouyang).post("/api/v1/grid-tasks/", body, "application/json")
    assert answer.status_code == 422 and "area" in answer.json()["fields"]


@guards("cases/gridtask_api.py post visible_to 2")
def deciding_by_api_on_another_towns_task(world: World) -> None:
    """404 before anything is said about the body."""
    url = reverse("api:grid_task_decide", args=[wished(world)])
    assert signed_in(world.bao).post(url, {"x": 1}, "application/json").status_code == 404


@guards("cases/pages/gridtasks.py shown")
def tasks_on_the_page(world: World) -> None:
    wished(world)
    page = reverse("cases:grid_tasks")
    assert "防汛巡查" in text_of(signed_in(world.ouyang).get(page))
    assert "防汛巡查" not in text_of(signed_in(world.bao).get(page))
