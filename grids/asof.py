"""The tree of a past date: places, names and parents as they were on that day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db import connection

from grids.models import Area, User
from grids.roles import Level

# A place stood on a day when it had begun and was not gone; its state is that of the past row
# covering the day, else today's.
STATE = """
SELECT a.id, a.level, coalesce(p.name, a.name) AS name,
       CASE WHEN p.id IS NULL THEN a.parent_id ELSE p.parent_id END AS parent_id,
       CASE WHEN p.id IS NULL THEN a.code ELSE p.code END AS code,
       CASE WHEN p.id IS NULL THEN a.number ELSE p.number END AS number,
       a.valid_from, a.valid_to
FROM grids_area AS a
LEFT JOIN grids_areapast AS p ON p.area_id = a.id AND p.valid_from <= %(on)s AND p.valid_to > %(on)s
WHERE a.valid_from <= %(on)s AND (a.valid_to IS NULL OR a.valid_to > %(on)s)
"""
CHILDREN = f"""
SELECT s.*, EXISTS (SELECT FROM ({STATE}) AS below WHERE below.parent_id = s.id)
FROM ({STATE}) AS s WHERE s.parent_id = ANY(%(parents)s)
ORDER BY s.level, s.code = '', s.code, length(s.number), s.number, s.id
"""
ABOVE = f"""
WITH RECURSIVE up AS (
    SELECT s.*, 0 AS step FROM ({STATE}) AS s WHERE s.id = ANY(%(ids)s)
    UNION ALL
    SELECT s.*, up.step + 1 FROM up JOIN ({STATE}) AS s ON s.id = up.parent_id
)
SELECT DISTINCT ON (id) id, level, name, parent_id, code, number, valid_from, valid_to FROM up
"""


@dataclass(frozen=True, slots=True)
class PlaceThen:
    """One place on the day asked for; ``has_more``: there were places below it."""

    id: int
    level: Level
    name: str
    parent_id: int | None
    code: str
    number: str
    valid_from: date
    valid_to: date | None
    has_more: bool = field(default=False, compare=False)


def place_then(row: tuple[object, ...]) -> PlaceThen:
    pk, level, *rest = row
    return PlaceThen(pk, Level(level), *rest)  # type: ignore[arg-type]


def children(parents: Iterable[int], on: date) -> list[PlaceThen]:
    """The places right below ``parents`` on the day ``on``, in the order of their codes."""
    with connection.cursor() as cursor:
        cursor.execute(CHILDREN, {"on": on, "parents": list(parents)})
        return [place_then(row) for row in cursor.fetchall()]


def with_ancestors(ids: Iterable[int], on: date) -> dict[int, PlaceThen]:
    """The places ``ids`` and everything above them on the day ``on``, by id; who did not exist
    on that day is left out."""
    with connection.cursor() as cursor:
        cursor.execute(ABOVE, {"on": on, "ids": list(ids)})
        return {row[0]: place_then(row) for row in cursor.fetchall()}


def chain(pk: int, known: dict[int, PlaceThen]) -> list[PlaceThen]:
    """``pk`` and what lay above it, from the top down."""
    found: list[PlaceThen] = []
    place = known.get(pk)
    while place is not None:
        found.insert(0, place)
        place = known.get(place.parent_id or 0)
    return found


def below(user: User, parent: int | None, on: date) -> list[PlaceThen]:
    """The places right below ``parent`` on the day ``on``, as far as the posts of ``user`` cover
    them; the places of the posts themselves without a parent.

    A post covers what lies in its place today or lay in it on that day, and the line above it.
    """
    own = {post.area_id for post in user.posts}
    line = with_ancestors(own, on)
    if parent is None:
        return [line[pk] for pk in sorted(own) if pk in line]
    path = Area.objects.filter(pk=parent).values_list("path", flat=True).first() or ""
    covered = any(path.startswith(post.area_path) for post in user.posts) or any(
        place.id in own for place in chain(parent, with_ancestors([parent], on))
    )
    found = children([parent], on)
    return found if covered else [place for place in found if place.id in line]


def seen_by(user: User, pk: int, on: date) -> bool:
    """Whether ``user`` may look at the place ``pk`` as it was: their posts cover it today, or
    it belonged on that day to a place they cover."""
    if Area.objects.visible_to(user).filter(pk=pk).exists():
        return True
    own = {post.area_id for post in user.posts}
    return any(place.id in own for place in chain(pk, with_ancestors([pk], on)))
