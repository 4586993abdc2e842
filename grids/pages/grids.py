"""The pages of grids: list, one grid, drawing up, its crew."""

import json
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from grids import crew, gridbook, notice, personnel
from grids.bodies import digits
from grids.errors import BadInput, NotAllowed, WrongState
from grids.gridforms import CrewForm, GridForm, RuledForm, initial_of
from grids.models import Area, Change, Posting, User
from grids.models.area import AreaQuerySet
from grids.roles import AreaKind, Level, Role

PAGE = 100  # grids
MOST_CHANGES = 50
LONGEST_SEARCH = 40
VACANT = "vacant"
DONE = {
    ("area", "open"): gettext_noop("Grid drawn up"),
    ("area", "change"): gettext_noop("Grid changed"),
    ("area", "rename"): gettext_noop("Renamed"),
    ("posting", "substitute"): gettext_noop("Substitute for a post named"),
    ("posting", "post"): gettext_noop("Post given"),
    ("posting", "end"): gettext_noop("Post ended"),
}


def staff(request: HttpRequest) -> User:
    """The signed-in member of staff; every page here but the notice is closed to others."""
    assert isinstance(request.user, User)
    return request.user


# --- list -----------------------------------------------------------------------------------
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The grids of the reader's area by village, with who works there."""
    user = staff(request)
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "village", "show")}
    rows = wanted(user, asked).order_by("path")
    after = digits(request.GET.get("from", "")) or 0
    page = list(rows.select_related("village", "township")[after : after + PAGE + 1])
    more, page = len(page) > PAGE, page[:PAGE]
    names = notice.workers(page)
    kept = {name: value for name, value in asked.items() if value}
    villages = gridbook.places(user).filter(level=Level.VILLAGE).order_by("path")
    context = {
        "groups": grouped(page, names), "asked": asked, "empty": not page,
        "villages": [(str(one.pk), one) for one in villages.select_related("township")],
        "kept": urlencode(kept),
        "newer": f"?{urlencode(kept | {'from': max(after - PAGE, 0)})}" if after else "",
        "older": f"?{urlencode(kept | {'from': after + PAGE})}" if more else "",
    }  # fmt: skip
    return render(request, "grids/grids.html", context)


def wanted(user: User, asked: dict[str, str]) -> AreaQuerySet:
    """The grids of the reader's area that the filters let through."""
    rows = gridbook.places(user).filter(level=Level.GRID)
    if words_of := asked["q"][:LONGEST_SEARCH]:
        found = Q(name__icontains=words_of) | Q(number=words_of) | Q(code=words_of)
        rows = rows.filter(found | Q(village__name__icontains=words_of))
    if asked["village"]:
        rows = rows.filter(village=digits(asked["village"]) or 0)
    if asked["show"] == VACANT:
        served = Posting.objects.running().filter(
            area=OuterRef("pk"), role=Role.GRID_WORKER.value, user__is_active=True
        )
        rows = rows.filter(~Exists(served))
    parts = Count("children", filter=Q(children__valid_to=None))
    return rows.annotate(parts=parts)


def grouped(page: list[Any], names: dict[int, list[str]]) -> list[dict[str, Any]]:
    """The grids of a page under their villages."""
    found: dict[int | None, dict[str, Any]] = {}
    for area in page:
        group = found.setdefault(area.village_id, {"village": area.village, "rows": []})
        line = {"area": area, "kind": AreaKind(area.kind), "names": names.get(area.pk, [])}
        group["rows"].append(line)
    return list(found.values())


