# ruff: noqa: E501 - one line of SQL per table reads better than many
"""Running clocks counted anew, set-based: the one writer of clocks that move without an act.

Who calls says which clocks and how each is counted: ``anew`` by the calendar of today, a change
of policy by another ladder. One transaction locks a batch, case first and ``SKIP LOCKED`` as the
sweep does, so nobody waits longer than a batch takes and nothing blocks for ever; counting
happens in Python, then one statement per round writes clock, current step, the row of the case,
one chained event and one ``ClockMove`` for each clock whose end moved. A case with two clocks
takes two rounds, or both events would take one sequence number. The unit responsible hears of it
when deadlines come earlier (``cases/earlier.py``); one that comes later it sees in its list.

Rungs already passed keep their moments. A coming moment that would lie in the past is only
stored: the sweep takes it like any other that is due, once. Counting again finds nothing to do.
"""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from cases import clocks, earlier, workcalendar
from cases.escalation import database_clock
from cases.models import Clock, ClockPause, Policy
from cases.rules.chain import sql_hash
from cases.rules.clock import Pause, end_of
from cases.rules.set_by_hand import SET_BY_HAND
from cases.rules.workdays import WorkCalendar
from cases.rules.workflow import Verb

BATCH = 1000  # clocks in one transaction

HASH = sql_hash(
    case_id="w.case_id", seq="w.seq", at="w.at", actor_id="w.actor_id", unit_id="NULL::bigint",
    verb="w.verb", source="w.status", target="w.status", reason="''", category_id="w.category_id",
    area_id="w.area_id", level="w.level", rung="w.rung", holder_unit_id="w.holder_unit_id",
    due_at="w.case_due", clock_id="w.clock_id", other_id="w.other_id", digest="''::bytea",
    prev="w.head",
)  # fmt: skip
LOCK = """
SELECT k.id FROM cases_clock AS k JOIN cases_case AS c ON c.id = k.case_id
WHERE k.id = ANY(%(ids)s) AND k.stopped_at IS NULL AND c.closed_at IS NULL
ORDER BY c.id, k.id FOR UPDATE OF c, k SKIP LOCKED
"""
RUNNING = "SELECT id FROM cases_clock WHERE id = ANY(%(ids)s) AND stopped_at IS NULL"
# counted: the clocks as they are now. work: all values of the new rows; the case repeats its
# earliest step, a suspended one its day of review, which nobody counts.
WRITE = f"""
WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(given)s::jsonb) AS g(clock_id bigint, moved boolean, other_id bigint,
        due_from timestamptz, version_from text, ladder timestamptz[], due_at timestamptz, provisional boolean,
        calendar_version text, policy_id bigint, ladder_code text, holders bigint[], levels smallint[],
        actions text[], uncertain timestamptz, unknown timestamptz)
), counted AS (
    UPDATE cases_clock AS k SET ladder = g.ladder, due_at = g.due_at, provisional = g.provisional,
        calendar_version = g.calendar_version, policy_id = g.policy_id, ladder_code = g.ladder_code,
        holders = g.holders, levels = g.levels, actions = g.actions
    FROM given AS g WHERE k.id = g.clock_id
    RETURNING k.id, k.case_id, k.rung, k.ladder, k.due_at, k.waits_until, k.step_due_at, k.amber_at
), steps AS (
    UPDATE cases_clockstep AS s SET due_at = GREATEST(coalesce(k.ladder[k.rung + 1], k.due_at), k.waits_until)
    FROM counted AS k WHERE s.clock_id = k.id AND s.left_at IS NULL
        AND s.due_at <> GREATEST(coalesce(k.ladder[k.rung + 1], k.due_at), k.waits_until)
), work AS MATERIALIZED (
    SELECT g.*, c.id AS case_id, c.tenant_id, c.last_seq + 1 AS seq, %(at)s::timestamptz AS at,
           %(actor)s::bigint AS actor_id, %(verb)s::text AS verb, c.status, c.category_id, c.area_id, c.level,
           c.rung, c.holder_unit_id, c.head, c.provisional_from AS uncertain_before, c.due_at AS due_before,
           CASE WHEN c.suspended_at IS NOT NULL THEN c.due_at ELSE coalesce(LEAST(k.step_due_at, (
               SELECT min(o.step_due_at) FROM cases_clock AS o
               WHERE o.case_id = c.id AND o.id <> k.id AND o.stopped_at IS NULL)), c.due_at) END AS case_due,
           CASE WHEN c.suspended_at IS NOT NULL THEN c.amber_at ELSE coalesce(LEAST(k.amber_at, (
               SELECT min(o.amber_at) FROM cases_clock AS o
               WHERE o.case_id = c.id AND o.id <> k.id AND o.stopped_at IS NULL)), c.amber_at) END AS case_amber,
           CASE WHEN c.suspended_at IS NULL THEN LEAST(g.uncertain, (
               SELECT min(m) FROM cases_clock AS o, unnest(o.ladder || o.due_at) AS m
               WHERE o.case_id = c.id AND o.id <> k.id AND o.stopped_at IS NULL AND o.provisional
                   AND m >= g.unknown)) END AS case_uncertain
    FROM counted AS k JOIN given AS g ON g.clock_id = k.id JOIN cases_case AS c ON c.id = k.case_id
), hashed AS MATERIALIZED (
    SELECT w.*, {HASH} AS hash FROM work AS w
), new_event AS (
    INSERT INTO cases_caseevent (case_id, tenant_id, seq, at, actor_id, verb, source, target, reason, category_id,
        area_id, level, rung, holder_unit_id, due_at, amber_at, clock_id, other_id, digest, prev, hash)
    SELECT case_id, tenant_id, seq, at, actor_id, verb, status, status, '', category_id, area_id, level, rung,
           holder_unit_id, case_due, case_amber, clock_id, other_id, ''::bytea, head, hash FROM hashed WHERE moved
), new_move AS (
    INSERT INTO cases_clockmove (clock_id, case_id, tenant_id, seq, at, verb, due_from, due_to, provisional,
        version_from, version_to)
    SELECT clock_id, case_id, tenant_id, seq, at, verb, due_from, due_at, provisional, version_from,
           calendar_version FROM hashed WHERE moved
), new_message AS (
    {earlier.MESSAGES}
)
UPDATE cases_case AS c SET due_at = w.case_due, amber_at = w.case_amber, provisional_from = w.case_uncertain,
    resident_due_at = CASE WHEN c.resident_due_at = w.due_from THEN w.due_at ELSE c.resident_due_at END,
    last_seq = CASE WHEN w.moved THEN w.seq ELSE c.last_seq END,
    head = CASE WHEN w.moved THEN w.hash ELSE c.head END
FROM hashed AS w
WHERE c.id = w.case_id AND (w.moved OR w.case_uncertain IS DISTINCT FROM w.uncertain_before)
"""


