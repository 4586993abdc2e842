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
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from cases import workcalendar
from cases.holders import PlaceUnits, U, holders_of
from cases.models import Case, Clock, ClockExtension, ClockPause, ClockStep
from cases.policies import LADDER, InForce, in_force, parsed
from cases.rules.bounds import set_limit
from cases.rules.clock import Moment, Pause, Span, SpanUnit, end_of, moments
from cases.rules.ladder import AtEnd, Ladder, first_rung_for, plan
from cases.rules.lamp import amber_from
from cases.rules.limits import LIMITS, Limit, LimitCode, Whose
from cases.rules.procedure import share
from cases.rules.set_by_hand import SET_BY_HAND
from cases.rules.workdays import WorkCalendar
from cases.rules.workflow import ClockCode, Verb
from cases.writing import unsaved
from grids.roles import Level

ZONE = timezone.get_default_timezone()
SENDERS = frozenset(code.value for code in SET_BY_HAND if code is not ClockCode.HEARING)
RESIDENTS = frozenset(code.value for code, limit in LIMITS.items() if limit.whose is Whose.RESIDENT)


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
    due = shared(policies.limit(code), case.level).due(start, calendar, zone=ZONE)
    clock = unsaved(
        Clock, id=pk, case_id=case.pk, tenant_id=case.tenant_id, code=code.value,
        policy_id=row.pk if row else None,
        calendar_version=calendar.version, provisional=due.provisional,
        started_at=start, due_at=max(due.at, start),
    )  # fmt: skip
    return watch(case, clock) if watched else clock


def watch(case: Case, clock: Clock) -> Clock:
    """Let ``clock`` put the case on the supervision list at its end."""
    clock.ladder, clock.actions = [clock.due_at], [AtEnd.SUPERVISE.value]
    clock.holders, clock.levels = [case.holder_unit_id or 0], [case.level]
    return clock


def hand_clock(
    case: Case, code: ClockCode, start: datetime, until: datetime, *, sender: str = "",
    pk: int | None = None, watched: bool = True,
) -> Clock:  # fmt: skip
    """The unsaved clock of a deadline that somebody named; ``sender`` says who, if outside."""
    clock = unsaved(
        Clock, id=pk, case_id=case.pk, tenant_id=case.tenant_id, code=code.value,
        set_by=sender, started_at=start, due_at=until,
    )  # fmt: skip
    return watch(case, clock) if watched else clock


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
        write(case, limit_clock(case, code, start, watched=watched))


def start_by_hand(
    case: Case, code: ClockCode, start: datetime, until: datetime, *, sender: str = "",
    watched: bool,
) -> None:  # fmt: skip
    """Write and start a deadline that somebody named."""
    write(case, hand_clock(case, code, start, until, sender=sender, watched=watched))


def write(case: Case, clock: Clock) -> None:
    clock.save(force_insert=True)
    if clock.ladder:
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
    still = [one.code for one in running(case) if stands_still(one.code)]
    pause(case, now, reason, still)


def stands_still(code: str) -> bool:
    """Whether a clock pauses while its case is suspended; a sender's day does not."""
    if code in LimitCode.values():
        return Verb.SUSPEND in LIMITS[LimitCode(code)].pauses
    rule = SET_BY_HAND.get(ClockCode(code))
    return rule is None or Verb.SUSPEND in rule.pauses


def pause(case: Case, now: datetime, reason: str, codes: Collection[str]) -> None:
    """Hold the running clocks with ``codes`` and note the pause of each."""
    clocks = list(running(case).filter(held_at=None, code__in=codes))
    hold(case, now, codes)
    ClockPause.objects.bulk_create(
        ClockPause(clock=clock, tenant_id=case.tenant_id, start_at=now, reason=reason)
        for clock in clocks
    )


def resume(case: Case, now: datetime) -> None:
    """End the pauses and move the coming moments by what was paused; passed rungs stay. What
    is held without a pause stays held.

    A deadline the sender chose by hand moves by exactly the time it stood still.
    """
    calendar = workcalendar.of_district(case.district_id)
    paused = Exists(ClockPause.objects.filter(clock=OuterRef("pk"), end_at=None))
    for clock in running(case).filter(paused, held_at__isnull=False):
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
        limit, extended = limit_of(clock), extensions(clock)
        start = clock.started_at
        return (limit.due(start, calendar, pauses=pauses, extended=extended, zone=ZONE),)
    ladder = ladder_of(clock)
    spans = [rung.span for rung in ladder.rungs[clock.first_rung :]]
    return moments(clock.started_at, spans, calendar, pauses=pauses, zone=ZONE)


def limit_of(clock: Clock) -> Limit:
    """The limit in the version the clock started with."""
    limit = LIMITS[LimitCode(clock.code)]
    if clock.policy:
        limit = set_limit(limit, clock.policy.body)
    return shared(limit, clock.levels[0]) if clock.levels else limit


def shared(limit: Limit, level: int) -> Limit:
    """``limit`` with the share of a level, where the levels share one time."""
    span = share(limit.code, level)
    return replace(limit, span=span) if span else limit


def extensions(clock: Clock) -> list[Span]:
    """By how much a clock was made longer."""
    if LIMITS[LimitCode(clock.code)].extension is None:
        return []  # of most clocks nobody need ask
    days = ClockExtension.objects.filter(clock=clock).values_list("days", flat=True)
    return [Span(one, SpanUnit.CALENDAR_DAY) for one in days]


def extend(clock: Clock, days: int) -> None:
    """Move the end of a running limit by what has just been granted."""
    calendar = workcalendar.of_district(clock.case.district_id)
    limit = limit_of(clock)
    pauses = [Pause(start, end) for start, end in clock.pauses.values_list("start_at", "end_at")]
    due = limit.due(
        clock.started_at, calendar, pauses=pauses,
        extended=[Span(days, SpanUnit.CALENDAR_DAY)], zone=ZONE,
    )  # fmt: skip
    clock.due_at, clock.provisional = due.at, due.provisional
    clock.calendar_version = calendar.version
    if clock.ladder:
        clock.ladder = [due.at]
    clock.save(update_fields=["due_at", "provisional", "calendar_version", "ladder"])
    clock.steps.filter(left_at=None).update(due_at=due.at)


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
    of them turns amber, the first moment that was counted through days no notice covers yet,
    and the earliest deadline of a sender and of the resident."""

    due_at: datetime | None
    amber_at: datetime | None
    provisional_from: datetime | None
    sender: datetime | None
    resident: datetime | None


def dues(case: Case) -> Dues:
    """What the row of ``case`` repeats; one statement."""
    rows = list(running(case))
    amber_at = min((row.amber_at for row in rows if row.amber_at), default=None)
    return Dues(
        least(rows), amber_at, provisional_from(case, rows),
        least(row for row in rows if row.code in SENDERS),
        least(row for row in rows if row.code in RESIDENTS),
    )  # fmt: skip


def least(rows: Iterable[Clock]) -> datetime | None:
    """The earliest step deadline of ``rows``."""
    return min((row.step_due_at for row in rows if row.step_due_at), default=None)


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


def beyond_notices(case: Case, at: datetime) -> bool:
    """Whether working days counted up to ``at`` were counted through days no notice covers."""
    return at > end_of(workcalendar.of_district(case.district_id).known_to, ZONE)


def next_id() -> int:
    """A fresh key of a clock; its step row names it before it is written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('cases_clock_id_seq')")
        key: int = cursor.fetchone()[0]
    return key
