"""Grids drawn up by an office: who may, opening one, changing what is said about it.

Renaming and closing are changes of the tree with a past; see ``grids.tree``. Each write leaves
its row in the change log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from grids import changes, outline, plaintext, tree
from grids.errors import BadInput, NotAllowed, NotVisible, WrongState
from grids.gridcode import give_codes
from grids.models import Area, Change, User
from grids.models.area import AreaQuerySet
from grids.roles import AreaKind, Level, Role
from grids.staffing import Post
from grids.units import standard_units

# Posts of a coordinating unit that draw up the grids of its area.
RUNNING = frozenset({Role.VILLAGE_STAFF, Role.TRIAGE})
LOGGED = (
    "name", "number", "kind", "households", "boundary", "map_approval", "boundary_geojson",
)  # fmt: skip
NO_GRID = "There is no such grid in your area."


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is written about a grid. ``outline`` is GeoJSON as text, "" for none."""

    name: str
    number: str
    kind: str = ""
    households: int | None = None
    boundary: str = ""
    outline: str = ""
    map_approval: str = ""


# --- who ----------------------------------------------------------------------------------
def running_posts(user: User) -> list[Post]:
    """The posts by which ``user`` draws up grids; raises ``NotAllowed`` without one."""
    found = [
        post
        for post in user.posts
        if post.role in RUNNING and post.coordinating and post.level <= Level.VILLAGE
    ]
    if not found:
        raise NotAllowed("Your post does not draw up grids.")
    return found


def runs(user: User, area: Area) -> bool:
    """Whether a post of ``user`` draws up grids at ``area``."""
    return any(area.path.startswith(post.area_path) for post in running_posts(user))


def places(user: User) -> AreaQuerySet:
    """Current places in which ``user`` draws up grids, the names above them left out."""
    rows = Area.objects.current()
    found = rows.none()
    for post in running_posts(user):
        found = found | rows.filter(path__startswith=post.area_path)
    return found


def grid(user: User, pk: int) -> Area:
    """The current grid or micro-grid with this id; raises ``NotVisible`` outside the area."""
    rows = places(user).filter(level__gte=Level.GRID).select_related("parent__parent", "village")
    area = rows.filter(pk=pk).first()
    if area is None:
        raise NotVisible(NO_GRID)
    return area


def parent_of_new(user: User, pk: int | None) -> Area:
    """The village or grid a new grid shall lie in. Raises ``BadInput``."""
    levels = [Level.VILLAGE.value, Level.GRID.value]
    area = places(user).filter(pk=pk or 0, level__in=levels).select_related("parent").first()
    if area is None:
        raise BadInput("Choose a village, or the grid of a micro-grid.", field="parent")
    return area


def revision(area: Area) -> int:
    """The last change of ``area``; a form carries it so that two people do not overwrite each
    other."""
    rows = Change.objects.filter(subject="area", subject_id=area.pk).order_by("-pk")
    return rows.values_list("pk", flat=True).first() or 0


def revisions(areas: Sequence[Area]) -> dict[int, int]:
    """``revision`` of many, by id; one query."""
    rows = Change.objects.filter(subject="area", subject_id__in=[area.pk for area in areas])
    return dict(rows.order_by("pk").values_list("subject_id", "pk"))


# --- doors --------------------------------------------------------------------------------
@transaction.atomic
def draw_up(user: User, parent: Area, sketch: Sketch, *, since: date) -> Area:
    """Open a grid in the village ``parent``, or a micro-grid in a grid, on ``since``, with its
    code and its team. Raises ``BadInput`` naming the field, ``NotVisible`` outside the area.
    """
    if not runs(user, parent):
        raise NotVisible(NO_GRID)
    locked = Area.objects.select_for_update(of=["self"], no_key=True)
    parent = locked.select_related("parent").get(pk=parent.pk)
    if parent.level not in (Level.VILLAGE, Level.GRID):
        raise BadInput("Choose a village, or the grid of a micro-grid.", field="parent")
    micro = parent.level == Level.GRID
    area = Area(
        parent=parent, level=Level.MICROGRID if micro else Level.GRID, valid_from=since,
        tenant_id=parent.tenant_id,
    )  # fmt: skip
    _write(area, sketch)
    tree.check(area)
    _check_name(area)
    give_codes([area])
    try:
        with transaction.atomic():
            tree.plant([area])
    except IntegrityError as error:
        tree.refuse(error)
    standard_units(area)
    changes.changed(user, "open", "area", area.pk, area=area, after=values(area))
    return area


@transaction.atomic
def redraw(user: User, area: Area, sketch: Sketch, *, rev: int | None = None) -> Area:
    """Change what is written about a grid; its name changes by ``tree`` only.

    Raises ``BadInput`` naming the field, ``WrongState`` when somebody was faster.
    """
    if not runs(user, area):
        raise NotVisible(NO_GRID)
    rows = Area.objects.select_for_update(of=["self"], no_key=True)
    row = rows.select_related("parent__parent", "stat_parent").get(pk=area.pk)
    if row.valid_to is not None or row.level < Level.GRID:
        raise NotVisible(NO_GRID)
    if rev is not None and rev != revision(row):
        raise WrongState("Somebody else has changed this grid. Please look again.")
    before = values(row)
    _write(row, sketch)
    if row.name != before["name"]:
        raise BadInput("A grid is renamed on its own page, by Rename.", field="name")
    tree.check(row)
    if not row.code:
        give_codes([row])
    try:
        with transaction.atomic():
            row.save(update_fields=[*LOGGED, "code", "code_system", "code_year"], force_update=True)
    except IntegrityError as error:
        tree.refuse(error)
    changes.changed(user, "change", "area", row.pk, area=row, before=before, after=values(row))
    return row


def _write(area: Area, sketch: Sketch) -> None:
    """Set what the sketch says on ``area``; raises ``BadInput`` for number, kind and outline."""
    area.name, area.boundary, area.households = sketch.name, sketch.boundary, sketch.households
    area.number = plaintext.line(sketch.number, "number", longest=20)
    wanted = AreaKind.MICROGRID if area.level == Level.MICROGRID else AreaKind.GENERAL_GRID
    area.kind = sketch.kind or wanted.value
    text = sketch.outline.strip()
    area.boundary_geojson = outline.read(text) if text else None
    number = sketch.map_approval.strip()
    if text and not number:
        raise BadInput("An outline needs the approval number of its map.", field="map_approval")
    area.map_approval = outline.approval(number) if text else ""


def _check_name(area: Area) -> None:
    """Two grids of one name in one place would be two teams of one name."""
    if Area.objects.current().filter(parent=area.parent, name=area.name).exists():
        raise BadInput("This name is taken there.", field="name")


def values(area: Area) -> dict[str, Any]:
    """What the change log keeps of a grid; of an outline only its mark."""
    found = {name: getattr(area, name) for name in LOGGED}
    drawn = found.pop("boundary_geojson")
    return found | {"outline": outline.digest(drawn) if drawn else ""}
