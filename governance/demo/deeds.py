"""What each act does to the rows of an invented case, as ``cases.acts`` does it in the product.

``EFFECTS`` are passed to ``History.act``. Acts that need a choice (a unit, a day) are made by
a function that returns the effect.
"""

from datetime import datetime, timedelta

from cases import clocks, workcalendar
from cases.acts.ending import AGREEMENTS, days_after
from cases.acts.handling import WORK_CLOCKS
from cases.acts.mediating import END_OF_DAY
from cases.acts.moving import climbs_next
from cases.intake import limit_of
from cases.models import (
    Assignment,
    Clock,
    ClockPause,
    Mediation,
    MediationSession,
    Revisit,
    Telling,
)
from cases.rules.clock import Pause
from cases.rules.limits import LimitCode
from cases.rules.workflow import (
    ClockCode,
    Kind,
    Outcome,
    Path,
    RevisitResult,
    RevisitSort,
    Status,
    Verb,
)
from governance.demo.history import Deed, Effect, History
from grids.models import Unit
from grids.roles import COORDINATING_KIND, Level

WORK = tuple(code.value for code in WORK_CLOCKS)


# --- within the unit --------------------------------------------------------------------
def sign(story: History, deed: Deed) -> None:
    story.stop(deed.at, LimitCode.SIGN.value, LimitCode.URGENT.value)
    if not story.running():
        story.start_limit(LimitCode.EVENT_GENERAL, story.case.received_at, watched=True)
    for clock in story.running():
        if step := story.steps.get(clock.pk):
            step.signed_at = step.signed_at or deed.at


def assign(user_id: int, task: str) -> Effect:
    """Give the case to a person: ``task`` handle or mediate."""

    def effect(story: History, deed: Deed) -> None:
        story.add(
            Assignment(case_id=story.case.pk, tenant_id=story.case.tenant_id, user_id=user_id,
                       task=task, since=deed.at)
        )  # fmt: skip
        deed.other_id = user_id
        deed.tell_user(user_id)

    return effect


def finish(story: History, deed: Deed) -> None:
    done(story, deed, Outcome.HANDLED)


def done(story: History, deed: Deed, outcome: Outcome) -> None:
    case = story.case
    case.outcome, case.done_at, case.verified_by_id = outcome.value, deed.at, None
    case.done_by_id = deed.actor.user_id if deed.actor else None
    for clock in story.running(*WORK):
        clock.held_at = clock.held_at or deed.at
    story.stop(deed.at, LimitCode.SIGN.value, LimitCode.MEDIATION_MONTH.value)
    story.start_limit(LimitCode.VERIFY, deed.at)
    deed.tell_user(case.reporter_id)


def tell(channel: str) -> Effect:
    """Tell every party."""

    def effect(story: History, deed: Deed) -> None:
        assert deed.actor is not None
        for party in story.parties:
            story.add(
                Telling(case_id=story.case.pk, tenant_id=story.case.tenant_id,
                        party_id=party.pk, channel=channel, told_at=deed.at,
                        told_by_id=deed.actor.user_id)
            )  # fmt: skip

    return effect


def nudge(story: History, deed: Deed) -> None:
    deed.tell_unit(story.case.holder_unit_id)


def suspend(review_at: datetime) -> Effect:
    """Stop the clocks until ``review_at``."""

    def effect(story: History, deed: Deed) -> None:
        story.case.suspended_at, story.case.review_at = deed.at, review_at
        for clock in story.running():
            if clock.held_at is None:
                clock.held_at = deed.at
                pause = ClockPause(clock_id=clock.pk, tenant_id=story.case.tenant_id,
                                   start_at=deed.at, reason=deed.reason)  # fmt: skip
                story.pauses.setdefault(clock.pk, []).append(pause)
                story.add(pause)
        deed.tell_user(story.case.reporter_id)

    return effect


def resume(story: History, deed: Deed) -> None:
    story.case.suspended_at = story.case.review_at = None
    for clock in story.running():
        if clock.held_at is None:
            continue
        noted = story.pauses.get(clock.pk, [])
        for pause in noted:
            pause.end_at = pause.end_at or deed.at
        pauses = [Pause(pause.start_at, pause.end_at) for pause in noted]
        shifted = clocks.shift(clock, pauses, workcalendar.of_district(story.case.district_id))
        coming = slice(clock.rung, len(clock.ladder))  # an unwatched limit has none
        clock.ladder[coming] = [moment.at for moment in shifted][coming]
        clock.due_at, clock.held_at = shifted[-1].at, None
        if step := story.steps.get(clock.pk):
            step.due_at = clocks.next_due(clock)
    deed.tell_unit(story.case.holder_unit_id)


