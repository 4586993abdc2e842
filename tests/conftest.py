"""The test database, the cast, and the rule that CI skips nothing.

The owner's role creates and migrates the database, builds the cast in it and keeps a copy of
every table; tests run as the application's role, like the product. A test asks for

``world``            the cast, in a transaction that is rolled back: nearly every test;
``committed_world``  the cast, with everything really committed (threads, second connections,
                     workers, browsers); afterwards every table is put back from the copy.

``django_db(transaction=True)`` and ``live_server`` would empty tables that the application's
role may not empty, and are refused.

Whoever can reach the test database carries the mark ``database``: those, and only those, run a
second time on the oldest PostgreSQL (``.ci/run``, ``.ci/nightly``).
"""

import gc
import math
import os
import pickle
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

from cases import workcalendar
from cases.workcalendar import Calendars, packaged
from tests.database import OwnedDatabase
from tests.world import World

pytest_plugins: list[str] = []
SKIPPED: list[str] = []
# Every way to the test database begins with one of these; without them pytest-django refuses it.
REACHES_DATABASE = {"db", "owned_database", "django_db_setup"}


# Modules of tests count days while they are read in, before there is a database.
workcalendar.keep(Calendars(packaged()))
workcalendar.KEPT.read_at = math.inf


# --- database -------------------------------------------------------------------------
@pytest.fixture(scope="session")
def owned_database(django_test_environment: None) -> Iterator[OwnedDatabase]:
    """An empty database of this run, reached by every new connection of this process."""
    database = OwnedDatabase()
    database.create()
    yield database
    database.drop()


@pytest.fixture(scope="session")
def cast(owned_database: OwnedDatabase, django_db_blocker) -> bytes:
    """The migrated database with the committed cast; the pickled cast itself."""
    settings.QUIET_HOURS = "00:00-00:00"  # the bell rings in tests at any hour of the day
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with django_db_blocker.unblock():
        connection.close()
        call_command("migrate", interactive=False, verbosity=0)
        owned_database.enter()
        built = World()
        owned_database.keep()
        connection.close()
    return pickle.dumps(built)


@pytest.fixture(scope="session")
def django_db_setup(cast: bytes) -> None:
    """pytest-django's hook: what every database test needs first."""


@pytest.fixture
def world(cast: bytes, db: None) -> World:
    """The cast, as fresh objects; whatever the test writes is rolled back."""
    return pickle.loads(cast)


@pytest.fixture
def committed_world(
    cast: bytes, owned_database: OwnedDatabase, django_db_blocker
) -> Iterator[World]:
    """The cast with real commits. Threads that used the database close their connections."""
    with django_db_blocker.unblock():
        yield pickle.loads(cast)
        connections.close_all()
        owned_database.put_back()


@pytest.fixture(scope="session")
def server_environment(owned_database: OwnedDatabase, cast: bytes) -> dict[str, str]:
    """Environment of a program (web, worker, beat) that shall use the test database."""
    return {**os.environ, **owned_database.urls(), "QUIET_HOURS": settings.QUIET_HOURS}


@pytest.fixture(autouse=True)
def published_calendar() -> None:
    """Every test begins with the published days, asked of no database; one that writes others
    says ``workcalendar.forget()``."""
    workcalendar.keep(Calendars(packaged()))
    workcalendar.KEPT.read_at = math.inf


# --- rules for the tests themselves ---------------------------------------------------
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: drives a real Chromium")
    config.addinivalue_line("markers", "database: can reach the test database (set by itself)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        marker = item.get_closest_marker("django_db")
        names = set(getattr(item, "fixturenames", ()))
        if (marker and (marker.args or marker.kwargs.get("transaction"))) or names & {
            "transactional_db",
            "live_server",
            "django_db_reset_sequences",
        }:
            raise pytest.UsageError(f"{item.nodeid}: use the fixture committed_world")
        if marker or names & REACHES_DATABASE:
            item.add_marker("database")


def pytest_collection_finish() -> None:
    """What is loaded by now stays until the end: the collector need not walk it in every test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        SKIPPED.append(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        SKIPPED.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test fails the run: nobody reads the count of skips."""
    if os.environ.get("CI") == "true" and SKIPPED and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter) -> None:
    if os.environ.get("CI") == "true" and SKIPPED:
        terminalreporter.section("skipped tests fail in CI", red=True)
        for nodeid in SKIPPED:
            terminalreporter.line(nodeid)
