"""Random runs through the life of an office: matters are registered, signed for, returned, ruled
on, transferred, raised and handed down, deadlines pass; people are posted, leave with and
without a successor, come back, ask that somebody stays away and are kept away; places are
moved, merged, split, renamed and closed. After every step:

* an open case has a running unit that is responsible for it, and a running deadline;
* everybody sees exactly what the plain rules of ``oracle`` let them see;
* nothing is left with a mediator who cannot see it;
* what a report said about an earlier moment or day it still says, tree and counts;
* the chain of events verifies.
"""

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from cases.rules.workflow import Verb
from tests.random_runs import oracle
from tests.random_runs.office import CAST, DONE, Office
from tests.world import World

# A nightly run asks for RANDOM_RUNS=100: longer lives, too.
RUNS = int(os.environ.get("RANDOM_RUNS", "12"))
STEPS = 20 if RUNS >= 100 else 8


def test_random_runs(cast: bytes, world: World) -> None:
    CAST[:] = [cast]
    run_state_machine_as_test(
        Office,
        settings=settings(
            max_examples=RUNS, stateful_step_count=STEPS, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    print(dict(DONE))
    if RUNS >= 100:  # so many runs have seen everything
        places = [DONE[f"places: {kind}"] for kind in ("move", "merge", "new", "rename", "split")]
        assert min(places) > 0
        assert min(DONE[one.value] for one in (Verb.RULE, Verb.RECUSE, Verb.DENY_RECUSAL)) > 0
        assert min(DONE["a successor"], DONE["no successor"], DONE[Verb.TRANSFER.value]) > 0


def test_the_oracle_walks_upward(world: World) -> None:
    found = oracle.Plain().upward(world.donghe1a.pk)
    assert found[:3] == [world.donghe1a.pk, world.donghe1.pk, world.donghe.pk]
