"""What a petition matter has beside every case: its way, its documents, its extension."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from cases.models.case import Case
from cases.models.clock import Clock
from cases.rules.terms import Agreement, Outcome, Paper, Review, Route, Service
from grids.models import Tenant, Unit, User

CONCLUSIONS = [*Outcome.values(), *Review.values(), *Route.values(), *Agreement.values()]


class Petition(models.Model):
    """The way a petition matter takes. Says nothing about who lodged it."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="petition")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False)
    route = models.CharField(max_length=12, blank=True)
    simple = models.BooleanField(default=False)  # the simplified procedure
    accepted_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey(  # whose opinion it is; a review is done by units above
        Unit, models.PROTECT, null=True, db_index=False, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="petition_route_known", condition=Q(route__in=["", *Route.values()])
            )
        ]


class PetitionPaper(models.Model):
    """One document of a petition matter: when it was issued, when and how it was served.

    Its words are notes of the event ``seq``, so that they can be erased.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="papers", db_index=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False)
    seq = models.PositiveIntegerField()
    sort = models.CharField(max_length=12)
    unit = models.ForeignKey(Unit, models.PROTECT, db_index=False, related_name="+")
    issued_at = models.DateTimeField()
    served_on = models.DateField(null=True)  # a civil day in Asia/Shanghai
    method = models.CharField(max_length=10, blank=True)
    conclusion = models.CharField(max_length=12, blank=True)
    days = models.PositiveSmallIntegerField(null=True)  # of an extension

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(name="petition_paper_once", fields=["case", "seq"]),
            models.CheckConstraint(
                name="petition_paper_sort_known", condition=Q(sort__in=Paper.values())
            ),
            models.CheckConstraint(
                name="petition_paper_method_known", condition=Q(method__in=["", *Service.values()])
            ),
            models.CheckConstraint(
                name="petition_paper_conclusion_known",
                condition=Q(conclusion__in=["", *CONCLUSIONS]),
            ),
            models.CheckConstraint(
                name="petition_paper_served_how",
                condition=Q(served_on=None) | ~Q(method=""),
            ),
        ]


class ClockExtension(models.Model):
    """A clock made longer: by how many days, approved by whom, the resident told when.

    One record per clock; the rule of the clock says how many days it may be at most.
    """

    clock = models.OneToOneField(Clock, models.PROTECT, related_name="extension")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False)
    days = models.PositiveSmallIntegerField()
    told_at = models.DateTimeField()
    approved_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(name="clock_extension_has_days", condition=Q(days__gte=1)),
            models.CheckConstraint(
                name="clock_extension_told_first", condition=Q(told_at__lte=F("approved_at"))
            ),
        ]
