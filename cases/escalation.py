# ruff: noqa: E501 - one line of SQL per table reads better than many
"""The sweep: every due clock takes its next moment, exactly once, whoever runs it.

One statement locks a batch, one writes it. They only compare stored moments: working days,
time zones and units were settled when the clock started. ``SKIP LOCKED`` leaves a case that
somebody is acting on to the next run; case and clock are locked in one step, so the order stays
"case first". The writing statement begins when all locks are held and so sees every committed
act: in the locking statement's own snapshot another clock of the case may be out of date. The
locked row and UNIQUE (clock, rung) both guard against a double climb. At most one due clock of
a case moves per round, or two events would take one sequence number.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction

from cases import clockguard
from cases.models import SweepFailure, SweepRun
from cases.rules.chain import sql_hash
from cases.rules.ladder import AtEnd
from cases.rules.supervision import Cause
from cases.rules.workflow import CLIMBING, ClockCode, Status, Verb

log = logging.getLogger(__name__)

HASH = sql_hash(
    case_id="w.case_id", seq="w.seq", at="w.at", actor_id="NULL::bigint", unit_id="NULL::bigint",
    verb="w.verb", source="w.source", target="w.target", reason="''", category_id="w.category_id",
    area_id="w.area_id", level="w.level", rung="w.case_rung", holder_unit_id="w.holder",
    due_at="w.case_due", clock_id="w.clock_id", other_id="w.before_holder",
    digest="''::bytea", prev="w.head",
)  # fmt: skip

LOCK = """
SELECT clock.id FROM cases_clock AS clock JOIN cases_case AS c ON c.id = clock.case_id
WHERE clock.next_at <= %(now)s AND NOT clock.id = ANY(%(aside)s)
    AND (%(only)s::bigint[] IS NULL OR clock.id = ANY(%(only)s))
