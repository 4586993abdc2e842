"""Write several new rows in one round trip.

Intake writes a dozen rows; one statement each would cost a dozen round trips and as many
compilations. The rows carry keys taken from their sequences beforehand, so the order is free
and every hash can be computed before anything is written. One statement per table is kept
prepared, and a row travels as one array of texts: reading a hundred values as SQL, each with
its own type to be found out, took the database longer than writing them (docs/adr/0012).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import DEFERRED, Field, GeneratedField, JSONField, Model

from grids.prepared import run_all

VARCHAR = re.compile(r"varchar\(\d+\)")


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


M = TypeVar("M", bound=Model)


def unsaved(model: type[M], **values: Any) -> M:
    """A new instance of ``model`` with its defaults, its columns by attribute name.

    What the model's own constructor makes of the same words; that goes through them one by
    one and takes twice as long. Raises ``TypeError`` like ``new``.
    """
    found = new(model, **({model._meta.pk.attname: None} | values)).values
    return model(*[found.get(name, DEFERRED) for name in attributes(model)])


@cache
def attributes(model: type[Model]) -> list[str]:
    """The attributes of a row in the order of the constructor."""
    return [field.attname for field in model._meta.concrete_fields]


@cache
def written(model: type[Model], with_key: bool) -> list[Field[Any, Any]]:
    """The columns an INSERT names, in the order of the model."""
    return [
        field
        for field in model._meta.concrete_fields
        if not isinstance(field, GeneratedField) and (with_key or not field.primary_key)
    ]


@dataclass(frozen=True, slots=True)
class Insert:
    """How a row of a model is written: the statement, and how its values are read."""

    sql: str
    read: Callable[[Model], tuple[Any, ...]]
    documents: list[int]  # places of the JSON columns


@cache
def insert(model: type[Model], with_key: bool) -> Insert:
    """The INSERT of one row of ``model`` whose values come as one array of texts, ``$1``."""
    fields = written(model, with_key)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    values = ", ".join(f"($1::text[])[{place}]{cast(f)}" for place, f in enumerate(fields, 1))
    return Insert(
        f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({values})',
        attrgetter(*(field.attname for field in fields)),
        [place for place, field in enumerate(fields) if isinstance(field, JSONField)],
    )


def cast(field: Field[Any, Any]) -> str:
    """What makes a column's value of a text. Words need nothing: a cast to ``varchar(n)`` would
    cut them short in silence, where writing them as they are is refused."""
    kind = VARCHAR.sub("text", field.db_type(connection) or "text")
    return "" if kind == "text" else f"::{kind}"


def quoted(text: str) -> str:
    """A text as an element of an array."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def array(values: Iterable[Any]) -> str:
    """Values as PostgreSQL reads an array."""
    return "{" + ",".join([WRITTEN[type(one)](one) for one in values]) + "}"


class Written(dict[type, Callable[[Any], str]]):
    """How a value of each type is written as an element of an array.

    A subclass (the words of an enumeration) is written like its base. Raises ``TypeError`` for
    anything else: an expression has no place in a row.
    """

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        for base in kind.__mro__:
            if base in self:
                self[kind] = self[base]
                return self[kind]
        raise TypeError(f"A {kind.__name__} cannot be written.")


WRITTEN = Written(
    {
        type(None): lambda _: "NULL",
        str: quoted,
        int: int.__repr__,
        bool: lambda value: "t" if value else "f",
        bytes: lambda value: '"\\\\x' + value.hex() + '"',
        memoryview: lambda value: '"\\\\x' + value.hex() + '"',
        datetime: lambda value: '"' + value.isoformat() + '"',
        date: lambda value: value.isoformat(),
        UUID: str,
        list: lambda value: quoted(array(value)),
        tuple: lambda value: quoted(array(value)),
    }
)


def kind(row: Model | Row) -> tuple[type[Model], bool]:
    """What decides the INSERT of a row: its model, and whether it brings its key."""
    return (row.model if isinstance(row, Row) else type(row)), row.pk is not None


def insert_all(rows: Sequence[Model | Row]) -> None:
    """Insert unsaved ``rows`` (any models) in the order given, in one round trip.

    Outside a transaction they are one of their own: all of them or none.
    """
    calls: list[tuple[str, Sequence[Any]]] = []
    for row in rows:
        how = insert(*kind(row))
        if isinstance(row, Row):
            values = list(row.values.values())
        else:
            values = list(how.read(row))
            row._state.adding = False
        for place in how.documents:
            if values[place] is not None:
                values[place] = json.dumps(values[place], ensure_ascii=False)
        calls.append((how.sql, [array(values)]))
    run_all(calls)
