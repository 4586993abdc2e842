"""What was changed in places, units, posts and lists: one row per change, append-only."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from grids.models.area import Area, Tenant
from grids.models.staff import User
from grids.scoping import ScopedQuerySet
from grids.staffing import Post

SUBJECTS = [
    "area", "channel", "duty", "edition", "policy", "posting", "relation", "session", "task",
    "tenant", "token", "unit", "user",
]  # fmt: skip


class ChangeQuerySet(ScopedQuerySet["Change"]):
    def grant(self, post: Post) -> Q:
        """Changes within the post's area."""
        return Q(area__path__startswith=post.area_path)


class Change(models.Model):
    """Who changed what, from what to what. ``before`` and ``after`` hold the columns that
    differ: values of the row and ids, never the words of a person or about one.

    ``subject`` and ``subject_id`` name the row without a foreign key; nothing refers to here.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, db_index=False)
    at = models.DateTimeField()
    actor = models.ForeignKey(  # null: a command on the server
        User, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    action = models.CharField(max_length=20)  # open, change, close, post, end, ask, decide …
    subject = models.CharField(max_length=12)
    subject_id = models.BigIntegerField()
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")  # where it lies
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.CharField(max_length=200, blank=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="change_subject_known", condition=Q(subject__in=SUBJECTS))
        ]
        indexes = [models.Index(name="change_by_subject", fields=["subject", "subject_id", "id"])]
