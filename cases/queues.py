"""Queues: what a post has to look at, the next due first.

A queue is a handful of branches, each on one column with an index of its own and each cut off
after one page; several branches are merged (decisions.md 22). The scope of a branch stands in
the branch itself, because the OR of ``visible_to`` cannot be read in order; a test holds that
no queue shows what ``visible_to`` hides. Pages go by key, never by offset, and nothing counts
a whole queue.
"""

import base64
import binascii
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from cases import search
from cases.models import Assignment, Case, CaseUnit, Recusal
from cases.models.case import CaseQuerySet
from cases.rules.lamp import Lamp, LampCode, due_between, lamp
from cases.rules.workflow import Status
from grids.errors import BrokenRule
from grids.models import User
from grids.roles import COLUMN_LEVELS, Level
from grids.staffing import Post
from grids.words import Word

PAGE = 50
MOST = 100  # a badge counts no further: 99+
Moment = datetime | Now  # a moment asked of the database before, or within the statement


class Tab(Word):
    """The queues, in the order of the tabs; the last three are chips within the first."""

    TODO = "todo", "To do"
    WORKING = "working", "Under way"
    CO = "co", "Co-handling"
    RETURNED = "returned", "Returned matters"
    SUPERVISED = "supervised", "Supervised"
    FINISHED = "finished", "Concluded"
    MINE = "mine", "Registered by me"
    NAMED = "named", "Given to me by name"
    VERIFY = "verify", "To be verified"
    AREA = "area", "Whole area"


COUNTED = (Tab.TODO, Tab.RETURNED, Tab.SUPERVISED)
AT_WORK = (
    Status.SIGNED, Status.HANDLING, Status.MEDIATING, Status.SUSPENDED, Status.DONE,
    Status.VERIFIED,
)  # fmt: skip
CO_PARTS = ("co_handler", "co_responsible")


class BadQuery(BrokenRule):
    """An address that no page of ours has written."""

    code = "bad_query"
    http_status = 400


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

    def condition(self, now: datetime) -> Q:
        """Everything but the words, as conditions on the case row."""
        found = Q()
        if self.lamp is not None:
            found &= lit(self.lamp, now)
        if self.kind:
            found &= Q(kind=self.kind)
        if self.status:
            found &= Q(status=self.status)
        if self.categories:
            found &= Q(category_id__in=self.categories)
        if self.source:
            found &= Q(source_id=self.source)
        if self.area:
            level, pk = self.area
            found &= Q(**{f"{level.column}_id": pk})
        return found


def lit(code: LampCode, now: datetime) -> Q:
    """The cases that show the lamp ``code`` at ``now``."""
    if code is LampCode.DONE:
        return Q(closed_at__isnull=False)
    if code is LampCode.PAUSED:
        return Q(closed_at=None, suspended_at__isnull=False)
    after, until = due_between(code, now)
    found = Q(closed_at=None, suspended_at=None)
    if after:
        found &= Q(due_at__gt=after)
    if until:
        found &= Q(due_at__lte=until)
    return found


# --- which cases a tab shows ------------------------------------------------------------
def branches(user: User, posts: Sequence[Post], tab: Tab, now: Moment) -> list[CaseQuerySet]:
    """One query set per column that feeds ``tab`` for ``posts``; empty when nothing does."""
    if not posts:
        return []
    found = [
        Case.objects.filter(condition) for post in posts for condition in of_post(post, tab, now)
    ]
    # What a person registered stays theirs only as long as a post of theirs may see it.
    own = Case.objects.visible_to(user).filter(reporter=user)
    if tab is Tab.MINE:
        found.append(own)
    if tab is Tab.NAMED:
        found.append(Case.objects.visible_to(user).open().filter(assigned(user.pk)))
    if tab is Tab.RETURNED:
        found.append(own.open().filter(status=Status.RETURNED.value))
    away = Recusal.objects.filter(case=OuterRef("pk"), user=user, until=None)
    return [rows.filter(~Exists(away)) for rows in found]


def of_post(post: Post, tab: Tab, now: Moment) -> list[Q]:
    """The conditions of ``tab`` for one post, each on one column."""
    base = at_unit(post)
    if base is None:
        return []
    opened = base & Q(closed_at=None)
    if tab is Tab.TODO:
        # To be signed for, or suspended beyond the day of review.
        waiting = Q(status=Status.REGISTERED.value)
        return [opened & (waiting | Q(status=Status.SUSPENDED.value, due_at__lte=now))]
    if tab is Tab.WORKING:
        return [opened & Q(status__in=[status.value for status in AT_WORK])]
    if tab is Tab.RETURNED:
        return [opened & Q(status=Status.RETURNED.value)]
    if tab is Tab.FINISHED:
        return [base & Q(closed_at__isnull=False)]
    if tab is Tab.CO and post.sees_unit:
        parts = CaseUnit.objects.filter(unit=post.unit_id, part__in=CO_PARTS, until=None)
        return [Q(closed_at=None, pk__in=parts.values("case"))]
    if tab is Tab.SUPERVISED:
        listed = Q(supervised_at__isnull=False)
        area = in_area(post)
        return (
            [opened & listed]
            if area is None
            else [area & listed, opened & listed & Q(restricted=True)]
        )
    area = in_area(post)
    if area is not None and tab is Tab.AREA:
        return [area]
    if area is not None and tab is Tab.VERIFY and post.level <= Level.VILLAGE:
        return [area & to_verify(post)]
    return []


