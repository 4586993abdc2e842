"""Alive and ready: what the supervisor, the proxy and the alarm ask."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases import heartbeats, intake
from cases.models import Clock, SweepRun
from cases.rules.workflow import Kind
from grids import throttle
from tests.cases.matters import dispute
from tests.world import World


def test_alive_asks_nothing_of_the_database(world: World, client: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        answer = client.get("/healthz")
    assert (answer.status_code, answer.text, len(asked)) == (200, "ok", 0)


def test_alive_does_not_look_up_a_session(world: World, client: Client) -> None:
    client.force_login(world.ouyang)
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/healthz").status_code == 200
    assert [q["sql"] for q in asked] == []


def test_ready_names_the_ages(world: World, client: Client) -> None:
    forty = Now() - timedelta(seconds=40)
    SweepRun.objects.create(driver="beat", started_at=forty, finished_at=forty)
    SweepRun.objects.create(driver="timer", started_at=Now(), finished_at=Now())
    SweepRun.objects.create(driver="beat", started_at=Now())  # killed, or still at work
    answer = client.get("/readyz")
    body = answer.json()
    assert answer.status_code == 200
    assert body["ready"] is True
    assert body["database"] == "ok"
    assert body["oldest_due_step_seconds"] is None
    assert body["oldest due step"] == "oldest due step is 0 seconds old"
    assert 35 <= body["beat_age_seconds"] <= 60
    assert body["run_age_seconds"] == 0
    assert body["alarms"] == ["no_worker"]


@pytest.mark.parametrize(("late", "status"), [(200, 200), (400, 503)])
def test_a_due_step_that_lies_too_long_is_not_ready(
    world: World, client: Client, late: int, status: int
) -> None:
    receipt = intake.register(
        intake.Draft(Kind.DISPUTE, "两家争执", category="D03"), actor=world.gao
    )
    clock = Clock.objects.get(case=receipt.case, code="ladder")
    earlier = clock.ladder[0] - (clock.ladder[0] - clock.started_at) - timedelta(seconds=late)
    Clock.objects.filter(pk=clock.pk).update(
        started_at=earlier, ladder=[earlier, *clock.ladder[1:]]
    )
    answer = client.get("/readyz")
    body = answer.json()
    assert answer.status_code == status
    assert late - 5 <= body["oldest_due_step_seconds"] <= late + 60
    assert f"is {body['oldest_due_step_seconds']} seconds old" in body["oldest due step"]


def test_without_the_database_it_is_not_ready(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away:
        def cursor(self) -> None:
            raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(heartbeats, "connection", Away())
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "away"


def test_without_the_broker_it_is_ready_and_says_so(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = throttle.at("redis://127.0.0.1:1/0")
    monkeypatch.setattr(throttle, "store", lambda: away)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["broker"] is False


# --- the deep check -----------------------------------------------------------------------
DEEP = "/healthz/deep"


def run(*, ago: int, driver: str = "beat") -> None:
    moment = Now() - timedelta(seconds=ago)
    SweepRun.objects.create(driver=driver, started_at=moment, finished_at=moment)


def test_the_deep_check_is_the_third_driver(world: World, client: Client) -> None:
    run(ago=700)
    clock = Clock.objects.get(case=dispute(world).pk, code="ladder")
    first = clock.started_at - timedelta(hours=2)
    Clock.objects.filter(pk=clock.pk).update(
        started_at=first - timedelta(hours=2), ladder=[first, *clock.ladder[1:]]
    )
    answer = client.get(DEEP)
    assert answer.json()["swept"] == {"climbs": 1, "failed": 0}
    assert answer.status_code == 503 and "no_beat" in answer.json()["alarms"]
    assert "swept" not in client.get(DEEP).json()


def test_while_others_sweep_it_only_looks(world: World, client: Client) -> None:
    run(ago=10)
    heartbeats.beat("here")
    answer = client.get(DEEP)
    assert (answer.status_code, answer.json()["well"]) == (200, True)
    assert SweepRun.objects.filter(driver="deep").count() == 0


def test_at_most_once_a_minute(world: World, client: Client) -> None:
    SweepRun.objects.create(driver="deep", started_at=Now())  # it could not finish
    assert "swept" not in client.get(DEEP).json()
    SweepRun.objects.update(started_at=Now() - timedelta(seconds=61))
    assert "swept" in client.get(DEEP).json()


@pytest.mark.parametrize(
    ("token", "meta", "status"),
    [
        ("", {"REMOTE_ADDR": "127.0.0.1"}, 200),
        ("", {"REMOTE_ADDR": "10.1.2.3"}, 404),
        ("", {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "10.1.2.3"}, 404),
        ("let-me-see", {"REMOTE_ADDR": "10.1.2.3", "HTTP_AUTHORIZATION": "Bearer let-me-see"}, 200),
        ("let-me-see", {"REMOTE_ADDR": "127.0.0.1", "HTTP_AUTHORIZATION": "Bearer x"}, 404),
        ("let-me-see", {"REMOTE_ADDR": "127.0.0.1"}, 404),
    ],
)
def test_only_this_machine_or_the_token(
    world: World, client: Client, settings, token: str, meta: dict[str, str], status: int
) -> None:
    run(ago=10)
    heartbeats.beat("here")
    settings.HEALTH_TOKEN = token
    assert client.get(DEEP, **meta).status_code == status


def test_without_the_database_the_deep_check_says_so(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away:
        def cursor(self) -> None:
            raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(heartbeats, "connection", Away())
    answer = client.get(DEEP)
    assert (answer.status_code, answer.json()["alarms"]) == (503, ["database"])
