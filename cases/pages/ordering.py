"""An order from a list: who sees number, unit and lamp supervises without opening the matter."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import orders, transitions
from cases.forms import ActForm
from cases.intake_form import in_language, words
from cases.pages.act import HINTS, a_step, carried_out
from cases.pages.intake import shell, staff
from cases.rules.lamp import lamp
from cases.rules.workflow import Status, Verb
from cases.standing import standing
from grids.errors import BrokenRule, NotVisible, WrongState
from grids.roles import Level


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, number: str) -> HttpResponse:
    """Ask what is to be done and by when, then issue the order. No word of the matter is shown:
    a leader reads it only once the order has put their unit on it (decisions.md 25)."""
    user = staff(request)
    case = transitions.found_for(user, number, Verb.ORDER)
    if case is None:
        raise NotVisible("There is no such case in your area.")
    now = transitions.database_now()
    try:
        step = transitions.allowed(case, Verb.ORDER, standing(user, case))
    except WrongState:
        if request.method == "GET":
            raise
        step = a_step(case, Verb.ORDER)  # a late sender keeps what was typed
    if request.method == "GET":
        return page(request, ActForm(case, step, user, now))
    done = carried_out(request, ActForm(case, step, user, now, request.POST), page, late)
    if isinstance(done, HttpResponse):
        return done
    row = orders.newest_of(user, done)
    return redirect("cases:order", done.number, row.pk) if row else redirect("cases:orders")


def late(request: HttpRequest, form: ActForm, error: BrokenRule) -> HttpResponse:
    """Somebody was faster: say so, and keep what was typed."""
    form.case.refresh_from_db()
    again = form.renewed(rev=form.case.last_seq, key="")
    return page(request, again, status=409, problem=error)


def came_from(request: HttpRequest) -> str:
    """The list the person came from; the supervision desk when it is not said."""
    given = request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(given, {request.get_host()}, request.is_secure())
    return given if ours else reverse("cases:orders")


def page(
    request: HttpRequest, form: ActForm, *, status: int = 200, problem: BrokenRule | None = None
) -> HttpResponse:
    """The form below what every list shows of a matter."""
    user, case = staff(request), form.case
    frame = shell(user)
    context: dict[str, Any] = {
        "shell": frame,
        "desk": frame == "base.html",
        "form": form,
        "case": case,
        "category": in_language(case.category),
        "level": _(Level(case.level).label),
        "status": Status(case.status),
        "lamp": lamp(
            case.due_at, form.now, closed=case.closed_at is not None,
            paused=case.suspended_at is not None, amber_at=case.amber_at,
        ),
        "title": _(Verb.ORDER.label),
        "advice": HINTS[Verb.ORDER],
        "back": came_from(request),
        "problem": words(problem) if problem else "",
    }  # fmt: skip
    return render(request, "cases/order_new.html", context, status=status)
