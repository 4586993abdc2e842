"""The faults. Each breaks something many times while people work, and mends it again.

A fault says how often by ``times`` (full, short), and what /readyz must have said meanwhile by
``stage.expect``. What was lost or doubled is found afterwards, by governance.faults.verdict.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import closing

from django.db import connection

from cases import clockguard, heartbeats
from governance.faults import disk
from governance.faults.ground import MACHINIST
from governance.faults.stage import MANAGE, WORKERS, Stage
from governance.faults.witness import ask
from governance.launch.state import ROOT
from grids.models import User

Fault = Callable[[Stage, bool], None]
DAY = 86_400


def worker(stage: Stage, short: bool) -> None:
    """kill -9 of the process that sweeps, in the middle of its statement."""
    for _ in range(8 if short else 50):
        stage.feed(120)
        if stage.until_sweeping():
            time.sleep(stage.lot.uniform(0, 0.03))
        os.kill(stage.pool_child(stage.lot.choice(WORKERS)), signal.SIGKILL)
        stage.fault()
        stage.sleep(stage.lot.uniform(0.05, 0.4))
        stage.bring_back()


def tree(stage: Stage, short: bool) -> None:
    """kill -9 of a whole worker, its messages with it; now and then of both."""
    for turn in range(1 if short else 10):
        stage.feed(120)
        stage.until_sweeping()
        for name in WORKERS if turn % 3 == 0 else (stage.lot.choice(WORKERS),):
            stage.kill(name)
            stage.fault()
        stage.sleep(stage.lot.uniform(0.2, 1.5))
        stage.bring_back()
        stage.sleep(2.0)


def beat(stage: Stage, short: bool) -> None:
    """kill -9 of beat, which stays dead; the system timer takes over."""
    for _ in range(1 if short else 6):
        stage.feed(120)
        stage.kill("beat")
        stage.fault()
        stage.sleep(1.5)
        stage.start("sweep")
        stage.wait_for("the timer", lambda: stage.children["sweep"].process.poll() is not None)
        stage.expect("the timer's run fails", stage.children["sweep"].process.returncode == 0)
        stage.kill("sweep")
        truth = stage.one(
            "SELECT extract(epoch FROM clock_timestamp() - finished_at) FROM cases_sweeprun"
            " WHERE driver = 'beat' AND finished_at IS NOT NULL ORDER BY id DESC LIMIT 1"
        )
        age = stage.ready.answers[-1].body.get("beat_age_seconds")
        stage.expect(
            f"the last run by beat is {truth} s old and /readyz says {age}",
            isinstance(age, int) and abs(age - truth) <= 3,
        )
        stage.bring_back()


def beats(stage: Stage, short: bool) -> None:
    """Two beats at once, and one of them killed."""
    for _ in range(1 if short else 5):
        stage.start("beat-2")
        stage.sleep(1.5)
        stage.feed(200, within=1.0)
        stage.fault()
        stage.sleep(2.0)
        stage.kill("beat-2")
        stage.fault()


def sweeps(stage: Stage, short: bool) -> None:
    """Timers beside the workers, in small batches, most of them killed on the way."""
    for _ in range(1 if short else 12):
        names = [f"sweep-{n}" for n in range(3)]
        stage.feed(250, start=1.8, within=0.8)
        for name in names:
            stage.start(name)
        stage.until_sweeping(4.0)
        stage.sleep(stage.lot.uniform(0, 0.2))
        for name in names[:2]:
            stage.kill(name)
            stage.fault()
        last = stage.children[names[2]].process
        stage.wait_for("a sweep", lambda: last.poll() is not None)  # noqa: B023 - waited for here
        stage.kill(names[2])
        stage.fault()


def backends(stage: Stage, short: bool) -> None:
    """Sessions of the application ended by the server, at random."""
    for turn in range(12 if short else 80):
        if turn % 4 == 0:
            stage.feed(80)
        stage.sleep(stage.lot.uniform(0.02, 0.25))
        ended = stage.one(
            "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity"
            " WHERE usename = %s AND datname = current_database() ORDER BY random() LIMIT 1) AS s",
            connection.settings_dict["USER"],
        )
        stage.fault(ended)


def broker(stage: Stage, short: bool) -> None:
    """The broker killed and restarted empty, and swallowed by the network."""
    for turn in range(2 if short else 14):
        stage.feed(120)
        stage.sleep(0.3)
        stage.kill("redis")
        gone = time.monotonic()
        stage.fault()
        stage.sleep(stage.lot.uniform(1.5, 2.5))
        say_away(stage, gone)
        for old in stage.valkey.folder.glob("appendonlydir/*"):
            old.unlink()
        stage.start_broker()
        stage.relays["broker"].switch("pass")
        if turn % 3 == 0:
            stage.sleep(2.0)
    for _ in range(1 if short else 3):
        stage.feed(120)
        stage.relays["broker"].switch("hole")
        gone = time.monotonic()
        stage.fault()
        stage.sleep(4.0)
        say_away(stage, gone)
        stage.relays["broker"].switch("pass")


def say_away(stage: Stage, gone: float) -> None:
    """While the broker is away /readyz says so, and stays ready: it is only a doorbell."""
    said = stage.ready.between(gone + 0.1, time.monotonic())
    stage.expect("nothing came from /readyz without a broker", bool(said))
    odd = [one for one in said if one.status != 200 or one.body.get("broker") is not False]
    stage.expect(f"without a broker /readyz says {odd[:1]}", not odd)


def postgres(stage: Stage, short: bool) -> None:
    """kill -9 of the whole database server, in the middle of a sweep."""
    for _ in range(2 if short else 8):
        stage.feed(150)
        stage.until_sweeping()
        stage.kill_database()
        gone = time.monotonic()
        stage.fault()
        stage.sleep(stage.lot.uniform(1.0, 2.0))
        said = stage.ready.between(gone, time.monotonic())
        odd = [one for one in said if one.status == 200]
        stage.expect(f"without a database /readyz says {odd[:1]}", not odd)
        stage.start_database()
        stage.sleep(1.0)


def lock(stage: Stage, short: bool) -> None:
    """Somebody keeps fifty cases open for seconds; everybody else's climb on time."""
    for _ in range(1 if short else 5):
        _, cases = stage.feed(250, start=0.5, gap=0.6)
        held = cases[::5]
        with closing(stage.connect()) as user, user.cursor() as cursor:
            user.autocommit = False
            cursor.execute("SELECT id FROM cases_case WHERE id = ANY(%s) FOR UPDATE", [held])
            stage.fault()
            stage.sleep(3.0)
            stage.expect(
                "cases nobody holds wait behind those in hand",
                soon(stage, "NOT case_id = ANY(%s)", held),
            )
            user.rollback()


