"""What a resident sees of a case, and the two answers only a resident can give.

Stages and dates in plain words. No names, no story; of protected matters not even the office.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases import petition_progress, workcalendar
from cases.acting import Act, Inputs
from cases.clocks import ZONE
from cases.explaining import sentences
from cases.models import Case, CaseEvent, SealedMatter
from cases.petition_progress import OwnAct, PaperLine, Window
from cases.readers import told_to_resident
from cases.receipt import next_step, office_name, office_phone
from cases.recusals import Asked, of_parties
from cases.rules.explanation import explain
from cases.rules.limits import LIMITS, LimitCode
from cases.rules.reckoning import Course, reckon_course, rule_of_limit
from cases.rules.sealing import HOTLINE
from cases.rules.trail import Trail
from cases.rules.workflow import CLOSED, Kind, Outcome, Status, Verb, find
from cases.silence import told_since
from cases.transitions import lock, perform
from grids.errors import NotVisible, WrongState
from grids.roles import Level

MERGES = 5  # links followed from a case joined with another
ANSWERS = frozenset({Verb.CONFIRM, Verb.OBJECT})
OWN_ACTS = frozenset({verb for verb, _label, _hint in petition_progress.ACTS})
AT_WORK = frozenset(
    {
        Status.SIGNED,
        Status.HANDLING,
        Status.MEDIATING,
        Status.SUSPENDED,
        Status.RETURNED,
        Status.CONTESTED,
        Status.ACCEPTED,
        Status.CONCILIATING,
    }
)
# While it stands so, somebody has to do the next thing by a day the resident can be told.
DATED = frozenset(
    {
        Status.REGISTERED,
        Status.SIGNED,
        Status.HANDLING,
        Status.MEDIATING,
        Status.SUSPENDED,
        Status.DONE,
        Status.LODGED,
        Status.FORWARDED,
        Status.ENTRUSTED,
        Status.ACCEPTED,
        Status.CONCILIATING,
        Status.REVIEW,
        Status.REREVIEW,
    }
)
ANSWERED = frozenset(
    {Status.DONE, Status.VERIFIED, Status.REPLIED, Status.REVIEW, Status.REVIEWED, Status.REREVIEW}
)
ENDED = frozenset(
    {
        Status.ENDED, Status.VOID, Status.NOT_ACCEPTED, Status.NO_MORE, Status.ROUTED,
        Status.COMPLETED, Status.CONCLUDED, Status.SETTLED,
    }
)  # fmt: skip
UNANSWERED = frozenset({Status.NOT_ACCEPTED, Status.NO_MORE, Status.ROUTED})
RAISED = frozenset({Verb.CLIMB, Verb.RAISE})
TOLD: dict[Verb, str | Promise] = {
    Verb.REGISTER: _("Recorded"),
    Verb.SIGN: _("Taken up"),
    Verb.MEDIATE: _("Mediation has begun"),
    Verb.TRANSFER: _("Handed to another office"),
    Verb.HAND_DOWN: _("Handed to another office"),
    Verb.RULE: _("It was decided which office is responsible"),
    Verb.CLIMB: _("Raised a level by itself, time had run out"),
    Verb.RAISE: _("Raised a level"),
    Verb.SUSPEND: _("The work rests"),
    Verb.RESUME: _("The work goes on"),
    Verb.AGREE_WRITTEN: _("An agreement was reached"),
    Verb.AGREE_ORAL: _("An agreement was reached"),
    Verb.REFUSE: _("Mediation has ended"),
    Verb.FAIL: _("Mediation has ended"),
    Verb.FINISH: _("Done"),
    Verb.REJECT: _("Not solved yet, the work goes on"),
    Verb.OBJECT: _("You said it is not solved; the work goes on"),
    Verb.CONFIRM: _("You said it is solved"),
    Verb.VERIFY: _("Checked by a second person"),
    Verb.STRIKE: _("Settled and closed"),
    Verb.STRIKE_SILENT: _("Finished, nobody objected"),
    Verb.REOPEN: _("Taken up again"),
    Verb.VOID: _("The entry was taken back"),
    Verb.RECOUNT: _("Days off were announced, the deadline was counted anew"),
    Verb.FORWARD: _("Passed on to the office responsible"),
    Verb.ENTRUST: _("Assigned to the office responsible"),
    Verb.CONTEST: _("It is being settled which office is responsible"),
    Verb.REROUTE: _("Passed on to the office responsible"),
    Verb.INSIST: _("It was decided which office is responsible"),
    Verb.ACCEPT: _("Matter accepted"),
    Verb.DECLINE: _("Not accepted; you were told where to go"),
    Verb.STOP_ACCEPTING: _("Accepted no more: a re-review has concluded the same matter"),
    Verb.ROUTE: _("Directed to its legal route"),
    Verb.EXTEND: _("The time was extended"),
    Verb.CONCILIATE: _("The parties seek an agreement"),
    Verb.SETTLE: _("An agreement was reached"),
    Verb.BREAK_OFF: _("No agreement; the office handles it on"),
    Verb.HEAR: _("A hearing was opened"),
    Verb.END_HEARING: _("The hearing has ended"),
    Verb.REPLY: _("The handling opinion was issued"),
    Verb.EXECUTE: _("The opinion was carried out"),
    Verb.RECORD_REVIEW: _("You applied for a review"),
    Verb.APPLY_REVIEW: _("You applied for a review"),
    Verb.DECIDE_REVIEW: _("The review opinion was issued"),
    Verb.RECORD_REREVIEW: _("You applied for a re-review"),
    Verb.APPLY_REREVIEW: _("You applied for a re-review"),
    Verb.CONCLUDE: _("The re-review opinion was issued"),
    Verb.WITHDRAW: _("You withdrew the matter"),
    Verb.UNDO_WITHDRAW: _("You took the withdrawal back"),
    Verb.LAPSE: _("The time to apply has ended"),
}
NOW: dict[Status, str | Promise] = {
    Status.REGISTERED: _("Recorded; the office will take it up."),
    Status.SIGNED: _("The office is working on it."),
    Status.HANDLING: _("The office is working on it."),
    Status.MEDIATING: _("Mediation is under way."),
    Status.CONTESTED: _("The office above decides which office is responsible."),
    Status.RETURNED: _("The office is asking for details."),
    Status.SUSPENDED: _("The work rests for a reason and will go on."),
    Status.DONE: _("Done; the result is being checked."),
    Status.VERIFIED: _("Done and checked."),
    Status.STRUCK: _("Finished."),
    Status.ENDED: _(
        "Mediation has ended. You may go to arbitration, ask an administrative body, or go to "
        "court."
    ),
    Status.VOID: _("The entry was taken back. Ask the office if you do not know why."),
    Status.LODGED: _("Registered; the office passes it on or accepts it."),
    Status.FORWARDED: _("Passed on; the office responsible tells you whether it is accepted."),
    Status.ENTRUSTED: _("Assigned; the office responsible tells you whether it is accepted."),
    Status.OBJECTED: _("It is being settled which office is responsible."),
    Status.ACCEPTED: _("Accepted; the office is working on it."),
    Status.CONCILIATING: _("You and the other side seek an agreement; the office helps."),
    Status.REPLIED: _("The handling opinion was issued. You may apply for a review."),
    Status.REVIEW: _("The office above reviews the opinion."),
    Status.REVIEWED: _("The review opinion was issued. You may apply for a re-review."),
    Status.REREVIEW: _("The office above the reviewer decides."),
    Status.WITHDRAWN: _("You withdrew it. You may take that back for seven days."),
    Status.SETTLED: _("Settled by an agreement in writing."),
    Status.COMPLETED: _("The matter is completed."),
    Status.CONCLUDED: _("Concluded by the re-review. Help is still offered; ask the office."),
    Status.ROUTED: _("It goes its legal route; you were told where and how."),
    Status.NOT_ACCEPTED: _("Not accepted; you were told where to go."),
    Status.NO_MORE: _("Accepted no more: a re-review has concluded the same matter."),
}
PASSED_ON = _("Passed on as the rules require")
PROTECTED = _("It was passed on at once and is being looked after.")


@dataclass(frozen=True, slots=True)
class Step:
    """One of the four steps: ``state`` is done, now or empty."""

    label: str | Promise
    state: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One dated line of what has happened."""

    label: str | Promise
    at: datetime
    level: Level | None = None
    current: bool = False


