"""Units, accounts and posts by the API: the doors of the pages, each write once per key."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Assignment, CaseEvent, IdempotencyKey
from cases.rules.workflow import Verb
from governance import tokens
from grids.models import Change, Posting, Unit, User
from grids.roles import Role, UnitKindCode
from tests.cases.matters import dispute, do
from tests.world import World

STAFF, UNITS = reverse("api:staff"), reverse("api:units")


def caller(user: User, language: str = "en", **scope: object) -> Client:
    key, _row = tokens.issue(user, **scope)  # type: ignore[arg-type]
    return Client(headers={"Authorization": f"Token {key}", "Accept-Language": language})


def send(user: User, url: str, key: str = "", /, **body: object):
    """One request; the same key for the same address unless another is given."""
    key = key or f"key:{url}"[:80]
    return caller(user).post(url, body, "application/json", headers={"Idempotency-Key": key})


def at(name: str, *args: object) -> str:
    return reverse(f"api:{name}", args=args)


def day(days: int = 0) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


# --- units ------------------------------------------------------------------------------
def test_a_unit_is_opened_changed_related_and_closed(world: World) -> None:
    body = {"area": world.qingshi.pk, "kind": "property_company", "name": "安居物业",
            "valid_from": day(-9)}  # fmt: skip
    made = send(world.ouyang, UNITS, **body)
    assert made.status_code == 201
    pk = made.json()["id"]
    again = send(world.ouyang, UNITS, **body)
    assert (again.status_code, again.json()) == (200, made.json())
    assert Unit.objects.filter(name="安居物业").count() == 1
    named = caller(world.ouyang).get(UNITS, {"kind": "property_company", "q": "安居"}).json()
    assert [one["id"] for one in named["results"]] == [pk]
    edited = send(world.ouyang, at("unit", pk), name="安居物业服务", phone="0000-1")
    assert (edited.status_code, edited.json()["phone"]) == (200, "0000-1")
    above = {"line": "business", "superior": world.land_office.pk, "valid_from": day(-5)}
    related = send(world.ouyang, at("relate", pk), **above)
    (relation,) = related.json()["superiors"]
    assert relation["name"] == "青石镇自然资源所"
    cycle = send(world.ouyang, at("relate", world.land_office.pk), "other-key",
                 **above | {"superior": pk})  # fmt: skip
    assert (cycle.status_code, list(cycle.json()["fields"])) == (422, ["superior"])
    ended = send(world.ouyang, at("unrelate", pk, relation["id"]))
    assert ended.json()["superiors"][0]["valid_to"] == day()
    closed = send(world.ouyang, at("unit_close", pk), on=day())
    assert (closed.status_code, closed.json()["valid_to"]) == (200, day())
    assert Change.objects.filter(subject="unit", subject_id=pk).count() == 3
    late = send(world.ouyang, at("unit", pk), "late-key-1", name="x")
    assert late.status_code == 409


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"area": 1}, "area"), ({"area": "4"}, "area"), ({"kind": "shop"}, "kind"),
        ({"name": ""}, "name"), ({"name": ["x"]}, "name"), ({"valid_from": "morgen"}, "valid_from"),
        ({"valid_from": 20260302}, "valid_from"),
    ],
)  # fmt: skip
def test_wrong_values_of_a_unit_are_named(
    world: World, changes: dict[str, object], field: str
) -> None:
    body = {"area": world.qingshi.pk, "kind": "property_company", "name": "安居物业"} | changes
    refused = send(world.ouyang, UNITS, **body)
    assert (refused.status_code, list(refused.json()["fields"])) == (422, [field])
    assert not Change.objects.exists() and not IdempotencyKey.objects.exists()


def test_a_unit_elsewhere_does_not_exist(world: World) -> None:
    for url in (at("unit", world.dukou_committee.pk), at("unit_close", world.dukou_committee.pk)):
        assert send(world.ouyang, url, name="x", on=day()).status_code == 404
    heir = send(world.ouyang, at("unit_close", world.land_office.pk), on=day(),
                heir=world.nanshan_centre.pk)  # fmt: skip
    assert (heir.status_code, list(heir.json()["fields"])) == (422, ["heir"])
    place = {"area": world.liulin.pk, "kind": "property_company", "name": "安居物业"}
    assert list(send(world.ouyang, UNITS, **place).json()["fields"]) == ["area"]


# --- accounts ---------------------------------------------------------------------------
def mediator(world: World, **changes: object) -> dict[str, object]:
    return {
        "username": "lan", "name": "兰", "role": "mediator", "unit": world.donghe_mediation.pk,
    } | changes  # fmt: skip


def test_an_account_is_opened_once_and_its_password_shown_once(world: World, caplog) -> None:
    made = send(world.cun, STAFF, **mediator(world))
    assert made.status_code == 201
    slip, one = made.json()["slip"], made.json()["staff"]
    assert User.objects.get(username="lan").check_password(slip["password"])
    assert one["posts"][0]["unit_name"] == world.donghe_mediation.name
    again = send(world.cun, STAFF, **mediator(world))
    assert (again.status_code, again.json()) == (200, {"staff": one, "slip": None})
    shown = caller(world.cun).get(at("person", one["id"])).text
    kept = [caplog.text, shown, str(list(Change.objects.values_list("before", "after", "reason")))]
    kept += [row.result for row in IdempotencyKey.objects.all()]
    assert not [text for text in kept if slip["password"] in text]
    taken = send(world.cun, STAFF, "another-key", **mediator(world))
    assert (taken.status_code, list(taken.json()["fields"])) == (422, ["username"])


def test_a_reset_ends_keys_and_is_shown_once(world: World, caplog) -> None:
    theirs, _row = tokens.issue(world.mei)
    url = at("reset", world.mei.public_id)
    given = send(world.cun, url, words="本人到场")
    password = given.json()["slip"]["password"]
    assert (
        Client(headers={"Authorization": f"Token {theirs}"}).get("/api/v1/me/").status_code == 401
    )
    row = Change.objects.get(subject="user", subject_id=world.mei.pk, action="reset")
    assert row.reason == "本人到场"
    assert send(world.cun, url, words="本人到场").json()["slip"] is None
    assert Change.objects.filter(action="reset").count() == 1
    assert password not in caplog.text
    assert list(send(world.cun, url, "new-key-2", words="").json()["fields"]) == ["words"]


def test_name_switch_and_sign_out(world: World) -> None:
    who = world.mei.public_id
    assert send(world.cun, at("person", who), name="梅兰").json()["name"] == "梅兰"
    theirs, _row = tokens.issue(world.mei)
    assert send(world.cun, at("sign_out", who)).status_code == 200
    off = send(world.cun, at("switch", who), active=False)
    assert (off.status_code, off.json()["active"]) == (200, False)
    assert send(world.cun, at("switch", who), "key-on-again", active=True).json()["active"]
    assert list(send(world.cun, at("switch", who), "key-three").json()["fields"]) == ["active"]
    done = [one["what"] for one in caller(world.cun).get(at("person", who)).json()["changes"]]
    assert done == ["enable", "disable", "sign_out", "rename"]


def test_peers_higher_roles_and_other_places(world: World) -> None:
    for name, body in (
        ("person", {"name": "x"}), ("reset", {"words": "x"}), ("switch", {"active": False}),
        ("sign_out", {}),
    ):  # fmt: skip
        assert send(world.ouyang, at(name, world.tan.public_id), **body).status_code == 403
        assert send(world.bao, at(name, world.mei.public_id), **body).status_code == 404
    assert send(world.gao, STAFF, **mediator(world)).status_code == 403
    above = send(world.cun, STAFF, **mediator(world, role="triage"))
    assert (above.status_code, list(above.json()["fields"])) == (422, ["role"])
    elsewhere = send(world.cun, STAFF, **mediator(world, unit=world.qingshi_centre.pk))
    assert (elsewhere.status_code, list(elsewhere.json()["fields"])) == (422, ["unit"])
    assert not User.objects.filter(username="lan").exists()


def test_the_list_is_the_callers_own_and_tells_nothing_of_work(world: World) -> None:
    found = caller(world.cun).get(STAFF).json()["results"]
    assert {"mei", "gao"} <= {one["username"] for one in found}
    assert not {"ouyang", "shui", "du"} & {one["username"] for one in found}
    assert {name for one in found for name in one} == {"id", "username", "name", "active", "posts"}
    assert [one["username"] for one in found] == list(
        User.objects.filter(username__in=[one["username"] for one in found])
        .order_by("pk").values_list("username", flat=True)
    )  # fmt: skip
    for order in ("sort", "order", "role", "unit"):
        assert caller(world.cun).get(STAFF, {order: "x"}).status_code == 400


# --- posts ------------------------------------------------------------------------------
def test_a_post_ends_and_its_matters_move_with_it(world: World) -> None:
    case = do(dispute(world), Verb.SIGN, world.gao)
    case = do(case, Verb.ASSIGN, world.gao, user_id=world.mei.pk)
    heir = world.person("tao", Role.MEDIATOR, world.unit(
        world.shiqiao, UnitKindCode.MEDIATION_COMMITTEE))  # fmt: skip
    post = world.posting(world.mei)
    shown = caller(world.ouyang).get(at("post", post.pk)).json()
    assert [one["number"] for one in shown["matters"]] == [case.number]
    url, body = at("end_post", post.pk), {"ended_on": day(), "successor": str(heir.public_id)}
    done = send(world.ouyang, url, **body)
    assert (done.status_code, done.json()["ended_on"]) == (200, day())
    assert Assignment.objects.get(case=case, until=None).user == heir
    assert Posting.objects.filter(user=heir, unit=world.donghe_mediation, ended_on=None).exists()
    assert send(world.ouyang, url, **body).status_code == 200
    assert CaseEvent.objects.filter(case=case, verb=Verb.HAND_OVER).count() == 1


def test_a_post_is_given_and_stood_in_for(world: World) -> None:
    body = {"role": "mediator", "unit": world.donghe_mediation.pk, "ended_on": day(30)}
    given = send(world.cun, at("appoint", world.gao.public_id), **body)
    assert given.status_code == 201
    assert {one["role"] for one in given.json()["posts"]} == {"grid_worker", "mediator"}
    assert send(world.cun, at("appoint", world.gao.public_id), **body).status_code == 200
    assert send(world.cun, at("appoint", world.cun.public_id), **body).status_code == 403


def test_somebody_stands_in_for_a_post(world: World) -> None:
    post = world.posting(world.mei)
    stand_in = {"colleague": str(world.gao.public_id), "started_on": day(), "ended_on": day(7)}
    made = send(world.cun, at("substitute", post.pk), **stand_in)
    assert made.status_code == 201, made.json()
    assert made.json()["substitute"]
    assert Posting.objects.get(substitute_for=post).user == world.gao
    self_ = send(world.cun, at("substitute", post.pk), "another-key",
                 **stand_in | {"colleague": str(world.mei.public_id)})  # fmt: skip
    assert (self_.status_code, list(self_.json()["fields"])) == (422, ["colleague"])


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"ended_on": day(-1)}, 422, "ended_on"),
        ({"ended_on": "x"}, 422, "ended_on"),
        ({"ended_on": day(), "successor": "x"}, 422, "successor"),
        (
            {"ended_on": day(), "successor": "7f0c2f8e-0000-4000-8000-000000000000"},
            422,
            "successor",
        ),
        ({"ended_on": day(), "who": 1}, 400, "who"),
    ],
)
def test_wrong_ends_are_named(
    world: World, body: dict[str, object], status: int, field: str
) -> None:
    post = world.posting(world.mei)
    refused = send(world.cun, at("end_post", post.pk), **body)
    assert (refused.status_code, list(refused.json()["fields"])) == (status, [field])
    post.refresh_from_db()
    assert post.ended_on is None


def test_posts_of_others_and_ones_own(world: World) -> None:
    own = Posting.objects.filter(user=world.cun).first()
    assert own is not None
    assert send(world.cun, at("end_post", own.pk), ended_on=day()).status_code == 403
    shui = world.posting(world.shui)
    assert send(world.cun, at("end_post", shui.pk), ended_on=day()).status_code == 404
    assert caller(world.cun).get(at("post", shui.pk)).status_code == 404


def test_a_key_without_the_scope_changes_nobody(world: World) -> None:
    key, _row = tokens.issue(world.cun, scopes=("cases", "places"))
    client = Client(headers={"Authorization": f"Token {key}", "Idempotency-Key": "scopes-1"})
    refused = client.post(STAFF, mediator(world), "application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "out_of_scope")
    assert client.get(STAFF).status_code == 200
