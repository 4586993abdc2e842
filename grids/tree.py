"""Changes to the area tree. The only writer of ``Area.path`` and of the level columns."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import count

from django.db import IntegrityError, connection, transaction
from django.db.models import Max

from grids import plaintext
from grids.errors import BadInput
from grids.models import Area, AreaPast, AreaSuccession, Tenant
from grids.models.area import STAMP_COLUMNS
from grids.roles import COLUMN_LEVELS, AreaKind, Level
from grids.units import standard_units

USUAL_KIND = {Level.GRID: AreaKind.GENERAL_GRID, Level.MICROGRID: AreaKind.MICROGRID}
KINDS_OF_LEVEL = {
    Level.DISTRICT: {AreaKind.OFFICIAL, AreaKind.FUNCTIONAL_ZONE},
    Level.GRID: {AreaKind.GENERAL_GRID, AreaKind.DEDICATED_GRID},
    Level.MICROGRID: {AreaKind.MICROGRID},
}
MOST_HOUSEHOLDS = 1_000_000
# What a database constraint means to the person who typed the row.
REFUSALS = {
    "area_code_once_per_edition": ("code", "This code is taken in this edition."),
    "area_number_once_in_parent": ("number", "This number is taken there."),
}


@transaction.atomic
def add_area(
    *,
    parent: Area | None,
    level: Level,
    name: str,
    valid_from: date,
    kind: str = "",
    code: str = "",
    code_system: str = "",
    code_year: int | None = None,
    urban_rural: str = "",
    stat_parent: Area | None = None,
    tenant: Tenant | None = None,
    number: str = "",
    households: int | None = None,
    boundary: str = "",
) -> Area:
    """Add a place below ``parent`` together with the units every place of its level has.

    Levels may be skipped (a city without counties). ``kind`` defaults to the usual one of the
    level; the customer is the parent's, or ``tenant`` at a customer's root. ``stat_parent``
    is the county that statistics count the place in where it differs from the managing one.
    Raises ``BadInput`` naming the field.
    """
    if parent is not None:  # nobody moves or closes the parent while a child is being born
        parent = Area.objects.select_for_update(no_key=True).get(pk=parent.pk)
    area = Area(
        parent=parent, level=level, name=name, valid_from=valid_from, kind=kind, code=code,
        code_system=code_system, code_year=code_year, urban_rural=urban_rural,
        stat_parent=stat_parent, tenant=tenant, number=number, households=households,
        boundary=boundary,
    )  # fmt: skip
    check(area)
    try:
        with transaction.atomic():
            plant([area])
    except IntegrityError as error:
        refuse(error)
    standard_units(area)
    return area


def plant(areas: Sequence[Area]) -> None:
    """Insert checked, unsaved ``areas``, parents before children, in few statements.

    Takes the ids first, because path and level columns contain them. A parent may be an
    unsaved area further up in the same list.
    """
    for area, area_id in zip(areas, _take_ids(len(areas)), strict=True):
        area.pk = area_id
        _settle(area)
    Area.objects.bulk_create(areas, batch_size=1000)


def _take_ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('grids_area', 'id'))"
            " FROM generate_series(1, %s)",
            [count],
        )
        return [row[0] for row in cursor.fetchall()]


def _settle(area: Area) -> None:
    """Set path, level columns and customer of ``area``, whose parent is settled already."""
    parent, stat_parent = area.parent, area.stat_parent
    area.parent = parent  # copies the id an unsaved parent has got meanwhile
    area.stat_parent = stat_parent
    area.path = f"{parent.path if parent else ''}{area.pk}."
    columns = parent.stamp if parent else dict.fromkeys(STAMP_COLUMNS)
    if area.level in COLUMN_LEVELS:
        columns[f"{Level(area.level).column}_id"] = area.pk
    if stat_parent is not None:
        columns["stat_district_id"] = stat_parent.stat_district_id
    elif area.level == Level.DISTRICT:
        columns["stat_district_id"] = area.pk
    for column, value in columns.items():
        setattr(area, column, value)
    if parent is not None and area.tenant_id is None:
        area.tenant_id = parent.tenant_id


def give(area: Area, tenant: Tenant) -> None:
    """Let the customer ``tenant`` begin at ``area``, with every place below it.

    Raises ``BadInput`` when some of it belongs to another customer.
    """
    below = Area.objects.within(area)
    if below.exclude(tenant=None).exclude(tenant=tenant).exists():
        raise BadInput("%(area)s belongs to another customer.", field="tenant", area=area.name)
    below.filter(tenant=None).update(tenant=tenant)
    area.tenant = tenant


def refuse(error: IntegrityError) -> None:
    """Raise the ``BadInput`` that a broken uniqueness means; any other error again."""
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    if constraint not in REFUSALS:
        raise error
    field, message = REFUSALS[constraint]
    raise BadInput(message, field=field) from error


def check(area: Area) -> None:
    """Raise ``BadInput`` when the unsaved ``area`` makes no sense; clean its texts."""
    _check_level_and_parent(area)
    _check_kind(area)
    _check_statistics_and_customer(area)
    area.name = plaintext.line(area.name, "name", longest=60)
    area.number = plaintext.line(area.number, "number", longest=20, required=False)
    area.boundary = plaintext.paragraph(area.boundary, "boundary", longest=2000, required=False)
    _check_code(area)
    day = area.valid_from
    if not isinstance(day, date) or isinstance(day, datetime):
        raise BadInput("This is not a date.", field="valid_from")
    homes = area.households
    if homes is not None and (not isinstance(homes, int) or not 0 <= homes <= MOST_HOUSEHOLDS):
        raise BadInput("Write a number of households.", field="households")


def _check_level_and_parent(area: Area) -> None:
    if area.level not in set(Level):
        raise BadInput("This level does not exist.", field="level")
    area.level = int(area.level)
    parent = area.parent
    if parent is None:
        if area.level > Level.DISTRICT:
            raise BadInput("Say what it is part of.", field="parent")
        return
    if parent.level >= area.level:
        raise BadInput("It must lie deeper than what it is part of.", field="level")
    if parent.valid_to is not None:
        raise BadInput("%(area)s no longer exists.", field="parent", area=parent.name)


def _check_kind(area: Area) -> None:
    level = Level(area.level)
    if not area.kind:
        area.kind = USUAL_KIND.get(level, AreaKind.OFFICIAL).value
    if area.kind not in KINDS_OF_LEVEL.get(level, {AreaKind.OFFICIAL}):
        raise BadInput("This kind of place does not exist at this level.", field="kind")
    area.kind = str(area.kind)


def _check_statistics_and_customer(area: Area) -> None:
    stat_parent = area.stat_parent
    if stat_parent is not None and not Level.DISTRICT <= stat_parent.level < area.level:
        raise BadInput("Statistics count it in a district or county.", field="stat_parent")
    inherited = area.parent.tenant_id if area.parent else None
    if inherited is not None and area.tenant_id not in (None, inherited):
        raise BadInput("It belongs to the customer of the place above it.", field="tenant")
    if area.level >= Level.GRID and inherited is None and area.tenant_id is None:
        raise BadInput("Grids belong to a customer.", field="tenant")


def _check_code(area: Area) -> None:
    area.code = plaintext.line(area.code, "code", longest=20, required=False)
    area.code_system = plaintext.line(area.code_system, "code_system", longest=20, required=False)
    if area.code and not (area.code.isascii() and area.code.isalnum()):
        raise BadInput("A code is made of digits and letters.", field="code")
    if area.code and not area.code_system:
        raise BadInput("Say which system the code belongs to.", field="code_system")
    year = area.code_year
    if area.code and year is None:
        raise BadInput("Say which year the code belongs to.", field="code_year")
    if year is not None and (not isinstance(year, int) or not 1949 <= year <= 2200):
        raise BadInput("This is not a year.", field="code_year")
    area.urban_rural = plaintext.line(area.urban_rural, "urban_rural", longest=3, required=False)


# --- reorganising -------------------------------------------------------------------------
def resettled(area: Area, parent: Area) -> list[Area]:
    """``area`` and everything below it as they will be under ``parent``; nothing is written."""
    known: dict[int, Area] = {}
    rows = list(Area.objects.within(area).select_related("stat_parent").order_by("path"))
    for row in rows:
        row.parent = parent if row.pk == area.pk else known[row.parent_id or 0]
        _settle(row)
        known[row.pk] = row
    return rows


def reparent(rows: Sequence[Area]) -> None:
    """Write parent, path, level columns, name and number of ``rows`` from ``resettled``."""
    columns = [column.removesuffix("_id") for column in STAMP_COLUMNS]
    Area.objects.bulk_update(rows, ["parent", "path", "name", "number", *columns], 500)


def close_areas(pairs: Sequence[tuple[Area, Area]], change: str, on: date, document: str) -> None:
    """Date each place as gone from ``on`` and name the place that took it over."""
    Area.objects.filter(pk__in=[area.pk for area, _ in pairs]).update(valid_to=on)
    for area, _ in pairs:
        area.valid_to = on
    succeed(pairs, change, on, document)


def succeed(pairs: Sequence[tuple[Area, Area]], change: str, on: date, document: str) -> None:
    """Keep who took over all or part of whom."""
    AreaSuccession.objects.bulk_create(
        [
            AreaSuccession(
                predecessor=area, successor=heir, change=change, on=on, document=document
            )
            for area, heir in pairs
        ],
        ignore_conflicts=True,
    )


def keep_past(areas: Sequence[Area], change: str, on: date, document: str) -> None:
    """Keep the present state of ``areas``, which ends with ``on``; a state that held on no
    day leaves nothing."""
    since = dict(
        AreaPast.objects.filter(area__in=areas).values_list("area").annotate(Max("valid_to"))
    )
    AreaPast.objects.bulk_create(
        AreaPast(
            area=area, name=area.name, parent_id=area.parent_id, stat_parent=area.stat_parent,
            code=area.code, code_system=area.code_system, code_year=area.code_year,
            number=area.number, valid_from=since.get(area.pk, area.valid_from), valid_to=on,
            change=change, document=document,
        )
        for area in areas
        if since.get(area.pk, area.valid_from) < on
    )  # fmt: skip


def rename(area: Area, name: str) -> None:
    """Write a new name; the caller has kept the past."""
    area.name = name
    area.save(update_fields=["name"])


def recode(areas: Sequence[Area], on: date, document: str) -> None:
    """Write code, system and year as they stand on ``areas``, read fresh before; another code
    leaves its past, a code confirmed by a later edition none. Raises ``BadInput`` when a code
    is taken in its edition."""
    before = {area.pk: area for area in Area.objects.filter(pk__in=[area.pk for area in areas])}
    other = [
        old for area in areas
        if (old := before[area.pk]).code != area.code or old.code_system != area.code_system
    ]  # fmt: skip
    keep_past(other, "recode", on, document)
    try:
        with transaction.atomic():
            Area.objects.bulk_update(areas, ["code", "code_system", "code_year"], 500)
    except IntegrityError as error:
        refuse(error)


def free_names(moving: Sequence[Area], parent: Area) -> list[tuple[Area, str, str]]:
    """(place, name, number) for those of ``moving`` whose name or number is taken at ``parent``.

    第1网格 with number 1 becomes the next free one; another name keeps its old village in
    brackets.
    """
    there = list(Area.objects.current().filter(parent=parent.pk or 0).values_list("name", "number"))
    names, numbers = {name for name, _ in there}, {number for _, number in there}
    changed = []
    for area in moving:
        name, number = area.name, area.number
        if number and number in numbers:
            number = next(str(n) for n in count(1) if str(n) not in numbers)
            name = name.replace(area.number, number, 1)
        if name in names:
            of = area.parent.name if area.parent else ""
            name = f"{area.name[: 58 - len(of)]}（{of}）"
        names.add(name)
        numbers.add(number)
        if (name, number) != (area.name, area.number):
            changed.append((area, name, number))
    return changed


def place_in_force(area: Area) -> Area:
    """``area`` if it exists, else what took it over in the end; the place above without heir.

    A place that was split and is gone has several heirs; its own matters went to the first.
    """
    seen: set[int] = set()
    while area.valid_to is not None and area.pk not in seen:
        seen.add(area.pk)
        rows = AreaSuccession.objects.filter(predecessor=area).select_related("successor")
        last = rows.order_by("-on", "id").first()
        heir = last.successor if last else area.parent
        if heir is None:
            break
        area = heir
    return area
