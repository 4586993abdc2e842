"""Times that run out without anybody acting: a resident's window, a unit's right to object.

Each matter in a transaction of its own, locked and looked at again under the lock: run twice at
once or after a crash, every time lapses once.
"""

import logging
from datetime import datetime

from django.db import DatabaseError, transaction

from cases import clocks
from cases.acting import Act, Inputs
from cases.models import Case
from cases.rules.limits import LimitCode
from cases.rules.terms import Kind, Status, Verb
from cases.rules.workflow import find
from cases.transitions import lock, perform
from grids.errors import BrokenRule

log = logging.getLogger(__name__)
ENDS = {
    Verb.LET_LAPSE: (LimitCode.OBJECTION,),
    Verb.LAPSE: (LimitCode.REVIEW_APPLY, LimitCode.REREVIEW_APPLY, LimitCode.WITHDRAWAL),
}
WAITING = (Status.FORWARDED, Status.ENTRUSTED, Status.REPLIED, Status.REVIEWED, Status.WITHDRAWN)


def lapse(now: datetime) -> int:
    """Let every time lapse that has run out at ``now``; return on how many matters."""
    waiting = [status.value for status in WAITING]
    ids = Case.objects.filter(status__in=waiting, due_at__lte=now).order_by("due_at")
    lapsed = 0
    for pk in ids.values_list("pk", flat=True):
        try:
            lapsed += lapse_one(pk, now)
        except (BrokenRule, DatabaseError):
            log.exception("the time of case %s could not lapse; going on", pk)
    return lapsed


@transaction.atomic
def lapse_one(case_id: int, now: datetime) -> bool:
    """Let the time of one matter lapse if it has run out; safe to run twice."""
    case = lock(case_id)
    if case is None or case.kind != Kind.PETITION:
        return False
    for verb, codes in ENDS.items():
        step = find(Kind.PETITION, Status(case.status), verb)
        over = clocks.running(case).filter(
            code__in=[code.value for code in codes], held_at=None, due_at__lt=now
        )
        if step is not None and over.exists():
            perform(Act(case, step, None, None, Inputs(), now))
            return True
    return False
