"""What a district wishes to set: held against the law, the units it has and the calendar."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from cases import workcalendar
from cases.clocks import ZONE
from cases.escalation import database_clock
from cases.models import Policy
from cases.rules import bounds, numbers
from cases.rules.bounds import Problem, limit_of_setting
from cases.rules.ladder import PRODUCT_DEFAULT, Ladder
from cases.rules.limits import LIMITS
from cases.rules.numbers import NUMBERS
from grids import plaintext
from grids.bodies import WrongValues
from grids.errors import BadInput
from grids.models import Area, Unit, UnitKind
from grids.roles import COLUMN_LEVELS, COORDINATING_KIND, Level

FURTHEST = timedelta(days=366)  # a later day is a typing mistake
REASON = 200  # characters


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be set, where, from when; ``body`` as ``Policy`` stores it."""

    code: str
    body: Mapping[str, Any]
    valid_from: date
    restart: bool
    reason: str


def checked(area: Area, wish: Wish, *, own: bool) -> dict[str, Any]:
    """The columns of a wish. Raises ``WrongValues`` with every problem at its field."""
    found: list[Problem] = []
    if wish.valid_from < today():
        found.append(Problem("valid_from", "Choose today or a day to come."))
    elif wish.valid_from > today() + FURTHEST:
        found.append(Problem("valid_from", "Choose a day within a year."))
    found += body_problems(area, wish.code, wish.body)
    if wish.code in NUMBERS and wish.restart:
        found.append(Problem("restart", "No clock runs by this number; nothing is counted anew."))
    if own:
        found += bounds.source_problems(wish.body)
    reason = ""
    try:
        reason = plaintext.line(wish.reason, "reason", longest=REASON)
    except BadInput as error:
        found.append(Problem("reason", error.message, error.values))
    if found:
        raise WrongValues(in_words(found))
    return {
        "body": dict(wish.body), "valid_from": wish.valid_from, "restart": wish.restart,
        "reason": reason,
    }  # fmt: skip


def in_words(problems: list[Problem]) -> dict[str, list[str]]:
    """The messages of each field in the reader's language."""
    fields: dict[str, list[str]] = {}
    for problem in problems:
        values = {
            name: _(value.label) if hasattr(value, "label") else value
            for name, value in problem.values.items()
        }
        text = _(problem.message) % values if values else _(problem.message)
        fields.setdefault(problem.field, []).append(text)
    return fields


def body_problems(area: Area, code: str, body: Mapping[str, Any]) -> list[Problem]:
    """What speaks against a policy of ``area``, whoever wrote it and wherever it comes from."""
    calendar = workcalendar.current()
    limit = limit_of_setting(code)
    if code in NUMBERS:
        return numbers.problems(NUMBERS[code], body)
    if code not in bounds.settings():
        return [Problem("code", "This cannot be set here.")]
    if limit is not None:
        span, found = bounds.span_written(body)
        if span is not None:
            found = bounds.limit_problems(LIMITS[limit], span, calendar, ZONE)
        return found
    steps = bounds.steps_written(body)
    if steps is None:
        return [Problem("rungs", "A ladder needs at least one rung.")]
    name = body.get("name")
    found = bounds.ladder_problems(
        name if isinstance(name, str) else "", steps, kinds_at(area), calendar, ZONE
    )
    if not found:
        try:
            Ladder.from_json(body)
        except ValueError:
            found = [Problem("rungs", "This is not a ladder as programs write one.")]
    return found


def kinds_at(area: Area) -> dict[Level, dict[str, int]]:
    """Of each level in and above ``area``: how many places have a unit of which kind.

    ``""``: places without their coordinating unit, where nobody above could stand in either.
    """
    above = [pk for level in COLUMN_LEVELS if (pk := getattr(area, f"{level.column}_id"))]
    areas = Area.objects.current().filter(Q(path__startswith=area.path) | Q(pk__in=above))
    found: dict[Level, dict[str, int]] = {}
    totals: dict[Level, int] = {}
    for level in areas.order_by().values_list("level", flat=True):
        if level in COLUMN_LEVELS:
            totals[Level(level)] = totals.get(Level(level), 0) + 1
            found.setdefault(Level(level), {})
    units = Unit.objects.current().filter(area__in=areas)
    for level, kind in units.order_by().values_list("area__level", "kind_id"):
        if level in found:
            here = found[Level(level)]
            here[kind] = here.get(kind, 0) + 1
    stands_in = found.get(Level(area.level), {}).get(COORDINATING_KIND[Level(area.level)].value)
    for level, here in found.items():
        coordinating = here.get(COORDINATING_KIND[level].value, 0)
        here[""] = 0 if stands_in else max(totals[level] - coordinating, 0)
    return found


def settings() -> tuple[str, ...]:
    """The codes of everything a place may set: what clocks run by, then plain numbers."""
    return (*bounds.settings(), *NUMBERS)


def default_body(code: str) -> dict[str, Any]:
    """The product's own rule, as a policy spells it."""
    limit = limit_of_setting(code)
    if limit is not None:
        return bounds.limit_body(LIMITS[limit].span, LIMITS[limit].source)
    row = Policy.objects.filter(area=None, code=code).order_by("-version").first()
    if code in NUMBERS and row is None:
        return numbers.body_of(NUMBERS[code], NUMBERS[code].default, None)
    body: dict[str, Any] = row.body if row else PRODUCT_DEFAULT.to_json()
    return body


def kinds_of_unit() -> list[str]:
    """The codes of every kind of unit a rung may name."""
    return list(UnitKind.objects.order_by("code").values_list("code", flat=True))


def today() -> date:
    """The civil day by the database's clock."""
    return database_clock().astimezone(ZONE).date()
