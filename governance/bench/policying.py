# ruff: noqa: E501 - one line of SQL per table reads better than many
"""A new ladder for a whole city: simulated on every running clock, then carried out beside intake.

The customer of ``data.build`` with every case open, its clocks as they stand in an ordinary week:
started at any second of the last three working days, on the first rung of the product's ladder.
"""

import statistics
import sys
import threading
import time
from datetime import datetime, timedelta

from django.db import connection

from cases import proposals, restarting, simulation
from cases.escalation import database_clock
from cases.models import PolicyProposal, PolicySimulation
from cases.rules.ladder import PRODUCT_DEFAULT
from cases.wishes import Wish, today
from governance.bench import data, intaking
from governance.bench.figures import Figures, spread
from governance.bench.serving import serving
from grids.models import Area, Posting, User

TURNS = 5  # of intake alone and intake beside the change
SPANS = (2, 3, 4, 5)  # working days: every deadline moves

# As they stand in an ordinary week; written while the indexes are aside.
STANDING = """
UPDATE cases_clock SET started_at = %(from)s + (id * 7919 %% 259200) * interval '1 second',
    ladder = ARRAY[%(from)s + interval '5 days' + (id %% 3) * interval '1 day', %(from)s + interval '9 days',
                   %(from)s + interval '14 days', %(from)s + interval '17 days'],
    holders = ARRAY[holders[1], holders[2], holders[3], holders[3]], levels = ARRAY[5, 4, 3, 3],
    actions = ARRAY['climb', 'climb', 'climb', 'supervise'], due_at = %(from)s + interval '17 days';
UPDATE cases_clockstep AS s SET due_at = k.ladder[1] FROM cases_clock AS k WHERE k.id = s.clock_id;
UPDATE cases_case AS c SET due_at = k.ladder[1], amber_at = k.amber_at FROM cases_clock AS k WHERE k.case_id = c.id;
"""


def build(rows: int, now: datetime) -> None:
    """The made-up customer, every case open and on its first rung."""
    data.build(rows, now, open_of_30=30, then=STANDING, values={"from": now - timedelta(days=4)})


def administrator(name: str, role: str) -> User:
    user: User = User.objects.create(username=name, display_name=name, password="!")
    Posting.objects.create(
        user=user, role=role, unit_id=data.CITY, area_id=data.CITY, started_on="2020-01-01"
    )
    return user


def simulated() -> tuple[PolicyProposal, PolicySimulation]:
    """A new ladder for the city, counted on every clock as a worker counts it."""
    body = PRODUCT_DEFAULT.to_json() | {"code": "district", "source": "bench"}
    rungs = [rung.to_json() for rung in PRODUCT_DEFAULT.rungs]
    for rung, amount in zip(rungs, SPANS, strict=True):
        rung["span"] = {"amount": amount, "unit": "working_day"}
    wish = Wish("ladder.dispute", body | {"rungs": rungs}, today(), True, "bench")
    area = Area.objects.get(pk=data.CITY)
    author = administrator("bench-sys", "sys_admin")
    row = proposals.propose(author, area, wish)
    asked = simulation.ask(row)
    simulation.run(asked.pk)
    row.refresh_from_db()
    asked.refresh_from_db()
    return row, asked


def simulate(rows: int) -> tuple[PolicyProposal, PolicySimulation]:
    """Print what a simulation over every running clock takes."""
    build(rows, database_clock())
    figures = Figures("simulate", rows)
    row, seen = simulated()
    figures.note("clocks named", f"{seen.clocks:,}")
    figures.note("earlier, later, unchanged", f"{seen.earlier:,} {seen.later:,} {seen.same:,}")
    figures.note("due at once, keep their version", f"{seen.at_once:,} {seen.kept:,}")
    figures.metric("seconds", seen.seconds, 1, clocks=seen.clocks)
    return row, seen


def change(rows: int) -> None:
    """Carry the change out beside intake; print its seconds and the intake's p99."""
    figures = Figures("policy", rows)
    row, seen = simulate(rows)
    row = proposals.approve(administrator("bench-sec", "sec_admin"), row.pk, row.rev)
    alone, beside, moved, busy = beside_intake()
    began = time.monotonic()
    rest = 0
    while restarting.unfinished(row.pk):
        rest += restarting.carry_out(seconds=30)
    quiet = time.monotonic() - began
    figures.note("intake alone, p99 ms", spread(alone))
    figures.note("intake beside the change, p99 ms", spread(beside))
    figures.note("clocks/s beside full intake", f"{moved / busy:,.0f}")
    figures.note("clocks/s otherwise", f"{rest / max(quiet, 0.001):,.0f}")
    wrong = seen.clocks - seen.kept - moved - rest
    figures.metric("seconds", busy + quiet, 1, clocks=moved + rest)
    figures.metric("seconds_beside_full_intake", (moved + rest) / max(moved / busy, 1), TURNS)
    figures.metric("p99_ratio", statistics.median(beside) / statistics.median(alone), TURNS)
    figures.metric("not_moved", wrong, 1)
    figures.metric("chain_breaks", breaks(), 1)


def beside_intake() -> tuple[list[float], list[float], int, float]:
    """Intake in turns, alone and while clocks are moved: both p99, clocks moved, seconds of it."""
    tokens = [intaking.grid_worker_token(number) for number in range(intaking.WORKERS)]
    alone: list[float] = []
    beside: list[float] = []
    moved, busy = 0, 0.0
    with serving("governance.wsgi:application", "/healthz") as product:
        for turn in range(TURNS + 1):
            taken = intaking.measure(product, tokens, "/api/v1/cases/", f"alone{turn}")
            work = Work()
            work.start()
            under = intaking.measure(product, tokens, "/api/v1/cases/", f"beside{turn}")
            work.join()
            moved, busy = moved + work.moved, busy + work.seconds
            if turn:  # the first round warms the server up
                alone.append(taken.p99)
                beside.append(under.p99)
            print(
                f"  turn {turn}: {taken.p99:.1f} / {under.p99:.1f} ms", file=sys.stderr, flush=True
            )
    return alone, beside, moved, busy


class Work(threading.Thread):
    """One worker that moves clocks for as long as a turn of intake takes."""

    moved, seconds = 0, 0.0

    def run(self) -> None:
        began = time.monotonic()
        self.moved = restarting.carry_out(seconds=intaking.SECONDS)
        self.seconds = time.monotonic() - began
        connection.close()


def breaks() -> int:
    """Cases whose row and last event disagree; must be 0."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '300s'")
        cursor.execute(
            "SELECT count(*) FROM cases_case AS c JOIN cases_caseevent AS e ON e.case_id = c.id AND e.seq = c.last_seq"
            " WHERE e.hash <> c.head OR e.due_at IS DISTINCT FROM c.due_at OR c.last_seq > 2"
        )
        found: int = cursor.fetchone()[0]
    return found
