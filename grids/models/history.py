"""Former names and places of units, and who took over when one was closed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from grids.models.area import Area
from grids.models.unit import Unit


class UnitPast(models.Model):
    """Name and place of a unit before a change; they held on days in [valid_from, valid_to)."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="past")
    name = models.CharField(max_length=80)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    valid_from = models.DateField()
    valid_to = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="unit_past_ends_after_it_starts", condition=Q(valid_to__gt=F("valid_from"))
            )
        ]


class UnitSuccession(models.Model):
    """``successor`` took over the work of ``predecessor``, which was closed on a day."""

    predecessor = models.OneToOneField(Unit, models.PROTECT, related_name="succession")
    successor = models.ForeignKey(Unit, models.PROTECT, related_name="predecessions")
    on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="unit_not_its_own_successor", condition=~Q(predecessor=F("successor"))
            )
        ]
