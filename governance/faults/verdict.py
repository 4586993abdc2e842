# ruff: noqa: E501 - one line of SQL per question reads better
"""What was lost, doubled, early or broken: asked of the tables after everything came to rest.

The expectation comes from outside the engine: a ledger of the moments that were set before they
came due, and the witness's file of what people were told.
"""

import contextlib
import time
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.db import connection

from cases import figures
from cases.verification import verify_all
from governance.faults.stage import CannotGoOn, Stage
from governance.faults.witness import PHONE

REST = 60.0  # seconds within which everything due must have climbed once nothing is broken
GRACE = 8  # seconds that what falls due while people go on working may wait

# Until the last moment that was set; with nobody at work any more, of people's cases too.
LAST = """
SELECT extract(epoch FROM max(at) - clock_timestamp()) FROM (
    SELECT at FROM faults.due UNION ALL
    SELECT unnest(ladder) FROM cases_clock WHERE stopped_at IS NULL AND NOT %s
        AND case_id IN (SELECT id FROM cases_case WHERE reporter_id >= 100000)) AS m
WHERE at < clock_timestamp() + interval '1 minute'
"""
# A ladder clock that ran by itself until now takes every moment that has passed; one that a
# person stopped or held has taken those it has taken.
CLOCKS = """
CREATE TEMPORARY TABLE ladders AS
SELECT k.id, k.case_id, k.rung, k.ladder, k.due_at,
       CASE WHEN k.stopped_at IS NULL AND k.held_at IS NULL AND k.waits_until IS NULL
            THEN (SELECT count(*) FROM unnest(k.ladder) AS m WHERE m <= clock_timestamp() - %(grace)s) ELSE k.rung END AS expected
FROM cases_clock AS k WHERE k.code = 'ladder' AND (k.rung > 0 OR k.ladder[1] <= clock_timestamp() - %(grace)s);
ALTER TABLE ladders ADD PRIMARY KEY (id);
CREATE TEMPORARY TABLE climbs AS
SELECT e.clock_id, e.case_id, e.seq FROM cases_caseevent AS e JOIN ladders ON ladders.id = e.clock_id
WHERE e.verb IN ('climb', 'supervise', 'report_up');
ANALYZE ladders; ANALYZE climbs;
"""
PER_CLOCK = """
    SELECT l.id, l.rung, l.expected, coalesce(e.n, 0) AS events, coalesce(s.n, 0) AS steps
    FROM ladders AS l
    LEFT JOIN (SELECT clock_id, count(*) AS n FROM climbs GROUP BY clock_id) AS e ON e.clock_id = l.id
    LEFT JOIN (SELECT clock_id, count(*) AS n FROM cases_clockstep WHERE rung > 0 GROUP BY clock_id) AS s ON s.clock_id = l.id
"""
QUESTIONS = {
    "due": "SELECT sum(greatest(expected, rung)) FROM ladders",
    "events": "SELECT count(*) FROM climbs",
    # --- lost
    "lost: rungs of the ledger nobody climbed": "SELECT count(*) FROM faults.due AS d LEFT JOIN cases_clockstep AS s ON s.clock_id = d.clock_id AND s.rung = d.rung WHERE s.clock_id IS NULL AND d.at <= clock_timestamp() - %(grace)s",
    "lost: rungs without an event": f"SELECT sum(greatest(greatest(expected, rung) - events, 0)) FROM ({PER_CLOCK}) AS c",
    "lost: rungs without a step": f"SELECT sum(greatest(greatest(expected, rung) - steps, 0)) FROM ({PER_CLOCK}) AS c",
    "lost: climbs without a message": "SELECT count(*) FROM climbs AS c WHERE NOT EXISTS (SELECT 1 FROM cases_outbox AS o WHERE o.case_id = c.case_id AND o.seq = c.seq)",
    "lost: messages not delivered": "SELECT count(*) FROM cases_outbox WHERE state <> 'sent' AND at <= clock_timestamp() - %(grace)s",
    "lost: clocks left behind": "SELECT count(*) FROM cases_clock WHERE next_at <= clock_timestamp() - %(grace)s",
    # --- doubled
    "doubled: steps of one rung": "SELECT sum(n - 1) FROM (SELECT count(*) AS n FROM cases_clockstep GROUP BY clock_id, rung HAVING count(*) > 1) AS d",
    "doubled: events of a clock": f"SELECT sum(greatest(events - rung, 0)) FROM ({PER_CLOCK}) AS c",
    "doubled: messages": "SELECT count(*) - count(DISTINCT (case_id, seq, unit_id, user_id, verb)) FROM cases_outbox",
    "doubled: told more than there was": "SELECT sum(greatest(told - people * there, 0)) FROM (SELECT sum(n.cases) AS told, count(DISTINCT n.user_id) AS people, (SELECT count(*) FROM cases_outbox AS o WHERE o.unit_id = n.unit_id AND o.verb = n.verb) AS there FROM cases_notice AS n WHERE n.verb IN ('climb', 'supervise', 'report_up') GROUP BY n.unit_id, n.verb) AS t",
    "doubled: one line of a bell twice": "SELECT count(*) - count(DISTINCT (user_id, dedupe_key)) FROM cases_notice",
    # --- early and out of order
    "early": "SELECT count(*) FROM cases_clockstep AS s JOIN ladders AS l ON l.id = s.clock_id WHERE s.rung > 0 AND s.entered_at < l.ladder[s.rung]",
    "disordered": "SELECT count(*) FROM (SELECT rung, lag(rung) OVER (PARTITION BY clock_id ORDER BY id) AS before FROM cases_clockstep) AS s WHERE rung <> before + 1",
    # --- rows that disagree
    "broken: the row's due moment is not its clocks'": "SELECT count(*) FROM cases_case AS c JOIN ladders AS l ON l.case_id = c.id WHERE c.closed_at IS NULL AND c.suspended_at IS NULL AND c.due_at IS DISTINCT FROM (SELECT min(k.step_due_at) FROM cases_clock AS k WHERE k.case_id = c.id AND k.stopped_at IS NULL) AND c.last_seq > 1",
}
# The keys tell which job wrote a message twice.
TWICE = """
SELECT o.dedupe_key FROM cases_outbox AS o WHERE EXISTS (
    SELECT FROM cases_outbox AS p WHERE p.id <> o.id AND p.case_id = o.case_id AND p.seq = o.seq
        AND p.verb = o.verb AND p.unit_id IS NOT DISTINCT FROM o.unit_id
        AND p.user_id IS NOT DISTINCT FROM o.user_id)
ORDER BY o.case_id, o.id LIMIT 6
"""


