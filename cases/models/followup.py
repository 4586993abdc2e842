"""Mediation, telling the parties, revisits and look-backs after the end."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from cases.models.case import Case
from cases.models.party import Party
from cases.models.supervision import LookBack
from cases.rules.lookback import Why
from cases.rules.workflow import RevisitResult, RevisitSort, TellingChannel
from grids.models import Tenant, Unit, User


class Mediation(models.Model):
    """The mediation of a dispute: consent of both sides, and how it ended.

    One refusal ends it at once (People's Mediation Law, Art. 17).
    """

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="mediation")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False)
    applicant_agreed_at = models.DateTimeField(null=True)
    respondent_agreed_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, blank=True)
    agreed_on = models.DateField(null=True)
    perform_by = models.DateField(null=True)


class MediationSession(models.Model):
    """One dated session. The rung waits until the end of its day, never beyond the norm."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="sessions")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False)
    planned_at = models.DateTimeField()
    place = models.CharField(max_length=80, blank=True)
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["planned_at"]


class Telling(models.Model):
    """A recorded telling of one party: receipt, message, call. Silence counts after it only."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="tellings")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False)
    party = models.ForeignKey(Party, models.PROTECT, related_name="tellings")
    channel = models.CharField(max_length=10)
    told_at = models.DateTimeField()
    told_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="telling_channel_known", condition=Q(channel__in=TellingChannel.values())
            )
        ]


class Revisit(models.Model):
    """One look at a struck-off case by somebody other than its handler.

    Of an agreement after the ``days`` the district's policy says (M04), or because the matter
    was drawn for the monthly round (M22): then ``why`` says how, ``about`` is the unit that was
    responsible, for whose figures it counts.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="revisits")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, db_index=False, related_name="revisits")
    sort = models.CharField(max_length=10)
    due_at = models.DateTimeField()
    handler = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    checker = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=10, blank=True)
    days = models.PositiveSmallIntegerField(default=0, db_default=0)  # after the strike-off
    look_back = models.ForeignKey(LookBack, models.PROTECT, null=True, related_name="revisits")
    why = models.CharField(max_length=16, blank=True, default="", db_default="")
    about = models.ForeignKey(Unit, models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="revisit_drawn_whole",
                condition=Q(look_back=None, why="", about=None)
                | Q(look_back__isnull=False, why__in=Why.values(), about__isnull=False),
            ),
            models.CheckConstraint(
                name="revisit_sort_known", condition=Q(sort__in=RevisitSort.values())
            ),
            models.CheckConstraint(
                name="revisit_result_known",
                condition=Q(result="", done_at=None)
                | Q(result__in=RevisitResult.values(), done_at__isnull=False),
            ),
            models.CheckConstraint(
                name="revisit_checker_is_not_handler",
                condition=Q(checker=None) | Q(handler=None) | ~Q(checker=F("handler")),
            ),
            models.UniqueConstraint(
                name="revisit_open_once",
                fields=["case", "sort", "days"],
                condition=Q(done_at=None),
            ),
        ]
        indexes = [
            models.Index(
                name="revisit_due", fields=["unit", "due_at", "id"], condition=Q(done_at=None)
            )
        ]
