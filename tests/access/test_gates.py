"""Each gate taken out in turn: its door must notice, and nothing else may have to."""

import pickle

import pytest
from _pytest.outcomes import Failed
from django.db import transaction

from grids.errors import BrokenRule
from tests.access.doors import DOORS, cases, governance, grids, pages  # noqa: F401 - fill DOORS
from tests.access.gates import Call, calls, watched
from tests.world import World

NOTICED = (AssertionError, BrokenRule, Failed)


def test_every_gate_has_its_door_and_every_door_its_gate() -> None:
    names = [str(call) for call in calls()]
    assert sorted(set(names) - set(DOORS)) == []
    assert sorted(set(DOORS) - set(names)) == []
    assert len(names) == len(set(names)) > 60


@pytest.mark.parametrize("call", calls(), ids=str)
def test_a_removed_gate_is_noticed_at_its_door(cast: bytes, world: World, call: Call) -> None:
    door, passed = DOORS[str(call)], []

    def note(file: str, end: tuple[int, int], *, opening: bool = False) -> bool:
        here = (file, end) == (call.file, call.end)
        passed.append(here)
        return here and opening

    with transaction.atomic(), watched(note):
        door(world)
        transaction.set_rollback(True)
    assert any(passed), f"the door does not pass {call}"
    with (
        pytest.raises(NOTICED),
        transaction.atomic(),
        watched(lambda file, end: note(file, end, opening=True)),
    ):
        door(pickle.loads(cast))
