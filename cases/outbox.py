"""Deliver what the outbox holds: as lines in people's bells and as messages to groups.

The outbox row, not a broker message, is the work; any number of workers may look at it, and
what a row leads to is written in the transaction that marks it as sent. One person gets one
digest per half hour, with one line for each kind of event and unit; only what is urgent has a
line of its own.
"""

import json
import logging
from collections import defaultdict
from datetime import datetime

from django.db import connection, transaction

from cases import parcels, quiet
from cases.clocks import ZONE
from cases.doorbell import BELL
from cases.escalation import database_clock
from cases.hearing import Heard, apart, heard
from cases.models import Notice, Outbox
from cases.rules.audience import topic
from cases.rules.lamp import Mark
from cases.rules.quiet import digest_of

log = logging.getLogger(__name__)

BATCH = 5_000
MARKS = frozenset(Mark.values())
MOST_CASES = 20_000  # of a batch: one message may be about a thousand

# A line that is there already takes the cases it does not have yet, and is unread again.
DIGEST = """
INSERT INTO cases_notice
    (tenant_id, user_id, dedupe_key, at, rings_at, verb, unit_id, case_id, cases, case_ids, urgent)
SELECT x.tenant_id, x.user_id, x.dedupe_key, %(now)s, x.rings_at, x.verb, x.unit_id,
       CASE WHEN cardinality(i.ids) = 1 THEN i.ids[1] END, cardinality(i.ids), i.ids, false
FROM jsonb_to_recordset(%(lines)s) AS x(tenant_id bigint, user_id bigint, dedupe_key text,
         rings_at timestamptz, verb text, unit_id bigint, case_ids jsonb),
     LATERAL (SELECT array_agg(DISTINCT e::bigint ORDER BY e::bigint) AS ids
              FROM jsonb_array_elements_text(x.case_ids) AS e) AS i
ON CONFLICT (user_id, dedupe_key) DO UPDATE SET (case_ids, cases, case_id) = (
        SELECT array_agg(e ORDER BY e), count(*), CASE WHEN count(*) = 1 THEN min(e) END
        FROM (SELECT unnest(cases_notice.case_ids) UNION SELECT unnest(excluded.case_ids)) AS u(e)),
    at = excluded.at, read_at = NULL
WHERE NOT cases_notice.case_ids @> excluded.case_ids
"""


def deliver_soon() -> None:
    """After commit, ask a worker to deliver now instead of at the next beat.

    Only a shortcut: if the broker is down the error is logged (``robust``), the commit stands
    and the beat job delivers within a minute.
    """
    BELL.after_commit("deliver")


def deliver(now: datetime | None = None, limit: int = BATCH) -> int:
    """Turn waiting outbox rows into notices; return how many rows were delivered."""
    moment = now or database_clock()
    delivered = 0
    while count := deliver_batch(moment, limit):
        delivered += count
    return delivered


@transaction.atomic
def deliver_batch(now: datetime, limit: int) -> int:
    rows = list(
        Outbox.objects.select_for_update(skip_locked=True)
        .filter(state="pending", next_at__lte=now)
        .order_by("next_at", "id")[:limit]
    )
    rows = so_many(rows)
    if not rows:
        return 0
    each = apart(rows)
    told = heard(each, now)
    choices = quiet.choices(told.keys(), now)
    urgent: list[Notice] = []
    lines: list[dict[str, object]] = []
    for user_id in sorted(told):  # two workers write the same lines in one order
        found, choice = told[user_id], choices[user_id]
        urgent += [alone(user_id, one, now) for one in found if one.row.urgent]
        rest = [one for one in found if not one.row.urgent and topic(one.code) not in choice.off]
        lines += digest_lines(user_id, rest, choice, now)
    Notice.objects.bulk_create(urgent, ignore_conflicts=True)
    write(lines, now)
    parcels.hand_out(each, now)
    Outbox.objects.filter(pk__in=[row.pk for row in rows]).update(state="sent", sent_at=now)
    return len(rows)


def so_many(rows: list[Outbox]) -> list[Outbox]:
    """The first of ``rows``, about ``MOST_CASES`` cases together, and one at least; the rest
    waits for the next batch."""
    cases, kept = 0, list[Outbox]()
    for row in rows:
        cases += len(row.case_ids) or 1
        if kept and cases > MOST_CASES:
            break
        kept.append(row)
    return kept


def alone(user_id: int, one: Heard, now: datetime) -> Notice:
    """What is urgent has a line of its own and rings at any hour. On the way to a deadline
    nothing need happen to the case, so a mark keeps its own key."""
    row = one.row
    key = row.dedupe_key if row.verb in MARKS else f"{row.case_id}:{row.seq}"
    return Notice(
        tenant_id=row.tenant_id, user_id=user_id, dedupe_key=key,
        at=now, verb=one.code, unit_id=one.unit_id, case_id=row.case_id,
        case_ids=[row.case_id], urgent=True,
    )  # fmt: skip


def digest_lines(
    user_id: int, found: list[Heard], choice: quiet.Choice, now: datetime
) -> list[dict[str, object]]:
    """The lines of one person's digest: one for each kind of event and unit."""
    slot = digest_of(now, choice.quiet, ZONE)
    drawn: dict[tuple[str, int | None], list[Heard]] = defaultdict(list)
    for one in found:
        drawn[one.code, one.unit_id].append(one)
    return [
        {
            "tenant_id": together[0].row.tenant_id, "user_id": user_id,
            "dedupe_key": f"{slot:%Y%m%d%H%M}:{code}:{unit_id or 0}",
            "rings_at": slot.isoformat() if slot > now else None, "verb": code,
            "unit_id": unit_id, "case_ids": sorted({one.row.case_id for one in together}),
        }
        for (code, unit_id), together in sorted(drawn.items(), key=str)
    ]  # fmt: skip


def write(lines: list[dict[str, object]], now: datetime) -> None:
    """Write the lines of digests, or add to those of the same half hour."""
    if not lines:
        return
    with connection.cursor() as cursor:
        cursor.execute(DIGEST, {"lines": json.dumps(lines), "now": now})
