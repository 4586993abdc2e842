"""Pages of the house itself: start, home, complaints, and the pages of failure."""

import sys
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import set_language

from cases import calendars
from cases.models import Case
from governance.answers import as_json, failure, for_program, refusal
from governance.context import TEXT_SIZE_COOKIE, TEXT_SIZES, address, office_of
from governance.demo.tour import steps
from governance.entrance import TOUR_CASE, DemoPerson, demo_people, next_page
from governance.sessions import STARTED
from grids.contacts import operators
from grids.models import User
from grids.roles import EXTRACT_ROLES, UNIT_ROLES, Role


# --- failures ---------------------------------------------------------------------------
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page was open too long, or another site sent the form."""
    if for_program(request):
        return as_json("csrf", _("The page was open for too long. Load it again."), 403)
    return HttpResponse(render_to_string("403_csrf.html", request=request), status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal(request, 400, "bad_request")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal(request, 403, "not_allowed")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal(request, 404, "not_found")


def server_error(request: HttpRequest) -> HttpResponse:
    """A failure outside every view: a database that is away is said so, the rest is a bug."""
    if known := failure(request, sys.exc_info()[1]):
        return known
    if for_program(request):
        return as_json("server_error", _("Something went wrong on our side."), 500)
    return HttpResponse(render_to_string("500.html"), status=500)


# --- start ------------------------------------------------------------------------------
@login_not_required
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """What this is, and the way in. In the demonstration: its people and the tour."""
    if not settings.DEMO:
        return render(request, "governance/start.html")
    people = demo_people()
    number = tour_case(request)
    context = {"people": people.values(), "tour": tour(people, number), "number": number}
    return render(request, "governance/start.html", context)


def tour_case(request: HttpRequest) -> str:
    """The number of the visitor's own case: the newest one registered in this visit."""
    known: str = request.session.get(TOUR_CASE, "")
    user = request.user
    if not isinstance(user, User):
        return known
    own = Case.objects.visible_to(user).filter(reporter=user).order_by("-registered_at")
    newest = own.values_list("number", "registered_at").first()
    entered = request.session.get(STARTED)
    if newest and entered and newest[1].timestamp() >= entered and newest[0] != known:
        known = request.session[TOUR_CASE] = newest[0]
    return known


@dataclass(frozen=True, slots=True)
class Stop:
    """One step of the tour: what to do, as whom, and where the button leads."""

    person: DemoPerson | None
    text: str
    target: str


def tour(people: dict[str, DemoPerson], number: str) -> list[Stop]:
    """Five steps that follow the visitor's own case through the roles."""
    pages = {
        "new": address("cases:new"),
        "queue": address("cases:queue"),
        "case": f"/case/{number}/" if number else address("cases:queue"),
    }
    return [Stop(people.get(one.username), one.text, pages[one.page]) for one in steps()]


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The page a person begins the day with, by their posts."""
    user = request.user
    assert isinstance(user, User)
    target = address(home_name(user))
    if target:
        return redirect(target)
    return render(request, "governance/plain_home.html")


def home_name(user: User) -> str:
    """The name of the home page of ``user``; empty for accounts that work with no cases."""
    roles = {post.role for post in user.posts}
    if user.works_in_the_field:
        return "cases:home"
    if roles & UNIT_ROLES:
        return "cases:queue"
    if Role.LEADER in roles:
        return "governance:leader"
    if Role.MEDIATOR in roles:
        return "cases:mediations"
    if roles & EXTRACT_ROLES:
        return "cases:extracts"
    if Role.DISCIPLINE_LIAISON in roles:
        return "cases:sealed"
    return ""


@require_GET
def office(request: HttpRequest) -> HttpResponse:
    """The management pages this person's posts lead to, with a word on each."""
    user = request.user
    assert isinstance(user, User)
    awaited = calendars.awaited_by(user, timezone.localdate())
    context = {"offered": office_of(user), "awaited": awaited}
    return render(request, "governance/office.html", context)


# --- choices of the reader --------------------------------------------------------------
@login_not_required
@require_POST
def text_size(request: HttpRequest) -> HttpResponse:
    """Keep the chosen size of letters: for the person, and for the browser."""
    size = request.POST.get("size", "")
    if size not in TEXT_SIZES:
        raise Http404
    if isinstance(request.user, User):
        request.user.text_size = size
        request.user.save(update_fields=["text_size"])
    response = HttpResponseRedirect(next_page(request, "start"))
    response.set_cookie(
        TEXT_SIZE_COOKIE,
        size,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        httponly=True,
        secure=settings.SECURE_COOKIES,
        samesite="Lax",
    )
    return response


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language: for the person, and for the browser."""
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES) and isinstance(request.user, User):
        request.user.language = chosen
        request.user.save(update_fields=["language"])
    response: HttpResponse = set_language(request)
    return response


@login_not_required
@require_GET
def feedback(request: HttpRequest) -> HttpResponse:
    """Complaints and suggestions: whom to call, and what to say."""
    return render(request, "governance/feedback.html", {"operators": operators()})
