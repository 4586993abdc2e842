"""The figures of the leaders' page: what each one counts, and who may count it.

A figure is one condition on the case row. The tile counts it and the list behind the tile
filters by it, so the two cannot differ; its docstring is what the page says under "?". Every
query starts from ``countable_by``. Whoever may see a figure may open its list, so small numbers
are not hidden here: that is for viewers without the list (docs/decisions.md 25).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from inspect import getdoc
from typing import NamedTuple

from django.db.models import BigIntegerField, Count, Expression, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from cases.models.case import CaseQuerySet
from cases.queues import Cursor, Order, lit
from cases.rules.lamp import Lamp, LampCode, is_provisional, lamp
from cases.rules.whose import stands_still
from cases.rules.workflow import Outcome, Status
from grids.errors import NotVisible
from grids.models import Area
from grids.roles import COLUMN_LEVELS, FIGURE_ROLES, Level
from grids.staffing import Post

PERIODS = (7, 30, 90)  # days a reader may choose between
PAGE = 50  # lines of a list


@dataclass(frozen=True, slots=True)
class Frame:
    """The moment the figures are taken at, and the period of ``days`` that ends with it."""

    now: datetime
    days: int

    @property
    def since(self) -> datetime:
        """The midnight in Shanghai the period begins with; today is its last day."""
        today = timezone.localtime(self.now).replace(hour=0, minute=0, second=0, microsecond=0)
        return today - timedelta(days=self.days - 1)


Condition = Callable[[Frame], Q]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. ``label`` and ``about`` are English msgids."""

    code: str
    label: str
    about: str
    condition: Condition
    is_open: bool  # counts cases that are open now, else cases closed in the period


FIGURES: dict[str, Figure] = {}


def figure(code: str, label: str, *, is_open: bool = True) -> Callable[[Condition], Condition]:
    """Register a condition as a figure of the page."""

    def register(condition: Condition) -> Condition:
        about = " ".join((getdoc(condition) or "").split())
        FIGURES[code] = Figure(code, label, about, condition, is_open)
        return condition

    return register


@figure("open", "Open")
def open_cases(frame: Frame) -> Q:
    """Matters registered and not yet closed. Protection leads are in no figure."""
    return Q(closed_at=None)


@figure(LampCode.OVER.value, LampCode.OVER.label)
def over(frame: Frame) -> Q:
    """Open matters whose deadline at the present level has come."""
    return lit(LampCode.OVER, frame.now)


@figure(LampCode.SOON.value, LampCode.SOON.label)
def soon(frame: Frame) -> Q:
    """Open matters whose lamp is amber: three quarters of the time have passed, or of a longer
    time three days are left."""
    return lit(LampCode.SOON, frame.now)


@figure(LampCode.WATCH.value, LampCode.WATCH.label)
def watch(frame: Frame) -> Q:
    """Open matters with at most 72 hours left whose lamp is not amber yet."""
    return lit(LampCode.WATCH, frame.now)


@figure(LampCode.OK.value, LampCode.OK.label)
def in_time(frame: Frame) -> Q:
    """Open matters with more than 72 hours left whose lamp is not amber yet."""
    return lit(LampCode.OK, frame.now)


@figure(LampCode.PAUSED.value, LampCode.PAUSED.label)
def paused(frame: Frame) -> Q:
    """Open matters that are suspended: their clock stands still. Where the sender's day comes
    first it runs on, and they are counted under it."""
    return lit(LampCode.PAUSED, frame.now)


@figure("supervised", "Under supervision")
def supervised(frame: Frame) -> Q:
    """Open matters on the supervision list. They are also counted under their deadline."""
    return Q(closed_at=None, supervised_at__isnull=False)


@figure("closed", "Closed matters", is_open=False)
def closed(frame: Frame) -> Q:
    """Matters closed since the first day of the period, however they ended."""
    return Q(closed_at__gte=frame.since, closed_at__lte=frame.now)


def ended(code: str, label: str, about: str, how: Q) -> None:
    """Register the cases of the period that ended in one way."""
    FIGURES[code] = Figure(code, label, about, lambda frame: closed(frame) & how, False)


def with_outcome(outcome: Outcome, about: str) -> None:
    how = Q(outcome=outcome.value) & ~Q(status__in=[Status.VOID.value, Status.MERGED.value])
    ended(outcome.value, outcome.label, about, how)


