"""Pages of the discipline liaison: what waits, one matter opened with a reason, its steps.

Everybody else is told that none of this exists, whether it does or not.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases import sealed_work
from cases.intake_form import words
from cases.models import SealedMatter
from cases.offers import Groups, read_id
from cases.pages.intake import staff
from cases.pages.sealed_intake import forgotten
from cases.rules.lamp import Lamp, lamp
from cases.rules.sealing import OpeningReason, SealedStatus, SealedVerb
from cases.sealed_work import ABSENT, Opened
from cases.transitions import database_now
from grids.errors import BadInput, BrokenRule, NotVisible, WrongState
from grids.keyring import Unreadable
from grids.models import User

Rows = list[tuple[SealedMatter, Lamp, SealedStatus]]


def liaison(request: HttpRequest) -> User:
    """The signed-in liaison; the page does not exist for anybody else."""
    user = staff(request)
    if not sealed_work.is_liaison(user):
        raise NotVisible(ABSENT)
    return user


def address(request: HttpRequest) -> str | None:
    found: str | None = request.META.get("REMOTE_ADDR") or None
    return found


def rows(found: list[SealedMatter]) -> Rows:
    now = database_now()
    return [(one, lit(one, now), SealedStatus(one.status)) for one in found]


def lit(matter: SealedMatter, now: datetime) -> Lamp:
    return lamp(matter.due_at, now, closed=matter.closed_at is not None, paused=False)


# --- lists ------------------------------------------------------------------------------
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """What the liaison's organ holds: numbers and clocks, no words."""
    user = liaison(request)
    context = {"rows": rows(sealed_work.waiting(user))}
    return forgotten(render(request, "cases/sealed_queue.html", context))


@require_GET
def routing(request: HttpRequest) -> HttpResponse:
    """Which organs have sealed matters and by when they must act, and nothing else."""
    user = staff(request)
    if not sealed_work.oversees(user):
        raise NotVisible(ABSENT)
    context = {"rows": rows(sealed_work.routed(user))}
    return forgotten(render(request, "cases/sealed_routing.html", context))


# --- one matter -------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def matter(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for the reason, then show the words once; every opening is logged with it."""
    user = liaison(request)
    found = sealed_work.one(user, number)
    if request.method == "GET":
        return gate(request, found)
    return opening(request, user, found)


def gate(request: HttpRequest, found: SealedMatter, problem: str = "") -> HttpResponse:
    """What stands before the words: number, organ, clock, and the question why."""
    context = {
        "matter": found,
        "lamp": lit(found, database_now()),
        "status": SealedStatus(found.status),
        "reasons": list(OpeningReason),
        "problem": problem,
    }
    status = 422 if problem else 200
    return forgotten(render(request, "cases/sealed_gate.html", context, status=status))


def opening(request: HttpRequest, user: User, found: SealedMatter, **more: Any) -> HttpResponse:
    reason = request.POST.get("reason", "")
    try:
        opened = sealed_work.open_matter(user, found.number, reason, address(request))
    except BadInput as error:
        return gate(request, found, words(error))
    except Unreadable:
        return gate(request, found, _("The words cannot be opened: their key is not here."))
    return shown(request, opened, reason, **more)


def shown(
    request: HttpRequest, opened: Opened, reason: str, *, problem: str = "", field: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    about = opened.words["about"]
    context = {
        "opened": opened,
        "matter": opened.matter,
        "words": opened.words,
        "about": about,
        "cases": opened.words.get("cases", []),
        "lamp": lit(opened.matter, database_now()),
        "status": SealedStatus(opened.matter.status),
        "organs": organs(opened.matter),
        "reason": reason,
        "problem": problem,
        "field": field,
        "typed": request.POST,
    }
    return forgotten(render(request, "cases/sealed_matter.html", context, status=status))


def organs(matter: SealedMatter) -> Groups:
    """The organs a matter may be passed on to, under their places."""
    groups: dict[str, dict[str, str]] = {}
    for row in sealed_work.organs(matter):
        groups.setdefault(row.unit.area.name, {})[str(row.unit_id)] = row.unit.name
    return [(name, list(found.items())) for name, found in groups.items()]


@require_POST
def act(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """One step. What is refused shows the opened matter again, with nothing typed lost."""
    user = liaison(request)
    found = sealed_work.one(user, number)
    if verb not in SealedVerb.values():
        raise NotVisible(ABSENT)
    try:
        done = sealed_work.act(
            user, number, SealedVerb(verb), note=request.POST.get("note", ""),
            unit_id=read_id(request.POST.get("unit")), rev=read_id(request.POST.get("rev")),
        )  # fmt: skip
    except (BadInput, WrongState) as error:
        return refused(request, user, found, error)
    messages.success(request, _("%(act)s: saved.") % {"act": _(SealedVerb(verb).label)})
    held = SealedMatter.objects.visible_to(user).filter(pk=done.pk).exists()
    return redirect("cases:sealed_matter", number) if held else redirect("cases:sealed")


def refused(
    request: HttpRequest, user: User, found: SealedMatter, error: BrokenRule
) -> HttpResponse:
    return opening(
        request, user, found, problem=words(error), field=error.field, status=error.http_status
    )


@require_POST
def file(request: HttpRequest, number: str, public_id: UUID) -> HttpResponse:
    """One file as it was received, to be saved, never shown in the page; logged."""
    user = liaison(request)
    reason = request.POST.get("reason", "")
    try:
        name, media_type, content = sealed_work.open_file(
            user, number, public_id, reason, address(request)
        )
    except BadInput as error:
        return gate(request, sealed_work.one(user, number), words(error))
    response = forgotten(HttpResponse(content, content_type=media_type))
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
