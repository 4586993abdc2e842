"""What a resident sees of a petition matter beside its stage: documents, windows, own acts.

The regulation wants it to be found out, followed, chased and judged: the dates of registration
and passing on, and of every document, stand here (信访事项网上办理工作规程). No names, no story.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import papers
from cases.models import Case, CaseNote
from cases.rules.terms import (
    Agreement,
    Kind,
    Outcome,
    Paper,
    Review,
    Route,
    Status,
    Verb,
)
from cases.rules.workflow import find

# What a resident may do, in the order of the buttons: verb, button, what it means.
ACTS: tuple[tuple[Verb, str | Promise, str | Promise], ...] = (
    (Verb.APPLY_REVIEW, gettext_lazy("Apply for a review"),
     gettext_lazy("The office above decides within thirty days.")),
    (Verb.APPLY_REREVIEW, gettext_lazy("Apply for a re-review"),
     gettext_lazy("The office above the reviewer decides within thirty days.")),
    (Verb.UNDO_WITHDRAW, gettext_lazy("Go on with the matter"),
     gettext_lazy("It goes on where it stood, with the same dates.")),
    (Verb.WITHDRAW, gettext_lazy("Withdraw the matter"),
     gettext_lazy("Only you can do this. You may take it back for seven days.")),
)  # fmt: skip
AGAINST = {Verb.APPLY_REVIEW: Paper.OPINION.value, Verb.APPLY_REREVIEW: Paper.REVIEW.value}
BY_ROUTE = frozenset({Paper.ACCEPTED.value, Paper.ROUTE.value})
BY_REVIEW = frozenset({Paper.REVIEW.value, Paper.REREVIEW.value})
# Between offices: nobody serves them on the resident.
BETWEEN = frozenset(
    {Paper.PASSED_ON.value, Paper.ENTRUSTED.value, Paper.OBJECTION.value, Paper.REPORT.value}
)


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One document: what it is, from which office, when issued and served, what it says;
    ``between``: it goes from office to office and is never served."""

    label: str
    unit: str
    issued_at: datetime
    served_on: date | None
    says: str
    between: bool


@dataclass(frozen=True, slots=True)
class OwnAct:
    """A button of the resident's own."""

    value: str
    label: str | Promise
    hint: str | Promise


@dataclass(frozen=True, slots=True)
class Window:
    """Until when the resident may apply; ``days`` left by the calendar, 0 on the last one.
    After it a request still reaches a person."""

    until: datetime
    days: int
    over: bool
    provisional: bool


def lines(case: Case) -> list[PaperLine]:
    """The documents of ``case`` in their order; at most two queries."""
    rows = list(case.papers.select_related("unit"))
    reasons = reasons_told(case, [row.seq for row in rows if row.sort == Paper.EXTENSION])
    found = []
    for row in rows:
        says = worded(row.sort, row.conclusion)
        if row.sort == Paper.EXTENSION:
            says = _("%(days)s days longer. %(reason)s") % {
                "days": row.days, "reason": reasons.get(row.seq, ""),
            }  # fmt: skip
        found.append(
            PaperLine(_(Paper(row.sort).label), row.unit.name, row.issued_at, row.served_on, says,
                      row.sort in BETWEEN)
        )  # fmt: skip
    return found


def meetings(case: Case) -> list[tuple[datetime, str]]:
    """When and where the parties meet while they seek an agreement."""
    if case.status != Status.CONCILIATING:
        return []
    return list(case.sessions.values_list("planned_at", "place"))


def reasons_told(case: Case, seqs: list[int]) -> dict[int, str]:
    """The reasons of extensions, which the resident is told."""
    notes = CaseNote.objects.filter(case=case, seq__in=seqs, field="note", erased_at=None)
    return dict(notes.values_list("seq", "text")) if seqs else {}


def worded(sort: str, code: str) -> str:
    """What a document says, in a few words."""
    if not code:
        return ""
    if sort in BY_ROUTE:
        return _(Route(code).label)
    if sort == Paper.SETTLEMENT:
        return _(Agreement(code).label)
    return _(Review(code).label) if sort in BY_REVIEW else _(Outcome(code).label)


def window(case: Case, now: datetime) -> Window | None:
    """The resident's time to apply against the newest document, if one runs or has run out."""
    if not any(may(case, verb) for verb in AGAINST):
        return None
    end = papers.window(papers.last_answer(case))
    if end is None:
        return None
    left = (papers.today(end.at) - papers.today(now)).days
    return Window(end.at, max(left, 0), end.at < now, end.provisional)


def own_acts(case: Case) -> list[OwnAct]:
    """What the resident may do to ``case`` now."""
    return [OwnAct(verb.value, label, hint) for verb, label, hint in ACTS if may(case, verb)]


def may(case: Case, verb: Verb) -> bool:
    """Whether the resident may do ``verb``: by the table, and against the right document."""
    if case.kind != Kind.PETITION or find(Kind.PETITION, Status(case.status), verb) is None:
        return False
    if verb not in AGAINST:
        return True
    paper = papers.last_answer(case)
    withdrawn = case.outcome == Outcome.WITHDRAWN
    return paper is not None and paper.sort == AGAINST[verb] and not withdrawn
