"""What one registration needs to know, read in one round trip (jieyou_intake_facts)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection

from cases.holders import PlaceUnits, by_level
from cases.models import Policy
from cases.policies import InForce, nearest
from grids.models import Area, Unit, User
from grids.models.area import STAMP_COLUMNS
from grids.models.staff import post_from
from grids.roles import UNIT_ROLES

WORKING = [role.value for role in UNIT_ROLES]
NEEDED = {"id", "tenant_id", "level", "path", "name", *STAMP_COLUMNS}
# In the order of the model, as ``from_db`` wants them.
AREA_FIELDS = [field.attname for field in Area._meta.concrete_fields if field.attname in NEEDED]


@dataclass(frozen=True, slots=True)
class Facts:
    """The place with its units and policies, fresh keys, the database's now.

    ``area`` None: no such place today. ``known``: number and body digest of the case already
    registered under the same key.
    """

    now: datetime
    area: Area | None
    prefix: str
    serial: int
    case_id: int
    clock_id: int
    party_ids: list[int]
    known: tuple[str, bytes] | None
    raw: dict[str, Any]

    def units(self, area: Area) -> PlaceUnits:
        """The running units at the place and above; only their key, area and kind are loaded."""
        rows = [
            Unit.from_db(DEFAULT_DB_ALIAS, ["id", "area_id", "kind_id"], row)
            for row in self.raw["units"] or []
        ]
        return by_level(area, rows)

    def policies(self, area: Area) -> InForce:
        """The policies in force at the place today."""
        names = ["id", "area_id", "code", "version", "body"]
        rows = [Policy.from_db(DEFAULT_DB_ALIAS, names, row) for row in self.raw["policies"] or []]
        return nearest(area, rows)


def facts_for(actor: User, area_id: int | None, scope: str, key: str, parties: int) -> Facts:
    """Everything the registration of a matter by ``actor`` at ``area_id`` needs.

    Without ``area_id`` the place is that of the actor's closest working post. The postings
    come along and become ``actor.posts``.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM jieyou_intake_facts(%s, %s, %s, %s, %s, %s)",
            [actor.pk, WORKING, area_id, scope, key, parties],
        )
        now, raw = cursor.fetchone()
    if actor.is_active:
        actor.posts = [post_from(row) for row in raw["posts"] or []]
    place, known = raw["area"], raw["known"]
    area = None
    if place and place["id"] is not None:
        area = Area.from_db(DEFAULT_DB_ALIAS, AREA_FIELDS, [place[name] for name in AREA_FIELDS])
    return Facts(
        now=now, area=area, prefix=raw["prefix"] or "", serial=raw["serial"],
        case_id=raw["case"], clock_id=raw["clock"], party_ids=raw["parties"],
        known=(known[0], bytes.fromhex(known[1])) if known else None, raw=raw,
    )  # fmt: skip
