"""Which discipline organ receives a sealed matter: the liaison above the unit it is about.

Never the unit itself, never its level or below while somebody stands above, never a liaison
whom the matter names.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from cases.rules.sealing import HOTLINE
from grids.errors import BadInput
from grids.models import Area, Posting, Unit
from grids.roles import Level, Role, UnitKindCode

SHORTEST_NAME = 2  # a single character is no name to look for in a text
LONGEST_ABOUT = 120


@dataclass(frozen=True, slots=True)
class About:
    """Whom a matter is about: a unit of the list, or written words; ``area`` is its place."""

    area: Area
    unit: Unit | None = None
    written: str = ""

    @property
    def level(self) -> Level:
        """The level to stay above. Of written words only the place is known, not the level: the
        matter goes past the townships."""
        return Level(self.unit.area.level) if self.unit else Level.TOWNSHIP


@dataclass(frozen=True, slots=True)
class Route:
    """The organ that receives, its liaisons, and the liaisons who are kept out."""

    unit: Unit
    liaisons: tuple[int, ...]
    excluded: tuple[int, ...]
    listed: bool


def about_from(tenant_id: int, area: Area, unit_id: int | None, written: str) -> About:
    """Whom the form or body names; raises ``BadInput`` at ``unit`` unless somebody is."""
    written = written.strip()
    if unit_id is None and not written:
        raise BadInput("Choose or write which unit it is about.", field="unit")
    if len(written) > LONGEST_ABOUT:
        raise BadInput("At most %(most)s characters.", field="about", most=LONGEST_ABOUT)
    if unit_id is None:
        return About(area, None, written)
    unit = Unit.objects.select_related("area").filter(pk=unit_id, tenant_id=tenant_id).first()
    if unit is None:
        raise BadInput("Choose a unit from the list.", field="unit")
    return About(unit.area, unit, written)


def route(about: About, texts: Iterable[str]) -> Route:
    """The closest organ above with a liaison whom ``texts`` do not name.

    Where the topmost level itself is meant and nobody stands above, the district's own organ
    receives, unless it is the unit complained about. Raises ``BadInput`` at ``unit`` with a
    phone number when nobody can; the caller has written nothing yet.
    """
    found = liaisons(about.area)
    told = "\n".join(texts)
    excluded = {row.user_id for row in found if is_named(row, about, told)}
    free = [row for row in found if row.user_id not in excluded]
    above = [row for row in free if row.unit.area.level < about.level]
    listed = bool(above)
    if not above:
        above = [row for row in free if row.unit.area.level <= Level.DISTRICT]
    if not above:
        raise nobody(about)
    unit = max(above, key=lambda row: (row.unit.area.level, -row.unit_id)).unit
    people = {row.user_id for row in above if row.unit_id == unit.pk}
    return Route(unit, tuple(sorted(people)), tuple(sorted(excluded)), listed)


def liaisons(area: Area) -> list[Posting]:
    """The running posts of discipline liaisons at ``area`` and every place above it."""
    over = [int(part) for part in area.path.split(".") if part]
    rows = Posting.objects.running().filter(
        role=Role.DISCIPLINE_LIAISON.value, unit__area__in=over, user__is_active=True
    )
    return list(rows.select_related("user", "unit", "unit__area"))


def is_named(row: Posting, about: About, told: str) -> bool:
    """Whether a liaison serves in the unit complained about or is named in the words."""
    name = row.user.display_name
    if about.unit is not None and row.unit_id == about.unit.pk:
        return True
    return len(name) >= SHORTEST_NAME and name in f"{told}\n{about.written}"


def nobody(about: About) -> BadInput:
    """The refusal that loses nothing and says whom to phone."""
    return BadInput(
        "No discipline liaison can receive this here. Nothing was saved and nothing is lost: "
        "please phone %(phone)s.",
        field="unit", phone=phone_above(about),
    )  # fmt: skip


def phone_above(about: About) -> str:
    """The discipline organ's phone above the place, else the national number."""
    over = [int(part) for part in about.area.path.split(".") if part]
    rows = Unit.objects.current().filter(area__in=over, kind_id=UnitKindCode.DISCIPLINE.value)
    rows = rows.exclude(phone="").exclude(pk=about.unit.pk if about.unit else 0)
    row = rows.order_by("area__level").first()
    return f"{row.phone} · {HOTLINE}" if row else HOTLINE
