"""Reorganise places: one transaction for the tree, its units and people, and every open case.

Order of locks, so that people go on working: the customer's tree (advisory, not waited for),
the places concerned against other writers of the tree, then the cases in the order of their
ids as every door takes them; last, and only for moments, the places and units themselves, so
that nobody registers or hands over to what is gone. Who came in between is found by a second
run. A case whose place or holder is out of date is refused by the database
(``case_place_in_force``).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Sum

from cases import outbox, sealed_follow
from cases.clocks import ZONE
from cases.escalation import database_clock
from cases.models import Policy, Rollup
from cases.models.case import CLOSED_VALUES
from cases.restamp import LEVEL_COLUMNS, Mapping, Place, concerned, follow, restamp
from grids import succession, tree
from grids.changes import changed
from grids.errors import WrongState
from grids.models import Area, Unit, User
from grids.restructuring import Order, Plan, may_order, plan
from grids.roles import COLUMN_LEVELS, Level
from grids.succession import Handover
from grids.units import standard_units


@dataclass(slots=True)
class Preview:
    """What an order would do, in numbers; ``warnings`` are (msgid, values)."""

    plan: Plan
    cases: int = 0
    closed_cases: int = 0
    people: int = 0
    posts_ending: int = 0
    grids: int = 0
    units_closed: int = 0
    units_moved: int = 0
    renumbered: list[tuple[str, str]] = field(default_factory=list)
    policies: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """What a reorganisation did. ``areas`` are the places to look at next."""

    areas: list[Area]
    cases: int
    postings: int


def today(now: datetime) -> date:
    """The day of ``now`` in Shanghai: the first day of the new state."""
    return now.astimezone(ZONE).date()


def preview(user: User, order: Order, now: datetime | None = None) -> Preview:
    """What ``order`` would do; nothing is written or locked. Raises as ``reorganise`` does."""
    return consequences(plan(user, order, today(now or database_clock())))


def consequences(found: Plan) -> Preview:
    """What a plan would do, in numbers; also of one that joins several orders."""
    result = Preview(found)
    ending = [place for place, _ in found.closing]
    heirs = {place.pk: heir for place, heir in found.closing}
    units = succession.units_at(ending)
    closed = [unit for unit in units if succession.ends_with(unit, unit.area, heirs[unit.area_id])]
    result.units_closed, result.units_moved = len(closed), len(units) - len(closed)
    postings = succession.concerned_postings(found, closed)
    result.people = len({posting.user_id for posting in postings})
    result.posts_ending = sum(not succession.goes_on(posting, found) for posting in postings)
    result.cases = len(concerned(counting(found, closed).values()))
    result.closed_cases = closed_cases(ending)
    result.grids = grids_below(found)
    result.renumbered = [(area.name, name) for area, name, _ in renamings(found, found.on)]
    result.policies = Policy.objects.filter(area__in=ending, valid_to=None).count()
    return result


def counting(found: Plan, closed: Iterable[Unit]) -> Mapping:
    """A mapping that is good for counting only: every place below the roots counts as moved."""
    below = Area.objects.none()
    for root in found.roots:
        below |= Area.objects.within(root)
    nowhere = Area(pk=0, level=Level.MICROGRID)
    places = [Place(pk, 0, nowhere) for pk in below.values_list("pk", flat=True)]
    return Mapping(places, [], [unit.pk for unit in closed], found.roots)


def closed_cases(ending: Iterable[Area]) -> int:
    """Closed cases of the places that end, by the folded counts; they stay as they are."""
    total = 0
    for area in ending:
        column = f"{Level(area.level).column}_id"
        if column in LEVEL_COLUMNS and area.level in COLUMN_LEVELS[1:5]:
            rows = Rollup.objects.filter(**{column: area.pk}, status__in=CLOSED_VALUES)
            total += rows.aggregate(n=Sum("cases"))["n"] or 0
    return total


def grids_below(found: Plan) -> int:
    below = Area.objects.none()
    for root in found.roots:
        below |= Area.objects.within(root).current()
    return below.filter(level=Level.GRID).count()


def renamings(found: Plan, on: date) -> list[tuple[Area, str, str]]:
    """Places that get another name or number because theirs is taken where they go."""
    changes: list[tuple[Area, str, str]] = []
    for heir in found.heirs:
        moving = [area for area, parent in found.moving if parent is heir]
        if moving:
            changes += tree.free_names(moving, heir)
    return changes


def reorganise(user: User, order: Order, *, now: datetime | None = None) -> Done:
    """Carry ``order`` out for ``user``, from today on.

    Raises ``NotVisible`` and ``NotAllowed`` outside the administrator's places, ``BadInput``
    naming a field, ``WrongState`` when somebody else is changing the same tree. Nothing is
    written on any of them. ``now`` is the database's clock unless a test passes one.
    """
    with transaction.atomic():
        found = locked_plan(user, order, now)
        for area in found.born:
            tree.plant([area])
        for heir in found.heirs:
            standard_units(heir)
        hand = succession.hand_over(found)
        rows = [row for area, parent in found.moving for row in tree.resettled(area, parent)]
        values = mapping(found, hand, rows).values()
        post = next(post for post in user.posts if may_order(post, order.kind, found.first))
        who = {"actor_id": user.pk, "unit_id": post.unit_id, "now": now}
        cases = restamp(values, **who)  # type: ignore[arg-type]
        take(found, hand, rows)
        write_tree(found, rows)
        postings = succession.write(found, hand)
        cases += restamp(values, **who)  # type: ignore[arg-type]
        follow(values)
        sealed_follow.settle()
        log(user, found, hand, cases, postings)
        outbox.deliver_soon()
    return Done(found.heirs or found.areas, cases, postings)


def locked_plan(user: User, order: Order, now: datetime | None) -> Plan:
    """The plan, with the tree held against everybody else who changes it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL statement_timeout = '120s'; SET LOCAL lock_timeout = '20s';"
            " SET LOCAL jieyou.set_based = 'on'"
        )
    first = plan(user, order, today(now or database_clock()))
    with connection.cursor() as cursor:
        key = f"jieyou.tree:{first.first.tenant_id}"
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        if cursor.fetchone() != (True,):
            raise WrongState("Somebody else is reorganising places. Please try again shortly.")
    paths = [area.path for area in (*first.areas, *(area for area in first.heirs if area.pk))]
    below = Area.objects.none()
    for path in paths:
        below |= Area.objects.filter(path__startswith=path)
    # Nobody adds, moves or renames a place there until we are done; intake is not kept waiting.
    list(below.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    vars(user).pop("posts", None)
    return plan(user, order, first.on)


def mapping(found: Plan, hand: Handover, rows: list[Area]) -> Mapping:
    """What the statements need: each place with its context, each unit with its successor."""
    context_of = {root.pk: one.number for one in hand.contexts for root in one.roots}
    moved = {row.pk: row for row in rows}
    places = [Place(place.pk, context_of[place.pk], heir) for place, heir in found.closing]
    for root, _ in found.moving:
        inside = [row for row in rows if row.pk == root.pk or below(row, root, moved)]
        places += [Place(row.pk, context_of[root.pk], row) for row in inside]
    units = [(0, old, new) for old, new in hand.closing.items()]
    for one in hand.contexts:
        units += [(one.number, old, new) for old, new in (hand.closing | one.units).items()]
    return Mapping(places, units, [unit.pk for unit in hand.closed], found.roots)


def below(row: Area, root: Area, moved: dict[int, Area]) -> bool:
    """Whether ``row`` lies below ``root`` by the new path."""
    return row.path.startswith(moved[root.pk].path)


def take(found: Plan, hand: Handover, rows: list[Area]) -> None:
    """Hold places and units that change, so that whoever refers to them now waits for us."""
    areas = {row.pk for row in rows} | {place.pk for place, _ in found.closing}
    units = [unit.pk for unit in hand.closed]
    list(Area.objects.filter(pk__in=areas).order_by("pk").select_for_update().values_list("pk"))
    held = Unit.objects.filter(pk__in=units).order_by("pk").select_for_update()
    list(held.values_list("pk"))


def write_tree(found: Plan, rows: list[Area]) -> None:
    """Past states, new parents, names and dates."""
    kind, on, document = found.order.kind.value, found.on, found.order.document
    changes = renamings(found, on)
    tree.keep_past([area for area, _ in found.moving], kind, on, document)
    known = {row.pk: row for row in rows}
    for area, name, number in changes:
        known[area.pk].name, known[area.pk].number = name, number
    tree.reparent(rows)
    for area, _, _ in changes:
        succession.rename_units(known[area.pk], area.name, on)
    if found.closing:
        tree.close_areas(found.closing, kind, on, document)
    tree.succeed(found.split_off, kind, on, document)
    for area, name in found.renaming:
        tree.keep_past([area], kind, on, document)
        old = area.name
        tree.rename(area, name)
        succession.rename_units(area, old, on)


def log(user: User, found: Plan, hand: Handover, cases: int, postings: int) -> None:
    """One row of the change log for each place that the order names or makes."""
    figures = {"cases": cases, "postings": postings, "units_closed": len(hand.closed)}
    subjects = {area.pk: area for area in (*found.areas, *found.born)}
    for area in subjects.values():
        changed(
            user, found.order.kind.value, "area", area.pk, area=area,
            before={"areas": [[one.pk, one.path] for one in found.areas]},
            after={
                "areas": [[one.pk, one.path] for one in (found.heirs or found.areas)],
                "figures": figures,
            },
            reason=found.order.document,
        )  # fmt: skip
