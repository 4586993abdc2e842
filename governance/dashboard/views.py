"""The leaders' page: true counts of an area, and the lists behind them. Never a person.

Every number leads to the list it counts. A list shows number, category, unit, level, lamp and
dates; a whole case opens only where ``visible_to`` allows it, and the case page logs the look.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from cases import orders
from cases.models import Case
from cases.queues import Cursor
from governance.dashboard import numbers
from governance.dashboard.numbers import CLOSED, FIGURES, OPEN, Counts, Figure, Frame, Slice
from governance.dashboard.then_views import that_day
from grids.errors import BrokenRule, NotAllowed
from grids.models import Area, User
from grids.roles import Level
from grids.staffing import Post

LAMPS = ("over", "soon", "watch", "ok", "paused")
ALWAYS_SHOWN = ("silence",)  # an ending that is shown even when nothing ended so


class Wrong(BrokenRule):
    """An address that no page of ours has written."""

    code = "bad_query"
    http_status = 400


@dataclass(frozen=True, slots=True)
class Cell:
    """One number with what it counts and the address of its list."""

    figure: Figure
    label: str
    n: int
    url: str


@dataclass(frozen=True, slots=True)
class Row:
    """One place or level with its numbers; ``url`` looks closer."""

    name: str
    cells: list[Cell]
    lamps: dict[str, int]
    url: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for: whose posts count, which place, which period."""

    user: User
    posts: list[Post]
    area: Area
    frame: Frame

    def page(self, area_id: int, days: int | None = None) -> str:
        values = {"area": area_id, "days": days or self.frame.days}
        return f"{reverse('governance:leader')}?{urlencode(values)}"

    def listing(self, figure: str, **values: object) -> str:
        known = {"figure": figure, "area": self.area.pk, "days": self.frame.days} | values
        return f"{reverse('governance:leader_list')}?{urlencode(known)}"


def asked(request: HttpRequest) -> Asked:
    """Read an address. 403 without a post that sees figures, 404 outside its area."""
    user, posts, days = reader(request)
    area, now = numbers.place(posts, number(request, "area"))
    return Asked(user, posts, area, Frame(now, days))


def reader(request: HttpRequest) -> tuple[User, list[Post], int]:
    """Who asks, the posts that count, and the days of the period."""
    user = request.user
    assert isinstance(user, User)
    posts = numbers.posts_with_figures(user.posts)
    if not posts:
        raise NotAllowed("The overview is for leaders and for those who coordinate an area.")
    days = number(request, "days") or 30
    if days not in numbers.PERIODS:
        raise unknown()
    return user, posts, days


def number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise unknown()
    return int(text)


def unknown() -> Wrong:
    return Wrong("This filter does not exist.")


@require_GET
def leader(request: HttpRequest) -> HttpResponse:
    """The counts of one area: by deadline, by place one step below, by level, and how the
    cases of the period ended."""
    if request.GET.get("on"):
        return past_day(request)
    ask = asked(request)
    counts = numbers.count(Case.objects.countable_by(ask.user), ask.area, ask.frame)
    total = counts.all()
    shown = [one for one in CLOSED if total[one.code] or one.code in ("closed", *ALWAYS_SHOWN)]
    context = {
        "ask": ask,
        "above": [(area.name, ask.page(area.pk)) for area in numbers.above(ask.posts, ask.area)],
        "areas": own_areas(ask),
        "periods": [
            Choice(days_words(days), ask.page(ask.area.pk, days), days == ask.frame.days)
            for days in numbers.PERIODS
        ],
        "tiles": cells(ask, OPEN, total),
        "lamps": {code: total[code] for code in LAMPS},
        "places": place_rows(ask, counts),
        "levels": level_rows(ask, counts),
        "closed": cells(ask, shown, total),
        "period": days_words(ask.frame.days),
        "today": timezone.localdate(ask.frame.now),
        "about_open": explained(OPEN),
        "about_closed": explained(shown),
    }
    return render(request, "governance/leader.html", context)


def past_day(request: HttpRequest) -> HttpResponse:
    """The same page on a day of the past, in the tree of that day."""
    user, posts, days = reader(request)
    return that_day(request, user, posts, number(request, "area"), days)


def days_words(days: int) -> str:
    return ngettext("Last %(n)s day", "Last %(n)s days", days) % {"n": days}


