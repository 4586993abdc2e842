"""Statements whose plan a database session keeps, for what every page asks.

Planning the conditions of a queue takes the database several times as long as running them.
The driver has no prepared statements, so they are made in SQL; the first use and its
preparation are one round trip.
"""

import itertools
import re
import threading
from collections.abc import Sequence
from typing import Any

from django.db import connection

MOST = 64  # statements kept per connection; the one prepared first goes first
MARK = re.compile("%[s%]")
SERIALS = itertools.count(1)  # a name is never used twice, so a failed preparation blocks none


class Kept(threading.local):
    """The names of the statements of this thread's connection, by their SQL."""

    session: object = None
    names: dict[str, str]


KEPT = Kept()


def ask(sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of ``sql``, written as for a cursor with ``%s``; ``sql`` comes from code only.

    For statements of few shapes whose best plan does not hang on the values.
    """
    connection.ensure_connection()
    if KEPT.session is not connection.connection:
        KEPT.session, KEPT.names = connection.connection, {}
    call = f"({', '.join(['%s'] * len(values))})" if values else ""
    name = KEPT.names.get(sql)
    with connection.cursor() as cursor:
        if name is not None:
            cursor.execute(f"EXECUTE {name}{call}", values)
        else:
            name = f"jieyou_{next(SERIALS)}"
            first = f"{room()}PREPARE {name} AS {numbered(sql)}; EXECUTE {name}{call}"
            cursor.execute(first, values)
            KEPT.names[sql] = name
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def ask_once(sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of ``sql``, planned for these values: a search, where they decide everything."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def room() -> str:
    """SQL that gives up the oldest statement when there are too many."""
    if len(KEPT.names) < MOST:
        return ""
    return f"DEALLOCATE {KEPT.names.pop(next(iter(KEPT.names)))}; "


def numbered(sql: str) -> str:
    """``sql`` with ``$1``, ``$2`` … in place of each ``%s``."""
    count = itertools.count(1)
    return MARK.sub(lambda mark: mark[0] if mark[0] == "%%" else f"${next(count)}", sql)
