"""Supervision orders as people read them: the list, its figures by unit, one order with its thread.

A list shows number, category, units, lamp and dates and no word of the matter, so that leaders
may read it too (decisions.md 25). It counts units, never members of staff.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Count, Exists, F, Min, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from cases import timeline
from cases.acts import supervising
from cases.intake_form import in_language
from cases.models import Attachment, Case, CaseEvent, CaseNote, SupervisionOrder
from cases.models.supervision import OrderQuerySet
from cases.queues import PAGE, BadQuery, Cursor, Order
from cases.revealing import own, veil
from cases.rules.lamp import Lamp, LampCode, due_alone, lamp
from cases.rules.supervision import Cause, Ended, OrderState
from cases.rules.workflow import STEPS, Verb
from cases.standing import supervisable
from cases.timeline import Entry
from grids.models import Unit, User
from grids.roles import FIGURE_ROLES
from grids.words import Word

LAMPS = (LampCode.OVER, LampCode.SOON, LampCode.WATCH, LampCode.OK)
MOST_UNITS = 500
DAY_SECONDS = 86_400
OPEN = Q(delisted_at=None)
WAITING = OPEN & Q(issuer__isnull=False, replied_at=None)
# Where the table has an order at all.
POSSIBLE = reduce(
    or_,
    (
        Q(kind=kind.value, status__in=[one.value for one in step.sources])
        for kind, steps in STEPS.items()
        for step in steps
        if step.verb is Verb.ORDER
    ),
)
BY_DUE, NEWEST = Order("at"), Order("delisted_at", descending=True)


class Show(Word):
    """The lists of the supervision desk."""

    OPEN = "open", "On the list"
    ANSWER = "answer", "To be answered by us"
    JUDGE = "judge", "To be judged by us"
    LISTED = "listed", "No order yet"
    ENDED = "ended", "Taken off"


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address narrows the list to."""

    show: Show = Show.OPEN
    lamp: LampCode | None = None
    unit: int | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One order on the list. ``url`` is empty for who may not open the matter."""

    row: SupervisionOrder
    number: str
    category: str
    cause: str
    state: OrderState
    lamp: Lamp
    days: int  # on the list
    seen: bool
    able: frozenset[Verb]


@dataclass(frozen=True, slots=True)
class UnitFigure:
    """A unit that must answer: orders open, overdue, answered, and the longest time listed."""

    unit: Unit
    open: int
    over: int
    replied: int
    days: int


def reads(user: User) -> bool:
    """Whether one of the person's posts issues, answers or oversees orders."""
    return any(post.sees_unit or post.role in FIGURE_ROLES for post in user.posts)


def read(query: Mapping[str, str]) -> Asked:
    """The list an address asks for; raises ``BadQuery`` for values that do not exist."""
    show, lit, unit = query.get("show", ""), query.get("lamp", ""), query.get("unit", "")
    cause = query.get("cause", "")
    if show not in ("", *Show.values()) or cause not in ("", *Cause.values()):
        raise BadQuery("This filter does not exist.")
    if lit not in ("", *(one.value for one in LAMPS)):
        raise BadQuery("This filter does not exist.")
    if unit and not (unit.isascii() and unit.isdecimal() and len(unit) <= 18):
        raise BadQuery("This filter does not exist.")
    return Asked(
        Show(show) if show else Show.OPEN, LampCode(lit) if lit else None,
        int(unit) if unit else None, cause,
    )  # fmt: skip


# --- the list ---------------------------------------------------------------------------
def shown(user: User, show: Show) -> Q:
    """The condition of one list."""
    units = supervising.units_of(user)
    return {
        Show.OPEN: OPEN,
        Show.ANSWER: WAITING & Q(unit__in=units),
        Show.JUDGE: OPEN & Q(issuer__in=units, replied_at__isnull=False, accepted_at=None),
        Show.LISTED: OPEN & Q(issuer=None),
        Show.ENDED: Q(delisted_at__isnull=False),
    }[show]


def lit(code: LampCode, now: datetime) -> Q:
    """Orders that wait for an answer and show the lamp ``code``."""
    after, until = due_alone(code, now)
    found = WAITING
    if after:
        found &= Q(due_at__gt=after)
    if until:
        found &= Q(due_at__lte=until)
    return found


def narrowed(user: User, asked: Asked, now: datetime) -> OrderQuerySet:
    rows = SupervisionOrder.objects.visible_to(user).filter(shown(user, asked.show))
    if asked.lamp:
        rows = rows.filter(lit(asked.lamp, now))
    if asked.unit:
        rows = rows.filter(unit=asked.unit)
    if asked.cause:
        rows = rows.filter(cause=asked.cause)
    return rows


