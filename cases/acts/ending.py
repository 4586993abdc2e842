"""The end of a case: verified by another, struck off, looked at again, taken up again."""

from datetime import datetime

from cases import clocks, workcalendar
from cases.acting import MOVED_ON, Act
from cases.holders import units_of
from cases.intake import limit_of
from cases.models import Case, Revisit
from cases.rules.clock import Span, SpanUnit, moments
from cases.rules.limits import LimitCode
from cases.rules.workflow import Kind, Outcome, Path, RevisitResult, RevisitSort, Status, Verb
from grids.errors import BadInput, NotAllowed, WrongState
from grids.models import Unit
from grids.roles import COORDINATING_KIND, Level
from grids.succession import unit_in_force
from grids.tree import place_in_force

AGAIN = 7  # days until the next attempt when nobody was met
BACK = (RevisitResult.RELAPSED, RevisitResult.UNTRUE)  # what takes a case up again
FOUND = {  # what can be said of each sort
    RevisitSort.AGREEMENT: (RevisitResult.KEPT, *BACK, RevisitResult.NOT_MET),
    RevisitSort.SAMPLE: (RevisitResult.TRUE, RevisitResult.PARTLY, RevisitResult.UNTRUE,
                         RevisitResult.NOT_MET),
}  # fmt: skip
AGREEMENTS = (Outcome.WRITTEN, Outcome.ORAL)
# After one of these an entry has been dispatched and can no longer be made void.
HANDED_ON = (Verb.SIGN, Verb.TRANSFER, Verb.HAND_DOWN, Verb.RAISE, Verb.CLIMB, Verb.RETURN,
             Verb.REOPEN)  # fmt: skip


def verify(act: Act) -> None:
    """Somebody other than the handler, and not below, found it true."""
    act.need(act.inputs.note, "note", "Please write how you verified it.")
    act.case.verified_by = act.actor
    act.tell_unit(act.case.holder_unit_id)


def take_up_again(act: Act) -> None:
    """Not solved: what was held runs on with its old moments; a false "done" gains nothing.

    What was said to be settled on the spot had no clock of its own until now: it gets the one
    it would have had, from the start. From now on only a second person can end it.
    """
    case = act.case
    if act.actor is not None:
        act.need(act.inputs.note, "note", "Please write what is not solved.")
    case.outcome, case.done_by, case.done_at, case.verified_by = "", None, None, None
    clocks.stop(case, act.now, [LimitCode.VERIFY.value], outcome="rejected")
    clocks.release(case)
    if not clocks.running(case).exists():
        begin(act, ladder_from=case.registered_at, limit_from=case.received_at)
    case.on_the_spot = False
    act.tell_unit(case.holder_unit_id)
    act.tell_user(case.reporter_id)


def begin(act: Act, *, ladder_from: datetime, limit_from: datetime) -> None:
    """Start the clock of a case that has none running: its ladder, or its limit."""
    case = act.case
    units = units_of(case.area)
    pk = clocks.next_id()
    if case.kind == Kind.DISPUTE and case.path == Path.LADDER:
        policies = clocks.policies_of(case, act.now)
        clock = clocks.ladder_clock(
            case, policies, units, pk=pk, from_level=Level(case.level), now=ladder_from
        )
    else:
        code = (
            LimitCode.URGENT
            if case.path == Path.URGENT
            else limit_of(case.urgent, case.category, case.source)
        )
        clock = clocks.limit_clock(case, code, limit_from, pk=pk)
    clock.save(force_insert=True)
    clocks.first_step(case, clock).save(force_insert=True)


def confirm(act: Act) -> None:
    """The resident says it is settled; enough for a small matter settled on the spot only."""
    if not act.case.on_the_spot:
        raise WrongState("This matter is verified by a second person.")
    close(act)


def strike_silent(act: Act) -> None:
    """Seven days without objection after every party was told; a figure of its own."""
    act.case.outcome = Outcome.SILENCE.value
    close(act)


def strike(act: Act) -> None:
    """Strike off what was verified."""
    close(act)


