# ruff: noqa: E501 - one line of SQL per table reads better than many
"""The sweep against one raw statement that writes the same rows, in turns (decisions.md 32).

Rounds alternate: product, control, product … each over a tenth of the rows, due and scattered
over the whole table. The control has the same tables, indexes, constraints and foreign keys,
but no hash chain, no batches and no locks. The last round goes through a real Celery worker.
"""

import statistics
import subprocess
import sys
import time
from contextlib import closing
from datetime import datetime, timedelta

from django.db import connection, transaction

from cases import escalation
from cases.models import SweepRun
from cases.tasks import sweep
from governance.bench import data, draining
from governance.bench.figures import Figures, spread
from governance.celery import app

CONTROL = """
WITH due AS (
    SELECT clock.id AS clock_id, clock.case_id, clock.rung + 1 AS new_rung, clock.holders[clock.rung + 1] AS holder,
           clock.levels[clock.rung + 1] AS new_level, clock.actions[clock.rung + 1] AS action,
           coalesce(clock.ladder[clock.rung + 2], clock.due_at) AS step_due, c.*
    FROM cases_clock AS clock JOIN cases_case AS c ON c.id = clock.case_id WHERE clock.next_at <= %(now)s
), moved AS (
    UPDATE cases_clock AS clock SET rung = due.new_rung FROM due WHERE clock.id = due.clock_id
), left_step AS (
    UPDATE cases_clockstep AS step SET left_at = %(now)s, outcome = 'timeout' FROM due
    WHERE step.clock_id = due.clock_id AND step.rung = due.new_rung - 1
), new_step AS (
    INSERT INTO cases_clockstep (clock_id, tenant_id, rung, unit_id, level, entered_at, due_at, outcome)
    SELECT clock_id, tenant_id, new_rung, holder, new_level, %(now)s, step_due, '' FROM due
), new_event AS (
    INSERT INTO cases_caseevent (case_id, tenant_id, seq, at, verb, source, target, reason, category_id,
        area_id, level, rung, holder_unit_id, due_at, amber_at, clock_id, other_id, digest, prev, hash)
    SELECT case_id, tenant_id, last_seq + 1, %(now)s, 'climb', status, 'registered', '', category_id, area_id,
           new_level, new_rung, holder, step_due, step_due - interval '3 days', clock_id, holder_unit_id, ''::bytea, head, head FROM due
), new_delta AS (
    INSERT INTO cases_casedelta (tenant_id, at, district_id, township_id, village_id, grid_id, kind, category_id,
        status_from, status_to, level_from, level_to)
    SELECT tenant_id, %(now)s, district_id, township_id, village_id, grid_id, kind, category_id, status,
           'registered', level, new_level FROM due
), new_message AS (
    INSERT INTO cases_outbox (tenant_id, at, dedupe_key, case_id, seq, verb, unit_id, urgent, state, attempts, next_at)
    SELECT tenant_id, %(now)s, case_id || ':' || last_seq + 1 || ':' || holder || ':0', case_id, last_seq + 1,
           'climb', holder, urgent, 'pending', 0, %(now)s FROM due
), co_responsible AS (
    INSERT INTO cases_caseunit (case_id, tenant_id, unit_id, part, since)
    SELECT case_id, tenant_id, holder_unit_id, 'co_responsible', %(now)s FROM due WHERE holder_unit_id <> holder
    ON CONFLICT DO NOTHING
), listed AS (
    INSERT INTO cases_supervisionorder (case_id, tenant_id, unit_id, cause, by_rule, listed_at)
    SELECT case_id, tenant_id, holder, 'ladder_top', true, %(now)s FROM due WHERE action <> 'climb' ON CONFLICT DO NOTHING
)
UPDATE cases_case AS c SET rung = due.new_rung, level = due.new_level, holder_unit_id = due.holder,
    from_unit_id = due.holder_unit_id, due_at = due.step_due, amber_at = due.step_due - interval '3 days', last_seq = due.last_seq + 1,
    supervised_at = CASE WHEN due.action = 'climb' THEN c.supervised_at ELSE %(now)s END
FROM due WHERE c.id = due.case_id
"""

NARROW = """
WITH due AS (SELECT id FROM bench_narrow_case WHERE due_at <= %(now)s),
moved AS (UPDATE bench_narrow_case AS c SET level = level + 1, due_at = due_at + interval '4 hours'
          FROM due WHERE c.id = due.id RETURNING c.id, c.level)
INSERT INTO bench_narrow_event (case_id, level, at) SELECT id, level, %(now)s FROM moved
"""
NARROW_TABLES = """
CREATE TABLE bench_narrow_case AS SELECT id, 0 AS level, ladder[1] AS due_at FROM cases_clock WHERE stopped_at IS NULL;
ALTER TABLE bench_narrow_case ADD PRIMARY KEY (id);
CREATE INDEX bench_narrow_due ON bench_narrow_case (due_at);
CREATE TABLE bench_narrow_event (id bigserial PRIMARY KEY, case_id bigint NOT NULL, level int, at timestamptz);
GRANT ALL ON ALL TABLES IN SCHEMA public TO {role};
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role};
"""

