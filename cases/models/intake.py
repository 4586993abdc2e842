"""What intake keeps beside the case: retry keys, files, the search text."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from cases.models.case import Case
from grids.models import Tenant, User


class IdempotencyKey(models.Model):
    """A request already answered; the same key gives the same answer for 90 days and more."""

    tenant = models.ForeignKey(
        Tenant, models.PROTECT, null=True, db_index=False, db_constraint=False
    )
    scope = models.CharField(max_length=60)  # user:<id>:<door> or portal
    key = models.CharField(max_length=80)
    body_digest = models.BinaryField(max_length=32)
    result = models.CharField(max_length=80)  # case number, or number and event
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="idempotency_once", fields=["scope", "key"])]


class Attachment(models.Model):
    """A file of a case, final from the start: content hash, sniffed type, state.

    ``quarantined`` until a worker has re-encoded it (dropping EXIF and GPS); only ``ready``
    files are served.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="attachments")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=40)
    size = models.PositiveBigIntegerField()  # bytes
    sha256 = models.BinaryField(max_length=32)
    storage_key = models.CharField(max_length=120)
    state = models.CharField(max_length=12, default="quarantined")
    attempts = models.PositiveSmallIntegerField(default=0)
    seq = models.PositiveIntegerField(null=True)  # the later event it is evidence of

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="attachment_state_known",
                condition=Q(state__in=["quarantined", "ready", "refused"]),
            )
        ]
        indexes = [
            models.Index(name="attachment_waiting", fields=["id"], condition=Q(state="quarantined"))
        ]


class CaseSearch(models.Model):
    """The words a case is found by, in an erasable table of their own."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="search")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    text = models.TextField()
