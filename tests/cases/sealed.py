"""What tests of sealed matters share: discipline organs with liaisons, and an accusation.

lian   liaison in 青石镇's discipline organ
jian   liaison in 湖滨区's discipline organ
"""

import itertools
from typing import Any

from cases import sealed_work, sealing
from cases.models import SealedMatter
from cases.rules.workflow import Kind
from grids.models import Unit, User
from grids.roles import Role, UnitKindCode
from grids.units import open_unit
from tests.cases.matters import draft
from tests.world import SINCE, World

JPEG = b"\xff\xd8\xff\xe0" + b"0" * 60
KEYS = itertools.count(1)
TEXT = "自然资源所收了两家的礼，量地不公。"
ADDRESS = "10.0.0.8"


def liaisons(world: World) -> None:
    """Open the discipline organs of 青石镇 and 湖滨区, each with a liaison."""
    for name, place in (("qingshi", world.qingshi), ("hubin", world.hubin)):
        unit = open_unit(
            area=place, kind=UnitKindCode.DISCIPLINE, name=f"{place.name}纪检监察机关",
            valid_from=SINCE,
        )  # fmt: skip
        setattr(world, f"{name}_discipline", unit)
    world.person("lian", Role.DISCIPLINE_LIAISON, world.qingshi_discipline)
    world.person("jian", Role.DISCIPLINE_LIAISON, world.hubin_discipline)


def accuse(
    world: World, unit: Unit | None, written: str = "", *, actor: User | None = None,
    uploads: Any = (), **values: Any,
) -> SealedMatter:  # fmt: skip
    """An accusation typed by the grid worker of 东河村第1网格."""
    told = draft(**{"kind": Kind.REQUEST, "text": "有人收礼，请查。"} | values)
    receipt = sealing.register(
        told, unit.pk if unit else None, written, actor=actor or world.gao,
        key=f"key-{next(KEYS)}", digest=b"body", uploads=uploads,
    )  # fmt: skip
    return receipt.matter


def opened(world: World, person: str, number: str) -> sealed_work.Opened:
    """The matter as ``person`` reads it at work."""
    return sealed_work.open_matter(world.people[person], number, "work", ADDRESS)
