# ruff: noqa: E501 - one line of SQL per table reads better than many
"""Running clocks follow a policy that was changed: in batches, beside everybody's work.

A batch is one transaction: it takes the cases nobody holds at the moment, counts their clocks
again and moves those that stand as the simulation named them, each with its event in the chain.
A clock carries its version, so a batch that was cut off begins again without moving anything
twice. Passed rungs stay; what is due at once climbs through the sweep. Who holds a case whose
deadline comes earlier hears of it, one message for each unit and batch.
"""

import json
import time
from collections.abc import Sequence
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Sum
from django.db.models.functions import Now

from cases import earlier
from cases.courses import COUNTED, COURSES, TAKEN, Courses, courses_for, holders_at
from cases.escalation import database_clock
from cases.models import PolicyBatch, PolicyMove, PolicyProposal, PolicySimulation
from cases.models.proposal import Kept, ProposalState
from cases.rules.chain import sql_hash
from cases.rules.workflow import Verb

BATCH = 1_000  # clocks of a transaction
REST = 0.25  # of the time a batch took, given to everybody else before the next one
PATIENT = 3  # after so many tries a batch waits for locks instead of passing them by
WAIT = "2s"
HELD_UP = 0.2  # seconds until what somebody holds is looked at again
SECONDS = 200.0  # how long a worker goes on before it lets others in

HASH = sql_hash(
    case_id="w.case_id", seq="w.seq", at="w.at", actor_id="NULL::bigint", unit_id="NULL::bigint",
    verb=f"'{Verb.RESTART}'", source="w.status", target="w.status", reason="''",
    category_id="w.category_id", area_id="w.area_id", level="w.level", rung="w.case_rung",
    holder_unit_id="w.holder_unit_id", due_at="w.case_due", clock_id="w.clock_id",
    other_id="w.new_policy", digest="''::bytea", prev="w.head",
)  # fmt: skip