ORDER BY clock.next_at, clock.id
LIMIT %(batch)s
FOR UPDATE OF c, clock SKIP LOCKED
"""
# locked: the due clocks with their cases. due: one clock per case, with what the moment does.
# moved: the clock rows after the step. freed: a deadline the sender set for the unit below ends
# when the case climbs on. work: all values of the new rows.
SWEEP = f"""
WITH locked AS MATERIALIZED (
    SELECT clock.id AS clock_id, clock.case_id, clock.next_at, clock.rung, clock.first_rung,
           clock.code, clock.ladder, clock.holders, clock.levels, clock.actions, clock.due_at,
           c.tenant_id, c.last_seq, c.head, c.status, c.category_id, c.area_id, c.level AS case_level,
           c.holder_unit_id, c.rung AS case_rung, c.kind, c.city_id, c.district_id, c.township_id,
           c.village_id, c.grid_id, c.reporter_id, c.urgent, c.supervised_at
    FROM cases_clock AS clock JOIN cases_case AS c ON c.id = clock.case_id
    WHERE clock.id = ANY(%(ids)s::bigint[])
), due AS MATERIALIZED (
    SELECT DISTINCT ON (case_id) locked.*, rung + 1 AS new_rung,
           actions[rung + 1] AS action,
           actions[rung + 1] = '{AtEnd.CLIMB}' AND status IN {tuple(sorted(s.value for s in CLIMBING))} AS climbs,
           coalesce(ladder[rung + 2], due_at) AS step_due
    FROM locked ORDER BY case_id, next_at, clock_id
), moved AS (
    UPDATE cases_clock AS clock SET rung = due.new_rung, waits_until = NULL
    FROM due WHERE clock.id = due.clock_id
    RETURNING clock.id, clock.case_id, clock.step_due_at, clock.amber_at
), freed AS (
    UPDATE cases_clock AS clock SET stopped_at = GREATEST(%(at)s, clock.started_at)
    FROM due WHERE due.climbs AND clock.case_id = due.case_id
        AND clock.code = '{ClockCode.HANDED_DOWN}' AND clock.stopped_at IS NULL
), work AS MATERIALIZED (
    SELECT due.clock_id, due.case_id, due.tenant_id, due.last_seq + 1 AS seq, %(at)s::timestamptz AS at,
           CASE due.action WHEN '{AtEnd.CLIMB}' THEN '{Verb.CLIMB}' WHEN '{AtEnd.REPORT}' THEN '{Verb.REPORT_UP}'
                ELSE '{Verb.SUPERVISE}' END AS verb,
           due.status AS source,
           CASE WHEN due.climbs THEN '{Status.REGISTERED}' ELSE due.status END AS target,
           due.category_id, due.area_id, due.kind, due.city_id, due.district_id, due.township_id,
           due.village_id, due.grid_id, due.reporter_id, due.urgent, due.supervised_at,
           CASE WHEN due.climbs THEN due.levels[due.new_rung] ELSE due.case_level END AS level,
           due.case_level AS before_level,
           CASE WHEN due.climbs THEN due.holders[due.new_rung] ELSE due.holder_unit_id END AS holder,
           due.holder_unit_id AS before_holder,
           CASE WHEN due.climbs THEN due.first_rung + due.new_rung ELSE due.case_rung END AS case_rung,
           due.new_rung, due.climbs, due.step_due, due.head, due.code,
           LEAST(moved.step_due_at, rest.due) AS case_due, LEAST(moved.amber_at, rest.amber) AS case_amber
    FROM due JOIN moved ON moved.id = due.clock_id CROSS JOIN LATERAL (
        SELECT min(other.step_due_at) AS due, min(other.amber_at) AS amber FROM cases_clock AS other
        WHERE other.case_id = due.case_id AND other.id <> due.clock_id AND other.stopped_at IS NULL
            AND NOT (due.climbs AND other.code = '{ClockCode.HANDED_DOWN}')
    ) AS rest
), hashed AS MATERIALIZED (
    SELECT w.*, {HASH} AS hash FROM work AS w
), left_step AS (
    UPDATE cases_clockstep AS step SET left_at = w.at, outcome = 'timeout'
    FROM hashed AS w WHERE step.clock_id = w.clock_id AND step.rung = w.new_rung - 1 AND step.left_at IS NULL
), new_step AS (
    INSERT INTO cases_clockstep (clock_id, tenant_id, rung, unit_id, level, entered_at, due_at, outcome)
    SELECT clock_id, tenant_id, new_rung, holder, level, at, GREATEST(step_due, at), '' FROM hashed
), new_event AS (
    INSERT INTO cases_caseevent (case_id, tenant_id, seq, at, verb, source, target, reason, category_id,
        area_id, level, rung, holder_unit_id, due_at, amber_at, clock_id, other_id, digest, prev, hash)
    SELECT case_id, tenant_id, seq, at, verb, source, target, '', category_id, area_id, level, case_rung,
           holder, case_due, case_amber, clock_id, before_holder, ''::bytea, head, hash FROM hashed
), new_delta AS (
    INSERT INTO cases_casedelta (tenant_id, at, district_id, township_id, village_id, grid_id, kind,
        category_id, status_from, status_to, level_from, level_to)
    SELECT tenant_id, at, district_id, township_id, village_id, grid_id, kind, category_id, source, target,
           before_level, level FROM hashed WHERE source <> target OR before_level <> level
), new_message AS (
    INSERT INTO cases_outbox (tenant_id, at, dedupe_key, case_id, seq, verb, unit_id, urgent, state, attempts, next_at)
    SELECT tenant_id, at, case_id || ':' || seq || ':' || holder || ':0', case_id, seq, verb, holder, urgent,
           'pending', 0, at FROM hashed
), co_responsible AS (
    INSERT INTO cases_caseunit (case_id, tenant_id, unit_id, part, since)
    SELECT case_id, tenant_id, before_holder, 'co_responsible', at FROM hashed
    WHERE climbs AND before_holder <> holder
    ON CONFLICT (case_id, unit_id, part) WHERE until IS NULL DO NOTHING
), listed AS (
    INSERT INTO cases_supervisionorder (case_id, tenant_id, unit_id, cause, by_rule, listed_at)
    SELECT case_id, tenant_id, holder, CASE WHEN verb = '{Verb.REPORT_UP}' THEN '{Cause.REPORT_UP}'
           WHEN code = '{ClockCode.LADDER}' THEN '{Cause.LADDER_TOP}' ELSE '{Cause.LIMIT}' END, true, at
    FROM hashed WHERE verb <> '{Verb.CLIMB}'
    ON CONFLICT (case_id) WHERE delisted_at IS NULL AND by_rule DO NOTHING
)
UPDATE cases_case AS c SET rung = w.case_rung, level = w.level, holder_unit_id = w.holder, status = w.target,
    from_unit_id = CASE WHEN w.climbs AND w.before_holder <> w.holder THEN w.before_holder ELSE c.from_unit_id END,
    due_at = w.case_due, amber_at = w.case_amber, last_seq = w.seq, head = w.hash,
    supervised_at = CASE WHEN w.verb = '{Verb.CLIMB}' THEN c.supervised_at ELSE coalesce(c.supervised_at, w.at) END
