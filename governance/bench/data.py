# ruff: noqa: E501 - one line of SQL per table reads better than many
"""A made-up customer with many cases, written by INSERT … SELECT with indexes put aside.

One city, 10 districts, 150 townships, 3,000 villages, 15,000 grids; of ``rows`` cases 40 % are
open. Four of ten open clocks share a moment of their own, so that each sweep round finds a tenth
of ``rows`` due, scattered over the whole table.
"""

import contextlib
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime

import psycopg2
from django.conf import settings
from psycopg2.extensions import connection as Connection

from cases.rules.chain import sql_hash

CITY, DISTRICT, TOWNSHIP, VILLAGE, GRID = 1, 100, 1_000, 10_000, 100_000  # first ids
DISTRICTS, TOWNSHIPS, VILLAGES, GRIDS = 10, 150, 3_000, 15_000
GROUPS = 4  # open clocks come due in turns
ROUNDS = 16  # four moments of four groups
BIG = (
    "cases_case", "cases_story", "cases_clock", "cases_clockstep", "cases_caseevent",
    "cases_casesearch",
)  # fmt: skip

AREAS = f"""
INSERT INTO grids_tenant (id, public_id, name, prefix) VALUES (1, gen_random_uuid(), '测试市', 'BN');
INSERT INTO grids_area (id, public_id, tenant_id, parent_id, level, kind, path, name, code, code_system,
    urban_rural, number, boundary, map_approval, valid_from, city_id, district_id, township_id, village_id, grid_id,
    stat_district_id)
SELECT id, gen_random_uuid(), 1, parent, level, kind, path, name, '', '', '', '', '', '', '2020-01-01',
       {CITY}, d, t, v, g, d
FROM (
    SELECT {CITY} AS id, NULL::bigint AS parent, 2 AS level, 'official' AS kind, '{CITY}.' AS path, '测试市' AS name,
           NULL::bigint AS d, NULL::bigint AS t, NULL::bigint AS v, NULL::bigint AS g
    UNION ALL SELECT {DISTRICT} + i, {CITY}, 3, 'official', format('{CITY}.%s.', {DISTRICT} + i), '区' || i,
           {DISTRICT} + i, NULL, NULL, NULL FROM generate_series(0, {DISTRICTS - 1}) i
    UNION ALL SELECT {TOWNSHIP} + i, {DISTRICT} + i / 15, 4, 'official',
           format('{CITY}.%s.%s.', {DISTRICT} + i / 15, {TOWNSHIP} + i), '镇' || i,
           {DISTRICT} + i / 15, {TOWNSHIP} + i, NULL, NULL FROM generate_series(0, {TOWNSHIPS - 1}) i
    UNION ALL SELECT {VILLAGE} + i, {TOWNSHIP} + i / 20, 5, 'official',
           format('{CITY}.%s.%s.%s.', {DISTRICT} + i / 300, {TOWNSHIP} + i / 20, {VILLAGE} + i), '村' || i,
           {DISTRICT} + i / 300, {TOWNSHIP} + i / 20, {VILLAGE} + i, NULL FROM generate_series(0, {VILLAGES - 1}) i
    UNION ALL SELECT {GRID} + i, {VILLAGE} + i / 5, 6, 'general_grid',
           format('{CITY}.%s.%s.%s.%s.', {DISTRICT} + i / 1500, {TOWNSHIP} + i / 100, {VILLAGE} + i / 5, {GRID} + i),
           '网格' || i, {DISTRICT} + i / 1500, {TOWNSHIP} + i / 100, {VILLAGE} + i / 5, {GRID} + i
           FROM generate_series(0, {GRIDS - 1}) i
) AS a;
INSERT INTO grids_unit (id, public_id, tenant_id, area_id, kind_id, name, phone, valid_from)
SELECT id, gen_random_uuid(), 1, id, CASE level WHEN 6 THEN 'grid_team' WHEN 5 THEN 'mediation_committee'
       ELSE 'governance_centre' END, name, '', '2020-01-01' FROM grids_area WHERE level >= 2;
INSERT INTO grids_unit (id, public_id, tenant_id, area_id, kind_id, name, phone, valid_from)
SELECT id + 500000, gen_random_uuid(), 1, id, 'village_committee', name || '村委会', '', '2020-01-01'
FROM grids_area WHERE level = 5;
INSERT INTO grids_unit (id, public_id, tenant_id, area_id, kind_id, name, phone, valid_from)
VALUES (600000, gen_random_uuid(), 1, {TOWNSHIP}, 'department', '自然资源所', '', '2020-01-01');
SELECT setval('grids_area_id_seq', 700000), setval('grids_unit_id_seq', 700000), setval('grids_tenant_id_seq', 10);
"""

