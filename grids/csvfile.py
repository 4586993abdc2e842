"""CSV from other offices: read with line numbers, every bad line named; written unarmed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from grids.errors import BadInput, BrokenRule

if TYPE_CHECKING:
    from _csv import Reader

# A spreadsheet takes a cell that begins so for a formula and runs it; Chinese ones take the
# wide forms too, and some skip blanks before them.
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
BLANKS = " \u00a0\u3000\ufeff"

MOST_LINES = 200  # of bad lines shown


@dataclass(frozen=True, slots=True)
class BadRow:
    """One line that cannot be used, and why."""

    file: str
    line: int
    reason: str
    # The refusal behind the reason, for a page that says it in the reader's language.
    error: BrokenRule | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


class BadFile(BrokenRule):
    """A file has bad lines. Nothing was imported."""

    code = "bad_file"
    http_status = 422

    def __init__(self, rows: Sequence[BadRow]) -> None:
        super().__init__("%(count)s bad lines; nothing was imported.", count=len(rows))
        self.rows = sorted(rows, key=lambda row: (row.file, row.line))

    def listing(self) -> str:
        """The bad lines, one per line, the first 200 of them."""
        lines = [str(row) for row in self.rows[:MOST_LINES]]
        if len(self.rows) > MOST_LINES:
            lines.append(f"… and {len(self.rows) - MOST_LINES} more.")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file; every column of the header has a text."""

    file: str
    line: int
    cells: dict[str, str]

    def bad(self, reason: object) -> BadRow:
        """This line as a bad one; of a refusal the field is named too."""
        if not isinstance(reason, BrokenRule):
            return BadRow(self.file, self.line, str(reason))
        text = f"{reason.field}: {reason}" if reason.field else str(reason)
        return BadRow(self.file, self.line, text, reason)


@dataclass(slots=True)
class Table:
    """What could be read of a file, and what could not."""

    rows: list[Row] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


def read(path: Path, required: Sequence[str], optional: Sequence[str] = ()) -> Table:
    """``parse`` the file at ``path``."""
    return parse(path.name, path.read_bytes(), required, optional)


def parse(
    name: str,
    content: bytes,
    required: Sequence[str],
    optional: Sequence[str] = (),
    titles: Mapping[str, str] | None = None,
) -> Table:
    """Read UTF-8 CSV whose first line names the columns, in any order; ``name`` is the file's.

    Empty lines are skipped, the apostrophe before a would-be formula is taken off. A file
    that is not UTF-8 or has another header gives one bad row and no rows. ``titles`` are other
    words for columns, as offices write them.
    """
    table = Table()

    def bad(line: int, error: BrokenRule) -> None:
        table.bad.append(BadRow(name, line, str(error), error))

    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        bad(line, BadInput("Not UTF-8. Save it as “CSV UTF-8” and try again."))
        return table
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines = _lines(reader)
    try:
        header = [(titles or {}).get(title, title) for title in next(lines, (1, []))[1]]
        if not set(required) <= set(header) <= {*required, *optional}:
            wanted = ",".join(required) + "".join(f"[,{name}]" for name in optional)
            bad(1, BadInput("The first line must be %(columns)s", columns=wanted))
            return table
        if len(header) != len(set(header)):
            bad(1, BadInput("A column occurs twice."))
            return table
        for line, cells in lines:
            _take(table, name, line, header, cells, optional)
    except csv.Error as error:
        bad(reader.line_num, BadInput("Not a CSV file: %(why)s", why=error))
    return table


def _lines(reader: Reader) -> Iterator[tuple[int, list[str]]]:
    """Records with the number of the line they begin on."""
    begins = 1
    for cells in reader:
        if cells:
            yield begins, [cell.strip() for cell in cells]
        begins = reader.line_num + 1


def _take(
    table: Table, file: str, line: int, header: list[str], cells: list[str], optional: Sequence[str]
) -> None:
    if len(cells) != len(header):
        error = BadInput(
            "%(found)s columns instead of %(wanted)s.", found=len(cells), wanted=len(header)
        )
        table.bad.append(BadRow(file, line, str(error), error))
        return
    empty = dict.fromkeys(optional, "")
    named = {name: disarm(cell) for name, cell in zip(header, cells, strict=True)}
    table.rows.append(Row(file, line, empty | named))


def disarm(cell: str) -> str:
    """The cell without the apostrophe that ``arm`` put before it."""
    return cell[1:] if cell.startswith("'") and would_run(cell[1:]) else cell


PIECE = 500  # lines


def arm(cell: object) -> str:
    """The cell as text that no spreadsheet runs: an apostrophe before a would-be formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if would_run(text) else text


def would_run(text: str) -> bool:
    """Whether a spreadsheet may take ``text`` for a formula."""
    return text.lstrip(BLANKS).startswith(FORMULA_STARTS)


def write(out: io.TextIOBase, header: Sequence[str], rows: Iterable[Iterable[object]]) -> int:
    """Write rows with ``arm``-ed cells; return how many."""
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    count = 0
    for row in rows:
        writer.writerow([arm(cell) for cell in row])
        count += 1
    return count


def pieces(header: Sequence[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The same file piece by piece, so that a long one never stands in memory."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    for count, row in enumerate(rows, 1):
        writer.writerow([arm(cell) for cell in row])
        if not count % PIECE:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()
