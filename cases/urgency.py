"""The urgent path: danger to people is passed on at once and never parked in a ladder.

Source: Protection of Minors Law (2024), Art. 11; People's Mediation Law, Art. 25.
"""

from datetime import datetime

from cases.holders import PlaceUnits, U
from cases.models import Case, CaseUnit
from grids.roles import Level, UnitKindCode


def take_in(case: Case, units: PlaceUnits[U], now: datetime) -> list[CaseUnit]:
    """Make the township's coordinating unit the holder and call in the police station.

    Returns the unsaved co-handling rows. Where there is no township, the next level up holds.
    """
    holder = units.find(Level.TOWNSHIP, UnitKindCode.GOVERNANCE_CENTRE.value)
    case.holder_unit_id, case.level = holder.pk, units.level_of(holder).value
    police = units.by_kind.get((Level.TOWNSHIP, UnitKindCode.POLICE_STATION.value))
    if police is None or police.pk == holder.pk:
        return []
    return [
        CaseUnit(
            case_id=case.pk, tenant_id=case.tenant_id, unit_id=police.pk, part="co_handler",
            since=now,
        )
    ]  # fmt: skip
