"""Who looked at personal data, and which programs may call the API."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from grids.models.area import Tenant
from grids.models.staff import User

ACTIONS = ["view", "export", "unmask", "open_sealed", "search", "print"]


class AccessLog(models.Model):
    """One look at personal data; append-only, written in the transaction of the look.

    No inbound foreign key, so that the table can be partitioned by month.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, db_index=False)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+")
    action = models.CharField(max_length=12)
    subject = models.CharField(max_length=40)  # case number, or what was exported
    fields = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    address = models.GenericIPAddressField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="access_action_known", condition=Q(action__in=ACTIONS))
        ]
        indexes = [models.Index(name="access_by_subject", fields=["subject", "at"])]


class ApiToken(models.Model):
    """A program's key to the API; only its SHA-256 is stored."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    digest = models.BinaryField(max_length=32, unique=True)
    name = models.CharField(max_length=60, blank=True)
    scope = models.CharField(max_length=20, default="all")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
