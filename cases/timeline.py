"""The events of a case as sentences: what happened, who did it for which unit, when and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.lamps import moment
from cases.models import Case, CaseEvent, CaseNote, Category, ClockMove, Reason
from cases.rules.limits import LimitCode
from cases.rules.workflow import RESIDENT_VERBS, ClockCode, Status, Verb
from grids.models import Unit, User

UNIT_VERBS = {Verb.RULE, Verb.DECLARE_INTEREST, Verb.ASK_RECUSAL, Verb.APPLY_RECUSAL,
              Verb.PASS_RECUSAL, Verb.LIFT, Verb.TRANSFER,
              Verb.HAND_DOWN, Verb.RETURN, Verb.ANSWER, Verb.CO_HANDLE,
              Verb.END_CO_HANDLE, Verb.RAISE, Verb.FORWARD, Verb.ENTRUST, Verb.CONTEST,
              Verb.REROUTE, Verb.INSIST}  # fmt: skip
CASE_VERBS = {Verb.MERGE, Verb.SPLIT, Verb.LINK}
PERSON_VERBS = {Verb.ASSIGN, Verb.RECUSE}
MOVING_VERBS = UNIT_VERBS | {Verb.CLIMB}
COUNTED_VERBS = {Verb.RECOUNT, Verb.RESTART}
DUE_VERBS = MOVING_VERBS | COUNTED_VERBS
SENTENCES: Mapping[Verb, str | Promise] = {
    Verb.REGISTER: gettext_lazy("Registered; %(holder)s is responsible"),
    Verb.SIGN: gettext_lazy("Signed for by %(unit)s"),
    Verb.ASSIGN: gettext_lazy("Given to %(person)s"),
    Verb.RETURN: gettext_lazy("Returned to %(other)s"),
    Verb.RULE: gettext_lazy("Decided: %(other)s is responsible"),
    Verb.ANSWER: gettext_lazy("Return answered; back to %(other)s"),
    Verb.TRANSFER: gettext_lazy("Transferred to %(other)s"),
    Verb.HAND_DOWN: gettext_lazy("Handed down to %(other)s"),
    Verb.CO_HANDLE: gettext_lazy("%(other)s called in to co-handle"),
    Verb.END_CO_HANDLE: gettext_lazy("Co-handling by %(other)s ended"),
    Verb.NUDGE: gettext_lazy("%(holder)s was reminded"),
    Verb.RAISE: gettext_lazy("Raised by hand to %(other)s"),
    Verb.MERGE: gettext_lazy("Merged into %(case)s"),
    Verb.SPLIT: gettext_lazy("%(case)s split off"),
    Verb.LINK: gettext_lazy("Linked with %(case)s"),
    Verb.HAND_OVER: gettext_lazy("A post ended; the matter was handed over"),
    Verb.DECLARE_INTEREST: gettext_lazy("An interest was declared; %(other)s decides"),
    Verb.ASK_RECUSAL: gettext_lazy("Somebody is asked to stay away; %(other)s decides"),
    Verb.APPLY_RECUSAL: gettext_lazy("A party asks that an official stays away; %(other)s decides"),
    Verb.PASS_RECUSAL: gettext_lazy("Decision on a recusal overdue; %(other)s decides now"),
    Verb.RECUSE: gettext_lazy("%(person)s stays away; %(holder)s is responsible"),
    Verb.DENY_RECUSAL: gettext_lazy("A recusal was refused"),
    Verb.LIFT: gettext_lazy("A party is a village cadre; %(holder)s is responsible"),
    Verb.STAND_DOWN: gettext_lazy("Working hours: the on-duty substitute is relieved"),
    Verb.CLIMB: gettext_lazy("Overdue, raised by itself to %(holder)s"),
    Verb.REPORT_UP: gettext_lazy("Overdue, reported upward; %(holder)s stays responsible"),
    Verb.SUPERVISE: gettext_lazy("Overdue, entered on the supervision list"),
    Verb.ORDER: gettext_lazy("A supervision order was issued"),
    Verb.ISSUE_LISTED: gettext_lazy("A supervision order was issued by itself"),
    Verb.REPLY_ORDER: gettext_lazy("A supervision order was answered"),
    Verb.ACCEPT_REPLY: gettext_lazy("The answer to a supervision order was accepted"),
    Verb.REJECT_REPLY: gettext_lazy("The answer to a supervision order was sent back"),
    Verb.DELIST: gettext_lazy("Taken off the supervision list"),
    Verb.ORDER_LATE: gettext_lazy("The answer to a supervision order is overdue"),
    Verb.RECOUNT_ORDER: gettext_lazy(
        "Days off were announced; the answer to a supervision order was counted anew"
    ),
    Verb.STRIKE_SILENT: gettext_lazy("Struck off: everybody told, no objection in seven days"),
    Verb.REORGANISE: gettext_lazy("Places were reorganised; %(holder)s is responsible"),
    Verb.RECOUNT: gettext_lazy("Days off were announced; the deadline was counted anew"),
    Verb.RESTART: gettext_lazy("Deadlines counted anew by a new version of the rule"),
    Verb.CONFIRM: gettext_lazy("The resident confirms that it is settled"),
    Verb.OBJECT: gettext_lazy("The resident says it is not settled"),
    Verb.ASK_REVIEW: gettext_lazy("Review day of the suspension: %(holder)s was asked"),
    Verb.FORWARD: gettext_lazy("Passed on to %(other)s"),
    Verb.ENTRUST: gettext_lazy("Assigned to %(other)s with report-back"),
    Verb.CONTEST: gettext_lazy("Objection to the jurisdiction; %(other)s decides"),
    Verb.REROUTE: gettext_lazy("The objection holds; passed on to %(other)s"),
    Verb.INSIST: gettext_lazy("The objection fails; back to %(other)s"),
    Verb.ACCEPT: gettext_lazy("Accepted by %(unit)s"),
    Verb.DECLINE: gettext_lazy("Not accepted by %(unit)s"),
    Verb.STOP_ACCEPTING: gettext_lazy(
        "Accepted no more: a re-review has concluded the same matter"
    ),
    Verb.CONCILIATE: gettext_lazy("Both parties agree to seek an agreement"),
    Verb.SETTLE: gettext_lazy("Agreement reached, recorded by %(unit)s"),
    Verb.BREAK_OFF: gettext_lazy("No agreement; %(holder)s handles it on"),
    Verb.REPORT_GRAVE: gettext_lazy(
        "Reported upward as grave or urgent; %(holder)s stays responsible"
    ),
    Verb.EXTEND: gettext_lazy("Time extended, approved by the head of %(unit)s"),
    Verb.REPLY: gettext_lazy("%(unit)s issued the handling opinion"),
    Verb.RECORD_REVIEW: gettext_lazy("The resident asks for a review; %(holder)s decides"),
    Verb.APPLY_REVIEW: gettext_lazy("The resident asks for a review; %(holder)s decides"),
    Verb.DECIDE_REVIEW: gettext_lazy("%(unit)s issued the review opinion"),
    Verb.RECORD_REREVIEW: gettext_lazy("The resident asks for a re-review; %(holder)s decides"),
    Verb.APPLY_REREVIEW: gettext_lazy("The resident asks for a re-review; %(holder)s decides"),
    Verb.CONCLUDE: gettext_lazy("%(unit)s issued the re-review opinion"),
}
CONTESTED = gettext_lazy("Returned once more; %(other)s decides who is responsible")
MARKS = {
    Verb.CLIMB: "up", Verb.RAISE: "up", Verb.REPORT_UP: "up", Verb.SUPERVISE: "warn",
    Verb.ORDER: "warn", Verb.ISSUE_LISTED: "warn", Verb.ORDER_LATE: "warn",
    Verb.CONTEST: "warn", Verb.WITHDRAW: "warn", Verb.REPORT_GRAVE: "up", Verb.ASK_REVIEW: "warn",
    Verb.RETURN: "warn", Verb.REJECT: "warn", Verb.OBJECT: "warn", Verb.REOPEN: "warn",
}  # fmt: skip
# Words shown elsewhere on the page, or that name a party.
ELSEWHERE = frozenset({"story", "party", "recusal.whom", "recusal.why", "recusal.answer"})
# Who asked is known to those who decide, so that nobody is asked to account for it.
UNNAMED = frozenset({Verb.ASK_RECUSAL})
BEFORE, AFTER = gettext_lazy("Before: %(text)s"), gettext_lazy("After: %(text)s")
LABELS: Mapping[str, str | Promise] = {
    "result": gettext_lazy("How it was settled: %(text)s"),
    "story.old": BEFORE, "story.new": AFTER, "category.old": BEFORE, "category.new": AFTER,
    "reported_to": gettext_lazy("Reported to: %(text)s"),
    "handed_to": gettext_lazy("To: %(text)s"),
    "order.named": gettext_lazy("Order: %(text)s"),
    "order.office": gettext_lazy("Instruction of: %(text)s"),
    "order.due": gettext_lazy("Answer due: %(text)s"),
    "order.photos": gettext_lazy("Photos as evidence: %(text)s"),
    "opinion.claim": gettext_lazy("Asked for: %(text)s"),
    "opinion.facts": gettext_lazy("Facts and reasons: %(text)s"),
    "opinion.basis": gettext_lazy("Rests on: %(text)s"),
    "referral": gettext_lazy("Told to go to: %(text)s"),
    "late": gettext_lazy("Asked after the time had ended on %(text)s; a person decides"),
    "area.old": BEFORE, "area.new": AFTER, "on_duty": gettext_lazy("Was on duty: %(text)s"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline, ready to be printed."""

    seq: int
    verb: Verb
    at: datetime
    title: str
    by: str
    mark: str
    reason: str
    due_at: datetime | None
    words: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Known:
    """The names that the events of one case mention, by id or code."""

    units: Mapping[int, str]
    people: Mapping[int, str]
    cases: Mapping[int, str]
    reasons: Mapping[str, str]
    categories: Mapping[str, str]


