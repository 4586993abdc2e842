"""The whole country as published: five files, one per level, read into a staging table.

The package ``china-division`` has ``provinces.csv`` … ``villages.csv``, each with ``code`` (as
many digits as the level has), ``name`` and the code of the place above. Nothing of it is kept in
memory: lines stream from the file into a temporary table, and the database finds what is wrong
among them.
"""

import csv
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from django.db import connection, transaction

from grids import plaintext
from grids.csvfile import BadFile, BadRow
from grids.errors import BadInput
from grids.importing import DIGITS, Edition
from grids.roles import Level

# File, and the column with the code of the place above.
FILES = {
    Level.PROVINCE: ("provinces.csv", ""),
    Level.CITY: ("cities.csv", "provinceCode"),
    Level.DISTRICT: ("areas.csv", "cityCode"),
    Level.TOWNSHIP: ("streets.csv", "areaCode"),
    Level.VILLAGE: ("villages.csv", "streetCode"),
}
LONGEST = 60
WIDTH = 12  # digits of a statistical code
ARCHIVES = (".tgz", ".tar.gz")

STAGING = """
CREATE TEMP TABLE area_staging (
    file text COLLATE "C", line int, code text COLLATE "C", name text COLLATE "C",
    level int, parent_code text COLLATE "C", bad text, area_id bigint
)
"""
COPY = "COPY area_staging (file, line, code, name, level, parent_code, bad) FROM STDIN"
# A row that is here twice: the one of the higher level stays, of the same level the first. The
# package repeats a city without counties as its own county, and so on down.
TWICE = """
WITH first AS (
    SELECT DISTINCT ON (code) code, file, line, name FROM area_staging
    WHERE bad IS NULL ORDER BY code, level, line
)
UPDATE area_staging AS row
SET bad = format('%%s is %%s (%%s, line %%s) already.', row.code, first.name, first.file,
                 first.line)
FROM first
WHERE row.bad IS NULL AND row.code = first.code AND (row.file, row.line) <> (first.file, first.line)
"""
ORPHANS = """
UPDATE area_staging AS row
SET bad = format('The parent %%s is not here.', row.parent_code)
WHERE row.bad IS NULL AND row.level = %(level)s
AND NOT EXISTS (
    SELECT FROM area_staging AS above
    WHERE above.code = row.parent_code AND above.bad IS NULL AND above.level < row.level
)
"""
# Places that are in already, once for all provinces: the tree grows while they are planted, and
# a plan made for a small table would be taken for a large one.
KNOWN = """
UPDATE area_staging AS row SET area_id = known.id
FROM grids_area AS known
WHERE row.bad IS NULL AND known.code = row.code AND known.code_system = %(system)s
AND known.code_year = %(year)s AND known.code <> '' AND known.valid_to IS NULL
"""


class Line(NamedTuple):
    """One line of a file, cleaned; ``bad`` says why it cannot be used."""

    file: str
    line: int
    code: str
    name: str
    level: int
    parent_code: str
    bad: str


@contextmanager
def published(source: Path) -> Iterator[Path]:
    """The folder with the five files: ``source`` itself, its ``dist``, or an archive's.

    Raises ``BadFile`` when one of them is missing.
    """
    if source.is_dir():
        inner = source / "dist"
        yield whole(inner if inner.is_dir() else source)
        return
    with tempfile.TemporaryDirectory(prefix="areas-") as place:
        folder = Path(place)
        unpack(source, folder)
        yield whole(folder)


def is_country(source: Path) -> bool:
    """Whether ``source`` is a folder or an archive of the published package."""
    return source.is_dir() or source.name.endswith(ARCHIVES)


def unpack(archive: Path, folder: Path) -> None:
    """Write the five files of ``archive`` into ``folder``, and nothing else of it."""
    wanted = {file for file, _ in FILES.values()}
    try:
        with tarfile.open(archive, "r|gz") as tape:
            for member in tape:
                name = member.name.rpartition("/")[2]
                content = tape.extractfile(member) if name in wanted else None
                if content is not None:
                    with (folder / name).open("wb") as out:
                        shutil.copyfileobj(content, out)
    except (tarfile.TarError, EOFError) as error:
        raise BadFile([BadRow(archive.name, 1, f"Not an archive: {error}")]) from error


def whole(folder: Path) -> Path:
    missing = [file for file, _ in FILES.values() if not (folder / file).is_file()]
    if missing:
        raise BadFile([BadRow(file, 1, "This file is missing.") for file in missing])
    return folder


