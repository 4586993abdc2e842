"""Which ladder climbs where in the demonstration, and its mark in the database."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_noop

from cases.models import Policy
from cases.policies import LADDER, InForce, set_ladder, set_policy
from cases.rules.clock import Span, SpanUnit
from cases.rules.ladder import LADDERS, Ladder, Rung
from cases.rules.numbers import REVISITS
from governance.demo.places import Places
from grids.models import Area
from grids.roles import Level, UnitKindCode

MARK = "demo.data"  # the policy row that says: everything here is invented
REAL = "installation.real"  # the row that says the opposite: real cases are written here
VERSION = 1


def hours(amount: int) -> Span:
    return Span(amount, SpanUnit.HOUR)


# Day spans all end at midnight; counted in hours something falls due at any time of the day.
BY_THE_HOUR = Ladder(
    code="demonstration_hours",
    name=gettext_noop("Default ladder, counted in hours"),
    rungs=(
        Rung(Level.GRID, UnitKindCode.GRID_TEAM, hours(24)),
        Rung(Level.VILLAGE, UnitKindCode.MEDIATION_COMMITTEE, hours(48)),
        Rung(Level.TOWNSHIP, UnitKindCode.GOVERNANCE_CENTRE, hours(72)),
        Rung(Level.DISTRICT, UnitKindCode.GOVERNANCE_CENTRE, hours(72)),
    ),
)


@dataclass(frozen=True, slots=True)
class Ladders:
    """The policies that past cases began with, by the area they were set for."""

    default: Policy
    by_area: dict[int, Policy]
    revisit: Policy

    def at(self, area: Area) -> InForce:
        """The policies a past case at ``area`` began with: the nearest one up the tree."""
        path = [int(part) for part in area.path.split(".") if part]
        row = next((self.by_area[pk] for pk in reversed(path) if pk in self.by_area), self.default)
        return InForce({LADDER: row, REVISITS: self.revisit})


def is_loaded() -> bool:
    """Whether this database holds the demonstration."""
    return Policy.objects.filter(area=None, code=MARK).exists()


def put_mark(today: date) -> None:
    """Mark the database as demonstration, in the transaction that loads it."""
    set_policy(None, MARK, {"version": VERSION}, today)


def set_ladders(places: Places, since: date, today: date) -> Ladders:
    """Set hours in 华龙区, 五级九天 in 定西市 since ``since``, minutes in 青石镇 from ``today``."""
    other_city = places.other_district.parent
    assert other_city is not None
    by_area = {
        places.district.pk: set_ladder(places.district, BY_THE_HOUR, since),
        other_city.pk: set_ladder(other_city, LADDERS["five_level_nine_day"], since),
    }
    set_ladder(places.town, LADDERS["demonstration"], today)
    built_in = Policy.objects.filter(area=None)
    revisit = built_in.filter(code=REVISITS).latest("version")
    return Ladders(built_in.get(code=LADDER), by_area, revisit)
