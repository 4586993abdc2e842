"""A district's ladder and time limits: what is in force, proposals, their simulation, history."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases import policy_words, proposals, restarting, simulation
from cases.intake_form import words
from cases.lamps import moment
from cases.models import Policy, PolicyMove, PolicyProposal, PolicySimulation
from cases.models.proposal import OPEN_STATES, Kept, ProposalState
from cases.pages.intake import staff
from cases.policies import in_force
from cases.policy_forms import LadderForm, LimitForm, NumberForm, WishForm, initial_of
from cases.rules import bounds
from cases.rules.limits import LIMITS
from cases.rules.numbers import NUMBERS
from cases.wishes import default_body, kinds_of_unit, settings, today
from grids import csvfile
from grids.bodies import WrongValues, digits
from grids.errors import BrokenRule, NotVisible
from grids.models import Area, User

PAGE = 60  # clocks of a page
PIECE = 5_000  # clocks of a file that are read at a time
BOM = "\ufeff"  # without it spreadsheets take UTF-8 for something else


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing a place may set, as the list shows it."""

    code: str
    name: str
    lines: list[str]
    own: Policy | None  # the version of the place or of one above it; None: the product's
    here: bool  # it is the place's own
    statutory: bool
    open: PolicyProposal | None


def known(code: str) -> str:
    """``code`` as a setting; raises ``NotVisible`` for anything else."""
    if code not in settings():
        raise NotVisible("There is no such policy.")
    return code


