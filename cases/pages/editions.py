"""Later editions of the list of places: read in, looked through, decided on, carried out."""

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases import editions
from cases.area_forms import offered
from cases.edition_forms import Filter, HeirForm, ReadForm
from cases.editions import Choice
from cases.intake_form import words
from cases.pages.areas import numbers
from cases.pages.intake import staff
from grids import edition_reading
from grids.bodies import digits
from grids.csvfile import MOST_LINES, BadFile, BadRow
from grids.editions import compare_edition, discard
from grids.errors import BadInput, BrokenRule, NotAllowed, NotVisible
from grids.matching import ChangeKind
from grids.models import Area, AreaEdition, EditionChange, User
from grids.models.edition import ChangeState, EditionState

PAGE = 60  # changes of a page
ANSWERS = {
    "accept": ChangeState.ACCEPTED, "refuse": ChangeState.REFUSED, "wait": ChangeState.WAITING,
}  # fmt: skip
ORDER = [kind.value for kind in ChangeKind]


@dataclass(frozen=True, slots=True)
class Line:
    """One change as a list shows it."""

    row: EditionChange
    problem: str
    open: bool  # may be decided on


def administrator(request: HttpRequest) -> User:
    """The reader; raises ``NotAllowed`` for who reorganises no places."""
    user = staff(request)
    if not editions.administering(user):
        raise NotAllowed("Places are reorganised by the system administrator in charge.")
    return user


# --- the list and reading in ------------------------------------------------------------------
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The editions that concern the reader's places, with what waits."""
    user = administrator(request)
    rows = AreaEdition.objects.visible_to(user).select_related("root", "read_by")
    found = list(rows[:100])
    states = EditionChange.objects.visible_to(user).filter(edition__in=found)
    grouped = states.order_by().values_list("edition", "state").annotate(n=Count("pk"))
    counts: dict[int, Counter[str]] = {one.pk: Counter() for one in found}
    for edition, state, n in grouped:
        counts[edition][state] += n
    lines = [(one, counts[one.pk], EditionState(one.state).label) for one in found]
    return render(request, "cases/editions.html", {"lines": lines})


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Read a table in and compare it at once; a bad line leaves nothing."""
    user = administrator(request)
    roots, bad = editions.reading_roots(user), list[BadRow]()
    form = ReadForm(roots, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            edition = edition_reading.read_table(form.reading(user), str(file.name), file.read())
            compare_edition(edition)
            return redirect("cases:edition", edition.pk)
        except BadFile as error:
            bad = error.rows
        except BrokenRule as error:
            form.add_refusal(error)
    context = {
        "form": form, "bad": [(row.line, said(row)) for row in bad[:MOST_LINES]],
        "bad_count": len(bad), "more": len(bad) > MOST_LINES,
    }  # fmt: skip
    status = 422 if bad or form.errors else 200
    return render(request, "cases/edition_new.html", context, status=status)


def said(row: BadRow) -> str:
    """Why a line is bad, in the reader's language, with the column it is about."""
    if row.error is None:
        return row.reason
    text = words(row.error)
    return f"{row.error.field}: {text}" if row.error.field else text


# --- the change set -----------------------------------------------------------------------------
@require_GET
def edition(request: HttpRequest, pk: int) -> HttpResponse:
    """What an edition says, by kind and county, as far as it concerns the reader's places."""
    user = administrator(request)
    return shown(request, user, editions.edition_for(user, pk))