def at_unit(post: Post) -> Q | None:
    """What the unit of ``post`` holds; for a mediator what names them; else nothing."""
    if post.sees_assigned:
        return assigned(post.user_id)
    return Q(holder_unit=post.unit_id) if post.sees_unit else None


def assigned(user_id: int) -> Q:
    """The cases that name a member of staff."""
    named = Assignment.objects.filter(user=user_id, until=None)
    return Q(pk__in=named.values("case"))


def in_area(post: Post) -> Q | None:
    """The open ordinary cases of the area of a coordinating post."""
    if not post.sees_area or post.level not in COLUMN_LEVELS:
        return None
    return Q(**{f"{post.level.column}_id": post.area_id}, restricted=False, closed_at=None)


def to_verify(post: Post) -> Q:
    """Results somebody else of this or a lower level reported, for this post to verify.

    Mirrors ``standing.may_verify``. From the district up only what the level itself and the
    one below did: the rest is verified nearer to it.
    """
    found = Q(status__in=[Status.DONE.value, Status.VERIFIED.value], level__gte=post.level.value)
    if post.level < Level.TOWNSHIP:
        found &= Q(level__lte=post.level.value + 1)
    return found & (Q(done_by=None) | ~Q(done_by=post.user_id))


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
    suspended_at: datetime | None
    closed_at: datetime | None
    summary: str | None

    def lamp(self, now: datetime) -> Lamp:
        closed, paused = self.closed_at is not None, self.suspended_at is not None
        return lamp(self.due_at, now, closed=closed, paused=paused)


COLUMNS = [*Line._fields[:-1], "story__summary"]


@dataclass(frozen=True, slots=True)
class Order:
    """Which column a list is read along, and which way."""

    column: str
    descending: bool = False

    def keys(self, *, back: bool) -> list[str]:
        sign = "-" if self.descending != back else ""
        return [f"{sign}{self.column}", f"{sign}id"]


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


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of one page, and the cursors of its neighbours (empty: none)."""

    lines: list[Line]
    previous: str = ""
    next: str = ""


def page(
    user: User, posts: Sequence[Post], tab: Tab, *, now: datetime,
    filters: Filters | None = None, cursor: Cursor | None = None, size: int = PAGE,
) -> Page:  # fmt: skip
    """One page of ``tab`` for ``posts`` of ``user``; one statement.

    With ``filters.words`` it searches everything the person may see, newest first. ``now`` is
    the database's clock. Raises ``BadInput`` for a query too short or too long.
    """
    filters = filters or Filters()
    order = NEWEST if filters.words else ORDERS.get(tab, NEXT_DUE)
    if filters.words:
        found = [search.found(user, filters.words)]
    else:
        found = branches(user, posts, tab, now)
    condition = filters.condition(now)
    if cursor:
        condition &= cursor.beyond(order)
    back = cursor is not None and cursor.back
    rows = first([one.filter(condition) for one in found], order.keys(back=back), size + 1)
    more, rows = len(rows) > size, rows[:size]
    if back:
        rows.reverse()
    return with_neighbours(rows, order, before=more if back else bool(cursor), after=more or back)


def first(found: Sequence[CaseQuerySet], keys: list[str], size: int) -> list[Line]:
    """The first ``size`` rows of all branches together, each branch cut off by itself."""
    if not found:
        return []
    if len(found) == 1:
        rows = found[0]
    else:
        cut = [one.order_by(*keys).values("pk")[:size] for one in found]
        rows = Case.objects.filter(pk__in=cut[0].union(*cut[1:], all=True))
    return [Line(*row) for row in rows.order_by(*keys).values_list(*COLUMNS)[:size]]


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
def badges(
    user: User, posts: Sequence[Post], tabs: Iterable[Tab] = COUNTED
) -> tuple[datetime, dict[Tab, int]]:
    """The database's now, and how many cases each tab has, up to ``MOST``; one statement."""
    counted = {tab: count_sql(user, posts, tab) for tab in tabs}
    present = {tab: sql for tab, sql in counted.items() if sql is not None}
    parts = "".join(f", ({sql})" for sql, _ in present.values())
    values = [value for _, params in present.values() for value in params]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT now(){parts}", values)
        now, *counts = cursor.fetchone()
    return now, dict.fromkeys(counted, 0) | dict(zip(present, counts, strict=True))


def count_sql(user: User, posts: Sequence[Post], tab: Tab) -> tuple[str, list[Any]] | None:
    """A scalar that counts at most ``MOST`` cases of a tab; None when nothing feeds it.

    What was due is asked of the statement's own now, a case in two branches counts once.
    """
    found = branches(user, posts, tab, Now())
    if not found:
        return None
    queries = [rows.order_by().values("pk")[:MOST].query.sql_with_params() for rows in found]
    union = " UNION ALL ".join(f"({sql})" for sql, _ in queries)
    values = [value for _, params in queries for value in params]
    return f"SELECT least(count(DISTINCT id), {MOST}) FROM ({union}) AS found (id)", values
