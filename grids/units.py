"""Units: opening them, and the set every place of a level has, with their superiors."""

from collections.abc import Sequence
from datetime import date

from django.db import IntegrityError, transaction

from grids import plaintext
from grids.errors import BadInput
from grids.models import Area, Unit, UnitKind, UnitRelation
from grids.roles import COORDINATING_KIND, AreaKind, Level, UnitKindCode

K = UnitKindCode

STANDARD_KINDS: dict[Level, tuple[UnitKindCode, ...]] = {
    Level.CITY: (K.GOVERNANCE_CENTRE, K.GOVERNMENT, K.PETITION_OFFICE),
    Level.DISTRICT: (K.GOVERNANCE_CENTRE, K.GOVERNMENT, K.PETITION_OFFICE),
    Level.TOWNSHIP: (K.GOVERNANCE_CENTRE, K.GOVERNMENT, K.JUSTICE_OFFICE, K.POLICE_STATION),
    Level.VILLAGE: (K.VILLAGE_COMMITTEE, K.MEDIATION_COMMITTEE),
    Level.GRID: (K.GRID_TEAM,),
    Level.MICROGRID: (K.GRID_TEAM,),
}
# Superiors: (line, the superior's kind, whether the same area counts). The nearest is taken.
# The justice office guides mediation, the village committee sets its committee up
# (人民调解法 Arts 5, 8).
SUPERIORS: dict[UnitKindCode, tuple[tuple[str, UnitKindCode, bool], ...]] = {
    K.VILLAGE_COMMITTEE: (("government", K.GOVERNMENT, False),),
    K.MEDIATION_COMMITTEE: (
        ("business", K.JUSTICE_OFFICE, False),
        ("government", K.VILLAGE_COMMITTEE, True),
    ),
    K.GOVERNANCE_CENTRE: (("government", K.GOVERNMENT, True),),
    K.GOVERNMENT: (("government", K.GOVERNMENT, False),),
    K.JUSTICE_OFFICE: (("government", K.GOVERNMENT, True),),
    K.POLICE_STATION: (("government", K.GOVERNMENT, True),),
    K.PETITION_OFFICE: (
        ("business", K.PETITION_OFFICE, False),
        ("government", K.GOVERNMENT, True),
    ),
}
REFUSALS = {
    "unit_single_kind_once_per_area": ("kind", "There is such a unit there already."),
    "unit_name_once_per_area": ("name", "This name is taken there."),
}

Found = dict[tuple[int, str], Unit]  # (area id, kind) to the unit of that kind there


def open_unit(
    *,
    area: Area,
    kind: str,
    name: str,
    valid_from: date,
    phone: str = "",
    government: Unit | None = None,
    business: Unit | None = None,
) -> Unit:
    """Open a unit at ``area``, below ``government`` (同级政府) and ``business`` (业务上级).

    Raises ``BadInput`` naming the field.
    """
    if area.tenant_id is None:
        raise BadInput("This place belongs to no customer.", field="area")
    if area.valid_to is not None:
        raise BadInput("%(area)s no longer exists.", field="area", area=area.name)
    if not UnitKind.objects.filter(pk=str(kind), valid_to=None).exists():
        raise BadInput("This kind of unit does not exist.", field="kind")
    unit = Unit(
        tenant_id=area.tenant_id,
        area=area,
        kind_id=str(kind),
        name=plaintext.line(name, "name", longest=80),
        phone=plaintext.line(phone, "phone", longest=20, required=False),
        valid_from=valid_from,
    )
    superiors = {"government": government, "business": business}
    for line, superior in superiors.items():
        if superior is not None and superior.tenant_id != unit.tenant_id:
            raise BadInput("A superior belongs to the same customer.", field=line)
    try:
        with transaction.atomic():
            unit.save(force_insert=True)
            UnitRelation.objects.bulk_create(
                UnitRelation(unit=unit, superior=superior, line=line, valid_from=valid_from)
                for line, superior in superiors.items()
                if superior is not None
            )
    except IntegrityError as error:
        _refuse(error)
    return unit


def _refuse(error: IntegrityError) -> None:
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    if constraint not in REFUSALS:
        raise error
    field, message = REFUSALS[constraint]
    raise BadInput(message, field=field) from error


def standard_units(area: Area) -> list[Unit]:
    """Open the units that ``area`` and every place below it must have; those opened now."""
    return open_missing(list(Area.objects.within(area).current().order_by("path")))