def page(
    user: User, asked: Asked, now: datetime, cursor: Cursor | None, size: int = PAGE
) -> tuple[list[Line], str]:
    """A page of the list, the next due first, and the cursor of the next page."""
    order = NEWEST if asked.show is Show.ENDED else BY_DUE
    rows = narrowed(user, asked, now).annotate(at=Coalesce("due_at", "listed_at"))
    if cursor:
        rows = rows.filter(cursor.beyond(order))
    rows = rows.select_related("case__category", "unit", "issuer", "series_unit")
    found = list(rows.order_by(*order.keys(back=False))[: size + 1])
    kept = found[:size]
    more = str(Cursor(vars_of(kept[-1], order), kept[-1].pk)) if len(found) > size else ""
    return lines(user, kept, now), more


def vars_of(row: SupervisionOrder, order: Order) -> datetime:
    at: datetime = getattr(row, order.column)
    return at


def lines(user: User, rows: Sequence[SupervisionOrder], now: datetime) -> list[Line]:
    ids = [row.case_id for row in rows]
    seen = set(Case.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
    units, able = supervising.units_of(user), orderable(user, ids, seen)
    found = [line(row, now, row.case_id in seen, units) for row in rows]
    return [
        replace(one, able=one.able | {Verb.ORDER})
        if one.row.case_id in able and one.row.delisted_at is None else one
        for one in found
    ]  # fmt: skip


def orderable(user: User, cases: Collection[int], seen: Collection[int]) -> set[int]:
    """Of these cases those ``user`` can put under an order of their unit now; one statement.

    ``seen``: those they may open. Of the others a leader sees number and lamp, which is enough.
    """
    units = supervising.units_of(user)
    mine = SupervisionOrder.objects.filter(case=OuterRef("pk"), issuer__in=units, delisted_at=None)
    counted = Case.objects.countable_by(user).filter(pk__in=cases).values("pk")
    rows = Case.objects.open().filter(supervisable(user), POSSIBLE, ~Exists(mine), pk__in=cases)
    rows = rows.filter(Q(pk__in=seen) | Q(pk__in=counted))
    return set(rows.values_list("pk", flat=True))


def line(row: SupervisionOrder, now: datetime, seen: bool, units: set[int]) -> Line:
    ended = row.delisted_at is not None
    able = supervising.possible(row, units) if seen and not ended else set()
    return Line(
        row, f"{row.series_unit.name} {row.number}" if row.series_unit else "",
        in_language(row.case.category), _(Cause(row.cause).label), row.state, light(row, now),
        int(((row.delisted_at or now) - row.listed_at).total_seconds() // DAY_SECONDS), seen,
        frozenset(able),
    )  # fmt: skip


def light(row: SupervisionOrder, now: datetime) -> Lamp:
    """The lamp of an order: only who must answer is late."""
    done = row.delisted_at is not None or row.replied_at is not None
    return lamp(row.due_at, now, closed=done, paused=False)


def by_unit(user: User, now: datetime) -> list[UnitFigure]:
    """What is open by the unit that must answer, in administrative order; one row per unit."""
    rows = (
        SupervisionOrder.objects.visible_to(user)
        .filter(OPEN)
        .order_by()
        .values("unit")
        .annotate(
            n=Count("pk"),
            over=Count("pk", filter=lit(LampCode.OVER, now)),
            replied=Count("pk", filter=Q(replied_at__isnull=False, accepted_at=None)),
            since=Min("listed_at"),
        )[:MOST_UNITS]
    )
    counted = {row["unit"]: row for row in rows}
    units = Unit.objects.filter(pk__in=counted).select_related("area")
    found = [
        UnitFigure(
            unit, counted[unit.pk]["n"], counted[unit.pk]["over"], counted[unit.pk]["replied"],
            int((now - counted[unit.pk]["since"]).total_seconds() // DAY_SECONDS),
        )
        for unit in units.order_by(F("area__code"), "area__path", "pk")
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.unit.area.level)


def counts(user: User, now: datetime) -> dict[Show, int]:
    """How many orders each list has; one statement."""
    rows = SupervisionOrder.objects.visible_to(user)
    parts = {one.value: Count("pk", filter=shown(user, one)) for one in Show}
    found = rows.aggregate(**parts)
    return {one: found[one.value] for one in Show}


# --- one order --------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Whole:
    """One order with its thread, oldest first, and what the reader can do about it."""

    line: Line
    entries: list[Entry]
    photos: list[Attachment]
    reason: str  # why it was taken off
    able: frozenset[Verb]
    demand: list[str]  # what was asked for, as the reader may read it


def find(user: User, case: Case, pk: int) -> SupervisionOrder | None:
    """The order ``pk`` of a case the reader may open."""
    rows = case.supervisions.select_related("case__category", "unit", "issuer", "series_unit")
    return rows.filter(pk=pk).first() if case.status != "sealed" else None


def whole(user: User, case: Case, row: SupervisionOrder, now: datetime) -> Whole:
    """Everything about one order; free words masked for who does not work on the case."""
    events = CaseEvent.objects.filter(case=case, other_id=row.pk, verb__in=THREAD)
    seqs = set(events.values_list("seq", flat=True))
    plain = veil(list(case.parties.all()), own(user, case))
    entries = [
        replace(one, words=[plain(words) for words in one.words])
        for one in reversed(timeline.timeline(case, user))
        if one.seq in seqs
    ]
    able: set[Verb] = set()
    if row.delisted_at is None and case.closed_at is None:
        able = supervising.possible(row, supervising.units_of(user))
    photos = case.attachments.filter(seq__in=seqs).exclude(state="refused")
    return Whole(
        line(row, now, True, supervising.units_of(user)), entries, list(photos),
        ended_words(row.delist_reason), frozenset(able), [plain(one) for one in demands(row)],
    )  # fmt: skip


THREAD = [
    verb.value
    for verb in (*supervising.ORDER_VERBS, Verb.ISSUE_LISTED, Verb.ORDER_LATE, Verb.RECOUNT_ORDER)
]  # fmt: skip


def demands(row: SupervisionOrder) -> list[str]:
    """What the issuer wrote; nothing for what the system listed."""
    events = CaseEvent.objects.filter(
        case=row.case_id, other_id=row.pk, verb=Verb.ORDER.value
    ).values("seq")
    notes = CaseNote.objects.filter(case=row.case_id, seq__in=events, field="note", erased_at=None)
    return list(notes.order_by("seq", "position").values_list("text", flat=True))


def ended_words(code: str) -> str:
    """Why an order ended: by itself, or by a reason from the list, which the thread names."""
    return _(Ended(code).label) if code in Ended.values() else ""


def newest_of(user: User, case: Case) -> SupervisionOrder | None:
    """The open order of the user's units on a case they see now."""
    units = supervising.units_of(user)
    rows = case.supervisions.filter(issuer__in=units, delisted_at=None)
    seen = Case.objects.visible_to(user).filter(pk=case.pk).exists()
    return rows.order_by("-pk").first() if seen else None


def on_case(user: User, case: Case, now: datetime) -> list[Line]:
    """The orders of a case its page shows, the open ones first."""
    rows = case.supervisions.select_related("case__category", "unit", "issuer", "series_unit")
    found = sorted(rows, key=lambda one: (one.delisted_at is not None, -one.pk))
    units = supervising.units_of(user)
    return [line(row, now, True, units) for row in found]


# --- what forms offer -------------------------------------------------------------------
Pairs = list[tuple[str, str]]


def addressees(case: Case, user: User) -> Pairs:
    """The units that may be asked to answer, the one responsible first."""
    mine = supervising.units_of(user)
    rows = Unit.objects.filter(pk__in=supervising.addressees(case) - mine, kind__government=True)
    found = sorted(rows, key=lambda one: (one.pk != case.holder_unit_id, one.name))
    return [(str(one.pk), one.name) for one in found] or [("", _("Choose …"))]


def leads(user: User, case: Case) -> bool:
    """Whether an instruction on the case would be the user's own."""
    return bool(supervising.leading(user, supervising.leaders_offices(case)))


def offices(case: Case) -> Pairs:
    """Units with a leader at and above the place of the case."""
    rows = Unit.objects.filter(pk__in=supervising.leaders_offices(case))
    return [(str(one.pk), one.name) for one in rows.order_by("area__level", "pk")]


def days_offered(case: Case, now: datetime) -> int:
    return supervising.answer_days(case, now)


def choices(user: User, case: Case, verb: Verb) -> Pairs:
    """The open orders ``user`` may use ``verb`` on."""
    units = supervising.units_of(user)
    rows: Iterable[SupervisionOrder] = case.supervisions.filter(delisted_at=None).select_related(
        "unit", "issuer", "series_unit"
    )
    return [(str(row.pk), label(row)) for row in rows if verb in supervising.possible(row, units)]


def label(row: SupervisionOrder) -> str:
    name = f"{row.series_unit.name} {row.number}" if row.series_unit else _(row.state.label)
    return f"{name} → {row.unit.name}"
