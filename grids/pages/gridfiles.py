"""Grids by CSV: a file is looked through first and taken in by a second step."""

import io

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from grids import access, csvfile, gridbook, gridfile
from grids.csvfile import MOST_LINES, BadFile, BadRow
from grids.gridfile import COLUMNS, OPTIONAL, Plan
from grids.gridforms import MOST_BYTES, FileForm, words
from grids.importing import one_import_at_a_time
from grids.models import User
from grids.pages.grids import staff, wanted
from grids.roles import Level

MOST_SHOWN = 20  # lines of each kind in the preview


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The grids of the reader's area, as the import reads them."""
    user = staff(request)
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "village", "show")}
    chosen = wanted(user, asked).values("pk")
    rows = gridbook.places(user)
    text = io.StringIO(newline="")
    gridfile.export_grids(rows.filter(pk__in=chosen) | rows.filter(parent__in=chosen), text)
    tenant = gridbook.running_posts(user)[-1].tenant_id
    access.looked(
        user, "export", "grids.csv", tenant_id=tenant, fields=",".join(COLUMNS),
        address=request.META.get("REMOTE_ADDR") or None,
    )  # fmt: skip
    # The mark at the start lets spreadsheets read the file as UTF-8.
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="grids.csv"'
    return response


@require_http_methods(["GET", "POST"])
def take_in(request: HttpRequest) -> HttpResponse:
    """First the file: what it would do, line by line. Then the same text once more, for good."""
    user = staff(request)
    gridbook.running_posts(user)
    if request.method == "GET":
        return page(request, FileForm())
    if "content" in request.POST:
        return second_step(request, user, request.POST["content"])
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return page(request, form, status=422)
    file = form.cleaned_data["file"]
    content: bytes = file.read()
    return preview(request, user, content, str(file.name))


def second_step(request: HttpRequest, user: User, text: str) -> HttpResponse:
    content = text.encode()
    if len(content) > MOST_BYTES:
        form = FileForm({})
        form.add_error("file", _("Choose the file again."))
        return page(request, form, status=422)
    one_import_at_a_time()
    plan = planned(user, content)
    try:
        done = gridfile.carry_out(plan, user)
    except BadFile:
        return preview(request, user, content, "")
    said = ngettext("%(count)s new grid.", "%(count)s new grids.", done.grids)
    changed = ngettext("%(count)s changed.", "%(count)s changed.", done.changed)
    messages.success(request, f"{said % {'count': done.grids}} {changed % {'count': done.changed}}")
    return redirect("grids:list")


def planned(user: User, content: bytes) -> Plan:
    """What the file would do within the reader's area; a village elsewhere does not exist."""
    villages = gridbook.places(user).filter(level=Level.VILLAGE)
    table = csvfile.parse("grids.csv", content, COLUMNS, OPTIONAL)
    return gridfile.planned(table, villages, timezone.localdate())


def preview(request: HttpRequest, user: User, content: bytes, name: str) -> HttpResponse:
    plan = planned(user, content)
    bad = [(row.line, said(row)) for row in sorted(plan.bad, key=lambda one: one.line)]
    context = {
        "name": name, "plan": plan, "bad": bad[:MOST_LINES], "bad_more": len(bad) - MOST_LINES,
        "bad_count": len(bad), "new": plan.new[:MOST_SHOWN], "changed": plan.changed[:MOST_SHOWN],
        "known": plan.rows - len(plan.new) - len(plan.changed) - len(bad),
        "content": "" if bad else content.decode("utf-8-sig"),
        "nothing": not bad and not plan.new and not plan.changed,
    }  # fmt: skip
    return page(request, FileForm(), status=422 if bad else 200, preview=context)


def said(row: BadRow) -> str:
    """Why a line is bad, in the reader's language, with the column it is about."""
    if row.error is None:
        return row.reason
    text = words(row.error)
    return f"{row.error.field}: {text}" if row.error.field else text


def page(
    request: HttpRequest, form: FileForm, *, status: int = 200, preview: object = None
) -> HttpResponse:
    context = {"form": form, "preview": preview, "columns": ",".join((*COLUMNS, *OPTIONAL))}
    return render(request, "grids/grid_import.html", context, status=status)
