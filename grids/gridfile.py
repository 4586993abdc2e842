"""Grids and micro-grids as CSV, in and out: all of a file or nothing."""

import io
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.db import transaction

from grids import changes, csvfile, tree
from grids.csvfile import BadFile, BadRow, Row
from grids.errors import BadInput
from grids.gridcode import give_codes
from grids.importing import Edition, one_import_at_a_time
from grids.models import Area, User
from grids.models.area import AreaQuerySet
from grids.roles import AreaKind, Level
from grids.units import open_missing

# parent_number is the number of the grid that a micro-grid lies in; empty for a grid.
COLUMNS = ("village_code", "number", "name", "households", "boundary", "kind")
OPTIONAL = ("parent_number",)
# What offices write in the column kind, beside our codes.
KINDS = {
    "综合网格": AreaKind.GENERAL_GRID,
    "专属网格": AreaKind.DEDICATED_GRID,
    "微网格": AreaKind.MICROGRID,
    **{
        kind.value: kind
        for kind in (AreaKind.GENERAL_GRID, AreaKind.DEDICATED_GRID, AreaKind.MICROGRID)
    },
}

Key = tuple[str, str, str]  # village code, number of the grid above, own number


@dataclass(frozen=True, slots=True)
class ImportedGrids:
    """What an import of grids did."""

    rows: int
    grids: int
    changed: int
    known: int
    units: int


@dataclass(slots=True)
class Plan:
    """What a file would do: new grids, changed ones with what they said before, bad lines."""

    since: date
    villages: dict[str, Area]
    found: dict[Key, Area]
    lines: dict[Key, int] = field(default_factory=dict)
    new: list[Area] = field(default_factory=list)
    changed: list[Area] = field(default_factory=list)
    before: dict[int, dict[str, object]] = field(default_factory=dict)
    bad: list[BadRow] = field(default_factory=list)
    rows: int = 0


@transaction.atomic
def import_grids(file: Path, edition: Edition, *, since: date) -> ImportedGrids:
    """Import the grids of ``file``, founded on ``since``, each with its team.

    A grid is known by its village and number; ``edition`` says what the village codes mean.
    The households and the boundary of a known grid are brought up to date; another name for
    a known number is a bad line, because renaming has a date of its own.

    Raises ``BadFile`` listing every bad line; then nothing is written.
    """
    one_import_at_a_time()
    villages = Area.objects.current().filter(code_system=edition.system, code_year=edition.year)
    plan = planned(csvfile.read(file, COLUMNS, OPTIONAL), villages, since)
    return carry_out(plan, None)


def planned(table: csvfile.Table, villages: AreaQuerySet, since: date) -> Plan:
    """What the rows of ``table`` would do in ``villages``; nothing is written.

    A village outside does not exist here: its rows are bad lines.
    """
    plan = _known(table.rows, villages, since)
    plan.rows = len(table.rows)
    plan.bad += table.bad
    for row in sorted(table.rows, key=lambda row: row.cells["parent_number"] != ""):
        _plan_grid(row, plan)
    return plan


@transaction.atomic
def carry_out(plan: Plan, actor: User | None) -> ImportedGrids:
    """Write a plan made in this transaction; raises ``BadFile`` when a line of it is bad."""
    if plan.bad:
        raise BadFile(plan.bad)
    for parents in (Level.VILLAGE, Level.GRID):  # serials are handed out under their locks
        above = [area.parent for area in plan.new if area.parent]
        ids = {area.pk for area in above if area.pk and area.level == parents}
        rows = Area.objects.filter(pk__in=ids).order_by("pk")
        list(rows.select_for_update(no_key=True).values_list("pk"))
    give_codes(plan.new)
    tree.plant(plan.new)
    Area.objects.bulk_update(plan.changed, ["households", "boundary"], batch_size=500)
    units = open_missing(plan.new)
    for area in plan.new:
        changes.changed(actor, "open", "area", area.pk, area=area, after=written(area))
    for area in plan.changed:
        changes.changed(
            actor, "change", "area", area.pk, area=area,
            before=plan.before[area.pk], after=written(area),
        )  # fmt: skip
    known = plan.rows - len(plan.new) - len(plan.changed)
    return ImportedGrids(plan.rows, len(plan.new), len(plan.changed), known, len(units))


def written(area: Area) -> dict[str, object]:
    """What a file says of a grid, for the change log."""
    names = ("name", "number", "kind", "households", "boundary")
    return {name: getattr(area, name) for name in names}


