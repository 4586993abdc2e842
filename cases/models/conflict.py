"""Requests that somebody stays away from a case, and who stands in for a unit out of hours."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from cases.models.case import Case
from grids.models import Tenant, Unit, User

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


class DutySubstitute(models.Model):
    """Who acts for a unit on urgent matters out of hours: another unit or one person, on days
    in [valid_from, valid_to)."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="duty_substitutes")
    stand_in = models.ForeignKey(Unit, models.PROTECT, null=True, db_index=False, related_name="+")
    person = models.ForeignKey(User, models.PROTECT, null=True, db_index=False, related_name="+")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

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
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
            ),
        ]
