"""The revisits that are due at the person's units; results go through the act page."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from cases import followups
from cases.models import Revisit
from cases.pages.intake import staff
from cases.queues import Cursor
from cases.rules.lookback import Why
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
        "visits": [(one, why(one.revisit)) for one in found],
        "units": followups.by_unit(user, posts, database_now()),
        "previous": here if cursor else "",
        "next": f"{here}?{urlencode({'after': more})}" if more else "",
    }
    return render(request, "cases/revisits.html", context)


def why(row: Revisit) -> str:
    """Why a matter is looked at again: an agreement after so many days, or how it was drawn."""
    if row.sort == RevisitSort.AGREEMENT and row.days:
        return ngettext(
            "Agreement kept? %(n)s day after", "Agreement kept? %(n)s days after", row.days
        ) % {"n": row.days}
    return _(Why(row.why).label) if row.why else _(RevisitSort(row.sort).label)
