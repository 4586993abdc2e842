"""The area tree. ``grids.tree`` is the only writer of ``path`` and of the level columns."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from grids.roles import COLUMN_LEVELS, AreaKind, Level
from grids.scoping import ScopedQuerySet
from grids.staffing import Post


class Tenant(models.Model):
    """The immutable customer root (a county or a city); mergers of districts never change it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=60)
    prefix = models.CharField(max_length=8, unique=True)  # begins every case number

    def __str__(self) -> str:
        return self.name


def level_column() -> models.ForeignKey[Area | None, Area | None]:
    """One level column: the ancestor at that level, null where the place skips it.

    A copy of what the path of the place says (``area`` has the constraint): without an index
    of its own, each table adds those its queues need, and without a constraint, which would
    cost every intake and restamp seven look-ups.
    """
    return models.ForeignKey(
        "grids.Area",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )


class Stamped(models.Model):
    """Level columns of the managing tree, and the district that statistics count it in."""

    city = level_column()
    district = level_column()
    township = level_column()
    village = level_column()
    grid = level_column()
    microgrid = level_column()
    stat_district = level_column()

    class Meta:
        abstract = True


STAMP_COLUMNS = (*(f"{level.column}_id" for level in COLUMN_LEVELS), "stat_district_id")


class AreaQuerySet(ScopedQuerySet["Area"]):
    def grant(self, post: Post) -> Q:
        """The post's own area and below; the names above it, to say where it lies."""
        ancestors = [int(part) for part in post.area_path.split(".") if part]
        return Q(path__startswith=post.area_path) | Q(pk__in=ancestors)

    def within(self, area: Area) -> AreaQuerySet:
        """``area`` itself and everything below it."""
        return self.filter(path__startswith=area.path)

    def current(self) -> AreaQuerySet:
        """Areas that exist today."""
        return self.filter(valid_to=None)


class Area(Stamped):
    """A node of the managing tree, from province to micro-grid; levels may be skipped.

    ``path`` is the chain of ids from the root, each closed by a dot: the dot keeps ``1.1.``
    from matching ``1.11.``. The official code is a name only: the same twelve digits name
    different places in different editions, so system and year stand beside it. A functional
    zone (功能区) has no code of its own; its townships name it as parent and keep the county
    that statistics count them in as ``stat_parent``.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, blank=True)  # null above it
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    stat_parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="stat_children"
    )
    level = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, default=AreaKind.OFFICIAL.value)
    path = models.CharField(max_length=160, unique=True, editable=False, db_collation="C")
    name = models.CharField(max_length=60)
    code = models.CharField(max_length=20, blank=True)
    code_system = models.CharField(max_length=20, blank=True)
    code_year = models.PositiveSmallIntegerField(null=True, blank=True)
    urban_rural = models.CharField(max_length=3, blank=True)
    number = models.CharField(max_length=20, blank=True)  # of a grid
    households = models.PositiveIntegerField(null=True, blank=True)
    boundary = models.TextField(blank=True)  # in words
    boundary_geojson = models.JSONField(null=True, blank=True)
    map_approval = models.CharField(max_length=40, blank=True)  # 审图号 of the boundary
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)  # the first day it is gone

    objects = AreaQuerySet.as_manager()

    class Meta:
        ordering = ["path"]
        constraints = [
            models.CheckConstraint(
                name="area_level_known",
                condition=Q(level__gte=Level.PROVINCE.value, level__lte=Level.MICROGRID.value),
            ),
            models.CheckConstraint(name="area_kind_known", condition=Q(kind__in=AreaKind.values())),
            models.CheckConstraint(
                name="area_path_is_closed", condition=Q(path__regex=r"^([0-9]+\.)+$")
            ),
            models.CheckConstraint(
                name="area_not_its_own_parent",
                condition=Q(parent=None) | ~Q(parent=F("id")),
            ),
            models.CheckConstraint(
                name="area_ends_after_it_starts",
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
            ),
            models.CheckConstraint(
                name="area_code_names_its_edition",
                condition=Q(code="") | (~Q(code_system="") & Q(code_year__isnull=False)),
            ),
            models.UniqueConstraint(
                name="area_code_once_per_edition",
                fields=["code_system", "code_year", "code"],
                condition=~Q(code="") & Q(valid_to=None),
            ),
            models.UniqueConstraint(
                name="area_number_once_in_parent",
                fields=["parent", "number"],
                condition=~Q(number="") & Q(valid_to=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def stamp(self) -> dict[str, int | None]:
        """Level columns as keyword arguments for a case at this place."""
        return {column: getattr(self, column) for column in STAMP_COLUMNS}


class AreaPast(models.Model):
    """A state of an area before a change, for lists and reports of a past date.

    The state held on days in [valid_from, valid_to).
    """

    area = models.ForeignKey(Area, models.PROTECT, related_name="past")
    name = models.CharField(max_length=60)
    parent = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    stat_parent = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    code = models.CharField(max_length=20, blank=True)
    code_system = models.CharField(max_length=20, blank=True)
    code_year = models.PositiveSmallIntegerField(null=True)
    number = models.CharField(max_length=20, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField()
    change = models.CharField(max_length=20)  # move, rename, recode, merge, split, close
    document = models.CharField(max_length=120, blank=True)  # the order that made the change

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="area_past_ends_after_it_starts",
                condition=Q(valid_to__gt=F("valid_from")),
            )
        ]


class AreaSuccession(models.Model):
    """``successor`` took over all or part of ``predecessor`` on a day."""

    predecessor = models.ForeignKey(Area, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Area, models.PROTECT, related_name="predecessions")
    change = models.CharField(max_length=20)
    on = models.DateField()
    document = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="area_succession_once", fields=["predecessor", "successor", "on"]
            ),
            models.CheckConstraint(
                name="area_not_its_own_successor",
                condition=~Q(predecessor=F("successor")),
            ),
        ]