@transaction.atomic
def open_missing(places: Sequence[Area]) -> list[Unit]:
    """Open the standard units that ``places`` lack, with their superiors; those opened now.

    Set-based and idempotent: kinds a place has already are left alone. Places above every
    customer get none.
    """
    paths = [place.path.split(".")[:-1] for place in places]
    ids = {int(part) for path in paths for part in path}
    everywhere = {place.pk: place for place in places}
    everywhere |= Area.objects.in_bulk(ids - everywhere.keys())
    found: Found = {}
    for unit in Unit.objects.current().filter(area__in=ids).order_by("id"):
        found.setdefault((unit.area_id, unit.kind_id), unit)
    opened = _missing(places, found)
    Unit.objects.bulk_create(opened, batch_size=1000)
    relations = [relation for unit in opened for relation in _superiors(unit, everywhere, found)]
    UnitRelation.objects.bulk_create(relations, batch_size=2000)
    return opened


def _missing(places: Sequence[Area], found: Found) -> list[Unit]:
    """Unsaved standard units that ``places`` lack; they are added to ``found``."""
    opened = []
    for place in places:
        for kind in STANDARD_KINDS.get(Level(place.level), ()):
            if place.tenant_id is None or (place.pk, kind.value) in found:
                continue
            unit = Unit(
                tenant_id=place.tenant_id,
                area=place,
                kind_id=kind.value,
                name=standard_name(kind, place.name, Level(place.level), place.kind),
                valid_from=place.valid_from,
            )
            found[(place.pk, kind.value)] = unit
            opened.append(unit)
    return opened


def _superiors(unit: Unit, places: dict[int, Area], found: Found) -> list[UnitRelation]:
    """The lines that lead up from a newly opened standard unit."""
    kind = UnitKindCode(unit.kind_id)
    chain = [int(part) for part in reversed(unit.area.path.split(".")[:-1])]
    lines: list[tuple[str, Unit]] = []
    if unit.coordinating:  # each coordinating unit reports to the next one above
        for area_id in chain[1:]:
            wanted = COORDINATING_KIND.get(Level(places[area_id].level))
            if wanted is not None and (area_id, wanted.value) in found:
                lines.append(("business", found[(area_id, wanted.value)]))
                break
    for line, wanted, here in SUPERIORS.get(kind, ()):
        nearest = (found.get((area_id, wanted.value)) for area_id in chain[0 if here else 1 :])
        superior = next(filter(None, nearest), None)
        if superior is not None:
            lines.append((line, superior))
    return [
        UnitRelation(unit=unit, superior=superior, line=line, valid_from=unit.valid_from)
        for line, superior in lines
    ]


# --- names of standard units, in Chinese: they are names, not words of the interface ----
PLAIN_NAME = {
    K.GOVERNANCE_CENTRE: "综治中心",
    K.JUSTICE_OFFICE: "司法所",
    K.POLICE_STATION: "派出所",
    K.PETITION_OFFICE: "信访局",
}
# The endings of the official list of villages and what the committee is called in full.
COMMITTEE_ENDINGS = (
    ("村民委员会", "村", "民委员会"),
    ("村委会", "村", "民委员会"),
    ("居民委员会", "", "居民委员会"),
    ("居委会", "", "居民委员会"),
)


def standard_name(kind: UnitKindCode, name: str, level: Level, area_kind: str) -> str:
    """What the standard unit of ``kind`` is called at a place called ``name``.

    鸿山社区居委会 has 鸿山社区居民委员会 and 鸿山社区人民调解委员会; 青石镇 has
    青石镇人民政府, 厦港街道 has 厦港街道办事处, a functional zone a 管理委员会.
    """
    if kind == K.GRID_TEAM:
        return name
    if kind in (K.VILLAGE_COMMITTEE, K.MEDIATION_COMMITTEE):
        place, committee = _village(name)
        if kind == K.VILLAGE_COMMITTEE:
            return committee
        return f"{place}人民调解委员会"
    if kind == K.GOVERNMENT:
        return name + _seat(name, level, area_kind)
    return name + PLAIN_NAME[kind]


def _village(name: str) -> tuple[str, str]:
    """The bare place and its committee in full: 东河村 and 东河村村民委员会."""
    for ending, kept, committee in COMMITTEE_ENDINGS:
        if name.endswith(ending) and len(name) > len(ending):
            bare = name.removesuffix(ending)
            # 秦屯村村民委员会 lies in 秦屯村, 秦屯村委会 too.
            place = bare if kept and bare.endswith(kept) else bare + kept
            full = bare + kept + committee
            # A residents' committee without 社区 in its name keeps the word committee.
            return (place if place.endswith(("村", "社区")) else f"{place}居委会", full)
    return name, f"{name}{'村民' if name.endswith('村') else '居民'}委员会"


def _seat(name: str, level: Level, area_kind: str) -> str:
    if area_kind == AreaKind.FUNCTIONAL_ZONE:
        return "管理委员会"
    if level == Level.TOWNSHIP and name.endswith("街道"):
        return "办事处"
    if level == Level.TOWNSHIP and not name.endswith(("镇", "乡", "苏木")):
        return "管理委员会"  # farms, parks and other bodies counted as a township
    return "人民政府"
