"""The outbox, the notices people read, and the heartbeat of the sweep."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from cases.models.case import Case
from grids.models import Tenant, Unit, User


class Outbox(models.Model):
    """A message to be delivered, written in the transaction of its cause. Codes only."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    at = models.DateTimeField()
    dedupe_key = models.CharField(max_length=60)
    case_id = models.BigIntegerField()
    # Of one message for many cases of a unit, as a set-based change writes it: all of them.
    case_ids = ArrayField(models.BigIntegerField(), default=list, db_default=[])
    seq = models.PositiveIntegerField()
    verb = models.CharField(max_length=20)
    unit_id = models.BigIntegerField(null=True)  # everybody posted there …
    user_id = models.BigIntegerField(null=True)  # … or one person
    urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=8, default="pending")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="outbox_once", fields=["dedupe_key"]),
            models.CheckConstraint(
                name="outbox_state_known",
                condition=Q(state__in=["pending", "claimed", "sent", "unknown", "dead"]),
            ),
        ]
        indexes = [
            models.Index(
                name="outbox_waiting", fields=["next_at", "id"], condition=Q(state="pending")
            ),
            models.Index(name="outbox_dead", fields=["id"], condition=Q(state="dead")),
        ]


class Notice(models.Model):
    """A line in somebody's bell: of the digest of half an hour, or alone when it is urgent.

    ``cases`` > 1 is one line for many (no storms); only a single one is named by ``case``."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    user = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="notices")
    dedupe_key = models.CharField(max_length=60)
    at = models.DateTimeField()
    rings_at = models.DateTimeField(null=True)  # after quiet hours; null: it has rung
    verb = models.CharField(max_length=20)  # or the mark of a deadline
    case = models.ForeignKey(Case, models.PROTECT, null=True, db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, db_index=False)
    cases = models.PositiveIntegerField(default=1)
    # Which cases a line of a digest counts, so that none is counted twice.
    case_ids = ArrayField(models.BigIntegerField(), default=list, db_default=[])
    urgent = models.BooleanField(default=False)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="notice_once", fields=["user", "dedupe_key"])]
        indexes = [
            models.Index(name="notice_newest", fields=["user", "-at", "-id"]),
            models.Index(name="notice_unread", fields=["user"], condition=Q(read_at=None)),
            GinIndex(name="notice_counting", fields=["case_ids"], condition=Q(cases__gt=1)),
        ]


class SweepRun(models.Model):
    """Heartbeat of the sweep: which driver, when, how many climbs, what went wrong.

    ``boot_id`` and ``monotonic`` (seconds since the boot) are the kernel's word on the time that
    passed; ``ahead`` says by how many seconds the database's clock went further than that since
    the last finished run of the same boot. A run that was refused for it has no ``finished_at``;
    ``confirmed_at`` says when an administrator called that clock right (cases/clockguard.py).
    ``conflicts`` counts climbs stopped by the second wall, a unique key; it must stay 0.
    """

    driver = models.CharField(max_length=10)  # beat, timer, deep, bench, test
    boot_id = models.CharField(max_length=36, blank=True, default="")
    monotonic = models.FloatField(null=True)
    ahead = models.BigIntegerField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    climbs = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    conflicts = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(name="sweep_run_newest", fields=["-started_at"]),
            models.Index(
                name="sweep_run_of_boot",
                fields=["boot_id", "-id"],
                condition=Q(finished_at__isnull=False),
            ),
        ]


class Heartbeat(models.Model):
    """When a worker last did a job: written by a job, because a worker that is deaf to the
    broker still answers as a process."""

    name = models.CharField(max_length=120, primary_key=True)
    at = models.DateTimeField()


class SweepFailure(models.Model):
    """A clock that could not climb; set aside with back-off so that the others go on."""

    clock = models.OneToOneField("cases.Clock", models.PROTECT, primary_key=True)
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False)
    attempts = models.PositiveSmallIntegerField(default=1)
    next_at = models.DateTimeField()
    error = models.CharField(max_length=200)
