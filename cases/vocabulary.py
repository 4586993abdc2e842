"""Categories and sources by code, kept in the process for a short while.

They change a few times a year, and every intake asks for them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from cases.models import Category, Source
from cases.models.terms import Term

KEEP = 30.0  # seconds until a change of a term is seen by every process
Row = TypeVar("Row", bound=Term)


@dataclass
class Shelf(Generic[Row]):
    """The terms in force of one model, read again when they are old or one is missing."""

    model: type[Row]
    read_at: float = float("-inf")
    rows: dict[str, Row] = field(default_factory=dict)

    def get(self, code: str) -> Row | None:
        """The term in force with ``code``."""
        fresh = time.monotonic() - self.read_at < KEEP
        if not fresh or code not in self.rows:
            found = self.model._default_manager.filter(valid_to=None)
            self.rows, self.read_at = {row.code: row for row in found}, time.monotonic()
        return self.rows.get(code)


CATEGORIES, SOURCES = Shelf(Category), Shelf(Source)


def category(code: str) -> Category | None:
    """The category in force with ``code``."""
    return CATEGORIES.get(code)


def source(code: str) -> Source | None:
    """The source in force with ``code``."""
    return SOURCES.get(code)
