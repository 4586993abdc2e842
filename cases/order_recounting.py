"""Deadlines of supervision orders follow the calendar as the clocks of cases do.

An order is no clock of its case: it has a column of its own, counted in working days from the
moment it was issued or sent back. Orders are few, so each is counted again and moved by an act
of the system, with its case locked; counting once more finds nothing to do.
"""

import logging
from datetime import datetime

from django.db import DatabaseError, transaction

from cases.acting import Act, Inputs
from cases.acts.supervising import due_anew
from cases.models import SupervisionOrder
from cases.rules.workflow import Kind, Status, Verb, find
from cases.transitions import database_now, lock, perform
from cases.workcalendar import Calendars
from grids.errors import BrokenRule

log = logging.getLogger(__name__)


def recount_orders(calendars: Calendars, at: datetime | None = None) -> int:
    """Move the deadlines of orders that wait for an answer to what ``calendars`` give; how many
    moved. ``at``: the moment of the events, the database's clock unless a test gives one."""
    rows = SupervisionOrder.objects.filter(
        delisted_at=None, issuer__isnull=False, replied_at=None, late_at=None,
        counted_from__isnull=False, case__closed_at=None,
    ).select_related("case")  # fmt: skip
    moved = 0
    for row in rows.order_by("pk"):
        due = due_anew(row, calendars)
        if due is None or (due.at, due.provisional) == (row.due_at, row.provisional):
            continue
        try:
            if due.at != row.due_at:
                moved += move(row, at)
            else:  # only the mark goes: nobody's day changes
                SupervisionOrder.objects.filter(pk=row.pk).update(provisional=due.provisional)
        except BrokenRule as error:
            log.info("order %s: %s", row.pk, error)
        except DatabaseError:
            log.exception("order %s could not be counted anew; going on with the others", row.pk)
    return moved


@transaction.atomic
def move(row: SupervisionOrder, at: datetime | None) -> bool:
    """Let the system count one order anew; False when its case has gone on meanwhile."""
    case = lock(row.case_id)
    if case is None or case.closed_at is not None:
        return False
    step = find(Kind(case.kind), Status(case.status), Verb.RECOUNT_ORDER)
    if step is None:
        return False
    perform(Act(case, step, None, None, Inputs(order_id=row.pk), at or database_now()))
    return True