CUT = """
INSERT INTO cases_policybatch (simulation_id, first_id, last_id, named, moved, "left", tries)
SELECT %(simulation)s, min(clock_id), max(clock_id), count(*), 0, 0, 0
FROM (SELECT clock_id, (row_number() OVER (ORDER BY clock_id) - 1) / %(size)s AS part
      FROM cases_policymove WHERE simulation_id = %(simulation)s AND kept = '') AS n
GROUP BY part
"""
LOCK = """
SELECT k.id FROM cases_policymove AS m JOIN cases_clock AS k ON k.id = m.clock_id JOIN cases_case AS c ON c.id = k.case_id
WHERE m.simulation_id = %(simulation)s AND m.clock_id BETWEEN %(first)s AND %(last)s AND m.kept = ''
    AND m.left_because = '' AND k.stopped_at IS NULL AND k.policy_id IS DISTINCT FROM %(policy)s
ORDER BY c.id FOR UPDATE OF c
"""
# place: who holds after each rung of the new ladder. chosen: the clocks that stand as they were
# named and come out as they were named. moved: their rows after.
WRITE = f"""
WITH {COURSES}, place AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(places)s::jsonb) AS p(area_id bigint, holders bigint[], levels smallint[], actions text[])
), here AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(districts)s::jsonb) AS d(district bigint, version text, unknown timestamptz)
), taken AS ({TAKEN} WHERE k.id = ANY(%(ids)s)), counted AS ({COUNTED}), chosen AS MATERIALIZED (
    SELECT w.*, p.holders AS new_holders, p.levels AS new_levels, p.actions AS new_actions, h.version, h.unknown,
           w.same AND cardinality(w.holders) IN (0, cardinality(w.moments)) AS stays
    FROM counted AS w
    JOIN cases_policymove AS m ON m.simulation_id = %(simulation)s AND m.clock_id = w.clock_id
    JOIN here AS h ON h.district = w.district
    LEFT JOIN place AS p ON p.area_id = w.area_id
    WHERE w.kept = '' AND m.rung = w.rung AND m.held = (w.held_at IS NOT NULL) AND m.due_from = w.due_at
        AND m.step_from = w.step_from AND m.step_to = w.step_to AND m.due_to = w.due_to
        AND (w.same AND cardinality(w.holders) IN (0, cardinality(w.moments)) OR p.area_id IS NOT NULL)
), moved AS (
    UPDATE cases_clock AS k SET policy_id = %(policy)s, first_rung = w.begins, provisional = w.provisional,
        ladder_code = %(ladder_code)s, calendar_version = w.version, due_at = w.due_to,
        ladder = CASE WHEN cardinality(k.ladder) = 0 THEN k.ladder ELSE k.ladder[:k.rung] || w.moments[k.rung + 1:] END,
        holders = CASE WHEN w.stays THEN k.holders ELSE k.holders[:k.rung] || w.new_holders[w.begins + k.rung + 1:] END,
        levels = CASE WHEN w.stays THEN k.levels ELSE k.levels[:k.rung] || w.new_levels[w.begins + k.rung + 1:] END,
        actions = CASE WHEN w.stays THEN k.actions ELSE k.actions[:k.rung] || w.new_actions[w.begins + k.rung + 1:] END
    FROM chosen AS w WHERE k.id = w.clock_id
    RETURNING k.id, k.step_due_at, k.amber_at, k.ladder || k.due_at AS ends
), step AS (
    UPDATE cases_clockstep AS s SET due_at = w.step_to
    FROM chosen AS w WHERE s.clock_id = w.clock_id AND s.rung = w.rung AND s.left_at IS NULL AND s.due_at <> w.step_to
), work AS MATERIALIZED (
    SELECT w.clock_id, w.case_id, c.tenant_id, c.last_seq + 1 AS seq, %(at)s::timestamptz AS at, c.status, c.category_id,
           c.area_id, c.level, c.holder_unit_id, c.head, %(policy)s::bigint AS new_policy, w.due_at AS due_from, w.due_to,
           w.provisional, w.version_from, w.version,
           LEAST((SELECT min(m) FROM unnest(moved.ends) AS m WHERE w.provisional AND m >= w.unknown),
                 others.uncertain) AS uncertain,
           '{Verb.RESTART}' AS verb, true AS moved, c.due_at AS due_before,
           CASE WHEN %(is_ladder)s THEN w.begins + w.rung ELSE c.rung END AS case_rung,
           coalesce(LEAST(moved.step_due_at, others.due), c.due_at) AS case_due,
           coalesce(LEAST(moved.amber_at, others.amber), c.amber_at) AS case_amber
    FROM chosen AS w JOIN moved ON moved.id = w.clock_id JOIN cases_case AS c ON c.id = w.case_id
    CROSS JOIN LATERAL (
        SELECT min(o.step_due_at) AS due, min(o.amber_at) AS amber,
               min((SELECT min(m) FROM unnest(o.ladder || o.due_at) AS m WHERE o.provisional AND m >= w.unknown)) AS uncertain
        FROM cases_clock AS o WHERE o.case_id = w.case_id AND o.id <> w.clock_id AND o.stopped_at IS NULL
    ) AS others
), hashed AS MATERIALIZED (
    SELECT w.*, {HASH} AS hash FROM work AS w
), new_event AS (
    INSERT INTO cases_caseevent (case_id, tenant_id, seq, at, verb, source, target, reason, category_id, area_id, level,
        rung, holder_unit_id, due_at, amber_at, clock_id, other_id, digest, prev, hash)
    SELECT case_id, tenant_id, seq, at, '{Verb.RESTART}', status, status, '', category_id, area_id, level, case_rung,
           holder_unit_id, case_due, case_amber, clock_id, new_policy, ''::bytea, head, hash FROM hashed
), new_move AS (
    INSERT INTO cases_clockmove (clock_id, case_id, tenant_id, seq, at, verb, due_from, due_to, provisional,
        version_from, version_to)
    SELECT clock_id, case_id, tenant_id, seq, at, '{Verb.RESTART}', due_from, due_to, provisional, version_from, version
    FROM hashed
), new_message AS (
    {earlier.MESSAGES}
)
UPDATE cases_case AS c SET due_at = w.case_due, amber_at = w.case_amber, provisional_from = w.uncertain, rung = w.case_rung, last_seq = w.seq, head = w.hash
FROM hashed AS w WHERE c.id = w.case_id
"""
# What was named and did not move: ended meanwhile, or no longer as it was named. What somebody
# holds at the moment is in neither and is tried again.
LEFT = f"""
UPDATE cases_policymove AS m SET left_because = CASE
    WHEN k.stopped_at IS NOT NULL THEN '{Kept.STOPPED}' ELSE '{Kept.CHANGED}' END
FROM cases_clock AS k
WHERE m.simulation_id = %(simulation)s AND m.clock_id BETWEEN %(first)s AND %(last)s AND m.kept = '' AND m.left_because = ''
    AND k.id = m.clock_id AND k.policy_id IS DISTINCT FROM %(policy)s
    AND (k.stopped_at IS NOT NULL OR k.id = ANY(%(ids)s))
"""


# --- beginning ----------------------------------------------------------------------------
def cut(simulation: PolicySimulation, size: int = BATCH) -> int:
    """Cut the named clocks into batches; how many. Nothing where that is done already."""
    if simulation.batches.exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '120s'")
        cursor.execute(CUT, {"simulation": simulation.pk, "size": size})
        return int(cursor.rowcount)


# --- going on -----------------------------------------------------------------------------
def carry_out(seconds: float = SECONDS, rest: float = REST, only: int | None = None) -> int:
    """Move clocks until nothing is left to do or the time is over; how many were moved."""
    end, moved = time.monotonic() + seconds, 0
    for proposal in unfinished(only):
        simulation = proposal.simulations.filter(batches__isnull=False).first()
        if simulation is None:
            finish(proposal)
            continue
        courses = courses_for(proposal)
        while time.monotonic() < end:
            began = time.monotonic()
            count = one_batch(proposal, simulation, courses)
            if count is None:
                finish(proposal)
                break
            moved += count
            time.sleep((time.monotonic() - began) * rest if count else HELD_UP)
    return moved


