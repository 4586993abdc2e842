"""Orders to reorganise the tree, and what each means for every place concerned.

A plan is computed before anything is written; preview and change read the same one. ``closing``
names the heir of every place that ends, ``moving`` the new parent of every place that goes on
elsewhere, ``born`` the new places. A change takes effect on the day it is made: a past date
cannot be changed because no change bears one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from grids import powers
from grids.errors import BadInput, NotAllowed, NotVisible
from grids.models import Area, User
from grids.roles import AreaChangeKind, Level, Role
from grids.staffing import Post
from grids.tree import check

OF_GRIDS = frozenset({AreaChangeKind.RENAME, AreaChangeKind.CLOSE})
CHILDREN = 400  # places below one place that a form can deal out


@dataclass(frozen=True, slots=True)
class Part:
    """A new place that a split makes: its name and the places below that go with it."""

    name: str
    children: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done, by ids. ``document`` is the order or approval it rests on.

    ``target`` is the new parent of a move, or the existing place that takes the others over;
    without one a merge makes a new place called ``name``. ``ceases``: the split place ends.
    """

    kind: AreaChangeKind
    areas: tuple[int, ...]
    target: int | None = None
    name: str = ""
    parts: tuple[Part, ...] = ()
    ceases: bool = False
    document: str = ""


@dataclass(slots=True)
class Plan:
    """What an order does to the tree. Unsaved areas in ``born`` stand for the new places."""

    order: Order
    on: date
    areas: list[Area]
    born: list[Area] = field(default_factory=list)
    closing: list[tuple[Area, Area]] = field(default_factory=list)  # place, heir
    moving: list[tuple[Area, Area]] = field(default_factory=list)  # place, new parent
    split_off: list[tuple[Area, Area]] = field(default_factory=list)  # place that goes on, part
    renaming: list[tuple[Area, str]] = field(default_factory=list)

    @property
    def first(self) -> Area:
        return self.areas[0]

    @property
    def roots(self) -> list[Area]:
        """Places whose open matters get new level columns, parents before children."""
        return [area for area, _ in (*self.closing, *self.moving)]

    @property
    def heirs(self) -> list[Area]:
        """Places that exist after the change and take something over; each once."""
        found: list[Area] = []
        for _, heir in (*self.closing, *self.moving, *self.split_off):
            if all(heir is not one for one in found):
                found.append(heir)
        return found


def involved(user: User, order: Order) -> tuple[dict[int, Area], Area | None]:
    """The current places an order names, by id, and its target.

    Raises ``NotVisible`` for a place outside the posts of ``user`` and ``NotAllowed`` unless
    their posts may order it for every one of them.
    """
    wanted = set(order.areas) | ({order.target} if order.target else set())
    rows = Area.objects.visible_to(user).current().select_related("parent", "stat_parent")
    found = {area.pk: area for area in rows.filter(pk__in=wanted)}
    if wanted - found.keys() or not order.areas:
        raise NotVisible("There is no such place in your area.")
    for area in found.values():
        if not any(may_order(post, order.kind, area) for post in user.posts):
            raise NotAllowed("Places are reorganised by the system administrator in charge.")
    target = found.pop(order.target) if order.target else None
    return found, target


def may_order(post: Post, kind: AreaChangeKind, area: Area) -> bool:
    """Whether ``post`` orders a change of ``kind`` for ``area``: the system administrator in
    charge all of them; who runs the village or the places above it renames and closes its grids,
    as they draw them up."""
    if not area.path.startswith(post.area_path):
        return False
    if post.role is Role.SYS_ADMIN:
        return True
    own_grid = area.level >= Level.GRID and area.tenant_id == post.tenant_id
    return kind in OF_GRIDS and own_grid and powers.runs_place(post)


def administers(user: User, area: Area) -> bool:
    """Whether ``user`` may reorganise ``area``."""
    return any(
        post.role == Role.SYS_ADMIN and area.path.startswith(post.area_path) for post in user.posts
    )


def plan(user: User, order: Order, on: date) -> Plan:
    """What ``order`` means on the day ``on``; nothing is written.

    Raises ``BadInput`` naming the field, ``NotVisible`` and ``NotAllowed``.
    """
    found, target = involved(user, order)
    areas = [found[pk] for pk in dict.fromkeys(order.areas) if pk in found]
    if order.kind == AreaChangeKind.MERGE:
        areas = [area for area in areas if target is None or area.pk != target.pk]
    result = Plan(order, on, areas)
    _check_customer(areas, target)
    PLANNERS[order.kind](result, target)
    for area in result.roots:
        if any(other.pk == area.pk for other, _ in result.closing) and area.valid_from >= on:
            raise BadInput(
                "%(area)s exists only since today; it can be closed tomorrow.",
                field="areas", area=area.name,
            )  # fmt: skip
    return result


def _check_customer(areas: Sequence[Area], target: Area | None) -> None:
    """Everything within one customer, and never the customer's own root."""
    if not areas:
        raise BadInput("Choose at least two places.", field="areas")
    tenant = areas[0].tenant_id
    if tenant is None:
        raise BadInput("This place belongs to no customer.", field="areas")
    for area in areas:
        if area.tenant_id != tenant or (target and target.tenant_id != tenant):
            raise BadInput("Both places belong to the same customer.", field="target")
        if area.parent is None or area.parent.tenant_id != tenant:
            raise BadInput("The customer's own place stays as it is.", field="areas")


