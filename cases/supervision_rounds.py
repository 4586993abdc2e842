"""The jobs of supervision, all off the sweep's path: list by rule, issue orders, note late answers.

Each goes case by case with the case locked, so that a broken one holds up nobody, and each may
run twice or in parallel: what one run has done the next does not find any more.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection, transaction

from cases.acting import Act, Inputs
from cases.models import Case, Clock, SupervisionOrder
from cases.rules.supervision import TRIGGERS, Cause, trigger_for
from cases.rules.workflow import STEPS, Kind, Status, Verb, find
from cases.transitions import lock, perform
from grids.errors import BrokenRule
from grids.models import Area
from grids.roles import COLUMN_LEVELS, Level

log = logging.getLogger(__name__)

MOST = 500  # cases of one run; the next comes in a minute
LISTABLE = sorted(
    {
        status.value for steps in STEPS.values() for step in steps
        if step.verb is Verb.SUPERVISE for status in step.sources
    }
)  # fmt: skip

# Red cases that nobody supervises, along the index of the queue of their topmost place.
RED = """
SELECT c.id FROM cases_case AS c
WHERE c.{column} = %(area)s AND c.closed_at IS NULL AND c.due_at <= %(now)s AND c.supervised_at IS NULL
    AND c.status = ANY(%(statuses)s)
    AND EXISTS (
        SELECT FROM cases_clock AS k
        WHERE k.case_id = c.id AND k.stopped_at IS NULL AND k.held_at IS NULL
            AND ({overdue})
            AND NOT EXISTS (SELECT FROM cases_supervisionorder AS o WHERE o.clock_id = k.id))
ORDER BY c.due_at, c.id LIMIT %(most)s
"""  # noqa: E501 - a condition per line reads better


def list_red(now: datetime) -> int:
    """Put the cases on the list that a rule of the table finds; return how many."""
    overdue: list[str] = []
    values: dict[str, Any] = {"now": now, "most": MOST, "statuses": LISTABLE}
    for place, trigger in enumerate(TRIGGERS.values()):
        part = f"k.step_due_at <= %(before{place})s"
        values[f"before{place}"] = now - trigger.after
        if trigger.clocks:
            part += f" AND k.code = ANY(%(codes{place})s)"
            values[f"codes{place}"] = sorted(trigger.clocks)
        overdue.append(f"({part})")
    listed = 0
    for area in tops():
        column = f"{Level(area.level).column}_id"
        sql = RED.format(column=column, overdue=" OR ".join(overdue))
        with connection.cursor() as cursor:
            cursor.execute(sql, values | {"area": area.pk})
            ids = [row[0] for row in cursor.fetchall()]
        listed += each(ids, lambda pk: list_one(pk, now))
    return listed


def tops() -> list[Area]:
    """The topmost place of every customer: with an index of its own on the cases."""
    rows = Area.objects.filter(tenant__isnull=False, valid_to=None, level__in=COLUMN_LEVELS)
    found: dict[int, Area] = {}
    for row in rows.exclude(parent__tenant__isnull=False).order_by("level", "pk"):
        found[row.pk] = row
    return list(found.values())


@transaction.atomic
def list_one(case_id: int, now: datetime) -> bool:
    """List one case by the rule of its oldest overdue clock; safe to run twice."""
    case = lock(case_id)
    if case is None or case.supervised_at is not None or case.closed_at is not None:
        return False
    step = find(Kind(case.kind), Status(case.status), Verb.SUPERVISE)
    found = overdue_clock(case, now)
    if step is None or found is None:
        return False
    clock, cause = found
    inputs = Inputs(reason=cause.value, request_id=clock.pk)
    perform(Act(case, step, None, None, inputs, now))
    return True


def overdue_clock(case: Case, now: datetime) -> tuple[Clock, Cause] | None:
    """The clock a rule finds first, and the rule; none that was listed for before."""
    rows = case.clocks.filter(stopped_at=None, held_at=None, step_due_at__lte=now)
    known = SupervisionOrder.objects.filter(case=case, clock__isnull=False)
    for clock in rows.exclude(pk__in=known.values("clock")).order_by("step_due_at", "pk"):
        if cause := trigger_for(clock.code, clock.step_due_at, now):
            return clock, cause
    return None


def issue_listed(now: datetime, most: int = MOST) -> int:
    """Issue the orders of what the system listed; return how many cases."""
    rows = SupervisionOrder.objects.filter(delisted_at=None, issuer=None).order_by("pk")
    ids = list(rows.values_list("case_id", flat=True)[:most])
    return each(ids, lambda pk: act_alone(pk, Verb.ISSUE_LISTED, now, unissued))


def note_late(now: datetime) -> int:
    """Note the answers that did not come in time; return on how many cases."""
    rows = SupervisionOrder.objects.filter(
        delisted_at=None, issuer__isnull=False, replied_at=None, late_at=None, due_at__lt=now
    ).order_by("due_at", "pk")
    ids = list(dict.fromkeys(rows.values_list("case_id", flat=True)[:MOST]))
    return each(ids, lambda pk: act_alone(pk, Verb.ORDER_LATE, now, lambda case: late(case, now)))


def unissued(case: Case) -> bool:
    return case.supervisions.filter(delisted_at=None, issuer=None).exists()


def late(case: Case, now: datetime) -> bool:
    rows = case.supervisions.filter(delisted_at=None, issuer__isnull=False, replied_at=None)
    return rows.filter(late_at=None, due_at__lt=now).exists()


@transaction.atomic
def act_alone(
    case_id: int, verb: Verb, now: datetime, still: Callable[[Case], bool]
) -> bool:  # fmt: skip
    """Let the system do ``verb`` to one case while ``still`` holds under the lock."""
    case = lock(case_id)
    if case is None or not still(case):
        return False
    step = find(Kind(case.kind), Status(case.status), verb)
    if step is None:
        return False
    perform(Act(case, step, None, None, Inputs(), now))
    return True


def each(ids: Iterable[int], job: Callable[[int], bool]) -> int:
    """Run ``job`` for every case; one that is refused or broken holds up no other."""
    done = 0
    for pk in ids:
        try:
            done += job(pk)
        except BrokenRule as error:
            log.info("case %s: %s", pk, error)
        except DatabaseError:
            log.exception("case %s could not be supervised; going on with the others", pk)
    return done
