"""Where the demonstration plays: the real trees, and two towns that do not exist."""

from dataclasses import dataclass
from pathlib import Path

from django.db.models import F, Value
from django.db.models.fields import CharField
from django.db.models.functions import Cast, Concat, LPad, Mod

from grids import tree
from grids.gridfile import import_grids
from grids.importing import SEED, Edition, import_areas
from grids.models import Area, Unit
from grids.roles import Level, UnitKindCode
from grids.units import open_missing, open_unit

HERE = Path(__file__).resolve().parent
DISTRICT = "410902000000"  # 华龙区: the invented towns lie in it
OTHER_DISTRICT = "621102000000"  # 安定区: the neighbour at district level
TOWN, NEXT_TOWN = "青石镇", "柳林镇"
VILLAGES = {  # invented: village, number of grids
    TOWN: {"东河村": 4, "石桥村": 3, "南塘村": 3, "榆树湾村": 2, "向阳社区": 4, "和平社区": 3},
    NEXT_TOWN: {"渡口村": 3, "白杨村": 2, "河湾村": 2, "新街社区": 3},
}
MICROGRIDS = ("东河村", 1, 2)  # village, grid, how many
# Units of 青石镇 beside the standard ones, with the categories they work on or advise in.
EXTRA_UNITS: dict[str, tuple[UnitKindCode, frozenset[str]]] = {
    "青石镇自然资源所": (UnitKindCode.DEPARTMENT, frozenset({"D03", "D07", "D08"})),
    "青石镇社会事务办公室": (UnitKindCode.DEPARTMENT, frozenset({"E02", "D01"})),
    "青石镇市政环卫站": (UnitKindCode.DEPARTMENT, frozenset({"E03", "E03.1", "E04", "D09"})),
    "青石安居物业服务部": (UnitKindCode.PROPERTY_COMPANY, frozenset({"E05", "D14"})),
}


COMPLAINED_ABOUT = "青石镇市政环卫站"  # by the sealed matter of the demonstration


@dataclass(frozen=True, slots=True)
class Places:
    """The places the rest of the demonstration needs by name."""

    district: Area
    other_district: Area
    town: Area
    next_town: Area

    def village(self, name: str) -> Area:
        """An invented village by its name."""
        return Area.objects.current().get(parent__in=[self.town, self.next_town], name=name)


def build() -> Places:
    """Import the real trees with some grids, found the invented towns, open their units."""
    edition = Edition()
    import_areas(
        SEED / "areas_seed.csv", edition,
        zones=SEED / "functional_zones.csv", tenants=SEED / "tenants.csv",
    )  # fmt: skip
    import_grids(HERE / "grids.csv", edition, since=edition.valid_from)
    district = Area.objects.current().get(code=DISTRICT)
    towns = {name: town(district, name, edition) for name in VILLAGES}
    for name, (kind, _) in EXTRA_UNITS.items():
        area = towns[TOWN]
        government = area.units.get(kind_id=UnitKindCode.GOVERNMENT.value)
        open_unit(
            area=area, kind=kind.value, name=name, valid_from=edition.valid_from,
            government=government if kind == UnitKindCode.DEPARTMENT else None,
        )  # fmt: skip
    for area in (district, towns[TOWN]):  # who receives what is told about officials
        open_unit(
            area=area, kind=UnitKindCode.DISCIPLINE.value, name=f"{area.name}纪检监察机关",
            valid_from=edition.valid_from,
        )  # fmt: skip
    invent_phones()
    return Places(
        district, Area.objects.current().get(code=OTHER_DISTRICT), towns[TOWN], towns[NEXT_TOWN]
    )


def town(district: Area, name: str, edition: Edition) -> Area:
    """An invented town of ``district``: villages, grids, micro-grids, each with its units."""
    since = edition.valid_from
    found = Area(parent=district, level=Level.TOWNSHIP, name=name, valid_from=since)
    places = [found]
    for village_name, grids in VILLAGES[name].items():
        village = Area(parent=found, level=Level.VILLAGE, name=village_name, valid_from=since)
        places.append(village)
        for number in range(1, grids + 1):
            grid = Area(
                parent=village, level=Level.GRID, name=f"第{number}网格", number=str(number),
                households=150 + 17 * number, kind="", valid_from=since,
                tenant_id=district.tenant_id,
            )  # fmt: skip
            places.append(grid)
            if (village_name, number) == MICROGRIDS[:2]:
                places += [
                    Area(
                        parent=grid, level=Level.MICROGRID, name=f"第{part}微网格",
                        number=str(part), households=40, kind="", valid_from=since,
                        tenant_id=district.tenant_id,
                    )
                    for part in range(1, MICROGRIDS[2] + 1)
                ]  # fmt: skip
    for place in places:
        tree.check(place)
    tree.plant(places)
    open_missing(places)
    return found


def invent_phones() -> None:
    """Give every unit an office number that cannot exist: there is no area code 0000."""
    number = LPad(Cast(Mod(F("id"), 100_000), CharField()), 5, Value("0"))
    Unit.objects.filter(phone="").update(phone=Concat(Value("0000-88"), number))
