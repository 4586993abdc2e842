"""Dated settings of an area: the nearest one up the tree, else the product's default."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from cases.holders import Place
from cases.models import Policy
from cases.rules.bounds import LADDER as LADDER
from cases.rules.bounds import limit_setting, set_limit
from cases.rules.ladder import Ladder
from cases.rules.limits import LIMITS, Limit, LimitCode
from cases.rules.numbers import NUMBERS, REVISITS, values
from grids.models import Area
from grids.rows import read


class Written(NamedTuple):
    """A policy as it is written in the database; ``body`` is JSON."""

    pk: int
    area_id: int | None
    code: str
    version: int
    body: str


@dataclass(frozen=True, slots=True)
class InForce:
    """The policy rows in force for one place on one day, one per code."""

    rows: Mapping[str, Policy | Written]

    def row(self, code: str) -> Policy | Written:
        return self.rows[code]

    def ladder(self) -> Ladder:
        """The ladder disputes climb here."""
        body = self.row(LADDER).body
        return parsed(spelled(body))

    def limit(self, code: LimitCode) -> Limit:
        """The limit as the nearest area has set it, else the product's own."""
        row = self.rows.get(limit_setting(code))
        return LIMITS[code] if row is None else parsed_limit(code, spelled(row.body))

    def limit_row(self, code: LimitCode) -> Policy | Written | None:
        """The policy that sets a limit here; None where nobody did."""
        return self.rows.get(limit_setting(code))

    def revisit_days(self) -> tuple[int, ...]:
        """Calendar days between strike-off and each revisit of an agreement, ascending."""
        return self.numbers(REVISITS)

    def number(self, code: str) -> int:
        """The number a policy of one number sets, or the product's default."""
        return self.numbers(code)[0]

    def numbers(self, code: str) -> tuple[int, ...]:
        row = self.rows.get(code)
        return NUMBERS[code].default if row is None else parsed_numbers(code, spelled(row.body))


def spelled(body: Any) -> str:
    """A policy's body as text, however it was read."""
    return body if isinstance(body, str) else json.dumps(body)


@lru_cache(maxsize=256)
def parsed_limit(code: LimitCode, body: str) -> Limit:
    """The limit with the span of a policy's body, read once per process."""
    return set_limit(LIMITS[code], json.loads(body))


@lru_cache(maxsize=256)
def parsed_numbers(code: str, body: str) -> tuple[int, ...]:
    """The numbers of a policy's body, read once per process."""
    return values(NUMBERS[code], json.loads(body))


@lru_cache(maxsize=256)
def parsed(body: str) -> Ladder:
    """The ladder a policy's body spells, checked once per process."""
    return Ladder.from_json(json.loads(body))


def in_force(area: Area, today: date) -> InForce:
    """The policies of ``area`` on ``today`` (a civil day in Asia/Shanghai); one query.

    The deepest area on the path wins; among its versions the highest that has begun.
    """
    ancestors = [int(part) for part in area.path.split(".") if part]
    rows = read(
        Policy,
        "WHERE (area_id = ANY(%s) OR area_id IS NULL) AND valid_from <= %s"
        " AND (valid_to IS NULL OR valid_to > %s)",
        [ancestors, today, today],
    )
    return nearest(area, rows)


def nearest(area: Area | Place, rows: Iterable[Policy | Written]) -> InForce:
    """Of policies already in force, the deepest on the path of ``area`` per code, then the
    highest version."""
    depth: dict[int | None, int] = {
        int(part): place for place, part in enumerate(area.path.split(".")) if part
    }
    depth[None] = -1
    best: dict[str, Policy | Written] = {}
    for row in sorted(rows, key=lambda row: (depth[row.area_id], row.version)):
        best[row.code] = row
    return InForce(best)


def set_ladder(area: Area | None, ladder: Ladder, valid_from: date) -> Policy:
    """Write the next version of the ladder of ``area``; running clocks keep theirs."""
    return set_policy(area, LADDER, ladder.to_json(), valid_from)


def set_policy(area: Area | None, code: str, body: dict[str, Any], valid_from: date) -> Policy:
    """Write the next version of one policy of ``area`` from ``valid_from`` on."""
    last = Policy.objects.filter(area=area, code=code).order_by("-version").first()
    version = last.version + 1 if last else 1
    return Policy.objects.create(
        area=area, code=code, version=version, valid_from=valid_from, body=body
    )
