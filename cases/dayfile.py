"""A yearly holiday notice from a file: CSV, JSON or an ics calendar, told apart by what is in it.

Every line that cannot be used is named with its reason, and then none is used. JSON is taken in
the form public lists have it (``days`` with ``date``, ``name`` and ``isOffDay``, or ``off``); of
an ics calendar the summary says 休 or 班.
"""

import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from cases.rules.daysoff import (
    LONGEST_NAME,
    NamedDay,
    day_from,
    missing_by_law,
    works_from,
    wrong_days,
)
from grids import csvfile, plaintext
from grids.csvfile import BadRow
from grids.errors import BadInput, BrokenRule

LARGEST = 256 * 1024  # bytes; a notice has some forty lines
COLUMNS = ("date", "kind", "name")
TITLES = {"日期": "date", "类别": "kind", "类型": "kind", "名称": "name", "节日": "name"}
MOST_DAYS = 400
DATE_KEY = re.compile(r'"date"\s*:')
LONGEST_EVENT = 31  # days
SAID_WORK = re.compile(r"班|工作日|workday|working", re.IGNORECASE)
# By their names only the festivals of the law are days off: on Teachers' Day (教师节) offices work.
SAID_OFF = re.compile(
    r"休|假|元旦|春节|除夕|清明|劳动节|端午|中秋|国庆|holiday|day off", re.IGNORECASE
)
KINDS = {True: "work", False: "off"}
UNKNOWN_DAY = "“%(text)s” is no day; write it like 2027-02-06."
UNKNOWN_KIND = "“%(text)s” is neither off (休) nor work (班)."


@dataclass(slots=True)
class Notice:
    """What could be read of a file, and what could not."""

    days: list[NamedDay] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    name: str = ""

    def wrong(self, line: int, error: BrokenRule) -> None:
        self.bad.append(BadRow(self.name, line, str(error), error))


Lines = list[tuple[int, NamedDay]]


def read(name: str, content: bytes, year: int) -> Notice:
    """The days of ``year`` in a file; ``bad`` names every line that cannot be used."""
    notice = Notice(name=name)
    if len(content) > LARGEST:
        notice.wrong(1, BadInput("This file is too large for a holiday notice."))
        return notice
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as where:
        line = content.count(b"\n", 0, where.start) + 1
        notice.wrong(line, BadInput("Not UTF-8. Save it as “CSV UTF-8” and try again."))
        return notice
    lines = parsed(text, notice)
    if notice.bad:
        return notice
    if len(lines) > MOST_DAYS:
        notice.wrong(lines[MOST_DAYS][0], BadInput("More days than a year has."))
        return notice
    notice.days, bad = wrong_days(year, lines)
    for line, error in bad:
        notice.wrong(line, error)
    if not notice.bad and (lacking := not_whole(year, notice.days)):
        notice.wrong(1, lacking)
    return notice


def not_whole(year: int, days: Sequence[NamedDay]) -> BadInput | None:
    """Why the days are no whole notice: it has days off, and those of the law among them."""
    if all(one.works for one in days):
        return BadInput("There is no day off in this notice.")
    if missing := missing_by_law(year, days):
        written = ", ".join(day.isoformat() for day in missing)
        return BadInput("Days off by law are missing: %(days)s", days=written)
    return None


def parsed(text: str, notice: Notice) -> Lines:
    """The days with the lines they stand on."""
    begin = text.lstrip()
    if begin.startswith(("{", "[")):
        return of_json(text, notice)
    if begin[:15].upper().startswith("BEGIN:VCALENDAR"):
        return of_ics(text, notice)
    return of_csv(text, notice)


# --- CSV ------------------------------------------------------------------------------------
def of_csv(text: str, notice: Notice) -> Lines:
    table = csvfile.parse(notice.name, text.encode(), COLUMNS[:2], COLUMNS[2:], TITLES)
    notice.bad += table.bad
    lines: Lines = []
    for row in table.rows:
        cells = row.cells
        day, works = day_from(cells["date"]), works_from(cells["kind"])
        if day is None:
            notice.wrong(row.line, BadInput(UNKNOWN_DAY, text=short(cells["date"])))
        if works is None:
            notice.wrong(row.line, BadInput(UNKNOWN_KIND, text=short(cells["kind"])))
        if day is not None and works is not None:
            take(lines, notice, row.line, day, works, cells["name"])
    return lines


