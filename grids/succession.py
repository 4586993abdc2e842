"""Who takes over the work of units when places are reorganised: units, superiors, postings.

A unit of a place that ends is closed with its counterpart at the heir as successor; a unit of a
kind the heir need not have of its own (a property company) moves there instead. A context is one
pair of old and new position in the tree: what units above the old one did for a matter there,
their counterparts above the new one do from now on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Q

from grids.models import Area, Posting, Unit, UnitPast, UnitRelation, UnitSuccession
from grids.restructuring import Plan
from grids.roles import COORDINATING_KIND, Level
from grids.units import STANDARD_KINDS, standard_name


@dataclass(slots=True)
class Context:
    """One old and new position: the places concerned, and the counterpart of each unit."""

    number: int
    roots: list[Area]
    units: dict[int, Unit] = field(default_factory=dict)


@dataclass(slots=True)
class Handover:
    """What happens to units. ``closing`` maps a closed unit to its successor everywhere;
    ``contexts`` to the counterpart for matters of the places concerned."""

    closing: dict[int, Unit]
    closed: list[Unit]
    moving: list[tuple[Unit, Area]]
    contexts: list[Context]


def ids(path: str) -> list[int]:
    """The chain of area ids of a path, from the root."""
    return [int(part) for part in path.split(".") if part]


def ends_with(unit: Unit, place: Area, heir: Area) -> bool:
    """Whether ``unit`` of the ending ``place`` is closed, not moved to ``heir``."""
    standard = STANDARD_KINDS.get(Level(heir.level), ())
    return heir.level != place.level or unit.kind_id in {kind.value for kind in standard}


def units_at(areas: Iterable[Area]) -> list[Unit]:
    rows = Unit.objects.current().filter(area__in=list(areas)).select_related("area", "kind")
    return list(rows.order_by("id"))


def hand_over(plan: Plan) -> Handover:
    """Who takes over from whom. The heirs exist already, with their standard units."""
    heirs = {place.pk: heir for place, heir in plan.closing}
    closed, moving = [], []
    for unit in units_at(place for place, _ in plan.closing):
        if ends_with(unit, unit.area, heirs[unit.area_id]):
            closed.append(unit)
        else:
            moving.append((unit, heirs[unit.area_id]))
    contexts = contexts_of(plan, {unit.pk for unit, _ in moving})
    closing: dict[int, Unit] = {}
    for context in contexts:
        for root in context.roots:
            own = [unit for unit in closed if unit.area_id == root.pk]
            closing |= {unit.pk: context.units[unit.pk] for unit in own}
    return Handover(closing, closed, moving, contexts)


def contexts_of(plan: Plan, staying: set[int]) -> list[Context]:
    """The positions that change; units in ``staying`` go on with their matters."""
    ending = {place.pk for place, _ in plan.closing}
    found: dict[tuple[str, int], Context] = {}
    for root, heir in (*plan.closing, *plan.moving):
        old = ids(root.path) if root.pk in ending else ids(root.path)[:-1]
        new = ids(heir.path)
        gone = [pk for pk in old if pk not in new]
        key = ".".join(map(str, gone)), heir.pk
        if key not in found:
            found[key] = Context(len(found) + 1, [])
            found[key].units = counterparts(gone, heir, staying)
        found[key].roots.append(root)
    return list(found.values())


def counterparts(gone: Sequence[int], heir: Area, staying: set[int]) -> dict[int, Unit]:
    """For each unit standing at one of ``gone``: who does its work above or at ``heir``."""
    chain = list(Area.objects.filter(pk__in=ids(heir.path)).order_by("-level"))
    there: dict[tuple[int, str], Unit] = {}
    for unit in units_at(chain):
        there.setdefault((unit.area_id, unit.kind_id), unit)
    left = units_at(Area.objects.filter(pk__in=gone))
    return {unit.pk: counterpart(unit, chain, there) for unit in left if unit.pk not in staying}


def counterpart(unit: Unit, chain: Sequence[Area], there: Mapping[tuple[int, str], Unit]) -> Unit:
    """The standard unit of the same kind at the same level; else who coordinates at the nearest
    level above, then below."""
    level = Level(unit.area.level)
    if unit.kind_id in {kind.value for kind in STANDARD_KINDS.get(level, ())}:
        for place in chain:
            if place.level == level and (found := there.get((place.pk, unit.kind_id))):
                return found
    upward = [place for place in chain if place.level <= level]
    for place in (*upward, *reversed(chain)):
        kind = COORDINATING_KIND.get(Level(place.level))
        if kind and (found := there.get((place.pk, kind.value))):
            return found
    raise LookupError(f"nobody coordinates above unit {unit.pk}")


# --- writing --------------------------------------------------------------------------------
def write(plan: Plan, hand: Handover) -> int:
    """Close and move units, rewire superiors, move postings; how many postings changed."""
    on = plan.on
    keep_units_past([unit for unit, _ in hand.moving], on)
    for unit, heir in hand.moving:
        if Unit.objects.current().filter(area=heir, name=unit.name).exists():
            unit.name = f"{unit.name[: 78 - len(unit.area.name)]}（{unit.area.name}）"
        unit.area = heir
        unit.save(update_fields=["area", "name"])
    for unit in hand.closed:
        unit.valid_to = after(unit.valid_from, on)
    Unit.objects.bulk_update(hand.closed, ["valid_to"])
    UnitSuccession.objects.bulk_create(
        UnitSuccession(predecessor=unit, successor=hand.closing[unit.pk], on=on)
        for unit in hand.closed
    )
    rewire(hand, on)
    return move_postings(plan, hand)


def after(since: date, on: date) -> date:
    """The day ``on``, or the second day of something that began on it."""
    return max(on, since + timedelta(days=1))


def rewire(hand: Handover, on: date) -> None:
    """End the lines of closed units, and lead lines to whoever stands above now."""
    running = UnitRelation.objects.filter(valid_to=None)
    led: dict[int, tuple[UnitRelation, Unit | None]] = {}  # row id: row, superior from now on
    for row in running.filter(Q(unit__in=hand.closing) | Q(superior__in=hand.closing)):
        led[row.pk] = row, hand.closing.get(row.superior_id)
    for context in hand.contexts:
        below = Q(pk__in=[])
        roots = Area.objects.filter(pk__in=[root.pk for root in context.roots])
        for path in roots.values_list("path", flat=True):  # where they lie by now
            below |= Q(unit__area__path__startswith=path)
        for row in running.filter(below, superior__in=context.units):
            led[row.pk] = row, context.units[row.superior_id]
    opened: dict[tuple[int, int, str], UnitRelation] = {}
    for row, superior in led.values():
        row.valid_to = after(row.valid_from, on)
        if superior is None or row.unit_id in hand.closing or superior.pk == row.unit_id:
            continue
        opened[row.unit_id, superior.pk, row.line] = UnitRelation(
            unit_id=row.unit_id, superior=superior, line=row.line, valid_from=on
        )
    UnitRelation.objects.bulk_update([row for row, _ in led.values()], ["valid_to"], 1000)
    UnitRelation.objects.bulk_create(opened.values(), ignore_conflicts=True)


def concerned_postings(plan: Plan, closed: Iterable[Unit]) -> list[Posting]:
    """Postings, running or to come, in units that close or for places that end."""
    rows = Posting.objects.filter(Q(ended_on=None) | Q(ended_on__gt=plan.on))
    rows = rows.filter(Q(unit__in=list(closed)) | Q(area__in=[place for place, _ in plan.closing]))
    return list(rows.select_related("unit__area", "area").order_by("id"))


def goes_on(posting: Posting, plan: Plan) -> bool:
    """Whether the person keeps the post at the heir. Not where the heir is of another level:
    nobody comes to see more than before by a change of the tree."""
    heirs = {place.pk: heir for place, heir in plan.closing}
    unit_heir = heirs.get(posting.unit.area_id)
    area_heir = heirs.get(posting.area_id)
    return (unit_heir is None or unit_heir.level == posting.unit.area.level) and (
        area_heir is None or area_heir.level == posting.area.level
    )


def move_postings(plan: Plan, hand: Handover) -> int:
    """End the postings concerned and open their successors; how many were concerned."""
    heirs = {place.pk: heir for place, heir in plan.closing}
    rows = concerned_postings(plan, hand.closed)
    opened: dict[int, Posting] = {}
    for row in rows:
        new = Posting(
            user_id=row.user_id, role=row.role,
            unit=hand.closing.get(row.unit_id, row.unit), area=heirs.get(row.area_id, row.area),
            started_on=max(row.started_on, plan.on), ended_on=row.ended_on,
        )  # fmt: skip
        row.ended_on = after(row.started_on, plan.on)
        if not goes_on(row, plan) or held_already(new, opened.values()):
            continue
        opened[row.pk] = new
    Posting.objects.bulk_update(rows, ["ended_on"])
    for row in rows:  # whoever stands in for a post goes on standing in for its successor
        if row.pk in opened:
            stands_for = opened.get(row.substitute_for_id or 0)
            opened[row.pk].substitute_for = stands_for
            opened[row.pk].save(force_insert=True)
    return len(rows)


def held_already(new: Posting, opened: Iterable[Posting]) -> bool:
    """Whether the person has the same post at the heir."""
    same = Posting.objects.filter(
        Q(ended_on=None) | Q(ended_on__gt=new.started_on),
        user_id=new.user_id, role=new.role, unit=new.unit, area=new.area,
    )  # fmt: skip
    key = (new.user_id, new.role, new.unit_id, new.area_id)
    return same.exists() or any(
        key == (one.user_id, one.role, one.unit_id, one.area_id) for one in opened
    )


def rename_units(area: Area, old: str, on: date) -> None:
    """Give the standard units of a renamed place the name that follows from its new one."""
    level = Level(area.level)
    for unit in units_at([area]):
        for kind in STANDARD_KINDS.get(level, ()):
            if kind.value != unit.kind_id or unit.name != standard_name(
                kind, old, level, area.kind
            ):
                continue
            name = standard_name(kind, area.name, level, area.kind)
            if not Unit.objects.current().filter(area=area, name=name).exists():
                keep_units_past([unit], on)
                Unit.objects.filter(pk=unit.pk).update(name=name)


def keep_units_past(units: Sequence[Unit], on: date) -> None:
    """Keep name and place of ``units`` as they were before ``on``."""
    since: dict[int, date] = {}
    for past in UnitPast.objects.filter(unit__in=units).order_by("valid_to"):
        since[past.unit_id] = past.valid_to
    UnitPast.objects.bulk_create(
        UnitPast(
            unit=unit, name=unit.name, area=unit.area,
            valid_from=since.get(unit.pk, unit.valid_from), valid_to=on,
        )
        for unit in units
        if since.get(unit.pk, unit.valid_from) < on
    )  # fmt: skip


def unit_in_force(unit_id: int) -> int:
    """``unit_id``, or who took over its work in the end when it was closed."""
    seen = {unit_id}
    while (row := UnitSuccession.objects.filter(predecessor=unit_id).first()) is not None:
        unit_id = row.successor_id
        if unit_id in seen:
            break
        seen.add(unit_id)
    return unit_id