@dataclass(frozen=True, slots=True)
class Objection:
    """The resident's own deadline: the last moment, and how it was counted."""

    until: datetime
    explanation: list[str]
    provisional: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """All the progress page says."""

    number: str
    stage: str | Promise
    closed: bool
    steps: list[Step]
    history: list[Told]
    merged: bool = False
    coming: str = ""  # what happens next, and by when
    unit: str = ""
    level: Level | None = None
    phone: str = ""
    may_answer: bool = False
    looked: list[tuple[date, str]] = field(default_factory=list)  # days and units, no names
    objection: Objection | None = None
    may_apply: bool = False
    asked: list[Asked] = field(default_factory=list)
    papers: list[PaperLine] = field(default_factory=list)
    window: Window | None = None
    acts: list[OwnAct] = field(default_factory=list)
    meetings: list[tuple[datetime, str]] = field(default_factory=list)


def main_case(case: Case) -> Case:
    """The case that stands for ``case``: itself, or the one it was joined with."""
    for _step in range(MERGES):
        if case.merged_into_id is None:
            break
        case = Case.objects.select_related("holder_unit", "category").get(pk=case.merged_into_id)
    return case


def progress(case: Case | SealedMatter, now: datetime) -> Progress:
    """What a resident who proved to hold the code of ``case`` sees at ``now``."""
    if isinstance(case, SealedMatter):
        return sealed(case.number, case)
    main = main_case(case)
    if main.status == Status.SEALED:
        return sealed(case.number, main.sealed_shell.matter)
    if case.restricted or main.restricted:
        steps = [Step(_("Recorded"), "done", case.registered_at), Step(_("In hand"), "now")]
        return Progress(case.number, PROTECTED, False, steps, [])
    events = list(CaseEvent.objects.filter(case=main, verb__in=[verb.value for verb in TOLD]))
    return Progress(
        number=case.number,
        stage=NOW[Status(main.status)],
        closed=Status(main.status) in CLOSED,
        steps=steps_of(main, events),
        history=history(main, events),
        merged=main.pk != case.pk,
        coming=next_step(main) if Status(main.status) in DATED else "",
        unit=office_name(main),
        level=Level(main.level),
        phone=office_phone(main),
        may_answer=main.pk == case.pk and may_answer(main),
        objection=objection(main) if main.pk == case.pk and may_answer(main) else None,
        looked=told_to_resident(case),
        may_apply=main.pk == case.pk and may_apply(main),
        asked=of_parties(main) if main.pk == case.pk else [],
        **petition(main, now),
    )


