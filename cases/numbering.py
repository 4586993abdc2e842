"""Numbers of official documents: gapless for each unit, sort and year (decisions.md 13)."""

from datetime import datetime

from django.db import connection

from cases.clocks import ZONE

SUPERVISION = "supervision"
NEXT = """
INSERT INTO cases_documentcounter AS c (tenant_id, unit_id, sort, year, last)
VALUES (%s, %s, %s, %s, 1)
ON CONFLICT (unit_id, sort, year) DO UPDATE SET last = c.last + 1
RETURNING last
"""


def take(tenant_id: int, unit_id: int, sort: str, now: datetime) -> tuple[int, int]:
    """The next number of ``sort`` in the civil year of ``now``: (year, number).

    Keeps the counter's row locked until the transaction ends: take it after every other lock.
    A transaction that is taken back gives the number back, so there are no gaps.
    """
    year = now.astimezone(ZONE).year
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [tenant_id, unit_id, sort, year])
        number: int = cursor.fetchone()[0]
    return year, number
