"""Write several new rows in one round trip.

Intake writes a dozen rows; one statement each would cost a dozen round trips and as many
compilations. The rows carry keys taken from their sequences beforehand, so the order is free
and every hash can be computed before anything is written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Row:
    """A row to be written that nobody asks anything of: a model instance costs ten times as
    much, and a registration writes a dozen. ``values`` by attribute name, in column order."""

    model: type[Model]
    values: dict[str, Any]

    @property
    def pk(self) -> Any:
        return self.values.get(self.model._meta.pk.attname)


@cache
def blank(
    model: type[Model], with_key: bool
) -> tuple[dict[str, Any], dict[str, Callable[[], Any]]]:
    """The values of an empty row, and what makes those that are new for every row."""
    values: dict[str, Any] = {}
    made: dict[str, Callable[[], Any]] = {}
    for field in written(model, with_key):
        if callable(field.default) and field.has_default():
            made[field.attname] = field.default
            values[field.attname] = None
        else:
            values[field.attname] = field.get_default()
    return values, made


def new(model: type[Model], **values: Any) -> Row:
    """A row of ``model``; what is not given has the model's own default.

    Raises ``TypeError`` for a value the model has no column for.
    """
    empty, made = blank(model, model._meta.pk.attname in values)
    row = empty | values
    if len(row) != len(empty):
        raise TypeError(f"{model.__name__} has no {', '.join(values.keys() - empty.keys())}.")
    for name, make in made.items():
        if name not in values:
            row[name] = make()
    return Row(model, row)


@cache
def written(model: type[Model], with_key: bool) -> list[Field[Any, Any]]:
    """The columns an INSERT names, in the order of the model."""
    return [
        field
        for field in model._meta.concrete_fields
        if not isinstance(field, GeneratedField) and (with_key or not field.primary_key)
    ]


@cache
def insert_parts(
    model: type[Model], with_key: bool
) -> tuple[str, str, Callable[[Model], tuple[Any, ...]], list[tuple[int, Adapt]]]:
    """INSERT … VALUES of ``model``, the places of one row, how to read the values, and which
    of them the driver must be told about."""
    fields = written(model, with_key)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    start = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES '
    places = f"({', '.join(['%s'] * len(fields))})"
    told = [
        (place, ADAPTED[type(field)])
        for place, field in enumerate(fields)
        if type(field) in ADAPTED
    ]
    return start, places, attrgetter(*(field.attname for field in fields)), told


def kind(row: Model | Row) -> tuple[type[Model], bool]:
    """What decides the INSERT of a row: its model, and whether it brings its key."""
    return (row.model if isinstance(row, Row) else type(row)), row.pk is not None


def insert_all(rows: Sequence[Model | Row]) -> None:
    """Insert unsaved ``rows`` (any models) in the order given, in one round trip.

    Outside a transaction they are one of their own: all of them or none.
    """
    statements: list[str] = []
    values: list[Any] = []
    for (model, with_key), group in groupby(rows, kind):
        start, places, read, told = insert_parts(model, with_key)
        found = []
        for row in group:
            line = list(row.values.values()) if isinstance(row, Row) else list(read(row))
            for place, adapt in told:
                if line[place] is not None:
                    line[place] = adapt(line[place])
            values += line
            found.append(places)
            if isinstance(row, Model):
                row._state.adding = False
        statements.append(start + ", ".join(found))
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("; ".join(statements), values)
