"""A person's own sessions: where they are signed in, and the way out of each."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from grids import sign_ins
from grids.errors import NotVisible
from grids.models import User


def owner(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    """The reader's own sessions; nobody else has such a page about them."""
    found = sign_ins.visits(owner(request), sign_ins.key_of(request.session))
    return render(request, "governance/sessions.html", {"visits": found})


@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of the reader's own sessions; the next request of it finds nobody signed in."""
    if not sign_ins.end(owner(request), pk):
        raise NotVisible("There is no such session of yours.")
    messages.success(request, _("The session has ended."))
    return redirect("sessions")


@require_POST
def end_all(request: HttpRequest) -> HttpResponse:
    """End every session of the reader but this one, and every key of their programs."""
    sign_ins.end_all(owner(request), but=sign_ins.key_of(request.session))
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("sessions")
