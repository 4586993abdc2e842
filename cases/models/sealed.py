"""Sealed matters: accusations, apart from every other table (decisions.md 16).

No words stand here in the clear, neither whom a matter is about nor who told it. What people
wrote is one encrypted value per matter and per note; files lie encrypted in the storage.
"""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from cases.models.case import Case
from cases.rules.sealing import SealedStatus, SealedVerb
from grids.models import Tenant, Unit, User
from grids.roles import Role
from grids.scoping import NOTHING, ScopedQuerySet
from grids.staffing import Post

OVERSEERS = frozenset({Role.DISCIPLINE_LIAISON, Role.PETITION_OFFICE})


class SealedQuerySet(ScopedQuerySet["SealedMatter"]):
    def visible_to(self, user: User) -> Self:
        """What the liaison's organ holds, minus matters that name the liaison."""
        return super().visible_to(user).unnamed(user)

    def unnamed(self, user: User) -> Self:
        """Without the matters in which ``user`` is named."""
        named = SealedExclusion.objects.filter(matter=OuterRef("pk"), user=user)
        return self.filter(~Exists(named))

    def grant(self, post: Post) -> Q:
        """Held by the organ of a discipline liaison; nothing for anybody else."""
        if post.role != Role.DISCIPLINE_LIAISON:
            return NOTHING
        return Q(holder_unit=post.unit_id)

    def routed_for(self, user: User) -> Self:
        """Matters of which ``user`` may know organ and clock: liaisons and petition officers at
        the level of the receiving organ or above, unless it is about that very level."""
        granted = NOTHING
        for post in user.posts:
            if post.role in OVERSEERS:
                granted |= Q(holder_unit__area__path__startswith=post.area_path)
        return self.filter(granted, listed=True).unnamed(user)


class SealedMatter(models.Model):
    """One accusation. ``number`` comes from a series of its own and says nothing about how many
    there are; ``serial`` is the place in that series.

    ``wrapped_key`` opens with ``SEAL_KEYS`` only; emptied, the matter is erased for good.
    ``listed``: organs at the same level or above may know that it waits, not what it is.
    The codes are empty for a matter that was an ordinary case: its shell has them.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    number = models.CharField(max_length=24, unique=True, editable=False)
    serial = models.PositiveIntegerField()
    status = models.CharField(max_length=12, default=SealedStatus.WAITING.value)
    holder_unit = models.ForeignKey(Unit, models.PROTECT, related_name="sealed_matters")
    listed = models.BooleanField(default=True)
    registered_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    wrapped_key = models.BinaryField(default=bytes)
    words = models.BinaryField(default=bytes)
    retry_mark = models.BinaryField(max_length=32, null=True, unique=True)
    retry_digest = models.BinaryField(max_length=32, default=bytes)
    last_seq = models.PositiveIntegerField(default=0)
    head = models.BinaryField(max_length=32, default=bytes)
    code_key = models.PositiveSmallIntegerField(null=True)
    code_lookup = models.BinaryField(max_length=32, null=True, unique=True)
    spoken_lookup = models.BinaryField(max_length=32, null=True, unique=True)

    objects = SealedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="sealed_status_known", condition=Q(status__in=SealedStatus.values())
            ),
            models.CheckConstraint(
                name="sealed_open_is_due",
                condition=Q(status=SealedStatus.REPLIED.value, closed_at__isnull=False, due_at=None)
                | (~Q(status=SealedStatus.REPLIED.value) & Q(closed_at=None, due_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="sealed_erased_means_unreadable",
                condition=Q(erased_at=None) | Q(wrapped_key=b"", words=b""),
            ),
        ]
        indexes = [
            models.Index(
                name="sealed_waiting", fields=["holder_unit", "due_at"],
                condition=Q(closed_at=None),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number


class SealedEvent(models.Model):
    """One step of a sealed matter, chained, without content. Never updated, never deleted."""

    matter = models.ForeignKey(SealedMatter, models.PROTECT, db_index=False, related_name="events")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)  # null: whoever told it stays in the words
    verb = models.CharField(max_length=12)
    source = models.CharField(max_length=12, blank=True)
    target = models.CharField(max_length=12)
    holder_unit_id = models.BigIntegerField()
    due_at = models.DateTimeField(null=True)
    digest = models.BinaryField(max_length=32, default=bytes)
    prev = models.BinaryField(max_length=32, default=bytes)
    hash = models.BinaryField(max_length=32)

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(name="sealed_event_once", fields=["matter", "seq"]),
            models.CheckConstraint(
                name="sealed_verb_known", condition=Q(verb__in=SealedVerb.values())
            ),
        ]


class SealedNote(models.Model):
    """What a liaison wrote with a step, encrypted with the matter's key; bound by its digest."""

    matter = models.ForeignKey(SealedMatter, models.PROTECT, related_name="notes")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    seq = models.PositiveIntegerField()
    words = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(name="sealed_note_once", fields=["matter", "seq"])]


class SealedFile(models.Model):
    """A file of a sealed matter, as it was received: it may be evidence. Name and type are
    encrypted like the content."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    matter = models.ForeignKey(SealedMatter, models.PROTECT, related_name="files")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    words = models.BinaryField()
    storage_key = models.CharField(max_length=120)

    class Meta:
        ordering = ["id"]


class SealedShell(models.Model):
    """The ordinary case a matter was before: its number and query code stay, emptied."""

    matter = models.ForeignKey(SealedMatter, models.PROTECT, related_name="shells")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    case = models.OneToOneField(Case, models.PROTECT, related_name="sealed_shell")

    class Meta:
        ordering = ["id"]


class SealedExclusion(models.Model):
    """A liaison who is named in the matter and must not see it."""

    matter = models.ForeignKey(SealedMatter, models.PROTECT, related_name="exclusions")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="sealed_exclusion_once", fields=["matter", "user"])
        ]
