"""Places from the official list: all of a file or nothing, and twice is as good as once."""

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple

from django.db import connection, transaction

from grids import csvfile, plaintext, tree
from grids.csvfile import BadFile, BadRow, Row
from grids.errors import BadInput
from grids.models import Area, Tenant
from grids.roles import AreaKind, Level
from grids.units import open_missing, standard_units

SEED = Path(__file__).resolve().parent / "seed"
COLUMNS = ("code", "name", "level", "parent_code")
ZONE_COLUMNS = ("name", "parent_code", "member_code")
TENANT_COLUMNS = ("prefix", "name", "root")
PREFIX = re.compile(r"[A-Z][A-Z0-9]{1,7}")
# Statistical division codes: how many of the twelve digits name a level, the rest are zeros.
DIGITS = {
    Level.PROVINCE: 2,
    Level.CITY: 4,
    Level.DISTRICT: 6,
    Level.TOWNSHIP: 9,
    Level.VILLAGE: 12,
}
STATISTICS_ONLY = range(71, 81)  # third pair of a county that exists in statistics only


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of a code system; ``valid_from`` is its cut-off date."""

    system: str = "NBS"
    year: int = 2023
    valid_from: date = date(2023, 6, 30)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    rows: int
    areas: int
    known: int
    tenants: int
    units: int


@dataclass(slots=True)
class Plan:
    """Areas by code and zones by name, known or to be planted, and what is wrong."""

    edition: Edition
    found: dict[str, Area] = field(default_factory=dict)
    zones: dict[str, Area] = field(default_factory=dict)
    zone_of: dict[str, Area] = field(default_factory=dict)  # member code to its zone
    lines: dict[str, int] = field(default_factory=dict)
    new: list[Area] = field(default_factory=list)
    known: int = 0
    bad: list[BadRow] = field(default_factory=list)


class Customer(NamedTuple):
    """A customer and the place it begins at."""

    row: Row
    area: Area
    tenant: Tenant
    new: bool


@transaction.atomic
def import_areas(
    file: Path,
    edition: Edition,
    *,
    zones: Path | None = None,
    tenants: Path | None = None,
    root: str = "",
    prefix: str = "",
) -> Imported:
    """Import the places of ``file``, and the standard units of those that have a customer.

    ``zones`` moves townships below functional zones, ``tenants`` says where customers begin.
    ``root`` takes only that place, what lies below and what leads to it; with ``prefix`` it
    becomes a customer. Known places are left alone; a known code with another name or parent
    is a bad line, because moving and renaming are changes with a date of their own.

    Raises ``BadFile`` listing every bad line; then nothing is written.
    """
    one_import_at_a_time()
    plan = Plan(edition)
    coded = Area.objects.current().filter(code_system=edition.system, code_year=edition.year)
    plan.found = {area.code: area for area in coded.select_related("parent", "stat_parent")}
    table = csvfile.read(file, COLUMNS, ["urban_rural"])
    plan.bad += table.bad
    rows = _first_of_each_code(table.rows, plan)
    if root:
        rows = _branch(rows, root, plan, file.name)
    members = _read_zones(zones, plan)
    for level in Level:
        for row in rows:
            if row.cells["level"] == str(level.value):
                _plan_area(row, level, plan)
        if level == Level.DISTRICT:  # cities and counties stand, townships come next
            _plan_zones(members, plan)
    customers = _plan_tenants(tenants, root, prefix, plan)
    if plan.bad:
        raise BadFile(plan.bad)
    tree.plant(plan.new)
    units = _settle_customers(customers, plan)
    begun = sum(customer.new for customer in customers)
    return Imported(len(rows), len(plan.new), plan.known, begun, units)


def one_import_at_a_time() -> None:
    """Wait for a running import to end; held to the end of the transaction.

    The limits of a web request do not fit: a whole country is read and checked between two
    statements.
    """
    with connection.cursor() as cursor:
        for limit in ("statement_timeout", "lock_timeout"):
            cursor.execute(f"SET LOCAL {limit} = '5min'")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('grids import'))")


# --- places ---------------------------------------------------------------------------
def _first_of_each_code(rows: list[Row], plan: Plan) -> list[Row]:
    """Rows with a usable code and level; a second row of a code is bad."""
    good = []
    for row in rows:
        code = row.cells["code"]
        if reason := bad_code(code, row.cells["level"], plan.edition.system):
            plan.bad.append(row.bad(reason))
        elif code in plan.lines:
            plan.bad.append(row.bad(f"{code} is on line {plan.lines[code]} already."))
        else:
            plan.lines[code] = row.line
            good.append(row)
    return good


def bad_code(code: str, level: str, system: str) -> str:
    """Why code and level do not fit each other; empty when they do."""
    if level not in {str(known.value) for known in DIGITS}:
        return f"Level {level!r} is not one of 1 to 5."
    if system != "NBS":
        return "" if code else "The code is missing."
    if not re.fullmatch(r"[0-9]{12}", code):
        return f"{code!r} is not a code of twelve digits."
    used = [own for own, digits in DIGITS.items() if not code[digits:].strip("0")]
    if used[0] != int(level):
        return f"{code} is a code of level {used[0].value}, not {level}."
    return ""


def _branch(rows: list[Row], root: str, plan: Plan, file: str) -> list[Row]:
    """Rows of ``root``, of what lies below it and of what leads to it."""
    by_code = {row.cells["code"]: row for row in rows}
    if root not in by_code:
        plan.bad.append(BadRow(file, 1, f"{root} is not in this file."))
        return []
    wanted = {root}
    above = by_code[root].cells["parent_code"]
    while above in by_code and above not in wanted:
        wanted.add(above)
        above = by_code[above].cells["parent_code"]
    below = {root}
    for row in sorted(rows, key=lambda row: row.cells["level"]):
        if row.cells["parent_code"] in below:
            below.add(row.cells["code"])
    return [row for row in rows if row.cells["code"] in wanted | below]


def _plan_area(row: Row, level: Level, plan: Plan) -> None:
    cells, edition = row.cells, plan.edition
    code, legal_code = cells["code"], cells["parent_code"]
    legal = plan.found.get(legal_code)
    if legal_code and legal is None:
        plan.bad.append(row.bad(f"The parent {legal_code} is neither here nor imported."))
        return
    digits = DIGITS[Level(legal.level)] if legal is not None else 0
    if edition.system == "NBS" and not code.startswith(legal_code[:digits]):
        plan.bad.append(row.bad(f"{code} does not lie in {legal_code}."))
        return
    zone = plan.zone_of.get(code)
    area = Area(
        parent=zone or legal,
        stat_parent=legal if zone else None,
        level=level,
        kind=_kind(code, level, edition.system),
        name=cells["name"],
        code=code,
        code_system=edition.system,
        code_year=edition.year,
        urban_rural=cells["urban_rural"],
        valid_from=edition.valid_from,
    )
    _plan(area, plan.found.get(code), row, plan)
    plan.found.setdefault(code, area)


def _kind(code: str, level: Level, system: str) -> str:
    zone = system == "NBS" and level == Level.DISTRICT and int(code[4:6]) in STATISTICS_ONLY
    return (AreaKind.FUNCTIONAL_ZONE if zone else AreaKind.OFFICIAL).value


def _plan(area: Area, known: Area | None, row: Row, plan: Plan) -> None:
    """Take ``area`` into the plan, unless it is ``known`` and the same."""
    try:
        tree.check(area)
    except BadInput as error:
        plan.bad.append(row.bad(f"{error.field}: {error}"))
        return
    if known is None:
        plan.new.append(area)
        return
    plan.known += 1
    same_parent = known.parent == area.parent and known.stat_parent == area.stat_parent
    if known.name != area.name:
        plan.bad.append(row.bad(f"{area.code} is {known.name} already."))
    elif not same_parent or known.level != area.level:
        above = known.parent.name if known.parent else "nothing"
        plan.bad.append(row.bad(f"{known.name} lies below {above} already."))


# --- functional zones -----------------------------------------------------------------
def _read_zones(file: Path | None, plan: Plan) -> list[Row]:
    if file is None:
        return []
    table = csvfile.read(file, ZONE_COLUMNS)
    plan.bad += table.bad
    return table.rows


def _plan_zones(members: list[Row], plan: Plan) -> None:
    """Plan a zone for each new name; its members will be planted below it."""
    for row in members:
        name, parent_code, code = (row.cells[column] for column in ZONE_COLUMNS)
        parent = plan.found.get(parent_code)
        if parent is None or (code not in plan.lines and code not in plan.found):
            missing = parent_code if parent is None else code
            plan.bad.append(row.bad(f"{missing} is neither here nor imported."))
            continue
        if code in plan.zone_of:
            plan.bad.append(row.bad(f"{code} is in {plan.zone_of[code].name} already."))
            continue
        if name not in plan.zones:
            kind = AreaKind.FUNCTIONAL_ZONE.value
            here = Area.objects.current().select_related("parent")
            known = here.filter(kind=kind, parent__code=parent_code, name=name).first()
            zone = Area(
                parent=parent, level=Level.DISTRICT, kind=kind, name=name,
                valid_from=plan.edition.valid_from,
            )  # fmt: skip
            _plan(zone, known, row, plan)
            plan.zones[name] = known or zone
        plan.zone_of[code] = plan.zones[name]


# --- customers ------------------------------------------------------------------------
def _plan_tenants(file: Path | None, root: str, prefix: str, plan: Plan) -> list[Customer]:
    """Which customer begins where; new customers are written, their places marked."""
    rows: list[Row] = []
    if file is not None:
        table = csvfile.read(file, TENANT_COLUMNS)
        plan.bad += table.bad
        rows += table.rows
    if prefix and root in plan.found:
        name = plan.found[root].name
        rows.append(Row("--tenant-prefix", 1, {"prefix": prefix, "name": name, "root": root}))
    customers = [made for row in rows if (made := _plan_tenant(row, plan)) is not None]
    for row, area, tenant, _ in customers:
        below = Area.objects.within(area).exclude(tenant=None).exclude(tenant=tenant)
        if not area._state.adding and below.exists() and area.tenant_id is None:
            plan.bad.append(row.bad(f"{area.name} has another customer's place in it."))
        above = area.parent
        while above is not None:
            if above.tenant_id not in (None, tenant.pk):
                plan.bad.append(row.bad(f"{area.name} lies in another customer's place."))
            above = above.parent
    return customers


def _plan_tenant(row: Row, plan: Plan) -> Customer | None:
    prefix, name, root = (row.cells[column] for column in TENANT_COLUMNS)
    area = plan.found.get(root) or plan.zones.get(root)
    if area is None:
        plan.bad.append(row.bad(f"{root} is neither here nor imported."))
        return None
    if not PREFIX.fullmatch(prefix):
        plan.bad.append(row.bad("A prefix is two to eight capital letters or digits."))
        return None
    try:
        name = plaintext.line(name, "name", longest=60)
    except BadInput as error:
        plan.bad.append(row.bad(f"name: {error}"))
        return None
    tenant, new = Tenant.objects.get_or_create(prefix=prefix, defaults={"name": name})
    if tenant.name != name:
        plan.bad.append(row.bad(f"{prefix} is the customer {tenant.name} already."))
    elif area.tenant_id not in (None, tenant.pk):
        plan.bad.append(row.bad(f"{area.name} belongs to another customer."))
    if area._state.adding:
        area.tenant = tenant
    return Customer(row, area, tenant, new)


def _settle_customers(customers: list[Customer], plan: Plan) -> int:
    """Give the places below each root to its customer; open the units. How many units."""
    for _, area, tenant, _ in customers:
        tree.give(area, tenant)
    opened = sum(len(standard_units(customer.area)) for customer in customers)
    # Places new below a customer of an earlier import have units to open as well.
    return opened + len(open_missing([area for area in plan.new if area.tenant_id]))