@dataclass
class Verdict:
    """The figures of a run. Everything from ``lost`` on must be 0."""

    faults: int = 0
    due: int = 0
    events: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    chain_breaks: int = 0
    early: int = 0
    disordered: int = 0
    miscounted: int = 0
    untrue: int = 0
    leaked: int = 0

    @property
    def sound(self) -> bool:
        found = asdict(self)
        good = ("faults", "due", "events", "acknowledged")
        return not any(value for name, value in found.items() if name not in good)


def come_to_rest(stage: Stage) -> float:
    """Mend everything, let the moments pass and the drivers work; seconds until nothing was due.

    Gives up after a while: what then is left counts as lost.
    """
    stage.relays["database"].delay = 0.0
    for relay in stage.relays.values():
        if relay.mode != "pass":
            relay.switch("pass")
    stage.bring_back()
    stage.sleep(max(stage.one(LAST, not stage.crowd.ended), 0) + 1)
    began = time.monotonic()
    with contextlib.suppress(CannotGoOn):
        stage.wait_for("rest", lambda: at_rest(stage), REST)
    return time.monotonic() - began


def at_rest(stage: Stage) -> bool:
    """Nothing due and nobody untold; while people go on working, of what is older than seconds."""
    older = 0 if stage.crowd.ended else 3
    waiting = (
        "SELECT count(*) FROM cases_outbox WHERE state = 'pending'"
        " AND next_at <= clock_timestamp() - %s * interval '1 second'"
    )
    return stage.due(older) == 0 and stage.one(waiting, older) == 0


