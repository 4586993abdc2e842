# ruff: noqa: E501 - one line of SQL per table reads better than many
"""What a backlog costs a real worker in memory and tasks, and what the sweep costs when idle.

Runs after the rounds of ``sweeping``: ladders that have been climbed are lengthened by moments
that have passed, first a few, then as many as there are rows; one task after another drains them.
"""

import statistics
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from cases import escalation
from cases.models import SweepRun
from cases.tasks import sweep
from governance.bench import data
from governance.bench.figures import Figures, p95, spread
from governance.celery import app

FEW = 10_000  # due steps to begin with
MOMENTS = 3  # of each clock
IDLE_RUNS = 200

# The rungs that were climbed stay; after them come passed moments at the same unit.
LENGTHEN = f"""
UPDATE cases_clock AS k SET held_at = NULL,
    ladder = ladder[:k.rung] || ARRAY[{", ".join(f"now() - interval '{MOMENTS - n} hours'" for n in range(MOMENTS))}],
    holders = holders[:k.rung] || array_fill(c.holder_unit_id, ARRAY[{MOMENTS}]),
    levels = levels[:k.rung] || array_fill(c.level, ARRAY[{MOMENTS}])::smallint[],
    actions = actions[:k.rung] || array_fill('climb'::varchar, ARRAY[{MOMENTS}])
FROM cases_case AS c WHERE c.id = k.case_id AND k.id IN (
    SELECT id FROM cases_clock WHERE stopped_at IS NULL AND code = 'ladder' AND id > %(after)s ORDER BY id LIMIT %(clocks)s)
"""
DUE = "SELECT count(*) FROM cases_clock WHERE next_at <= now()"
# What is left of the rounds must not come due in between.
PUT_ASIDE = "UPDATE cases_clock SET held_at = now() WHERE next_at IS NOT NULL"
# A second clock for every case, as events and petitions have them.
SECOND = """
INSERT INTO cases_clock (case_id, tenant_id, code, ladder_code, calendar_version, provisional, started_at, due_at,
    first_rung, rung, ladder, holders, levels, actions)
SELECT id, tenant_id, 'sign', '', 'bench', false, registered_at, registered_at + interval '1 day', 0, 0,
    '{}', '{}', '{}', '{}' FROM cases_case
"""
WORKER = [
    sys.executable, "-W", "ignore", "-m", "celery", "-q", "-A", "governance", "worker", "-c", "1",
    "--without-gossip", "--without-mingle", "-l", "ERROR",
]  # fmt: skip


def run(figures: Figures) -> None:
    """Print memory, tasks and the idle sweep."""
    rows = figures.rows
    tell(PUT_ASIDE)
    last = SweepRun.objects.latest("pk").pk
    worker = subprocess.Popen(WORKER)
    try:
        app.send_task(sweep.name)  # an idle one first: the worker is up
        wait_for_run(last)
        few = min(FEW, rows // 20) // MOMENTS
        base, _, _ = drained(worker, after=0, clocks=few)
        peak, tasks, seconds = drained(worker, after=few, clocks=rows // MOMENTS)
    finally:
        worker.terminate()
        worker.wait(120)
    due = rows // MOMENTS * MOMENTS
    figures.note("backlog, due steps", f"{due:,} in {seconds:.0f} s")
    figures.metric("rss_growth_mb", (peak - base) / 1024, 1, few=few * MOMENTS, many=due)
    figures.metric("backlog_tasks", tasks, 1, allowed=due / 5000 + 10)
    tell(SECOND)
    idle(figures)


def drained(
    worker: "subprocess.Popen[bytes]", *, after: int, clocks: int
) -> tuple[int, int, float]:
    """Make ``clocks`` ladders due and let the worker drain them: peak KB, tasks, seconds."""
    tell(LENGTHEN, {"after": after, "clocks": clocks})
    with closing(data.owner()) as desk:
        data.settle(desk)
    last = SweepRun.objects.latest("pk").pk
    began, tasks = time.monotonic(), 0
    while number(DUE):
        app.send_task(sweep.name)
        tasks += 1
        last = wait_for_run(last)
    return peak_kb(worker.pid), tasks, time.monotonic() - began


def idle(figures: Figures) -> None:
    """The whole sweep as shipped, heartbeat and guard included, with nothing due."""
    with closing(data.owner()) as desk:
        data.settle(desk)
    taken = []
    for turn in range(IDLE_RUNS + 10):
        began = time.perf_counter()
        swept = escalation.sweep("idle")
        if turn >= 10:
            taken.append((time.perf_counter() - began) * 1000)
        assert swept.climbs == 0 and not swept.refused
    figures.note("idle sweep, ms", spread(taken))
    clocks = number("SELECT count(*) FROM cases_clock")
    figures.metric("idle_ms", statistics.median(taken), IDLE_RUNS, clocks=clocks)
    figures.metric("idle_p95_ms", p95(taken), IDLE_RUNS, clocks=clocks)


def peak_kb(worker: int) -> int:
    """The most memory the worker's pool process ever held."""
    child = Path(f"/proc/{worker}/task/{worker}/children").read_text().split()[0]
    status = Path(f"/proc/{child}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def tell(statement: str, values: dict[str, int] | None = None) -> None:
    with closing(data.owner()) as desk, desk.cursor() as cursor:
        cursor.execute("SET jieyou.set_based = 'on'")
        cursor.execute(statement, values)


def number(question: str) -> int:
    with closing(data.owner()) as desk, desk.cursor() as cursor:
        cursor.execute(question)
        return int(cursor.fetchone()[0])


def wait_for_run(after: int) -> int:
    """The key of the first sweep of the worker above ``after`` that has finished."""
    while True:
        runs = SweepRun.objects.filter(driver="beat", finished_at__isnull=False, pk__gt=after)
        if found := runs.order_by("pk").first():
            return found.pk
        time.sleep(0.05)