# --- between units ----------------------------------------------------------------------
def take_over(story: History, deed: Deed, unit_id: int, level: Level) -> None:
    case, before = story.case, story.holder_id
    story.keep(before, "reader", deed.at)
    case.from_unit_id, case.holder_unit_id, case.level = before, unit_id, level.value
    story.stood_at[unit_id] = level
    deed.other_id = unit_id
    deed.tell_unit(unit_id)
    deed.tell_user(case.reporter_id)


def hand_back(story: History, deed: Deed) -> None:
    """To whom the case came from: a return, and its answer."""
    unit_id = story.case.from_unit_id or story.case.reporting_unit_id
    take_over(story, deed, unit_id, story.stood_at[unit_id])


def transfer(unit: Unit, level: Level) -> Effect:
    """Give the case to another unit; rungs below its level are left behind."""

    def effect(story: History, deed: Deed) -> None:
        take_over(story, deed, unit.pk, level)
        for clock in story.running(ClockCode.LADDER.value):
            while climbs_next(clock) and clock.levels[clock.rung] > level:
                advance(story, deed, clock, "transferred")

    return effect


def advance(story: History, deed: Deed, clock: Clock, outcome: str) -> None:
    """Step on to the next rung, already with its holder, before its moment."""
    story.leave_step(clock, deed.at, outcome)
    clock.rung, clock.waits_until = clock.rung + 1, None
    story.case.rung = clock.first_rung + clock.rung
    story.enter_step(clock, deed.at, clocks.next_due(clock))


def co_handle(unit_id: int) -> Effect:
    """Call a unit in to help."""

    def effect(story: History, deed: Deed) -> None:
        story.keep(unit_id, "co_handler", deed.at)
        deed.other_id = unit_id
        deed.tell_unit(unit_id)

    return effect


def raise_level(story: History, deed: Deed) -> None:
    story.keep(story.holder_id, "co_responsible", deed.at)
    clock = story.running(ClockCode.LADDER.value)[0]
    unit_id, level = clock.holders[clock.rung], Level(clock.levels[clock.rung])
    take_over(story, deed, unit_id, level)
    advance(story, deed, clock, "raised")


# --- mediation --------------------------------------------------------------------------
def mediate(planned: datetime | None) -> Effect:
    """Both agree; ``planned`` is the first session, if it is dated."""

    def effect(story: History, deed: Deed) -> None:
        case = story.case
        if story.mediation is None:
            story.mediation = Mediation(case_id=case.pk, tenant_id=case.tenant_id)
            story.add(story.mediation)
        row = story.mediation
        row.applicant_agreed_at = row.respondent_agreed_at = row.started_at = deed.at
        row.ended_at, row.outcome = None, ""
        story.start_limit(LimitCode.MEDIATION_MONTH, case.received_at)
        if planned is not None:
            session(planned)(story, deed)

    return effect


def session(planned: datetime) -> Effect:
    """Date the next session; the rung waits until the end of that day."""

    def effect(story: History, deed: Deed) -> None:
        assert deed.actor is not None
        story.add(
            MediationSession(case_id=story.case.pk, tenant_id=story.case.tenant_id,
                             planned_at=planned, place="调解室", noted_at=deed.at,
                             noted_by_id=deed.actor.user_id)
        )  # fmt: skip
        day = planned.astimezone(clocks.ZONE).date()
        until = datetime.combine(day, END_OF_DAY, tzinfo=clocks.ZONE)
        for norm in story.running(LimitCode.MEDIATION_MONTH.value):
            until = min(until, norm.due_at)
        for clock in story.running(ClockCode.LADDER.value):
            clock.waits_until = until
            if step := story.steps.get(clock.pk):
                step.due_at = clocks.next_due(clock)

    return effect


def agree(outcome: Outcome) -> Effect:
    """An agreement, written or oral."""

    def effect(story: History, deed: Deed) -> None:
        day = deed.at.astimezone(clocks.ZONE).date()
        end(story, deed, outcome)
        if story.mediation is not None:
            story.mediation.agreed_on = day
            story.mediation.perform_by = day + timedelta(days=15)
        done(story, deed, outcome)

    return effect


def break_off(outcome: Outcome) -> Effect:
    """A party declines, or no agreement is reached."""

    def effect(story: History, deed: Deed) -> None:
        end(story, deed, outcome)
        story.case.outcome = outcome.value
        deed.tell_user(story.case.reporter_id)

    return effect


def end(story: History, deed: Deed, outcome: Outcome) -> None:
    case = story.case
    for clock in story.running():
        if clock.waits_until is not None:
            clock.waits_until = None
            story.steps[clock.pk].due_at = clocks.next_due(clock)
    if story.mediation is None:
        story.mediation = Mediation(case_id=case.pk, tenant_id=case.tenant_id)
        story.add(story.mediation)
    story.mediation.ended_at, story.mediation.outcome = deed.at, outcome.value