def judge(stage: Stage, *, whole: bool) -> tuple[Verdict, Counter[str]]:
    """Ask every question; ``whole`` hashes every chain again and recounts the figures too."""
    found: Counter[str] = Counter()
    with stage.desk.cursor() as cursor:
        # One look: people go on working, and a climb must not fall between two questions.
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("DROP TABLE IF EXISTS ladders, climbs")
        values = {"grace": timedelta(seconds=0 if whole else GRACE)}
        cursor.execute(CLOCKS, values)
        for name, question in QUESTIONS.items():
            cursor.execute(question, values)
            found[name] = int(cursor.fetchone()[0] or 0)
        if found["doubled: messages"]:
            cursor.execute(TWICE)
            keys = [row[0] for row in cursor.fetchall()]
            stage.notes.append(f"written twice: {', '.join(keys)}")
        cursor.execute("COMMIT")
    people(stage, found)
    if whole:
        connection.close()
        figures.fold()
        found["miscounted"] = len(figures.differences())
        found["chain_breaks"] = sum(1 for _ in verify_all())
        connection.close()
    verdict = Verdict(faults=stage.faults, acknowledged=len(stage.witness.lines))
    verdict.untrue, verdict.leaked = len(stage.untrue), leaks(stage)
    for name, count in found.items():
        kind = {"broken": "chain_breaks"}.get(name.split(":")[0], name.split(":")[0])
        setattr(verdict, kind, getattr(verdict, kind) + count)
    return verdict, found


def people(stage: Stage, found: Counter[str]) -> None:
    """Everything people were told is there, and nothing is there twice."""
    with stage.witness.lock:
        lines = list(stage.witness.lines)
    told = {line["number"]: line for line in lines if line["what"] == "case"}
    acts = Counter((line["number"], line["verb"]) for line in lines if line["what"] == "act")
    with stage.desk.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(
            "SELECT c.number, s.text FROM cases_case AS c JOIN cases_story AS s ON s.case_id = c.id"
            " WHERE c.number = ANY(%s)", [list(told)],
        )  # fmt: skip
        there = dict(cursor.fetchall())
        cursor.execute(
            "SELECT c.number, e.verb FROM cases_caseevent AS e JOIN cases_case AS c"
            " ON c.id = e.case_id WHERE c.number = ANY(%s)", [list(told)],
        )  # fmt: skip
        done = Counter(cursor.fetchall())
        cursor.execute(
            "SELECT count(*), count(DISTINCT result) FROM cases_idempotencykey WHERE scope LIKE '%:register'"
        )
        by_key, numbers = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM cases_case WHERE reporter_id >= 100000")
        registered = cursor.fetchone()[0]
        cursor.execute("COMMIT")
    with stage.witness.lock:  # after the look, as the lines are from before it
        keys, tried = stage.witness.keys, Counter(stage.witness.tried)
    found["lost: matters people have a receipt of"] = sum(
        there.get(number) != line["text"] for number, line in told.items()
    )
    found["lost: acts people were told of"] = (acts - done).total()
    acted = Counter({act: count for act, count in done.items() if act[1] in ("sign", "supplement")})
    found["doubled: acts"] = (acted - tried).total()
    found["doubled: matters of one key"] = max(registered - by_key, 0) + by_key - numbers
    cases = [line["key"] for line in lines if line["what"] == "case"]
    found["doubled: receipts"] = len(cases) - len(told) + max(registered - keys, 0)


def leaks(stage: Stage) -> int:
    """Lines of the logs in which somebody's phone stands."""
    return sum(
        line.count(PHONE)
        for log in stage.place.glob("*.log")
        for line in log.read_text(errors="replace").splitlines()
    )
