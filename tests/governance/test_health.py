"""Alive and ready: what the supervisor, the proxy and the alarm ask."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases import intake
from cases.models import Clock, SweepRun
from cases.rules.workflow import Kind
from governance import health
from grids import throttle
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
    SweepRun.objects.create(driver="beat", started_at=Now() - timedelta(seconds=40))
    SweepRun.objects.create(driver="timer", started_at=Now())
    answer = client.get("/readyz")
    body = answer.json()
    assert answer.status_code == 200
    assert body["ready"] is True
    assert body["database"] == "ok"
    assert body["oldest_due_step_seconds"] is None
    assert body["oldest due step"] == "oldest due step is 0 seconds old"
    assert 35 <= body["beat_age_seconds"] <= 60


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

    monkeypatch.setattr(health, "connection", Away())
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
