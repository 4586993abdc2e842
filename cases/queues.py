"""Queues: what a person has to look at, the next due first.

A queue is a handful of branches, each on one column with an index of its own and each cut off
after one page; several branches are merged (decisions.md 22). Pages go by key, never by
offset, and nothing counts a whole queue.
"""

import base64
import binascii
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db.models import F, Q

from cases import branches, search
from cases.branches import NOW, Part, all_of
from cases.branches import Tab as Tab
from cases.rules.lamp import Lamp, LampCode, due_between, is_provisional, lamp
from cases.rules.whose import DueOf, stands_still, whose
from grids.errors import BrokenRule
from grids.models import User
from grids.prepared import ask, ask_once
from grids.roles import Level
from grids.staffing import Post

PAGE = 50
MOST = 100  # a badge counts no further: 99+
COUNTED = (Tab.TO_DO, Tab.RETURNED, Tab.SUPERVISED)
MOST_UNREAD = 99  # counting stops there; the bell says no more
UNREAD_KEY = "jieyou.unread"  # in the request: what the bell would ask for once more
UNREAD = (
    "SELECT count(*) FROM (SELECT FROM cases_notice WHERE user_id = %s AND read_at IS NULL"
    " AND (rings_at IS NULL OR rings_at <= now())"
    f" LIMIT {MOST_UNREAD}) AS unread"
)


class BadQuery(BrokenRule):
    """An address that no page of ours has written."""

    code = "bad_query"
    http_status = 400


# --- what narrows a queue ---------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a queue; empty values narrow nothing. ``area`` is (level, id)."""

    lamp: LampCode | None = None
    kind: str = ""
    status: str = ""
    categories: tuple[int, ...] = ()
    source: int | None = None
    area: tuple[Level, int] | None = None
    words: str = ""

    def parts(self, now: datetime | None) -> list[Part]:
        """Everything but the words, as conditions on the row of the case."""
        found = [] if self.lamp is None else [lit_part(self.lamp, now or clock())]
        if self.kind:
            found.append(Part("c.kind = %s", (self.kind,)))
        if self.status:
            found.append(Part("c.status = %s", (self.status,)))
        if self.categories:
            found.append(Part("c.category_id = ANY(%s)", (list(self.categories),)))
        if self.source:
            found.append(Part("c.source_id = %s", (self.source,)))
        if self.area:
            level, pk = self.area
            found.append(Part(f"c.{level.column}_id = %s", (pk,)))
        return found


# As ``stands_still`` has it: a sender's day that comes first runs on in a suspension.
SENDERS = Q(sender_due_at__isnull=False, sender_due_at=F("due_at"))
RUNS = "(c.suspended_at IS NULL OR (c.sender_due_at = c.due_at) IS TRUE)"


def lit(code: LampCode, now: datetime) -> Q:
    """The cases that show the lamp ``code`` at ``now``."""
    if code is LampCode.DONE:
        return Q(closed_at__isnull=False)
    if code is LampCode.PAUSED:
        return Q(closed_at=None, suspended_at__isnull=False) & ~SENDERS
    found = Q(closed_at=None) & (Q(suspended_at=None) | SENDERS)
    for column, sign, moment in bounds(code, now):
        found &= Q(**{f"{column}__{'gt' if sign == '>' else 'lte'}": moment})
    return found


def bounds(code: LampCode, now: datetime) -> list[tuple[str, str, datetime]]:
    """(column, ``>`` or ``<=``, moment) of what a lamp stands for."""
    found = due_between(code, now)
    each = (
        ("due_at", ">", found.due_after), ("due_at", "<=", found.due_until),
        ("amber_at", ">", found.amber_after), ("amber_at", "<=", found.amber_until),
    )  # fmt: skip
    return [(column, sign, moment) for column, sign, moment in each if moment]


def lit_part(code: LampCode, now: datetime) -> Part:
    """``lit`` for the row ``c``."""
    if code is LampCode.DONE:
        return branches.CLOSED
    if code is LampCode.PAUSED:
        return all_of(branches.OPEN, Part(f"NOT ({RUNS})"))
    within = [Part(f"c.{one} {sign} %s", (moment,)) for one, sign, moment in bounds(code, now)]
    return all_of(branches.OPEN, Part(RUNS), *within)


