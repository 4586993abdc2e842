"""Prove that ``./run faults`` notices: the product with one rule broken must not pass.

Each plant is a copy of the project in which a line is changed as a tired colleague might; then
the fault that should bring it to light is run on the copy. A plant that passes proves the
harness blind, and makes the exit code 1.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from governance.launch.console import CannotStart, out, say
from governance.launch.state import ROOT

LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".state", "__pycache__", ".*_cache", ".hypothesis", "tests", "docs"
)
SWEEP, TASKS = "cases/escalation.py", "cases/tasks.py"
FIRST, LOCKED = "cases/migrations/0001_initial.py", "FOR UPDATE OF c, clock SKIP LOCKED"
WRITTEN = """    INSERT INTO cases_outbox (tenant_id, at, dedupe_key, case_id, seq, verb, unit_id, urgent, state, attempts, next_at)
    SELECT tenant_id, at, case_id || ':' || seq || ':' || holder || ':0', case_id, seq, verb, holder, urgent,
           'pending', 0, at FROM hashed
"""  # noqa: E501 - as it stands in the sweep
WROTE = '        cursor.execute(SWEEP, {"ids": ids,'
TELL = """

@shared_task
def tell(ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_outbox (tenant_id, at, dedupe_key, case_id, seq, verb, unit_id,"
            " urgent, state, attempts, next_at) SELECT DISTINCT ON (clock_id) tenant_id, at,"
            " case_id || ':' || seq || ':' || holder_unit_id || ':0', case_id, seq, verb,"
            " holder_unit_id, false, 'pending', 0, at FROM cases_caseevent"
            " WHERE clock_id = ANY(%s) ORDER BY clock_id, seq DESC ON CONFLICT DO NOTHING", [ids])
"""


@dataclass(frozen=True, slots=True)
class Plant:
    """``edits``: file, text that stands there once, text instead. ``fault`` must notice."""

    name: str
    fault: str
    edits: tuple[tuple[str, str, str], ...]


PLANTS = (
    Plant(
        "no unique key and no lock", "sweeps",
        (
            (SWEEP, LOCKED, ""),
            (FIRST, 'fields=("clock", "rung"), name="clock_step_once"',
             'fields=("clock", "rung", "id"), name="clock_step_once"'),
            (FIRST, 'fields=("case", "seq"), name="event_seq_once"',
             'fields=("case", "seq", "id"), name="event_seq_once"'),
            (FIRST, 'fields=("dedupe_key",), name="outbox_once"',
             'fields=("dedupe_key", "id"), name="outbox_once"'),
        ),
    ),
    Plant(
        "split commit", "worker",
        (
            (SWEEP, "clock.next_at, clock.rung, clock.first_rung,",
             "clock.next_at, clock.rung - 1 AS rung, clock.first_rung,"),
            (SWEEP, WROTE,
             '        cursor.execute("UPDATE cases_clock SET rung = rung + 1'
             ' WHERE id = ANY(%s)", [ids])\n'
             "        connection.connection.commit()\n" + WROTE),
        ),
    ),
    Plant(
        "publish instead of outbox", "broker",
        (
            (SWEEP, WRITTEN, "    SELECT 1\n"),
            (SWEEP, "from django.conf import settings\n",
             "from django.conf import settings\nfrom governance.celery import app\n"),
            (SWEEP, WROTE,
             '        transaction.on_commit(lambda: app.send_task("cases.tasks.tell",'
             " [ids]), robust=True)\n" + WROTE),
            (TASKS, "from celery import shared_task\n",
             "from celery import shared_task\nfrom django.db import connection\n"),
            (TASKS, "\n\n@shared_task\ndef deliver() -> None:",
             TELL + "\n\n@shared_task\ndef deliver() -> None:"),
        ),
    ),
    Plant(
        "application clock", "clock",
        (
            (SWEEP, "        run = clockguard.begin(driver)\n",
             "        run = clockguard.begin(driver)\n"
             "        run = clockguard.Run(run.id, datetime.now(UTC), False)\n"),
            (SWEEP, "from datetime import datetime, timedelta\n",
             "from datetime import UTC, datetime, timedelta\n"),
        ),
    ),
)  # fmt: skip


def prove(arguments: list[str]) -> int:
    """Try every plant, or those whose names hold a word given; 0 when each was noticed."""
    parser = argparse.ArgumentParser(prog="./run faults planted", allow_abbrev=False)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--seed", default="1")
    asked = parser.parse_args(arguments)
    blind = 0
    for plant in PLANTS:
        if asked.words and not any(word in plant.name for word in asked.words):
            continue
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="planted-") as folder:
            project = Path(folder) / "project"
            shutil.copytree(ROOT, project, ignore=LEFT_OUT)
            for edit in plant.edits:
                change(project, *edit)
            found = tried(project, plant.fault, asked.seed)
        wrong = {name: found[name] for name in ("lost", "doubled", "early", "chain_breaks")}
        noticed = any(wrong.values())
        blind += not noticed
        seconds = time.monotonic() - began
        words = ", ".join(f"{count} {name}" for name, count in wrong.items() if count)
        say(f"{'noticed' if noticed else 'PASSED '} {seconds:4.0f} s  {plant.name}"
            f" ({plant.fault}): {words or 'nothing found'}")  # fmt: skip
        out(json.dumps({"planted": plant.name, "fault": plant.fault, "noticed": noticed, **wrong}))
    return 1 if blind else 0


def change(project: Path, file: str, old: str, new: str) -> None:
    path = project / file
    text = path.read_text("utf-8")
    if text.count(old) != 1:
        raise CannotStart(f"{file} has changed: {old!r} stands there no longer once.")
    path.write_text(text.replace(old, new), "utf-8")


def tried(project: Path, fault: str, seed: str) -> dict[str, int]:
    """The last line of the fault's run on the copy."""
    state = project.parent / "state"
    environment = {**os.environ, "PYTHONPATH": str(project), "JIEYOU_STATE": str(state)}
    argv = [sys.executable, "-P", "-m", "governance.launch", "faults", fault, "--short"]
    done = subprocess.run(
        [*argv, "--seed", seed], cwd=project, env=environment, capture_output=True, text=True
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines or "acknowledged" not in lines[-1]:
        raise CannotStart(f"The run on a planted copy ended without figures:\n{done.stderr}")
    found: dict[str, int] = json.loads(lines[-1])
    return found
