"""A post ends: what its holder had goes to a successor, to the unit's pool, or to a unit above.

One transaction, one event per case, through the same writing as every other act. A case is
never left with somebody who cannot see it any more, nor with a unit in which nobody works.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Q

from cases import sealed_follow, transitions
from cases.acting import Act, Inputs
from cases.holders import units_of
from cases.models import Assignment, Case, CaseUnit, Clock
from cases.rules import workflow
from cases.rules.workflow import Kind, Status, Verb
from grids import personnel, staff, unit_office
from grids.changes import changed
from grids.errors import BadInput, WrongState
from grids.models import Posting, Unit, User
from grids.roles import FIGURE_ROLES, UNIT_ROLES, Role

WORKING = [*(role.value for role in UNIT_ROLES), Role.MEDIATOR.value]


@dataclass(frozen=True, slots=True)
class Work:
    """What would be left behind: cases given by name, and those of a unit left empty."""

    named: list[Assignment]
    held: list[Case]
    last: bool  # nobody else works in the unit


# --- what hangs on a post ---------------------------------------------------------------
def serves(posting: Posting, case: Case) -> bool:
    """Whether ``posting`` lets its holder work on a case given to them by name."""
    role = Role(posting.role)
    here = case.area.path.startswith(posting.area.path)
    if role is Role.MEDIATOR or role in FIGURE_ROLES:
        return here
    if role not in UNIT_ROLES:
        return False
    if posting.unit_id == case.holder_unit_id or here:
        return True
    return case.units.filter(unit=posting.unit_id, until=None).exists()


def given(users: Iterable[int]) -> list[Assignment]:
    """The running assignments of people on open cases, case by case in order of locking."""
    rows = Assignment.objects.filter(user__in=list(users), until=None, case__closed_at=None)
    return list(rows.select_related("case__area", "user").order_by("case_id"))


def unserved(rows: Iterable[Assignment], *, without: int = 0) -> list[Assignment]:
    """Those of ``rows`` that no running post of their person serves, one post left out."""
    rows = list(rows)
    postings = Posting.objects.running().filter(
        user__in={row.user_id for row in rows}, user__is_active=True
    )
    by_user: dict[int, list[Posting]] = {}
    for posting in postings.exclude(pk=without).select_related("unit", "area"):
        by_user.setdefault(posting.user_id, []).append(posting)
    return [
        row for row in rows
        if not any(keeps(posting, row) for posting in by_user.get(row.user_id, ()))
    ]  # fmt: skip


def keeps(posting: Posting, row: Assignment) -> bool:
    """Whether ``posting`` lets its holder keep what was given to them by name. Whoever is on
    duty for another unit until the morning may come from anywhere within the customer."""
    if row.task == "duty":
        return Role(posting.role) in UNIT_ROLES and posting.unit.tenant_id == row.tenant_id
    return serves(posting, row.case)


def staffed(unit_id: int, *, without: int = 0) -> bool:
    """Whether somebody works in the unit, one post left out."""
    rows = Posting.objects.running().filter(unit=unit_id, role__in=WORKING, user__is_active=True)
    return rows.exclude(pk=without).exists()


def work_of(posting: Posting) -> Work:
    """What the end of ``posting`` would leave behind today."""
    named = unserved(given([posting.user_id]), without=posting.pk)
    last = posting.role in WORKING and not staffed(posting.unit_id, without=posting.pk)
    rows = Case.objects.filter(holder_unit=posting.unit_id, closed_at=None).order_by("pk")
    return Work(named, list(rows.select_related("area")) if last else [], last)


def unit_above(case: Case) -> Unit:
    """Where a case goes whose unit is left empty: a staffed unit of the same kind, else the
    coordinating one, of the nearest level upward. Raises ``WrongState`` when there is none."""
    units = units_of(case.area)
    holder = Unit.objects.select_related("area").get(pk=case.holder_unit_id or 0)
    for level in sorted((one for one in units.present if one <= holder.area.level), reverse=True):
        for unit in (units.by_kind.get((level, holder.kind_id)), units.coordinating(level)):
            if unit is not None and unit.pk != holder.pk and staffed(unit.pk):
                return unit
    raise WrongState("Nobody would be left to take the open matters. Name a successor first.")


# --- ending -----------------------------------------------------------------------------
@transaction.atomic
def end(
    manager: User, posting: Posting, on: date, *, today: date, heir: User | None = None
) -> None:
    """End ``posting``; ``on`` is the first day without it, its open matters move with it.

    ``heir`` gets a post like it from that day and what was given by name; without one it goes
    back to the unit. Of a unit left empty everything goes to the unit above. An end in the
    future moves nothing yet: ``settle`` does on the day. Raises ``NotAllowed``, ``BadInput``,
    ``WrongState``; then nothing is written.
    """
    personnel.need_post(manager, posting)
    if on < today:
        raise BadInput("Choose today or a later day.", field="ended_on")
    if heir is not None and heir.pk == posting.user_id:
        raise BadInput("Nobody follows themselves.", field="successor")
    liaison = posting.role == Role.DISCIPLINE_LIAISON
    if liaison and heir is None:
        sealed_follow.need_another(posting)
    before = {"ended_on": posting.ended_on}
    work = work_of(posting)
    ended = staff.end_posting(posting, on)
    after = {"ended_on": ended.ended_on}
    changed(
        manager, "end", "posting", posting.pk, area=posting.unit.area, before=before, after=after
    )
    if heir is not None:
        follow(manager, posting, heir, on)
    if on == today:
        move(manager, work, heir, posting.unit_id)
        if liaison:
            sealed_follow.settle()


def follow(manager: User, posting: Posting, heir: User, on: date) -> None:
    """Give ``heir`` a post like ``posting`` from its end on, unless they have one."""
    same = Posting.objects.filter(
        Q(ended_on=None) | Q(ended_on__gt=on), user=heir, unit=posting.unit, area=posting.area,
        role=posting.role,
    )  # fmt: skip
    if not same.exists():
        personnel.post(
            manager, heir, role=posting.role, unit=posting.unit, area=posting.area, started_on=on
        )


def move(actor: User | None, work: Work, heir: User | None, unit_id: int) -> None:
    """Move what a post leaves behind; a case given by name and held alike gets one event."""
    upward = {} if heir else {case.pk: unit_above(case) for case in work.held}
    for row in work.named:
        Assignment.objects.filter(pk=row.pk, until=None).update(until=transitions.database_now())
        if row.case_id not in upward:
            inputs = Inputs()  # a night's duty goes back to the unit, not to a successor
            if heir and row.task != "duty":
                inputs = Inputs(user_id=heir.pk, result=row.task, other=str(heir))
            write(row.case_id, actor, unit_id, inputs)
    for pk, unit in upward.items():
        write(pk, actor, unit_id, Inputs(unit_id=unit.pk))


def write(case_id: int, actor: User | None, unit_id: int, inputs: Inputs) -> None:
    """One hand-over on one locked case; a case closed meanwhile needs none."""
    case = transitions.lock(case_id)
    if case is None:
        return
    step = workflow.find(Kind(case.kind), Status(case.status), Verb.HAND_OVER)
    if step is not None:
        now = transitions.database_now()
        transitions.perform(Act(case, step, actor, unit_id, inputs, now))


# --- a unit that closes -----------------------------------------------------------------
@transaction.atomic
def close_unit(manager: User, unit: Unit, on: date, heir: Unit | None) -> None:
    """Close ``unit`` and give its open matters to ``heir``; what it helps with ends.

    Raises ``BadInput`` while matters are open and nobody takes them, ``WrongState`` while
    somebody is posted there or a ladder leads to it; then nothing is written.
    """
    held = Case.objects.filter(holder_unit=unit, closed_at=None).order_by("pk")
    numbers = list(held.values_list("pk", flat=True))
    if numbers and heir is None:
        raise BadInput("Open matters are here. Choose who takes them.", field="heir")
    if heir is not None and (heir.pk == unit.pk or not staffed(heir.pk)):
        raise BadInput("Choose another unit in which somebody works.", field="heir")
    unit_office.close(manager, unit, on)
    if heir is not None:
        for pk in numbers:
            write(pk, manager, unit.pk, Inputs(unit_id=heir.pk))
    if Clock.objects.filter(stopped_at=None, holders__contains=[unit.pk]).exists():
        raise WrongState("A running ladder still leads to this unit.")
    CaseUnit.objects.filter(unit=unit, until=None).update(until=transitions.database_now())
    sealed_follow.settle()


# --- ends that came by themselves -------------------------------------------------------
def settle() -> int:
    """Give back to their units what is still given to people whose post has run out, or whose
    account is disabled; the number of cases. Safe to run twice at once: each case is locked.
    """
    over = Posting.objects.exclude(pk__in=Posting.objects.running().values("pk"))
    gone = Q(is_active=False) | Q(pk__in=over.values("user"))
    named = Assignment.objects.filter(until=None, case__closed_at=None).values("user")
    users = User.objects.filter(gone, pk__in=named).values_list("pk", flat=True)
    rows = unserved(given(users))
    for row in rows:
        give_back(row)
    return len(rows)


@transaction.atomic
def give_back(row: Assignment) -> None:
    case = transitions.lock(row.case_id)
    ended = Assignment.objects.filter(pk=row.pk, until=None)
    if case is not None and ended.update(until=transitions.database_now()):
        write(row.case_id, None, case.holder_unit_id or 0, Inputs())
