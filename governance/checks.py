"""What is looked at before the program starts: calendar, clocks, default policies.

Warnings can wait for the operator, errors cannot. Checks that ask the database are tagged so
that they run with ``migrate`` and ``check --database default`` only, and pass while migrations
wait.
"""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from cases import sealed_work, workcalendar
from cases.models import Policy
from cases.policies import LADDER
from cases.rules.ladder import Ladder
from cases.rules.limits import LIMITS, LimitCode
from cases.rules.numbers import NUMBERS, REVISITS, values
from cases.rules.workdays import WorkCalendar
from cases.rules.workflow import CLIMBING, CLOSED, Status
from governance.demo import ladders

AHEAD = timedelta(days=60)  # the longest default span, with room
# What keeps time in each open status; a status that is not here would stand for ever.
KEPT_BY: Mapping[Status, str] = {
    **dict.fromkeys(CLIMBING, "the ladder or limit that registering starts"),
    Status.CONTESTED: LimitCode.RULING.label,
    Status.SUSPENDED: "the day of review",
    Status.DONE: LimitCode.VERIFY.label,
    Status.VERIFIED: LimitCode.VERIFY.label,
    Status.LODGED: LimitCode.TRANSFER.label,
    Status.FORWARDED: LimitCode.NOTICE_FORWARDED.label,
    Status.ENTRUSTED: LimitCode.NOTICE_FORWARDED.label,
    Status.OBJECTED: LimitCode.RULING.label,
    Status.ACCEPTED: LimitCode.HANDLE.label,
    Status.CONCILIATING: LimitCode.HANDLE.label,
    Status.REPLIED: LimitCode.REVIEW_APPLY.label,
    Status.REVIEW: LimitCode.REVIEW.label,
    Status.REVIEWED: LimitCode.REREVIEW_APPLY.label,
    Status.REREVIEW: LimitCode.REREVIEW.label,
    Status.WITHDRAWN: LimitCode.WITHDRAWAL.label,
}


@register(Tags.database)
def calendar_reaches_ahead(
    databases: Collection[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Working days are known for the coming weeks, and for next year once it is published.

    Runs with ``migrate``: an operator hears of it once per start, not with every command.
    """
    if not databases:
        return []
    if unfinished(MigrationExecutor(connections["default"])):
        return calendar_messages(workcalendar.packaged(), timezone.localdate())
    return calendar_messages(workcalendar.read().national, timezone.localdate())


def calendar_messages(calendar: WorkCalendar, today: date) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    hint = (
        "Take in the State Council's notice (manage.py import_holidays, or the page Working days"
        " and days off); deadlines beyond that day are marked provisional."
    )
    if calendar.known_to < today + AHEAD:
        found.append(Warning(
            f"Working days are known until {calendar.known_to} only.", hint=hint,
            id="governance.W001",
        ))  # fmt: skip
    elif today.month >= workcalendar.NOTICE_MONTH and calendar.known_to.year <= today.year:
        found.append(Warning(
            f"The days off of {today.year + 1} are not known yet.", hint=hint,
            id="governance.W002",
        ))  # fmt: skip
    return found


@register("rules")
def every_open_status_has_a_clock(**kwargs: Any) -> list[CheckMessage]:
    """No open case stands without anything that becomes due."""
    return clock_messages(KEPT_BY, LIMITS)


def clock_messages(
    kept_by: Mapping[Status, str], limits: Collection[LimitCode]
) -> list[CheckMessage]:
    still = [status for status in Status if status not in CLOSED and status not in kept_by]
    found: list[CheckMessage] = [
        Error(f"Nothing becomes due while a case is '{status}'.", id="governance.E001")
        for status in still
    ]
    found += [
        Error(f"The limit '{code}' has no span.", id="governance.E002")
        for code in LimitCode
        if code not in limits
    ]
    return found


@register(Tags.database)
def demonstration_stands_alone(
    databases: Collection[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Demo mode never opens a database of real cases."""
    if not settings.DEMO or not databases or "default" not in databases:
        return []
    if unfinished(MigrationExecutor(connections["default"])):
        return []
    if not Policy.objects.filter(area=None, code=ladders.REAL).exists():
        return []
    return [Error(
        "This database was made for real cases (./run init); demo mode never opens it.",
        hint="Set DEMO=0.", id="governance.E006",
    )]  # fmt: skip


@register(Tags.database)
def default_policies_exist(
    databases: Collection[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Every setting has a product default in force and readable."""
    if not databases or "default" not in databases:
        return []
    if unfinished(MigrationExecutor(connections["default"])):
        return []  # migrations bring the defaults, and migrate runs this check before them
    today = timezone.localdate()
    rows = Policy.objects.filter(area=None, valid_from__lte=today).order_by("version")
    return policy_messages({row.code: row.body for row in rows})


@register(Tags.database)
def seal_keys_open_what_is_sealed(
    databases: Collection[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The ring in use opens the newest sealed matter; another ring would lose them all."""
    if not databases or "default" not in databases:
        return []
    if unfinished(MigrationExecutor(connections["default"])):
        return []
    if sealed_work.ring_opens():
        return []
    return [
        Error(
            "SEAL_KEYS does not open the sealed matters of this database.",
            hint="Put the former ring back; see docs/operating.md.", id="governance.E006",
        )
    ]  # fmt: skip


def unfinished(executor: MigrationExecutor) -> bool:
    """Whether migrations wait, as on an empty database or after an interrupted start."""
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def policy_messages(bodies: Mapping[str, Any]) -> list[CheckMessage]:
    found: list[CheckMessage] = [
        Error(f"The default policy '{code}' is missing.", id="governance.E003")
        for code in (LADDER, REVISITS)
        if code not in bodies
    ]
    try:
        if LADDER in bodies:
            Ladder.from_json(bodies[LADDER])
    except ValueError as error:
        found.append(Error(f"The default ladder is wrong: {error}", id="governance.E004"))
    for code in bodies.keys() & NUMBERS.keys():
        try:
            values(NUMBERS[code], bodies[code])
        except ValueError as error:
            found.append(Error(f"A default is wrong: {error}", id="governance.E005"))
    return found
