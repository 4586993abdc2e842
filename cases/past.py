# ruff: noqa: E501 - SQL
"""How many matters stood where on a past date: from the events, with the tree of that date.

The last event of a case before the end of the day says where it lay and how it stood. Only
cases that are open now or were closed later are looked at, so a day long ago costs what has
happened since.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db import connection

from cases.clocks import ZONE
from cases.rules.workflow import CLOSED
from grids import asof

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