def timeline(case: Case, reader: User) -> list[Entry]:
    """Every event of ``case``, newest first; at most eight statements. Another case is named
    as far as ``reader`` may see it: what joined the two is left out otherwise."""
    events = list(CaseEvent.objects.filter(case=case).order_by("-seq"))
    notes: dict[int, list[CaseNote]] = {}
    for note in CaseNote.objects.filter(case=case).order_by("seq", "position"):
        notes.setdefault(note.seq, []).append(note)
    known = names_in(events, [note for found in notes.values() for note in found], reader)
    moved = {event.seq for event in events if event.verb in COUNTED_VERBS}
    moves = {row.seq: row for row in moves_of(case)} if moved else {}
    entries = [
        entry(event, notes.get(event.seq, []), known)
        for event in events
        if event.verb not in CASE_VERBS or event.other_id in known.cases
    ]
    for one in entries:
        if move := moves.get(one.seq):
            one.words.append(move_words(move))
    return entries


def moves_of(case: Case) -> QuerySet[ClockMove]:
    """The clocks of ``case`` that were counted anew."""
    return ClockMove.objects.filter(case=case).select_related("clock")


def move_words(move: ClockMove) -> str:
    """Which deadline moved, from when to when."""
    code = move.clock.code
    label = LimitCode(code).label if code in LimitCode.values() else ClockCode(code).label
    return _("%(what)s: from %(before)s to %(after)s") % {
        "what": _(label), "before": moment(move.due_from), "after": moment(move.due_to),
    }  # fmt: skip


