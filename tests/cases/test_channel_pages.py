"""Pages of channels and of what a person hears, and the API of one's own notices."""

from datetime import time

import pytest
from django.urls import reverse

from cases import channels, outbox, quiet
from cases.channels import Wanted
from cases.models import Channel, Notice, NoticeSetting, Outgoing
from cases.rules.channels import ChannelKind
from cases.rules.quiet import Quiet
from cases.transitions import database_now
from grids.models import User
from grids.roles import Role
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import dispute, event
from tests.world import World

LIST, NEW = reverse("cases:channels"), reverse("cases:channel_new")
HEAR, API, HEAR_API = (
    reverse("cases:notice_settings"), reverse("api:notices"), reverse("api:notice_settings"),
)  # fmt: skip
URL = "https://qyapi.example/cgi-bin/webhook/send?key=0f1e2d3c"
JSON = "application/json"


@pytest.fixture
def keeper(world: World) -> User:
    return world.person("xi", Role.SYS_ADMIN, world.hubin_government)


def test_the_whole_way_of_a_channel(world: World, keeper: User) -> None:
    client = at_desk(keeper)
    assert "No channel yet" in text_of(client.get(LIST))
    wanted = {"unit": world.qingshi_centre.pk, "kind": "wecom", "name": "值班群", "url": URL,
              "told": ["red", "amber"]}  # fmt: skip
    assert client.post(NEW, wanted).status_code == 302
    row = Channel.objects.get()
    one = reverse("cases:channel", args=[row.pk])
    assert (row.enabled, row.host) == (False, "qyapi.example")
    assert set(row.off) == {"new", "returned", "supervised", "course"}
    page = client.get(one)
    assert "qyapi.example" in text_of(page) and "0f1e2d3c" not in page.content.decode()
    assert client.post(one, {"do": "test"}).status_code == 302
    assert Outgoing.objects.get().lines == {"test": True}
    client.post(one, {"do": "on"})
    assert "Waiting 1" in text_of(client.get(LIST))
    client.post(one, {"do": "save", "kind": "wecom", "name": "值班二群", "told": ["red"]})
    row.refresh_from_db()
    assert (row.name, row.enabled) == ("值班二群", True)
    assert channels.address_of(row).url == URL, "an empty address keeps the old one"
    client.post(one, {"do": "off"})
    row.refresh_from_db()
    assert not row.enabled and Outgoing.objects.get().state == "dead"
    client.post(one, {"do": "remove"})
    assert not Channel.objects.exists() and client.get(one).status_code == 404


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    world: World, keeper: User
) -> None:
    client = at_desk(keeper)
    wanted = {"unit": world.qingshi_centre.pk, "kind": "wecom", "name": "值班群",
              "url": "http://10.0.0.1/x"}  # fmt: skip
    answer = client.post(NEW, wanted)
    assert answer.status_code == 422 and "Only https" in text_of(answer)
    assert "值班群" in answer.content.decode()
    row = channels.open_channel(keeper, world.qingshi_centre, Wanted(ChannelKind.CONSOLE, "日志"))
    again = {"unit": world.qingshi_centre.pk, "kind": "console", "name": "日志"}
    assert "has a channel of this name" in text_of(client.post(NEW, again))
    one = reverse("cases:channel", args=[row.pk])
    assert client.post(one, {"do": "explode"}).status_code == 422
    assert client.post(one, {"do": "save", "kind": "email", "name": "x"}).status_code == 422
    away = {**again, "name": "y", "unit": world.nanshan_centre.pk}
    assert client.post(NEW, away).status_code == 422
    for user in (world.ouyang, world.ling):
        assert at_desk(user).get(LIST).status_code == 403


def test_the_quiet_hours_of_a_district(world: World, keeper: User) -> None:
    client = at_desk(keeper)
    assert client.post(LIST, {"quiet_from": "x"}).status_code == 422
    assert client.post(LIST, {"quiet_from": "19:00", "quiet_to": "09:00"}).status_code == 302
    assert quiet.choice_of(world.gao).quiet == Quiet(time(19), time(9))
    assert 'value="19:00"' in client.get(LIST).content.decode()


def test_what_one_hears(world: World) -> None:
    client = at_desk(world.gao)
    assert "one digest" in text_of(client.get(HEAR))
    assert client.post(HEAR, {"own_quiet": "on", "told": ["new"]}).status_code == 422
    assert client.post(HEAR, {"told": ["everything"]}).status_code == 422
    assert not NoticeSetting.objects.exists()
    kept = {"own_quiet": "on", "quiet_from": "21:00", "quiet_to": "07:00", "told": ["new", "red"]}
    assert client.post(HEAR, kept).status_code == 302
    assert quiet.choice_of(world.gao) == quiet.Choice(
        Quiet(time(21), time(7)), frozenset({"amber", "course", "returned", "supervised"}), own=True
    )


def test_the_same_by_the_api(world: World) -> None:
    dispute(world)
    dispute(world)
    event(world, category="E08")
    outbox.deliver()
    client = at_desk(world.gao)
    found = client.get(API).json()["results"]
    digest = next(one for one in found if not one["urgent"])
    assert (digest["event"], digest["cases"], digest["number"]) == ("register", 2, None)
    assert client.post(API, {"id": digest["id"]}, JSON).json() == {"read": 1}
    theirs = Notice.objects.create(
        tenant=world.lb, user=world.cun, dedupe_key="x", at=database_now(), verb="register"
    )
    assert client.post(API, {"id": theirs.pk}, JSON).json() == {"read": 0}
    chosen = {"quiet_from": "21:00", "quiet_to": "07:00", "off": ["course"]}
    assert client.post(HEAR_API, chosen, JSON).json() == chosen | {"own": True}
    assert client.post(HEAR_API, {"off": []}, JSON).json()["own"] is False
    for wrong in ({"quiet_from": "21:00"}, {"off": ["x"]}, {"off": "x"}, {"off": [[]]},
                  {"quiet_from": "9", "quiet_to": "25:00"}, {"more": 1}):  # fmt: skip
        assert client.post(HEAR_API, wrong, JSON).status_code in (400, 422), wrong
