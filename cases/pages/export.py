"""Taking a list out: say what for, get a file. The file is masked and the taking is logged."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import export, filters, looks
from cases.export import MOST, Asked
from cases.intake_form import words
from cases.pages.intake import asked_from, staff
from cases.pages.queue import chosen_posts, tab_named, working_posts
from grids import access
from grids.errors import BadInput, BrokenRule, NotAllowed


@require_http_methods(["GET", "POST"])
def take_out(request: HttpRequest) -> HttpResponse:
    """Ask what the list of the address is for; then hand it out as CSV."""
    user = staff(request)
    if user.works_in_the_field:
        raise NotAllowed("Lists are taken out at a desk, not on a phone.")
    posts = working_posts(user)
    query = request.GET.dict()
    chosen = chosen_posts(posts, query.get("post", ""))
    known = filters.terms()
    narrowed = filters.read(query, known, filters.chosen_place(chosen, query.get("area", "")))
    asked = Asked(user, chosen, tab_named(query.get("tab", "")), narrowed, asked_from(request))
    if request.method == "GET":
        return form(request, asked)
    try:
        why = export.purpose(request.POST.get("why", ""), request.POST.get("reason", ""))
        text = export.csv_of(asked, why, known)
    except BadInput as error:
        return form(request, asked, problem=error)
    return as_file(text, asked.tab.value)


def form(request: HttpRequest, asked: Asked, *, problem: BrokenRule | None = None) -> HttpResponse:
    query = query_of(request)
    return what_for(
        request, _(asked.tab.label), reverse("cases:export") + query,
        reverse("cases:queue") + query, problem,
    )  # fmt: skip


def as_file(text: str, name: str) -> HttpResponse:
    """``text`` as a CSV file named after the list and the minute."""
    whole = f"{name}-{timezone.localtime():%Y%m%d-%H%M}.csv"
    return HttpResponse(
        text, content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{whole}"'},
    )  # fmt: skip


def query_of(request: HttpRequest) -> str:
    """The filters of the address, empty ones left out, to be put behind another."""
    kept = {name: value for name, value in request.GET.items() if value}
    return f"?{urlencode(kept)}" if kept else ""


def what_for(
    request: HttpRequest, title: str, here: str, back: str, problem: BrokenRule | None = None,
    **more: Any,
) -> HttpResponse:  # fmt: skip
    """The form that asks what a list is taken out for; what was typed stays."""
    context: dict[str, Any] = {
        "title": title,
        "here": here,
        "back": back,
        "reasons": [(one.value, _(one.label)) for one in looks.TO_EXPORT],
        "chosen": request.POST.get("why", ""),
        "written": request.POST.get("reason", ""),
        "problem": words(problem) if problem else "",
        "field": problem.field if problem else "",
        "most": MOST,
        "limit": access.MOST["export"],
        **more,
    }
    return render(request, "cases/export.html", context, status=422 if problem else 200)