@dataclass(frozen=True, slots=True)
class Course:
    """What a clock becomes. ``ladder`` is whole, with the moments already passed; ``other_id``
    is what the event names, if the verb names anything."""

    ladder: list[datetime]
    due_at: datetime
    provisional: bool
    calendar_version: str
    policy_id: int | None
    ladder_code: str
    holders: list[int]
    levels: list[int]
    actions: list[str]
    other_id: int | None = None

    def moves(self, clock: Clock) -> bool:
        """Whether a moment or a holder differs from ``clock``: an event says so."""
        now = (clock.due_at, clock.ladder, clock.holders, clock.levels, clock.actions)
        return (self.due_at, self.ladder, self.holders, self.levels, self.actions) != now or (
            self.policy_id != clock.policy_id
        )

    def changes(self, clock: Clock) -> bool:
        """Whether anything at all has to be written."""
        known = clock.calendar_version, clock.provisional
        return self.moves(clock) or (self.calendar_version, self.provisional) != known


Counting = Callable[[Clock, Sequence[Pause], WorkCalendar], Course | None]


@dataclass(slots=True)
class Recounted:
    """What a batch did: clocks looked at, clocks whose end moved, clocks somebody holds."""

    checked: int = 0
    moved: int = 0
    busy: list[int] = field(default_factory=list)


class Counted(NamedTuple):
    """A clock with what it becomes."""

    clock: Clock
    course: Course
    calendar: WorkCalendar


# --- counting -----------------------------------------------------------------------------
def anew(clock: Clock, pauses: Sequence[Pause], calendar: WorkCalendar) -> Course | None:
    """The same clock under its own policy by ``calendar``; None where nothing is counted: a
    day somebody named, or a ladder that has been climbed to its end."""
    if clock.code in SET_BY_HAND or clock.ladder and clock.rung >= len(clock.ladder):
        return None
    ends = clocks.shift(clock, pauses, calendar)
    ladder = list(clock.ladder)
    ladder[clock.rung :] = [end.at for end in ends[clock.rung :]] if ladder else []
    return Course(
        ladder, max(ends[-1].at, clock.started_at), any(end.provisional for end in ends),
        calendar.version, clock.policy_id, clock.ladder_code, clock.holders, clock.levels,
        clock.actions,
    )  # fmt: skip


