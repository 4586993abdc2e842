"""Each gate taken out in turn: its door must notice, and nothing else may have to."""

import inspect
import pickle
import re
from importlib import import_module
from pkgutil import iter_modules

import pytest
from _pytest.outcomes import Failed
from django.db import transaction

from grids.errors import BrokenRule
from tests.access import doors
from tests.access.gates import Call, calls, gated, watched
from tests.architecture.source import project
from tests.world import World

for found in iter_modules(doors.__path__):
    import_module(f"{doors.__name__}.{found.name}")
DOORS = doors.DOORS
pytestmark = pytest.mark.slow  # once in a run of everything, not again on the second database
NOTICED = (AssertionError, BrokenRule, Failed)


def test_every_gate_has_its_door_and_every_door_its_gate() -> None:
    names = [str(call) for call in calls()]
    assert sorted(set(names) - set(DOORS)) == []
    assert sorted(set(DOORS) - set(names)) == []
    assert len(names) == len(set(names)) > 60
    assert imported_powers() == [], "write powers.governs: the gate is found by that"


def imported_powers() -> list[str]:
    """Files that import a power by its name."""
    powers = "|".join(name for kind, name in gated() if inspect.ismodule(kind))
    line = re.compile(rf"^from grids\.powers import .*\b({powers})\b", re.MULTILINE)
    return [source.path for source in project() if line.search(source.text)]


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
