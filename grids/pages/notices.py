"""The public notice of a grid, and the sheets to print for a whole village."""

import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from grids import gridbook, notice
from grids.errors import NotVisible
from grids.pages.grids import address_of, staff
from grids.roles import Level


@login_not_required
@require_GET
def posted(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What residents may know about a grid; open to everybody, and to no search engine."""
    (sheet,) = notice.sheets([notice.posted(public_id)], address_of(request))
    response = render(request, "grids/notice.html", {"sheet": sheet})
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@require_GET
def village(request: HttpRequest, pk: int) -> HttpResponse:
    """Every notice of a village as sheets of A4: an overview, then one for each grid."""
    user = staff(request)
    place = gridbook.places(user).filter(pk=pk, level=Level.VILLAGE).first()
    if place is None:
        raise NotVisible("There is no such village in your area.")
    rows = gridbook.places(user).filter(village=place, level=Level.GRID)
    rows = rows.select_related("village", "township", "grid").order_by("path")
    found = notice.sheets(rows, address_of(request))
    return render(request, "grids/notices.html", {"village": place, "sheets": found})
