"""Everything the page of one case shows, read once and named."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cases import clockrules, clocks, orders, petition_progress, recusals, timeline
from cases.duplicates import nearby
from cases.explaining import span_words
from cases.hints import possible_conflict
from cases.intake_form import in_language
from cases.models import (
    Attachment,
    Case,
    CaseLink,
    CaseUnit,
    Clock,
    ClockStep,
    Mediation,
    MediationSession,
    Party,
    Revisit,
    Telling,
)
from cases.petition_progress import PaperLine
from cases.recusals import Request
from cases.revealing import veil
from cases.rules.ladder import AtEnd
from cases.rules.lamp import Lamp, amber_from, is_provisional, lamp
from cases.rules.limits import LimitCode
from cases.rules.terms import Route, Sender
from cases.rules.whose import DueOf, whose
from cases.rules.workflow import ClockCode, Kind, Outcome, RevisitResult, RevisitSort, Stand, Verb
from cases.timeline import Entry
from grids.models import Unit, User
from grids.roles import Level

MOST_ALIKE = 5
NOBODY: frozenset[Stand] = frozenset()
LATE = timedelta(hours=24)  # a longer way from received to registered is shown as late


@dataclass(frozen=True, slots=True)
class Rung:
    """One row of the ladder: passed, present or still to come."""

    level: str
    unit: str
    span: str
    source: str  # empty: a default without a public source
    entered_at: datetime | None
    due_at: datetime | None
    signed_at: datetime | None
    left_at: datetime | None
    outcome: str
    current: bool
    provisional: bool  # a holiday notice to come may move the deadline
    then: str  # what happens at the deadline, while it lies ahead


@dataclass(frozen=True, slots=True)
class Deadline:
    """One running or ended clock beside the ladder."""

    name: str
    due_at: datetime
    lamp: Lamp
    provisional: bool
    span: str
    source: str
    statutory: bool
    whose: str
    how: list[str]  # why it ends when it ends, one sentence per step


@dataclass(frozen=True, slots=True)
class Dossier:
    """A case with what belongs to it, as far as its page shows it."""

    case: Case
    text: str
    told_place: str
    kind: str
    category: str
    source: str
    outcome: str
    lamp: Lamp
    delay: timedelta | None
    place: list[str]
    parties: list[Party]
    attachments: list[Attachment]
    entries: list[Entry]
    supplements: list[Entry]
    units: list[CaseUnit]
    links: list[Case]
    merged: list[Case]
    into: Case | None  # the case this one goes on in, if the reader sees it
    rungs: list[Rung]
    ladder_name: str
    ladder_how: list[str]
    deadlines: list[Deadline]
    mediation: Mediation | None
    sessions: list[MediationSession]
    tellings: list[Telling]
    revisits: list[tuple[Revisit, str, str]]
    supervisions: list[orders.Line]
    recusals: list[Request]  # those the reader asked for or decides
    conflict: list[str]  # sides on which a party has the name of somebody who acts
    alike: list[tuple[Case, bool]]  # possible duplicates, and whether a phone is the same
    whose: str  # whose deadline the earliest is
    papers: list[PaperLine]
    way: str  # of a petition matter


ENDED = {  # how a step was left: msgids
    "timeout": gettext_noop("Time ran out"), "raised": gettext_noop("Raised by hand"),
    "done": gettext_noop("Done"), "ended": gettext_noop("Closed"),
    "rejected": gettext_noop("Not solved"), "replaced": gettext_noop("Replaced"),
}  # fmt: skip


def find(user: User, number: str) -> Case | None:
    """The case ``number`` if ``user`` may see it, with everything its head names."""
    return (
        Case.objects.visible_to(user)
        .select_related(
            "story", "category", "source", "area", "holder_unit", "from_unit", "reporting_unit",
            "reporter", "done_by", "verified_by", "city", "district", "township",
            "village", "grid", "microgrid", "mediation",
        )
        .filter(number=number)
        .first()
    )  # fmt: skip


def light(case: Case, now: datetime) -> Lamp:
    closed = case.closed_at is not None
    return lamp(case.due_at, now, closed=closed, paused=case.paused, amber_at=case.amber_at)


def read(
    user: User, case: Case, now: datetime, stands: frozenset[Stand] = NOBODY, *,
    full: bool = False,
) -> Dossier:  # fmt: skip
    """The dossier of a case found by ``find``; a constant number of statements.

    ``full``: the reader works on the case; for anybody else free words are masked too.
    """
    parties = list(case.parties.all())
    plain = veil(parties, full)
    entries = [
        replace(one, words=[plain(words) for words in one.words])
        for one in timeline.timeline(case, user)
    ]
    running = clockrules.all_of(case)
    rungs, ladder_name, how = ladder(running, now)
    opened = case.closed_at is None
    return Dossier(
        case=case,
        text=plain(case.story.text),
        told_place=plain(case.story.place),
        kind=_(Kind(case.kind).label),
        category=in_language(case.category),
        source=in_language(case.source),
        outcome=_(Outcome(case.outcome).label) if case.outcome else "",
        lamp=light(case, now),
        delay=recorded_late(case),
        place=place(case),
        parties=parties,
        attachments=list(case.attachments.exclude(state="refused")),
        entries=entries,
        supplements=[one for one in reversed(entries) if one.verb is Verb.SUPPLEMENT],
        units=list(case.units.filter(until=None).select_related("unit").order_by("part", "pk")),
        links=linked(user, case),
        merged=list(Case.objects.visible_to(user).filter(merged_into=case).order_by("pk")),
        into=merged_into(user, case),
        rungs=rungs,
        ladder_name=ladder_name,
        ladder_how=how,
        deadlines=[deadline(one, now) for one in running if one.stopped_at is None
                   and one.code != ClockCode.LADDER],
        mediation=getattr(case, "mediation", None),
        sessions=list(case.sessions.all()),
        tellings=tellings(case),
        revisits=revisits(case),
        supervisions=orders.on_case(user, case, now),
        recusals=recusals.on_case(user, case, now),
        alike=alike(user, case, parties, now) if opened else [],
        **also(case, parties, stands),
    )  # fmt: skip


def recorded_late(case: Case) -> timedelta | None:
    """The way from received to registered, where it was a long one."""
    late = case.registered_at - case.received_at
    return late if late > LATE else None


def also(case: Case, parties: list[Party], stands: frozenset[Stand]) -> dict[str, Any]:
    """Whose deadline comes first, hints, and what only a petition matter has."""
    return {
        "whose": _(whose(case.due_at, case.sender_due_at, case.resident_due_at).label),
        "conflict": possible_conflict(case, parties, stands),
        "papers": petition_progress.lines(case) if case.kind == Kind.PETITION else [],
        "way": way(case),
    }


def way(case: Case) -> str:
    """The way a petition matter takes, in words; empty before it is accepted."""
    if case.kind != Kind.PETITION:
        return ""
    found = [_(Route(case.petition.route).label)] if case.petition.route else []
    return " · ".join([*found, *([_("Simplified procedure")] if case.petition.simple else [])])


def merged_into(user: User, case: Case) -> Case | None:
    """The case that carries this one on, where the reader may see it."""
    if case.merged_into_id is None:
        return None
    return Case.objects.visible_to(user).filter(pk=case.merged_into_id).first()


def place(case: Case) -> list[str]:
    """The names from the township down; above it when nothing lies below."""
    below = [case.township, case.village, case.grid, case.microgrid]
    names = [area.name for area in below if area]
    return names or [case.area.name]


def tellings(case: Case) -> list[Telling]:
    rows = Telling.objects.filter(case=case).select_related("party", "told_by")
    return list(rows.order_by("-told_at", "-pk"))


def revisits(case: Case) -> list[tuple[Revisit, str, str]]:
    """The revisits with the words for why and for what was found."""
    return [
        (
            row, f"{_(RevisitSort(row.sort).label)} {row.days or ''}".strip(),
            _(RevisitResult(row.result).label) if row.result else "",
        )
        for row in case.revisits.select_related("unit").order_by("pk")
    ]  # fmt: skip


def linked(user: User, case: Case) -> list[Case]:
    """The linked cases as far as ``user`` may see them, either way round."""
    links = CaseLink.objects.filter(Q(case=case) | Q(other=case))
    ids = {pk for pair in links.values_list("case_id", "other_id") for pk in pair} - {case.pk}
    return list(Case.objects.visible_to(user).filter(pk__in=ids)) if ids else []


def alike(
    user: User, case: Case, parties: Sequence[Party], now: datetime
) -> list[tuple[Case, bool]]:
    """Possible duplicates nearby: the same phone first, then similar words; none twice."""
    phones = same_phone(user, case, parties, now)
    known = {one.pk for one in phones}
    words = nearby(user, case.area, case.story.text, now, leave_out=case.pk)
    found = [(one, True) for one in phones]
    return [*found, *((one, False) for one in words if one.pk not in known)][:MOST_ALIKE]


def same_phone(user: User, case: Case, parties: Sequence[Party], now: datetime) -> list[Case]:
    """Open ordinary cases of the same village whose party gave the same phone, newest first.

    A hint for "possible duplicate" only, inside what the person sees, near in place and time
    (decisions.md 15); whose phone it is stays unsaid.
    """
    indexes = [bytes(party.phone_index) for party in parties if party.phone_index]
    if not indexes or case.restricted:
        return []
    column = "village_id" if case.village_id else "township_id"
    rows = Case.objects.visible_to(user).open().exclude(pk=case.pk)
    return list(
        rows.filter(
            **{column: getattr(case, column)}, restricted=False,
            parties__phone_index__in=indexes, registered_at__gte=now - timedelta(days=30),
        )
        .select_related("story").distinct().order_by("-registered_at", "-pk")[:MOST_ALIKE]
    )  # fmt: skip


# --- deadlines --------------------------------------------------------------------------
def ladder(running: Sequence[Clock], now: datetime) -> tuple[list[Rung], str, list[str]]:
    """The rungs of the newest ladder clock: those climbed from its steps, the rest planned.

    Also what it is called, and while it runs how it was counted.
    """
    found = [clock for clock in running if clock.code == ClockCode.LADDER and clock.policy]
    if not found:
        return [], "", []
    clock = found[-1]
    steps = {step.rung: step for step in clock.steps.select_related("unit")}
    units = dict(Unit.objects.filter(pk__in=clock.holders).values_list("pk", "name"))
    rules = clocks.ladder_of(clock)
    uncertain = clocks.provisional_from(clock.case, [clock]) if clock.provisional else None
    rungs = []
    for index, moment in enumerate(clock.ladder):
        rule = rules.rungs[min(clock.first_rung + index, len(rules.rungs) - 1)]
        step = steps.get(index)
        level = step.level if step else clock.levels[index - 1] if index else rule.level
        unit = step.unit.name if step else units.get(clock.holders[index - 1], "") if index else ""
        rungs.append(
            Rung(
                level=_(Level(level).label), unit=unit, span=span_words(rule.span),
                source=rule.source or "", entered_at=step.entered_at if step else None,
                due_at=step.due_at if step else moment,
                signed_at=step.signed_at if step else None, left_at=step.left_at if step else None,
                outcome=_(ENDED[step.outcome]) if step and step.outcome else "",
                current=step is not None and step.left_at is None and clock.stopped_at is None,
                provisional=is_provisional(moment, uncertain),
                then=then(clock, index, step),
            )
        )  # fmt: skip
    how = clockrules.account(clock, now).explanation if clock.stopped_at is None else []
    return rungs, rules.name, how


def then(clock: Clock, index: int, step: ClockStep | None) -> str:
    """What will happen when the time of a rung runs out; empty once it was left."""
    if clock.stopped_at is not None or (step and step.left_at):
        return ""
    return _("then: %(what)s") % {"what": _(AtEnd(clock.actions[index]).label)}


def set_by(clock: Clock) -> str:
    """Who named the day of a clock without a span."""
    return _(Sender(clock.set_by).label) if clock.set_by else _("set by hand")


def deadline(clock: Clock, now: datetime) -> Deadline:
    """One clock as a line; a deadline set by hand has no span and names who set it."""
    known = clock.code in LimitCode.values()
    limit = clocks.limit_of(clock) if known else None
    label = LimitCode(clock.code).label if known else ClockCode(clock.code).label
    held = clock.held_at is not None
    return Deadline(
        _(label), clock.due_at,
        lamp(clock.due_at, now, closed=False, paused=held,
             amber_at=amber_from(clock.started_at, clock.due_at)),
        clock.provisional, span_words(limit.span) if limit else "",
        (limit.source or "") if limit else set_by(clock),
        limit.statutory if limit else False,
        _(limit.whose.label if limit else DueOf.SENDER.label),
        clockrules.account(clock, now).explanation,
    )  # fmt: skip
