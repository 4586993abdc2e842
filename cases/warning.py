# ruff: noqa: E501 - SQL
"""Warn of deadlines: one message for each clock, rung and mark, whoever runs it and how often.

A clock knows the next mark nobody was told of (``warn_at``, worked out by the database); the job
reads along its index, so it costs nothing while nothing is due. After an outage only the latest
mark that has passed is told of. The key of the message holds the due moment: a deadline that was
moved is a new one, and its marks are told of again. Only clocks are locked, and those somebody
works with are left to the next run. They are locked by a statement of their own: one that locks
and reads at once would see the clock after a climb that was just committed and its case before
it, and tell the unit that has lost the case.
"""

from datetime import datetime

from django.db import connection, transaction

from cases import clockguard
from cases.escalation import database_clock
from cases.models.clock import MARK_MOMENTS, TOLD
from cases.rules.workflow import Status

BATCH = 5_000
VALUES = ", ".join(
    f"({number}, '{mark}', CASE WHEN {comes} THEN {at} END)"
    for number, (mark, comes, at) in enumerate(MARK_MOMENTS)
)
LOCK = """
SELECT id FROM cases_clock WHERE warn_at <= %(now)s ORDER BY warn_at, id LIMIT %(batch)s
FOR UPDATE SKIP LOCKED
"""
WARN = f"""
WITH passed AS MATERIALIZED (
    SELECT id, case_id, rung, ladder, waits_until, due_at, started_at, step_due_at, told_until
    FROM cases_clock WHERE id = ANY(%(ids)s::bigint[])
), latest AS MATERIALIZED (
    SELECT passed.id, passed.case_id, passed.rung, passed.step_due_at, mark.code, mark.at
    FROM passed CROSS JOIN LATERAL (
        SELECT code, at FROM (VALUES {VALUES}) AS m(number, code, at)
        WHERE at <= %(now)s AND at > {TOLD} ORDER BY at DESC, number DESC LIMIT 1
    ) AS mark
), told AS (
    UPDATE cases_clock AS clock SET told_until = latest.at FROM latest WHERE clock.id = latest.id
), new_message AS (
    INSERT INTO cases_outbox (tenant_id, at, dedupe_key, case_id, seq, verb, unit_id, urgent, state, attempts, next_at)
    SELECT c.tenant_id, %(now)s, 'mark:' || latest.id || ':' || latest.rung || ':' || latest.code || ':'
               || extract(epoch FROM latest.step_due_at)::bigint,
           c.id, c.last_seq, latest.code, c.holder_unit_id, c.urgent, 'pending', 0, %(now)s
    FROM latest JOIN cases_case AS c ON c.id = latest.case_id
    WHERE c.closed_at IS NULL AND c.status <> '{Status.SEALED}' AND c.holder_unit_id IS NOT NULL
    ON CONFLICT (dedupe_key) DO NOTHING RETURNING 1
)
SELECT (SELECT count(*) FROM latest), (SELECT count(*) FROM new_message)
"""


def warn(now: datetime | None = None, batch: int = BATCH) -> int:
    """Write the messages of every mark that has passed; how many. None by a clock in doubt."""
    if now is None and clockguard.doubted():
        return 0
    moment = now or database_clock()
    written = 0
    while True:
        found, new = one_batch(moment, batch)
        written += new
        if not found:
            return written


@transaction.atomic
def one_batch(now: datetime, size: int) -> tuple[int, int]:
    """(clocks that passed a mark, messages written)."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '240s'")
        cursor.execute(LOCK, {"now": now, "batch": size})
        if not (ids := [row[0] for row in cursor.fetchall()]):
            return 0, 0
        cursor.execute(WARN, {"now": now, "ids": ids})
        found: tuple[int, int] = cursor.fetchone()
    return found
