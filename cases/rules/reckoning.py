"""What a clock says at a moment: rule + events + calendar + now. Pure Python.

One engine for limits and ladders, for pages, the sweep, simulations and ``manage.py deadline``.
It counts by ``cases/rules/clock.py`` and nothing else does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from cases.rules.clock import (
    Moment,
    Pause,
    Span,
    as_if_resumed,
    moments,
    require_zone,
    resident_deadline,
)
from cases.rules.hours import OFFICE_WINDOWS
from cases.rules.ladder import Ladder
from cases.rules.limits import NOTHING, Extension, Limit, Whose
from cases.rules.trail import Trail
from cases.rules.windows import Windows
from cases.rules.workdays import WorkCalendar
from grids.errors import BadInput
from grids.words import Word


class ClockState(Word):
    """How a clock stands."""

    WAITING = "waiting", "Not started"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    HELD = "held", "Held"
    OVERDUE = "overdue", "Overdue"
    STOPPED = "stopped", "Stopped"


@dataclass(frozen=True, slots=True)
class ClockRule:
    """What drives one clock; the fields are those of ``limits.Limit``.

    ``spans`` follow one another: one for a limit, one per rung for a ladder.
    """

    spans: tuple[Span, ...]
    whose: Whose = Whose.AGENCY
    starts: frozenset[str] = NOTHING
    stops: frozenset[str] = NOTHING
    pauses: frozenset[str] = NOTHING
    excludes: frozenset[str] = NOTHING
    holds: frozenset[str] = NOTHING
    extension: Extension | None = None
    cap: Span | None = None
    windows: Windows = OFFICE_WINDOWS

    def __post_init__(self) -> None:
        if not self.spans:
            raise ValueError("A clock needs at least one span.")


@dataclass(frozen=True, slots=True)
class Happened:
    """One act on the case, as far as a clock minds it.

    ``at`` is the moment of record a clock starts from where it starts one (the receipt, the
    day a paper was served). ``until`` ends a pause, an exclusion or a hold; None while it
    lasts. ``span`` is an extension granted by ``by``.
    """

    code: str
    at: datetime
    until: datetime | None = None
    span: Span | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """The events sorted out: one run of a clock, from its last start."""

    started_at: datetime | None = None
    stopped_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    exclusions: tuple[Pause, ...] = ()
    extensions: tuple[Happened, ...] = ()
    held_at: datetime | None = None

    @property
    def stood(self) -> tuple[Pause, ...]:
        """All time that does not run."""
        return (*self.pauses, *self.exclusions)

    @property
    def granted(self) -> tuple[Span, ...]:
        """The extensions in the order they were granted."""
        return tuple(one.span for one in self.extensions if one.span is not None)


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What the clock says.

    ``moments`` are the ends of the rule's spans, the last one moved by extensions and, for a
    resident, rolled; ``due_at`` is the last. While paused they are what they would be on
    resuming now. ``rung`` counts those that have passed, ``next_at`` is the next one and None
    unless the clock runs. ``remaining`` is negative once overdue.
    """

    state: ClockState
    course: Course
    moments: tuple[datetime, ...] = ()
    due_at: datetime | None = None
    provisional: bool = False
    rung: int = 0
    next_at: datetime | None = None
    remaining: timedelta | None = None
    trail: Trail | None = None


def rule_of_limit(limit: Limit) -> ClockRule:
    return ClockRule(
        (limit.span,), limit.whose, limit.starts, limit.stops, limit.pauses, limit.excludes,
        limit.holds, limit.extension, limit.cap,
    )  # fmt: skip


def rule_of_ladder(ladder: Ladder, first_rung: int = 0, **events: frozenset[str]) -> ClockRule:
    """The rungs from ``first_rung`` up; ``events`` are the sets of ``ClockRule``."""
    return ClockRule(tuple(rung.span for rung in ladder.rungs[first_rung:]), **events)  # type: ignore[arg-type]


def course_of(rule: ClockRule, events: Iterable[Happened]) -> Course:
    """Sort out the events, in any order; those the rule does not name are nobody's.

    A clock that starts again after it stopped begins anew: what was before is forgotten.
    """
    started: datetime | None = None
    stopped: datetime | None = None
    held: datetime | None = None
    pauses: list[Pause] = []
    exclusions: list[Pause] = []
    extensions: list[Happened] = []
    for event in sorted(events, key=lambda one: one.at):
        require_zone(event.at)
        if event.code in rule.starts and (started is None or stopped is not None):
            started, stopped, held = event.at, None, None
            pauses, exclusions, extensions = [], [], []
        elif started is None or stopped is not None:
            continue
        elif event.code in rule.stops:
            stopped = event.at
        elif event.code in rule.pauses:
            pauses.append(Pause(event.at, event.until))
        elif event.code in rule.excludes:
            exclusions.append(Pause(event.at, event.until))
        elif event.code in rule.holds:
            held = event.at if event.until is None else None
        elif event.span is not None:
            extensions.append(event)
    return Course(
        started, stopped, tuple(pauses), tuple(exclusions), tuple(extensions), held
    )  # fmt: skip