def soon(stage: Stage, which: str, keys: list[int]) -> bool:
    """Whether what has been due for three seconds climbs although something stands in the way."""
    waiting = (
        f"SELECT count(*) FROM cases_clock WHERE {which}"
        " AND next_at <= clock_timestamp() - interval '3 seconds'"
    )
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if stage.one(waiting, keys) == 0:
            return True
        stage.sleep(0.3)
    return False


def clock(stage: Stage, short: bool) -> None:
    """The database's clock a day ahead and right again; a day back, right again and confirmed."""
    stage.crowd.pause()  # their moments would lie in a future that is taken back
    try:
        for _ in range(1 if short else 2):
            there_and_back(stage)
    finally:
        stage.do("UPDATE faults.shift SET seconds = 0")
        stage.crowd.go_on()


def there_and_back(stage: Stage) -> None:
    settle(stage)
    waiting, _ = stage.feed(100, start=7200, within=20_000, gap=3600)
    set_clock(stage, DAY)
    refused(stage, waiting)
    set_clock(stage, 0)
    stage.feed(80)
    settle(stage)
    set_clock(stage, -DAY)
    stage.feed(80)
    settle(stage)
    untouched(stage, waiting)
    alarms = stage.ready.answers[-1].body.get("alarms", ())
    stage.expect("a clock that went back raised no alarm", "clock_back" in alarms)
    set_clock(stage, 0)
    refused(stage, waiting)
    doubt = clockguard.doubted()
    stage.expect("the jump is not noted", doubt is not None)
    if doubt is not None:
        heartbeats.confirm(User.objects.get(pk=MACHINIST), doubt.run_id)
    connection.close()
    stage.feed(80)
    settle(stage)
    untouched(stage, waiting)


def set_clock(stage: Stage, seconds: int) -> None:
    stage.do("UPDATE faults.shift SET seconds = %s", seconds)
    stage.fault()


def settle(stage: Stage) -> None:
    """Until nothing is due and a run has seen that."""
    stage.sleep(1.0)
    stage.wait_for("what is due to climb", lambda: stage.due() == 0)
    last = stage.one("SELECT max(id) FROM cases_sweeprun")
    done = "SELECT count(*) FROM cases_sweeprun WHERE id > %s AND finished_at IS NOT NULL"
    stage.wait_for("a run to finish", lambda: stage.one(done, last) > 0)


