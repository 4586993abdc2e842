"""Editions on pages and by the API: the same change set, decided on and carried out."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cases import editions
from governance import tokens
from grids.models import Area, AreaEdition, EditionChange, User
from grids.roles import Role
from tests.cases.matters import dispute
from tests.cases.test_editions import LATER, one, read_in, table
from tests.cases.test_editions import edition as edition
from tests.cases.test_editions import xi as xi
from tests.world import World

LIST, NEW = reverse("cases:editions"), reverse("cases:edition_new")


def client(user: User) -> Client:
    browser = Client(headers={"Accept-Language": "en"})
    browser.force_login(user)
    return browser


def at(name: str, *args: object) -> str:
    return reverse(f"cases:{name}", args=args)


def text(answer) -> str:
    return answer.content.decode()


def sent(world: World, *lines: str, **more: object) -> dict[str, object]:
    file = SimpleUploadedFile("2024.csv", table(*(lines or LATER)), "text/csv")
    return {"root": world.hubin.pk, "year": 2024, "system": "NBS", "file": file} | more


# --- pages ----------------------------------------------------------------------------------
def test_a_file_becomes_a_change_set_that_is_decided_on_and_carried_out(
    world: World, xi: User
) -> None:
    browser = client(xi)
    assert "No later edition" in text(browser.get(LIST)) or "还没有" in text(browser.get(LIST))
    shown = browser.post(NEW, sent(world), follow=True)
    assert shown.redirect_chain[-1][0] == at("edition", AreaEdition.objects.get().pk)
    assert "柳林街道" in text(shown) and "渡口村" in text(shown)
    moved = '<td data-l="Codes" class="num">350203101202<br>→ 350203102202</td>'
    assert moved in text(shown) and 'class="num">350203102203</td>' in text(shown)
    edition = AreaEdition.objects.get()
    table = {kind: n for kind, _, _, n in shown.context["table"]}
    assert table == {"new": 1, "gone": 1, "renamed": 1, "moved": 1, "recoded": 0}
    gone = one(edition, "gone")
    browser.post(at("edition_decide", edition.pk), {"answer": "refuse", "change": gone.pk})
    browser.post(at("edition_decide", edition.pk), {"answer": "accept"})
    states = dict(EditionChange.objects.values_list("kind", "state"))
    assert states == {
        "new": "accepted", "renamed": "accepted", "moved": "accepted", "gone": "refused",
    }  # fmt: skip
    assert browser.get(at("edition_apply", edition.pk)).context["total"] == 3
    done = browser.post(at("edition_apply", edition.pk), follow=True)
    assert done.context["states"] == {"applied": 3, "refused": 1}
    assert Area.objects.get(pk=world.liulin.pk).name == "柳林街道"
    assert browser.get(LIST).context["lines"][0][1] == {"applied": 3, "refused": 1}


def test_lists_are_narrowed_and_a_group_decision_keeps_to_what_is_shown(
    xi: User, edition: AreaEdition
) -> None:
    browser, url = client(xi), at("edition", edition.pk)
    assert browser.get(url, {"q": "石桥"}).context["total"] == 1
    assert browser.get(url, {"q": "350203102203"}).context["total"] == 1
    assert browser.get(url, {"kind": "x", "county": "x", "after": "9999"}).status_code == 200
    assert browser.get(url, {"unsure": "1"}).context["total"] == 0
    browser.post(at("edition_decide", edition.pk), {"answer": "accept", "kind": "moved"})
    accepted = EditionChange.objects.filter(state="accepted")
    assert [row.kind for row in accepted] == ["moved"]
    browser.post(at("edition_decide", edition.pk), {"answer": "wait", "change": accepted[0].pk})
    assert not EditionChange.objects.exclude(state="waiting").exists()
    assert browser.post(at("edition_decide", edition.pk), {}).status_code == 422


def test_what_is_unclear_is_never_decided_in_a_group(xi: User, edition: AreaEdition) -> None:
    EditionChange.objects.filter(kind="renamed").update(unsure=True)
    client(xi).post(at("edition_decide", edition.pk), {"answer": "accept"})
    assert one(edition, "renamed").state == "waiting"
    assert EditionChange.objects.filter(state="accepted").count() == 3


def test_one_change_shows_what_it_would_do_and_who_may_take_over(
    world: World, xi: User, edition: AreaEdition
) -> None:
    dispute(world, area_id=world.dukou1.pk, actor=world.shui)
    gone = one(edition, "gone")
    url = at("edition_change", edition.pk, gone.pk)
    page = client(xi).get(url)
    assert dict(page.context["lines"]) and 1 in dict(page.context["lines"]).values()
    page = client(xi).post(url, {"heir": world.donghe.pk, "preview": "1"})
    assert page.status_code == 200 and one(edition, "gone").state == "waiting"
    assert client(xi).post(url, {"heir": world.songpo.pk, "answer": "accept"}).status_code == 422
    client(xi).post(url, {"heir": world.donghe.pk, "answer": "accept"})
    gone.refresh_from_db()
    assert (gone.state, gone.heir, gone.decided_by) == ("accepted", world.donghe, xi)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"year": 2023}, "2023"),
        ({"year": ""}, "year"),
        ({"file": ""}, "file"),
        ({"root_code": "350299000000"}, "root_code"),
        ({"file": SimpleUploadedFile("x.csv", "代码,名称\n1,2".encode("gbk"))}, "UTF-8"),
    ],
)
def test_a_file_that_is_none_is_said_so_and_nothing_typed_is_lost(
    world: World, xi: User, change: dict[str, object], said: str
) -> None:
    answer = client(xi).post(NEW, sent(world, document="国统字1号", **change))
    assert answer.status_code == 422 and said in text(answer) and "国统字1号" in text(answer)
    assert not AreaEdition.objects.exists()


def test_another_district_finds_nothing_and_other_posts_may_not(
    world: World, edition: AreaEdition
) -> None:
    other = client(world.person("xu", Role.SYS_ADMIN, world.nanshan_centre))
    change = one(edition, "gone")
    for url in (
        at("edition", edition.pk), at("edition_apply", edition.pk),
        at("edition_change", edition.pk, change.pk), at("edition", 10**12),
    ):  # fmt: skip
        assert other.get(url).status_code == 404
    assert other.get(LIST).context["lines"] == []
    for user in (world.su, world.ouyang, world.dou):
        assert client(user).get(LIST).status_code == client(user).get(NEW).status_code == 403


def test_an_edition_is_put_away_by_whom_it_was_read_for(
    world: World, xi: User, edition: AreaEdition
) -> None:
    low = client(world.person("zhen", Role.SYS_ADMIN, world.qingshi_government))
    assert low.post(at("edition_discard", edition.pk)).status_code == 403
    assert client(xi).post(at("edition_discard", edition.pk)).status_code == 302
    assert not EditionChange.objects.exists()


def test_a_list_without_changes_is_taken_over(world: World, xi: User) -> None:
    same = (
        "350203000000,湖滨区,3,", "350203101000,青石镇,4,350203000000",
        "350203102000,柳林镇,4,350203000000", "350203101201,东河村,5,350203101000",
        "350203101202,石桥村,5,350203101000", "350203102201,渡口村,5,350203102000",
    )  # fmt: skip
    edition = read_in(xi, *same)
    assert client(xi).get(at("edition", edition.pk)).context["total"] == 0
    client(xi).post(at("edition_apply", edition.pk))
    assert Area.objects.get(pk=world.hubin.pk).code_year == 2024


# --- the API --------------------------------------------------------------------------------
def caller(user: User) -> Client:
    key, _row = tokens.issue(user)
    return Client(headers={"Authorization": f"Token {key}", "Accept-Language": "en"})


def test_by_the_api_an_edition_is_listed_shown_decided_on_and_carried_out(
    world: World, xi: User, edition: AreaEdition
) -> None:
    api = caller(xi)
    [listed] = api.get(reverse("api:editions")).json()["results"]
    assert (listed["id"], listed["state"]) == (edition.pk, "compared")
    url = reverse("api:edition", args=[edition.pk])
    shown = api.get(url, {"kind": "moved"}).json()
    assert [change["old"]["name"] for change in shown["results"]] == ["石桥村"]
    assert api.get(url, {"kind": "x"}).status_code == 422
    decide = reverse("api:edition_decide", args=[edition.pk])
    gone = one(edition, "gone")
    body = {"answer": "accept", "changes": [gone.pk], "heir": world.donghe.pk}
    assert api.post(decide, body, "application/json").json() == {"changes": 1}
    assert api.post(decide, {"answer": "accept"}, "application/json").json() == {"changes": 3}
    order = reverse("api:edition_apply", args=[edition.pk])
    keyed = {"Idempotency-Key": "edition-key-1"}
    first = api.post(order, {}, "application/json", headers=keyed)
    again = api.post(order, {}, "application/json", headers=keyed)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["changes"] == again.json()["changes"] == 4
    assert {one["state"] for one in again.json()["counts"]} == {"applied"}


def test_by_page_and_api_a_gone_and_a_new_place_are_one(
    world: World, xi: User, edition: AreaEdition
) -> None:
    gone, new = one(edition, "gone"), one(edition, "new")
    url = at("edition_change", edition.pk, gone.pk)
    assert "新桥村" in text(client(xi).get(url))
    client(xi).post(url, {"heir": "", "twin": new.pk, "answer": "accept"})
    gone.refresh_from_db()
    assert (gone.kind, gone.new_name, gone.state) == ("renamed", "新桥村", "accepted")
    decide = reverse("api:edition_decide", args=[edition.pk])
    body = {"answer": "accept", "changes": [gone.pk], "same_as": new.pk}
    assert caller(xi).post(decide, body, "application/json").status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {"answer": "ja"}, {"answer": "accept", "heir": 1}, {"answer": "accept", "changes": ["1"]},
        {"answer": "refuse", "kind": "x"},
    ],
)  # fmt: skip
def test_a_decision_that_makes_no_sense_is_refused_by_field(
    xi: User, edition: AreaEdition, body: dict[str, object]
) -> None:
    url = reverse("api:edition_decide", args=[edition.pk])
    assert caller(xi).post(url, body, "application/json").status_code == 422


def test_the_api_keeps_to_the_callers_places(world: World, edition: AreaEdition) -> None:
    other = caller(world.person("xu", Role.SYS_ADMIN, world.nanshan_centre))
    assert other.get(reverse("api:editions")).json() == {"results": []}
    assert other.get(reverse("api:edition", args=[edition.pk])).status_code == 404
    low = world.person("zhen", Role.SYS_ADMIN, world.qingshi_government)
    decide = reverse("api:edition_decide", args=[edition.pk])
    body = {"answer": "accept", "changes": [one(edition, "gone").pk]}
    assert caller(low).post(decide, body, "application/json").status_code == 404
    assert caller(world.su).get(reverse("api:editions")).status_code == 403
    assert editions.changes_for(low, edition).count() == 1