def clock() -> datetime:
    """The database's clock."""
    found: datetime = ask(f"SELECT {NOW.sql}")[0][0]
    return found


Runner = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]


# --- one page ---------------------------------------------------------------------------
class Line(NamedTuple):
    """One row of a queue: columns of the case and the first sentence of its story."""

    id: int
    number: str
    kind: str
    status: str
    level: int
    category_id: int
    source_id: int
    area_id: int
    township_id: int | None
    village_id: int | None
    grid_id: int | None
    holder_unit_id: int | None
    urgent: bool
    restricted: bool
    on_the_spot: bool
    supervised_at: datetime | None
    registered_at: datetime
    due_at: datetime | None
    provisional_from: datetime | None
    amber_at: datetime | None
    sender_due_at: datetime | None
    resident_due_at: datetime | None
    suspended_at: datetime | None
    closed_at: datetime | None
    summary: str | None
    read_at: float  # seconds since 1970 by the database's clock; cheaper to read than a moment

    @property
    def whose(self) -> DueOf:
        return whose(self.due_at, self.sender_due_at, self.resident_due_at)

    def lamp(self, now: datetime) -> Lamp:
        closed = self.closed_at is not None
        paused = stands_still(self.suspended_at, self.due_at, self.sender_due_at)
        return lamp(self.due_at, now, closed=closed, paused=paused, amber_at=self.amber_at)

    @property
    def provisional(self) -> bool:
        """Whether a holiday notice to come may move the deadline."""
        return is_provisional(self.due_at, self.provisional_from)


OF_THE_CASE = ", ".join(f"c.{name}" for name in Line._fields[:-2])
COLUMNS = f"{OF_THE_CASE}, s.summary, extract(epoch FROM {NOW.sql})::float8"


@dataclass(frozen=True, slots=True)
class Order:
    """Which column a list is read along, and which way."""

    column: str
    descending: bool = False

    def keys(self, *, back: bool) -> list[str]:
        sign = "-" if self.descending != back else ""
        return [f"{sign}{self.column}", f"{sign}id"]

    def sql(self, *, back: bool) -> str:
        way = "DESC" if self.descending != back else "ASC"
        return f"ORDER BY c.{self.column} {way}, c.id {way}"


NEXT_DUE = Order("due_at")
ORDERS = {Tab.FINISHED: Order("closed_at", True), Tab.MINE: Order("registered_at", True)}
NEWEST = ORDERS[Tab.MINE]
KEY = struct.Struct(">?qq")  # back, microseconds since 1970, id
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: after this key, or before it when reading ``back``."""

    at: datetime
    id: int
    back: bool = False

    def __str__(self) -> str:
        """Opaque to everybody else."""
        packed = KEY.pack(self.back, (self.at - EPOCH) // timedelta(microseconds=1), self.id)
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """The cursor of an address, None for no cursor; raises ``BadQuery``."""
        if not text:
            return None
        try:
            packed = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
            back, micros, pk = KEY.unpack(packed)
            return cls(EPOCH + timedelta(microseconds=micros), pk, back)
        except (ValueError, OverflowError, struct.error, binascii.Error):
            raise BadQuery("This page does not exist. Start again from the first page.") from None

    def beyond(self, order: Order) -> Q:
        """The rows beyond the key; the first condition is what an index reads along."""
        side = "lt" if order.descending != self.back else "gt"
        column = order.column
        further = Q(**{f"{column}__{side}": self.at}) | Q(
            **{column: self.at, f"id__{side}": self.id}
        )
        return Q(**{f"{column}__{side}e": self.at}) & further

    def part(self, order: Order) -> Part:
        """``beyond`` for the row ``c``."""
        side = "<" if order.descending != self.back else ">"
        return Part(f"(c.{order.column}, c.id) {side} (%s, %s)", (self.at, self.id))


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of one page, and the cursors of its neighbours (empty: none)."""

    lines: list[Line]
    previous: str = ""
    next: str = ""


