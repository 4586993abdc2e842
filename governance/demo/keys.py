"""Keys and case numbers taken from the database's sequences in blocks."""

from collections import defaultdict, deque

from django.db import connection

from grids.models import Tenant

BLOCK = 500


class Keys:
    """Hands out what the sequences give, so that rows can name each other before they exist."""

    def __init__(self) -> None:
        self.waiting: defaultdict[str, deque[int]] = defaultdict(deque)

    def take(self, sequence: str) -> int:
        """The next key of ``sequence``."""
        found = self.waiting[sequence]
        if not found:
            found += self.fetch("nextval(%s)", [sequence], BLOCK)
        return found.popleft()

    def number(self, tenant: Tenant, year: int) -> str:
        """The next case number of a customer in ``year``; one by one, so that none is lost."""
        (serial,) = self.fetch("jieyou_case_serial(%s, %s)", [tenant.pk, year], 1)
        return f"{tenant.prefix}{year}-{serial:06d}"

    def fetch(self, expression: str, values: list[str | int], count: int) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {expression} FROM generate_series(1, %s)", [*values, count])
            return [row[0] for row in cursor.fetchall()]
