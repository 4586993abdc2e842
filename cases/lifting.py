"""A dispute with a village cadre starts at the township, never at the village.

The case is stamped with no place below the township: no list, search, count or queue of the
village has it, without a condition of its own. The village is named in words for those who
work on it.
"""

from cases.holders import Place
from grids.errors import BadInput
from grids.models import Area
from grids.roles import Level

ABOVE = (Level.TOWNSHIP, Level.DISTRICT, Level.CITY)  # where it starts, the nearest first


def lifted(place: Place) -> Place:
    """``place`` or, below the township, the township it lies in (or the next level present)."""
    if place.level <= Level.TOWNSHIP:
        return place
    for level in ABOVE:
        pk = getattr(place, f"{level.column}_id")
        if pk:
            head, found, _rest = f".{place.path}".partition(f".{pk}.")
            return place._replace(
                pk=pk, level=level.value, path=f"{head}{found}".removeprefix("."), name="",
                village_id=None, grid_id=None, microgrid_id=None,
            )  # fmt: skip
    raise BadInput("No unit is in charge of this place. Ask the administrator.", field="area")


def said(place: Place, words: str) -> str:
    """The place below the township in words, before what was told of it; 120 characters."""
    below = [pk for pk in (place.village_id, place.grid_id, place.microgrid_id) if pk]
    names = Area.objects.filter(pk__in=below).order_by("level").values_list("name", flat=True)
    return " ".join([*names, words]).strip()[:120]
