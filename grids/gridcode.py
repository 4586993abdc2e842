"""Codes of grids: the twelve digits of the village and a serial of three, never given twice.

A micro-grid adds two digits to its grid. Where the village has no official code, its grids
have none either. Source: the usual fifteen digits of grid codes (docs/glossary.md).
"""

import re
from collections.abc import Sequence

from grids.errors import BadInput
from grids.models import Area
from grids.roles import Level

SYSTEM = "GRID"
VILLAGE_CODE = re.compile("[0-9]{12}")
SERIAL = {Level.GRID: 3, Level.MICROGRID: 2}  # digits behind the code of the place above


def give_codes(areas: Sequence[Area]) -> None:
    """Give each unsaved grid or micro-grid of ``areas`` a code of its own, parents first.

    A grid's own number is its serial while that is free. Serials of closed grids stay taken.
    The parents are locked or new, so nobody else hands out the same serial. Raises
    ``BadInput`` when a village has more grids than serials.
    """
    heads = {code for area in areas if area.parent and (code := _village_code(area.parent))}
    taken: set[str] = set()
    if heads:
        pattern = f"^({'|'.join(sorted(heads))})"
        rows = Area.objects.filter(code_system=SYSTEM, code__regex=pattern)
        taken = set(rows.values_list("code", flat=True))
    for area in sorted(areas, key=lambda one: one.level):
        above = area.parent
        if above is None or not _head(above):
            continue
        area.code = _free(area, _head(above), taken)
        area.code_system, area.code_year = SYSTEM, above.code_year
        taken.add(area.code)


def _village_code(parent: Area) -> str:
    """The code of the village that ``parent`` is or lies in; empty when it has none."""
    village = parent if parent.level == Level.VILLAGE else parent.parent
    return _head(village) if village is not None else ""


def _head(place: Area) -> str:
    """The digits a code below ``place`` begins with."""
    if place.level == Level.VILLAGE:
        return place.code if VILLAGE_CODE.fullmatch(place.code) else ""
    return place.code if place.code_system == SYSTEM else ""


def _free(area: Area, head: str, taken: set[str]) -> str:
    digits = SERIAL[Level(area.level)]
    own = area.number.rsplit("-", 1)[-1]
    wish = [int(own)] if own.isascii() and own.isdecimal() and len(own) <= digits else []
    for serial in [*wish, *range(1, 10**digits)]:
        code = f"{head}{serial:0{digits}}"
        if serial and code not in taken:
            return code
    raise BadInput("All serial numbers of this place are taken.", field="number")
