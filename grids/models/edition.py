"""Later editions of the official list: their lines, and what each says about the tree."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from grids.matching import ChangeKind
from grids.models.area import Area
from grids.models.staff import User
from grids.roles import Role
from grids.scoping import NOTHING, ScopedQuerySet
from grids.staffing import Post
from grids.words import Word


class EditionState(Word):
    """How far an edition is. Whether its changes are decided is theirs to say."""

    READ = "read", "Being compared"
    COMPARED = "compared", "Compared"
    DISCARDED = "discarded", "Discarded"


class ChangeState(Word):
    """What became of one proposed change."""

    WAITING = "waiting", "Waiting"
    ACCEPTED = "accepted", "Accepted"
    REFUSED = "refused", "Refused"
    ORDERED = "ordered", "Being applied"
    APPLIED = "applied", "Applied"


class EditionQuerySet(ScopedQuerySet["AreaEdition"]):
    def grant(self, post: Post) -> Q:
        """To whoever administers places: editions of the whole country, of a place above the
        post or of one below it."""
        if post.role is not Role.SYS_ADMIN or post.tenant_id is None:
            return NOTHING
        above = [int(part) for part in post.area_path.split(".") if part]
        return Q(root=None) | Q(root__in=above) | Q(root__path__startswith=post.area_path)


class AreaEdition(models.Model):
    """One edition of a code system, read in to be compared with the tree below ``root``."""

    root = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")  # null: all
    system = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    file = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64, blank=True)  # of an uploaded file
    lines_read = models.PositiveIntegerField(default=0)
    lines_bad = models.PositiveIntegerField(default=0)
    read_by = models.ForeignKey(  # null: a command on the server
        User, models.PROTECT, null=True, related_name="+"
    )
    read_at = models.DateTimeField()
    compared_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, default=EditionState.READ.value)
    document = models.CharField(max_length=120, blank=True)  # the order the changes rest on

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="edition_state_known", condition=Q(state__in=EditionState.values())
            )
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.year}"


class EditionLine(models.Model):
    """One line of an edition. ``area`` is the place it names, by the comparison or because it
    was made of it; so it stays known what a code named in which edition.

    ``verdict`` is empty until the line is compared: then ``same``, or what it says.
    """

    # Without constraints, which would look up a row for every line of a country: places and
    # editions are ended by a date or a state, never deleted.
    edition = models.ForeignKey(AreaEdition, models.PROTECT, db_index=False, db_constraint=False)
    file = models.CharField(max_length=120)
    line = models.PositiveIntegerField()
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    level = models.PositiveSmallIntegerField()
    parent_code = models.CharField(max_length=20, blank=True)
    part = models.CharField(max_length=2, blank=True)  # compared together: a province
    bad = models.TextField(blank=True)  # why it was left out
    verdict = models.CharField(max_length=12, blank=True)
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="edition_line_once", fields=["edition", "code"], condition=Q(bad="")
            )
        ]
        indexes = [models.Index(name="edition_line_part", fields=["edition", "part", "level"])]


class EditionChangeQuerySet(ScopedQuerySet["EditionChange"]):
    def grant(self, post: Post) -> Q:
        """To whoever administers the place concerned; above the customers nobody's."""
        if post.role is not Role.SYS_ADMIN or post.tenant_id is None:
            return NOTHING
        return Q(place__path__startswith=post.area_path, place__tenant=post.tenant_id)


class EditionChange(models.Model):
    """One proposed change of the tree, with what was decided on it and what became of it.

    ``place`` is the place concerned; for a new one the nearest place above it that the tree
    has. It says whose change this is. ``step`` is the order in which changes are applied.
    """

    edition = models.ForeignKey(AreaEdition, models.PROTECT, db_index=False)
    kind = models.CharField(max_length=12)
    unsure = models.BooleanField(default=False)  # could be read in two ways
    level = models.PositiveSmallIntegerField()
    step = models.PositiveSmallIntegerField()
    place = models.ForeignKey(Area, models.PROTECT, null=True, related_name="edition_changes")
    county = models.ForeignKey(
        Area, models.PROTECT, null=True, related_name="+", db_index=False
    )  # for lists
    line = models.OneToOneField(EditionLine, models.PROTECT, null=True, related_name="change")
    heir = models.ForeignKey(  # who takes over what is gone, by a person's decision
        Area, models.PROTECT, null=True, related_name="+", db_index=False
    )
    old_name = models.CharField(max_length=60, blank=True)
    old_code = models.CharField(max_length=20, blank=True)
    old_parent = models.CharField(max_length=60, blank=True)
    new_name = models.CharField(max_length=60, blank=True)
    new_code = models.CharField(max_length=20, blank=True)
    new_parent = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=12, default=ChangeState.WAITING.value)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    ordered_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False
    )
    applied_at = models.DateTimeField(null=True)
    result = models.ForeignKey(  # the place as it is since
        Area, models.PROTECT, null=True, related_name="+", db_index=False
    )
    event = models.BigIntegerField(null=True)  # row of the change log; nothing refers to that
    problem = models.CharField(max_length=200, blank=True)  # msgid of why it was not applied
    problem_values = models.JSONField(default=dict)

    objects = EditionChangeQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="edition_change_kind_known", condition=Q(kind__in=ChangeKind.values())
            ),
            models.CheckConstraint(
                name="edition_change_state_known", condition=Q(state__in=ChangeState.values())
            ),
            models.CheckConstraint(
                name="edition_change_has_place_or_line",
                condition=Q(place__isnull=False) | Q(line__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="edition_change_step", fields=["edition", "state", "step", "id"]),
            models.Index(
                name="edition_change_ordered",
                fields=["edition", "ordered_by"],
                condition=Q(state=ChangeState.ORDERED.value),
            ),
        ]