# --- the list -------------------------------------------------------------------------------
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Everything a place may set, with what is in force and what is proposed."""
    user = staff(request)
    area = proposals.place_or_first(user, digits(request.GET.get("place", "")))
    if area is None:
        return render(request, "cases/policies.html", {"area": None})
    rows = in_force(area, today()).rows
    waiting = {
        one.code: one for one in proposals.proposals_at(user, area).filter(
            state__in=OPEN_STATES)
    }  # fmt: skip
    clocks, plain = (
        [setting(code, area, rows.get(code), waiting.get(code)) for code in codes]
        for codes in (bounds.settings(), NUMBERS)
    )
    fixed = [
        (_(limit.name), policy_words.lines(bounds.limit_setting(code), bounds.limit_body(
            limit.span, limit.source)))
        for code, limit in LIMITS.items()
        if not bounds.editable(limit) and code not in bounds.NOT_HERE
    ]  # fmt: skip
    context = {
        "area": area, "places": proposals.reading_places(user), "groups": [
            ("all", _("In force today"), clocks), ("numbers", _("Numbers"), plain),
        ],
        "fixed": fixed, "proposes": proposals.may_propose(user, area),
        "waiting": [(one, state_words(one), policy_words.setting_name(one.code))
                    for one in waiting.values()],
    }  # fmt: skip
    return render(request, "cases/policies.html", context)


def setting(code: str, area: Area, row: Any, waiting: PolicyProposal | None) -> Setting:
    own = row if isinstance(row, Policy) and row.area_id else None
    body = row.body if row is not None else default_body(code)
    limit = bounds.limit_of_setting(code)
    return Setting(
        code, policy_words.setting_name(code), policy_words.lines(code, body), own,
        own is not None and own.area_id == area.pk,
        limit is not None and LIMITS[limit].statutory, waiting,
    )  # fmt: skip


# --- one policy ------------------------------------------------------------------------------
@require_GET
def policy(request: HttpRequest, area_id: int, code: str) -> HttpResponse:
    """The versions a place had, with what each changed, in words."""
    user = staff(request)
    area, code = proposals.place_for(user, area_id), known(code)
    versions = proposals.versions_at(area, code)
    day = today()
    history = []
    for place, row in enumerate(versions):
        before = versions[place + 1].body if place + 1 < len(versions) else None
        base = before if before is not None else default_body(code)
        history.append((
            row, getattr(row, "proposal", None), policy_words.lines(code, row.body),
            policy_words.differences(code, base, row.body), standing(row, versions, day),
        ))  # fmt: skip
    current = in_force(area, day).rows.get(code)
    context = {
        "area": area, "code": code, "name": policy_words.setting_name(code),
        "history": history, "default": policy_words.lines(code, default_body(code)),
        "in_force": current, "proposes": proposals.may_propose(user, area),
        "proposals": [
            (one, state_words(one)) for one in proposals.proposals_at(user, area, code)[:50]
        ],
        "open": proposals.proposals_at(user, area, code)
        .filter(state__in=OPEN_STATES).first(),
    }  # fmt: skip
    return render(request, "cases/policy.html", context)


def standing(row: Policy, versions: list[Policy], on: date) -> str:
    """Whether a version is in force, was, or will be."""
    if row.valid_to is not None and row.valid_to <= row.valid_from:
        return _("withdrawn before its day")
    if row.valid_from > on:
        return _("not yet in force")
    begun = [one for one in versions if one.valid_from <= on
             and (one.valid_to is None or one.valid_to > on)]  # fmt: skip
    return _("in force") if begun and begun[0].pk == row.pk else _("replaced")


@require_POST
def back(request: HttpRequest, area_id: int, code: str) -> HttpResponse:
    """Propose an older version again and simulate it at once."""
    user = staff(request)
    area, code = proposals.place_for(user, area_id), known(code)
    version = digits(request.POST.get("version", ""))
    if version is None:
        raise NotVisible("There is no such version.")
    found = proposals.back_to(user, area, code, version)
    proposals.simulate(user, found.pk)
    messages.success(request, _("Proposed and simulated; somebody else approves it."))
    return redirect("cases:proposal", found.pk)


# --- writing one ------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, area_id: int, code: str) -> HttpResponse:
    """Propose the next version of a policy."""
    user = staff(request)
    area, code = proposals.place_for(user, area_id), known(code)
    proposals.need_proposer(user, area)
    row = in_force(area, today()).rows.get(code)
    body = row.body if isinstance(row, Policy) else default_body(code)
    form = form_for(request, code, {**initial_of(code, body), "valid_from": today()})
    return written(request, user, area, form, None)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft; its simulation counts no longer."""
    user = staff(request)
    found = proposals.proposal_for(user, pk)
    proposals.need_proposer(user, found.area)
    proposals.open_for_changes(found, None)
    initial = initial_of(found.code, found.body) | {
        "valid_from": found.valid_from, "restart": "restart" if found.restart else "keep",
        "reason": found.reason, "rev": found.rev,
    }  # fmt: skip
    return written(request, user, found.area, form_for(request, found.code, initial), found)


def form_for(request: HttpRequest, code: str, initial: dict[str, Any]) -> WishForm:
    data = request.POST or None
    if code in NUMBERS:
        return NumberForm(code, data, initial=initial)
    if bounds.limit_of_setting(code) is not None:
        return LimitForm(code, data, initial=initial)
    asked = request.POST if data is not None else request.GET
    rows = digits(asked.get("rows", "")) or sum(name.endswith("_level") for name in initial)
    kinds = kinds_of_unit()
    more = 1 if "more" in request.POST else 0
    return LadderForm(code, kinds, data, initial=initial, rows=rows + more)


def written(
    request: HttpRequest, user: User, area: Area, form: WishForm, found: PolicyProposal | None
) -> HttpResponse:
    """Take a form in: nothing typed is lost when it cannot be."""
    asked = request.method == "POST" and "more" not in request.POST
    if asked and form.is_valid():
        try:
            if found is None:
                found = proposals.propose(user, area, form.wish())
            else:
                rev = form.cleaned_data["rev"]
                found = proposals.rewrite(user, found.pk, form.wish(), rev)
            proposals.simulate(user, found.pk)
            return redirect("cases:proposal", found.pk)
        except WrongValues as error:
            form.add_problems(error.fields)
        except BrokenRule as error:
            form.add_refusal(error)
    context = {
        "area": area, "code": form.code, "name": policy_words.setting_name(form.code),
        "form": form, "asked": asked, "proposal": found,
        "ladder": isinstance(form, LadderForm), "number": isinstance(form, NumberForm),
        "most": isinstance(form, LadderForm) and form.rows >= bounds.MOST_RUNGS,
    }  # fmt: skip
    status = 422 if asked and form.errors else 200
    return render(request, "cases/policy_edit.html", context, status=status)


