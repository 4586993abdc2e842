"""The documents of a petition matter: written with the act that issues them."""

from datetime import date, datetime, time
from typing import Any

from cases import workcalendar
from cases.acting import Act
from cases.clocks import ZONE
from cases.models import Case, PetitionPaper
from cases.rules.clock import Moment
from cases.rules.limits import LIMITS, LimitCode
from cases.rules.terms import Paper, Service
from grids.errors import BadInput

# Documents that answer the resident, from the first opinion to the last word.
ANSWERS = (Paper.OPINION.value, Paper.REVIEW.value, Paper.REREVIEW.value)
WINDOWS = {
    Paper.OPINION.value: LimitCode.REVIEW_APPLY, Paper.REVIEW.value: LimitCode.REREVIEW_APPLY,
}  # fmt: skip
LONGEST_WAY = 366  # days a recorded service may lie back


def issue(act: Act, sort: Paper, **values: Any) -> PetitionPaper:
    """Write a document of this act; its words are the notes of the same event."""
    return PetitionPaper.objects.create(
        case=act.case, tenant_id=act.case.tenant_id, seq=act.case.last_seq + 1, sort=sort.value,
        unit_id=act.case.holder_unit_id or 0, issued_at=act.now, **values,
    )  # fmt: skip


def told(act: Act) -> dict[str, Any]:
    """How the resident is told in this act, today; raises ``BadInput`` at ``method``.

    Nobody to tell there is only where no party left a name or a phone (Art. 23).
    """
    if act.inputs.method not in Service.values():
        raise BadInput("Choose how the resident is told.", field="method")
    check_known(act)
    return {"method": act.inputs.method, "served_on": today(act.now)}


def check_known(act: Act) -> None:
    """Raise ``BadInput`` when nobody was told although somebody could have been."""
    if act.inputs.method == Service.NONE and reachable(act.case):
        raise BadInput("A party of this matter is known; tell them first.", field="method")


def reachable(case: Case) -> bool:
    """Whether a party is known by name or phone."""
    return any(one.name or one.phone_tail for one in case.parties.filter(erased_at=None))


def served(act: Act, since: datetime, *, required: bool) -> dict[str, Any]:
    """Day and way of a service that has taken place; empty values when it has not.

    Raises ``BadInput`` at ``served_on`` or ``method``: the one needs the other, and nothing is
    served before it was issued.
    """
    day, method = act.inputs.served_on, act.inputs.method
    if day is None and not method and not required:
        return {}
    if method not in Service.values():
        raise BadInput("Choose how it was served.", field="method")
    check_known(act)
    if day is None or not earliest(since, act.now) <= day <= today(act.now):
        raise BadInput("Choose the day it was served, not before it was issued.",
                       field="served_on")  # fmt: skip
    return {"served_on": day, "method": method}


def earliest(since: datetime, now: datetime) -> date:
    return max(today(since), date.fromordinal(today(now).toordinal() - LONGEST_WAY))


def today(moment: datetime) -> date:
    """The civil day of a moment."""
    return moment.astimezone(ZONE).date()


def last_answer(case: Case) -> PetitionPaper | None:
    """The newest document that answers the resident."""
    return case.papers.filter(sort__in=ANSWERS).order_by("-seq").first()


def window(paper: PetitionPaper | None) -> Moment | None:
    """Until when the resident may apply against a document; None while it is not served, and
    after the last word."""
    if paper is None or paper.served_on is None or paper.sort not in WINDOWS:
        return None
    start = datetime.combine(paper.served_on, time(12), tzinfo=ZONE)
    rule = LIMITS[WINDOWS[paper.sort]]
    return rule.due(start, workcalendar.of_district(paper.case.district_id), zone=ZONE)
