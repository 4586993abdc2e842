"""The running product that faults are tried on: servers behind relays, programs as shipped.

Everything is killed by its process id. What dies is started again by the fault that killed it,
as a supervisor would.
"""

import contextlib
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
from django.conf import settings
from django.db import connection
from psycopg2.extensions import connection as Connection

from governance.faults import ground
from governance.faults.relay import Relay
from governance.faults.witness import Crowd, Prober, Witness, ask
from governance.launch import guard
from governance.launch.console import say
from governance.launch.ports import free_port
from governance.launch.postgres import DATABASE, SUPERUSER, Postgres
from governance.launch.state import ROOT
from governance.launch.supervisor import Child, Program, Supervisor
from governance.launch.valkey import Valkey

PYTHON = [sys.executable, "-W", "ignore"]
MANAGE = [*PYTHON, str(ROOT / "manage.py")]
WORKERS = ("worker-a", "worker-b")
# Running statements of the sweep, as the server sees them.
SWEEPING = """
SELECT count(*) FROM pg_stat_activity
WHERE state = 'active' AND query LIKE '%WITH locked AS MATERIALIZED%' AND pid <> pg_backend_pid()
"""


class CannotGoOn(Exception):
    """The stage itself does not stand; the message says why."""


class Stage:
    """One throw-away installation with everything running on it."""

    def __init__(self, supervisor: Supervisor, place: Path, seed: int, rows: int) -> None:
        self.supervisor, self.place = supervisor, place
        self.lot = random.Random(seed)
        self.seed, self.rows = seed, rows
        self.faults = 0
        self.notes: list[str] = []
        self.untrue: list[str] = []  # what /readyz said wrongly
        self.children: dict[str, Child] = {}
        self.fed = 0  # the last clock that was given moments
        self.relays = {
            "database": Relay(int(str(settings.DATABASES["default"]["PORT"]))),
            "broker": Relay(urlsplit(settings.REDIS_URL).port or 0),
        }
        self.postgres = Postgres(place, sync=True)
        self.valkey = Valkey(place)
        self.valkey.password = urlsplit(settings.REDIS_URL).password or ""
        self.web_port = 0

    # --- servers ------------------------------------------------------------------------
    def start_database(self) -> None:
        self.postgres.prepare(self.supervisor)
        self.postgres.start(self.supervisor)
        self.children["pg"] = self.supervisor.children[-1]
        self.relays["database"].target = self.postgres.port
        self.desk = self.connect()

    def start_broker(self) -> None:
        self.valkey.start(self.supervisor)
        self.children["redis"] = self.supervisor.children[-1]
        self.relays["broker"].target = self.valkey.port

    def connect(self) -> Connection:
        """The database past the relay, as its superuser, by the clock the product sees."""
        opened = psycopg2.connect(
            host="127.0.0.1", port=self.postgres.port, user=SUPERUSER, dbname=DATABASE,
            password=self.postgres.passwords[SUPERUSER], connect_timeout=5,
        )  # fmt: skip
        opened.autocommit = True
        return opened

    def one(self, query: str, *values: object) -> int:
        """A number from the database."""
        with self.desk.cursor() as cursor:
            cursor.execute(query, values or None)
            row = cursor.fetchone()
        return int(row[0]) if row and row[0] is not None else 0

    def do(self, statement: str, *values: object) -> None:
        with self.desk.cursor() as cursor:
            cursor.execute(statement, values or None)

    # --- programs -----------------------------------------------------------------------
    def set_up(self, crowd: int) -> None:
        """From nothing to people at work."""
        self.start_database()
        self.start_broker()
        say("Making the tables …")
        self.manage("migrate", "--noinput", "-v", "0")
        keys = ground.prepare(self.rows, self.desk, self.seed)
        connection.close()
        say("Starting web, workers and beat …")
        self.web_port = free_port()
        self.start("web")
        for name in WORKERS:
            self.start(name)
        self.start("beat")
        self.wait_for("the web server", lambda: ask(self.web_port, "/readyz")[0] == 200)
        self.wait_for(
            "the workers",
            lambda: (
                self.one("SELECT count(*) FROM cases_heartbeat") > 0
                and self.one("SELECT count(*) FROM cases_sweeprun WHERE finished_at IS NOT NULL")
                > 0
            ),
        )
        self.witness = Witness(self.place / "witness.jsonl")
        self.crowd = Crowd(self.web_port, keys, self.witness, self.seed, crowd)
        self.ready = Prober(self.web_port)

    def manage(self, *arguments: str) -> int:
        code, _ = self.supervisor.run([*MANAGE, *arguments], own_session=True, quiet=True)
        if code:
            raise CannotGoOn(f"manage.py {arguments[0]} failed (exit code {code}).")
        return code

    def argv(self, name: str) -> list[str]:
        """How the product starts ``name``; a second beat is called ``beat-2``."""
        celery = [*PYTHON, "-m", "celery", "-q", "-A", "governance"]
        if name == "web":
            served = ["--host", "127.0.0.1", "--port", str(self.web_port), "--workers", "2"]
            served += ["--blocking-threads", "4", "--log-level", "warning"]
            served += ["--respawn-failed-workers", "governance.wsgi:application"]
            return [*PYTHON, "-m", "granian", "--interface", "wsgi", *served]
        if name.startswith("beat"):
            schedule = str(self.place / f"{name}-schedule")
            return [*celery, "beat", "-s", schedule, "--pidfile=", "-l", "WARNING"]
        if name.startswith("sweep"):
            return [*MANAGE, "sweep", "--once", "--batch", "50"]
        worker = [*celery, "worker", "-n", f"{name}@local", "-c", "1", "--without-gossip"]
        return [*worker, "--without-mingle", "-l", "WARNING"]

    def start(self, name: str) -> Child:
        program = Program(name, self.argv(name), log=self.place / f"{name.split('-')[0]}.log")
        self.children[name] = self.supervisor.start(program)
        return self.children[name]

    def pid(self, name: str) -> int:
        return self.children[name].process.pid

    def pool_child(self, name: str) -> int:
        """The process of a worker's pool; the worker itself where there is none just now."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            path = Path(f"/proc/{self.pid(name)}/task/{self.pid(name)}/children")
            return int(path.read_text().split()[0])
        return self.pid(name)

    def kill(self, name: str) -> None:
        """SIGKILL to a program and all it started."""
        child = self.children.pop(name)
        guard.signal_group(child.process.pid, signal.SIGKILL)
        child.process.wait(30)
        self.supervisor.forget(child)

    def kill_database(self) -> None:
        """SIGKILL to the postmaster and every backend, which lead sessions of their own."""
        pid = self.pid("pg")
        family = [pid, *descendants(pid)]
        for one in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        self.children["pg"].process.wait(30)
        self.supervisor.forget(self.children.pop("pg"))
        self.desk.close()

    def bring_back(self) -> None:
        """Whatever is missing of the usual programs."""
        for name in ("web", *WORKERS, "beat"):
            child = self.children.get(name)
            if child is not None and child.process.poll() is not None:
                self.kill(name)
            if name not in self.children:
                self.start(name)

    # --- time ---------------------------------------------------------------------------
    def sleep(self, seconds: float) -> None:
        """Raises ``Stopped`` as soon as somebody asked for the end."""
        self.supervisor.pause(seconds)

    def wait_for(self, what: str, done: Callable[[], bool], seconds: float = 90) -> float:
        """Seconds until ``done``; raises ``CannotGoOn`` when it takes too long."""
        began = time.monotonic()
        while not done():
            if time.monotonic() - began > seconds:
                raise CannotGoOn(f"Waited {seconds:.0f} s for {what} in vain.")
            self.sleep(0.1)
        return time.monotonic() - began

    # --- work ---------------------------------------------------------------------------
    def feed(
        self, count: int, *, start: float = 0.2, within: float = 0.3, gap: float = 1.0
    ) -> tuple[list[int], list[int]]:
        """Give ``count`` fresh cases ladders of near moments; keys of their clocks and cases.

        The first falls due ``start`` seconds from now, scattered over ``within``; the four that
        follow come up to ``gap`` seconds after one another.
        """
        values = {
            "count": count, "start": start, "within": within, "gap": gap, "after": self.fed,
            "rows": self.rows,
        }  # fmt: skip
        with self.desk.cursor() as cursor:
            cursor.execute(ground.FEED, values)
            clocks, cases = cursor.fetchone()
        if not clocks or len(clocks) < count:
            raise CannotGoOn("All cases are used up; ask for more --rows.")
        self.fed = clocks[-1]
        return clocks, cases

    def until_sweeping(self, seconds: float = 2.0) -> bool:
        """Wait until a sweep is in the middle of its statement."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.one(SWEEPING):
                return True
            time.sleep(0.002)
        return False

    def due(self, older: float = 0) -> int:
        """Clocks that have been due for ``older`` seconds; people go on making new ones."""
        return self.one(
            "SELECT count(*) FROM cases_clock"
            " WHERE next_at <= clock_timestamp() - %s * interval '1 second'",
            older,
        )

    def fault(self, count: int = 1) -> None:
        self.faults += count

    def expect(self, what: str, holds: bool) -> None:
        """A statement about what the product said during the fault."""
        if not holds:
            self.untrue.append(what)
            say(f"  UNTRUE: {what}")


def descendants(root: int) -> list[int]:
    """Process ids of everything below ``root``."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found
