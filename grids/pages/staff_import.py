"""Staff from a table: looked at first, then all of it or nothing, then the slips."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from grids import personnel, stafffile
from grids.csvfile import MOST_LINES, BadFile, BadRow
from grids.models import User
from grids.pages.staff import signed, slips
from grids.stafffile import LARGEST, Plan

NAME = "CSV"


@require_http_methods(["GET", "POST"])
def staff_import(request: HttpRequest) -> HttpResponse:
    """Choose or paste a table; look at what it would do; take it in."""
    manager = signed(request)
    personnel.book_posts(manager)
    if request.method == "GET":
        return page(request, "", None)
    text, problem = sent(request)
    if problem or not text.strip():
        return page(request, text, None, problem or _("Choose a file, or paste the table."))
    if "take_in" in request.POST:
        return taken_in(request, manager, text)
    plan = stafffile.look(manager, NAME, text.encode(), timezone.localdate())
    return page(request, text, plan)


def sent(request: HttpRequest) -> tuple[str, str]:
    """The table as text, and what is wrong with the upload as such."""
    upload = request.FILES.get("file")
    if upload is None:
        return request.POST.get("table", "").replace("\r\n", "\n"), ""
    content = upload.read(LARGEST + 1)
    if len(content) > LARGEST:
        return "", _("This file is too large; split it.")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n"), ""
    except UnicodeDecodeError:
        return "", _("Not UTF-8. Save it as “CSV UTF-8” and try again.")


def taken_in(request: HttpRequest, manager: User, text: str) -> HttpResponse:
    now, today = timezone.now(), timezone.localdate()
    try:
        found = stafffile.take_in(manager, NAME, text.encode(), now, today)
    except BadFile as error:
        return page(request, text, Plan(bad=error.rows))
    return slips(request, found)


def page(request: HttpRequest, text: str, plan: Plan | None, problem: str = "") -> HttpResponse:
    bad = plan.bad if plan else []
    context = {
        "table": text, "plan": plan, "problem": problem,
        "bad": [(row.line, reason(row)) for row in bad[:MOST_LINES]],
        "more": len(bad) > MOST_LINES, "columns": [*stafffile.COLUMNS, *stafffile.OPTIONAL],
    }  # fmt: skip
    return render(
        request, "grids/staff_import.html", context, status=422 if bad or problem else 200
    )


def reason(row: BadRow) -> str:
    """What is wrong with a line, in the reader's language, with the column."""
    error = row.error
    if error is None:
        return row.reason
    text = _(error.message) % error.values if error.values else _(error.message)
    return f"{error.field}: {text}" if error.field else text
