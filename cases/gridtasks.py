"""What may be given to grid workers: the list, temporary tasks, and the refusal of all else.

Tasks outside the public list may not be assigned to grid workers; temporary ones need an
approval and an end (舟山市网格治理条例 Art 24, 滨州市社会治理网格化服务管理条例 Art 10). A
district's own list takes the place of the product's; temporary tasks are added to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from cases import policies
from cases.clocks import ZONE
from cases.intake_form import in_language
from cases.models import Category, GridTask
from grids import changes, plaintext
from grids.errors import BadInput, NotAllowed, NotVisible, WrongState
from grids.models import Area, Unit, User
from grids.roles import Level, Role
from grids.staffing import Post

LIMIT = "grid_tasks.temporary"  # the policy: {"days": …}
USUAL_DAYS = 90  # a temporary task lasts at most so long unless the district says otherwise
MOST_DAYS = 366
NO_TASK = "There is no such task in your area."


@dataclass(frozen=True, slots=True)
class Wish:
    """A task as it is written down."""

    name: str
    source: str
    categories: Sequence[str]
    valid_from: date
    valid_to: date | None = None


# --- who ----------------------------------------------------------------------------------
def deciding_posts(user: User) -> list[Post]:
    """Posts in the coordinating unit of a district (or city without districts)."""
    return [post for post in asking_posts(user) if post.level <= Level.DISTRICT]


def asking_posts(user: User) -> list[Post]:
    """Posts in the centre of a township or above."""
    return [
        post
        for post in user.posts
        if post.role is Role.TRIAGE and post.coordinating and post.level <= Level.TOWNSHIP
    ]


def asking_places(user: User) -> list[Area]:
    """Where ``user`` may ask for a task: the places of the posts and the level below."""
    found: dict[int, Area] = {}
    for post in asking_posts(user):
        rows = Area.objects.current().filter(
            path__startswith=post.area_path, level__lte=min(post.level + 1, Level.VILLAGE)
        )
        found |= {one.pk: one for one in rows.order_by("path")}
    return list(found.values())


def decides(user: User, area: Area) -> bool:
    """Whether ``user`` keeps the list that ``area`` is under."""
    return any(area.path.startswith(post.area_path) for post in deciding_posts(user))


def may_decide(user: User, task: GridTask) -> bool:
    """Whether ``user`` decides on a waiting task: the district, never who asked for it."""
    waits = task.temporary and not task.decision and task.area is not None
    return bool(waits and task.asked_by_id != user.pk and task.area and decides(user, task.area))


# --- the list -----------------------------------------------------------------------------
def in_force(area: Area, day: date) -> list[GridTask]:
    """The tasks that may be given at ``area`` on ``day``, temporary ones last; two queries."""
    chain = [int(part) for part in area.path.split(".") if part]
    rows = list(GridTask.objects.filter(Q(area=None) | Q(area__in=chain), decision="approved"))
    own = [row.area_id for row in rows if row.area_id is not None and not row.temporary]
    # The deepest place with a list of its own, even one whose tasks have all ended.
    keeper = max(own, key=chain.index, default=None)
    return [
        row
        for row in sorted(rows, key=lambda one: (one.temporary, one.pk))
        if (row.temporary or row.area_id == keeper)
        and row.valid_from <= day
        and (row.valid_to is None or row.valid_to > day)
    ]


def has_own(area: Area) -> bool:
    """Whether the district ``area`` has begun a list of its own."""
    return GridTask.objects.filter(area=area, temporary=False).exists()


def allows(tasks: Iterable[GridTask], category: Category) -> bool:
    """Whether one of ``tasks`` covers the category or the line above it."""
    codes = {category.code} | ({category.parent.code} if category.parent else set())
    return any(codes.intersection(task.categories) for task in tasks)


def check(category: Category, unit: Unit, day: date) -> None:
    """Raise ``BadInput`` when matters of ``category`` may not be given to the grid team
    ``unit`` on ``day``; the sentence names the list."""
    tasks = in_force(unit.area, day)
    if allows(tasks, category):
        return
    names = "、".join(dict.fromkeys(task.name for task in tasks)) or "—"
    raise BadInput(
        "“%(category)s” is not on the list of tasks for grid workers: %(list)s. Choose another "
        "unit, or ask the district to approve it for a time.",
        field="unit", category=in_language(category), list=names,
    )  # fmt: skip


def categories() -> QuerySet[Category]:
    """The categories a task may name."""
    return Category.objects.filter(valid_to=None)


def limit_days(area: Area, day: date) -> int:
    """How many days a temporary task lasts at most at ``area``."""
    row = policies.in_force(area, day).rows.get(LIMIT)
    body = getattr(row, "body", None)
    return int(body["days"]) if isinstance(body, dict) else USUAL_DAYS


def moment() -> datetime:
    """The moment by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found


def today() -> date:
    """The civil day by the database's clock."""
    return moment().astimezone(ZONE).date()


# --- doors --------------------------------------------------------------------------------
@transaction.atomic
def adopt(user: User, area: Area) -> list[GridTask]:
    """Begin the district's own list with the tasks of the product's; they count from today."""
    _need_keeper(user, area)
    lock(area)
    if has_own(area):
        raise WrongState("The district has a list of its own already.")
    day = today()
    found = []
    for row in GridTask.objects.filter(area=None, decision="approved", valid_to=None):
        wish = Wish(row.name, row.source, row.categories, day)
        found.append(_kept(user, area, wish))
    return found


@transaction.atomic
def add(user: User, area: Area, wish: Wish) -> GridTask:
    """Put a task on the district's own list. Raises ``BadInput``, ``NotAllowed``."""
    _need_keeper(user, area)
    lock(area)
    if not has_own(area):
        raise WrongState("First begin a list of your own; until then the product's list holds.")
    return _kept(user, area, wish)


