"""Who stands above a unit, and who there can act: the way up when a unit cannot decide itself.

Superior relations are dated, so that yesterday's decision was made by yesterday's superior.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from cases.holders import units_of
from cases.models import Case
from grids.errors import WrongState
from grids.models import Posting, Unit, UnitRelation
from grids.roles import UNIT_ROLES, Level, Role

HIGHEST = 8  # steps up; nobody's line is longer
WORKERS = frozenset(UNIT_ROLES)


def steps_up(unit_id: int, on: date) -> dict[int, int]:
    """Every superior of a unit on a day, in either line, with the steps up to it."""
    found: dict[int, int] = {}
    edge = {unit_id}
    for step in range(1, HIGHEST):
        rows = UnitRelation.objects.filter(
            Q(valid_to=None) | Q(valid_to__gt=on), unit__in=edge, valid_from__lte=on,
            superior__valid_to=None,
        )  # fmt: skip
        edge = set(rows.values_list("superior_id", flat=True)) - found.keys() - {unit_id}
        if not edge:
            break
        found |= dict.fromkeys(edge, step)
    return found


def staffed(
    case: Case, unit_ids: Collection[int], roles: Collection[Role] = WORKERS,
    without: Collection[int] = (),
) -> set[int]:  # fmt: skip
    """Of these units, those with somebody in a post of ``roles`` today who is neither in
    ``without`` nor kept away from the case."""
    rows = Posting.objects.running().filter(
        unit__in=unit_ids, role__in=[role.value for role in roles], user__is_active=True
    )
    away = case.recusals.filter(until=None).values("user")
    rows = rows.exclude(user__in=list(without)).exclude(user__in=away)
    return set(rows.values_list("unit_id", flat=True))


def common_superior(case: Case, one: int, other: int, now: datetime) -> Unit:
    """Who decides between two units: the nearest superior of both that has people.

    Where the lines do not meet, or meet where nobody works, the coordinating unit of the place
    one level above both (信访工作条例 Art. 24). At the top the topmost one decides.
    """
    on = timezone.localdate(now)
    left, right = steps_up(one, on), steps_up(other, on)
    shared = (left.keys() & right.keys()) - {one, other}
    able = staffed(case, shared)
    if able:
        nearest = min(able, key=lambda pk: (left[pk] + right[pk], pk))
        return Unit.objects.select_related("area").get(pk=nearest)
    levels = Unit.objects.filter(pk__in=[one, other]).values_list("area__level", flat=True)
    return coordinator_above(case, min(levels))


def coordinator_above(case: Case, level: int, without: Collection[int] = ()) -> Unit:
    """The nearest coordinating unit above ``level`` on the way up from the case's place that
    has people; at the top the one at the same level. Nobody below decides about those above."""
    found = list(coordinators(case))
    able = staffed(case, [unit.pk for _, unit in found], without=without)
    upward = [unit for at, unit in found if at < level and unit.pk in able]
    beside = [unit for at, unit in found if at == level and unit.pk in able]
    if not upward + beside:
        raise WrongState("Nobody above can act on this. Post somebody there first.")
    unit = (upward + beside)[0]
    return Unit.objects.select_related("area").get(pk=unit.pk)


def coordinators(case: Case) -> Iterator[tuple[Level, Unit]]:
    """The coordinating units of the place of a case, the nearest first."""
    units = units_of(case.area)
    for level in sorted(units.present, reverse=True):
        if unit := units.coordinating(level):
            yield level, unit


def superior_of(case: Case, unit: Unit, now: datetime, without: Collection[int] = ()) -> Unit:
    """The nearest unit above ``unit`` in which somebody can act on the case.

    The line of business first, as work goes there; then the coordinating unit of the place.
    """
    lines = steps_up(unit.pk, timezone.localdate(now))
    able = staffed(case, lines, without=without) - {unit.pk}
    if able:
        nearest = min(able, key=lambda pk: (lines[pk], pk))
        return Unit.objects.select_related("area").get(pk=nearest)
    return coordinator_above(case, unit.area.level, without)


def desks_above(unit_ids: Collection[int], on: date) -> dict[int, int]:
    """The unit directly above each unit on a day, which supervises it: in the line of business
    first, then in that of government; where no line is written down, the coordinating unit of
    the nearest place above. Two statements, however many units."""
    rows = UnitRelation.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=on), unit__in=unit_ids, valid_from__lte=on,
        superior__valid_to=None,
    ).order_by("unit_id", "line", "pk")  # fmt: skip
    found: dict[int, int] = {}
    for unit_id, superior_id in rows.values_list("unit_id", "superior_id"):
        found.setdefault(unit_id, superior_id)
    rest = Unit.objects.filter(pk__in=set(unit_ids) - found.keys()).values_list("pk", "area__path")
    lines = {pk: [int(part) for part in path.split(".") if part] for pk, path in rest}
    places = {place for line in lines.values() for place in line}
    coordinating = {
        unit.area_id: unit.pk
        for unit in Unit.objects.current().filter(area_id__in=places).select_related("area")
        if unit.coordinating
    } if places else {}  # fmt: skip
    for pk, line in lines.items():
        above = [coordinating[place] for place in line[:-1] if place in coordinating]
        if above:
            found[pk] = above[-1]
    return found
