"""The grid worker's first page: record in one tap, see what waits, find what was recorded."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cases.intake_form import registering_posts
from cases.names import names_of
from cases.pages.intake import shell, staff
from cases.queues import Line, Tab, page
from cases.rules.lamp import Lamp
from cases.rules.workflow import Kind, Status
from cases.transitions import database_now
from grids.models import User
from grids.roles import Level
from grids.staff import area_of

WAITING = (Tab.RETURNED, Tab.TO_DO, Tab.VERIFY)  # in the order of what blocks others
MOST_WAITING = 10  # of each
MOST_RECORDED = 10


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list."""

    line: Line
    lamp: Lamp
    status: str
    place: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in one queue."""

    tab: Tab
    rows: list[Row]
    more: bool


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Three big buttons, what waits for the reader, what the reader recorded last."""
    user = staff(request)
    now = database_now()
    context = {
        "shell": shell(user),
        "desk": shell(user) != "field.html",
        "place": place_of(user),
        "may_record": bool(registering_posts(user)),
        "kinds": list(Kind),
        "waiting": waiting(user, now),
        "recorded": rows(page(user, user.posts, Tab.MINE, now=now, size=MOST_RECORDED).lines, now),
    }
    return render(request, "cases/home.html", context)


def place_of(user: User) -> str:
    """Where the reader works: the area of the closest post, a grid with its village."""
    if not user.posts:
        return ""
    area = area_of(user.posts[-1])
    village = area.village.name if area.village and area.village_id != area.pk else ""
    return f"{village}{area.name}"


def waiting(user: User, now: datetime) -> list[Waiting]:
    """The queues that hold something for the reader, each matter once."""
    seen: set[int] = set()
    found = []
    for tab in WAITING:
        part = page(user, user.posts, tab, now=now, size=MOST_WAITING)
        lines = [line for line in part.lines if line.id not in seen]
        seen |= {line.id for line in lines}
        if lines:
            found.append(Waiting(tab, rows(lines, now), bool(part.next)))
    return found


def rows(lines: list[Line], now: datetime) -> list[Row]:
    names = names_of(lines)
    return [
        Row(line, line.lamp(now), Status(line.status).label, names.place(line, Level.VILLAGE))
        for line in lines
    ]