# k scatters the cases over grids; open ones have status registered and stand at their grid.
CASES = f"""
INSERT INTO cases_case (id, public_id, tenant_id, number, kind, category_id, source_id, path, status, area_id,
    city_id, district_id, township_id, village_id, grid_id, stat_district_id, rung, level, holder_unit_id,
    reporter_id, reporting_unit_id, urgent, restricted, on_the_spot, outcome, received_at, registered_at, due_at,
    amber_at, closed_at, last_seq, head, code_key, code_lookup, spoken_lookup)
SELECT i, gen_random_uuid(), 1, 'BN2025-' || i, 'dispute', c.first + i %% 15, s.id, 'ladder',
    CASE WHEN is_open THEN 'registered' ELSE 'struck' END, {GRID} + g, {CITY}, {DISTRICT} + g / 1500,
    {TOWNSHIP} + g / 100, {VILLAGE} + g / 5, {GRID} + g, {DISTRICT} + g / 1500, 0, 6, {GRID} + g, 1, {GRID} + g,
    false, false, false, CASE WHEN is_open THEN '' ELSE 'oral' END, at, at,
    CASE WHEN is_open THEN %(base)s::timestamptz + (i %% {GROUPS}) * interval '1 hour' END,
    CASE WHEN is_open THEN at + 0.75 * (%(base)s::timestamptz + (i %% {GROUPS}) * interval '1 hour' - at) END,
    CASE WHEN is_open THEN NULL ELSE at + interval '3 days' END, 1, ''::bytea, 1,
    sha256(convert_to('code' || i, 'UTF8')), sha256(convert_to('spoken' || i, 'UTF8'))
FROM (SELECT i, (i * 7919::bigint %% %(grids)s)::int AS g, i %% 30 < %(open)s AS is_open,
             %(base)s::timestamptz - interval '300 days' + (i %% 250) * interval '1 day' AS at
      FROM generate_series(1, %(rows)s) i) AS n,
     (SELECT min(id) AS first FROM cases_category) AS c, (SELECT min(id) AS id FROM cases_source) AS s;
INSERT INTO cases_story (case_id, tenant_id, summary, text, place)
SELECT id, 1, '两家因排水沟走向争执', '两家因新修的排水沟走向发生争执，昨晚下雨后水流进院子。' || id, id %% 40 || '号'
FROM cases_case;
INSERT INTO cases_casesearch (case_id, tenant_id, text)
SELECT id, 1, number || ' 两家因排水沟走向争执 ' || id %% 40 || '号' FROM cases_case;
INSERT INTO cases_clock (id, case_id, tenant_id, code, policy_id, ladder_code, calendar_version, provisional,
    started_at, due_at, first_rung, rung, ladder, holders, levels, actions, stopped_at)
SELECT id, id, 1, 'ladder', p.policy, 'product_default', 'bench', false, registered_at,
    %(base)s::timestamptz + interval '40 days', 0, 0,
    ARRAY[%(base)s::timestamptz + (id %% {GROUPS}) * interval '1 hour',
          %(base)s::timestamptz + (id %% {GROUPS} + 4) * interval '1 hour',
          %(base)s::timestamptz + (id %% {GROUPS} + 8) * interval '1 hour',
          %(base)s::timestamptz + (id %% {GROUPS} + 12) * interval '1 hour',
          %(base)s::timestamptz + interval '40 days'],
    ARRAY[village_id, township_id, district_id, city_id, city_id], ARRAY[5, 4, 3, 2, 2],
    ARRAY['climb', 'climb', 'climb', 'climb', 'supervise'], closed_at
FROM cases_case, (SELECT min(id) AS policy FROM cases_policy) AS p;
INSERT INTO cases_clockstep (clock_id, tenant_id, rung, unit_id, level, entered_at, due_at, left_at, outcome)
SELECT id, 1, 0, grid_id, 6, registered_at, registered_at + interval '2 days', closed_at,
       CASE WHEN closed_at IS NULL THEN '' ELSE 'done' END FROM cases_case;
INSERT INTO cases_caseevent (case_id, tenant_id, seq, at, actor_id, unit_id, verb, source, target, reason,
    category_id, area_id, level, rung, holder_unit_id, due_at, amber_at, digest, prev, hash)
SELECT w.id, 1, 1, w.registered_at, 1, w.grid_id, 'register', '', w.status, '', w.category_id, w.area_id, 6, 0,
       w.grid_id, w.due_at, w.amber_at, ''::bytea, ''::bytea, {
    sql_hash(
        case_id="w.id", seq="1", at="w.registered_at", actor_id="1", unit_id="w.grid_id",
        verb="'register'", source="''", target="w.status", reason="''",
        category_id="w.category_id", area_id="w.area_id", level="6", rung="0",
        holder_unit_id="w.grid_id", due_at="w.due_at", clock_id="NULL::bigint",
        other_id="NULL::bigint", digest="''::bytea", prev="''::bytea",
    )
} FROM cases_case AS w;
UPDATE cases_case AS c SET head = e.hash FROM cases_caseevent AS e WHERE e.case_id = c.id AND e.seq = 1 AND c.closed_at IS NULL;
SELECT setval('cases_case_id_seq', %(rows)s), setval('cases_clock_id_seq', %(rows)s);
"""  # fmt: skip