def explained(figures: Iterable[Figure]) -> list[tuple[str, str]]:
    """What the question mark says: each figure and what it counts."""
    return [(_(one.label), _(one.about)) for one in figures]


def cells(
    ask: Asked, figures: Iterable[Figure], found: dict[str, int], **where: object
) -> list[Cell]:
    return [
        Cell(one, _(one.label), found[one.code], ask.listing(one.code, **where)) for one in figures
    ]


def own_areas(ask: Asked) -> list[Choice]:
    """The areas of the person's posts, when there are several."""
    areas = {post.area_id: post for post in ask.posts}
    if len(areas) < 2:
        return []
    return [
        Choice(post.area_name, ask.page(pk), ask.area.path.startswith(post.area_path))
        for pk, post in areas.items()
    ]


def place_rows(ask: Asked, counts: Counts) -> list[Row]:
    """The places right below, in the order of their codes; at the end what lies in none."""
    rows = []
    for area in places_below(ask, counts):
        found = counts.at(area.pk)
        rows.append(Row(
            area.name,
            cells(ask, OPEN, found, area=area.pk),
            {code: found[code] for code in LAMPS},
            ask.page(area.pk),
        ))  # fmt: skip
    found = counts.at(None)
    if rows and found["open"]:
        name = _("%(place)s itself") % {"place": ask.area.name}
        lamps = {code: found[code] for code in LAMPS}
        rows.append(Row(name, cells(ask, OPEN, found, own=1), lamps))
    return rows


def places_below(ask: Asked, counts: Counts) -> list[Area]:
    """Today's places one step below, and former ones that still have a case."""
    below = Area.objects.visible_to(ask.user).filter(parent=ask.area)
    found = [one for one in below if one.valid_to is None or one.pk in counts.places]
    return sorted(found, key=lambda one: (not one.code, one.code, grid_order(one), one.pk))


def grid_order(area: Area) -> tuple[int, str]:
    return (int(area.number), "") if area.number.isdecimal() else (0, area.number)


def level_rows(ask: Asked, counts: Counts) -> list[Row]:
    """Where the open cases stand, from the top down; levels without a case are left out."""
    rows = []
    for level in Level:
        found = counts.standing(level)
        if found["open"]:
            numbers_of = cells(ask, OPEN, found, level=level.value)
            rows.append(Row(_(level.label), numbers_of, {code: found[code] for code in LAMPS}))
    return rows


@require_GET
def leader_list(request: HttpRequest) -> HttpResponse:
    """The cases behind one number: as many as the number said."""
    ask = asked(request)
    cut = sliced(request, ask)
    countable = Case.objects.countable_by(ask.user)
    cursor = Cursor.read(request.GET.get("page", ""))
    page = numbers.listed(countable, cut, ask.frame, cursor)
    total = cut.among(countable, ask.frame).count()
    whole = numbers.whole_cases(Case.objects.visible_to(ask.user), page.lines)
    ids = [line.id for line in page.lines if cut.figure.is_open]
    context = {
        "ask": ask,
        "cut": cut,
        "title": _(cut.figure.label),
        "about": _(cut.figure.about),
        "level": _(cut.level.label) if cut.level else "",
        "period": "" if cut.figure.is_open else days_words(ask.frame.days),
        "back": ask.page(ask.area.pk),
        "lines": [
            (line, line.lamp(ask.frame.now), _(Level(line.level).label)) for line in page.lines
        ],
        "whole": whole,
        "supervise": orders.orderable(ask.user, ids, whole) if ids else set(),
        "english": get_language() == "en",
        "previous": turned(request, page.previous),
        "next": turned(request, page.next),
        "total": ngettext("%(n)s matter", "%(n)s matters", total) % {"n": total},
    }
    return render(request, "governance/leader_list.html", context)


def sliced(request: HttpRequest, ask: Asked) -> Slice:
    """Which number's list is asked for; raises ``Wrong`` for one that does not exist."""
    figure = FIGURES.get(request.GET.get("figure", "open"))
    level = number(request, "level")
    own = request.GET.get("own", "")
    if figure is None or own not in ("", "1") or level not in (None, *Level):
        raise unknown()
    return Slice(ask.area, figure, Level(level) if level else None, own == "1")


def turned(request: HttpRequest, cursor: str) -> str:
    """The address of a neighbouring page of the same list."""
    if not cursor:
        return ""
    query = request.GET.copy()
    query["page"] = cursor
    return f"?{query.urlencode()}"
