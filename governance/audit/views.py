"""The auditor's pages: the access log, its export, and the alarms beyond a limit."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases import looks
from cases.export import purpose
from cases.intake_form import words
from cases.pages.export import as_file, what_for
from cases.queues import PAGE, Cursor
from governance.audit import alarms, entries
from governance.audit.entries import MOST, NAMES, Narrowing
from grids import access
from grids.errors import BadInput, BrokenRule, NotAllowed, NotVisible
from grids.models import Alarm, User
from grids.roles import Role


def auditor(request: HttpRequest) -> User:
    """Who asks; raises ``NotAllowed`` for everybody but auditors."""
    user = request.user
    assert isinstance(user, User)
    if not entries.is_auditor(user):
        raise NotAllowed("The access log is for security auditors.")
    return user


def asked_from(request: HttpRequest) -> str | None:
    return request.META.get("REMOTE_ADDR") or None


def kept(request: HttpRequest) -> dict[str, str]:
    """The filters of the address, empty ones left out."""
    return {name: value for name in NAMES if (value := request.GET.get(name, ""))}


@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """The access log, newest first: time, unit, kind and matter narrow it, never a person."""
    user = auditor(request)
    values = kept(request)
    cursor = Cursor.read(request.GET.get("after", ""))
    found, more = entries.page(user, entries.read(values), cursor)
    here = reverse("audit:log")
    first = f"{here}?{urlencode(values)}" if values else here
    context = {
        "entries": found,
        "values": values,
        "kinds": [(code, _(label)) for code, label in access.KINDS.items()],
        "previous": first if cursor else "",
        "next": f"{here}?{urlencode(values | {'after': more})}" if more else "",
        "clear": here if values else "",
        "export": reverse("audit:export") + (f"?{urlencode(values)}" if values else ""),
        "waiting": alarms.waiting(user),
    }
    return render(request, "governance/log.html", context)


@require_http_methods(["GET", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """Ask what the log is taken out for; then hand it out as CSV. Taking it out is logged."""
    user = auditor(request)
    wanted = entries.read(kept(request))
    if request.method == "GET":
        return export_form(request)
    try:
        why = purpose(request.POST.get("why", ""), request.POST.get("reason", ""))
        text = taken_out(request, user, wanted, why)
    except BadInput as error:
        return export_form(request, problem=error)
    return as_file(text, "access-log")


def taken_out(request: HttpRequest, user: User, wanted: Narrowing, why: str) -> str:
    rows = list(entries.narrowed(user, wanted)[: MOST + 1])
    if len(rows) > MOST:
        raise BadInput("More than %(most)s lines. Narrow the log first.", most=MOST)
    post = next(post for post in user.posts if post.role is Role.AUDITOR)
    looks.taken_out(
        user, "access log", len(rows), tenant_id=post.tenant_id, fields="the whole row",
        reason=why, address=asked_from(request), post=post,
    )  # fmt: skip
    return entries.csv_of([entries.entry(row) for row in rows])


def export_form(request: HttpRequest, *, problem: BrokenRule | None = None) -> HttpResponse:
    values = kept(request)
    query = f"?{urlencode(values)}" if values else ""
    return what_for(
        request, _("Access log"), reverse("audit:export") + query, reverse("audit:log") + query,
        problem, of_log=True,
    )  # fmt: skip


# --- alarms -----------------------------------------------------------------------------
@require_GET
def all_alarms(request: HttpRequest) -> HttpResponse:
    """Accounts that went beyond a limit, newest first, with what was found out."""
    user = answerable(request)
    cursor = Cursor.read(request.GET.get("after", ""))
    rows = Alarm.objects.visible_to(user).select_related("actor", "unit", "seen_by")
    if cursor:
        rows = rows.filter(cursor.beyond(alarms.NEWEST))
    found = list(rows.order_by(*alarms.NEWEST.keys(back=False))[: PAGE + 1])
    page, here = found[:PAGE], reverse("audit:alarms")
    more = str(Cursor(page[-1].raised_at, page[-1].pk)) if len(found) > PAGE else ""
    context = {
        "alarms": [alarms.described(row) for row in page],
        "previous": here if cursor else "",
        "next": f"{here}?{urlencode({'after': more})}" if more else "",
        "auditor": entries.is_auditor(user),
    }
    return render(request, "governance/alarms.html", context)


def answerable(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)
    if not alarms.may_see(user):
        raise NotAllowed("Alarms are for auditors and security administrators.")
    return user


def found_alarm(user: User, alarm_id: int) -> Alarm:
    rows = Alarm.objects.visible_to(user).select_related("actor", "unit", "seen_by")
    row: Alarm | None = rows.filter(pk=alarm_id).first()
    if row is None:
        raise NotVisible("There is no such alarm.")
    return row


@require_GET
def alarm(request: HttpRequest, alarm_id: int) -> HttpResponse:
    """One alarm; for an auditor also the looks that raised it, which is logged."""
    user = answerable(request)
    return alarm_page(request, user, found_alarm(user, alarm_id))


@require_POST
def seen(request: HttpRequest, alarm_id: int) -> HttpResponse:
    """Note what was found out; the alarm is then looked at. Not by the account it is about."""
    user = answerable(request)
    row = found_alarm(user, alarm_id)
    try:
        access.seen_off(row, user, request.POST.get("note", ""))
    except BadInput as error:
        return alarm_page(request, user, row, problem=error)
    messages.success(request, _("Your note is kept."))
    return redirect("audit:alarm", alarm_id)


def alarm_page(
    request: HttpRequest, user: User, row: Alarm, *, problem: BrokenRule | None = None
) -> HttpResponse:
    behind = []
    if entries.is_auditor(user):
        behind = entries.behind(user, row)
        access.looked(
            user, "view", f"alarm:{row.pk}", tenant_id=row.tenant_id, rows=len(behind),
            fields="looks of one account", address=asked_from(request),
        )  # fmt: skip
    context = {
        "alarm": alarms.described(row),
        "entries": behind,
        "own": row.actor_id == user.pk,
        "problem": words(problem) if problem else "",
        "written": request.POST.get("note", ""),
    }
    return render(request, "governance/alarm.html", context, status=422 if problem else 200)
