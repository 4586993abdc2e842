# ruff: noqa: E501 - one line of SQL per table reads better than many
"""Many due disputes in seconds: one real case, cloned by SQL in every table it lives in.

The clones' first event is hashed anew, because the hash binds case, clock and due moment; so
the chains verify as if each had been registered through the door.
"""

from contextlib import closing
from datetime import timedelta

from django.db import connection, transaction

from cases.models import Case
from cases.rules.chain import sql_hash
from governance.bench import data

# Autovacuum may have found these tables empty but for what another test rolled back, and then
# expects one row of them for ever: no plan may go through 50,000 rows once for each of 50,000.
LIMITS = "SET LOCAL statement_timeout = '120s'; SET LOCAL enable_nestloop = off"

# One row per clone: its keys, and when its first two rungs end.
MADE = """
SELECT i, nextval('cases_case_id_seq') AS case_id, nextval('cases_clock_id_seq') AS clock_id,
       ARRAY[nextval('cases_party_id_seq'), nextval('cases_party_id_seq')] AS party_ids,
       now() - interval '1 day' - i * interval '1 ms' AS first_at,
       CASE WHEN i %% 10 = 0 THEN now() - interval '1 hour' ELSE now() + interval '10 days' END AS second_at
FROM generate_series(%(first)s + 1, %(first)s + %(count)s) AS i
"""
COPIES = f"""
CREATE TEMPORARY TABLE made ON COMMIT DROP AS {MADE};

INSERT INTO cases_case ({{case_columns}})
SELECT {{case_values}} FROM made, cases_case AS c WHERE c.id = %(source)s;

INSERT INTO cases_story (case_id, tenant_id, summary, text, place, people)
SELECT made.case_id, s.tenant_id, s.summary, s.text, s.place, s.people FROM made, cases_story AS s WHERE s.case_id = %(source)s;

INSERT INTO cases_casesearch (case_id, tenant_id, text)
SELECT made.case_id, s.tenant_id, s.text FROM made, cases_casesearch AS s WHERE s.case_id = %(source)s;

INSERT INTO cases_party (id, case_id, tenant_id, side, name, address, phone, phone_index, phone_tail, id_number,
    id_number_index, id_number_tail, added_at)
SELECT made.party_ids[p.place], made.case_id, tenant_id, side, name, address, phone, phone_index, phone_tail, id_number,
    id_number_index, id_number_tail, added_at
FROM made, (SELECT *, row_number() OVER (ORDER BY id) AS place FROM cases_party WHERE case_id = %(source)s) AS p;

INSERT INTO cases_clock (id, case_id, tenant_id, code, policy_id, ladder_code, calendar_version, provisional, started_at,
    due_at, first_rung, rung, ladder, holders, levels, actions)
SELECT made.clock_id, made.case_id, k.tenant_id, code, policy_id, ladder_code, calendar_version, provisional,
    now() - interval '2 days', now() + interval '30 days', first_rung, 0,
    (ARRAY[first_at, second_at, now() + interval '20 days', now() + interval '30 days'])[:cardinality(holders)], holders, levels, actions
FROM made, cases_clock AS k WHERE k.case_id = %(source)s;

INSERT INTO cases_clockstep (clock_id, tenant_id, rung, unit_id, level, entered_at, due_at, outcome)
SELECT made.clock_id, s.tenant_id, 0, s.unit_id, s.level, now() - interval '2 days', made.first_at, ''
FROM made, cases_clockstep AS s JOIN cases_clock AS k ON k.id = s.clock_id WHERE k.case_id = %(source)s;

INSERT INTO cases_casenote (case_id, tenant_id, seq, position, field, party_id, text, salt, digest, at)
SELECT made.case_id, tenant_id, seq, position, field, NULL, text, salt, digest, at
FROM made, cases_casenote AS n WHERE n.case_id = %(source)s;

INSERT INTO cases_caseevent (case_id, tenant_id, seq, at, actor_id, unit_id, verb, source, target, reason, category_id,
    area_id, level, rung, holder_unit_id, due_at, clock_id, digest, prev, hash)
SELECT w.case_id, w.tenant_id, w.seq, w.at, w.actor_id, w.unit_id, w.verb, w.source, w.target, w.reason, w.category_id,
    w.area_id, w.level, w.rung, w.holder_unit_id, w.due_at, w.clock_id, w.digest, w.prev, {{hash}}
FROM (SELECT made.case_id, made.clock_id, made.first_at AS due_at, e.tenant_id, e.seq, e.at - %(age)s AS at, e.actor_id, e.unit_id, e.verb,
          e.source, e.target, e.reason, e.category_id, e.area_id, e.level, e.rung, e.holder_unit_id, e.other_id, e.digest, e.prev
      FROM made, cases_caseevent AS e WHERE e.case_id = %(source)s) AS w;

UPDATE cases_case SET head = e.hash FROM cases_caseevent AS e, made
WHERE e.case_id = cases_case.id AND cases_case.id = made.case_id;

INSERT INTO cases_casedelta (tenant_id, at, district_id, township_id, village_id, grid_id, kind, category_id, status_from,
    status_to, level_from, level_to)
SELECT c.tenant_id, c.registered_at, district_id, township_id, village_id, grid_id, kind, category_id, '', status, NULL, level
FROM cases_case AS c JOIN made ON made.case_id = c.id;
"""
HASH = sql_hash(
    case_id="w.case_id", seq="w.seq", at="w.at", actor_id="w.actor_id", unit_id="w.unit_id",
    verb="w.verb", source="w.source", target="w.target", reason="w.reason",
    category_id="w.category_id", area_id="w.area_id", level="w.level", rung="w.rung",
    holder_unit_id="w.holder_unit_id", due_at="w.due_at", clock_id="w.clock_id",
    other_id="w.other_id", digest="w.digest", prev="w.prev",
)  # fmt: skip
# Columns a clone does not share with its model.
OWN = {
    "id": "made.case_id",
    "public_id": "gen_random_uuid()",
    "number": "'BULK' || lpad(made.i::text, 8, '0')",
    "code_lookup": "sha256(convert_to('code' || made.i, 'UTF8'))",
    "spoken_lookup": "sha256(convert_to('spoken' || made.i, 'UTF8'))",
    "due_at": "made.first_at",
    "registered_at": "c.registered_at - %(age)s",
    "received_at": "c.received_at - %(age)s",
}