def take(
    lines: Lines, notice: Notice, line: int, day: date, works: bool, name: object
) -> None:  # fmt: skip
    """Add a day, its name looked at."""
    try:
        clean = plaintext.line(name or "", "name", longest=LONGEST_NAME, required=False)
    except BadInput as error:
        notice.wrong(line, error)
        return
    lines.append((line, NamedDay(day, works, clean)))


def short(value: object) -> str:
    """What was written, as far as a sentence can repeat it."""
    text = "".join(mark for mark in str(value) if mark.isprintable())
    return text if len(text) <= 20 else f"{text[:19]}…"


def write(days: Iterable[NamedDay]) -> str:
    """The days as the import reads them."""
    out = io.StringIO(newline="")
    csvfile.write(out, COLUMNS, ((one.day, KINDS[one.works], one.name) for one in days))
    return out.getvalue()


# --- JSON -----------------------------------------------------------------------------------
def of_json(text: str, notice: Notice) -> Lines:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        notice.wrong(line, BadInput("Not JSON: %(why)s", why=getattr(error, "msg", "nested")))
        return []
    rows = found.get("days") if isinstance(found, dict) else found
    if not isinstance(rows, list):
        notice.wrong(1, BadInput("The file has no list called days."))
        return []
    lines: Lines = []
    for line, row in zip(json_lines(text, len(rows)), rows, strict=True):
        json_day(lines, notice, line, row)
    return lines


def json_lines(text: str, count: int) -> list[int]:
    """The line each entry stands on; its number where that cannot be told."""
    places = [text.count("\n", 0, one.start()) + 1 for one in DATE_KEY.finditer(text)]
    return places if len(places) == count else list(range(1, count + 1))


def json_day(lines: Lines, notice: Notice, line: int, row: Any) -> None:
    if not isinstance(row, dict):
        notice.wrong(line, BadInput("An entry is an object with date and isOffDay."))
        return
    day = day_from(str(row.get("date", "")))
    off = row.get("isOffDay", row.get("off"))
    if day is None:
        notice.wrong(line, BadInput(UNKNOWN_DAY, text=short(row.get("date", ""))))
    elif not isinstance(off, bool):
        notice.wrong(line, BadInput("isOffDay is true or false."))
    else:
        take(lines, notice, line, day, not off, row.get("name"))


# --- ics ------------------------------------------------------------------------------------
def of_ics(text: str, notice: Notice) -> Lines:
    lines: Lines = []
    event: dict[str, str] | None = None
    begun = 0
    for line, content in unfolded(text):
        name, _colon, value = content.partition(":")
        name = name.partition(";")[0].upper()
        if name == "BEGIN" and value.upper() == "VEVENT":
            event, begun = {}, line
        elif name == "END" and value.upper() == "VEVENT" and event is not None:
            ics_event(lines, notice, begun, event)
            event = None
        elif event is not None:
            event.setdefault(name, value)
    if not lines and not notice.bad:
        notice.wrong(1, BadInput("There is no event in this calendar."))
    return lines


def unfolded(text: str) -> Iterator[tuple[int, str]]:
    """The lines of an ics file, continued ones joined, with the number they begin on."""
    begun, content = 1, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if line[:1] in (" ", "\t"):
            content += line[1:]
            continue
        if content:
            yield begun, content
        begun, content = number, line
    if content:
        yield begun, content


def ics_event(lines: Lines, notice: Notice, line: int, event: dict[str, str]) -> None:
    """Every day of one event; an end without a time is the first day after it."""
    begin = day_from(event.get("DTSTART", "")[:8])
    end = day_from(event["DTEND"][:8]) if "DTEND" in event else None
    summary = re.sub(r"\\([,;\\])", r"\1", event.get("SUMMARY", "")).replace("\\n", " ")
    if begin is None:
        notice.wrong(line, BadInput(UNKNOWN_DAY, text=short(event.get("DTSTART", ""))))
        return
    works = bool(SAID_WORK.search(summary))
    if not works and not SAID_OFF.search(summary):
        notice.wrong(line, BadInput(UNKNOWN_KIND, text=short(summary)))
        return
    count = (end - begin).days if end and end > begin else 1
    if count > LONGEST_EVENT:
        notice.wrong(line, BadInput("No holiday lasts %(count)s days.", count=count))
        return
    for later in range(count):
        take(lines, notice, line, begin + timedelta(days=later), works, summary)
