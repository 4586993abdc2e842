"""After the opinion: review, re-review, the end, and the resident's own withdrawal.

What a resident asks for late is never refused by the program: it goes to the unit above, where
a person decides, with a note that the time had run out.
"""

from dataclasses import replace

from cases import clocks, driving, papers
from cases.acting import MOVED_ON, Act
from cases.acts.ending import follow_places
from cases.acts.moving import keep, take_over
from cases.events import Words
from cases.models import Case, CaseEvent
from cases.rules.limits import LimitCode
from cases.rules.terms import Outcome, Paper, Review, Status, Verb
from cases.superiors import superior_of
from grids.errors import BadInput, WrongState
from grids.models import Unit


def apply_review(act: Act) -> None:
    """The resident asks the unit above to review the opinion."""
    ask(act, Paper.OPINION)


def record_review(act: Act) -> None:
    """The resident asked on paper or at the counter; the office writes it down."""
    act.need(act.inputs.note, "note", "Please write what the resident asks for.")
    ask(act, Paper.OPINION)


def apply_rereview(act: Act) -> None:
    """The resident asks the unit above the reviewer."""
    ask(act, Paper.REVIEW)


def record_rereview(act: Act) -> None:
    """The resident asked on paper or at the counter for a re-review."""
    act.need(act.inputs.note, "note", "Please write what the resident asks for.")
    ask(act, Paper.REVIEW)


def ask(act: Act, against: Paper) -> None:
    """Give the matter to the unit above for a decision on ``against``."""
    case, paper = act.case, papers.last_answer(act.case)
    if paper is None or paper.sort != against.value:
        raise WrongState(MOVED_ON)
    end = papers.window(paper)
    if end is not None and end.at < act.now:
        act.words.append(Words("late", papers.today(end.at).isoformat()))
    if case.closed_at is not None:
        follow_places(case)
    holder = Unit.objects.select_related("area").get(pk=case.holder_unit_id or 0)
    keep(case, holder.pk, "co_responsible", act)
    above = unit_above(act, holder)
    if above.pk == holder.pk:
        act.tell_unit(holder.pk)
    else:
        take_over(act, above)
    act.tell_user(case.reporter_id)


def unit_above(act: Act, holder: Unit) -> Unit:
    """Who reviews; at the top of this customer the request stays where people read it."""
    try:
        return superior_of(act.case, holder, act.now)
    except WrongState:
        return holder


def decide_review(act: Act) -> None:
    """Issue the review opinion; the resident's time for a re-review runs from its service."""
    service = decide(act, Paper.REVIEW)
    act.facts = replace(driving.facts_of(act.case, act.now), served=bool(service), reviewed=True)


def conclude(act: Act) -> None:
    """Issue the re-review opinion: the procedure has ended, help and explanation go on."""
    decide(act, Paper.REREVIEW)


def decide(act: Act, sort: Paper) -> dict[str, object]:
    if act.inputs.conclusion not in Review.values():
        raise BadInput("Choose the decision.", field="conclusion")
    act.need(act.inputs.note, "note", "Please write the reasons of the decision.")
    service = papers.served(act, act.now, required=False)
    papers.issue(act, sort, conclusion=act.inputs.conclusion, **service)
    act.tell_user(act.case.reporter_id)
    for unit_id in helping(act.case):
        act.tell_unit(unit_id)
    return service


def helping(case: Case) -> list[int]:
    """The units below that stay responsible for what was decided."""
    rows = case.units.filter(part="co_responsible", until=None)
    return sorted(rows.values_list("unit_id", flat=True))


def lapse(act: Act) -> None:
    """The resident's time has run out. A supported request stays open until it is carried out."""
    if withdrawn(act):
        act.case.outcome = Outcome.WITHDRAWN.value
    elif clocks.running(act.case).filter(code=LimitCode.EXECUTE.value).exists():
        act.target = status_before(act)
    act.tell_user(act.case.reporter_id)


def withdrawn(act: Act) -> bool:
    """Whether the matter stood withdrawn before this act, which has moved the status on."""
    return clocks.running(act.case).filter(code=LimitCode.WITHDRAWAL.value).exists()


def status_before(act: Act) -> Status:
    last = CaseEvent.objects.filter(case=act.case).order_by("-seq").values_list("target", flat=True)
    return Status(last[0])


def withdraw(act: Act) -> None:
    """The resident takes the matter back, and may undo that for seven days."""
    act.tell_unit(act.case.holder_unit_id)
    act.tell_user(act.case.reporter_id)


def undo_withdraw(act: Act) -> None:
    """The resident goes on after all: where it stood, with the days every clock had."""
    events = CaseEvent.objects.filter(case=act.case, verb=Verb.WITHDRAW.value)
    last = events.order_by("-seq")[0]
    clocks.running(act.case).filter(held_at=last.at).update(held_at=None)
    act.target = Status(last.source)
    act.tell_unit(act.case.holder_unit_id)
    act.tell_user(act.case.reporter_id)
