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
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from cases.models import SweepFailure, SweepRun
from cases.rules.chain import sql_hash
from cases.rules.ladder import AtEnd
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
    AND (%(only)s IS NULL OR clock.id = %(only)s)
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
           clock.ladder, clock.holders, clock.levels, clock.actions, clock.due_at,
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
    RETURNING clock.id, clock.case_id, clock.step_due_at
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
           due.new_rung, due.climbs, due.step_due, due.head,
           LEAST(moved.step_due_at, (
               SELECT min(other.step_due_at) FROM cases_clock AS other
               WHERE other.case_id = due.case_id AND other.id <> due.clock_id AND other.stopped_at IS NULL
                   AND NOT (due.climbs AND other.code = '{ClockCode.HANDED_DOWN}')
           )) AS case_due
    FROM due JOIN moved ON moved.id = due.clock_id
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
        area_id, level, rung, holder_unit_id, due_at, clock_id, other_id, digest, prev, hash)
    SELECT case_id, tenant_id, seq, at, verb, source, target, '', category_id, area_id, level, case_rung,
           holder, case_due, clock_id, before_holder, ''::bytea, head, hash FROM hashed
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
    INSERT INTO cases_supervisionentry (case_id, tenant_id, unit_id, cause, listed_at)
    SELECT case_id, tenant_id, holder, CASE verb WHEN '{Verb.REPORT_UP}' THEN 'report_up' ELSE 'ladder_top' END, at
    FROM hashed WHERE verb <> '{Verb.CLIMB}'
    ON CONFLICT (case_id) WHERE delisted_at IS NULL DO NOTHING
)
UPDATE cases_case AS c SET rung = w.case_rung, level = w.level, holder_unit_id = w.holder, status = w.target,
    from_unit_id = CASE WHEN w.climbs AND w.before_holder <> w.holder THEN w.before_holder ELSE c.from_unit_id END,
    due_at = w.case_due, last_seq = w.seq, head = w.hash,
    supervised_at = CASE WHEN w.verb = '{Verb.CLIMB}' THEN c.supervised_at ELSE coalesce(c.supervised_at, w.at) END
FROM hashed AS w WHERE c.id = w.case_id
"""

# A due clock whose case somebody had locked, or which is set aside, waits for the next run.
BACK_OFF = (60, 300, 900, 3600)  # seconds before a clock that failed is tried again


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    climbs: int
    failed: int


def sweep(driver: str, now: datetime | None = None, batch: int | None = None) -> Swept:
    """Move every due clock, one moment at a time, until nothing is due; return the counts.

    Safe to run twice or in parallel; a clock that missed two moments during an outage takes
    both, each with its own event. ``now`` is the database's clock unless a test passes one.
    """
    moment = now or database_clock()
    run = SweepRun.objects.create(driver=driver, started_at=moment)
    climbs = failed = 0
    size = batch or settings.SWEEP_BATCH
    while True:
        aside = set_aside(moment)
        try:
            moved = one_batch(moment, size, aside, at=now)
        except DatabaseError as error:
            log.warning("a batch failed, going on case by case: %s", error)
            moved, wrong = case_by_case(moment, aside, at=now)
            failed += wrong
        climbs += moved
        if moved == 0:
            break
    # What climbed in the end, or need not climb any more, is no failure.
    SweepFailure.objects.exclude(clock__next_at__lte=moment).delete()
    run.finished_at, run.climbs, run.failed = database_clock(), climbs, failed
    run.save(update_fields=["finished_at", "climbs", "failed"])
    return Swept(climbs, failed)


def one_batch(
    now: datetime, size: int, aside: list[int], *, only: int | None = None,
    at: datetime | None = None,
) -> int:  # fmt: skip
    """One transaction: move what is due at ``now`` (of clock ``only``, if given); how many.

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
        # A unit that is gone is to fail here, where the batch can be taken case by case.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return moved


def case_by_case(now: datetime, aside: list[int], at: datetime | None) -> tuple[int, int]:
    """Move due clocks one by one, so that a broken one holds up nobody: (moved, failed)."""
    moved = failed = 0
    for clock_id in due_clocks(now, aside):
        try:
            moved += one_batch(now, 1, [], only=clock_id, at=at)
        except DatabaseError as error:
            failed += 1
            note_failure(clock_id, now, str(error))
    return moved, failed


def due_clocks(now: datetime, aside: list[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM cases_clock WHERE next_at <= %s AND NOT id = ANY(%s)"
            " ORDER BY next_at, id LIMIT 2000",
            [now, aside],
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
