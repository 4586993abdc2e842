"""Which unit is responsible at a rung: by kind and level, for one place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from django.db import IntegrityError

from cases.rules.ladder import Ladder, holder_area_level, holding_rung
from grids.errors import WrongState
from grids.models import Area, Unit
from grids.models.area import STAMP_COLUMNS
from grids.roles import COLUMN_LEVELS, COORDINATING_KIND, Level
from grids.rows import read

IN_FORCE = ("case_place_in_force", "case_holder_in_force")


class UnitKey(NamedTuple):
    """A running unit without its names."""

    pk: int
    area_id: int
    kind_id: str


class Place(NamedTuple):
    """An area as far as registering a matter there needs it; the stamp columns come last."""

    pk: int
    tenant_id: int | None
    level: int
    path: str
    name: str
    city_id: int | None
    district_id: int | None
    township_id: int | None
    village_id: int | None
    grid_id: int | None
    microgrid_id: int | None
    stat_district_id: int | None

    @property
    def stamp(self) -> dict[str, int | None]:
        """The level columns of a case at this place."""
        return {column: getattr(self, column) for column in STAMP_COLUMNS}


U = TypeVar("U", Unit, UnitKey)


@dataclass(frozen=True, slots=True)
class PlaceUnits(Generic[U]):
    """The running units of a place's ancestors: (level, kind) → unit, and the levels present."""

    by_kind: Mapping[tuple[Level, str], U]
    present: frozenset[Level]

    def find(self, level: Level, kind: str) -> U:
        """The unit of ``kind`` at ``level``.

        A missing level is taken by the next one present upward; a level without that kind by
        its coordinating unit, then by the coordinating unit of the levels above; where the
        customer ends below, by the topmost it has (decisions.md 3). Raises ``WrongState`` when
        nothing is left: no case without a holder.
        """
        start = holder_area_level(level, self.present)
        if unit := self.by_kind.get((start, kind)):
            return unit
        upward = sorted((one for one in self.present if one <= start), reverse=True)
        downward = sorted(one for one in self.present if one > start)
        for nearest in upward + downward:
            if unit := self.coordinating(nearest):
                return unit
        raise WrongState("No unit is in charge of this place. Ask the administrator.")

    def level_of(self, unit: U) -> Level:
        """The level of the area a found unit stands at."""
        return next(level for (level, _), one in self.by_kind.items() if one.pk == unit.pk)

    def coordinating(self, level: Level) -> U | None:
        """The coordinating unit at exactly ``level``."""
        return self.by_kind.get((level, COORDINATING_KIND[level].value))


def units_of(area: Area) -> PlaceUnits[Unit]:
    """The units standing at ``area`` and above it; one query."""
    above = [pk for level in COLUMN_LEVELS if (pk := getattr(area, f"{level.column}_id"))]
    rows = read(Unit, "WHERE area_id = ANY(%s) AND valid_to IS NULL ORDER BY id DESC", [above])
    return by_level(area, rows)


def by_level(area: Area | Place, rows: Iterable[U]) -> PlaceUnits[U]:
    """``rows`` ordered by the level of ``area``'s path they stand at; of two of a kind the
    last one counts."""
    levels = {pk: level for level in COLUMN_LEVELS if (pk := getattr(area, f"{level.column}_id"))}
    found = {(levels[unit.area_id], unit.kind_id): unit for unit in rows if unit.area_id in levels}
    return PlaceUnits(found, frozenset(levels.values()))


@dataclass(frozen=True, slots=True)
class RungHolder:
    """Who is responsible after a moment of a ladder."""

    unit_id: int
    level: Level


def holders_of(ladder: Ladder, rungs: Iterable[int], units: PlaceUnits[U]) -> list[RungHolder]:
    """The holder at each rung index; a rung that only receives reports leaves the one below."""
    found = []
    for index in rungs:
        rung = ladder.rungs[holding_rung(ladder, index)]
        unit = units.find(rung.level, rung.unit_kind)
        found.append(RungHolder(unit.pk, units.level_of(unit)))
    return found


def out_of_date(error: IntegrityError) -> bool:
    """Whether the database refused a case because its place or holder has just been
    reorganised (``cases/reorganising.py``)."""
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    return constraint in IN_FORCE
