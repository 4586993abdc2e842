"""Supervision orders (督办), the counters of official documents, reminders, look-back rounds."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from cases.models.case import Case
from cases.models.clock import Clock
from cases.models.party import Recusal
from cases.rules.supervision import Cause, OrderState, numbered
from grids.models import Area, Tenant, Unit, User
from grids.roles import COLUMN_LEVELS, FIGURE_ROLES
from grids.scoping import NOTHING, ScopedQuerySet
from grids.staffing import Post

OPEN = Q(delisted_at=None)
# What the sweep lists stays out of these, so that a listing costs it no index more than it must.
ISSUED = Q(issuer__isnull=False)
SEALED = "sealed"  # no list, no figure and no print has anything of a sealed case


class OrderQuerySet(ScopedQuerySet["SupervisionOrder"]):
    def visible_to(self, user: User) -> Self:
        """What the user's posts grant, minus the cases the user is recused from."""
        recused = Recusal.objects.filter(case=OuterRef("case"), user=user, until=None)
        rows = super().visible_to(user).exclude(case__status=SEALED)
        return rows.filter(~Exists(recused))

    def grant(self, post: Post) -> Q:
        """What the unit issued or must answer; of the ordinary cases of its area everything,
        for who coordinates it and, without words, for its leaders (decisions.md 25)."""
        own = NOTHING
        if post.sees_unit or post.role in FIGURE_ROLES:
            own = Q(issuer=post.unit_id) | Q(unit=post.unit_id)
        if (post.sees_area or post.role in FIGURE_ROLES) and post.level in COLUMN_LEVELS:
            own |= Q(**{f"case__{post.level.column}": post.area_id}, case__restricted=False)
        return own


class SupervisionOrder(models.Model):
    """One case under supervision: why, since when, which unit must answer to which, by when.

    What the system lists has no ``issuer`` until a job or a person takes it up; from then on
    it is an order with a number, gapless for each issuing unit and year, and a clock of its
    own. Demand, answer and judgement lie in the notes of the case's events, which name the
    order; history stays. ``logged_on``: the issuer sees the case because of this order.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="supervisions")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, db_index=False, related_name="+")
    issuer = models.ForeignKey(Unit, models.PROTECT, null=True, db_index=False, related_name="+")
    cause = models.CharField(max_length=20)
    by_rule = models.BooleanField(default=False, db_default=False)  # listed by the system
    clock = models.ForeignKey(  # what a rule found overdue
        Clock, models.PROTECT, null=True, db_index=False, db_constraint=False, related_name="+"
    )
    listed_at = models.DateTimeField()
    series_unit = models.ForeignKey(  # whose numbers it counts in; stays when units merge
        Unit, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    year = models.PositiveSmallIntegerField(null=True)
    serial = models.PositiveIntegerField(null=True)
    issued_at = models.DateTimeField(null=True)
    days = models.PositiveSmallIntegerField(null=True)  # working days for the answer
    counted_from = models.DateTimeField(null=True)  # what the working days run from
    due_at = models.DateTimeField(null=True)
    provisional = models.BooleanField(default=False, db_default=False)
    late_at = models.DateTimeField(null=True)  # when it was noted that the answer is overdue
    replied_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    delisted_at = models.DateTimeField(null=True)
    delist_reason = models.CharField(max_length=30, blank=True, default="", db_default="")
    logged_on = models.BooleanField(default=False, db_default=False)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="supervision_cause_known", condition=Q(cause__in=Cause.values())
            ),
            models.CheckConstraint(
                name="supervision_issued_whole",
                condition=Q(
                    issuer=None, series_unit=None, year=None, serial=None, issued_at=None,
                    days=None, due_at=None,
                )
                | Q(
                    issuer__isnull=False, series_unit__isnull=False, year__isnull=False,
                    serial__isnull=False, issued_at__isnull=False, days__isnull=False,
                    due_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="supervision_answered_in_turn",
                condition=(Q(replied_at=None) | Q(issued_at__isnull=False))
                & (Q(accepted_at=None) | Q(replied_at__isnull=False)),
            ),
            models.UniqueConstraint(
                name="supervision_listed_once", fields=["case"], condition=OPEN & Q(by_rule=True)
            ),
            models.UniqueConstraint(
                name="supervision_order_once", fields=["case", "issuer"], condition=OPEN & ISSUED
            ),
            models.UniqueConstraint(
                name="supervision_number_once",
                fields=["series_unit", "year", "serial"],
                condition=ISSUED,
            ),
            models.UniqueConstraint(
                name="supervision_rule_once",
                fields=["clock", "cause"],
                condition=Q(clock__isnull=False),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                name="supervision_waiting", fields=["id"], condition=OPEN & Q(issuer=None)
            ),
            models.Index(
                name="supervision_to_answer",
                fields=["unit", "due_at", "id"],
                condition=OPEN & ISSUED,
            ),
            models.Index(
                name="supervision_to_judge",
                fields=["issuer", "due_at", "id"],
                condition=OPEN & ISSUED,
            ),
            models.Index(
                name="supervision_due",
                fields=["due_at", "id"],
                condition=OPEN & Q(replied_at=None, late_at=None, due_at__isnull=False),
            ),
        ]

    @property
    def state(self) -> OrderState:
        if self.delisted_at is not None:
            return OrderState.DELISTED
        if self.issuer_id is None:
            return OrderState.LISTED
        if self.accepted_at is not None:
            return OrderState.ACCEPTED
        return OrderState.REPLIED if self.replied_at is not None else OrderState.ISSUED

    @property
    def number(self) -> str:
        """As printed; empty while nobody has issued it. ``series_unit`` is named beside it."""
        return numbered(self.year, self.serial) if self.year and self.serial else ""


class DocumentCounter(models.Model):
    """The last number of one sort of official document of one unit in one year.

    Gapless: the row is locked in the issuing transaction, after everything else it locks, and
    what is taken back gives its number back (decisions.md 13).
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, db_index=False, related_name="+")
    sort = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="document_counter_once", fields=["unit", "sort", "year"])
        ]


class Nudge(models.Model):
    """That a person reminded the unit of a case. A trigger lets nobody do it twice in 24 hours;
    the row says when the next reminder is possible and is read for nothing else."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="nudges")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False)
    user = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(name="nudge_last", fields=["case", "user", "-at"])]


class LookBack(models.Model):
    """One monthly round of look-backs in one district: what was drawn from, and with which seed.

    The row is what keeps a round from being drawn twice. ``month`` is its first day;
    ``ends_at`` the end of the round: what nobody has checked by then counts as not checked.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False)
    district = models.ForeignKey(Area, models.PROTECT, db_index=False, related_name="+")
    month = models.DateField()
    seed = models.BinaryField(max_length=32)
    share = models.PositiveSmallIntegerField()  # percent
    pool = models.PositiveIntegerField()  # matters closed in the month
    drawn = models.PositiveIntegerField()
    drawn_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ["-month", "district"]
        constraints = [models.UniqueConstraint(name="look_back_once", fields=["district", "month"])]