def shown(
    request: HttpRequest, user: User, found: AreaEdition, *, problem: str = "", status: int = 200
) -> HttpResponse:
    asked = Filter.of(request.GET)
    every = editions.changes_for(user, found)
    rows = asked.narrow(every)
    after = digits(request.GET.get("after", "")) or 0
    listed = list(ordered(rows)[after : after + PAGE + 1])
    more, page = len(listed) > PAGE, listed[:PAGE]
    counts = editions.counts(every)
    states = Counter[str]()
    for (_kind, state), n in counts.items():
        states[state] += n
    context = {
        "edition": found, "state": EditionState(found.state).label, "problem": problem,
        "filter": asked, "table": table_of(counts), "states": states,
        "counties": counties(every), "kinds": list(ChangeKind), "all_states": list(ChangeState),
        "groups": [
            (ChangeKind(kind).label, [line(row, found) for row in some])
            for kind, some in groupby(page, key=lambda row: row.kind)
        ],
        "group": rows.filter(state=ChangeState.WAITING.value, unsure=False).count(),
        "unsure": rows.filter(state=ChangeState.WAITING.value, unsure=True).count(),
        "total": rows.count(), "from": after + 1, "to": after + len(page),
        "newer": f"?{asked.query(after=max(after - PAGE, 0))}" if after else "",
        "older": f"?{asked.query(after=after + PAGE)}" if more else "",
        "open": found.state == EditionState.COMPARED.value,
        "untouched": not states["applied"] and not states["ordered"],
        "own": found.read_by_id == user.pk,
    }  # fmt: skip
    return render(request, "cases/edition.html", context, status=status)


def ordered(rows: QuerySet[EditionChange]) -> QuerySet[EditionChange]:
    """In the order of kinds and levels, which is that of carrying out."""
    return rows.select_related("county", "heir", "decided_by", "result").order_by("step", "id")


def table_of(counts: Counter[tuple[str, str]]) -> list[tuple[str, str, list[int], int]]:
    """One row per kind: code, label, counts by state, sum."""
    found = []
    for kind in ChangeKind:
        row = [counts[kind.value, state.value] for state in ChangeState]
        found.append((kind.value, kind.label, row, sum(row)))
    return found


def counties(every: QuerySet[EditionChange]) -> list[tuple[int, str, list[int], int]]:
    """One row per county: id, name, counts by kind, sum; largest first."""
    grouped = every.order_by().values_list("county", "county__name", "kind").annotate(n=Count("pk"))
    found: dict[tuple[int, str], Counter[str]] = {}
    for county, name, kind, n in grouped:
        found.setdefault((county or 0, name or ""), Counter())[kind] += n
    lines = [
        (county, name, [count[kind] for kind in ORDER], sum(count.values()))
        for (county, name), count in found.items()
    ]
    return sorted(lines, key=lambda one: -one[3])


def line(row: EditionChange, found: AreaEdition) -> Line:
    return Line(row, problem_of(row), is_open(row, found))


def is_open(row: EditionChange, found: AreaEdition) -> bool:
    decided = (ChangeState.ORDERED.value, ChangeState.APPLIED.value)
    return found.state == EditionState.COMPARED.value and row.state not in decided


def problem_of(row: EditionChange) -> str:
    """Why an accepted change could not be carried out, in the reader's language."""
    return _(row.problem) % row.problem_values if row.problem else ""