def close(act: Act) -> None:
    """What every strike-off leaves behind: of an agreement the revisits; what else is looked
    at again is drawn by the month (``cases/lookback.py``)."""
    case = act.case
    if case.outcome in AGREEMENTS:
        policies = clocks.policies_of(case, act.now)
        for days in policies.revisit_days():
            plan_revisit(act, days)
    act.tell_user(case.reporter_id)


def plan_revisit(act: Act, days: int) -> None:
    """A look at the agreement ``days`` calendar days after the strike-off (M04)."""
    case = act.case
    Revisit.objects.get_or_create(
        case=case, sort=RevisitSort.AGREEMENT.value, days=days, done_at=None,
        defaults={
            "tenant_id": case.tenant_id, "unit_id": revisiting_unit(case),
            "due_at": days_after(case.district_id, act.now, days), "handler": case.done_by,
        },
    )  # fmt: skip


def days_after(district_id: int | None, start: datetime, days: int) -> datetime:
    """The end of the last of ``days`` calendar days, by the calendar of a district."""
    span = (Span(days, SpanUnit.CALENDAR_DAY),)
    calendar = workcalendar.of_district(district_id)
    return moments(start, span, calendar, zone=clocks.ZONE)[0].at


def revisiting_unit(case: Case) -> int:
    """The coordinating unit of the township, or of the next level present above."""
    units = units_of(case.area)
    return units.find(Level.TOWNSHIP, COORDINATING_KIND[Level.TOWNSHIP].value).pk


def reopen(act: Act) -> None:
    """Trouble is back, or both agree after all: the case runs again from its level."""
    act.need(act.inputs.note, "note", "Please write what happened.")
    case = act.case
    case.outcome, case.done_by, case.done_at, case.verified_by = "", None, None, None
    case.on_the_spot, case.supervised_at = False, None
    follow_places(case)
    if case.kind != Kind.PETITION:  # whose clocks follow the table
        begin(act, ladder_from=act.now, limit_from=act.now)
    Revisit.objects.filter(case=case, done_at=None, look_back=None).delete()
    act.tell_unit(case.holder_unit_id)
    act.tell_user(case.reporter_id)


def follow_places(case: Case) -> None:
    """Bring a closed case in line with the places and units of today, which it did not follow
    while it was closed."""
    case.area = place_in_force(case.area)
    for column, value in case.area.stamp.items():
        setattr(case, column, value)
    for role in ("holder_unit_id", "from_unit_id", "reporting_unit_id"):
        if (unit_id := getattr(case, role)) is not None:
            setattr(case, role, unit_in_force(unit_id))
    holder = Unit.objects.select_related("area").get(pk=case.holder_unit_id or 0)
    if holder.valid_to is not None or not case.area.path.startswith(holder.area.path):
        units = units_of(case.area)
        unit = units.find(Level(case.level), holder.kind_id)
        case.holder_unit_id, case.level = unit.pk, units.level_of(unit).value


def void(act: Act) -> None:
    """Take back an entry before anybody signed for it; the number stays."""
    act.need_reason()
    act.need(act.inputs.note, "note", "Please write why.")
    if act.happened(*HANDED_ON):
        raise WrongState(MOVED_ON)
    act.tell_unit(act.case.holder_unit_id)


def revisit(act: Act) -> None:
    """Record what a revisit found; trouble that is back, or never ended, reopens the case."""
    row = next_revisit(act.case)
    if row is None:
        raise WrongState("No revisit is open on this case.")
    if act.inputs.result not in FOUND[RevisitSort(row.sort)]:
        raise BadInput("Choose what the revisit found.", field="result")
    act.need(act.inputs.note, "note", "Please write what you found.")
    if act.actor is not None and row.handler_id == act.actor.pk:
        raise NotAllowed("Somebody other than the handler, and not below, must do this.")
    if act.inputs.result == RevisitResult.NOT_MET:
        row.due_at = days_after(act.case.district_id, act.now, AGAIN)
        row.save(update_fields=["due_at"])
        return
    row.checker, row.done_at, row.result = act.actor, act.now, act.inputs.result
    row.save(update_fields=["checker", "done_at", "result"])
    if row.result in BACK:
        act.target = Status.REGISTERED
        reopen(act)


def next_revisit(case: Case) -> Revisit | None:
    """The open revisit that is due first."""
    return Revisit.objects.filter(case=case, done_at=None).order_by("due_at", "pk").first()