with_outcome(Outcome.WRITTEN, "Struck off with a written agreement.")
with_outcome(Outcome.ORAL, "Struck off with an oral agreement.")
with_outcome(Outcome.HANDLED, "Handled, verified by somebody else and struck off.")
with_outcome(Outcome.SPOT, "Settled on the spot and confirmed by the resident or a second person.")
with_outcome(
    Outcome.SILENCE,
    "Settled on the spot, every party told, nobody objected in seven days."
    " Nobody has confirmed these; they are counted apart.",
)
with_outcome(Outcome.FAILED, "Mediation failed; the parties were told of other ways.")
with_outcome(Outcome.REFUSED, "A party declined mediation and was told of other ways.")
with_outcome(Outcome.SUPPORT, "Petition matters whose request was supported and carried out.")
with_outcome(Outcome.EXPLAIN, "Petition matters without a legal basis, explained in writing.")
with_outcome(Outcome.NOT_SUPPORT, "Petition matters that were not supported, with reasons.")
with_outcome(Outcome.ADOPTED, "Suggestions that were adopted.")
with_outcome(Outcome.PARTLY, "Suggestions that were adopted in part.")
with_outcome(Outcome.NOT_ADOPTED, "Suggestions that were not adopted, with a reply.")
with_outcome(Outcome.SETTLED, "Petition matters settled by an agreement in writing.")
with_outcome(Outcome.WITHDRAWN, "Withdrawn by residents themselves.")
ended(
    "void", Status.VOID.label, "Entered by mistake; the number is kept.",
    Q(status=Status.VOID.value),
)  # fmt: skip
ended("merged", Status.MERGED.label, "Went on under another number.", Q(status=Status.MERGED.value))

OPEN = [one for one in FIGURES.values() if one.is_open]
CLOSED = [one for one in FIGURES.values() if not one.is_open]


# --- where ------------------------------------------------------------------------------
def posts_with_figures(posts: Iterable[Post]) -> list[Post]:
    """The posts whose area may be counted, a leader's own before any other."""
    able = [post for post in posts if post.sees_figures and post.level in COLUMN_LEVELS]
    return sorted(able, key=lambda post: post.role not in FIGURE_ROLES)


def place(posts: Sequence[Post], wanted: int | None) -> tuple[Area, datetime]:
    """The area to count with its parents, and the database's now; one statement.

    The first post's by default. Raises ``NotVisible`` outside the areas of ``posts``.
    """
    own = Q(pk__in=[])
    for post in posts:
        own |= Q(path__startswith=post.area_path)
    area = (
        Area.objects.filter(own, pk=posts[0].area_id if wanted is None else wanted)
        .select_related("parent__parent__parent__parent__parent")
        .annotate(asked_at=Now())
        .first()
    )
    if area is None or area.level not in COLUMN_LEVELS:
        raise NotVisible("There is no such place in your area.")
    now: datetime = vars(area)["asked_at"]
    return area, now


def above(posts: Sequence[Post], area: Area) -> list[Area]:
    """The areas between ``area`` and the post that covers it, from the top down."""
    found: list[Area] = []
    parent = area.parent
    while parent is not None and any(parent.path.startswith(post.area_path) for post in posts):
        found.insert(0, parent)
        parent = parent.parent
    return found


def columns_below(area: Area) -> list[str]:
    return [f"{level.column}_id" for level in COLUMN_LEVELS if level > area.level]


@dataclass(frozen=True, slots=True)
class Slice:
    """The cases behind one number: a figure at a place, at one level or at all of them.

    ``own`` leaves the cases of the place itself, without those of the places below it.
    """

    area: Area
    figure: Figure
    level: Level | None = None
    own: bool = False

    def among(self, rows: CaseQuerySet, frame: Frame) -> CaseQuerySet:
        """Those of ``rows`` that lie in the slice."""
        found = Q(**{f"{Level(self.area.level).column}_id": self.area.pk})
        if self.level:
            found &= Q(level=self.level.value)
        if self.own:
            found &= Q(**{f"{column}__isnull": True for column in columns_below(self.area)})
        return rows.filter(found, self.figure.condition(frame))