def _kept(user: User, area: Area, wish: Wish) -> GridTask:
    row = GridTask.objects.create(
        tenant_id=area.tenant_id, area=area, decision="approved", decided_by=user,
        decided_at=Now(), **_checked(wish),
    )  # fmt: skip
    _log(user, "open", row, area)
    return row


@transaction.atomic
def ask(user: User, area: Area, wish: Wish) -> GridTask:
    """Ask the district for a temporary task at ``area``; it counts once approved.

    Raises ``BadInput`` naming the field, ``NotAllowed`` for other posts.
    """
    posts = [post for post in asking_posts(user) if area.path.startswith(post.area_path)]
    if not posts:
        raise NotAllowed("A township's centre asks for temporary tasks.")
    values = _checked(wish)
    if wish.valid_to is None:
        raise BadInput("A temporary task has an end.", field="valid_to")
    day, most = today(), limit_days(area, today())
    if wish.valid_to <= day or wish.valid_from < day:
        raise BadInput("A temporary task lies ahead.", field="valid_to")
    if wish.valid_to - wish.valid_from > timedelta(days=most):
        raise BadInput("At most %(days)s days.", field="valid_to", days=most)
    row = GridTask.objects.create(
        tenant_id=area.tenant_id, area=area, temporary=True, asked_by=user,
        asked_unit_id=posts[-1].unit_id, asked_at=Now(), **values,
    )  # fmt: skip
    _log(user, "ask", row, area)
    return row


@transaction.atomic
def decide(user: User, pk: int, *, approve: bool, reason: str) -> GridTask:
    """Approve or refuse a temporary task. Raises ``NotVisible`` outside the area, ``NotAllowed``
    for other posts and for who asked, ``WrongState`` when it is decided already."""
    row = found(user, pk)
    if row.area is None or not row.temporary:
        raise NotVisible(NO_TASK)
    if not decides(user, row.area):
        raise NotAllowed("The district's centre decides on temporary tasks.")
    if row.asked_by_id == user.pk:
        raise NotAllowed("Somebody else decides on what you asked for.")
    if row.decision:
        raise WrongState("This is decided already.")
    text = plaintext.line(reason, "reason", longest=200, required=not approve)
    if approve and row.valid_to is not None and row.valid_to <= today():
        raise WrongState("Its time is over.")
    row.decision = "approved" if approve else "refused"
    row.decided_by, row.decided_at, row.reason = user, moment(), text
    row.save(update_fields=["decision", "decided_by", "decided_at", "reason"])
    changes.changed(user, "decide", "task", row.pk, area=row.area, after={"decision": row.decision})
    return row


@transaction.atomic
def end(user: User, pk: int, on: date) -> GridTask:
    """Take a task off the list; ``on`` is the first day without it."""
    row = found(user, pk)
    if row.area is None or not decides(user, row.area):
        raise NotAllowed("The district's centre keeps the list.")
    if row.decision != "approved" or (row.valid_to is not None and row.valid_to <= on):
        raise WrongState("This task has ended already.")
    if on < max(today(), row.valid_from):
        raise BadInput("Choose today or a day to come.", field="on")
    before = {"valid_to": row.valid_to}
    row.valid_to = on
    row.save(update_fields=["valid_to"])
    changes.changed(
        user, "end", "task", row.pk, area=row.area, before=before, after={"valid_to": on}
    )
    return row


@transaction.atomic
def set_limit(user: User, area: Area, days: int) -> None:
    """Say how many days a temporary task lasts at most in the district."""
    _need_keeper(user, area)
    if not 1 <= days <= MOST_DAYS:
        raise BadInput("Write a number of days from 1 to %(most)s.", field="days", most=MOST_DAYS)
    lock(area)
    day = today()
    before = {"days": limit_days(area, day)}
    policies.set_policy(area, LIMIT, {"days": days}, day)
    changes.changed(user, "limit", "task", area.pk, area=area, before=before, after={"days": days})


def found(user: User, pk: int) -> GridTask:
    """The task, locked; raises ``NotVisible`` outside the area."""
    rows = GridTask.objects.visible_to(user).filter(pk=pk).values("pk")
    locked = GridTask.objects.select_for_update(of=["self"]).select_related("area")
    row = locked.filter(pk__in=rows).first()
    if row is None:
        raise NotVisible(NO_TASK)
    return row


def lock(area: Area) -> None:
    """One change of a place's list after the other."""
    Area.objects.select_for_update(no_key=True).get(pk=area.pk)


def _need_keeper(user: User, area: Area) -> None:
    if area.level > Level.DISTRICT or not decides(user, area):
        raise NotAllowed("The district's centre keeps the list.")


def _checked(wish: Wish) -> dict[str, object]:
    """The columns of a wish. Raises ``BadInput``."""
    codes = list(dict.fromkeys(wish.categories))
    if Category.objects.filter(code__in=codes, valid_to=None).count() != len(codes):
        raise BadInput("Choose a category from the list.", field="categories")
    if wish.valid_to is not None and wish.valid_to <= wish.valid_from:
        raise BadInput("It ends after it begins.", field="valid_to")
    return {
        "name": plaintext.line(wish.name, "name", longest=80),
        "source": plaintext.line(wish.source, "source", longest=200),
        "categories": codes, "valid_from": wish.valid_from, "valid_to": wish.valid_to,
    }  # fmt: skip


def _log(user: User, action: str, row: GridTask, area: Area) -> None:
    after = {
        "name": row.name, "categories": row.categories, "temporary": row.temporary,
        "valid_from": row.valid_from, "valid_to": row.valid_to,
    }  # fmt: skip
    changes.changed(user, action, "task", row.pk, area=area, after=after)
