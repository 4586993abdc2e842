"""Handling an accepted petition matter: longer time, hearing, the opinion and its service."""

from dataclasses import replace
from datetime import timedelta

from cases import clocks, driving, papers
from cases.acting import Act
from cases.events import Words
from cases.models import ClockExtension, Petition
from cases.rules.limits import LIMITS, LimitCode
from cases.rules.terms import (
    ON_SUGGESTIONS,
    OPINIONS,
    ClockCode,
    Outcome,
    Paper,
    Route,
    Status,
)
from grids.errors import BadInput, WrongState

LONGEST_HEARING = timedelta(days=90)
FAVOURABLE = frozenset({Outcome.SUPPORT, Outcome.ADOPTED, Outcome.PARTLY})
PARTS = {
    "claim": "Please write what the resident asks for.",
    "facts": "Please write the facts and reasons.",
    "basis": "Please write the laws and rules it rests on.",
}


def to_ordinary(act: Act) -> None:
    """It is not as simple as it seemed: the ordinary time, counted from the acceptance."""
    act.need(act.inputs.note, "note", "Please write why.")
    petition = Petition.objects.get(case=act.case)
    if not petition.simple:
        raise WrongState("This matter is in the ordinary procedure already.")
    petition.simple = False
    petition.save(update_fields=["simple"])


def extend(act: Act) -> None:
    """The head of the unit approves a longer time, once and within the cap; the resident is told
    the reason in the same act, before the day moves."""
    act.need(act.inputs.note, "note", "Please write the reason the resident is told.")
    rule = LIMITS[LimitCode.HANDLE].extension
    clock = clocks.running(act.case).filter(code=LimitCode.HANDLE.value, held_at=None).first()
    if clock is None or rule is None:
        raise WrongState("Only the sixty days of the petition procedure can be extended.")
    if ClockExtension.objects.filter(clock=clock).count() >= rule.times:
        raise WrongState("It was extended once; the law allows no second extension.")
    if clock.due_at < act.now:
        raise WrongState("The time has run out already; it can no longer be extended.")
    if act.actor is None:
        raise WrongState("Only the head of the unit extends a time limit.")
    days = act.inputs.days
    if days is None or not 1 <= days <= rule.most.amount:
        raise BadInput("Choose 1 to %(most)s days: the law allows no more in total.",
                       field="days", most=rule.most.amount)  # fmt: skip
    papers.issue(act, Paper.EXTENSION, days=days, **papers.told(act))
    ClockExtension.objects.create(
        clock=clock, tenant_id=act.case.tenant_id, days=days, told_at=act.now,
        approved_at=act.now, approved_by=act.actor,
    )  # fmt: skip
    clocks.extend(clock, days)
    act.tell_unit(act.case.holder_unit_id)


def hear(act: Act) -> None:
    """Open a hearing until a named day. Only the time of a re-review stands still for it."""
    until = act.inputs.until
    if until is None or not act.now < until <= act.now + LONGEST_HEARING:
        raise BadInput("Choose a day within the next 90 days.", field="until")
    if hearing(act):
        raise WrongState("A hearing is open already.")
    driving.set_deadline(act, ClockCode.HEARING, until)


def hearing(act: Act) -> bool:
    """Whether a hearing is open."""
    return clocks.running(act.case).filter(code=ClockCode.HEARING.value).exists()


def end_hearing(act: Act) -> None:
    """The hearing is over; what stood still for it runs on."""
    act.need(act.inputs.note, "note", "Please write the result of the hearing.")
    if not hearing(act):
        raise WrongState("No hearing is open.")
    clocks.resume(act.case, act.now)


def reply(act: Act) -> None:
    """Issue the handling opinion with its four parts; the resident's time for a review runs
    from the day it is served."""
    petition = Petition.objects.get(case=act.case)
    suggestion = petition.route == Route.SUGGESTION
    allowed = ON_SUGGESTIONS if suggestion else OPINIONS
    if act.inputs.conclusion not in {one.value for one in allowed}:
        raise BadInput("Choose what the opinion says, as fits the way it takes.",
                       field="conclusion")  # fmt: skip
    act.need(act.inputs.note, "note", "Please write the opinion.")
    for name, message in PARTS.items():
        said = getattr(act.inputs, name).strip()
        if not suggestion:  # the four parts are asked of an opinion on a request (Art. 32)
            act.need(said, name, message)
        if said:
            act.words.append(Words(f"opinion.{name}", said))
    service = papers.served(act, act.now, required=False)
    case, conclusion = act.case, Outcome(act.inputs.conclusion)
    papers.issue(act, Paper.OPINION, conclusion=conclusion.value, **service)
    case.outcome, case.done_by, case.done_at = conclusion.value, act.actor, act.now
    act.facts = replace(
        driving.facts_of(case, act.now), served=bool(service), reviewed=False,
        supported=conclusion is Outcome.SUPPORT,
    )  # fmt: skip
    act.tell_user(case.reporter_id)


def serve(act: Act) -> None:
    """Record on which day and how the newest document reached the resident."""
    paper = papers.last_answer(act.case)
    if paper is None or paper.served_on is not None:
        raise WrongState("Its service is recorded already.")
    for name, value in papers.served(act, paper.issued_at, required=True).items():
        setattr(paper, name, value)
    paper.save(update_fields=["served_on", "method"])
    act.facts = replace(
        driving.facts_of(act.case, act.now), served=True,
        reviewed=act.case.status == Status.REVIEWED,
    )  # fmt: skip


def execute(act: Act) -> None:
    """What the opinion supports has been carried out."""
    act.need(act.inputs.note, "note", "Please write what was carried out.")
    if act.case.outcome not in {one.value for one in FAVOURABLE}:
        raise WrongState("Only an opinion that supports the request is carried out.")
    act.tell_user(act.case.reporter_id)