def _one(areas: Sequence[Area]) -> Area:
    if len(areas) != 1:
        raise BadInput("Choose one place.", field="areas")
    return areas[0]


def _children(area: Area) -> list[Area]:
    rows = Area.objects.current().filter(parent=area).select_related("parent", "stat_parent")
    return list(rows.order_by("pk"))


def _born(name: str, like: Area, parent: Area, on: date) -> Area:
    """The unsaved new place of the same level and kind as ``like``, checked."""
    area = Area(
        parent=parent, level=like.level, name=name, kind=like.kind, valid_from=on,
        tenant_id=like.tenant_id, stat_parent=like.stat_parent,
    )  # fmt: skip
    check(area)
    same = Area.objects.current().filter(parent=parent, name=area.name)
    if same.exists():
        raise BadInput("This name is taken there.", field="name")
    return area


# --- one planner per kind -----------------------------------------------------------------
def _move(result: Plan, target: Area | None) -> None:
    if target is None:
        raise BadInput("Choose where it belongs from now on.", field="target")
    for area in result.areas:
        if target.pk == area.parent_id:
            raise BadInput("It belongs there already.", field="target")
        if target.path.startswith(area.path):
            raise BadInput("A place cannot become part of itself.", field="target")
        if target.level >= area.level:
            raise BadInput("It must lie deeper than what it is part of.", field="target")
        result.moving.append((area, target))


def _merge(result: Plan, target: Area | None) -> None:
    first = result.first
    if any(area.level != first.level for area in result.areas):
        raise BadInput("Only places of one level are merged.", field="areas")
    if target is None:
        if len(result.areas) < 2:
            raise BadInput("Choose at least two places.", field="areas")
        parent = first.parent
        assert parent is not None  # _check_customer
        # The name of one of the merged places may be the new one's.
        names = {area.name for area in result.areas if area.parent_id == parent.pk}
        heir = _heir(result.order.name, first, parent, result.on, names)
        result.born.append(heir)
    elif target.level != first.level:
        raise BadInput("Only places of one level are merged.", field="target")
    else:
        heir = target
    for area in result.areas:
        result.closing.append((area, heir))
        result.moving += [(child, heir) for child in _children(area)]


def _heir(name: str, like: Area, parent: Area, on: date, ending: Iterable[str]) -> Area:
    if not name.strip():
        raise BadInput("Write the name of the new place.", field="name")
    if name.strip() not in set(ending):
        return _born(name, like, parent, on)
    heir = Area(
        parent=parent, level=like.level, name=name, kind=like.kind, valid_from=on,
        tenant_id=like.tenant_id, stat_parent=like.stat_parent,
    )  # fmt: skip
    check(heir)
    return heir


def _split(result: Plan, target: Area | None) -> None:
    area, order = _one(result.areas), result.order
    if not order.parts:
        raise BadInput("Write the name of the new place.", field="name")
    parent = area.parent
    assert parent is not None  # _check_customer
    children = {child.pk: child for child in _children(area)}
    for part in order.parts:
        new = _born(part.name, area, parent, result.on)
        if any(new.name == one.name for one in result.born):
            raise BadInput("This name is taken there.", field="name")
        result.born.append(new)
        for pk in part.children:
            if pk not in children:
                raise BadInput("Every place below goes to one new place.", field="children")
            result.moving.append((children.pop(pk), new))
    if order.ceases and children:
        raise BadInput("Every place below goes to one new place.", field="children")
    if order.ceases:
        result.closing.append((area, result.born[0]))
        result.split_off += [(area, new) for new in result.born[1:]]
    else:
        result.split_off += [(area, new) for new in result.born]


def _rename(result: Plan, target: Area | None) -> None:
    area, name = _one(result.areas), result.order.name.strip()
    if not name:
        raise BadInput("Write the new name.", field="name")
    if name == area.name:
        raise BadInput("It is called so already.", field="name")
    if Area.objects.current().filter(parent=area.parent_id, name=name).exists():
        raise BadInput("This name is taken there.", field="name")
    trial = Area(
        parent=area.parent, level=area.level, name=name, kind=area.kind, valid_from=result.on,
        tenant_id=area.tenant_id,
    )  # fmt: skip
    check(trial)
    result.renaming.append((area, trial.name))


def _close(result: Plan, target: Area | None) -> None:
    """A place ends with everything below it; the place above takes its matters over."""
    area = _one(result.areas)
    if area.level <= Level.DISTRICT or area.parent is None:
        raise BadInput("A district is merged, not closed.", field="areas")
    rows = Area.objects.within(area).current().select_related("parent", "stat_parent")
    result.closing += [(one, area.parent) for one in rows.order_by("path")]


PLANNERS = {
    AreaChangeKind.MOVE: _move,
    AreaChangeKind.MERGE: _merge,
    AreaChangeKind.SPLIT: _split,
    AreaChangeKind.RENAME: _rename,
    AreaChangeKind.CLOSE: _close,
}
