"""Places as they are and as they were, and the forms that reorganise them.

Every place shown was reached through ``visible_to``, or belonged on the day asked for to a
place the reader covers. Names of places are public; figures are shown to whoever sees figures
there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from cases import past
from cases.area_forms import FORMS
from cases.offers import read_id
from cases.pages.intake import staff
from cases.reorganising import Done, Preview, preview, reorganise, today
from cases.transitions import database_now
from grids import asof
from grids.asof import PlaceThen
from grids.errors import BadInput, BrokenRule, NotAllowed, NotVisible
from grids.models import Area, User
from grids.restructuring import administers
from grids.roles import AreaChangeKind, Level

FOUND = 50  # lines of a search


@dataclass(frozen=True, slots=True)
class Line:
    """One place of a list; ``open`` is None where the reader sees no figures."""

    place: PlaceThen
    open: int | None
    url: str


@require_GET
def areas(request: HttpRequest) -> HttpResponse:
    """The places below one place, today or on a past date; or those whose name is sought."""
    user = posted(request)
    on, problem = asked_day(request)
    within = read_id(request.GET.get("in", "")) if request.GET.get("in") else home(user)
    if within is None or not asof.seen_by(user, within, on):
        raise NotVisible("There is no such place in your area.")
    known = asof.with_ancestors([within], on)
    sought = request.GET.get("q", "").strip()[:40]
    found = search(user, sought, on) if sought else asof.children([within], on)
    counts = past.open_then(tenants(user), on) if sees_figures(user) else None
    own = {post.area_id for post in user.posts if post.sees_figures}
    above = asof.chain(within, known)
    covered = counts is not None and (
        bool(own.intersection(place.id for place in above)) or bool(sought)
    )
    here = reverse("cases:areas")
    context = {
        "on": on, "today": today(database_now()), "past": on < today(database_now()),
        "problem": problem, "q": sought, "within": within,
        "above": [(one.name, address(here, one.id, on)) for one in above],
        "place": above[-1] if above else None,
        "lines": [
            Line(one, (counts or {}).get(one.id, 0) if covered else None,
                 address(here, one.id, on))
            for one in found
        ],
        "history": reverse("cases:area", args=[within]),
    }  # fmt: skip
    return render(request, "cases/areas.html", context, status=422 if problem else 200)


def posted(request: HttpRequest) -> User:
    """The signed-in member of staff, with a post; raises ``NotAllowed`` without."""
    user = staff(request)
    if not user.posts:
        raise NotAllowed("Your post does not allow this.")
    return user


def asked_day(request: HttpRequest) -> tuple[date, str]:
    """The day asked for, today by default, and what is wrong with it."""
    now, text = today(database_now()), request.GET.get("on", "")
    if not text:
        return now, ""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None or day > now:
        return now, _("Write a day of the past, as 2026-03-02.")
    return day, ""


def home(user: User) -> int:
    """The place of the person's first post."""
    return user.posts[0].area_id


def address(here: str, pk: int, on: date) -> str:
    return f"{here}?{urlencode({'in': pk, 'on': on.isoformat()})}"


def sees_figures(user: User) -> bool:
    return any(post.sees_figures for post in user.posts)


def tenants(user: User) -> list[int]:
    return sorted({post.tenant_id for post in user.posts if post.tenant_id and post.sees_figures})


def search(user: User, sought: str, on: date) -> list[PlaceThen]:
    """Places whose name of today or of the day contains ``sought``."""
    rows = Area.objects.visible_to(user).filter(name__icontains=sought)
    former = Area.objects.visible_to(user).filter(past__name__icontains=sought)
    ids = [*rows.values_list("pk", flat=True)[:FOUND], *former.values_list("pk", flat=True)[:FOUND]]
    known = asof.with_ancestors(ids, on)
    return [known[pk] for pk in dict.fromkeys(ids) if pk in known][:FOUND]


