"""The revisits that are due at the person's units; results go through the act page."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from cases import followups
from cases.pages.intake import staff
from cases.queues import Cursor
from cases.rules.workflow import RevisitSort
from cases.transitions import database_now
from grids.errors import NotAllowed
from grids.roles import Level


@require_GET
def revisits(request: HttpRequest) -> HttpResponse:
    """Open revisits, the next due first."""
    user = staff(request)
    posts = [post for post in user.posts if post.sees_area and post.level <= Level.VILLAGE]
    if not posts:
        raise NotAllowed("Your post does no revisits.")
    cursor = Cursor.read(request.GET.get("after", ""))
    found, more = followups.visits(user, posts, database_now(), cursor)
    here = reverse("cases:revisits")
    context = {
        "visits": [(one, RevisitSort(one.revisit.sort)) for one in found],
        "previous": here if cursor else "",
        "next": f"{here}?{urlencode({'after': more})}" if more else "",
    }
    return render(request, "cases/revisits.html", context)