# --- one grid -------------------------------------------------------------------------------
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One grid: what is written about it, who works there, what was changed."""
    user = staff(request)
    return shown(request, user, gridbook.grid(user, pk))


def shown(
    request: HttpRequest, user: User, area: Area, *, crew_form: CrewForm | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    today = timezone.localdate()
    posts = [
        (one, Role(one.role), one.started_on <= today, personnel.may_end(user, one))
        for one in crew.members(area)
    ]
    inner = gridbook.places(user).filter(parent=area, level=Level.MICROGRID).order_by("path")
    context = {
        "area": area, "kind": AreaKind(area.kind), "micro": area.level == Level.MICROGRID,
        "sheet": notice.sheets([area], address_of(request))[0],
        "posts": posts, "inner": inner, "changes": changes_of(area),
        "crew_form": crew_form or CrewForm(initial={"started_on": today}),
        "opened": crew_form is not None,
    }  # fmt: skip
    return render(request, "grids/grid.html", context, status=status)


def address_of(request: HttpRequest) -> Any:
    """How the public address of a grid is written out."""
    return lambda area: request.build_absolute_uri(notice.path(area))


def changes_of(area: Area) -> list[tuple[Change, str]]:
    """The last changes of a grid and of the posts at it, the newest first."""
    rows = Change.objects.filter(area=area, subject__in=["area", "posting"])
    rows = rows.select_related("actor").order_by("-pk")[:MOST_CHANGES]
    return [(row, _(DONE.get((row.subject, row.action), row.action))) for row in rows]


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Draw up a grid in a village, or a micro-grid in a grid."""
    user = staff(request)
    gridbook.running_posts(user)
    asked = request.POST.get("parent") or request.GET.get("parent", "")
    parent = gridbook.places(user).filter(pk=digits(asked) or 0, level__in=PARENTS).first()
    if parent is None:
        return choose(request, user, wrong=request.method == "POST")
    level = Level.MICROGRID if parent.level == Level.GRID else Level.GRID
    if request.method == "GET":
        return form_page(request, GridForm(level=level), parent=parent, level=level)
    form = GridForm(request.POST, level=level)
    if form.is_valid():
        try:
            area = gridbook.draw_up(user, parent, form.sketch(), since=timezone.localdate())
        except BadInput as error:
            form.add_refusal(error)
        else:
            messages.success(request, _("The grid is drawn up."))
            return redirect("grids:detail", area.pk)
    return form_page(request, form, parent=parent, level=level, status=422)


PARENTS = (Level.VILLAGE.value, Level.GRID.value)


def choose(request: HttpRequest, user: User, *, wrong: bool) -> HttpResponse:
    """First the village: a list for whoever runs several, straight on for whoever runs one."""
    rows = gridbook.places(user).filter(level=Level.VILLAGE).select_related("township")
    villages = list(rows.order_by("path"))
    if len(villages) == 1 and not wrong:
        form = GridForm(level=Level.GRID)
        return form_page(request, form, parent=villages[0], level=Level.GRID)
    context = {"villages": villages, "wrong": wrong}
    return render(request, "grids/grid_where.html", context, status=422 if wrong else 200)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what is written about a grid."""
    user = staff(request)
    area = gridbook.grid(user, pk)
    level = Level(area.level)
    if request.method == "GET":
        drawn = json.dumps(area.boundary_geojson) if area.boundary_geojson else ""
        first = initial_of(area, gridbook.revision(area), drawn)
        return form_page(
            request, GridForm(level=level, initial=first, known=True), area=area, level=level
        )
    form, status = GridForm(request.POST, level=level, known=True), 422
    if form.is_valid():
        try:
            gridbook.redraw(user, area, form.sketch(area.name), rev=form.cleaned_data["rev"])
        except (BadInput, WrongState) as error:
            form.add_refusal(error)
            status = error.http_status
        else:
            messages.success(request, _("Saved."))
            return redirect("grids:detail", area.pk)
    return form_page(request, form, area=area, level=level, status=status)


def form_page(
    request: HttpRequest, form: RuledForm, *, level: Level, area: Area | None = None,
    parent: Area | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    micro = level == Level.MICROGRID
    title = _("Draw up a micro-grid") if micro else _("Draw up a grid")
    back = reverse("grids:list")
    if area is not None:
        title, back = _("Change the grid"), reverse("grids:detail", args=[area.pk])
    elif parent is not None and micro:
        back = reverse("grids:detail", args=[parent.pk])
    context = {"form": form, "title": title, "back": back, "area": area, "parent": parent}
    return render(request, "grids/grid_form.html", context, status=status)


# --- who works there ------------------------------------------------------------------------
@require_POST
def appoint(request: HttpRequest, pk: int) -> HttpResponse:
    """Give somebody a post at the grid."""
    user = staff(request)
    area = gridbook.grid(user, pk)
    form = CrewForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            crew.appoint(
                user, area, data["account"], data["role"], data["started_on"], data["ended_on"]
            )
        except (BadInput, NotAllowed) as error:
            form.add_refusal(error)
        else:
            messages.success(request, _("The post is given."))
            return redirect("grids:detail", area.pk)
    return shown(request, user, area, crew_form=form, status=422)
