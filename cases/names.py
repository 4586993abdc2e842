"""What units and places are called: public words, kept in the process for a short while.

A page of a queue names some sixty units and places, and they change a few times a year.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cases.queues import Line
from grids.prepared import ask
from grids.roles import Level

KEEP = 30.0  # seconds until a new name is seen by every process
MOST = 50_000  # names kept; beyond, the shelf begins anew


@dataclass(slots=True)
class Shelf:
    """Names read so far, by id; the places right below others as (path, id, name)."""

    units: dict[int, str] = field(default_factory=dict)
    areas: dict[int, str] = field(default_factory=dict)
    below: dict[int, list[tuple[str, int, str]]] = field(default_factory=dict)
    begun: float = field(default_factory=time.monotonic)

    def worn(self) -> bool:
        old = time.monotonic() - self.begun > KEEP
        return old or len(self.units) + len(self.areas) > MOST


KEPT: list[Shelf] = []  # at most one


@dataclass(frozen=True, slots=True)
class Names:
    """Units and places by id, and the places right below some others."""

    units: Mapping[int, str]
    areas: Mapping[int, str]
    below: Mapping[int, str]

    def place(self, line: Line, under: Level) -> str:
        """The names of a line's place that lie below a level, largest first."""
        get = self.areas.get
        names = []
        if under < Level.TOWNSHIP and line.township_id:
            names.append(get(line.township_id, ""))
        if under < Level.VILLAGE and line.village_id:
            names.append(get(line.village_id, ""))
        if under < Level.GRID and line.grid_id:
            names.append(get(line.grid_id, ""))
        return " ".join(filter(None, names)) or get(line.area_id, "")


SQL = """
SELECT 'u', id, name, '', NULL::bigint FROM grids_unit WHERE id = ANY(%s)
UNION ALL SELECT 'a', id, name, '', NULL::bigint FROM grids_area WHERE id = ANY(%s)
UNION ALL SELECT 'b', id, name, path, parent_id FROM grids_area
          WHERE parent_id = ANY(%s) AND valid_to IS NULL
"""


def names_of(lines: Iterable[Line], parents: Iterable[int] = ()) -> Names:
    """The names the lines of a page need, and the places right below ``parents`` in the order
    of the tree; one statement when one of them is not known yet."""
    shelf = current()
    units: set[int] = set()
    areas: set[int] = set()
    for line in lines:
        if line.holder_unit_id:
            units.add(line.holder_unit_id)
        areas.update((line.area_id, line.township_id or 0, line.village_id or 0, line.grid_id or 0))
    parents = set(parents)
    areas.discard(0)
    units -= shelf.units.keys()
    areas -= shelf.areas.keys()
    unread = parents - shelf.below.keys()
    if units or areas or unread:
        read(shelf, units, areas, unread)
    below = sorted(child for parent in parents for child in shelf.below[parent])
    return Names(shelf.units, shelf.areas, {pk: name for _path, pk, name in below})


def current() -> Shelf:
    """The shelf, a new one when the old one is worn."""
    kept = KEPT[:]
    if not kept or kept[0].worn():
        kept = KEPT[:] = [Shelf()]
    return kept[0]


def read(shelf: Shelf, units: set[int], areas: set[int], parents: set[int]) -> None:
    below: dict[int, list[tuple[str, int, str]]] = {parent: [] for parent in parents}
    for sort, pk, name, path, parent in ask(SQL, [list(units), list(areas), list(parents)]):
        if sort == "u":
            shelf.units[pk] = name
        elif sort == "a":
            shelf.areas[pk] = name
        else:
            below[parent].append((path, pk, name))
    shelf.below.update(below)
