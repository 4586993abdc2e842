"""The leaders' page of a past day. Same readers, same places, no list: a day is over."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.rules.lamp import LampCode
from governance.dashboard import then
from governance.dashboard.then import LAMPS, Line
from grids.bodies import civil_day
from grids.models import User
from grids.staffing import Post


def day_asked(text: str) -> tuple[date, str]:
    """The day of the past an address asks for, else today and what is wrong with it."""
    today, day = timezone.localdate(), civil_day(text)
    if day is None or day > today:
        return today, _("Write a day of the past, as 2026-03-02.")
    return day, ""


def that_day(
    request: HttpRequest, user: User, posts: list[Post], wanted: int | None, days: int
) -> HttpResponse:
    """The figures of the day named by ``on``."""
    on, problem = day_asked(request.GET.get("on", ""))
    found = then.report(user, posts, wanted, on, days)

    def page(area_id: int) -> str:
        values = {"area": area_id, "on": on.isoformat(), "days": days}
        return f"{reverse('governance:leader')}?{urlencode(values)}"

    rows: list[tuple[str, str, Line]] = [
        (one.place.name, page(one.place.id), one) for one in found.places if one.place
    ]
    if rows and (found.itself.open or found.itself.closed):
        name = _("%(place)s itself") % {"place": found.place.name}
        rows.append((name, "", found.itself))
    context: dict[str, Any] = {
        "report": found,
        "on": on,
        "today": timezone.localdate(),
        "problem": problem,
        "days": days,
        "wanted": found.place.id,
        "above": [(one.name, page(one.id)) for one in found.above[:-1]],
        "lamps": [(_(LampCode(code).label), code, found.total.lamps[code]) for code in LAMPS],
        "heads": [_(LampCode(code).label) for code in LAMPS],
        "places": [(name, url, one, cells(one)) for name, url, one in rows],
        "levels": [(_(one.level.label), "", one, cells(one)) for one in found.levels if one.level],
        "now": f"{reverse('governance:leader')}?{urlencode({'days': days})}",
    }
    return render(request, "governance/leader_then.html", context, status=422 if problem else 200)


def cells(line: Line) -> list[tuple[str, int]]:
    """The numbers of a row by lamp, with the word a phone shows beside each."""
    return [(_(LampCode(code).label), line.lamps[code]) for code in LAMPS]
