"""Deliver what the outbox holds as notices in people's bells: exactly once, without storms.

The outbox row, not a broker message, is the work; any number of workers may look at it. One
person gets one line per case, or one line for many when a batch brings more than a handful.
"""

import logging
from collections import defaultdict
from datetime import datetime

from celery import current_app
from django.db import transaction

from cases.escalation import database_clock
from cases.models import Case, Notice, Outbox, Recusal
from cases.rules.workflow import Verb
from grids.models import Posting
from grids.roles import EXTRACT_ROLES, UNIT_ROLES

log = logging.getLogger(__name__)

HANDFUL = 5  # lines of one verb and unit before they become one line for many
BATCH = 5_000
TOLD_ROLES = [role.value for role in UNIT_ROLES | EXTRACT_ROLES]

Line = tuple[str, int | None, bool]  # verb, unit, urgent: what may be drawn together


def deliver_soon() -> None:
    """After commit, ask a worker to deliver now instead of at the next beat.

    Only a shortcut: if the broker is down the error is logged (``robust``), the commit stands
    and the beat job delivers within a minute.
    """
    transaction.on_commit(lambda: current_app.send_task("cases.tasks.deliver"), robust=True)


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
    Notice.objects.bulk_create(notices(rows, now), ignore_conflicts=True)
    Outbox.objects.filter(pk__in=[row.pk for row in rows]).update(state="sent", sent_at=now)
    return len(rows)


def notices(rows: list[Outbox], now: datetime) -> list[Notice]:
    """The lines for everybody concerned; rows of one verb and unit are drawn together."""
    people = posted({row.unit_id for row in rows if row.unit_id})
    away = recused({row.case_id for row in rows})
    holders = dict(
        Case.objects.filter(pk__in={row.case_id for row in rows}).values_list(
            "pk", "holder_unit_id"
        )
    )
    lines: dict[tuple[int, Line], list[Outbox]] = defaultdict(list)
    for row in rows:
        if row.verb == Verb.CLIMB and holders.get(row.case_id) != row.unit_id:
            continue  # caught up after an outage: it has climbed on, the next unit hears of it
        told = [row.user_id] if row.user_id else people.get(row.unit_id or 0, [])
        for user_id in told:
            if user_id and (row.case_id, user_id) not in away:
                lines[user_id, (row.verb, row.unit_id, row.urgent)].append(row)
    return [
        notice
        for (user_id, line), found in lines.items()
        for notice in drawn_together(user_id, line, found, now)
    ]


def drawn_together(user_id: int, line: Line, rows: list[Outbox], now: datetime) -> list[Notice]:
    """One notice per case, or a single one when there are more than a handful."""
    verb, unit_id, urgent = line
    if len(rows) > HANDFUL and not urgent:
        return [
            Notice(
                tenant_id=rows[0].tenant_id, user_id=user_id, dedupe_key=f"many:{rows[0].pk}",
                at=now, verb=verb, unit_id=unit_id, cases=len({row.case_id for row in rows}),
            )
        ]  # fmt: skip
    return [
        Notice(
            tenant_id=row.tenant_id, user_id=user_id, dedupe_key=f"{row.case_id}:{row.seq}",
            at=now, verb=verb, unit_id=unit_id, case_id=row.case_id, urgent=urgent,
        )
        for row in rows
    ]  # fmt: skip


def posted(unit_ids: set[int]) -> dict[int, list[int]]:
    """The people who work cases in each unit today; one query."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = Posting.objects.running().filter(unit_id__in=unit_ids, role__in=TOLD_ROLES)
    for unit_id, user_id in rows.values_list("unit_id", "user_id").distinct():
        found[unit_id].append(user_id)
    return found


def recused(case_ids: set[int]) -> set[tuple[int, int]]:
    """(case, person) pairs that must not hear of each other."""
    rows = Recusal.objects.filter(case_id__in=case_ids, until=None)
    return set(rows.values_list("case_id", "user_id"))
