"""The list of tasks that may be given to grid workers (准入清单), with temporary ones."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from grids.models import Area, Tenant, Unit, User
from grids.scoping import ScopedQuerySet
from grids.staffing import Post

DECISIONS = ["", "approved", "refused"]


class GridTaskQuerySet(ScopedQuerySet["GridTask"]):
    def grant(self, post: Post) -> Q:
        """The product's list, the lists above the post, and what lies below it."""
        above = [int(part) for part in post.area_path.split(".") if part]
        return Q(area=None) | Q(area__in=above) | Q(area__path__startswith=post.area_path)


class GridTask(models.Model):
    """One task of the list of ``area``, on days in [valid_from, valid_to).

    Without an area it belongs to the product's list, which holds until a district draws up its
    own. A temporary task was asked for and has an end; somebody else decides on it.
    ``categories`` are the codes of the matters that may be handed to a grid under it.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, db_index=False)
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="grid_tasks")
    name = models.CharField(max_length=80)
    source = models.CharField(max_length=200)  # the document it rests on
    categories = models.JSONField(default=list)
    temporary = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, db_index=False, related_name="+")
    asked_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    asked_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=8, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)  # of the decision

    objects = GridTaskQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="grid_task_decision_known", condition=Q(decision__in=DECISIONS)
            ),
            models.CheckConstraint(
                name="grid_task_for_a_time_ends",
                condition=Q(temporary=False) | Q(valid_to__isnull=False, area__isnull=False),
            ),
            models.CheckConstraint(
                name="grid_task_ends_after_it_starts",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
            ),
            models.CheckConstraint(
                name="grid_task_decided_by_another",
                condition=Q(temporary=False) | Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
            ),
        ]

    def __str__(self) -> str:
        return self.name