def names_in(events: Sequence[CaseEvent], notes: Iterable[CaseNote], reader: User) -> Known:
    """The names of everything the events point at, of other cases those ``reader`` may see."""
    units = {event.unit_id or 0 for event in events} | {event.holder_unit_id for event in events}
    units |= {event.other_id or 0 for event in events if event.verb in MOVING_VERBS}
    people = {event.actor_id or 0 for event in events}
    people |= {event.other_id or 0 for event in events if event.verb in PERSON_VERBS}
    cases = {event.other_id or 0 for event in events if event.verb in CASE_VERBS}
    codes = {note.text for note in notes if note.field.startswith("category.")}
    reasons = {event.reason for event in events if event.reason}
    term = "name_en" if translation.get_language() == "en" else "name"
    return Known(
        dict(Unit.objects.filter(pk__in=units).values_list("pk", "name")),
        dict(User.objects.filter(pk__in=people).values_list("pk", "display_name")),
        dict(Case.objects.visible_to(reader).filter(pk__in=cases).values_list("pk", "number"))
        if cases else {},
        dict(Reason.objects.filter(code__in=reasons).values_list("code", term))
        if reasons else {},
        dict(Category.objects.filter(code__in=codes).values_list("code", term)) if codes else {},
    )  # fmt: skip


def entry(event: CaseEvent, notes: Iterable[CaseNote], known: Known) -> Entry:
    verb = Verb(event.verb)
    values = {
        "unit": known.units.get(event.unit_id or 0, ""),
        "holder": known.units.get(event.holder_unit_id, ""),
        "other": known.units.get(event.other_id or 0, ""),
        "person": known.people.get(event.other_id or 0, ""),
        "case": known.cases.get(event.other_id or 0, ""),
    }
    contested = event.target == Status.CONTESTED and verb is Verb.RETURN
    said: str | Promise | None = CONTESTED if contested else SENTENCES.get(verb)
    sentence = str(said) % values if said else _(verb.label)
    return Entry(
        event.seq, verb, event.at, sentence, by(event, verb, known), MARKS.get(verb, ""),
        known.reasons.get(event.reason, event.reason),
        event.due_at if verb in DUE_VERBS or event.seq == 1 else None,
        [line for note in notes if (line := words(note, known))],
    )  # fmt: skip


def by(event: CaseEvent, verb: Verb, known: Known) -> str:
    """Who did it: a person for a unit, the resident, or the system."""
    if event.actor_id is None:
        return _("the resident") if verb in RESIDENT_VERBS else _("the system")
    person = known.people.get(event.actor_id, "") if verb not in UNNAMED else _("a colleague")
    unit = known.units.get(event.unit_id or 0, "")
    return f"{person} · {unit}" if unit else person


def words(note: CaseNote, known: Known) -> str:
    """What was written with an event; erased words are said to be erased."""
    if note.field in ELSEWHERE:
        return ""
    if note.erased_at is not None:
        return _("(these words were erased)")
    text = known.categories.get(note.text, note.text)
    return str(LABELS[note.field]) % {"text": text} if note.field in LABELS else text
