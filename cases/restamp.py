# ruff: noqa: E501 - one line of SQL per table reads better than many
"""Open cases follow a reorganisation of places: set-based, one chained event each.

Locks every open case concerned in the order of ids (the lock every door takes first), then one
statement writes case, clocks, steps, helping units, event, delta and message. A case is
concerned while its level columns differ from what its place has from now on, or a unit that
works on it is closed; so a second run finds only who came meanwhile. Closed cases keep the
jurisdiction they were closed in.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from cases.escalation import database_clock
from cases.rules.chain import sql_hash
from cases.rules.supervision import Ended
from cases.rules.workflow import Verb
from grids.models import Area, Unit
from grids.models.area import STAMP_COLUMNS
from grids.roles import COLUMN_LEVELS, Level

STAMP = ", ".join(STAMP_COLUMNS)
CELL = ("district_id", "township_id", "village_id", "grid_id")  # what the counts go by
LEVEL_COLUMNS = [f"{level.column}_id" for level in COLUMN_LEVELS]
SET_STAMP = ", ".join(f"{column} = w.{column}" for column in STAMP_COLUMNS)

HASH = sql_hash(
    case_id="w.case_id", seq="w.seq", at="w.at", actor_id="w.actor_id", unit_id="w.unit_id",
    verb=f"'{Verb.REORGANISE}'", source="w.status", target="w.status", reason="''",
    category_id="w.category_id", area_id="w.area_id", level="w.level", rung="w.rung",
    holder_unit_id="w.holder", due_at="w.due_at", clock_id="NULL::bigint",
    other_id="w.other_id", digest="''::bytea", prev="w.head",
)  # fmt: skip

# place: where matters of a place belong from now on. unit: who works in whose stead, for matters
# of a context (0: anywhere).
GIVEN = f"""
place AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(places)s::jsonb) AS p(old_id bigint, context int, new_id bigint,
        {", ".join(f"{column} bigint" for column in STAMP_COLUMNS)})
), unit AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(units)s::jsonb) AS u(context int, old_id bigint, new_id bigint, level smallint)
)
"""
# Each branch reads along an index of open rows; a column without places adds no branch.
FOUND_BY_COLUMN = (
    "SELECT id FROM cases_case WHERE {column} = ANY(%({column})s) AND closed_at IS NULL"
)
FOUND_BY_UNIT = """
SELECT id FROM cases_case WHERE holder_unit_id = ANY(%(closed)s) AND closed_at IS NULL
UNION SELECT case_id FROM cases_caseunit WHERE unit_id = ANY(%(closed)s) AND until IS NULL
"""
CONCERNED = f"""
WITH {GIVEN}, near AS MATERIALIZED ({{found}})
SELECT c.id FROM cases_case AS c JOIN near ON near.id = c.id LEFT JOIN place AS p ON p.old_id = c.area_id
WHERE c.closed_at IS NULL AND (
    p.old_id IS NOT NULL AND (p.new_id <> c.area_id
        OR ({", ".join(f"p.{column}" for column in STAMP_COLUMNS)}) IS DISTINCT FROM ({", ".join(f"c.{column}" for column in STAMP_COLUMNS)}))
    OR c.holder_unit_id = ANY(%(closed)s)
    OR EXISTS (SELECT FROM cases_caseunit AS t WHERE t.case_id = c.id AND t.until IS NULL AND t.unit_id = ANY(%(closed)s)))
