"""Lists beside the queues: disputes a mediator works on, revisits that are due, the bell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from cases.models import Case, Clock, MediationSession, Notice, Recusal, Revisit
from cases.queues import PAGE, Cursor, Order
from cases.rules.lamp import Lamp, amber_from, lamp
from cases.rules.limits import LimitCode
from cases.rules.workflow import Kind, Stand, Status, Step, open_to
from grids.models import Unit, User
from grids.staffing import Post

MOST_ENDED = 20
MEDIATOR = frozenset({Stand.MEDIATOR})


# --- mediation --------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Dispute:
    """One dispute on the mediator's page."""

    case: Case
    lamp: Lamp
    session: datetime | None  # the next one, or the last when none is planned
    upcoming: bool
    month: datetime | None  # when the one-month norm of mediation ends
    month_lamp: Lamp | None
    steps: list[Step]


def disputes(user: User, now: datetime) -> tuple[list[Dispute], list[Case]]:
    """The open cases that name ``user``, the next due first, and the last ones that ended."""
    rows = (
        Case.objects.visible_to(user)
        .filter(assignments__user=user, assignments__until=None)
        .select_related("story", "category", "village", "grid", "area", "mediation")
    )
    sessions = Prefetch("sessions", MediationSession.objects.order_by("planned_at"))
    months = Clock.objects.filter(code=LimitCode.MEDIATION_MONTH.value, stopped_at=None)
    opened = (
        rows.open()
        .prefetch_related(sessions, Prefetch("clocks", months, to_attr="months"))
        .order_by("due_at", "pk")[:PAGE]
    )
    ended = rows.filter(closed_at__isnull=False).order_by("-closed_at", "-pk")[:MOST_ENDED]
    return [dispute(case, now) for case in opened], list(ended)


def dispute(case: Case, now: datetime) -> Dispute:
    planned = [row.planned_at for row in case.sessions.all()]
    coming = [at for at in planned if at >= now]
    clocks: list[Clock] = getattr(case, "months", [])
    month = clocks[0].due_at if clocks else None
    amber = amber_from(clocks[0].started_at, clocks[0].due_at) if clocks else None
    paused = case.suspended_at is not None
    return Dispute(
        case=case,
        lamp=lamp(case.due_at, now, closed=False, paused=case.paused, amber_at=case.amber_at),
        session=coming[0] if coming else planned[-1] if planned else None,
        upcoming=bool(coming),
        month=month,
        month_lamp=lamp(month, now, closed=False, paused=paused, amber_at=amber)
        if month else None,
        steps=open_to(Kind(case.kind), Status(case.status), MEDIATOR),
    )  # fmt: skip


# --- revisits ---------------------------------------------------------------------------
BY_DUE = Order("due_at")


@dataclass(frozen=True, slots=True)
class Visit:
    """One open revisit, as far as the person may see its case."""

    revisit: Revisit
    case: Case
    lamp: Lamp
    own: bool  # handled by the viewer: somebody else must look


def visits(
    user: User, posts: Sequence[Post], now: datetime, cursor: Cursor | None
) -> tuple[list[Visit], str]:
    """A page of open revisits of the units of ``posts``, and the cursor of the next page."""
    rows = waiting().filter(unit__in=[post.unit_id for post in posts])
    if cursor:
        rows = rows.filter(cursor.beyond(BY_DUE))
    found = list(rows.select_related("unit").order_by(*BY_DUE.keys(back=False))[: PAGE + 1])
    page = found[:PAGE]
    cases = (
        Case.objects.visible_to(user)
        .filter(pk__in=[row.case_id for row in page])
        .select_related("story", "category", "township", "village", "grid", "area")
    )
    visible = {case.pk: case for case in cases}
    more = str(Cursor(page[-1].due_at, page[-1].pk)) if len(found) > PAGE else ""
    return [
        Visit(
            row, visible[row.case_id], lamp(row.due_at, now, closed=False, paused=False),
            row.handler_id == user.pk,
        )
        for row in page
        if row.case_id in visible
    ], more  # fmt: skip


def waiting() -> QuerySet[Revisit]:
    """Open revisits of matters that are still closed: what was taken up again waits."""
    return Revisit.objects.filter(done_at=None, case__closed_at__isnull=False)


@dataclass(frozen=True, slots=True)
class UnitWaiting:
    """A unit that has revisits to do: how many, and how many of them are overdue."""

    unit: Unit
    open: int
    over: int


def by_unit(user: User, posts: Sequence[Post], now: datetime) -> list[UnitWaiting]:
    """The revisits that wait below the places of ``posts``, by unit, from the top down."""
    within = Q(pk__in=[])
    for post in posts:
        within |= Q(unit__area__path__startswith=post.area_path)
    away = Recusal.objects.filter(case=OuterRef("case"), user=user, until=None)
    rows = waiting().filter(within).filter(~Exists(away)).order_by().values("unit")
    counted = {
        row["unit"]: row
        for row in rows.annotate(n=Count("pk"), over=Count("pk", filter=Q(due_at__lte=now)))
    }
    units = Unit.objects.filter(pk__in=counted).order_by("area__level", "area__path", "pk")
    return [UnitWaiting(one, counted[one.pk]["n"], counted[one.pk]["over"]) for one in units]


# --- notices ----------------------------------------------------------------------------
NEWEST = Order("at", descending=True)


@dataclass(frozen=True, slots=True)
class Bell:
    """One notice, with its case as far as the person may still see it."""

    notice: Notice
    case: Case | None


def bells(user: User, cursor: Cursor | None) -> tuple[list[Bell], str]:
    """A page of the person's own notices, newest first, and the cursor of the next page."""
    rows = Notice.objects.filter(user=user)
    if cursor:
        rows = rows.filter(cursor.beyond(NEWEST))
    found = list(rows.select_related("unit").order_by(*NEWEST.keys(back=False))[: PAGE + 1])
    page = found[:PAGE]
    ids = [row.case_id for row in page if row.case_id]
    cases = Case.objects.visible_to(user).filter(pk__in=ids).select_related("story", "category")
    visible = {case.pk: case for case in cases} if ids else {}
    more = str(Cursor(page[-1].at, page[-1].pk)) if len(found) > PAGE else ""
    return [Bell(row, visible.get(row.case_id or 0)) for row in page], more
