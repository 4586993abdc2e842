"""Decisions on recusals that nobody made in time go to the unit above."""

import logging
from datetime import datetime

from django.db import DatabaseError, transaction

from cases.acting import Act, Inputs
from cases.deciders import waiting
from cases.models import RecusalRequest
from cases.rules.workflow import Kind, Status, Verb, find
from cases.superiors import superior_of
from cases.transitions import lock, perform
from grids.errors import BrokenRule

log = logging.getLogger(__name__)


def pass_overdue(now: datetime) -> int:
    """Pass on every request that is overdue at ``now``; return on how many cases."""
    rows = RecusalRequest.objects.filter(decided_at=None, due_at__lte=now, case__closed_at=None)
    passed = 0
    for pk in rows.order_by("case_id").values_list("case_id", flat=True).distinct():
        try:
            passed += pass_one(pk, now)
        except (BrokenRule, DatabaseError):
            log.exception("requests on case %s could not be passed on; going on", pk)
    return passed


@transaction.atomic
def pass_one(case_id: int, now: datetime) -> bool:
    """Pass on the overdue requests of one case; safe to run twice. At the top they stay."""
    case = lock(case_id)
    if case is None:
        return False
    step = find(Kind(case.kind), Status(case.status), Verb.PASS_RECUSAL)
    late = waiting(case).filter(due_at__lte=now).select_related("decider_unit__area")
    higher = [
        row for row in late if superior_of(case, row.decider_unit, now).pk != row.decider_unit_id
    ]
    if step is None or not higher:
        return False
    perform(Act(case, step, None, None, Inputs(), now))
    return True
