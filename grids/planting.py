"""Staged places become part of the tree: one statement per level of a province.

``grids.tree`` plants what a page or a short file brings, row by row; a country is planted by the
database itself, with the same paths and level columns (a test compares the two).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from grids import country
from grids.importing import STATISTICS_ONLY, Edition
from grids.models import Area
from grids.models.area import STAMP_COLUMNS
from grids.roles import COLUMN_LEVELS, AreaKind, Level
from grids.units import open_missing

Say = Callable[[str], None]

OTHERWISE = """
UPDATE area_staging AS row
SET bad = format('%s is %s already, level %s in %s; it was left as it is.', row.code,
                 known.name, known.level, COALESCE(legal.code, 'nothing'))
FROM grids_area AS known LEFT JOIN grids_area AS legal
    ON legal.id = COALESCE(known.stat_parent_id, known.parent_id)
WHERE row.area_id = known.id
AND (known.name <> row.name OR known.level <> row.level
     OR COALESCE(legal.code, '') <> row.parent_code)
"""
PROVINCES = """
SELECT left(row.code, 2), min(row.name) FILTER (WHERE row.level = 1), count(*)
FROM area_staging AS row WHERE row.bad IS NULL GROUP BY 1 ORDER BY 1
"""
# The ids go back into the staging table: the next level finds its parents by them, because the
# statistics of a table that has just been empty would find a slow way by code.
PLANT = """
WITH planted AS (
    INSERT INTO grids_area ({columns})
    SELECT {values}
    FROM (
        SELECT nextval(pg_get_serial_sequence('grids_area', 'id')) AS id, fresh.*
        FROM (
            SELECT row.code, row.name, above.area_id AS parent_id
            FROM area_staging AS row LEFT JOIN area_staging AS above
                ON above.code = row.parent_code AND above.area_id IS NOT NULL
            WHERE row.bad IS NULL AND row.area_id IS NULL AND row.level = %(level)s
            AND row.code >= %(prefix)s AND row.code < %(beyond)s
            ORDER BY row.code
        ) AS fresh
    ) AS staged
    LEFT JOIN grids_area AS parent ON parent.id = staged.parent_id
    RETURNING id, code
)
UPDATE area_staging AS row SET area_id = planted.id
FROM planted WHERE row.code = planted.code AND row.bad IS NULL
"""
ZONE = f"""
CASE WHEN substr(staged.code, 5, 2) BETWEEN '{STATISTICS_ONLY[0]}' AND '{STATISTICS_ONLY[-1]}'
THEN '{AreaKind.FUNCTIONAL_ZONE.value}' ELSE '{AreaKind.OFFICIAL.value}' END
"""
LIMITS = {
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    # The tree grows from nothing to half a million rows: plans made on the way, those of the
    # foreign keys too, must not read a table that was small when they were made.
    "enable_seqscan": "off",
}


@dataclass(frozen=True, slots=True)
class Planted:
    """What an import of the country did."""

    rows: int
    areas: int
    known: int
    bad: int
    units: int


def import_country(source: Path, edition: Edition, say: Say) -> Planted:
    """Import the published folder or archive ``source``; each province is one transaction.

    An import that was stopped goes on where it was: provinces that are in are found known. A
    row that cannot be used is left out with what lies below it, and stays in ``area_staging``
    with its reason (``country.bad_lines``). Known places are left alone.

    Raises ``BadFile`` for files that cannot be read; then nothing is written.
    """
    with country.published(source) as folder, connection.cursor() as cursor:
        for limit, value in LIMITS.items():
            cursor.execute(f"SET {limit} = {value}")
        cursor.execute("SELECT pg_advisory_lock(hashtext('grids import'))")
        try:
            rows = country.stage(folder, edition)
            say(f"{rows:,} lines read.")
            return plant_all(rows, edition, say)
        finally:
            if not connection.needs_rollback:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('grids import'))")
                for limit in LIMITS:
                    cursor.execute(f"RESET {limit}")


def plant_all(rows: int, edition: Edition, say: Say) -> Planted:
    """Plant what is staged, province by province."""
    areas = units = good = 0
    with connection.cursor() as cursor:
        cursor.execute(OTHERWISE)
        cursor.execute(PROVINCES)
        provinces = cursor.fetchall()
        for number, (prefix, name, count) in enumerate(provinces, 1):
            with transaction.atomic():
                new = sum(plant_level(level, prefix, edition) for level in country.FILES)
                units += open_units(prefix, edition) if new else 0
            if new and number.bit_count() == 1:  # plans follow the growing table
                cursor.execute("ANALYZE grids_area")
            areas, good = areas + new, good + count
            say(f"{number:>2} of {len(provinces)}  {prefix} {name or ''}: {new:,} new places")
    return Planted(rows, areas, good - areas, rows - good, units)


def plant_level(level: Level, prefix: str, edition: Edition) -> int:
    """Insert the staged places of one level whose codes begin with ``prefix``."""
    columns = expressions(level)
    usual = {
        str(field.column): field.get_default()
        for field in Area._meta.concrete_fields
        if field.column not in columns
    }
    columns |= {column: f"%({column})s" for column in usual}
    statement = PLANT.format(columns=", ".join(columns), values=", ".join(columns.values()))
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                **usual,
                "level": level.value,
                "prefix": prefix,
                "beyond": prefix + ":",  # the character after 9
                "system": edition.system,
                "year": edition.year,
                "valid_from": edition.valid_from,
            },
        )
        return int(cursor.rowcount)


def expressions(level: Level) -> dict[str, str]:
    """What each column of a planted place is made of; all others have their usual value."""
    columns = {
        "id": "staged.id",
        "public_id": "gen_random_uuid()",
        "tenant_id": "parent.tenant_id",
        "parent_id": "parent.id",
        "level": "%(level)s",
        "kind": ZONE if level == Level.DISTRICT else f"'{AreaKind.OFFICIAL.value}'",
        "path": "COALESCE(parent.path, '') || staged.id || '.'",
        "name": "staged.name",
        "code": "staged.code",
        "code_system": "%(system)s",
        "code_year": "%(year)s",
        "valid_from": "%(valid_from)s",
    }
    columns |= {column: f"parent.{column}" for column in STAMP_COLUMNS}
    if level in COLUMN_LEVELS:
        columns[f"{level.column}_id"] = "staged.id"
    if level == Level.DISTRICT:
        columns["stat_district_id"] = "staged.id"
    return columns


def open_units(prefix: str, edition: Edition) -> int:
    """Open the units of the new places that lie in a customer's; how many."""
    places = Area.objects.current().filter(
        code_system=edition.system, code_year=edition.year,
        code__gte=prefix, code__lt=prefix + ":",
    )  # fmt: skip
    return len(open_missing(list(places.exclude(tenant=None).filter(units=None))))
