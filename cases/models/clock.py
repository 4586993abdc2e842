"""Running deadlines with their ladder of moments, the pauses, and the steps taken."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case as Switch
from django.db.models import F, Func, Q, Value, When
from django.db.models.functions import Coalesce

from cases.models.case import Case
from cases.models.terms import Policy
from cases.rules.limits import LimitCode
from cases.rules.terms import ClockCode, Sender
from grids.models import Tenant, Unit

NEXT_MOMENT = Func(  # SQL: "ladder"["rung" + 1]; NULL past the end of the array
    F("ladder"),
    F("rung"),
    arg_joiner="[",
    template="%(expressions)s + 1]",
    output_field=models.DateTimeField(),
)
# GREATEST leaves NULL out, so the end of the ladder is asked for first.
NEXT_STEP = Switch(
    When(
        Q(stopped_at=None, held_at=None),
        then=Switch(
            When(
                rung__lt=Func(F("ladder"), function="CARDINALITY"),
                then=Func(NEXT_MOMENT, F("waits_until"), function="GREATEST"),
            ),
            default=Value(None),
        ),
    ),
    default=Value(None),
    output_field=models.DateTimeField(),
)
STEP_DUE = Switch(
    When(
        Q(stopped_at=None, held_at=None),
        then=Coalesce(Func(NEXT_MOMENT, F("waits_until"), function="GREATEST"), F("due_at")),
    ),
    default=Value(None),
    output_field=models.DateTimeField(),
)
# What follows is worked out by the database as well. No such column may name another one, so
# the words of the step's due moment stand in them again. Sums are made at UTC: no day of it is
# longer than another. In step with cases/rules/lamp.py, see tests/cases/test_warnings.py.
STEP = "coalesce(GREATEST(ladder[rung + 1], waits_until), due_at)"
SINCE = "CASE WHEN rung BETWEEN 1 AND cardinality(ladder) - 1 THEN ladder[rung] ELSE started_at END"
SPAN = f"({STEP} - {SINCE})"
RUNS = "stopped_at IS NULL AND held_at IS NULL"
LONG = f"{SPAN} >= interval '4 days'"
# A rung that is left by itself when it is due tells its own story.
STAYS = "rung >= cardinality(ladder)"


def ahead(span: str) -> str:
    """SQL: the moment ``span`` before the step is due."""
    return f"(({STEP} AT TIME ZONE 'UTC' - {span}) AT TIME ZONE 'UTC')"


QUARTER, THREE_DAYS = ahead(f"{SPAN} * 0.25"), ahead("interval '3 days'")
# (code of the mark, whether it comes, when), as ``MARKS`` has them.
MARK_MOMENTS = (
    ("mark_quarter", "true", QUARTER),
    ("mark_three_days", LONG, THREE_DAYS),
    ("mark_one_day", LONG, ahead("interval '1 day'")),
    ("mark_due", STAYS, STEP),
    ("mark_three_over", STAYS, ahead("interval '-3 days'")),
)
TOLD = "coalesce(told_until, '-infinity')"
UNTOLD = ", ".join(
    f"CASE WHEN {comes} AND {at} > {TOLD} THEN {at} END" for _mark, comes, at in MARK_MOMENTS
)
AMBER_AT = Func(
    template=(
        f"CASE WHEN {RUNS} THEN LEAST({QUARTER}, CASE WHEN {LONG} THEN {THREE_DAYS} END) END"
    ),
    output_field=models.DateTimeField(),
)
WARN_AT = Func(
    template=f"CASE WHEN {RUNS} THEN LEAST({UNTOLD}) END", output_field=models.DateTimeField()
)
CODES = [*ClockCode.values(), *LimitCode.values()]


class Clock(models.Model):
    """One deadline of a case, see ``cases/rules/clock.py`` and ``ladder.py``.

    ``ladder`` holds the moments, absolute from the start; ``rung`` counts those that passed.
    After moment *i* the unit ``holders[i]`` at level ``levels[i]`` is responsible and
    ``actions[i]`` says what happened (climb, report, supervise). ``next_at`` is the next
    moment and NULL while held, once stopped, or past the top. ``waits_until`` keeps a rung
    back while both parties agree and the next session is dated. On time: stopped at or before
    ``due_at``.
    """

    case = models.ForeignKey(Case, models.PROTECT, db_index=False, related_name="clocks")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    code = models.CharField(max_length=20)
    policy = models.ForeignKey(  # the version it started with
        Policy, models.PROTECT, null=True, db_index=False, db_constraint=False, related_name="+"
    )
    ladder_code = models.CharField(max_length=30, blank=True)
    set_by = models.CharField(max_length=10, blank=True, default="", db_default="")  # a sender
    calendar_version = models.CharField(max_length=40, blank=True)
    provisional = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    first_rung = models.PositiveSmallIntegerField(default=0)
    rung = models.PositiveSmallIntegerField(default=0)
    ladder = ArrayField(models.DateTimeField(), default=list)
    holders = ArrayField(models.BigIntegerField(), default=list)
    levels = ArrayField(models.SmallIntegerField(), default=list)
    actions = ArrayField(models.CharField(max_length=10), default=list)
    waits_until = models.DateTimeField(null=True)
    held_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    next_at = models.GeneratedField(
        expression=NEXT_STEP, output_field=models.DateTimeField(null=True), db_persist=True
    )
    step_due_at = models.GeneratedField(
        expression=STEP_DUE, output_field=models.DateTimeField(null=True), db_persist=True
    )
    amber_at = models.GeneratedField(
        expression=AMBER_AT, output_field=models.DateTimeField(null=True), db_persist=True
    )
    # The last mark people were told of, and the next one they are to be told of.
    told_until = models.DateTimeField(null=True)
    warn_at = models.GeneratedField(
        expression=WARN_AT, output_field=models.DateTimeField(null=True), db_persist=True
    )

    class Meta:
        constraints = [
            models.CheckConstraint(name="clock_code_known", condition=Q(code__in=CODES)),
            models.CheckConstraint(
                name="clock_sender_known", condition=Q(set_by__in=["", *Sender.values()])
            ),
            models.UniqueConstraint(
                name="clock_runs_once", fields=["case", "code"], condition=Q(stopped_at=None)
            ),
            models.CheckConstraint(
                name="clock_due_after_start", condition=Q(due_at__gte=F("started_at"))
            ),
            models.CheckConstraint(
                name="clock_arrays_agree",
                condition=Q(ladder__len=F("holders__len"))
                & Q(ladder__len=F("levels__len"))
                & Q(ladder__len=F("actions__len")),
            ),
        ]
        indexes = [
            models.Index(
                name="clock_to_climb",
                fields=["next_at", "id"],
                condition=Q(next_at__isnull=False),
            ),
            models.Index(
                name="clock_to_warn",
                fields=["warn_at", "id"],
                condition=Q(warn_at__isnull=False),
            ),
            models.Index(name="clock_of_case", fields=["case"]),
        ]


class ClockPause(models.Model):
    """A time in which a clock stood still: [start, end), end null while it lasts."""

    clock = models.ForeignKey(Clock, models.PROTECT, related_name="pauses")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False)
    start_at = models.DateTimeField()
    end_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=30)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="clock_pause_ends_after_it_starts",
                condition=Q(end_at=None) | Q(end_at__gte=F("start_at")),
            ),
            models.UniqueConstraint(
                name="clock_pauses_once", fields=["clock"], condition=Q(end_at=None)
            ),
        ]


class ClockStep(models.Model):
    """One rung of a clock: who was responsible from when, until when, and how it ended.

    UNIQUE (clock, rung) is the second wall against a double climb, after the locked row.
    """

    clock = models.ForeignKey(Clock, models.PROTECT, db_index=False, related_name="steps")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    rung = models.PositiveSmallIntegerField()
    unit = models.ForeignKey(Unit, models.PROTECT, db_index=False, related_name="+")
    level = models.PositiveSmallIntegerField()
    entered_at = models.DateTimeField()
    due_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, blank=True)  # timeout, raised, done, ended …

    class Meta:
        ordering = ["rung"]
        constraints = [
            models.UniqueConstraint(name="clock_step_once", fields=["clock", "rung"]),
        ]
