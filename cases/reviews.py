"""Suspensions whose review day has come: ask, and when nobody answers, let the clocks run on.

Each case in a transaction of its own, locked and looked at again under the lock: run twice at
once or after a crash, every question and every resumption happens once.
"""

import logging
from datetime import datetime

from django.db import DatabaseError, transaction

from cases import clocks
from cases.acting import Act, Inputs
from cases.models import Case
from cases.rules.limits import LimitCode
from cases.rules.workflow import Kind, Status, Verb, find
from cases.transitions import lock, perform
from grids.errors import BrokenRule

log = logging.getLogger(__name__)


def review(now: datetime) -> int:
    """Ask about every suspension to be reviewed at ``now``, resume those nobody answered for;
    return how many moved."""
    ids = Case.objects.filter(status=Status.SUSPENDED.value, due_at__lte=now).order_by("due_at")
    moved = 0
    for pk in ids.values_list("pk", flat=True):
        try:
            moved += review_one(pk, now)
        except (BrokenRule, DatabaseError):
            log.exception("the suspension of case %s could not be reviewed; going on", pk)
    return moved


@transaction.atomic
def review_one(case_id: int, now: datetime) -> bool:
    """Ask, or resume; whether anything was due. Safe to run twice."""
    case = lock(case_id)
    if case is None or case.status != Status.SUSPENDED or not case.review_at:
        return False
    asked = clocks.running(case).filter(code=LimitCode.SUSPENSION.value).first()
    if case.review_at > now or (asked and asked.due_at >= now):
        return False
    verb = Verb.RESUME_UNASKED if asked else Verb.ASK_REVIEW
    step = find(Kind(case.kind), Status.SUSPENDED, verb)
    if step is None:
        return False
    perform(Act(case, step, None, None, Inputs(), now))
    return True