FROM hashed AS w WHERE c.id = w.case_id
"""

# A due clock whose case somebody had locked, or which is set aside, waits for the next run.
BACK_OFF = (60, 300, 900, 3600)  # seconds before a clock that failed is tried again


# The second wall: keys that a double climb would break.
WALLS = {"clock_step_once", "event_seq_once", "outbox_once"}
SMALLEST = 200  # clocks per statement below which a slow database is not spared any further
# What climbed in the end, or need not climb any more, is no failure.
FINISH = """
SET LOCAL synchronous_commit = off;
DELETE FROM cases_sweepfailure AS failure USING cases_clock AS clock
WHERE clock.id = failure.clock_id AND (clock.next_at IS NULL OR clock.next_at > %(now)s);
UPDATE cases_sweeprun SET finished_at = clock_timestamp(), climbs = %(climbs)s, failed = %(failed)s,
    conflicts = %(conflicts)s WHERE id = %(id)s
"""


@dataclass(slots=True)
class Swept:
    """What one sweep did. ``refused``: the clock was not believed, nothing was looked at."""

    climbs: int = 0
    failed: int = 0
    conflicts: int = 0
    refused: bool = False


def sweep(
    driver: str, now: datetime | None = None, batch: int | None = None, most: float | None = None
) -> Swept:
    """Move every due clock, one moment at a time, until nothing is due; return the counts.

    Safe to run twice or in parallel; a clock that missed two moments during an outage takes
    both, each with its own event. ``now`` is the database's clock unless a test passes one, and
    is believed as ``cases.clockguard`` says. After ``most`` seconds the rest is left to the next
    run. A database that is away, full or too slow ends the run with ``OperationalError``.
    """
    began, swept = time.monotonic(), Swept()
    if now is None:
        run = clockguard.begin(driver)
    else:
        row = SweepRun.objects.create(driver=driver, started_at=now)
        run = clockguard.Run(row.pk, now, refused=False)
    if run.refused:
        swept.refused = True
        return swept
    size = batch or settings.SWEEP_BATCH
    while most is None or time.monotonic() - began < most:
        aside = set_aside(run.moment)
        try:
            moved = one_batch(run.moment, size, aside, at=now)
        except OperationalError as error:
            # No clock's fault: a full disk, a statement that took too long, a server that stops.
            if size <= SMALLEST:
                raise
            log.warning("a batch of %d failed, trying fewer: %s", size, error)
            size = max(size // 10, SMALLEST)
            continue
        except DatabaseError as error:
            log.warning("a batch failed, going on by halves: %s", error)
            moved = by_halves(run.moment, size, aside, now, swept)
        swept.climbs += moved
        if moved == 0:
            break
    finish(run, swept)
    return swept


def finish(run: clockguard.Run, swept: Swept) -> None:
    """Note what the run did; without waiting for the disk, like its beginning."""
    with connection.cursor() as cursor:
        cursor.execute(
            FINISH,
            {
                "id": run.id, "now": run.moment, "climbs": swept.climbs, "failed": swept.failed,
                "conflicts": swept.conflicts,
            },
        )  # fmt: skip


def one_batch(
    now: datetime, size: int, aside: list[int], *, only: list[int] | None = None,
    at: datetime | None = None,
) -> int:  # fmt: skip
    """One transaction: move what is due at ``now`` (of the clocks ``only``, if given); how many.

    The events bear the database's moment under the lock, so that a case's moments never run
    backwards, unless a test gives ``at``.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # A large batch is one long statement; the web's limit does not fit it. Holders come from
        # clocks that a reorganisation has rewritten, so they need no check row by row.
        cursor.execute("SET LOCAL statement_timeout = '240s'; SET LOCAL jieyou.set_based = 'on'")
        cursor.execute(LOCK, {"now": now, "batch": size, "aside": aside, "only": only})
        ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return 0
        cursor.execute(SWEEP, {"ids": ids, "at": at or database_clock()})
        moved: int = cursor.rowcount
        # A unit that is gone is to fail here, where the batch can be taken by halves.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return moved


