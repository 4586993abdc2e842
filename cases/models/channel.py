"""Ways out of the house: where a unit's messages go, and each message on its way."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from cases.rules.channels import ChannelKind
from grids.models import Tenant, Unit, User
from grids.roles import Role
from grids.scoping import NOTHING, ScopedQuerySet
from grids.staffing import Post


class ChannelQuerySet(ScopedQuerySet["Channel"]):
    def grant(self, post: Post) -> Q:
        """The channels of the units within the place of a system administrator."""
        if post.role is not Role.SYS_ADMIN:
            return NOTHING
        return Q(unit__tenant_id=post.tenant_id, unit__area__path__startswith=post.area_path)


class Channel(models.Model):
    """Where the messages of one unit go. ``secrets`` (address, signing key, recipients) is
    sealed by the key ring for this row; ``host`` is what pages show of it.

    ``tokens`` were left at ``refilled_at``: a bucket that two workers draw from under the lock
    of the row. Switched off until somebody switches it on.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="channels")
    kind = models.CharField(max_length=10)
    name = models.CharField(max_length=40)
    host = models.CharField(max_length=120, blank=True)
    secrets = models.BinaryField(default=bytes, editable=False)
    enabled = models.BooleanField(default=False)
    off = ArrayField(models.CharField(max_length=12), default=list)  # topics not sent
    tokens = models.FloatField(default=5)
    refilled_at = models.DateTimeField()

    objects = ChannelQuerySet.as_manager()

    class Meta:
        ordering = ["unit__area__path", "id"]
        constraints = [
            models.CheckConstraint(
                name="channel_kind_known", condition=Q(kind__in=ChannelKind.values())
            ),
            models.UniqueConstraint(name="channel_name_once", fields=["unit", "name"]),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def context(self) -> str:
        """What the sealed part is bound to."""
        return f"cases_channel.secrets:{self.public_id}"


class Outgoing(models.Model):
    """One message on its way out: numbers, lamps and counts, never words of a matter.

    pending → claimed (until ``lease_until``) → sent, or unknown when nobody can say whether it
    arrived, or dead when it was given up.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    channel = models.ForeignKey(Channel, models.CASCADE, db_index=False)
    dedupe_key = models.CharField(max_length=80)
    at = models.DateTimeField()
    lines = models.JSONField(default=dict)  # counts by event, or the one case it is about
    urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=8, default="pending")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=60, blank=True)  # a code of ours, never their words

    class Meta:
        constraints = [
            models.UniqueConstraint(name="outgoing_once", fields=["channel", "dedupe_key"]),
            models.CheckConstraint(
                name="outgoing_state_known",
                condition=Q(state__in=["pending", "claimed", "sent", "unknown", "dead"]),
            ),
            models.CheckConstraint(
                name="outgoing_claim_has_lease",
                condition=Q(state="claimed", lease_until__isnull=False)
                | (~Q(state="claimed") & Q(lease_until=None)),
            ),
        ]
        indexes = [
            models.Index(
                name="outgoing_waiting",
                fields=["next_at", "id"],
                condition=Q(state__in=["pending", "claimed"]),
            ),
            models.Index(name="outgoing_newest", fields=["channel", "-id"]),
        ]


class NoticeSetting(models.Model):
    """What one person has chosen for their own bell; no row: the district's choice."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="+")
    own_quiet = models.BooleanField(default=False)
    quiet_from = models.TimeField(null=True)
    quiet_to = models.TimeField(null=True)
    off = ArrayField(models.CharField(max_length=12), default=list)  # topics not told

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="notice_quiet_is_whole",
                condition=Q(own_quiet=False, quiet_from=None, quiet_to=None)
                | Q(own_quiet=True, quiet_from__isnull=False, quiet_to__isnull=False),
            )
        ]
