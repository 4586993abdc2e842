"""The morning after: whoever acted on a case out of hours is relieved when doors open.

Each case in a transaction of its own, locked first and looked at again under the lock: run
twice at once or after a crash, every part ends once and leaves one event.
"""

import logging
from datetime import datetime

from django.db import DatabaseError, transaction

from cases import oncall
from cases.acting import Act, Inputs
from cases.models import Assignment, Case, CaseEvent, CaseUnit
from cases.rules.workflow import Kind, Status, Verb, find
from cases.transitions import database_now, lock, perform
from grids.errors import BrokenRule

log = logging.getLogger(__name__)


def stand_down(now: datetime) -> int:
    """Relieve everybody on duty whose time is over at ``now``; on how many cases."""
    parts = (CaseUnit.objects.filter(part="on_duty"), Assignment.objects.filter(task="duty"))
    cases = {
        row for rows in parts for row in rows.filter(until=None).values_list("case", flat=True)
    }
    done = 0
    for pk in sorted(cases):
        try:
            done += stand_down_one(pk, now)
        except (BrokenRule, DatabaseError):
            log.exception("nobody was relieved on case %s; going on with the others", pk)
    return done


@transaction.atomic
def stand_down_one(case_id: int, now: datetime) -> bool:
    """Relieve who is on duty on one case if their time is over; whether it was."""
    case = lock(case_id)
    if case is None:
        return False
    parts = oncall.running(case)
    if not any(ended(case, part.since, now) for part in parts):
        return False
    step = find(Kind(case.kind), Status(case.status), Verb.STAND_DOWN)
    if step is None:  # closed meanwhile: nothing happens to the case, nobody goes on seeing it
        oncall.relieve(case, database_now())
        return True
    perform(Act(case, step, None, None, Inputs(), database_now()))
    return True


def ended(case: Case, since: datetime, now: datetime) -> bool:
    """Whether nobody is needed in the holder's stead any more: doors have opened, the case is
    closed, or it was raised by itself since, so that another unit is responsible."""
    if case.closed_at is not None or oncall.over(case, since, now):
        return True
    return CaseEvent.objects.filter(case=case, verb=Verb.CLIMB.value, at__gte=since).exists()
