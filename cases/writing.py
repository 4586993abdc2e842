"""Write several new rows in one round trip.

Intake writes a dozen rows; one statement each would cost a dozen round trips and as many
compilations. The rows carry keys taken from their sequences beforehand, so the order is free
and every hash can be computed before anything is written. Must run inside a transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BinaryField, Field, GeneratedField, JSONField, Model
from psycopg2 import Binary
from psycopg2.extras import Json

Adapt = Callable[[Any], Any]
# The driver writes every other type of ours as it is; asking each field would take a third of
# the time of an intake.
ADAPTED: dict[type[Field[Any, Any]], Adapt] = {BinaryField: Binary, JSONField: Json}


@cache
def insert_parts(
    model: type[Model], with_key: bool
) -> tuple[str, str, Callable[[Model], tuple[Any, ...]], list[tuple[int, Adapt]]]:
    """INSERT … VALUES of ``model``, the places of one row, how to read the values, and which
    of them the driver must be told about."""
    fields = [
        field
        for field in model._meta.concrete_fields
        if not isinstance(field, GeneratedField) and (with_key or not field.primary_key)
    ]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    start = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES '
    places = f"({', '.join(['%s'] * len(fields))})"
    told = [
        (place, ADAPTED[type(field)])
        for place, field in enumerate(fields)
        if type(field) in ADAPTED
    ]
    return start, places, attrgetter(*(field.attname for field in fields)), told


def insert_all(rows: Sequence[Model]) -> None:
    """Insert unsaved ``rows`` (any models) in the order given, in one round trip."""
    statements: list[str] = []
    values: list[Any] = []
    for (model, with_key), group in groupby(rows, lambda row: (type(row), row.pk is not None)):
        start, places, read, told = insert_parts(model, with_key)
        found = []
        for row in group:
            line = list(read(row))
            for place, adapt in told:
                if line[place] is not None:
                    line[place] = adapt(line[place])
            values += line
            found.append(places)
            row._state.adding = False
        statements.append(start + ", ".join(found))
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("; ".join(statements), values)
