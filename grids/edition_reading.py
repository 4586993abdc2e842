"""A later edition is read in: its lines are kept, the tree stays as it is.

A table comes whole or not at all, every bad line named, and only what lies in the place it is
read for. The published country comes as it is: lines that cannot be used are kept with the
reason. Each is one transaction, so an interrupted reading leaves nothing.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import connection, transaction
from django.db.models import Max
from django.db.models.functions import Now

from grids import country, csvfile, plaintext
from grids.changes import changed
from grids.csvfile import BadFile, BadRow, Row
from grids.errors import BadInput
from grids.importing import COLUMNS, DIGITS, Edition, bad_code, one_import_at_a_time
from grids.models import Area, AreaEdition, EditionLine, User
from grids.models.edition import EditionState
from grids.roles import Level

MOST_BYTES = 8 * 1024 * 1024  # of an uploaded table: the villages of a province

KEEP = """
INSERT INTO grids_editionline (edition_id, file, line, code, name, level, parent_code, part, bad,
                               verdict)
SELECT %s, file, line, COALESCE(code, ''), name, level, parent_code, left(code, 2),
       COALESCE(bad, ''), ''
FROM area_staging ORDER BY level, code
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is said of a file: whose edition it is, for which place, by whom.

    ``root_code`` names the place in the file where name and code do not find it.
    """

    system: str
    year: int
    root: Area | None = None
    root_code: str = ""
    document: str = ""
    reader: User | None = None


# --- a table ------------------------------------------------------------------------------
def read_table(reading: Reading, name: str, content: bytes) -> AreaEdition:
    """Keep the lines of a table that lie in ``reading.root``.

    Raises ``BadFile`` listing every bad line, and ``BadInput`` naming a field when the edition
    is not later than the one in force, is there already, or does not hold the place.
    """
    rows = checked(name, content, reading)
    branch = rows if reading.root is None else list(below(rows, root_row(rows, reading)))
    if not branch:
        raise BadInput("This file has no lines.", field="file")
    with transaction.atomic():
        edition = begin(reading, name)
        edition.sha256 = hashlib.sha256(content).hexdigest()
        edition.lines_read = len(branch)
        edition.save(update_fields=["sha256", "lines_read"])
        EditionLine.objects.bulk_create(
            [
                EditionLine(
                    edition=edition, file=name[:120], line=row.line, code=row.cells["code"],
                    name=row.cells["name"], level=int(row.cells["level"]),
                    parent_code=row.cells["parent_code"],
                )
                for row in branch
            ],
            batch_size=5000,
        )  # fmt: skip
    return edition


def checked(name: str, content: bytes, reading: Reading) -> list[Row]:
    """The rows of a table, each with a usable code and name and its parent in the file or none.
    Raises ``BadFile``."""
    table = csvfile.parse(name, content, COLUMNS, ["urban_rural"])
    bad, known = list(table.bad), dict[str, Row]()
    for row in table.rows:
        code = row.cells["code"]
        if reason := bad_line(row, reading.system):
            bad.append(row.bad(reason))
        elif code in known:
            bad.append(
                row.bad(
                    BadInput("%(code)s is on line %(line)s already.", code=code,
                             line=known[code].line)
                )
            )  # fmt: skip
        else:
            known[code] = row
    for row in known.values():
        above = known.get(row.cells["parent_code"])
        if above is not None and int(above.cells["level"]) >= int(row.cells["level"]):
            bad.append(row.bad(BadInput("It must lie deeper than what it is part of.")))
    if bad:
        raise BadFile(bad)
    return list(known.values())


def bad_line(row: Row, system: str) -> str | BadInput:
    """Why a line cannot be used; cleans its name."""
    code, level, parent = (row.cells[name] for name in ("code", "level", "parent_code"))
    try:
        row.cells["name"] = plaintext.line(row.cells["name"], "name", longest=country.LONGEST)
    except BadInput as error:
        return error
    if reason := bad_code(code, level, system):
        return reason
    if len(code) > 20 or not (code.isascii() and code.isalnum()):
        return BadInput("A code is made of digits and letters.", field="code")
    if system == "NBS" and parent:
        used = next(digits for digits in DIGITS.values() if not parent[digits:].strip("0"))
        if not code.startswith(parent[:used]):
            return BadInput("%(code)s does not lie in %(parent)s.", code=code, parent=parent[:20])
    return ""


def root_row(rows: list[Row], reading: Reading) -> Row:
    """The line of ``reading.root``: the code that was written, its own code within its system,
    or its name where that is there once. Raises ``BadInput``."""
    root = reading.root
    assert root is not None
    level = [row for row in rows if row.cells["level"] == str(root.level)]
    own = root.code if root.code_system == reading.system else ""
    if wanted := reading.root_code or own:
        found = [row for row in level if row.cells["code"] == wanted]
    else:
        found = [row for row in level if row.cells["name"] == root.name]
    if len(found) != 1:
        raise BadInput(
            "%(place)s was not found in this file. Write the code it has there.",
            field="root_code", place=root.name,
        )  # fmt: skip
    return found[0]


def below(rows: list[Row], root: Row) -> Iterator[Row]:
    """``root`` and every row below it."""
    children: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        children[row.cells["parent_code"]].append(row)
    waiting = [root]
    while waiting:
        row = waiting.pop()
        yield row
        waiting += children[row.cells["code"]]


# --- the country --------------------------------------------------------------------------
def read_country(source: Path, reading: Reading) -> AreaEdition:
    """Keep the lines of the published folder or archive ``source``, good and bad.

    Raises ``BadFile`` for files that cannot be read, ``BadInput`` as ``read_table`` does.
    """
    with country.published(source) as folder, transaction.atomic():
        one_import_at_a_time()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            edition = begin(reading, source.name)
            staged = Edition(reading.system, reading.year, date(reading.year, 12, 31))
            edition.lines_read = country.stage(folder, staged)
            cursor.execute(KEEP, [edition.pk])
            country.drop_staging()
        edition.lines_bad = EditionLine.objects.filter(edition=edition).exclude(bad="").count()
        edition.save(update_fields=["lines_read", "lines_bad"])
    return edition


def bad_lines(edition: AreaEdition) -> Iterator[BadRow]:
    """The lines of the country that were left out and why, in the order of the files."""
    rows = EditionLine.objects.filter(edition=edition).exclude(bad="").order_by("level", "line")
    for row in rows.iterator():
        yield BadRow(row.file, row.line, row.bad)


# --- both ---------------------------------------------------------------------------------
def begin(reading: Reading, file: str) -> AreaEdition:
    """The row of a new edition, after the checks that need the tree. Raises ``BadInput``."""
    root = reading.root
    system = plaintext.line(reading.system, "system", longest=20)
    if not (system.isascii() and system.isalnum()):
        raise BadInput("A code system is named by letters and digits.", field="system")
    if not 1949 <= reading.year <= 2200:
        raise BadInput("This is not a year.", field="year")
    in_force = year_in_force(root, system)
    if in_force is not None and reading.year <= in_force:
        raise BadInput(
            "The places are of the edition of %(year)s already; read in a later one.",
            field="year", year=in_force,
        )  # fmt: skip
    same = AreaEdition.objects.filter(root=root, system=system, year=reading.year)
    if same.exclude(state=EditionState.DISCARDED.value).exists():
        raise BadInput("This edition is there already; discard that one first.", field="year")
    document = plaintext.line(reading.document, "document", longest=120, required=False)
    edition = AreaEdition.objects.create(
        root=root, system=system, year=reading.year, file=file[:120], document=document,
        read_by=reading.reader, read_at=Now(),
    )  # fmt: skip
    edition.refresh_from_db()
    changed(
        reading.reader, "open", "edition", edition.pk, area=root,
        after={"system": system, "year": reading.year}, reason=document,
    )  # fmt: skip
    return edition


def year_in_force(root: Area | None, system: str) -> int | None:
    """The edition of ``system`` that the tree follows at ``root``; of the country, its
    provinces'."""
    if root is not None:
        return root.code_year if root.code_system == system else None
    rows = Area.objects.current().filter(level=Level.PROVINCE, code_system=system)
    year: int | None = rows.aggregate(year=Max("code_year"))["year"]
    return year
