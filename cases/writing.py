"""Write several new rows in one round trip.

Intake writes ten rows; one statement each would cost ten round trips and ten compilations.
The rows carry keys taken from their sequences beforehand, so the order is free and every hash
can be computed before anything is written. Must run inside a transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Field, GeneratedField, Model


@cache
def insert_sql(model: type[Model], with_key: bool) -> tuple[str, tuple[Field[Any, Any], ...]]:
    """The INSERT of one row of ``model`` and the fields whose values it takes."""
    fields = tuple(
        field
        for field in model._meta.concrete_fields
        if not isinstance(field, GeneratedField) and (with_key or not field.primary_key)
    )
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column or field.name) for field in fields)
    places = ", ".join("%s" for _ in fields)
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})", fields


def insert_all(rows: Sequence[Model]) -> None:
    """Insert unsaved ``rows`` (any models) in the order given, in one round trip."""
    database = connections[DEFAULT_DB_ALIAS]  # the proxy would be asked for each of 150 values
    statements, values = [], []
    for row in rows:
        sql, fields = insert_sql(type(row), row.pk is not None)
        statements.append(sql)
        values += [
            field.get_db_prep_save(getattr(row, field.attname), database) for field in fields
        ]
        row._state.adding = False
    with database.cursor() as cursor:
        cursor.execute("; ".join(statements), values)
