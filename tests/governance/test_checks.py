"""System checks: what is wrong is said before the program starts."""

import os
import secrets
import subprocess
import sys
from datetime import date

import pytest
from django.core.checks import run_checks
from django.db.migrations.recorder import MigrationRecorder

from cases.models import Policy
from cases.rules.ladder import PRODUCT_DEFAULT
from cases.rules.limits import LIMITS
from cases.rules.workdays import WorkCalendar
from cases.rules.workflow import Status
from governance import checks
from governance.launch.state import ROOT
from tests.world import World

CALENDAR = WorkCalendar("test", date(2025, 1, 1), date(2026, 12, 31), frozenset(), frozenset())
GOOD = {"ladder.dispute": PRODUCT_DEFAULT.to_json(), "revisit.days": {"days": 30}}


def ids(messages) -> list[str]:
    return [message.id.removeprefix("governance.") for message in messages]


@pytest.mark.parametrize(
    ("today", "found"),
    [
        (date(2026, 10, 31), []),
        (date(2026, 11, 1), ["W002"]),
        (date(2026, 11, 2), ["W001"]),
        (date(2027, 3, 1), ["W001"]),
    ],
)
def test_the_calendar_is_asked_for_in_time(today: date, found: list[str]) -> None:
    assert ids(checks.calendar_messages(CALENDAR, today)) == found


def test_a_status_without_a_clock_is_an_error() -> None:
    kept = dict(checks.KEPT_BY)
    assert checks.clock_messages(kept, LIMITS) == []
    del kept[Status.DONE]
    assert ids(checks.clock_messages(kept, LIMITS)) == ["E001"]


def test_a_limit_without_a_span_is_an_error() -> None:
    some = list(LIMITS)[1:]
    assert ids(checks.clock_messages(checks.KEPT_BY, some)) == ["E002"]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"ladder.dispute": None}, ["E003"]),
        ({"ladder.dispute": {"code": "x"}}, ["E004"]),
        ({"revisit.days": {"days": 366}}, ["E005"]),
    ],
)
def test_default_policies_are_there_and_readable(change: dict, found: list[str]) -> None:
    bodies = {code: body for code, body in (GOOD | change).items() if body is not None}
    assert ids(checks.policy_messages(bodies)) == found


def test_the_database_is_asked_only_when_told_to(world: World) -> None:
    Policy.objects.filter(area=None, code="revisit.days").update(code="revisit.of_old")
    assert "E003" not in ids(run_checks())
    assert "E003" in ids(run_checks(databases=["default"]))


def test_a_database_whose_migrations_wait_is_left_to_migrate(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first start that was interrupted must be able to go on."""
    Policy.objects.filter(area=None, code="revisit.days").update(code="revisit.of_old")
    applied = MigrationRecorder.applied_migrations

    def without_the_last(recorder: MigrationRecorder) -> dict:
        return {key: one for key, one in applied(recorder).items() if key[0] != "cases"}

    monkeypatch.setattr(MigrationRecorder, "applied_migrations", without_the_last)
    assert "E003" not in ids(run_checks(databases=["default"]))


def test_the_house_passes_its_own_checks(world: World) -> None:
    errors = [one for one in run_checks(databases=["default"]) if one.is_serious()]
    assert errors == []


def test_production_settings_pass_every_deployment_check(tmp_path):
    """``check --deploy`` as an operator runs it, with what docs/operating.md says to set."""
    production = {
        "DEBUG": "0", "DEMO": "0", "SECURE_COOKIES": "1", "TRUSTED_PROXIES": "1",
        "ALLOWED_HOSTS": "jieyou.example", "SECRET_KEY": secrets.token_urlsafe(48),
        "CSRF_TRUSTED_ORIGINS": "https://jieyou.example", "FILES_DIR": str(tmp_path),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "check", "--deploy", "--fail-level", "WARNING"],
        env={**os.environ, **production}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