def petition(case: Case, now: datetime) -> dict[str, Any]:
    """Documents, window, meetings and own acts of a petition matter; nothing of another."""
    if case.kind != Kind.PETITION:
        return {}
    return {
        "papers": petition_progress.lines(case),
        "window": petition_progress.window(case, now),
        "acts": petition_progress.own_acts(case),
        "meetings": petition_progress.meetings(case),
    }


def sealed(number: str, matter: SealedMatter) -> Progress:
    """That it was passed on, and whom to phone; not to whom, and nothing of what happens."""
    steps = [Step(_("Recorded"), "done"), Step(PASSED_ON, "now")]
    phone = matter.holder_unit.phone or HOTLINE
    return Progress(number, PASSED_ON, False, steps, [], phone=phone)


def steps_of(case: Case, events: list[CaseEvent]) -> list[Step]:
    """Recorded, in hand, done, finished: how far it is, with the date of each."""
    status = Status(case.status)
    taken = (Verb.SIGN, Verb.ACCEPT)
    signed = next((event.at for event in events if event.verb in taken), None)
    if status in CLOSED:
        place = 4
    elif status in ANSWERED:
        place = 2
    else:
        place = 1 if status in AT_WORK or signed else 0
    asked = case.kind == Kind.PETITION
    last = _("Ended") if status in ENDED else _("Settled and closed")
    if asked and status not in UNANSWERED:
        last = _("Completed")
    rows = [
        (_("Recorded"), case.registered_at),
        (_("Matter accepted") if asked else _("In hand"), signed),
        (_("Answered") if asked else _("Done"), case.done_at),
        (last, case.closed_at),
    ]
    if status in ENDED and (case.done_at is None or status is Status.SETTLED):
        del rows[2]
    return [
        Step(label, "done" if row < place else "now" if row == place else "", at)
        for row, (label, at) in enumerate(rows)
    ]