WORKER = [
    sys.executable, "-W", "ignore", "-m", "celery", "-q", "-A", "governance", "worker", "-c", "1",
    "--without-gossip", "--without-mingle", "-l", "ERROR",
]  # fmt: skip


def run(rows: int, base: datetime) -> None:
    """Print the sweep's figures. ``base`` is the first due moment of the generated ladders."""
    figures = Figures("sweep", rows)
    with closing(data.owner()) as desk, desk.cursor() as cursor:
        cursor.execute(NARROW_TABLES.format(role=connection.settings_dict["USER"]))
    product: list[float] = []
    control: list[float] = []
    narrow: list[float] = []
    for turn in range(6):
        # Product and control take turns at going first, each over a tenth of the rows.
        for mine in ((True, False), (False, True))[turn % 2]:
            moment = base + timedelta(hours=len(product) + len(control))
            before_round()
            began = time.perf_counter()
            count = by_product(moment) if mine else by_statement(CONTROL, moment)
            (product if mine else control).append((time.perf_counter() - began) / count)
        if turn < 4:
            before_round()
            began = time.perf_counter()
            count = by_statement(NARROW, base + timedelta(hours=turn))
            narrow.append((time.perf_counter() - began) / count)
    celery, tasks = through_worker()
    report(figures, product, control, narrow, celery)
    figures.metric("tasks", tasks, 1)
    draining.run(figures)
    figures.metric("doubles", doubles(), 1)


def before_round() -> None:
    with closing(data.owner()) as desk:
        data.settle(desk)


def by_product(moment: datetime) -> int:
    return escalation.sweep("bench", now=moment).climbs


def by_statement(statement: str, moment: datetime) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '600s'; SET LOCAL jieyou.set_based = 'on'")
        cursor.execute(statement, {"now": moment})
        count: int = cursor.rowcount
    return count


def through_worker() -> tuple[float, int]:
    """Seconds per case of one tenth due, by the task as shipped; and the tasks it took."""
    set_held("UPDATE cases_clock SET held_at = now() WHERE next_at IS NOT NULL")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_outbox SET state = 'sent' WHERE state = 'pending'")
    worker = subprocess.Popen(WORKER)
    try:
        app.send_task(sweep.name)  # an idle one first: the worker is up
        last = wait_for_run(0).pk
        set_held(
            f"UPDATE cases_clock SET held_at = NULL WHERE held_at IS NOT NULL AND id % {data.GROUPS} = 0"
        )
        before_round()
        began = time.perf_counter()
        app.send_task(sweep.name)
        done = wait_for_run(last)
        seconds = (time.perf_counter() - began) / max(done.climbs, 1)
        return seconds, SweepRun.objects.filter(pk__gt=last).count()
    finally:
        worker.terminate()
        worker.wait(120)


def set_held(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '600s'")
        cursor.execute(statement)


def wait_for_run(after: int) -> SweepRun:
    """The first finished sweep of the worker with a key above ``after``."""
    while True:
        runs = SweepRun.objects.filter(driver="beat", finished_at__isnull=False, pk__gt=after)
        if found := runs.order_by("pk").first():
            return found
        time.sleep(0.02)


def doubles() -> int:
    """Rungs with more than one event; must be 0."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT clock_id, rung FROM cases_caseevent WHERE clock_id IS NOT NULL"
            " AND verb = 'climb' GROUP BY clock_id, rung HAVING count(*) > 1) AS d"
        )
        found: int = cursor.fetchone()[0]
    return found


def report(
    figures: Figures, product: list[float], control: list[float], narrow: list[float], celery: float
) -> None:
    """Ratios of rates: control's seconds per case over the product's."""
    figures.note("product, cases/s", spread([1 / one for one in product]))
    figures.note("control, cases/s", spread([1 / one for one in control]))
    figures.note("narrow, cases/s", spread([1 / one for one in narrow]))
    middle = statistics.median(product)
    pairs = [theirs / ours for ours, theirs in zip(product, control, strict=True)]
    figures.note("rate ratio pair by pair", spread(pairs))
    figures.metric("rate_ratio", statistics.median(control) / middle, len(product))
    figures.metric("celery_rate_ratio", statistics.median(control) / celery, 1)
    figures.metric("narrow_ratio", statistics.median(narrow) / middle, len(narrow))
    figures.metric("seconds_per_100k", middle * 100_000, len(product))
