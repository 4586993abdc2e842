"""Start, stop, hold and resume the clocks of a case.

The caller holds the lock on the case (or is just creating it). Moments come from the pure
rules; here they meet policies, units and rows. Which act starts and stops what:

====================  =========================================================
registering           ladder or limit; sign-for limit of events and requests
signing for           stops the sign-for limit, marks the step as signed
starting mediation    the one-month norm of mediation, from the receipt
done                  holds the ladder or limit, starts verification
not solved            stops verification, releases what was held, moments unchanged
suspending, resuming  holds and releases every clock; resuming moves the moments on
closing               stops everything
====================  =========================================================
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from cases import workcalendar
from cases.holders import PlaceUnits, U, holders_of
from cases.models import Case, Clock, ClockPause, ClockStep
from cases.policies import LADDER, InForce, in_force, parsed
from cases.rules.bounds import set_limit
from cases.rules.clock import Moment, Pause, end_of, moments
from cases.rules.ladder import AtEnd, Ladder, first_rung_for, plan
from cases.rules.lamp import amber_from
from cases.rules.limits import LIMITS, Limit, LimitCode
from cases.rules.workdays import WorkCalendar
from cases.rules.workflow import ClockCode
from cases.writing import unsaved
from grids.roles import Level

ZONE = timezone.get_default_timezone()


def ladder_clock(
    case: Case,
    policies: InForce,
    units: PlaceUnits[U],
    *,
    pk: int,
    from_level: Level,
    now: datetime,
) -> Clock:
    """The unsaved ladder clock of a dispute, standing at the rung of ``from_level``.

    Ladders run from registration. ``case.rung`` is set to the first rung.
    """
    row = policies.row(LADDER)
    ladder = policies.ladder()
    first = first_rung_for(ladder, from_level)
    calendar = workcalendar.of_district(case.district_id)
    course = plan(ladder, now, first_rung=first, calendar=calendar, zone=ZONE)
    holders = holders_of(ladder, course.to_rung, units)
    case.rung = first
    return unsaved(
        Clock, id=pk, case_id=case.pk, tenant_id=case.tenant_id, code=ClockCode.LADDER.value,
        policy_id=row.pk, ladder_code=ladder.code,
        calendar_version=calendar.version, provisional=course.provisional,
        started_at=now, due_at=course.due_at, first_rung=first,
        ladder=list(course.moments), holders=[one.unit_id for one in holders],
        levels=[one.level.value for one in holders],
        actions=[end.value for end in course.at_end],
    )  # fmt: skip


def limit_clock(
    case: Case, code: LimitCode, start: datetime, *, pk: int | None = None, watched: bool = True,
    policies: InForce | None = None,
) -> Clock:  # fmt: skip
    """The unsaved clock of one limit; ``watched`` puts the case on the supervision list when
    the limit has run out without an answer.

    ``policies`` of the case's place say how long; where they are not at hand they are read, as
    they are in force on the day of ``start``.
    """
    calendar = workcalendar.of_district(case.district_id)
    policies = policies or policies_of(case, start)
    row = policies.limit_row(code)
    due = policies.limit(code).due(start, calendar, zone=ZONE)
    clock = unsaved(
        Clock, id=pk, case_id=case.pk, tenant_id=case.tenant_id, code=code.value,
        policy_id=row.pk if row else None,
        calendar_version=calendar.version, provisional=due.provisional,
        started_at=start, due_at=max(due.at, start),
    )  # fmt: skip
    if watched:
        clock.ladder, clock.actions = [clock.due_at], [AtEnd.SUPERVISE.value]
        clock.holders, clock.levels = [case.holder_unit_id or 0], [case.level]
    return clock


def first_step(case: Case, clock: Clock) -> ClockStep:
    """The unsaved row of the rung a laddered clock starts on."""
    return unsaved(
        ClockStep, clock_id=clock.pk, tenant_id=case.tenant_id, rung=0,
        unit_id=case.holder_unit_id or 0, level=case.level, entered_at=clock.started_at,
        due_at=clock.ladder[0] if clock.ladder else clock.due_at,
    )  # fmt: skip


def start_limit(case: Case, code: LimitCode, start: datetime, *, watched: bool = False) -> None:
    """Write and start one limit, unless the same limit already runs."""
    if not running(case).filter(code=code.value).exists():
        clock = limit_clock(case, code, start, watched=watched)
        clock.save(force_insert=True)
        if watched:
            first_step(case, clock).save(force_insert=True)


def policies_of(case: Case, now: datetime) -> InForce:
    """The policies in force where ``case`` lies, on the civil day of ``now``; one query."""
    return in_force(case.area, now.astimezone(ZONE).date())


def running(case: Case) -> QuerySet[Clock]:
    """The clocks of ``case`` that have not stopped."""
    return case.clocks.filter(stopped_at=None)


def stop(
    case: Case, now: datetime, codes: Iterable[str] | None = None, outcome: str = "done"
) -> None:
    """Stop the clocks with ``codes`` (all when None) and end their current step."""
    ended = running(case) if codes is None else running(case).filter(code__in=list(codes))
    ids = list(ended.values_list("pk", flat=True))
    Clock.objects.filter(pk__in=ids).update(stopped_at=now)
    leave_steps(ids, now, outcome)
    ClockPause.objects.filter(clock_id__in=ids, end_at=None).update(end_at=now)


def leave_steps(clock_ids: list[int], now: datetime, outcome: str) -> None:
    ClockStep.objects.filter(clock_id__in=clock_ids, left_at=None).update(
        left_at=now, outcome=outcome
    )


def hold(case: Case, now: datetime, codes: Iterable[str] | None = None) -> None:
    """Let clocks stand still without moving their moments."""
    held = running(case).filter(held_at=None)
    (held if codes is None else held.filter(code__in=list(codes))).update(held_at=now)


def release(case: Case) -> None:
    """Let held clocks run on with their moments unchanged: a false "done" gains no time."""
    running(case).filter(held_at__isnull=False).update(held_at=None)


def suspend(case: Case, now: datetime, reason: str) -> None:
    """Hold every running clock and note the pause of each (decisions.md 10)."""
    clocks = list(running(case).filter(held_at=None))
    hold(case, now)
    ClockPause.objects.bulk_create(
        ClockPause(clock=clock, tenant_id=case.tenant_id, start_at=now, reason=reason)
        for clock in clocks
    )


def resume(case: Case, now: datetime) -> None:
    """End the pauses and move the coming moments by what was paused; passed rungs stay.

    A deadline the sender chose by hand moves by exactly the time it stood still.
    """
    calendar = workcalendar.of_district(case.district_id)
    for clock in running(case).filter(held_at__isnull=False):
        clock.pauses.filter(end_at=None).update(end_at=now)
        pauses = [
            Pause(start, end) for start, end in clock.pauses.values_list("start_at", "end_at")
        ]
        shifted = shift(clock, pauses, calendar)
        if clock.ladder:  # a limit nobody watches has no moments of its own
            coming = slice(clock.rung, None)
            clock.ladder[coming] = [moment.at for moment in shifted[coming]]
        clock.due_at = shifted[-1].at
        clock.provisional = any(moment.provisional for moment in shifted)
        clock.calendar_version = calendar.version
        clock.held_at = None
        clock.save(update_fields=["ladder", "due_at", "provisional", "calendar_version", "held_at"])
        clock.steps.filter(left_at=None).update(due_at=next_due(clock))


def shift(clock: Clock, pauses: Sequence[Pause], calendar: WorkCalendar) -> tuple[Moment, ...]:
    """The moments of ``clock`` counted anew with ``pauses``, which have all ended."""
    if clock.code == ClockCode.HANDED_DOWN:
        last = max(pauses, key=lambda pause: pause.start)
        stood = last.end - last.start if last.end else timedelta(0)
        return (Moment(clock.due_at + stood, provisional=False),)
    if clock.code in LimitCode.values():
        limit = limit_of(clock)
        return (limit.due(clock.started_at, calendar, pauses=pauses, zone=ZONE),)
    ladder = ladder_of(clock)
    spans = [rung.span for rung in ladder.rungs[clock.first_rung :]]
    return moments(clock.started_at, spans, calendar, pauses=pauses, zone=ZONE)


def limit_of(clock: Clock) -> Limit:
    """The limit in the version the clock started with."""
    limit = LIMITS[LimitCode(clock.code)]
    return set_limit(limit, clock.policy.body) if clock.policy else limit


def ladder_of(clock: Clock) -> Ladder:
    """The ladder in the version the clock started with."""
    if clock.policy is None:
        raise ValueError(f"Clock {clock.pk} has no ladder.")
    return parsed(json.dumps(clock.policy.body))


def next_due(clock: Clock) -> datetime:
    """The end of the rung the clock stands on."""
    at = clock.ladder[clock.rung] if clock.rung < len(clock.ladder) else clock.due_at
    return max(at, clock.waits_until) if clock.waits_until else at


def wait_for_session(case: Case, until: datetime) -> None:
    """Keep the rung back until ``until`` while both agree and the session is dated.

    At most until the one-month norm of mediation.
    """
    norm = running(case).filter(code=LimitCode.MEDIATION_MONTH.value).first()
    until = min(until, norm.due_at) if norm else until
    for clock in running(case).filter(code=ClockCode.LADDER.value):
        clock.waits_until = until
        clock.save(update_fields=["waits_until"])
        clock.steps.filter(left_at=None).update(due_at=next_due(clock))


def stop_waiting(case: Case) -> None:
    """The rung no longer waits for a session."""
    for clock in running(case).filter(waits_until__isnull=False):
        clock.waits_until = None
        clock.save(update_fields=["waits_until"])
        clock.steps.filter(left_at=None).update(due_at=next_due(clock))


class Dues(NamedTuple):
    """What a case repeats of its running clocks: the least step deadline, the least moment one
    of them turns amber, and the first moment that was counted through days no notice covers yet."""

    due_at: datetime | None
    amber_at: datetime | None
    provisional_from: datetime | None


def dues(case: Case) -> Dues:
    """What the row of ``case`` repeats; one statement."""
    rows = list(running(case))
    due_at = min((row.step_due_at for row in rows if row.step_due_at), default=None)
    amber_at = min((row.amber_at for row in rows if row.amber_at), default=None)
    return Dues(due_at, amber_at, provisional_from(case, rows))


def amber_of(clock: Clock) -> datetime:
    """When the rung the clock stands on turns amber, as the generated column has it."""
    inside = 0 < clock.rung < len(clock.ladder)
    since = clock.ladder[clock.rung - 1] if inside else clock.started_at
    return amber_from(since, next_due(clock))


def provisional_from(case: Case, rows: Iterable[Clock]) -> datetime | None:
    """The first moment of ``rows`` that a notice to come may move; None when all are certain."""
    uncertain = [row for row in rows if row.provisional]
    if not uncertain:
        return None
    unknown = end_of(workcalendar.of_district(case.district_id).known_to, ZONE)
    ends = (moment for row in uncertain for moment in (*row.ladder, row.due_at))
    return min((moment for moment in ends if moment >= unknown), default=None)


def next_id() -> int:
    """A fresh key of a clock; its step row names it before it is written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('cases_clock_id_seq')")
        key: int = cursor.fetchone()[0]
    return key