# --- counting ---------------------------------------------------------------------------
Numbers = dict[str, int]


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers by cell: the place one step below (None: the area itself), and the level at
    which the case stands (None: closed)."""

    cells: dict[tuple[int | None, int | None], Numbers]

    @property
    def places(self) -> set[int]:
        return {place for place, _ in self.cells if place is not None}

    def all(self) -> Numbers:
        return added(self.cells.values())

    def at(self, place: int | None) -> Numbers:
        return added(numbers for (where, _), numbers in self.cells.items() if where == place)

    def standing(self, level: Level) -> Numbers:
        return added(numbers for (_, stands), numbers in self.cells.items() if stands == level)


def added(cells: Iterable[Numbers]) -> Numbers:
    """The sum of cells, with every figure present."""
    total = dict.fromkeys(FIGURES, 0)
    for cell in cells:
        for code, n in cell.items():
            total[code] += n
    return total


def count(rows: CaseQuerySet, area: Area, frame: Frame) -> Counts:
    """Every figure of ``area``; two statements, one for open and one for closed cases."""
    cells: dict[tuple[int | None, int | None], Numbers] = {}
    for whole, parts, keys in (
        (FIGURES["open"], OPEN, ("below", "level")),
        (FIGURES["closed"], CLOSED, ("below",)),
    ):
        counted = {f"n_{one.code}": Count("pk", filter=one.condition(frame)) for one in parts}
        inside = Slice(area, whole).among(rows, frame).annotate(below=one_step_below(area))
        for row in inside.order_by().values(*keys).annotate(**counted):
            cell = {one.code: row[f"n_{one.code}"] for one in parts}
            cells[row["below"], row.get("level")] = cell
    return Counts(cells)


def one_step_below(area: Area) -> Expression:
    """The place right below ``area`` a case lies in: levels may be skipped."""
    columns = columns_below(area)
    if len(columns) > 1:
        return Coalesce(*columns)
    nothing = Value(None, output_field=BigIntegerField())
    return ExpressionWrapper(F(columns[0]), BigIntegerField()) if columns else nothing


# --- lists ------------------------------------------------------------------------------
NEXT_DUE, LAST_CLOSED = Order("due_at"), Order("closed_at", descending=True)


class Line(NamedTuple):
    """What a leader's list shows of a case, and nothing else."""

    id: int
    number: str
    category: str
    category_en: str
    unit: str | None
    level: int
    registered_at: datetime
    due_at: datetime | None
    provisional_from: datetime | None
    amber_at: datetime | None
    suspended_at: datetime | None
    sender_due_at: datetime | None
    closed_at: datetime | None

    @property
    def provisional(self) -> bool:
        """Whether a holiday notice to come may move the deadline."""
        return is_provisional(self.due_at, self.provisional_from)

    def lamp(self, now: datetime) -> Lamp:
        closed = self.closed_at is not None
        paused = stands_still(self.suspended_at, self.due_at, self.sender_due_at)
        return lamp(self.due_at, now, closed=closed, paused=paused, amber_at=self.amber_at)


COLUMNS = (
    "id", "number", "category__name", "category__name_en", "holder_unit__name", "level",
    "registered_at", "due_at", "provisional_from", "amber_at", "suspended_at", "sender_due_at",
    "closed_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list, and the cursors of its neighbours (empty: none)."""

    lines: list[Line]
    previous: str = ""
    next: str = ""


def listed(rows: CaseQuerySet, cut: Slice, frame: Frame, cursor: Cursor | None) -> Listed:
    """One page of the cases behind a number, the next due or the latest closed first."""
    order = NEXT_DUE if cut.figure.is_open else LAST_CLOSED
    found, back = cut.among(rows, frame), cursor is not None and cursor.back
    if cursor:
        found = found.filter(cursor.beyond(order))
    keys = order.keys(back=back)
    lines = [Line(*row) for row in found.order_by(*keys).values_list(*COLUMNS)[: PAGE + 1]]
    more, lines = len(lines) > PAGE, lines[:PAGE]
    if not lines:
        return Listed([])
    if back:
        lines.reverse()
    first, last = lines[0], lines[-1]
    before, after = (more, True) if back else (cursor is not None, more)
    return Listed(
        lines,
        str(Cursor(getattr(first, order.column), first.id, back=True)) if before else "",
        str(Cursor(getattr(last, order.column), last.id)) if after else "",
    )


def whole_cases(rows: CaseQuerySet, lines: Iterable[Line]) -> set[int]:
    """Which of ``lines`` may be opened, of the ``rows`` somebody may see."""
    return set(rows.filter(pk__in=[line.id for line in lines]).values_list("pk", flat=True))
