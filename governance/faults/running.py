"""One run: set up, break, come to rest, judge; a table for people, JSON lines for programs."""

import json
import random
import statistics
import sys
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from governance.faults.breaking import FAULTS
from governance.faults.disk import own_mounts
from governance.faults.stage import CannotGoOn, Stage
from governance.faults.verdict import Verdict, come_to_rest, judge
from governance.launch.commands import supervised
from governance.launch.console import say

ROWS, ROWS_SHORT, ROWS_ONE = 68_000, 14_000, 20_000  # four of ten are open
CROWD, CROWD_SHORT = 3, 2


def run(names: list[str], seed: int, short: bool, place: Path) -> int:
    """Try the faults ``names`` one after the other; 0 when nothing was lost, doubled or untrue."""
    own_mounts()
    began = time.monotonic()
    rows = ROWS_SHORT if short else ROWS if len(names) > 1 else ROWS_ONE
    say(f"seed {seed}, {rows:,} cases, {'short' if short else 'full'} form")
    with supervised() as supervisor:
        stage = Stage(supervisor, place, seed, rows)
        stage.set_up(CROWD_SHORT if short else CROWD)
        set_up = time.monotonic() - began
        say(f"Everything runs after {set_up:.0f} s.")
        say(f"{'fault':<10} {'faults':>6} {'due':>7} {'events':>7} {'lost':>5} {'twice':>5}"
            f" {'rest':>6} {'all':>6}")  # fmt: skip
        for name in names:
            one(stage, name, short)
        stage.crowd.end()
        come_to_rest(stage)
        verdict, found = judge(stage, whole=True)
        report(stage, verdict, found, time.monotonic() - began)
    return 0 if verdict.sound else 1


def one(stage: Stage, name: str, short: bool) -> None:
    """One kind of fault, and what is true when everything has come to rest."""
    began, before = time.monotonic(), stage.faults
    stage.lot = random.Random(f"{stage.seed} {name}")  # the same whether alone or among others
    try:
        FAULTS[name](stage, short)
    except CannotGoOn as problem:
        stage.expect(str(problem), False)
    rest = come_to_rest(stage)
    verdict, _ = judge(stage, whole=False)
    seconds = time.monotonic() - began
    say(f"{name:<10} {stage.faults - before:>6} {verdict.due:>7} {verdict.events:>7}"
        f" {verdict.lost:>5} {verdict.doubled:>5} {rest:>5.1f}s {seconds:>5.1f}s")  # fmt: skip
    line = {
        "fault": name, "faults": stage.faults - before, "due": verdict.due,
        "events": verdict.events, "lost": verdict.lost, "doubled": verdict.doubled,
        "early": verdict.early, "rest_seconds": round(rest, 1), "seconds": round(seconds, 1),
    }  # fmt: skip
    print(json.dumps(line), flush=True)


def report(stage: Stage, verdict: Verdict, found: Counter[str], seconds: float) -> None:
    """What was found, in words where something is wrong, and the last line."""
    for note in stage.notes:
        say(note)
    for words in stage.untrue:
        say(f"untrue: {words}")
    for name, count in found.items():
        if count and name not in ("due", "events"):
            say(f"{name}: {count}")
    waits = sorted(stage.witness.waits)
    if waits:
        late = waits[min(len(waits) - 1, int(len(waits) * 0.95))]
        say(f"intake acknowledged: median {statistics.median(waits):.2f} s, p95 {late:.2f} s"
            f" while everything was breaking")  # fmt: skip
    runs = stage.one("SELECT count(*) FROM cases_sweeprun")
    broken = stage.one("SELECT count(*) FROM cases_sweeprun WHERE finished_at IS NULL")
    say(f"{runs} sweeps, {broken} of them never finished; {seconds:.0f} s, seed {stage.seed}")
    print(json.dumps({**asdict(verdict), "seconds": round(seconds, 1), "seed": stage.seed}))
    sys.stdout.flush()