def by_halves(
    now: datetime, size: int, aside: list[int], at: datetime | None, swept: Swept
) -> int:  # fmt: skip
    """Move due clocks in ever smaller parts, so that a broken one holds up nobody; how many."""
    moved, waiting = 0, [due_clocks(now, size, aside)]
    while waiting:
        ids = waiting.pop()
        try:
            moved += one_batch(now, len(ids), [], only=ids, at=at)
        except OperationalError:
            raise
        except DatabaseError as error:
            if len(ids) > 1:
                half = len(ids) // 2
                waiting += [ids[half:], ids[:half]]
                continue
            swept.failed += 1
            swept.conflicts += at_a_wall(error)
            note_failure(ids[0], now, str(error))
    return moved


def at_a_wall(error: DatabaseError) -> bool:
    """Whether a second climb over the same rung was stopped by a unique key: an error survived."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return isinstance(error, IntegrityError) and getattr(
        diagnosis, "constraint_name", ""
    ) in WALLS  # fmt: skip


def due_clocks(now: datetime, size: int, aside: list[int]) -> list[int]:
    """The clocks that a batch would take, the longest due first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM cases_clock WHERE next_at <= %s AND NOT id = ANY(%s)"
            " ORDER BY next_at, id LIMIT %s",
            [now, aside, size],
        )
        return [row[0] for row in cursor.fetchall()]


def note_failure(clock_id: int, now: datetime, error: str) -> None:
    """Set a clock aside, longer each time; the log carries the alarm."""
    row, created = SweepFailure.objects.get_or_create(
        clock_id=clock_id,
        defaults={"tenant_id": tenant_of(clock_id), "next_at": now, "error": ""},
    )
    row.attempts = 1 if created else row.attempts + 1
    wait = BACK_OFF[min(row.attempts, len(BACK_OFF)) - 1]
    row.next_at, row.error = now + timedelta(seconds=wait), error.splitlines()[0][:200]
    row.save()
    log.error("clock %s cannot climb (attempt %s): %s", clock_id, row.attempts, row.error)


def tenant_of(clock_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id FROM cases_clock WHERE id = %s", [clock_id])
        tenant: int = cursor.fetchone()[0]
    return tenant


def set_aside(now: datetime) -> list[int]:
    """Clocks that failed and are not to be tried again yet."""
    return list(SweepFailure.objects.filter(next_at__gt=now).values_list("clock_id", flat=True))


def database_clock() -> datetime:
    """The moment by the database's own clock; it decides what is due (decisions.md 8)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
