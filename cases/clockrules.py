"""A clock row as the engine sees it: its rule, what happened to it, and why its end is its end.

Reads rows, writes none. What counts is ``cases/rules``; here rows become rules and events.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from cases import workcalendar
from cases.clocks import ZONE, ladder_of, limit_of
from cases.explaining import end_words, sentences
from cases.models import Case, Clock, ClockExtension
from cases.rules.clock import Pause, Span, SpanUnit
from cases.rules.explanation import explain
from cases.rules.limits import LimitCode, Whose
from cases.rules.reckoning import (
    ClockRule,
    ClockState,
    Course,
    Happened,
    Reckoning,
    reckon_course,
    rule_of_ladder,
    rule_of_limit,
)
from cases.rules.terms import ClockCode, Sender, Verb
from cases.rules.trail import Trail
from cases.rules.workdays import WorkCalendar


@dataclass(frozen=True, slots=True)
class Account:
    """One clock with all that is said about it. ``source`` empty: a default without one."""

    clock: Clock
    name: str
    whose: Whose
    state: ClockState
    source: str
    explanation: list[str]


def all_of(case: Case) -> list[Clock]:
    """Every clock of ``case``, also those that have stopped, with what ``account`` reads."""
    rows = case.clocks.select_related("policy", "extension__approved_by")
    rows = rows.prefetch_related("pauses")
    return list(rows.order_by("started_at", "pk"))


def running(case: Case) -> list[Clock]:
    """The clocks of ``case`` that have not stopped."""
    return [clock for clock in all_of(case) if clock.stopped_at is None]


def rule_of(clock: Clock) -> ClockRule | None:
    """The rule the clock runs by; None for a deadline that somebody set by hand."""
    if clock.code in LimitCode.values():
        return rule_of_limit(limit_of(clock))
    if clock.code == ClockCode.LADDER:
        return rule_of_ladder(ladder_of(clock), clock.first_rung)
    return None


def course(clock: Clock) -> Course:
    """What happened to the clock so far."""
    pauses = tuple(Pause(one.start_at, one.end_at) for one in clock.pauses.all())
    held = clock.held_at if not any(one.end is None for one in pauses) else None
    return Course(
        clock.started_at, clock.stopped_at, pauses, extensions=granted(clock), held_at=held
    )


def granted(clock: Clock) -> tuple[Happened, ...]:
    """The extension of a clock, if one was approved."""
    row: ClockExtension | None = getattr(clock, "extension", None)
    if row is None:
        return ()
    span = Span(row.days, SpanUnit.CALENDAR_DAY)
    by = row.approved_by.display_name
    return (Happened(Verb.EXTEND.value, row.approved_at, span=span, by=by),)


def reckoned(clock: Clock, rule: ClockRule, now: datetime) -> Reckoning:
    """The clock counted anew with today's calendar of its district, and its way."""
    return reckon_course(rule, course(clock), calendar_of(clock), now, zone=ZONE, trail=Trail())


def calendar_of(clock: Clock) -> WorkCalendar:
    return workcalendar.of_district(clock.case.district_id)


def account(clock: Clock, now: datetime) -> Account:
    """All that is said about ``clock`` at ``now``; it comes from ``running``."""
    rule = rule_of(clock)
    if rule is None:
        label = ClockCode(clock.code).label
        who = _(Sender(clock.set_by).label) if clock.set_by else _("set by hand")
        told = [
            _("Set by hand (%(who)s): %(day)s.") % {"who": who, "day": shown(clock.due_at)}
        ]  # fmt: skip
        state = ClockState.OVERDUE if clock.due_at <= now else ClockState.RUNNING
        if clock.held_at is not None:
            state = ClockState.PAUSED
        return Account(clock, _(label), Whose.AGENCY, state, who, told)
    found = reckoned(clock, rule, now)
    told = explanation(clock, rule, found, now)
    if clock.code == ClockCode.LADDER:
        ladder = ladder_of(clock)
        return Account(clock, _(ladder.name), rule.whose, found.state, ladder.source or "", told)
    limit = limit_of(clock)
    return Account(clock, _(limit.name), limit.whose, found.state, limit.source or "", told)


def explanation(clock: Clock, rule: ClockRule, found: Reckoning, now: datetime) -> list[str]:
    """How the end was counted. Where the calendar has changed since and leads elsewhere, that
    is said, for the date in force is the one written down."""
    steps = explain(rule, found, calendar_of(clock), now, ZONE)
    told = sentences(steps)
    moves = found.state in (ClockState.PAUSED, ClockState.HELD)
    if moves or found.due_at == clock.due_at:
        return told
    return [
        *told[:-1],
        _("Counted with the calendar of today; the date in force, %(day)s, was counted with the"
          " calendar %(version)s.") % {
            "day": shown(clock.due_at), "version": clock.calendar_version,
        },
    ]  # fmt: skip


def shown(at: datetime) -> str:
    """A due moment in words."""
    return end_words(at.astimezone(ZONE))
