"""Requests that somebody stays away from a case, and who stands in for a unit out of hours."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from cases.models.case import Case
from grids import powers
from grids.models import Tenant, Unit, User
from grids.roles import Role
from grids.scoping import ScopedQuerySet
from grids.staffing import Post

SORTS = ["colleague", "own", "party"]


class RecusalRequest(models.Model):
    """Somebody asks that a member of staff stays away from a case; the head decides.

    What was written lies in the notes of the two events ``seq`` and ``decided_seq``, so that
    it can be erased. ``user`` is null while only a party has named an official in words.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="recusal_requests")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False)
    seq = models.PositiveIntegerField()
    sort = models.CharField(max_length=10)  # own: declared by themselves; by a party; a colleague
    user = models.ForeignKey(User, models.PROTECT, null=True, db_index=False, related_name="+")
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, db_index=False, related_name="+")
    decider_unit = models.ForeignKey(Unit, models.PROTECT, db_index=False, related_name="+")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    decided_seq = models.PositiveIntegerField(null=True)
    granted = models.BooleanField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="recusal_request_sort_known", condition=Q(sort__in=SORTS)),
            models.CheckConstraint(
                name="recusal_request_decided_whole",
                condition=Q(decided_at=None, granted=None, decided_seq=None, decided_by=None)
                | Q(
                    decided_at__isnull=False,
                    granted__isnull=False,
                    decided_seq__isnull=False,
                    decided_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="recusal_request_nobody_decides_alone",
                condition=Q(decided_by=None) | Q(user=None) | ~Q(decided_by=F("user")),
            ),
            models.UniqueConstraint(
                name="recusal_request_once_while_waiting",
                fields=["case", "user"],
                condition=Q(decided_at=None, user__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                name="recusal_request_waiting",
                fields=["decider_unit", "due_at"],
                condition=Q(decided_at=None),
            )
        ]


class DutySubstituteQuerySet(ScopedQuerySet["DutySubstitute"]):
    def grant(self, post: Post) -> Q:
        """The rosters of the post's own unit, those that name the post's unit or person, and
        those of every unit whose posts it gives."""
        own = Q(unit=post.unit_id) | Q(stand_in=post.unit_id) | Q(person=post.user_id)
        if powers.governs(post, Role.HANDLER, post.tenant_id, post.area_path, post.level):
            own |= Q(unit__tenant=post.tenant_id, unit__area__path__startswith=post.area_path)
        return own


class DutySubstitute(models.Model):
    """Who acts for a unit on urgent matters out of hours: another unit or one person, on shifts
    that begin on days in [valid_from, valid_to) and are of the sorts ticked.

    A row is never deleted: it says why somebody acted. One that was ended before it began has
    ``valid_to`` = ``valid_from``.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="duty_substitutes")
    stand_in = models.ForeignKey(Unit, models.PROTECT, null=True, db_index=False, related_name="+")
    person = models.ForeignKey(User, models.PROTECT, null=True, db_index=False, related_name="+")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    evening = models.BooleanField(default=True)
    weekend = models.BooleanField(default=True)
    holiday = models.BooleanField(default=True)

    objects = DutySubstituteQuerySet.as_manager()

    class Meta:
        ordering = ["unit", "valid_from", "id"]
        constraints = [
            models.CheckConstraint(
                name="duty_unit_or_person",
                condition=Q(stand_in=None, person__isnull=False)
                | Q(stand_in__isnull=False, person=None),
            ),
            models.CheckConstraint(
                name="duty_not_its_own_substitute",
                condition=Q(stand_in=None) | ~Q(unit=F("stand_in")),
            ),
            models.CheckConstraint(
                name="duty_ends_after_it_starts",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
            ),
            models.CheckConstraint(
                name="duty_at_some_time",
                condition=Q(evening=True) | Q(weekend=True) | Q(holiday=True),
            ),
        ]
