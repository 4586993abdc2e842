"""The mediator's page: the disputes that name the person, and what can be done with each."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cases import followups
from cases.followups import Dispute
from cases.pages.case import Button, buttons, retry_key
from cases.pages.intake import staff
from cases.pages.lines import TONES
from cases.rules.workflow import Outcome, Status
from cases.transitions import database_now
from grids.errors import NotAllowed
from grids.models import User


@dataclass(frozen=True, slots=True)
class Card:
    """A dispute with its buttons."""

    dispute: Dispute
    status: Status
    tone: str
    main: list[Button]
    more: list[Button]
    key: str


@require_GET
def mediations(request: HttpRequest) -> HttpResponse:
    """Assigned disputes with consent, next session and the one-month norm."""
    user = staff(request)
    if not any(post.sees_assigned or post.sees_unit for post in user.posts):
        raise NotAllowed("Your post does not mediate.")
    opened, ended = followups.disputes(user, database_now())
    context = {
        "cards": [card(user, one) for one in opened],
        "ended": [(case, Outcome(case.outcome) if case.outcome else None) for case in ended],
    }
    return render(request, "cases/mediations.html", context)


def card(user: User, one: Dispute) -> Card:
    status = Status(one.case.status)
    main, near, rest = buttons(one.case, one.steps)
    return Card(one, status, TONES.get(status, ""), main, [*near, *rest], retry_key(user, one.case))
