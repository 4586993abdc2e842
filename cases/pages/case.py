"""The page of one case: everything about it, and one button per act the table allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases import dossier, looks, minors, readers, transitions
from cases.models import Case, Party
from cases.pages.intake import asked_from, shell, staff
from cases.pages.lines import TONES
from cases.revealing import (
    OWN,
    masked_phone,
    own,
    phone_of,
    reason_given,
    shown_name,
    uncovered,
)
from cases.rules.workflow import Status, Step, Verb
from cases.standing import standing
from grids import throttle
from grids.errors import BadInput, BrokenRule, NotVisible
from grids.models import User

NEAR = (Verb.EXECUTE, Verb.REPORT_BACK, Verb.RETURN, Verb.TRANSFER, Verb.CO_HANDLE, Verb.ASSIGN,
        Verb.SUPPLEMENT, Verb.NUDGE, Verb.RAISE, Verb.REJECT)  # fmt: skip
PER_PERSON, WINDOW = 10, 15 * 60  # passwords typed to confirm a look, in seconds
LONGEST_PASSWORD = 256
HARMFUL = frozenset({Verb.VOID, Verb.REFUSE, Verb.FAIL, Verb.MERGE, Verb.REJECT, Verb.SEAL})


@dataclass(frozen=True, slots=True)
class Button:
    """One act: a form of its own, or, when it needs nothing, a press."""

    verb: Verb
    label: str
    url: str
    press: bool
    tone: str


@dataclass(frozen=True, slots=True)
class Person:
    """A party as this viewer sees it at this moment."""

    party: Party
    name: str  # initials of a minor, masked for who does not work on the case
    may_ask: bool  # may see phone and address for a reason
    masked: str  # the phone as anybody who may open the case sees it
    phone: str  # digits, once revealed
    address: str


@require_GET
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One case. Every look is logged in the same transaction."""
    user = staff(request)
    case = looked_up(user, number)
    looks.look(user, case, "view", fields="text,parties", address=asked_from(request))
    return page(request, user, case)


@require_GET
def printed(request: HttpRequest, number: str) -> HttpResponse:
    """The case as a sheet of paper: phones stay masked, who printed it and when stand on it."""
    user = staff(request)
    case = looked_up(user, number)
    looks.look(user, case, "print", fields="text,parties", address=asked_from(request))
    full = own(user, case)
    found = dossier.read(user, case, transitions.database_now(), full=full)
    context = {
        "case": case,
        "d": found,
        "status": Status(case.status),
        "full": full,
        "people": [person(party, full, None) for party in found.parties],
        "by": user.display_name,
        "unit": user.posts[-1].unit_name,
        "now": transitions.database_now(),
    }
    return render(request, "cases/print.html", context)


@require_POST
@transaction.atomic
def unmask(request: HttpRequest, number: str, party_id: int) -> HttpResponse:
    """Show the phone and address of one party once, for a reason that is kept."""
    user = staff(request)
    case = looked_up(user, number)
    party = case.parties.filter(pk=party_id, erased_at=None).first()
    if party is None:
        raise NotVisible("There is no such party.")
    try:
        reason = reason_given(request.POST.get("why", ""), request.POST.get("reason", ""))
        if long_session(request):
            confirm(user, request.POST.get("password", ""))
    except BadInput as error:
        return page(request, user, case, problem=error, asked=party_id)
    uncovered(user, case, party, reason, asked_from(request))
    return page(request, user, case, revealed=party)


@require_POST
def minor(request: HttpRequest, number: str, party_id: int) -> HttpResponse:
    """Mark a party as a minor, or take the mark back."""
    minors.mark(staff(request), number, party_id, request.POST.get("minor") == "1")
    messages.success(request, _("Saved."))
    return redirect("cases:detail", number)


def long_session(request: HttpRequest) -> bool:
    """Whether this is a field phone's session of a month, in which whoever holds the phone
    is not asked again (decisions.md 23). The demonstration's people have no secrets."""
    return request.session.get("kind") == "field" and not settings.DEMO


def confirm(user: User, password: str) -> None:
    """Ask for the password once more; raises ``BadInput``, or ``TooMany`` against guessing."""
    throttle.spend("confirm", str(user.pk), limit=PER_PERSON, seconds=WINDOW)
    if not user.check_password(password[:LONGEST_PASSWORD]):
        raise BadInput("This is not your present password.", field="password")
    throttle.forgive("confirm", str(user.pk))


def looked_up(user: User, number: str) -> Case:
    case = dossier.find(user, number)
    if case is None:
        raise NotVisible("There is no such case in your area.")
    return case


def page(
    request: HttpRequest, user: User, case: Case, *, revealed: Party | None = None,
    problem: BrokenRule | None = None, asked: int = 0,
) -> HttpResponse:  # fmt: skip
    stands = standing(user, case).stands
    full = bool(stands & OWN)
    found = dossier.read(user, case, transitions.database_now(), stands, full=full)
    main, near, rest = buttons(case, transitions.possible_verbs(case, user))
    frame = shell(user)
    context: dict[str, Any] = {
        "shell": frame,
        "desk": frame == "base.html",
        "case": case,
        "d": found,
        "status": Status(case.status),
        "tone": TONES.get(Status(case.status), ""),
        "full": full,
        "minors": any(party.minor for party in found.parties if not party.erased_at),
        "people": [person(party, full, revealed) for party in found.parties],
        "main": main,
        "near": near,
        "rest": rest,
        "key": retry_key(user, case),
        "problem": _(problem.message) % problem.values if problem else "",
        "asked": asked,
        "reasons": [(one.value, _(one.label)) for one in looks.TO_UNCOVER],
        "chosen": request.POST.get("why", "") if asked else "",
        "written": request.POST.get("reason", "") if asked else "",
        "may_ask_who": readers.may_ask(user, case),
        "confirm": long_session(request),
        "back": reverse("cases:home" if frame != "base.html" else "cases:queue"),
    }
    return render(request, "cases/case.html", context, status=422 if problem else 200)


def retry_key(user: User, case: Case) -> str:
    """What makes a second press of the same button harmless: person, case and revision."""
    return f"{user.pk}-{case.number}-{case.last_seq}"


def person(party: Party, full: bool, revealed: Party | None) -> Person:
    masked = masked_phone(party)
    if revealed is None or revealed.pk != party.pk:
        return Person(party, shown_name(party, full), full or not party.minor, masked, "", "")
    return Person(party, party.name, True, masked, phone_of(party), party.address)


def buttons(case: Case, steps: Sequence[Step]) -> tuple[list[Button], list[Button], list[Button]]:
    """The acts the table allows: those offered first, those often used, the rest."""
    drawn = [button(case, step) for step in steps]
    main = [one for one, step in zip(drawn, steps, strict=True) if step.main]
    near = [one for verb in NEAR for one in drawn if one.verb is verb and one not in main]
    return main, near, [one for one in drawn if one not in main and one not in near]


def button(case: Case, step: Step) -> Button:
    url = reverse("cases:act", args=[case.number, step.verb.value])
    tone = "pri" if step.main else "dan" if step.verb in HARMFUL else ""
    return Button(step.verb, _(step.verb.label), url, not step.needs, tone)
