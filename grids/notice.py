"""The public notice of a grid: what residents may know, and nothing else about people.

Name, boundary, who works there, whom to call with a complaint about it (滨州市社会治理网格化
服务管理条例 Art 6). No personal phone, no account, no household, no matter.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from grids import outline, qr
from grids.errors import NotVisible
from grids.models import Area, Posting, Unit
from grids.roles import Level, Role, UnitKindCode

# Whose phone is answered when something is wrong with a grid: the township's, else the next
# one above.
SUPERVISORS = (UnitKindCode.GOVERNANCE_CENTRE.value, UnitKindCode.GOVERNMENT.value)
LONG, ENDLESS = 120, 600  # characters of a boundary from which a sheet takes smaller letters


@dataclass(frozen=True, slots=True)
class Notice:
    """One grid as it is posted."""

    area: Area
    place: str  # village and township
    name: str
    boundary: str
    workers: list[str]
    office: str
    phone: str
    address: str
    qr: SafeString
    outline: SafeString

    @property
    def size(self) -> str:
        """The class of letters that keeps the sheet within one page."""
        length = len(self.boundary) + 30 * self.boundary.count("\n")
        return "" if length <= LONG else "long" if length <= ENDLESS else "endless"


def posted(public_id: uuid.UUID) -> Area:
    """The current grid or micro-grid of a public address; raises ``NotVisible``."""
    rows = Area.objects.current().filter(level__gte=Level.GRID, tenant__isnull=False)
    area = rows.select_related("village", "township", "grid").filter(public_id=public_id).first()
    if area is None:
        raise NotVisible("There is no such grid.")
    return area


def path(area: Area) -> str:
    """The public address of a grid without the host."""
    return reverse("grids:notice", args=[area.public_id])


def sheets(areas: Iterable[Area], address: Callable[[Area], str]) -> list[Notice]:
    """The notices of ``areas``, loaded with village, township and grid; three queries."""
    found = list(areas)
    names = workers(found)
    offices = supervision(found)
    return [
        Notice(
            area=area,
            place="".join(str(one) for one in (area.township, area.village) if one),
            name=full_name(area),
            boundary=area.boundary,
            workers=names.get(area.pk, []),
            office=offices[area.pk].name if area.pk in offices else "",
            phone=offices[area.pk].phone if area.pk in offices else "",
            address=address(area),
            qr=qr.svg(address(area), _("QR code of this notice")),
            outline=outline.svg(area.boundary_geojson, _("Outline of the grid, north is up"))
            if area.map_approval
            else SafeString(""),
        )
        for area in found
    ]


def full_name(area: Area) -> str:
    """A micro-grid with the grid it lies in."""
    inner = area.level == Level.MICROGRID and area.grid is not None
    return f"{area.grid} {area.name}" if inner else area.name


def workers(areas: Iterable[Area]) -> dict[int, list[str]]:
    """The names of who works as grid worker today, by area."""
    rows = (
        Posting.objects.running()
        .filter(area__in=[area.pk for area in areas], role=Role.GRID_WORKER.value)
        .filter(user__is_active=True)
        .select_related("user")
        .order_by("started_on", "pk")
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        listed = found.setdefault(row.area_id, [])
        if row.user.display_name not in listed:
            listed.append(row.user.display_name)
    return found


def supervision(areas: Iterable[Area]) -> dict[int, Unit]:
    """The nearest office above each grid, from the township up, that has a phone."""
    chains = {area.pk: [area.township_id, area.district_id, area.city_id] for area in areas}
    ids = {pk for chain in chains.values() for pk in chain if pk}
    rows = Unit.objects.current().filter(area__in=ids, kind__in=SUPERVISORS).exclude(phone="")
    by_place: dict[int, Unit] = {}
    for unit in sorted(rows, key=lambda one: SUPERVISORS.index(one.kind_id), reverse=True):
        by_place[unit.area_id] = unit
    return {
        pk: next(by_place[place] for place in chain if place in by_place)
        for pk, chain in chains.items()
        if any(place in by_place for place in chain)
    }
