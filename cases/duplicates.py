"""Matters nearby that may be the same: a hint beside a new one, never an obstacle.

Same village, still open, registered within thirty days, similar words. It looks for what was
told, never for who told it: names of parties do not find a case.
"""

from datetime import datetime, timedelta

from django.db.models import F, FloatField, Func, TextField, Value
from django.db.models.functions import Greatest

from cases.models import Case
from grids.models import Area, User
from grids.roles import COLUMN_LEVELS, Level

DAYS = 30
MOST = 5
LEAST_CHARACTERS = 6  # a shorter text is similar to everything, or is somebody's name
LIKENESS = 0.18  # of pg_trgm's word similarity; a sentence told anew reaches 0.2 to 0.5


class WordSimilarity(Func):
    """How much of the first text is found in one stretch of the second: 0 to 1 (pg_trgm)."""

    function = "WORD_SIMILARITY"
    output_field = FloatField()


def nearby(
    user: User, area: Area, text: str, now: datetime, *, leave_out: int | None = None
) -> list[Case]:
    """Open matters near ``area`` told in similar words, most similar first, at most five.

    Only what ``user`` may see; restricted matters never. One query; ``leave_out`` is the key
    of the case the text belongs to.
    """
    if sum(mark.isalnum() for mark in text) < LEAST_CHARACTERS:
        return []
    column, area_id = neighbourhood(area)
    told = Value(text, output_field=TextField())
    likeness = Greatest(
        WordSimilarity(told, F("story__text")), WordSimilarity(F("story__text"), told)
    )
    return list(
        Case.objects.visible_to(user)
        .open()
        .filter(
            **{column: area_id}, restricted=False, registered_at__gte=now - timedelta(days=DAYS)
        )
        .exclude(pk=leave_out or 0)
        .annotate(likeness=likeness)
        .filter(likeness__gte=LIKENESS)
        .select_related("story", "category")
        .order_by("-likeness", "-pk")[:MOST]
    )


def neighbourhood(area: Area) -> tuple[str, int]:
    """The level column and area that count as nearby: the village, or the closest above it."""
    for level in reversed(COLUMN_LEVELS):
        column = f"{level.column}_id"
        if level <= Level.VILLAGE and (found := getattr(area, column)):
            return column, found
    return "area_id", area.pk