def refused(stage: Stage, waiting: list[int]) -> None:
    """By the clock that jumped everything is due; nothing may climb, and it is said."""
    noted = "SELECT count(*) FROM cases_sweeprun WHERE finished_at IS NULL AND ahead > 600"
    before, began = stage.one(noted), time.monotonic()
    while stage.one(noted) < before + 2 and time.monotonic() - began < 20:
        stage.sleep(0.2)
    stage.expect("no run was refused for the clock", stage.one(noted) >= before + 2)
    timer = subprocess.run([*MANAGE, "sweep", "--once"], cwd=ROOT, capture_output=True)
    stage.expect("the timer believes the clock", timer.returncode == 1)
    untouched(stage, waiting)
    body = stage.ready.answers[-1].body
    stage.expect(f"/readyz does not doubt the clock: {body}", "clock" in body.get("alarms", ()))


def untouched(stage: Stage, waiting: list[int]) -> None:
    moved = stage.one("SELECT count(*) FROM cases_clock WHERE id = ANY(%s) AND rung > 0", waiting)
    stage.expect(f"{moved} cases climbed by a clock that nobody believes", moved == 0)


def backlog(stage: Stage, short: bool) -> None:
    """Nothing ran for a week; then everything is due at once, five moments each."""
    for name in (*WORKERS, "beat"):
        stage.kill(name)
    stage.feed(600 if short else 3000, start=-7 * DAY, within=4 * DAY, gap=DAY / 2)
    began = time.monotonic()
    stage.fault()
    stage.sleep(1.5)
    said = stage.ready.between(began + 0.3, time.monotonic())
    odd = [one for one in said if one.status != 503 or "overdue" not in one.body["alarms"]]
    stage.expect(f"a week's backlog lies and /readyz says {odd[:1]}", bool(said) and not odd)
    stage.bring_back()
    taken = stage.wait_for("the backlog", lambda: stage.due(3) == 0, 120)
    stage.notes.append(f"a week's backlog climbed within {taken:.1f} s of starting the workers")


def deep(stage: Stage, short: bool) -> None:
    """Every driver but the web server is dead; the monitor's question sweeps."""
    for _ in range(1 if short else 2):
        for name in (*WORKERS, "beat"):
            stage.kill(name)
        stage.fault()
        clocks, _ = stage.feed(100, start=-60, within=10, gap=5)
        stage.do(
            "UPDATE cases_sweeprun SET started_at = started_at - interval '11 minutes',"
            " finished_at = finished_at - interval '11 minutes', monotonic = monotonic - 660"
        )
        status, said = ask(stage.web_port, "/healthz/deep")
        left = stage.one(
            "SELECT count(*) FROM cases_clock WHERE id = ANY(%s) AND next_at <= clock_timestamp()",
            clocks,
        )
        stage.expect(f"the deep check left {left} due and said {said}", left == 0)
        stage.expect(f"nobody works and the deep check says {status}", status == 503)
        stage.bring_back()


def poison(stage: Stage, short: bool) -> None:
    """A clock whose unit is gone stands at the head; it holds up nobody, and somebody is told."""
    for _ in range(1 if short else 4):
        clocks, _ = stage.feed(150, start=1.0, gap=0.8)
        bad = stage.lot.sample(clocks, 3)
        holders = "UPDATE cases_clock SET holders = array_fill(%s::bigint, ARRAY[5]) WHERE id = %s"
        kept = {one: stage.one("SELECT holders[1] FROM cases_clock WHERE id = %s", one)
                for one in bad}  # fmt: skip
        for one in bad:
            stage.do(holders, 10**12, one)
        stage.fault()
        stage.sleep(4.0)
        sound = [one for one in clocks if one not in bad]
        stage.expect("sound clocks wait behind a broken one", soon(stage, "id = ANY(%s)", sound))
        body = stage.ready.answers[-1].body
        stage.expect(f"nobody is told of broken clocks: {body}", "set_aside" in body["alarms"])
        for one in bad:
            stage.do(holders, kept[one], one)
            heartbeats.retry(User.objects.get(pk=MACHINIST), one)
        connection.close()


def slow(stage: Stage, short: bool) -> None:
    """Every message to and from the database takes 60 ms more."""
    for _ in range(1 if short else 3):
        stage.relays["database"].delay = 0.06
        stage.fault()
        stage.feed(150, within=1.0)
        stage.sleep(6.0)
        stage.relays["database"].delay = 0.0


FAULTS: dict[str, Fault] = {
    "worker": worker, "tree": tree, "beat": beat, "beats": beats, "sweeps": sweeps,
    "backends": backends, "broker": broker, "postgres": postgres, "lock": lock, "clock": clock,
    "backlog": backlog, "deep": deep, "poison": poison, "slow": slow, "disk": disk.full,
}  # fmt: skip