def page(
    user: User, posts: Sequence[Post], tab: Tab, *, now: datetime | None = None,
    filters: Filters | None = None, cursor: Cursor | None = None, size: int = PAGE,
) -> Page:  # fmt: skip
    """One page of ``tab`` for ``posts`` of ``user``; one statement.

    With ``filters.words`` it searches everything the person may see, newest first. ``now`` is
    the database's clock; without it the statement reads it, for a lamp one more asks for it.
    Raises ``BadInput`` for a query too short or too long.
    """
    filters = filters or Filters()
    if filters.words:
        order, found, run = NEWEST, [searched(user, filters.words)], ask_once
    else:
        run = ask
        order = ORDERS.get(tab, NEXT_DUE)
        found = branches.branches(user.pk, posts, tab, NOW if now is None else Part("%s", (now,)))
    narrowing = filters.parts(now)
    if cursor:
        narrowing.append(cursor.part(order))
    back = cursor is not None and cursor.back
    rows = first([all_of(part, *narrowing) for part in found], order, size + 1, back=back, run=run)
    more, rows = len(rows) > size, rows[:size]
    if back:
        rows.reverse()
    return with_neighbours(rows, order, before=more if back else bool(cursor), after=more or back)


def searched(user: User, words: str) -> Part:
    """The cases found by words, within what the person may see."""
    try:
        sql, values = search.found(user, words).values("pk").query.sql_with_params()
    except EmptyResultSet:
        return Part("false")
    return Part(f"c.id IN ({sql})", tuple(values))


def first(
    found: Sequence[Part], order: Order, size: int, *, back: bool, run: Runner = ask
) -> list[Line]:
    """The first ``size`` rows of all branches together.

    Several branches are merged as they are read, each along its own index; a case that lies in
    two of them counts once.
    """
    if not found:
        return []
    along = order.sql(back=back)
    cut = [
        f"SELECT {OF_THE_CASE} FROM cases_case c WHERE {part.sql} {along} LIMIT {size}"
        for part in found
    ]
    rows = cut[0]
    if len(cut) > 1:
        merged = " UNION ALL ".join(f"({one})" for one in cut)
        rows = (
            f"SELECT DISTINCT ON (c.{order.column}, c.id) * FROM ({merged}) AS c"
            f" {along} LIMIT {size}"
        )
    sql = f"SELECT {COLUMNS} FROM ({rows}) AS c LEFT JOIN cases_story s ON s.case_id = c.id {along}"
    values = tuple(value for part in found for value in part.values)
    return [Line(*row) for row in run(sql, values)]


def with_neighbours(lines: list[Line], order: Order, *, before: bool, after: bool) -> Page:
    def cursor(line: Line, back: bool) -> str:
        return str(Cursor(getattr(line, order.column), line.id, back))

    if not lines:
        return Page([])
    return Page(
        lines,
        cursor(lines[0], True) if before else "",
        cursor(lines[-1], False) if after else "",
    )


# --- figures on the tabs ----------------------------------------------------------------
class Figures(NamedTuple):
    """What stands around a list: the database's now, cases per tab, the person's own notices."""

    now: datetime
    tabs: dict[Tab, int]
    unread: int


def figures(user: User, posts: Sequence[Post], tabs: Iterable[Tab] = COUNTED) -> Figures:
    """How many cases each tab has, up to ``MOST``, and unread notices, up to ``MOST_UNREAD``;
    one statement."""
    parts, present = [NOW.sql, f"({UNREAD})"], []
    values: list[Any] = [user.pk]
    for tab in tabs:
        if found := branches.branches(user.pk, posts, tab, NOW, together=True):
            present.append(tab)
            parts.append(f"({counted(found)})")
            values += [value for part in found for value in part.values]
    [(now, unread, *counts)] = ask(f"SELECT {', '.join(parts)}", values)
    return Figures(now, dict.fromkeys(tabs, 0) | dict(zip(present, counts, strict=True)), unread)


def counted(found: Sequence[Part]) -> str:
    """SQL that counts at most ``MOST`` cases; one in two branches counts once."""
    cut = [f"(SELECT c.id FROM cases_case c WHERE {part.sql} LIMIT {MOST})" for part in found]
    return f"SELECT least(count(*), {MOST}) FROM ({' UNION '.join(cut)}) AS found"
