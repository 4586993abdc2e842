"""Requests that somebody stays away, as those who decide and those who asked read them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cases import clocks
from cases.deciders import decided_by, waiting
from cases.intake_form import in_language
from cases.models import Case, CaseNote, RecusalRequest
from cases.rules.lamp import Lamp, amber_from, lamp
from grids.models import User

WORDS = ("recusal.whom", "recusal.why", "recusal.answer")
MOST = 100
ASKED = {  # by whom: msgids
    "own": gettext_noop("declared by the person"), "party": gettext_noop("asked by a party"),
    "colleague": gettext_noop("asked by a colleague"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """One request with its words, as far as the reader may see them."""

    row: RecusalRequest
    case: Case
    asked: str
    person: str  # empty while a party's words are all there is
    whom: str
    why: str
    answer: str
    lamp: Lamp
    mine: bool  # the reader decides it
    category: str
    provisional: bool


def to_decide(user: User, now: datetime) -> list[Request]:
    """The waiting requests ``user`` may decide, the next due first. About cases; nobody is
    counted."""
    units = [post.unit_id for post in user.posts]
    rows = RecusalRequest.objects.filter(
        decider_unit__in=units, decided_at=None, case__closed_at=None
    )
    rows = rows.select_related("user", "decider_unit").order_by("due_at", "pk")[:MOST]
    found = decided_by(user, rows)
    cases = Case.objects.visible_to(user).filter(pk__in=[row.case_id for row in found])
    visible = {case.pk: case for case in cases.select_related("category", "area", "holder_unit")}
    return drawn([row for row in found if row.case_id in visible], visible, user, now)


def on_case(user: User, case: Case, now: datetime) -> list[Request]:
    """The requests on one case that concern the reader: asked by them or for them to decide."""
    rows = RecusalRequest.objects.filter(case=case).select_related("user", "decider_unit")
    open_rows = [row for row in rows if row.decided_at is None]
    mine = decided_by(user, open_rows)
    wanted = [row for row in rows if row in mine or user.pk in (row.asked_by_id, row.decided_by_id)]
    return drawn(wanted, {case.pk: case}, user, now)


def choices(user: User, case: Case) -> list[tuple[str, str]]:
    """What the decider chooses between on the form."""
    rows = decided_by(user, waiting(case).select_related("user"))
    known = notes(rows)
    return [
        (
            str(row.pk),
            f"{row.user.display_name if row.user else known.get((row.case_id, row.seq, WORDS[0]))}"
            f" · {_(ASKED[row.sort])}",
        )
        for row in rows
    ]


def drawn(
    rows: Iterable[RecusalRequest], cases: Mapping[int, Case], user: User, now: datetime
) -> list[Request]:
    found = list(rows)
    known = notes(found)
    return [
        Request(
            row, cases[row.case_id], _(ASKED[row.sort]),
            row.user.display_name if row.user else "",
            known.get((row.case_id, row.seq, "recusal.whom"), ""),
            known.get((row.case_id, row.seq, "recusal.why"), ""),
            known.get((row.case_id, row.decided_seq, "recusal.answer"), ""),
            lamp(row.due_at, now, closed=row.decided_at is not None, paused=False,
                 amber_at=amber_from(row.asked_at, row.due_at)),
            row.decided_at is None and row in decided_by(user, [row]),
            in_language(cases[row.case_id].category),
            clocks.beyond_notices(cases[row.case_id], row.due_at),
        )
        for row in found
    ]  # fmt: skip


def notes(rows: Iterable[RecusalRequest]) -> dict[tuple[int, int | None, str], str]:
    """The words of requests and decisions, by case, event and field; erased ones are empty."""
    ids = {row.case_id for row in rows}
    found = CaseNote.objects.filter(case__in=ids, field__in=WORDS)
    return {(note.case_id, note.seq, note.field): note.text for note in found}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of a party as the progress page shows it."""

    whom: str
    asked_at: datetime
    due_at: datetime
    decided_at: datetime | None
    granted: bool | None
    answer: str
    provisional: bool


def of_parties(case: Case) -> list[Asked]:
    """What parties asked, newest first, with the decision, its reasons and its date."""
    rows = list(RecusalRequest.objects.filter(case=case, sort="party").order_by("-pk"))
    known = notes(rows)
    return [
        Asked(
            known.get((row.case_id, row.seq, "recusal.whom"), ""), row.asked_at, row.due_at,
            row.decided_at, row.granted,
            known.get((row.case_id, row.decided_seq, "recusal.answer"), ""),
            clocks.beyond_notices(case, row.due_at),
        )
        for row in rows
    ]  # fmt: skip
