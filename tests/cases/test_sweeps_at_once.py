"""20,000 due disputes, sweeps killed midway ten times, then two at once: each rung exactly once.

Real processes on the test database: ``manage.py sweep --once``, as the system timer runs it.
"""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from cases import escalation, figures
from cases.models import Case
from cases.verification import verify_case
from tests.cases.bulk import broken_links, clone
from tests.cases.matters import dispute
from tests.world import World

ROOT = Path(__file__).resolve().parents[2]
CASES = 20_000
BATCH = 400  # clocks per statement; small, so that a kill meets many of them
KILLS = 10
PATIENCE = 60  # seconds until a process that shows no progress fails the test


@contextmanager
def sweeping(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A sweep in a process of its own; killed at the end if it still runs."""
    command = [sys.executable, "manage.py", "sweep", "--once", "--batch", str(BATCH)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE)
        assert process.stdout is not None
        process.stdout.close()


def number(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: int = cursor.fetchone()[0]
    return found


def climbs() -> int:
    return number("SELECT count(*) FROM cases_caseevent WHERE verb = 'climb'")


def wait_until(more_than: int, process: subprocess.Popen[bytes]) -> None:
    """Wait for ``process`` to commit climbs; so it is in the middle of its work."""
    began = time.monotonic()
    while climbs() <= more_than:
        assert process.poll() is None, "the sweep ended before it could be killed"
        assert time.monotonic() - began < PATIENCE
        time.sleep(0.01)


def check(expected: int) -> None:
    """What must be true once everything due has climbed (invariants of the engine)."""
    assert climbs() == expected
    # Nothing is due any more, and nothing was lost on the way.
    assert number("SELECT count(*) FROM cases_clock WHERE next_at <= now()") == 0
    # One event, one step, one message per rung of each clock; never two, never none.
    assert number(
        "SELECT count(*) FROM cases_clock AS k"
        " LEFT JOIN (SELECT clock_id, count(*) FROM cases_caseevent WHERE verb = 'climb'"
        "            GROUP BY clock_id) AS event ON event.clock_id = k.id"
        " LEFT JOIN (SELECT clock_id, count(*), count(left_at) AS gone FROM cases_clockstep"
        "            GROUP BY clock_id) AS step ON step.clock_id = k.id"
        " WHERE (coalesce(event.count, 0), step.count, step.gone) <> (k.rung, k.rung + 1, k.rung)"
    ) == 0  # fmt: skip
    assert number("SELECT count(*) FROM cases_outbox WHERE verb = 'climb'") == expected
    assert number("SELECT count(*) FROM cases_sweepfailure") == 0
    # Nothing before its moment; each step by the moment stored for it.
    assert number(
        "SELECT count(*) FROM cases_clockstep AS s JOIN cases_clock AS c ON c.id = s.clock_id"
        " WHERE s.rung > 0 AND s.entered_at < c.ladder[s.rung]"
    ) == 0  # fmt: skip
    assert broken_links() == 0
    figures.fold()
    assert figures.differences() == []


@pytest.mark.slow
def test_two_sweeps_at_once_and_ten_killed_lose_and_double_nothing(
    committed_world: World, server_environment: dict[str, str]
) -> None:
    expected = clone(dispute(committed_world), CASES)
    chance = random.Random(20_260_302)
    for _ in range(KILLS):
        before = climbs()
        with sweeping(server_environment) as process:
            wait_until(before, process)
            time.sleep(chance.uniform(0, 0.1))
    assert 0 < climbs() < expected, "nothing was left for the two at once"
    with sweeping(server_environment) as one, sweeping(server_environment) as other:
        both = [process.wait(PATIENCE) for process in (one, other)]
    assert both == [0, 0]
    escalation.sweep("test")  # rows a killed session still held when both looked
    check(expected)
    for case in Case.objects.filter(number__startswith="BULK").order_by("?")[:25]:
        assert verify_case(case) == []