"""
LOCK = (
    "SELECT id FROM cases_case WHERE id = ANY(%(ids)s) AND closed_at IS NULL ORDER BY id FOR UPDATE"
)
# chosen: all values of the new rows. The clock keeps its moments; only who holds it changes.
WRITE = f"""
WITH {GIVEN}, chosen AS MATERIALIZED (
    SELECT c.id AS case_id, c.tenant_id, c.last_seq + 1 AS seq, %(at)s::timestamptz AS at,
           %(actor)s::bigint AS actor_id, %(unit)s::bigint AS unit_id,
           c.status, c.kind, c.category_id, c.rung, c.due_at, c.amber_at, c.head, coalesce(p.context, 0) AS context,
           coalesce(p.new_id, c.area_id) AS area_id,
           {", ".join(f"CASE WHEN p.old_id IS NULL THEN c.{column} ELSE p.{column} END AS {column}" for column in STAMP_COLUMNS)},
           {", ".join(f"c.{column} AS before_{column}" for column in CELL)},
           coalesce(h.new_id, c.holder_unit_id) AS holder, c.holder_unit_id AS before_holder,
           CASE WHEN h.new_id IS NULL THEN NULL ELSE c.holder_unit_id END AS other_id,
           coalesce(h.level, c.level) AS level, c.level AS before_level,
           coalesce(f.new_id, c.from_unit_id) AS from_unit, coalesce(r.new_id, c.reporting_unit_id) AS reporting
    FROM cases_case AS c LEFT JOIN place AS p ON p.old_id = c.area_id
    LEFT JOIN unit AS h ON h.context = coalesce(p.context, 0) AND h.old_id = c.holder_unit_id
    LEFT JOIN unit AS f ON f.context = coalesce(p.context, 0) AND f.old_id = c.from_unit_id
    LEFT JOIN unit AS r ON r.context = coalesce(p.context, 0) AND r.old_id = c.reporting_unit_id
    WHERE c.id = ANY(%(ids)s)
), hashed AS MATERIALIZED (
    SELECT w.*, {HASH} AS hash FROM chosen AS w
), clocks AS (
    UPDATE cases_clock AS k SET
        holders = ARRAY(SELECT coalesce(u.new_id, x.id) FROM unnest(k.holders) WITH ORDINALITY AS x(id, i)
                        LEFT JOIN unit AS u ON u.context = w.context AND u.old_id = x.id ORDER BY x.i),
        levels = ARRAY(SELECT coalesce(u.level, k.levels[x.i]) FROM unnest(k.holders) WITH ORDINALITY AS x(id, i)
                       LEFT JOIN unit AS u ON u.context = w.context AND u.old_id = x.id ORDER BY x.i)
    FROM chosen AS w WHERE k.case_id = w.case_id AND k.stopped_at IS NULL
        AND EXISTS (SELECT FROM unit AS u WHERE u.context = w.context AND u.old_id = ANY(k.holders))
), steps AS (
    UPDATE cases_clockstep AS s SET unit_id = u.new_id, level = u.level
    FROM chosen AS w JOIN cases_clock AS k ON k.case_id = w.case_id AND k.stopped_at IS NULL, unit AS u
    WHERE s.clock_id = k.id AND s.left_at IS NULL AND u.context = w.context AND u.old_id = s.unit_id
), left_part AS (
    UPDATE cases_caseunit AS t SET until = GREATEST(w.at, t.since)
    FROM chosen AS w, unit AS u
    WHERE t.case_id = w.case_id AND t.until IS NULL AND u.context = w.context AND u.old_id = t.unit_id
    RETURNING t.case_id, t.tenant_id, u.new_id, t.part, w.at, w.holder
), new_part AS (
    INSERT INTO cases_caseunit (case_id, tenant_id, unit_id, part, since)
    SELECT DISTINCT case_id, tenant_id, new_id, part, at FROM left_part WHERE new_id <> holder
    ON CONFLICT (case_id, unit_id, part) WHERE until IS NULL DO NOTHING
), orders AS (
    SELECT s.id, coalesce(u.new_id, s.unit_id) AS unit_id, coalesce(i.new_id, s.issuer_id) AS issuer_id, w.at,
           s.issuer_id IS NOT NULL AND 1 < row_number() OVER (
               PARTITION BY s.case_id, coalesce(i.new_id, s.issuer_id) ORDER BY i.new_id IS NOT NULL, s.id) AS joins
    FROM chosen AS w JOIN cases_supervisionorder AS s ON s.case_id = w.case_id AND s.delisted_at IS NULL
    LEFT JOIN unit AS u ON u.context = w.context AND u.old_id = s.unit_id
    LEFT JOIN unit AS i ON i.context = w.context AND i.old_id = s.issuer_id
), listed AS (
    UPDATE cases_supervisionorder AS s SET unit_id = o.unit_id,
        issuer_id = CASE WHEN o.joins THEN s.issuer_id ELSE o.issuer_id END,
        delisted_at = CASE WHEN o.joins THEN GREATEST(o.at, s.listed_at) END,
        delist_reason = CASE WHEN o.joins THEN '{Ended.JOINED}' ELSE '' END
    FROM orders AS o WHERE s.id = o.id
        AND (o.joins OR (o.unit_id, o.issuer_id) IS DISTINCT FROM (s.unit_id, s.issuer_id))
), new_event AS (
    INSERT INTO cases_caseevent (case_id, tenant_id, seq, at, actor_id, unit_id, verb, source, target, reason,
        category_id, area_id, level, rung, holder_unit_id, due_at, amber_at, other_id, digest, prev, hash)
    SELECT case_id, tenant_id, seq, at, actor_id, unit_id, '{Verb.REORGANISE}', status, status, '', category_id, area_id,
           level, rung, holder, due_at, amber_at, other_id, ''::bytea, head, hash FROM hashed
), new_delta AS (
    INSERT INTO cases_casedelta (tenant_id, at, kind, category_id, district_id, township_id, village_id, grid_id,
        status_from, status_to, level_from, level_to)
    SELECT tenant_id, at, kind, category_id, {", ".join(f"before_{column}" for column in CELL)},
           status, '', before_level, before_level
    FROM hashed WHERE ({", ".join(CELL)}) IS DISTINCT FROM ({", ".join(f"before_{column}" for column in CELL)})
    UNION ALL
    SELECT tenant_id, at, kind, category_id, {", ".join(CELL)}, '', status, NULL, level
    FROM hashed WHERE ({", ".join(CELL)}) IS DISTINCT FROM ({", ".join(f"before_{column}" for column in CELL)})
    UNION ALL
    SELECT tenant_id, at, kind, category_id, {", ".join(CELL)}, status, status, before_level, level
    FROM hashed WHERE ({", ".join(CELL)}) IS NOT DISTINCT FROM ({", ".join(f"before_{column}" for column in CELL)})
        AND level <> before_level
), new_message AS (
    INSERT INTO cases_outbox (tenant_id, at, dedupe_key, case_id, seq, verb, unit_id, urgent, state, attempts, next_at)
    SELECT tenant_id, at, case_id || ':' || seq || ':' || holder || ':0', case_id, seq, '{Verb.REORGANISE}', holder,
           false, 'pending', 0, at FROM hashed WHERE holder <> before_holder
)
UPDATE cases_case AS c SET area_id = w.area_id, {SET_STAMP}, holder_unit_id = w.holder, level = w.level,
    from_unit_id = w.from_unit, reporting_unit_id = w.reporting, last_seq = w.seq, head = w.hash