def history(case: Case, events: list[CaseEvent]) -> list[Told]:
    """What has happened, the newest first."""
    spot = case.on_the_spot and case.outcome in (Outcome.SPOT, Outcome.SILENCE)
    rows: list[Told] = []
    for event in reversed(events):
        verb = Verb(event.verb)
        label = TOLD[verb]
        if verb is Verb.REGISTER and spot:
            label = _("Recorded and settled on the spot")
        level = Level(event.level) if verb in RAISED else None
        rows.append(Told(label, event.at, level, current=not rows))
    return rows


def may_answer(case: Case) -> bool:
    """Whether the resident's word ends it: settled on the spot, and waiting to be checked."""
    return case.on_the_spot and case.status == Status.DONE


@transaction.atomic
def answer(case: Case, verb: Verb, now: datetime) -> Case:
    """Record the resident's answer or own act on ``case``; return the fresh case.

    The caller has checked that the resident holds the code. Raises ``WrongState`` when the
    matter is not one a resident ends, or has moved on; nothing is written then.
    """
    locked = lock(case.pk)
    if locked is None:
        raise NotVisible("There is no such case.")
    allowed = may_answer(locked) if verb in ANSWERS else petition_progress.may(locked, verb)
    step = find(Kind(locked.kind), Status(locked.status), verb)
    if step is None or verb not in ANSWERS | OWN_ACTS or not allowed:
        raise WrongState("The case has moved on; this is no longer possible.")
    perform(Act(locked, step, None, None, Inputs(), now))
    return locked


def objection(case: Case) -> Objection | None:
    """Until when the resident may object to what was settled on the spot, and how that was
    counted; None before every party was told."""
    since = told_since(case)
    if since is None:
        return None
    calendar = workcalendar.of_district(case.district_id)
    rule = rule_of_limit(LIMITS[LimitCode.SILENCE])
    found = reckon_course(rule, Course(since), calendar, since, zone=ZONE, trail=Trail())
    assert found.due_at is not None
    steps = explain(rule, found, calendar, since, ZONE)
    return Objection(found.due_at, sentences(steps), found.provisional)


def may_apply(case: Case) -> bool:
    """Whether a party can still ask that an official stays away."""
    return find(Kind(case.kind), Status(case.status), Verb.APPLY_RECUSAL) is not None


@transaction.atomic
def apply(case: Case, whom: str, why: str, now: datetime) -> Case:
    """A party asks that the official named in words stays away; return the fresh case.

    The caller has checked that the party holds the code. Raises ``BadInput`` at ``whom`` or
    ``why``, ``WrongState`` when the case is closed or too many requests wait.
    """
    locked = lock(case.pk)
    step = find(Kind(case.kind), Status(locked.status), Verb.APPLY_RECUSAL) if locked else None
    if locked is None or step is None or locked.restricted:
        raise WrongState("The case has moved on; this is no longer possible.")
    perform(Act(locked, step, None, None, Inputs(text=whom, note=why), now))
    return locked