# --- the end ----------------------------------------------------------------------------
def verify(story: History, deed: Deed) -> None:
    assert deed.actor is not None
    story.case.verified_by_id = deed.actor.user_id
    deed.tell_unit(story.case.holder_unit_id)


def take_up_again(story: History, deed: Deed) -> None:
    case = story.case
    case.outcome, case.done_by_id, case.done_at, case.verified_by_id = "", None, None, None
    story.stop(deed.at, LimitCode.VERIFY.value, outcome="rejected")
    for clock in story.running():
        clock.held_at = None
    if not story.running():
        begin(story, case.registered_at, case.received_at)
    case.on_the_spot = False
    deed.tell_unit(case.holder_unit_id)
    deed.tell_user(case.reporter_id)


def begin(story: History, ladder_from: datetime, limit_from: datetime) -> None:
    """Start the clock of a case that has none running."""
    case = story.case
    if case.kind == Kind.DISPUTE and case.path == Path.LADDER:
        clock = clocks.ladder_clock(
            case, story.ground.policies, story.ground.units,
            pk=story.keys.take("cases_clock_id_seq"), from_level=Level(case.level), now=ladder_from,
        )  # fmt: skip
    else:
        code = (
            LimitCode.URGENT
            if case.path == Path.URGENT
            else limit_of(case.urgent, case.category, case.source)
        )
        clock = clocks.limit_clock(case, code, limit_from, policies=story.ground.policies)
    story.start(clock, step=True)


def close(story: History, deed: Deed) -> None:
    """Strike off: of an agreement the revisits are planned."""
    case = story.case
    if case.outcome in AGREEMENTS:
        for days in story.ground.policies.revisit_days():
            plan_revisit(story, deed, days)
    deed.tell_user(case.reporter_id)


def strike_silent(story: History, deed: Deed) -> None:
    story.case.outcome = Outcome.SILENCE.value
    close(story, deed)


def plan_revisit(story: History, deed: Deed, days: int) -> None:
    case = story.case
    unit = story.ground.units.find(Level.TOWNSHIP, COORDINATING_KIND[Level.TOWNSHIP].value)
    row = Revisit(
        case_id=case.pk, tenant_id=case.tenant_id, unit_id=unit.pk, days=days,
        sort=RevisitSort.AGREEMENT.value, due_at=days_after(case.district_id, deed.at, days),
        handler_id=case.done_by_id,
    )  # fmt: skip
    story.revisits.append(row)
    story.add(row)


def revisit(result: RevisitResult) -> Effect:
    """What the revisit found; trouble that is back reopens the case."""

    def effect(story: History, deed: Deed) -> None:
        row, case = story.revisits.pop(0), story.case
        assert deed.actor is not None
        row.checker_id, row.done_at, row.result = deed.actor.user_id, deed.at, result.value
        if result in (RevisitResult.RELAPSED, RevisitResult.UNTRUE):
            deed.target = Status.REGISTERED
            case.status, case.closed_at = Status.REGISTERED.value, None
            case.outcome, case.done_by_id, case.done_at = "", None, None
            case.verified_by_id, case.on_the_spot, case.supervised_at = None, False, None
            begin(story, deed.at, deed.at)
            for one in story.revisits:  # what was planned beyond falls away
                story.rows.remove(one)
            story.revisits.clear()
            deed.tell_unit(case.holder_unit_id)
            deed.tell_user(case.reporter_id)

    return effect


def merge(other_id: int, other_holder: int | None) -> Effect:
    """The case goes on in another one."""

    def effect(story: History, deed: Deed) -> None:
        story.case.merged_into_id = other_id
        deed.other_id = other_id
        deed.tell_user(story.case.reporter_id)
        deed.tell_unit(other_holder)

    return effect


def void(story: History, deed: Deed) -> None:
    deed.tell_unit(story.case.holder_unit_id)


EFFECTS: dict[Verb, Effect] = {
    Verb.SIGN: sign,
    Verb.FINISH: finish,
    Verb.NUDGE: nudge,
    Verb.SUPPLEMENT: nudge,
    Verb.RESUME: resume,
    Verb.RETURN: hand_back,
    Verb.ANSWER: hand_back,
    Verb.RAISE: raise_level,
    Verb.AGREE_WRITTEN: agree(Outcome.WRITTEN),
    Verb.AGREE_ORAL: agree(Outcome.ORAL),
    Verb.REFUSE: break_off(Outcome.REFUSED),
    Verb.FAIL: break_off(Outcome.FAILED),
    Verb.VERIFY: verify,
    Verb.REJECT: take_up_again,
    Verb.OBJECT: take_up_again,
    Verb.STRIKE: close,
    Verb.CONFIRM: close,
    Verb.STRIKE_SILENT: strike_silent,
    Verb.VOID: void,
}