def _known(rows: list[Row], villages: AreaQuerySet, since: date) -> Plan:
    """The villages the rows name, and the grids they have already."""
    current = Area.objects.current()
    named = {row.cells["village_code"] for row in rows}
    # Of two editions that know the same code, the later one says which village is meant.
    coded = villages.filter(code__in=named - {""}).order_by("code_year", "pk")
    by_code = {area.code: area for area in coded}
    code_of = {area.pk: area.code for area in by_code.values()}
    found: dict[Key, Area] = {}
    key_of: dict[int, Key] = {}
    grids = current.filter(level=Level.GRID, parent__in=code_of).exclude(number="")
    for grid in grids.select_related("parent"):
        key_of[grid.pk] = (code_of[grid.parent_id or 0], "", grid.number)
        found[key_of[grid.pk]] = grid
    micros = current.filter(level=Level.MICROGRID, parent__in=key_of).exclude(number="")
    for micro in micros.select_related("parent__parent"):
        village, _, above = key_of[micro.parent_id or 0]
        found[village, above, micro.number] = micro
    return Plan(since, by_code, found)


def _plan_grid(row: Row, plan: Plan) -> None:
    try:
        area = _area(row, plan)
    except BadInput as error:
        plan.bad.append(row.bad(error))
        return
    key = (row.cells["village_code"], row.cells["parent_number"], area.number)
    if key in plan.lines:
        line = plan.lines[key]
        said = BadInput(
            "Number %(number)s is on line %(line)s already.", number=area.number, line=line
        )
        plan.bad.append(row.bad(said))
        return
    plan.lines[key] = row.line
    known = plan.found.get(key)
    if known is None:
        plan.found[key] = area
        plan.new.append(area)
    elif (known.name, known.kind) != (area.name, area.kind):
        said = BadInput(
            "Number %(number)s is %(name)s (%(kind)s) already.",
            number=area.number, name=known.name, kind=known.kind,
        )  # fmt: skip
        plan.bad.append(row.bad(said))
    elif (known.households, known.boundary) != (area.households, area.boundary):
        plan.before[known.pk] = written(known)
        known.households, known.boundary = area.households, area.boundary
        plan.changed.append(known)


def _area(row: Row, plan: Plan) -> Area:
    """The checked area a row describes. Raises ``BadInput``."""
    cells = row.cells
    village, above = cells["village_code"], cells["parent_number"]
    parent = plan.villages.get(village)
    if parent is None:
        raise BadInput("%(code)s is not imported.", field="village_code", code=village)
    if not cells["number"]:
        raise BadInput("This is required.", field="number")
    if above:
        parent = plan.found.get((village, "", above))
        if parent is None:
            raise BadInput("There is no grid %(number)s.", field="parent_number", number=above)
    kind = cells["kind"]
    if kind and kind not in KINDS:
        raise BadInput("This kind of grid does not exist.", field="kind")
    homes = cells["households"]
    if homes and not (homes.isascii() and homes.isdigit() and len(homes) < 10):
        raise BadInput("Write a number of households.", field="households")
    area = Area(
        parent=parent,
        # The parent may be a grid of this file, which has inherited nothing yet.
        tenant_id=parent.tenant_id,
        level=Level.MICROGRID if above else Level.GRID,
        kind=KINDS[kind].value if kind else "",
        name=cells["name"],
        number=cells["number"],
        households=int(homes) if homes else None,
        boundary=cells["boundary"],
        valid_from=plan.since,
    )
    tree.check(area)
    return area


def export_grids(areas: AreaQuerySet, out: io.TextIOBase) -> int:
    """Write the grids and micro-grids among ``areas`` as the file that ``import_grids`` reads.

    Start from ``Area.objects.visible_to(user)``. Cells that a spreadsheet would run as a
    formula get an apostrophe, which the import takes off again. Returns the number of rows.
    """
    grids = (
        areas.current()
        .filter(level__gte=Level.GRID)
        .exclude(number="")
        .select_related("parent", "parent__parent")
        .order_by("path")
    )
    rows = map(_cells, grids.iterator(chunk_size=2000))
    return csvfile.write(out, (*COLUMNS, *OPTIONAL), rows)


def _cells(area: Area) -> tuple[object, ...]:
    above = area.parent
    grid = above if above is not None and above.level == Level.GRID else None
    place = grid.parent if grid is not None else above
    return (
        place.code if place else "",
        area.number,
        area.name,
        area.households,
        area.boundary,
        area.kind,
        grid.number if grid is not None else "",
    )
