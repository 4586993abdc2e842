"""Seven days without objection: the only strike-off without a person, and a narrow one.

Small matters settled on the spot only, and only after a recorded telling to every named party
(decisions.md 26). The last day rolls over days off, because it is the resident's deadline.
Nobody named or reachable: no silence, a second person verifies.
"""

import logging
from datetime import datetime

from django.db import DatabaseError, transaction
from django.db.models import Max

from cases import clocks, workcalendar
from cases.acting import Act, Inputs
from cases.models import Case, CaseEvent
from cases.rules.limits import LIMITS, LimitCode
from cases.rules.workflow import Kind, Status, Verb, find
from cases.transitions import lock, perform
from grids.errors import BrokenRule

log = logging.getLogger(__name__)


def strike_silent(now: datetime) -> int:
    """Strike off every case whose silence counts at ``now``; return how many."""
    ids = Case.objects.filter(status=Status.DONE.value, on_the_spot=True, done_at__lt=now)
    struck = 0
    for pk in ids.order_by("pk").values_list("pk", flat=True):
        try:
            struck += strike_one(pk, now)
        except (BrokenRule, DatabaseError):
            log.exception("case %s could not be struck off; going on with the others", pk)
    return struck


@transaction.atomic
def strike_one(case_id: int, now: datetime) -> bool:
    """Strike off one case if its silence counts; safe to run twice."""
    case = lock(case_id)
    if case is None or case.status != Status.DONE or not case.on_the_spot:
        return False
    since = told_since(case)
    if since is None:
        return False
    calendar = workcalendar.of_district(case.district_id)
    end = LIMITS[LimitCode.SILENCE].due(since, calendar, zone=clocks.ZONE)
    if end.at >= now:
        return False
    step = find(Kind(case.kind), Status.DONE, Verb.STRIKE_SILENT)
    if step is None:
        return False
    perform(Act(case, step, None, None, Inputs(), now))
    return True


def told_since(case: Case) -> datetime | None:
    """When the last of the named parties was told of the present result; None unless all were."""
    if case.done_at is None:
        return None
    parties = case.parties.filter(erased_at=None)
    told = parties.filter(tellings__told_at__gte=case.done_at).annotate(
        last=Max("tellings__told_at")
    )
    moments = [row.last for row in told]
    if not moments or len(moments) < parties.count():
        return None
    objected = CaseEvent.objects.filter(case=case, verb=Verb.OBJECT.value, at__gte=case.done_at)
    return None if objected.exists() else max(moments)