def unfinished(only: int | None = None) -> list[PolicyProposal]:
    """Changes in force whose clocks are not all moved, the oldest first."""
    rows = PolicyProposal.objects.filter(state=ProposalState.ACTIVE.value, finished_at=None)
    rows = rows if only is None else rows.filter(pk=only)
    return list(rows.select_related("area", "policy").order_by("id"))


def unfinished_at(proposal: PolicyProposal) -> bool:
    """Whether clocks of the same place and policy are still being moved by another change."""
    rows = PolicyProposal.objects.filter(state=ProposalState.ACTIVE.value, finished_at=None)
    return rows.filter(area=proposal.area_id, code=proposal.code).exists()


def finish(proposal: PolicyProposal) -> None:
    """Note that no clock is left, unless a batch is still open."""
    if not PolicyBatch.objects.filter(simulation__proposal=proposal, done_at=None).exists():
        rows = PolicyProposal.objects.filter(pk=proposal.pk, finished_at=None)
        rows.update(finished_at=Now())


def one_batch(
    proposal: PolicyProposal, simulation: PolicySimulation, courses: Courses
) -> int | None:
    """Work on the next batch nobody has; how many clocks it moved, None when there is none."""
    alone = not connection.in_atomic_block
    with transaction.atomic():
        row = (
            PolicyBatch.objects.filter(simulation=simulation, done_at=None)
            .order_by("tries", "first_id").select_for_update(skip_locked=True, of=("self",)).first()
        )  # fmt: skip
        if row is None:
            return None
        with connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL statement_timeout = '60s'; SET LOCAL jieyou.set_based = 'on';"
                f" SET LOCAL lock_timeout = '{WAIT}'"
            )
            if alone:  # a batch a crash takes with it begins again: nobody waits for the disk
                cursor.execute("SET LOCAL synchronous_commit = off")
        try:
            with transaction.atomic():
                moved, left, empty = work(row, proposal, courses)
        except OperationalError:  # somebody holds a case for longer than we wait
            moved, left, empty = 0, 0, False
        row.moved, row.left, row.tries = (
            row.moved + moved,
            row.left + left,
            min(row.tries + 1, 1_000),
        )
        if empty or row.moved + row.left >= row.named:
            row.done_at = database_clock()
        row.save()
    return moved


def work(row: PolicyBatch, proposal: PolicyProposal, courses: Courses) -> tuple[int, int, bool]:
    """Move what can be moved of a batch: (moved, found changed, nothing was left, whatever the
    batch had counted before)."""
    waits = row.tries >= PATIENT
    told: dict[str, Any] = {
        "simulation": row.simulation_id, "first": row.first_id, "last": row.last_id,
        "policy": proposal.policy_id,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(LOCK + ("" if waits else " SKIP LOCKED"), told)
        told["ids"] = [one[0] for one in cursor.fetchall()]
        moved = write(cursor, told, courses) if told["ids"] else 0
        cursor.execute(LEFT, told)
        left = int(cursor.rowcount)
        return moved, left, waits and not told["ids"]


def write(cursor: Any, told: dict[str, Any], courses: Courses) -> int:
    """Count the locked clocks again and write what comes out as it was named."""
    keys = courses.prepare(f"{TAKEN} WHERE k.id = ANY(%(ids)s)", told)
    ladder = courses.rule.ladder
    at = database_clock()
    told = told | courses.values(keys) | {
        "now": at, "at": at, "is_ladder": ladder is not None,
        "ladder_code": ladder.code if ladder else "",
        "districts": courses.districts({key[0] for key in keys}),
        "places": json.dumps(places(told, courses)),
    }  # fmt: skip
    cursor.execute(WRITE, told)
    return int(cursor.rowcount)


def places(told: dict[str, Any], courses: Courses) -> Sequence[dict[str, Any]]:
    """Who would hold the locked cases, where the new ladder names other units."""
    ladder = courses.rule.ladder
    if ladder is None or all(one["same"] for one in courses.mapping):
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT c.area_id FROM cases_case AS c JOIN cases_clock AS k ON k.case_id = c.id"
            " WHERE k.id = ANY(%s)",
            [told["ids"]],
        )
        here = {one[0] for one in cursor.fetchall()}
    courses.holders |= holders_at(ladder, here - courses.holders.keys())
    return [courses.holders[pk] for pk in here if pk in courses.holders]


# --- how far ------------------------------------------------------------------------------
def progress(proposal: PolicyProposal) -> tuple[int, int, int]:
    """Of the named clocks: moved, found changed, named in all."""
    rows = PolicyBatch.objects.filter(simulation__proposal=proposal)
    sums = rows.aggregate(moved=Sum("moved"), left=Sum("left"), named=Sum("named"))
    return sums["moved"] or 0, sums["left"] or 0, sums["named"] or 0


def left_over(simulation: PolicySimulation) -> int:
    """Named clocks that were found changed and still run: a new simulation would name them."""
    return PolicyMove.objects.filter(simulation=simulation, left_because=Kept.CHANGED.value).count()
