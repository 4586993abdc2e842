"""Days off and working days as they were written down, and what recounting them moved.

Nothing here is updated or deleted (trigger and grants) but the progress of a ``Recount``: a year
that changes gets a further edition, and the highest version is in force.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from cases.models.case import Case
from cases.models.clock import Clock
from grids.models import Area, Tenant, User
from grids.scoping import ScopedQuerySet
from grids.staffing import Post


class CalendarEditionQuerySet(ScopedQuerySet["CalendarEdition"]):
    def grant(self, post: Post) -> Q:
        """The country's, and those of the districts the post lies in or has below it."""
        above = [int(part) for part in post.area_path.split(".") if part]
        below = Q(area__path__startswith=post.area_path, area__tenant=post.tenant_id)
        return Q(area=None) | Q(area__in=above) | below


class CalendarEdition(models.Model):
    """All days of one year as published for the country, or as a district has its own.

    Without ``area`` it is the State Council's notice; with one, the days on which that district
    differs from it.
    """

    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    year = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField()
    document = models.CharField(max_length=80, blank=True)  # number of the notice
    reason = models.CharField(max_length=200, blank=True)
    imported_by = models.ForeignKey(  # null: a command on the server
        User, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    at = models.DateTimeField()

    objects = CalendarEditionQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "-version"]
        constraints = [
            models.UniqueConstraint(
                name="calendar_version_once", fields=["area", "year", "version"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="calendar_year_possible", condition=Q(year__gte=2001, year__lte=2199)
            ),
        ]  # fmt: skip


class CalendarDay(models.Model):
    """One day of an edition: offices work, or they do not. ``name`` is the festival, or a
    district's reason."""

    edition = models.ForeignKey(CalendarEdition, models.PROTECT, related_name="days")
    year = models.PositiveSmallIntegerField()  # the edition's, held to it by a foreign key
    day = models.DateField()
    works = models.BooleanField()
    name = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["day"]
        constraints = [
            # A day cannot be off and a working day at once: it stands there once.
            models.UniqueConstraint(name="calendar_day_once", fields=["edition", "day"]),
            models.CheckConstraint(
                name="calendar_day_in_its_year", condition=Q(day__year=F("year"))
            ),
        ]


class CalendarVersion(models.Model):
    """A calendar that clocks were counted with: what ``Clock.calendar_version`` stands for."""

    version = models.CharField(max_length=40, primary_key=True)
    known_from = models.DateField()
    known_to = models.DateField()
    days_off = ArrayField(models.DateField())
    extra_workdays = ArrayField(models.DateField())
    at = models.DateTimeField()


class Recount(models.Model):
    """Running clocks follow a change of days, in batches; ``edition`` None: the package's own
    notices changed with an update. ``finished_at`` null while some may still move."""

    edition = models.ForeignKey(
        CalendarEdition, models.PROTECT, null=True, db_index=False, related_name="recounts"
    )
    at = models.DateTimeField()
    checked = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(name="recount_waiting", fields=["at"], condition=Q(finished_at=None))
        ]


class ClockMove(models.Model):
    """A clock counted anew: its end before and after, and the calendars of both.

    ``seq`` is the event of the case that says so; ``verb`` why.
    """

    clock = models.ForeignKey(Clock, models.PROTECT, db_index=False, related_name="moves")
    case = models.ForeignKey(
        Case, models.PROTECT, db_index=False, db_constraint=False, related_name="clock_moves"
    )
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    verb = models.CharField(max_length=20)
    due_from = models.DateTimeField()
    due_to = models.DateTimeField()
    provisional = models.BooleanField()
    version_from = models.CharField(max_length=40, blank=True)
    version_to = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(name="clock_move_once", fields=["case", "seq"]),
        ]
