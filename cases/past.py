# ruff: noqa: E501 - SQL
"""How many matters stood where on a past date: from the events, with the tree of that date.

The last event of a case before the end of the day says where it lay and how it stood. Only
cases that are open now or were closed later are looked at, so a day long ago costs what has
happened since.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection

from cases.clocks import ZONE
from cases.rules.lamp import WATCHED, LampCode
from cases.rules.workflow import CLOSED, Status
from grids import asof
from grids.models import User

OPEN_THEN = f"""
SELECT e.area_id, count(*) FROM cases_case AS c
CROSS JOIN LATERAL (
    SELECT e.area_id, e.target FROM cases_caseevent AS e
    WHERE e.case_id = c.id AND e.at < %(end)s ORDER BY e.seq DESC LIMIT 1
) AS e
WHERE c.tenant_id = %(tenant)s AND c.registered_at < %(end)s AND NOT c.restricted
    AND (c.closed_at IS NULL OR c.closed_at >= %(end)s)
    AND e.target NOT IN ({", ".join(f"'{status}'" for status in sorted(CLOSED))})
GROUP BY e.area_id
"""
ENDED = ", ".join(f"'{status}'" for status in sorted(CLOSED - {Status.SEALED}))
WATCHED_SECONDS = f"interval '{WATCHED.total_seconds():.0f} seconds'"
# ``lamp`` at the end of the day. Events from before the amber moment was kept have none.
LAMPS_THEN = (
    f"WHEN e.due_at <= %(end)s THEN '{LampCode.OVER}'"
    f" WHEN coalesce(e.amber_at, e.due_at - {WATCHED_SECONDS}) <= %(end)s THEN '{LampCode.SOON}'"
    f" WHEN e.due_at <= %(end)s + {WATCHED_SECONDS} THEN '{LampCode.WATCH}'"
)
# A matter that was closed on a day was closed by the last event that moved it there.
STANDING_THEN = f"""
SELECT e.area_id, e.level, CASE WHEN e.target IN ({ENDED}) THEN 'closed'
    WHEN e.target = '{Status.SUSPENDED}' THEN '{LampCode.PAUSED}' {LAMPS_THEN}
    ELSE '{LampCode.OK}' END, count(*)
FROM cases_case AS c
CROSS JOIN LATERAL (
    SELECT e.area_id, e.level, e.target, e.due_at, e.amber_at FROM cases_caseevent AS e
    WHERE e.case_id = c.id AND e.at < %(end)s ORDER BY e.seq DESC LIMIT 1
) AS e
WHERE c.tenant_id = ANY(%(tenants)s) AND c.registered_at < %(end)s AND NOT c.restricted
    AND (c.closed_at IS NULL OR c.closed_at >= %(since)s) AND e.target <> '{Status.SEALED}'
    AND NOT EXISTS (SELECT FROM cases_recusal AS r
        WHERE r.case_id = c.id AND r.user_id = %(user)s AND r.until IS NULL)
    AND (e.target NOT IN ({ENDED}) OR %(since)s <= (
        SELECT k.at FROM cases_caseevent AS k WHERE k.case_id = c.id AND k.at < %(end)s
            AND k.target IN ({ENDED}) AND k.source NOT IN ({ENDED})
        ORDER BY k.seq DESC LIMIT 1))
GROUP BY 1, 2, 3
"""


def end_of(on: date) -> datetime:
    """The moment the day ``on`` ends in Shanghai."""
    return datetime.combine(on + timedelta(days=1), time(0), tzinfo=ZONE)


def open_then(tenants: Iterable[int], on: date) -> dict[int, int]:
    """Open matters of the customers at the end of ``on``, by every place they lay in then.

    Protection leads are in no figure.
    """
    counted: dict[int, int] = {}
    with connection.cursor() as cursor:
        for tenant in tenants:
            cursor.execute(OPEN_THEN, {"tenant": tenant, "end": end_of(on)})
            for area_id, number in cursor.fetchall():
                counted[area_id] = counted.get(area_id, 0) + number
    known = asof.with_ancestors(counted, on)
    within: dict[int, int] = {}
    for area_id, number in counted.items():
        for place in asof.chain(area_id, known):
            within[place.id] = within.get(place.id, 0) + number
    return within


@dataclass(frozen=True, slots=True)
class Stood:
    """So many matters lay at a place and level on a day, with one lamp or ``closed``."""

    area_id: int
    level: int
    state: str
    cases: int


def standing_then(user: User, on: date, since: datetime) -> list[Stood]:
    """How the matters of the reader's customers stood at the end of ``on``, and which had been
    closed since ``since``. Protection leads and what the reader stays away from are left out,
    as in the figures of today; what was closed by sealing is in no figure.
    """
    tenants = sorted({post.tenant_id for post in user.posts if post.tenant_id})
    values: dict[str, Any] = {
        "tenants": tenants,
        "end": end_of(on),
        "since": since,
        "user": user.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(STANDING_THEN, values)
        return [Stood(*row) for row in cursor.fetchall()]