def reckon(
    rule: ClockRule,
    events: Iterable[Happened],
    calendar: WorkCalendar,
    now: datetime,
    *,
    zone: tzinfo,
    trail: Trail | None = None,
) -> Reckoning:
    """What the clock of ``rule`` says at ``now``; ``trail`` gets the way of the count.

    Raises ``BadInput`` for an extension the rule does not allow, ``ValueError`` for moments
    without a time zone and pauses that end before they start.
    """
    course = course_of(rule, events)
    if course.granted and course.started_at is not None:
        stood = as_if_resumed(course.stood, course.stopped_at or now)
        check_extension(rule, course.started_at, course.granted, calendar, pauses=stood, zone=zone)
    return reckon_course(rule, course, calendar, now, zone=zone, trail=trail)


def reckon_course(
    rule: ClockRule,
    course: Course,
    calendar: WorkCalendar,
    now: datetime,
    *,
    zone: tzinfo,
    trail: Trail | None = None,
) -> Reckoning:
    """``reckon`` for events that are sorted out already, rows of the database for example.

    Whether an extension was allowed was asked when it was granted, and is not asked again.
    """
    require_zone(now)
    if course.started_at is None:
        return Reckoning(ClockState.WAITING, course)
    until = course.stopped_at or now
    stood = as_if_resumed(course.stood, until)
    ends = ends_of(rule, course.started_at, course.granted, calendar, stood, zone, trail)
    due = ends[-1]
    state = state_at(course, due.at, now)
    passed = sum(end.at <= until for end in ends)
    runs = state is ClockState.RUNNING
    return Reckoning(
        state, course, tuple(end.at for end in ends), due.at,
        any(end.provisional for end in ends), passed,
        next((end.at for end in ends if end.at > now), None) if runs else None,
        due.at - until, trail,
    )  # fmt: skip


def ends_of(
    rule: ClockRule, start: datetime, granted: Sequence[Span], calendar: WorkCalendar,
    stood: Sequence[Pause], zone: tzinfo, trail: Trail | None = None,
) -> tuple[Moment, ...]:  # fmt: skip
    """The end of each span of the rule; the last runs on by what was granted and may roll."""
    spans = (*rule.spans, *granted)
    if rule.whose is Whose.RESIDENT:
        early = moments(
            start, rule.spans[:-1], calendar, pauses=stood, zone=zone, windows=rule.windows
        )
        last = resident_deadline(
            start, spans, calendar, pauses=stood, zone=zone, windows=rule.windows, trail=trail
        )
        return (*early, last)
    ends = moments(
        start, spans, calendar, pauses=stood, zone=zone, windows=rule.windows, trail=trail
    )
    return (*ends[: len(rule.spans) - 1], ends[-1])


def state_at(course: Course, due_at: datetime, now: datetime) -> ClockState:
    """Stopped before all; then standing still, if it began before the clock ran out."""
    if course.stopped_at is not None:
        return ClockState.STOPPED
    if any(one.end is None and one.start < due_at for one in course.stood):
        return ClockState.PAUSED
    if course.held_at is not None:
        return ClockState.HELD
    return ClockState.OVERDUE if due_at <= now else ClockState.RUNNING


def check_extension(
    rule: ClockRule,
    start: datetime,
    granted: Sequence[Span],
    calendar: WorkCalendar,
    *,
    pauses: Sequence[Pause] = (),
    zone: tzinfo,
) -> None:
    """Raise ``BadInput`` at ``extend`` unless the rule allows all of ``granted`` together.

    Days of different sorts are held against each other by the dates they lead to.
    """
    allowed = rule.extension
    if allowed is None:
        raise BadInput("This deadline cannot be extended.", field="extend")
    if len(granted) > allowed.times:
        raise BadInput(
            "This deadline may be extended at most %(times)s times.", field="extend",
            times=allowed.times,
        )  # fmt: skip

    def end(*spans: Span) -> datetime:
        return moments(start, spans, calendar, pauses=pauses, zone=zone, windows=rule.windows)[
            -1
        ].at

    asked, most = end(*rule.spans, *granted), end(*rule.spans, allowed.most)
    if rule.cap is not None:
        most = min(most, end(rule.cap))
    if asked > most:
        raise BadInput(
            "The extension goes beyond what is allowed: it may last until %(most)s at most.",
            field="extend", most=f"{most.astimezone(zone):%Y-%m-%d %H:%M}",
        )  # fmt: skip


def check_span(
    rule: ClockRule, longest: Span, start: datetime, calendar: WorkCalendar, *, zone: tzinfo
) -> None:
    """Raise ``BadInput`` at ``span`` when the rule's own spans last longer than ``longest``."""
    asked = moments(start, rule.spans, calendar, zone=zone, windows=rule.windows)[-1].at
    most = moments(start, (longest,), calendar, zone=zone, windows=rule.windows)[-1].at
    if asked > most:
        raise BadInput(
            "The span goes beyond what is allowed: it may last until %(most)s at most.",
            field="span", most=f"{most.astimezone(zone):%Y-%m-%d %H:%M}",
        )  # fmt: skip
