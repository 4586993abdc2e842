"""The page that says how the machinery runs: for system administrators, with their two buttons."""

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from cases import clockguard, escalation, heartbeats
from cases.models import SweepFailure, SweepRun
from governance.health_pages import ALARMS
from grids.models import User
from grids.roles import Role
from tests.cases.test_heartbeats import WELL, set_back
from tests.world import World

HERE = "/office/health/"


@pytest.fixture
def machinist(world: World, client: Client) -> User:
    user = world.person("ji", Role.SYS_ADMIN, world.hubin_government)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


def test_it_is_for_system_administrators(world: World, client: Client) -> None:
    client.force_login(world.ouyang)
    assert client.get(HERE).status_code == 403
    assert client.post(f"{HERE}clock/", {"run": 1}).status_code == 403


def test_every_alarm_has_words() -> None:
    loud = heartbeats.Figures(999, 999, 999, 999, 999, 1, 1, 1, -999, None)
    doubted = heartbeats.Figures(*[getattr(WELL, name) for name in WELL.__slots__[:-1]], 999)
    codes = {*heartbeats.alarms(loud), *heartbeats.alarms(doubted)}
    assert codes == set(ALARMS)


def test_an_empty_machine_says_what_is_missing(machinist: User, client: Client) -> None:
    page = client.get(HERE).text
    assert "Nothing has run yet." in page and ALARMS["no_worker"] in page
    assert client.get("/office/").text.count(HERE) == 1


def test_when_everything_turns_it_says_so(machinist: User, client: Client) -> None:
    escalation.sweep("beat")
    heartbeats.beat("here")
    page = client.get(HERE).text
    assert "Everything turns" in page and "Worker, rung by beat" in page


def test_a_clock_set_aside_is_tried_again(world: World, machinist: User, client: Client) -> None:
    failure = set_back(world)
    page = client.get(HERE).text
    assert f"{HERE}retry/{failure.pk}/" in page and failure.error.split('"')[0] in page
    assert client.post(f"{HERE}retry/{failure.pk}/").status_code == 302
    assert SweepFailure.objects.get().next_at < failure.next_at
    assert client.post(f"{HERE}retry/999999/").status_code == 404


def test_a_jump_is_shown_and_confirmed(machinist: User, client: Client) -> None:
    earlier = escalation.database_clock() - timedelta(hours=5)
    SweepRun.objects.create(
        driver="beat", boot_id=clockguard.boot_id(), started_at=earlier, finished_at=earlier,
        monotonic=clockguard.since_boot() - 10,
    )  # fmt: skip
    escalation.sweep("beat")
    doubt = clockguard.doubted()
    assert doubt is not None
    page = unescape(client.get(HERE).text)
    assert f"{doubt.ahead} seconds further" in page and ALARMS["clock"] in page
    assert client.post(f"{HERE}clock/", {"run": "nonsense"}).status_code == 404
    assert client.post(f"{HERE}clock/", {"run": doubt.run_id}).status_code == 302
    assert clockguard.doubted() is None
    assert client.post(f"{HERE}clock/", {"run": doubt.run_id}).status_code == 404