FROM hashed AS w WHERE c.id = w.case_id
"""
# Work that waits at a closed unit beside the case: revisits, and messages not yet delivered.
FOLLOW = [
    f"WITH {GIVEN} UPDATE {table} AS t SET unit_id = u.new_id FROM unit AS u"
    f" WHERE u.context = 0 AND t.unit_id = u.old_id AND t.{waits}"
    for table, waits in (
        ("cases_revisit", "done_at IS NULL"),
        ("cases_outbox", "state = 'pending'"),
    )
]


@dataclass(frozen=True, slots=True)
class Place:
    """A place whose matters belong to ``new`` from now on, in the context of that number."""

    old_id: int
    context: int
    new: Area


@dataclass(slots=True)
class Mapping:
    """Everything the statements are told: places, units by context, closed units."""

    places: list[Place]
    units: list[tuple[int, int, Unit]]  # context, old unit, who works in its stead
    closed: list[int]
    roots: list[Area]  # as they were, so that their matters are found along an index

    def values(self) -> dict[str, Any]:
        """The parameters every statement shares."""
        columns: dict[str, list[int]] = {column: [] for column in LEVEL_COLUMNS}
        for root in self.roots:
            columns[f"{Level(root.level).column}_id"].append(root.pk)
        return {
            **columns,
            "closed": self.closed,
            "places": json.dumps([
                {"old_id": one.old_id, "context": one.context, "new_id": one.new.pk, **one.new.stamp}
                for one in self.places
            ]),
            "units": json.dumps([
                {"context": context, "old_id": old, "new_id": new.pk,
                 "level": max(Level(new.area.level), Level.CITY).value}
                for context, old, new in self.units
            ]),
        }  # fmt: skip


def concerned(values: dict[str, Any]) -> list[int]:
    """Ids of the open cases a reorganisation concerns; none is locked."""
    branches = [FOUND_BY_COLUMN.format(column=column) for column in LEVEL_COLUMNS if values[column]]
    found = " UNION ".join([*branches, FOUND_BY_UNIT])
    with connection.cursor() as cursor:
        cursor.execute(CONCERNED.format(found=found), values)
        return [row[0] for row in cursor.fetchall()]


def restamp(
    values: dict[str, Any], *, actor_id: int, unit_id: int | None, now: datetime | None
) -> int:
    """Lock and rewrite every open case concerned; how many. ``now`` only in tests."""
    ids = concerned(values)
    with connection.cursor() as cursor:
        cursor.execute(LOCK, {"ids": ids})
        locked = {row[0] for row in cursor.fetchall()}
        # Somebody may have finished with a case while we waited for it.
        again = sorted(locked.intersection(concerned(values))) if ids else []
        if not again:
            return 0
        told = {"ids": again, "actor": actor_id, "unit": unit_id, "at": now or database_clock()}
        cursor.execute(WRITE, values | told)
        return int(cursor.rowcount)


def follow(values: dict[str, Any]) -> None:
    """Hand revisits and waiting messages of closed units to their successors."""
    with connection.cursor() as cursor:
        for statement in FOLLOW:
            cursor.execute(statement, values)
