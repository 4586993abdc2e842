"""Units: the bodies that hold cases. A unit stands at one area and has superiors of its own."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from grids.models.area import Area, Tenant
from grids.roles import COORDINATING_KIND, Level, UnitKindCode
from grids.scoping import ScopedQuerySet
from grids.staffing import Post

# At most one running unit of these kinds in an area; the ladder finds its holder by kind.
SINGLE_KINDS = (
    UnitKindCode.GRID_TEAM.value,
    UnitKindCode.VILLAGE_COMMITTEE.value,
    UnitKindCode.MEDIATION_COMMITTEE.value,
    UnitKindCode.GOVERNANCE_CENTRE.value,
    UnitKindCode.GOVERNMENT.value,
)


class UnitKind(models.Model):
    """A kind of unit, as a row: customers add kinds, the rules name the built-in codes."""

    code = models.CharField(max_length=30, primary_key=True)
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)
    government = models.BooleanField()  # False: outside government (物业 …), a masked extract
    sort = models.PositiveSmallIntegerField(default=0)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class UnitQuerySet(ScopedQuerySet["Unit"]):
    def grant(self, post: Post) -> Q:
        """Units of the customer: staff hand cases to any of them."""
        return Q(tenant_id=post.tenant_id)

    def current(self) -> UnitQuerySet:
        """Units that exist today."""
        return self.filter(valid_to=None)


class Unit(models.Model):
    """A body with a name and a phone that can hold, help with or supervise a case."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT)
    area = models.ForeignKey(Area, models.PROTECT, related_name="units")
    kind = models.ForeignKey(UnitKind, models.PROTECT)
    name = models.CharField(max_length=80)
    phone = models.CharField(max_length=20, blank=True)  # the office's, shown to residents
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        ordering = ["area__path", "kind__sort", "id"]
        constraints = [
            models.CheckConstraint(
                name="unit_ends_after_it_starts",
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
            ),
            models.UniqueConstraint(
                name="unit_single_kind_once_per_area",
                fields=["area", "kind"],
                condition=Q(valid_to=None, kind__in=SINGLE_KINDS),
            ),
            models.UniqueConstraint(
                name="unit_name_once_per_area",
                fields=["area", "name"],
                condition=Q(valid_to=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def coordinating(self) -> bool:
        """True for the unit that coordinates its area."""
        kind = COORDINATING_KIND.get(Level(self.area.level))
        return kind is not None and kind.value == self.kind_id


class UnitRelation(models.Model):
    """``superior`` stands above ``unit`` in one of two lines, on days in [from, to)."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="relations")
    superior = models.ForeignKey(Unit, models.PROTECT, related_name="inferior_relations")
    line = models.CharField(max_length=12)  # government 同级政府, business 业务上级
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="unit_relation_line_known", condition=Q(line__in=["business", "government"])
            ),
            models.CheckConstraint(
                name="unit_not_its_own_superior", condition=~Q(unit=F("superior"))
            ),
            models.CheckConstraint(
                name="unit_relation_ends_after_it_starts",
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
            ),
            models.UniqueConstraint(
                name="unit_relation_once_while_running",
                fields=["unit", "superior", "line"],
                condition=Q(valid_to=None),
            ),
        ]
