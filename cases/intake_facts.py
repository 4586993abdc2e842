"""What one registration needs to know, read in one round trip (jieyou_intake_facts)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from cases.holders import Place, PlaceUnits, UnitKey, by_level
from cases.policies import LADDER, InForce, Written, nearest
from grids.models import User
from grids.models.staff import post_from
from grids.roles import UNIT_ROLES

WORKING = [role.value for role in UNIT_ROLES]


@dataclass(frozen=True, slots=True)
class Facts:
    """The place with its units and policies, fresh keys, the database's now.

    ``area`` None: no such place today. ``known``: number and body digest of the case already
    registered under the same key.
    """

    now: datetime
    area: Place | None
    prefix: str
    serial: int
    case_id: int
    clock_id: int
    party_ids: list[int]
    known: tuple[str, bytes] | None
    raw: dict[str, Any]

    def units(self, area: Place) -> PlaceUnits[UnitKey]:
        """The running units at the place and above."""
        return by_level(area, [UnitKey._make(row) for row in self.raw["units"] or []])

    def policies(self, area: Place) -> InForce:
        """The ladder of disputes and the limits in force at the place today."""
        return nearest(area, [Written._make(row) for row in self.raw["policies"] or []])


def facts_for(actor: User, area_id: int | None, scope: str, key: str, parties: int) -> Facts:
    """Everything the registration of a matter by ``actor`` at ``area_id`` needs.

    Without ``area_id`` the place is that of the actor's closest working post. The postings
    come along and become ``actor.posts``.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM jieyou_intake_facts(%s, %s, %s, %s, %s, %s, %s)",
            [actor.pk, WORKING, LADDER, area_id, scope, key, parties],
        )
        now, raw = cursor.fetchone()
    if actor.is_active:
        actor.posts = [post_from(row) for row in raw["posts"] or []]
    place, known = raw["area"], raw["known"]
    return Facts(
        now=now, area=Place._make(place) if place else None, prefix=raw["prefix"] or "",
        serial=raw["serial"], case_id=raw["case"], clock_id=raw["clock"], party_ids=raw["parties"],
        known=(known[0], bytes.fromhex(known[1])) if known else None, raw=raw,
    )  # fmt: skip