# --- a proposal -------------------------------------------------------------------------------
@require_GET
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """What is proposed, what it would do, who decides, and how far it is."""
    user = staff(request)
    return shown(request, user, proposals.proposal_for(user, pk))


def shown(
    request: HttpRequest, user: User, found: PolicyProposal, *, problem: str = "",
    answer: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    row = simulation.latest(found)
    asked = found.simulations.first()
    moved, left, named = restarting.progress(found)
    is_open = found.state in (ProposalState.DRAFT.value, ProposalState.WAITING.value)
    current = is_open and row is not None and row.rev == found.rev
    before = in_force(found.area, today()).rows.get(found.code)
    base = before.body if isinstance(before, Policy) else default_body(found.code)
    context = {
        "proposal": found, "state": state_words(found), "problem": problem, "answer": answer,
        "name": policy_words.setting_name(found.code), "number": found.code in NUMBERS,
        "lines": policy_words.lines(found.code, found.body),
        "differences": policy_words.differences(found.code, base, found.body) if is_open else [],
        "simulation": row, "current": current, "counting": asked is not None and asked.at is None,
        "stale": simulation.changed_since(row) if current and row and found.restart else 0,
        "proposes": proposals.may_propose(user, found.area),
        "decides": proposals.may_decide(user, found), "is_open": is_open,
        "withdrawable": is_open or found.state == ProposalState.APPROVED.value,
        "past": found.valid_from < today(),
        "moved": moved, "left": left, "named": named, "done": moved + left,
        "running": found.state == ProposalState.ACTIVE.value and found.finished_at is None,
        "again": restarting.left_over(row) if row and found.finished_at else 0,
    }  # fmt: skip
    return render(request, "cases/proposal.html", context, status=status)


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Simulate, approve, reject or withdraw."""
    user = staff(request)
    found = proposals.proposal_for(user, pk)
    rev, answer = digits(request.POST.get("rev", "")), request.POST.get("answer", "")
    what = request.POST.get("do", "")
    try:
        if what == "simulate":
            proposals.simulate(user, pk, rev)
        elif what == "approve":
            done = proposals.approve(user, pk, rev)
            messages.success(request, _("Approved; in force from %(day)s.")
                             % {"day": done.valid_from.isoformat()})  # fmt: skip
        elif what == "reject":
            proposals.reject(user, pk, answer, rev)
            messages.success(request, _("The proposal was rejected."))
        elif what == "withdraw":
            proposals.withdraw(user, pk, answer, rev)
            messages.success(request, _("The proposal was withdrawn."))
        else:
            problem = _("Choose what is to be done.")
            return shown(request, user, found, problem=problem, answer=answer, status=422)
    except BrokenRule as error:
        if error.http_status in (403, 404):
            raise
        found = proposals.proposal_for(user, pk)
        return shown(
            request, user, found, problem=words(error), answer=answer, status=error.http_status
        )
    return redirect("cases:proposal", pk)


# --- the named clocks ----------------------------------------------------------------------
@require_GET
def moves(request: HttpRequest, pk: int) -> HttpResponse:
    """The clocks a simulation names, by kind and unit."""
    user = staff(request)
    found = proposals.proposal_for(user, pk)
    row = simulation.latest(found)
    if row is None:
        raise NotVisible("This proposal was not simulated yet.")
    view = request.GET.get("view", "")
    view = view if view in simulation.VIEWS else ""
    unit, after = digits(request.GET.get("unit", "")), digits(request.GET.get("after", "")) or 0
    rows = simulation.moves_for(user, row, view, unit)
    page = list(rows.filter(clock_id__gt=after)[: PAGE + 1])
    names = simulation.names_of(page)
    query = f"view={view}" + (f"&unit={unit}" if unit is not None else "")
    context = {
        "proposal": found, "name": policy_words.setting_name(found.code), "simulation": row,
        "view": view, "unit": unit, "views": view_words(),
        "lines": [(one, names.get(one.unit_id, ""), why(one)) for one in page[:PAGE]],
        "units": simulation.by_unit(user, row) if not after else [],
        "older": f"?{query}&after={page[PAGE - 1].clock_id}" if len(page) > PAGE else "",
        "newer": f"?{query}" if after else "",
        "file": f"{reverse('cases:proposal_file', args=[pk])}?{query}",
    }  # fmt: skip
    return render(request, "cases/proposal_moves.html", context)


def view_words() -> list[tuple[str, str]]:
    return [
        ("", _("All")), ("earlier", _("Earlier")), ("later", _("Later")), ("same", _("Unchanged")),
        ("at_once", _("Due at once")), ("kept", _("Keep their version")),
        ("left", _("Not moved")),
    ]  # fmt: skip


def why(row: PolicyMove) -> str:
    """Why a clock keeps its version or was not moved."""
    code = row.left_because or row.kept
    return _(Kept(code).label) if code else ""


@require_GET
def file(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The named clocks as CSV: numbers, units and moments, nobody's words."""
    user = staff(request)
    found = proposals.proposal_for(user, pk)
    row = simulation.latest(found)
    if row is None:
        raise NotVisible("This proposal was not simulated yet.")
    view = request.GET.get("view", "")
    unit = digits(request.GET.get("unit", ""))
    rows = simulation.moves_for(user, row, view if view in simulation.VIEWS else "", unit)
    proposals.taken_out(user, found)
    head = [
        _("Number"), _("Responsible"), _("Deadline now"), _("Deadline then"), _("End now"),
        _("End then"), _("Due at once"), _("Remark"),
    ]  # fmt: skip
    # Sent after the request, when nobody's language is set any more: the words come along.
    said = {code: _(Kept(code).label) for code in Kept.values()} | {
        "": "", "yes": _("yes"), "restricted": _("restricted")
    }  # fmt: skip
    lines = table(rows, simulation.unit_names(found.area), said)
    response = StreamingHttpResponse(
        chain([BOM], csvfile.pieces(head, lines)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="policy-{found.pk}.csv"'
    return response


def table(
    rows: QuerySet[PolicyMove], units: dict[int, str], said: dict[str, str]
) -> Iterator[list[str]]:
    """The lines of the file, read in pieces."""
    after = 0
    while piece := list(rows.filter(clock_id__gt=after)[:PIECE]):
        for row in piece:
            yield [
                row.number or said["restricted"], units.get(row.unit_id, ""),
                moment(row.step_from), moment(row.step_to), moment(row.due_from),
                moment(row.due_to), said["yes"] if row.at_once else "",
                said[row.left_because or row.kept],
            ]  # fmt: skip
        after = piece[-1].clock_id


def state_words(found: PolicyProposal) -> str:
    if found.state == ProposalState.ACTIVE.value and found.finished_at is None:
        return _("In force, clocks are being moved")
    return _(ProposalState(found.state).label)


def sums(row: PolicySimulation) -> list[tuple[str, str, int]]:
    """View, words and number of each kind of clock, for the page and for programs."""
    counts = {"earlier": row.earlier, "later": row.later, "same": row.same,
              "at_once": row.at_once, "kept": row.kept}  # fmt: skip
    return [(view, said, counts[view]) for view, said in view_words() if view in counts]
