"""Keys and case numbers taken from the database's sequences in blocks."""

from collections import defaultdict, deque

from django.db import connection

from grids.models import Tenant

BLOCK = 500


class Keys:
    """Hands out what the sequences give, so that rows can name each other before they exist."""

    def __init__(self) -> None:
        self.waiting: defaultdict[str, deque[int]] = defaultdict(deque)
        self.serials: defaultdict[tuple[int, int], deque[int]] = defaultdict(deque)

    def take(self, sequence: str) -> int:
        """The next key of ``sequence``."""
        found = self.waiting[sequence]
        if not found:
            found += self.fetch("nextval(%s)", [sequence], BLOCK)
        return found.popleft()

    def number(self, tenant: Tenant, year: int) -> str:
        """The next of the numbers reserved for a customer in ``year``."""
        return f"{tenant.prefix}{year}-{self.serials[tenant.pk, year].popleft():06d}"

    def reserve(self, tenant_id: int, year: int, count: int) -> None:
        """Take ``count`` case numbers, as many as will be used."""
        found = self.fetch("jieyou_case_serial(%s, %s)", [tenant_id, year], count)
        self.serials[tenant_id, year].extend(found)

    def fetch(self, expression: str, values: list[str | int], count: int) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {expression} FROM generate_series(1, %s)", [*values, count])
            return [row[0] for row in cursor.fetchall()]