@require_GET
def area(request: HttpRequest, area_id: int) -> HttpResponse:
    """The history of one place: former names, where it belonged, from whom and to whom."""
    user = staff(request)
    place = visible(user, area_id)
    context = {
        "place": place,
        "level": Level(place.level).label,
        "former": place.past.select_related("parent").order_by("-valid_to", "-id"),
        "predecessors": place.predecessions.select_related("predecessor").order_by("-on", "-id"),
        "successors": place.successions.select_related("successor").order_by("-on", "-id"),
        "kinds": kinds(user, place),
        "changes": {kind.value: kind.label for kind in AreaChangeKind},
    }
    return render(request, "cases/area.html", context)


def visible(user: User, area_id: int) -> Area:
    """The place, today's or a former one, within the reader's area; raises ``NotVisible``."""
    rows = Area.objects.visible_to(user).select_related("parent")
    if (found := rows.filter(pk=area_id).first()) is None:
        raise NotVisible("There is no such place in your area.")
    return found


def kinds(user: User, place: Area) -> list[AreaChangeKind]:
    """The changes a reader may order for ``place``."""
    if place.valid_to is not None or not administers(user, place) or place.parent is None:
        return []
    if place.tenant_id is None or place.parent.tenant_id != place.tenant_id:
        return []
    return [kind for kind in FORMS if kind != AreaChangeKind.CLOSE or place.level > Level.DISTRICT]


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, area_id: int, kind: str) -> HttpResponse:
    """Order one change: the form, then what it would do, then the change itself."""
    user = staff(request)
    place = visible(user, area_id)
    if kind not in AreaChangeKind.values():
        raise NotVisible("There is no such place in your area.")
    if not administers(user, place):
        raise NotAllowed("Places are reorganised by the system administrator in charge.")
    back = reverse("cases:area", args=[place.pk])
    return carried_out(
        request, user, place, AreaChangeKind(kind), back,
        lambda done: reverse("cases:area", args=[done.areas[0].pk]),
    )  # fmt: skip


def carried_out(
    request: HttpRequest, user: User, place: Area, kind: AreaChangeKind, back: str,
    then: Callable[[Done], str], more: Mapping[str, object] | None = None,
) -> HttpResponse:  # fmt: skip
    """The form of one change, then its preview, then the change and the page ``then`` names.
    ``more`` is what the page shows beside it."""
    form = FORMS[kind](user, place, request.POST or None)
    shown: Preview | None = None
    if request.method == "POST" and form.is_valid():
        try:
            order = form.order()
            if "confirm" in request.POST:
                done = reorganise(user, order)
                say(request, done.cases)
                return redirect(then(done))
            shown = preview(user, order)
        except BadInput as error:
            form.add_refusal(error)
        except BrokenRule as error:
            if error.http_status != 409:
                raise
            form.add_refusal(error)
    context = {
        "place": place, "kind": kind, "form": form, "shown": shown, "back": back,
        "lines": list(numbers(shown)) if shown else [],
    }  # fmt: skip
    return render(
        request, "cases/area_change.html", context | dict(more or {}),
        status=422 if form.errors else 200,
    )  # fmt: skip


def say(request: HttpRequest, cases: int) -> None:
    text = ngettext(
        "Done. %(n)s open matter moved along.", "Done. %(n)s open matters moved along.", cases
    )
    messages.success(request, text % {"n": cases})


def numbers(shown: Preview) -> list[tuple[str, int]]:
    """What the preview says, line by line."""
    return [
        (_("Open matters that move along, each with an entry in its history"), shown.cases),
        (_("Closed matters that stay as they are"), shown.closed_cases),
        (_("Grids concerned"), shown.grids),
        (_("Units that are closed, with a successor"), shown.units_closed),
        (_("Units that move along"), shown.units_moved),
        (_("People whose post changes"), shown.people),
        (_("Posts that end without a successor"), shown.posts_ending),
        (_("Settings of the places that end"), shown.policies),
    ]