# --- deciding -------------------------------------------------------------------------------------
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept or refuse one change (``change``), or every sure one the filter means."""
    user = administrator(request)
    found = editions.edition_for(user, pk)
    answer = ANSWERS.get(request.POST.get("answer", ""))
    if answer is None:
        return shown(request, user, found, problem=_("Choose accept or refuse."), status=422)
    rows = editions.changes_for(user, found)
    one = digits(request.POST.get("change", ""))
    if one is not None:
        rows = rows.filter(pk=one)
        if not rows.exists():
            raise NotVisible(editions.NO_CHANGE)
    else:
        rows = Filter.of(request.POST).narrow(rows).filter(unsure=False)
        if answer is not ChangeState.WAITING:  # a group never overrules a decision
            rows = rows.filter(state=ChangeState.WAITING.value)
    count = editions.decide(user, found, rows, Choice(answer))
    tell(request, answer, count)
    back = Filter.of(request.POST).query(after=digits(request.POST.get("after", "")) or "")
    return redirect(f"{reverse('cases:edition', args=[found.pk])}?{back}")


def tell(request: HttpRequest, answer: ChangeState, count: int) -> None:
    said = {
        ChangeState.ACCEPTED: ngettext(
            "%(n)s change accepted.", "%(n)s changes accepted.", count),
        ChangeState.REFUSED: ngettext("%(n)s change refused.", "%(n)s changes refused.", count),
    }.get(answer) or ngettext(
        "%(n)s change waits again.", "%(n)s changes wait again.", count
    )  # fmt: skip
    messages.success(request, said % {"n": count})


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int, change_id: int) -> HttpResponse:
    """One change with what it would do; what is gone may have gone into another place."""
    user = administrator(request)
    found = editions.edition_for(user, pk)
    rows = editions.changes_for(user, found).filter(pk=change_id)
    row = rows.select_related("edition", "line", "place__parent", "county", "heir").first()
    if row is None:
        raise NotVisible(editions.NO_CHANGE)
    twins = editions.twins_for(user, row)
    form = HeirForm(row, heirs(user, row), twins, request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = ANSWERS.get(request.POST.get("answer", ""))
        chosen = digits(form.cleaned_data["heir"])
        twin = digits(form.cleaned_data.get("twin", ""))
        try:
            if twin is not None and answer is ChangeState.ACCEPTED:
                editions.join(user, row, twin)
                tell(request, answer, 1)
                return redirect("cases:edition", found.pk)
            heir = editions.heir_for(user, row, chosen)
            if answer is not None:
                kept = heir if answer is ChangeState.ACCEPTED else None
                tell(request, answer, editions.decide(user, found, rows, Choice(answer, kept)))
                return redirect("cases:edition", found.pk)
            row.heir = heir
        except BadInput as error:
            form.add_refusal(error)
    context = {
        "edition": found, "line": line(row, found), "kind": ChangeKind(row.kind).label,
        "form": form if row.kind == ChangeKind.GONE else None,
        "refusal": refusal(user, row), "state": ChangeState(row.state).label,
        "lines": list(numbers(editions.preview(user, [row]))) if is_open(row, found) else [],
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "cases/edition_change.html", context, status=status)


def heirs(user: User, row: EditionChange) -> list[Area]:
    """Places that may take over what is gone."""
    if row.kind != ChangeKind.GONE or row.place is None:
        return []
    return offered(user, row.place, {row.level})


def refusal(user: User, row: EditionChange) -> str:
    """What the tree would say to the change as it stands today; empty when nothing."""
    try:
        editions.trial(user, row)
    except BrokenRule as error:
        return words(error)
    return ""


# --- carrying out -------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """What everything accepted would do together; then the order to do it."""
    user = administrator(request)
    found = editions.edition_for(user, pk)
    rows = editions.changes_for(user, found).filter(state=ChangeState.ACCEPTED.value)
    if request.method == "POST":
        count = editions.order(user, found)
        text = ngettext("%(n)s change is carried out.", "%(n)s changes are carried out.", count)
        messages.success(request, text % {"n": count})
        return redirect("cases:edition", found.pk)
    accepted = list(rows.select_related("edition", "line", "place")[: editions.MOST_PREVIEWED])
    total = rows.count()
    preview = editions.preview(user, accepted)
    context: dict[str, Any] = {
        "edition": found, "total": total, "left_out": total - len(accepted),
        "lines": list(numbers(preview)), "renumbered": preview.renumbered,
        "waiting": editions.changes_for(user, found).filter(
            state=ChangeState.WAITING.value).count(),
        "many": total > editions.AT_ONCE, "open": found.state == EditionState.COMPARED.value,
    }  # fmt: skip
    return render(request, "cases/edition_apply.html", context)


@require_POST
def put_away(request: HttpRequest, pk: int) -> HttpResponse:
    """Discard an edition that the reader's places alone are compared with."""
    user = administrator(request)
    found = editions.edition_for(user, pk)
    editions.check_own(user, found)
    discard(found)
    messages.success(request, _("The edition was discarded; the places stay as they are."))
    return redirect("cases:editions")
