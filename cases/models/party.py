"""People of one case: parties, the staff it is assigned to, the staff kept away from it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from grids.models import Tenant, Unit, User

SIDES = ["applicant", "respondent", "other"]


class Party(models.Model):
    """A person or body named in one case, and in that case only.

    Phone and identity number are encrypted with a blind index and the last four digits; no
    page lists or counts by a named person (decisions.md 15).
    """

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="parties")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    side = models.CharField(max_length=10, default="applicant")
    name = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=120, blank=True)
    phone = models.BinaryField(default=bytes, editable=False)
    phone_index = models.BinaryField(default=bytes, editable=False)
    phone_tail = models.CharField(max_length=4, blank=True)
    id_number = models.BinaryField(default=bytes, editable=False)
    id_number_index = models.BinaryField(default=bytes, editable=False)
    id_number_tail = models.CharField(max_length=4, blank=True)
    # Under 18: initials for everybody, the rest for a reason and only to who works on the case.
    minor = models.BooleanField(default=False, db_default=False)
    added_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="party_side_known", condition=Q(side__in=SIDES)),
            models.CheckConstraint(
                name="party_has_a_name_until_erased",
                condition=~Q(name="") | ~Q(phone_tail="") | Q(erased_at__isnull=False),
            ),
        ]


class PartyUnit(models.Model):
    """A body outside government that is a party to one case: it never helps with it, and its
    staff see nothing of it."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="party_units")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    side = models.CharField(max_length=10, default="respondent")
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="party_unit_once", fields=["case", "unit"]),
            models.CheckConstraint(name="party_unit_side_known", condition=Q(side__in=SIDES)),
        ]


class Assignment(models.Model):
    """A member of staff who works on a case by name, e.g. a mediator."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="assignments")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False)
    user = models.ForeignKey(User, models.PROTECT, db_index=False)
    task = models.CharField(max_length=10)  # handle, mediate; duty: acts for the holder at night
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="assignment_once_while_running",
                fields=["case", "user"],
                condition=Q(until=None),
            ),
            models.CheckConstraint(
                name="assignment_task_known", condition=Q(task__in=["duty", "handle", "mediate"])
            ),
        ]
        indexes = [
            models.Index(
                name="assignment_running", fields=["user", "case"], condition=Q(until=None)
            ),
            models.Index(
                name="assignment_on_duty", fields=["case"], condition=Q(until=None, task="duty")
            ),
        ]


class Recusal(models.Model):
    """A member of staff who must not see a case, for example because it is about them."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="recusals")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False)
    user = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="recusals")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="recusal_once_while_running",
                fields=["case", "user"],
                condition=Q(until=None),
            )
        ]