# The two tables of REF, see governance/bench/reference.py.
REFERENCE_TABLES = """
CREATE TABLE bench_case (id bigserial PRIMARY KEY, number text NOT NULL, state text NOT NULL, unit bigint NOT NULL,
    level int NOT NULL, title text NOT NULL, opened_at timestamptz NOT NULL, due_at timestamptz NOT NULL);
CREATE UNIQUE INDEX bench_case_number ON bench_case (number);
CREATE TABLE bench_event (id bigserial PRIMARY KEY, case_id bigint NOT NULL REFERENCES bench_case (id),
    verb text NOT NULL, at timestamptz NOT NULL);
CREATE INDEX bench_event_case ON bench_event (case_id);
"""


def owner() -> Connection:
    """A connection as the owner of the tables, without the web's time limits."""
    role = settings.OWNER_DATABASE
    opened = psycopg2.connect(
        dbname=role["NAME"], user=role["USER"] or None, password=role["PASSWORD"] or None,
        host=role["HOST"] or None, port=role["PORT"],
    )  # fmt: skip
    opened.autocommit = True
    return opened


@contextlib.contextmanager
def indexes_aside(desk: Connection) -> Iterator[None]:
    """Drop indexes and foreign keys of the big tables, and build them again afterwards."""
    with desk.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)",
            [list(BIG)],
        )
        keys = cursor.fetchall()
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexname"
            " NOT IN (SELECT conname FROM pg_constraint)",
            [list(BIG)],
        )
        indexes = cursor.fetchall()
        for table, name, _ in keys:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
    yield
    with desk.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        for _, definition in indexes:
            cursor.execute(definition)
        for table, name, definition in keys:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


def build(
    rows: int, base: datetime, *, grids: int = GRIDS, open_of_30: int = 12, then: str = "",
    values: Mapping[str, object] | None = None,
) -> None:  # fmt: skip
    """Write the customer and ``rows`` cases; ladder moments lie at ``base`` + n hours.

    The cases lie scattered over the first ``grids`` grids; ``open_of_30`` of 30 are open.
    ``then``: a statement that runs before the indexes are built, with ``values``.
    """
    began = time.monotonic()
    print(f"Generating {rows:,} cases …", file=sys.stderr, flush=True)
    with closing(owner()) as desk, desk.cursor() as cursor:
        cursor.execute(
            "SET synchronous_commit = off; SET work_mem = '256MB'; SET jieyou.set_based = 'on'"
        )
        cursor.execute(AREAS)
        cursor.execute(
            "INSERT INTO grids_user (id, public_id, username, display_name, password, is_active,"
            " language, text_size) VALUES (1, gen_random_uuid(), 'bench', 'bench', '!', true, '', '')"
        )
        cursor.execute("SELECT setval('grids_user_id_seq', 100)")
        with indexes_aside(desk):
            cursor.execute(CASES, {"rows": rows, "base": base, "grids": grids, "open": open_of_30})
            if then:
                cursor.execute(then, values)
        settle(desk)
    print(f"… in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def settle(desk: Connection) -> None:
    """Leave no vacuum or checkpoint to fall into a measurement."""
    with desk.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        with contextlib.suppress(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("CHECKPOINT")
