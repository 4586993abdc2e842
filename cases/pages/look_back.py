"""The rounds of the monthly look-back and what was found, by unit; never by person."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cases import lookback
from cases.pages.intake import staff
from cases.rules.lookback import DOUBLE, SHARE
from grids.errors import NotAllowed
from grids.models import Area, User
from grids.roles import Level


def area_of(user: User) -> Area:
    """The place whose units the reader may compare: that of the highest post with figures."""
    posts = sorted((post for post in user.posts if post.sees_figures), key=lambda post: post.level)
    if not posts:
        raise NotAllowed("Your post has no figures of look-backs.")
    found: Area = Area.objects.visible_to(user).get(pk=posts[0].area_id)
    return found


def districts_of(user: User, area: Area) -> list[int]:
    """The districts whose rounds concern ``area``: its own, or those below it."""
    if area.level >= Level.DISTRICT:
        return [area.district_id] if area.district_id else []
    below = Area.objects.visible_to(user).within(area).filter(level=Level.DISTRICT.value)
    return list(below.values_list("pk", flat=True))


@require_GET
def rounds(request: HttpRequest) -> HttpResponse:
    """The newest rounds of the reader's district, each with its units."""
    user = staff(request)
    area = area_of(user)
    rows = lookback.rounds(districts_of(user, area))
    found = [(one, lookback.figures(one, area)) for one in rows]
    context = {"area": area, "rounds": found, "share": SHARE, "double": SHARE * DOUBLE}
    return render(request, "cases/look_back.html", context)
