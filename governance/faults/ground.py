# ruff: noqa: E501 - one line of SQL per table reads better than many
"""The database the faults are tried on: a made-up customer, people, and three devices.

The devices live in a schema of their own that only this database has; the product is unchanged.
``clock_timestamp()``, ``now()`` and ``statement_timestamp()`` stand before PostgreSQL's own in the
search path, so that the database's clock can be set forward and back. A trigger gives disputes
that people register ladders of seconds: the product stores moments, so nothing else differs. And
a ledger says which clock must climb which rung when, written down before it is due.
"""

import hashlib
import secrets
from contextlib import closing

from django.db import connection
from psycopg2.extensions import connection as Connection

from cases.escalation import database_clock
from cases.figures import KEYS, RECOUNT
from governance.bench import data

AHEAD = "40 days"  # unfed cases are due that far from now; so a day's jump reaches none of them
PEOPLE = 40  # grid workers with a key
DEVICES = f"""
CREATE SCHEMA faults;
CREATE TABLE faults.shift (seconds double precision NOT NULL);
INSERT INTO faults.shift VALUES (0);
CREATE FUNCTION faults.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    'SELECT pg_catalog.clock_timestamp() + (SELECT seconds FROM faults.shift) * interval ''1 second''';
CREATE FUNCTION faults.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS
    'SELECT pg_catalog.statement_timestamp() + (SELECT seconds FROM faults.shift) * interval ''1 second''';
CREATE FUNCTION faults.now() RETURNS timestamptz LANGUAGE sql STABLE AS
    'SELECT pg_catalog.now() + (SELECT seconds FROM faults.shift) * interval ''1 second''';
CREATE TABLE faults.due (clock_id bigint NOT NULL, rung int NOT NULL, at timestamptz NOT NULL,
    PRIMARY KEY (clock_id, rung));
CREATE TABLE faults.told (clock_id bigint PRIMARY KEY);
CREATE FUNCTION faults.near() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    FOR place IN 1 .. cardinality(NEW.ladder) LOOP
        NEW.ladder[place] := clock_timestamp() + (place * 2 + random() * 2) * interval '1 second';
    END LOOP;
    NEW.due_at := NEW.ladder[cardinality(NEW.ladder)];
    UPDATE cases_case SET due_at = NEW.ladder[1] WHERE id = NEW.case_id;
    RETURN NEW;
END $$;
CREATE TRIGGER near BEFORE INSERT ON cases_clock FOR EACH ROW
    WHEN (NEW.code = 'ladder') EXECUTE FUNCTION faults.near();
GRANT USAGE ON SCHEMA faults TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA faults TO PUBLIC;
INSERT INTO cases_rollup ({KEYS}, status, level, cases) {RECOUNT};
UPDATE cases_case AS c SET head = e.hash FROM cases_caseevent AS e
    WHERE e.case_id = c.id AND e.seq = 1 AND c.closed_at IS NOT NULL;
"""
# Somebody in every township and district hears of what climbs there; one looks after it all.
STAFF = f"""
INSERT INTO grids_user (id, public_id, username, display_name, password, is_active, language, text_size)
SELECT 1000 + id, gen_random_uuid(), 'desk-' || id, 'desk', '!', true, '', '' FROM grids_area WHERE level IN (3, 4);
INSERT INTO grids_posting (user_id, role, unit_id, area_id, started_on)
SELECT 1000 + id, 'triage', id, id, '2020-01-01' FROM grids_area WHERE level IN (3, 4);
INSERT INTO grids_user (id, public_id, username, display_name, password, is_active, language, text_size)
VALUES (900, gen_random_uuid(), 'machinist', 'machinist', '!', true, '', '');
INSERT INTO grids_posting (user_id, role, unit_id, area_id, started_on)
VALUES (900, 'sys_admin', {data.CITY}, {data.CITY}, '2020-01-01');
INSERT INTO grids_user (id, public_id, username, display_name, password, is_active, language, text_size)
SELECT 100000 + n, gen_random_uuid(), 'grid-' || n, 'grid', '!', true, '', '' FROM generate_series(0, {PEOPLE - 1}) n;
INSERT INTO grids_posting (user_id, role, unit_id, area_id, started_on)
SELECT 100000 + n, 'grid_worker', {data.GRID} + n * 37, {data.GRID} + n * 37, '2020-01-01' FROM generate_series(0, {PEOPLE - 1}) n;
SELECT setval('grids_user_id_seq', 200000);
"""
KEY = """
INSERT INTO grids_apitoken (user_id, digest, name, scope, created_at, expires_at)
VALUES (%s, %s, '', 'all', now(), now() + interval '60 days')
"""
MACHINIST = 900
# Fresh clocks get a ladder of moments: the first within %(within)s s from %(start)s s, each
# following one up to %(gap)s s after the one before.
FEED = """
WITH fresh AS MATERIALIZED (
    SELECT id, case_id, clock_timestamp() + (%(start)s + random() * %(within)s) * interval '1 second' AS first,
           random() AS a, random() AS b, random() AS c, random() AS d
    FROM cases_clock WHERE id > %(after)s AND id <= %(rows)s AND stopped_at IS NULL ORDER BY id LIMIT %(count)s
), rungs AS MATERIALIZED (
    SELECT id, case_id, ARRAY[first, first + a * s, first + (a + b) * s, first + (a + b + c) * s,
                              first + (a + b + c + d) * s] AS ladder
    FROM fresh, (SELECT %(gap)s * interval '1 second' AS s) AS gap
), moved AS (
    UPDATE cases_clock AS k SET ladder = rungs.ladder, due_at = greatest(rungs.ladder[5], k.started_at)
    FROM rungs WHERE k.id = rungs.id
), shown AS (
    UPDATE cases_case AS c SET due_at = rungs.ladder[1] FROM rungs WHERE c.id = rungs.case_id
), noted AS (
    INSERT INTO faults.due SELECT id, place, moment FROM rungs, unnest(ladder) WITH ORDINALITY AS m (moment, place)
)
SELECT array_agg(id ORDER BY id), array_agg(case_id ORDER BY id) FROM rungs
"""


def prepare(rows: int, desk: Connection, seed: int) -> list[str]:
    """Write the customer with ``rows`` cases and set up the devices; the keys of the people.

    ``desk``: a connection of the database's superuser. Programs must connect afterwards.
    """
    with closing(data.owner()) as owner, owner.cursor() as cursor:
        cursor.execute("SELECT now() + %s::interval", [AHEAD])
        base = cursor.fetchone()[0]
    data.build(rows, base)
    keys = [secrets.token_urlsafe(30) for _ in range(PEOPLE)]
    with desk.cursor() as cursor:
        cursor.execute("SET jieyou.set_based = 'on'")
        cursor.execute(DEVICES + STAFF)
        for number, key in enumerate(keys):
            cursor.execute(KEY, [100_000 + number, hashlib.sha256(key.encode()).digest()])
        cursor.execute("SELECT current_database()")
        name = cursor.fetchone()[0]
        cursor.execute(f'ALTER DATABASE "{name}" SET search_path = faults, pg_catalog, public')
        cursor.execute("SET search_path = faults, pg_catalog, public")
        cursor.execute("SELECT setseed(%s)", [seed % 1000 / 1000])
    connection.close()  # the next one takes the new search path
    database_clock()
    return keys
