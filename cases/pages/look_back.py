"""The rounds of the monthly look-back and what was found, by unit; never by person."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cases import lookback
from cases.pages.intake import staff
from cases.rules.lookback import DOUBLE, SHARE


@require_GET
def rounds(request: HttpRequest) -> HttpResponse:
    """The newest rounds of the reader's district, each with its units."""
    user = staff(request)
    area = lookback.area_of(user)
    rows = lookback.rounds(lookback.districts_of(area))
    found = [(one, lookback.figures(one, area)) for one in rows]
    context = {"area": area, "rounds": found, "share": SHARE, "double": SHARE * DOUBLE}
    return render(request, "cases/look_back.html", context)