@transaction.atomic
def clone(case: Case, count: int, *, first: int = 0, age: timedelta = timedelta(0)) -> int:
    """Write ``count`` copies of a newly registered dispute whose first rung is due.

    Every tenth has its second rung due as well. ``first``: numbers already given; ``age``: how
    much earlier they were registered. Returns how many climbs are due in all.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'cases_case'"
            " AND table_schema = 'public' ORDER BY ordinal_position"
        )
        columns = [row[0] for row in cursor.fetchall()]
        values = [OWN.get(column, f"c.{column}") for column in columns]
        cursor.execute(LIMITS)
        statement = COPIES.format(
            case_columns=", ".join(columns), case_values=", ".join(values), hash=HASH
        )
        cursor.execute(statement, {"source": case.pk, "count": count, "first": first, "age": age})
    return count + count // 10


def swept() -> None:
    """Take away what was rolled back, from tables and indexes, and count what is left."""
    with closing(data.owner()) as desk, desk.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def counted() -> None:
    """Let the planner know what is committed, as autovacuum does sooner or later."""
    with closing(data.owner()) as desk, desk.cursor() as cursor:
        cursor.execute("ANALYZE")


# Each event hashed again, in its order; and each row against its last event.
BROKEN_LINKS = f"""
SELECT (SELECT count(*) FROM (
            SELECT w.*, lag(w.hash, 1, ''::bytea) OVER chain AS before, row_number() OVER chain AS place
            FROM cases_caseevent AS w WINDOW chain AS (PARTITION BY w.case_id ORDER BY w.seq)) AS w
        WHERE w.prev <> w.before OR w.seq <> w.place OR w.hash <> {HASH})
     + (SELECT count(*) FROM cases_case AS c
            LEFT JOIN LATERAL (SELECT * FROM cases_caseevent AS e WHERE e.case_id = c.id ORDER BY seq DESC LIMIT 1) AS e ON true
        WHERE (c.last_seq, c.head, c.status, c.level, c.rung, c.holder_unit_id, c.due_at)
              IS DISTINCT FROM (e.seq, e.hash, e.target, e.level, e.rung, e.holder_unit_id, e.due_at))
"""


def broken_links() -> int:
    """Chains verified in SQL, all cases at once: how many links are wrong."""
    with connection.cursor() as cursor:
        cursor.execute(BROKEN_LINKS)
        found: int = cursor.fetchone()[0]
    return found


# Struck off by the person who registered it, without a note: event, chain, row and clocks.
ENDED = f"""
CREATE TEMPORARY TABLE ended ON COMMIT DROP AS
SELECT w.*, {HASH} AS hash FROM (
    SELECT c.id AS case_id, c.tenant_id, c.last_seq + 1 AS seq, now() - %(age)s AS at, c.reporter_id AS actor_id,
        c.reporting_unit_id AS unit_id, 'strike' AS verb, c.status AS source, 'struck' AS target, '' AS reason,
        c.category_id, c.area_id, c.level, c.rung, c.holder_unit_id, NULL::timestamptz AS due_at,
        NULL::bigint AS clock_id, NULL::bigint AS other_id, ''::bytea AS digest, c.head AS prev
    FROM cases_case AS c WHERE c.number >= %(first)s AND c.number <= %(last)s) AS w;

INSERT INTO cases_caseevent (case_id, tenant_id, seq, at, actor_id, unit_id, verb, source, target, reason, category_id,
    area_id, level, rung, holder_unit_id, due_at, clock_id, other_id, digest, prev, hash)
SELECT case_id, tenant_id, seq, at, actor_id, unit_id, verb, source, target, reason, category_id, area_id, level, rung,
    holder_unit_id, due_at, clock_id, other_id, digest, prev, hash FROM ended;

UPDATE cases_clock AS k SET stopped_at = now() FROM ended WHERE k.case_id = ended.case_id;

INSERT INTO cases_casedelta (tenant_id, at, district_id, township_id, village_id, grid_id, kind, category_id, status_from,
    status_to, level_from, level_to)
SELECT c.tenant_id, ended.at, district_id, township_id, village_id, grid_id, kind, c.category_id, source, target, c.level, c.level
FROM cases_case AS c JOIN ended ON ended.case_id = c.id;

UPDATE cases_case AS c SET status = 'struck', closed_at = ended.at, due_at = NULL, last_seq = ended.seq, head = ended.hash
FROM ended WHERE ended.case_id = c.id;
"""


@transaction.atomic
def end(first: int, last: int, *, age: timedelta) -> None:
    """Close the clones numbered from ``first`` to ``last``, ``age`` ago."""
    with connection.cursor() as cursor:
        cursor.execute(LIMITS)
        values = {"first": f"BULK{first:08d}", "last": f"BULK{last:08d}", "age": age}
        cursor.execute(ENDED, values)