def counted(
    found: Collection[Clock], count: Counting, calendars: workcalendar.Calendars
) -> list[Counted]:
    """What each of ``found`` becomes. A clock in the middle of a pause is left alone: whoever
    resumes it counts it by the calendar of that day."""
    pauses: dict[int, list[Pause]] = {}
    stopped = set()
    rows = ClockPause.objects.filter(clock__in=[clock.pk for clock in found])
    for clock_id, start, end in rows.values_list("clock_id", "start_at", "end_at"):
        pauses.setdefault(clock_id, []).append(Pause(start, end))
        if end is None:
            stopped.add(clock_id)
    done = []
    for clock in found:
        if clock.pk in stopped:
            continue
        calendar = calendars.of(clock.case.district_id)
        course = count(clock, pauses.get(clock.pk, []), calendar)
        if course is not None:
            done.append(Counted(clock, course, calendar))
    return done


def read(ids: Iterable[int]) -> list[Clock]:
    """The clocks with their policies and the district of their cases; two statements."""
    rows = Clock.objects.filter(pk__in=list(ids)).order_by("case", "pk").select_related("case")
    found = list(rows.only(*OWN, "case__district_id", "case__area_id", "case__holder_unit_id"))
    policies = Policy.objects.in_bulk({clock.policy_id for clock in found if clock.policy_id})
    for clock in found:
        clock.policy = policies.get(clock.policy_id or 0)
    return found


OWN = [
    "case", "tenant", "code", "policy", "ladder_code", "calendar_version", "provisional",
    "started_at", "due_at", "first_rung", "rung", "ladder", "holders", "levels", "actions",
]  # fmt: skip


# --- writing ------------------------------------------------------------------------------
def recount(
    ids: Collection[int], verb: Verb, *, count: Counting = anew, actor_id: int | None = None,
    calendars: workcalendar.Calendars | None = None, at: datetime | None = None,
) -> Recounted:  # fmt: skip
    """Count running clocks ``ids`` anew in one transaction and write what moved, each with an
    event of ``verb``.

    Clocks whose case somebody is acting on are left for later and named ``busy``. ``at`` is the
    moment of the events, the database's clock under the lock unless a test gives one.
    """
    calendars = calendars or workcalendar.read()
    with transaction.atomic(), connection.cursor() as cursor:
        # Holders come from rows that follow every reorganisation; see escalation.one_batch.
        cursor.execute("SET LOCAL statement_timeout = '240s'; SET LOCAL jieyou.set_based = 'on'")
        cursor.execute(LOCK, {"ids": list(ids)})
        locked = [row[0] for row in cursor.fetchall()]
        cursor.execute(RUNNING, {"ids": sorted({*ids} - {*locked})})
        result = Recounted(len(locked), busy=[row[0] for row in cursor.fetchall()])
        if not locked:
            return result
        changed = [
            one for one in counted(read(locked), count, calendars) if one.course.changes(one.clock)
        ]
        shared = {"verb": verb.value, "actor": actor_id, "at": at or database_clock()}
        for round_ in rounds(changed):
            given = json.dumps([values(one) for one in round_])
            cursor.execute(WRITE, {"given": given, **shared})
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        result.moved = sum(one.course.moves(one.clock) for one in changed)
    return result


def rounds(changed: Iterable[Counted]) -> list[list[Counted]]:
    """One clock per case and round."""
    found: list[list[Counted]] = []
    place: dict[int, int] = {}
    for one in changed:
        number = place.get(one.clock.case_id, 0)
        place[one.clock.case_id] = number + 1
        if number == len(found):
            found.append([])
        found[number].append(one)
    return found


def values(one: Counted) -> dict[str, Any]:
    """The row of ``given`` for one clock."""
    clock, course, calendar = one
    unknown = end_of(calendar.known_to, clocks.ZONE)
    ends = [*course.ladder, course.due_at] if course.provisional else []
    uncertain = min((moment for moment in ends if moment >= unknown), default=None)
    return {
        "clock_id": clock.pk, "moved": course.moves(clock), "other_id": course.other_id,
        "due_from": clock.due_at.isoformat(), "version_from": clock.calendar_version,
        "ladder": [moment.isoformat() for moment in course.ladder],
        "due_at": course.due_at.isoformat(), "provisional": course.provisional,
        "calendar_version": course.calendar_version, "policy_id": course.policy_id,
        "ladder_code": course.ladder_code, "holders": course.holders, "levels": course.levels,
        "actions": course.actions, "uncertain": uncertain.isoformat() if uncertain else None,
        "unknown": unknown.isoformat(),
    }  # fmt: skip