# --- reading ----------------------------------------------------------------------------
def read(folder: Path) -> Iterator[Line]:
    """Every line of the five files, from the top of the tree down. Raises ``BadFile``."""
    for level, (name, above) in FILES.items():
        with (folder / name).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            try:
                yield from lines_of(name, level, above, reader)
            except csv.Error as error:
                wrong = BadRow(name, reader.line_num, f"Not a CSV file: {error}")
                raise BadFile([wrong]) from error
            except UnicodeDecodeError as error:
                wrong = BadRow(name, reader.line_num + 1, "Not UTF-8.")
                raise BadFile([wrong]) from error


def lines_of(name: str, level: Level, above: str, reader: Iterator[list[str]]) -> Iterator[Line]:
    header = next(reader, [])
    wanted = [column for column in ("code", "name", above) if column]
    if not set(wanted) <= set(header):
        raise BadFile([BadRow(name, 1, f"The first line must hold {','.join(wanted)}")])
    places = [header.index(column) for column in wanted]
    for line, cells in enumerate(reader, 2):
        if not cells:
            continue
        if len(cells) != len(header):
            reason = f"{len(cells)} columns instead of {len(header)}."
            yield Line(name, line, "", "", level.value, "", reason)
            continue
        code, text, *parent = (cells[place] for place in places)
        yield cleaned(name, line, level, code.strip(), text, parent[0].strip() if parent else "")


def cleaned(file: str, line: int, level: Level, code: str, name: str, parent: str) -> Line:
    """The line with twelve-digit codes and a clean name, or with what is wrong with it."""
    bad = ""
    digits, outer = DIGITS[level], DIGITS.get(Level(level - 1), 0) if level > 1 else 0
    if not (code.isascii() and code.isdigit() and len(code) == digits):
        bad = f"{code[:20]!r} is not a code of {digits} digits."
    elif outer and not (len(parent) == outer and code.startswith(parent)):
        bad = f"{code} does not lie in {parent[:20]}."
    try:
        name = plaintext.line(name, "name", longest=LONGEST)
    except BadInput as error:
        bad = bad or f"name: {error}"
    if bad:
        return Line(file, line, "", "", level.value, "", bad)
    padded = parent.ljust(WIDTH, "0") if parent else ""
    return Line(file, line, code.ljust(WIDTH, "0"), name, level.value, padded, "")


# --- staging ----------------------------------------------------------------------------
class Tape:
    """Lines as a file in COPY's text format, written only as fast as it is read."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self.lines, self.rest, self.count = lines, "", 0
        self.wrong: BadFile | None = None

    def read(self, size: int = 65536) -> str:
        parts, length = [self.rest], len(self.rest)
        while length < size and (line := self.next()) is not None:
            parts.append(written(line))
            length += len(parts[-1])
            self.count += 1
        text = "".join(parts)
        self.rest = text[size:]
        return text[:size]

    def next(self) -> Line | None:
        """The next line; none after what makes the file unreadable, kept in ``wrong``: the
        driver would pass an exception on as its own."""
        try:
            return next(self.lines, None)
        except BadFile as error:
            self.wrong = error
            return None


def written(line: Line) -> str:
    cells = (str(cell).replace("\\", "\\\\") for cell in line[:-1])
    # A message may quote what a file holds; a tab in it would begin another column.
    bad = " ".join(line.bad.replace("\\", "\\\\").split()) or "\\N"
    return "\t".join((*cells, bad)) + "\n"


@transaction.atomic
def stage(folder: Path, edition: Edition) -> int:
    """Read ``folder`` into the temporary table ``area_staging``; how many lines.

    ``bad`` is null in the rows that can be planted: one per code, whose parent is here as well.
    ``area_id`` is what the code names in this edition already.
    Raises ``BadFile`` for a file that cannot be read at all.
    """
    tape = Tape(read(folder))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS area_staging")
        cursor.execute(STAGING)
        cursor.copy_expert(COPY, tape)
        if tape.wrong is not None:
            raise tape.wrong
        cursor.execute("CREATE INDEX ON area_staging (code)")
        cursor.execute("ANALYZE area_staging")
        cursor.execute(TWICE, [])
        names: dict[str, str | int] = {"system": edition.system, "year": edition.year}
        cursor.execute(KNOWN, names)
        for level in list(FILES)[1:]:
            cursor.execute(ORPHANS, {"level": level.value})
    return tape.count


def bad_lines(most: int | None = None) -> Iterator[BadRow]:
    """What was left out and why, in the order of the files."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT file, line, bad FROM area_staging WHERE bad IS NOT NULL"
            " ORDER BY level, line LIMIT %s",
            [most],
        )
        while rows := cursor.fetchmany(1000):
            for file, line, bad in rows:
                yield BadRow(file, line, bad)


def drop_staging() -> None:
    """Let the temporary table go."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS area_staging")
