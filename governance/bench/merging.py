# ruff: noqa: E501 - one line of SQL per table reads better than many
"""Two villages with 10,000 open and 50,000 closed matters merged while four people work.

Against one raw statement that writes an event and a row for as many open cases, without chain,
clocks, messages or anybody else at work.
"""

import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from typing import Any

import psycopg2
from django.db import OperationalError, connection

from cases import intake, transitions
from cases.acting import Inputs
from cases.intake import Draft
from cases.models import Case
from cases.reorganising import reorganise
from cases.rules.workflow import Kind, Verb
from governance.bench import data
from governance.bench.figures import Figures
from governance.bench.queueing import hire
from grids.errors import BrokenRule
from grids.models import User
from grids.restructuring import Order
from grids.roles import AreaChangeKind

OPEN, CLOSED = 10_000, 50_000
WARM = 1.0  # seconds the people work alone, before and after
PEOPLE = {
    "merge-worker": ("grid_worker", data.GRID, data.GRID),
    "merge-cadre": ("grid_worker", data.GRID + 5, data.GRID + 5),
    "merge-town": ("triage", data.TOWNSHIP, data.TOWNSHIP),
    "merge-elsewhere": ("grid_worker", data.GRID + 100, data.GRID + 100),
}
BARE = """
WITH c AS MATERIALIZED (SELECT * FROM cases_case WHERE closed_at IS NULL AND village_id IN %(villages)s), event AS (
    INSERT INTO cases_caseevent (case_id, tenant_id, seq, at, verb, source, target, reason, category_id, area_id, level,
        rung, holder_unit_id, due_at, digest, prev, hash)
    SELECT id, tenant_id, last_seq + 1, now(), 'reorganise', status, status, '', category_id, area_id, level, rung,
           holder_unit_id, due_at, ''::bytea, head, head FROM c
)
UPDATE cases_case AS k SET last_seq = k.last_seq + 1 FROM c WHERE k.id = c.id
"""


def run(base: datetime) -> None:
    """Print how long the merger took, how long the bare rows, and how long anybody waited."""
    rows = OPEN + CLOSED
    data.build(rows, base, grids=7, open_of_30=30 * OPEN // rows)
    figures = Figures("merge", rows)
    bare = written_bare()
    people = {name: hire(name, [post]) for name, post in PEOPLE.items()}
    admin = hire("merge-admin", [("sys_admin", data.DISTRICT, data.DISTRICT)])
    with closing(data.owner()) as desk:
        data.settle(desk)
    stop = threading.Event()
    working = [Working(stop, job) for job in jobs(people)]
    time.sleep(WARM)
    order = Order(AreaChangeKind.MERGE, (data.VILLAGE, data.VILLAGE + 1), name="东桥村")
    began = time.perf_counter()
    try:
        done = reorganise(admin, order)
        took = time.perf_counter() - began
        time.sleep(WARM)
    finally:
        stop.set()
    for one in working:
        one.thread.join()
        if not one.ended:
            raise RuntimeError("somebody's work broke off")
    figures.note("cases moved", f"{done.cases:,}")
    figures.note("acts done, refused, waited out", str([one.counts for one in working]))
    figures.metric("seconds", took, 1, bar=10)
    figures.metric("bare_ratio", took / bare, 1)
    figures.metric("longest_wait", max(one.longest for one in working), len(working))


def written_bare() -> float:
    """Seconds of the control; what it wrote is taken back."""
    with closing(data.owner()) as desk, desk.cursor() as cursor:
        cursor.execute("BEGIN; SET LOCAL jieyou.set_based = 'on'")
        began = time.perf_counter()
        cursor.execute(BARE, {"villages": (data.VILLAGE, data.VILLAGE + 1)})
        took = time.perf_counter() - began
        cursor.execute("ROLLBACK")
        data.settle(desk)
    return took


class Working:
    """Somebody who works through the doors until told to stop."""

    def __init__(self, stop: threading.Event, job: Callable[[int], object]) -> None:
        self.counts = [0, 0, 0]
        self.longest = 0.0  # seconds one act took
        self.ended = False
        self.stop, self.job = stop, job
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self) -> None:
        turn = 0
        while not self.stop.is_set():
            began = time.perf_counter()
            self.counts[self.tried(turn)] += 1
            self.longest = max(self.longest, time.perf_counter() - began)
            turn += 1
        self.ended = True
        connection.close()

    def tried(self, turn: int) -> int:
        """Do it once: 0 done, 1 refused because place or case moved on, 2 somebody was at it."""
        try:
            self.job(turn)
        except BrokenRule:
            return 1
        except OperationalError as error:
            if not isinstance(error.__cause__, psycopg2.errors.LockNotAvailable):
                raise
            return 2
        return 0


def jobs(people: dict[str, User]) -> list[Callable[[int], Any]]:
    """Two register, one of them elsewhere; one signs; the township presses."""
    worker, cadre, town, elsewhere = (user.pk for user in people.values())
    near = list(Case.objects.open().filter(grid_id=data.GRID + 5).values_list("number", flat=True))
    numbers = list(Case.objects.open().values_list("number", flat=True))

    def registers(user: int) -> Callable[[int], object]:
        told = Draft(kind=Kind.DISPUTE, text="两家因排水沟走向争执。", category="D02")
        return lambda turn: intake.register(told, actor=fresh(user))

    def acts(user: int, verb: Verb, which: list[str], inputs: Inputs) -> Callable[[int], object]:
        return lambda turn: transitions.act(
            which[turn * 7 % len(which)], verb, actor=fresh(user), inputs=inputs
        )

    return [
        registers(worker),
        acts(cadre, Verb.SIGN, near, Inputs()),
        acts(town, Verb.NUDGE, numbers, Inputs(note="请抓紧")),
        registers(elsewhere),
    ]


def fresh(pk: int) -> User:
    user: User = User.objects.get(pk=pk)
    return user
