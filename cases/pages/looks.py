"""谁看过: who looked at one matter. A page of the matter, never of a person."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from cases import readers
from cases.pages.case import looked_up
from cases.pages.intake import shell, staff
from cases.queues import Cursor
from grids.errors import NotAllowed


@require_GET
def who_looked(request: HttpRequest, number: str) -> HttpResponse:
    """Every look at a matter, newest first, for those who act on it or supervise it."""
    user = staff(request)
    case = looked_up(user, number)
    if not readers.may_ask(user, case):
        raise NotAllowed("Who looked is shown to those who act on a matter or supervise it.")
    cursor = Cursor.read(request.GET.get("after", ""))
    found, more = readers.readers(case, cursor)
    here, frame = reverse("cases:looks", args=[number]), shell(user)
    context = {
        "shell": frame,
        "desk": frame == "base.html",
        "case": case,
        "readers": found,
        "previous": here if cursor else "",
        "next": f"{here}?{urlencode({'after': more})}" if more else "",
        "back": reverse("cases:detail", args=[number]),
    }
    return render(request, "cases/looks.html", context)
