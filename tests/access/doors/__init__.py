"""One precise test for every gate of the product: what it keeps out, seen at its own door.

A door is a plain test named for the call it guards, ``file function gate``. It passes while
the gate is there and fails once the gate is left open; tests/access/test_gates.py runs each
both ways, and fails for a gate that has no door.
"""

from collections.abc import Callable

from tests.world import World

Door = Callable[[World], None]
DOORS: dict[str, Door] = {}


def guards(*names: str) -> Callable[[Door], Door]:
    """The calls a door is for; ``file function`` alone stands for ``visible_to``."""

    def noted(door: Door) -> Door:
        for name in names:
            full = name if len(name.split()) > 2 else f"{name} visible_to"
            assert full not in DOORS, f"{full} has a door"
            DOORS[full] = door
        return door

    return noted
