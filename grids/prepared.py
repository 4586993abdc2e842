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
    ready()
    call = f"({', '.join(['%s'] * len(values))})" if values else ""
    name = KEPT.names.get(sql)
    with connection.cursor() as cursor:
        if name is not None:
            cursor.execute(f"EXECUTE {name}{call}", values)
        else:
            name = f"jieyou_{next(SERIALS)}"
            first = [*room(1), f"PREPARE {name} AS {numbered(sql)}", f"EXECUTE {name}{call}"]
            cursor.execute("; ".join(first), values)
            KEPT.names[sql] = name
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def run_all(calls: Sequence[tuple[str, Sequence[Any]]]) -> None:
    """Run statements with their values, in this order and in one message, which outside a
    transaction is one of its own. Their SQL names the values ``$1``, ``$2`` …"""
    ready()
    made: dict[str, str] = {}
    preparing: list[str] = []
    calling: list[str] = []
    given: list[Any] = []
    for sql, values in calls:
        if name := KEPT.names.pop(sql, None):
            KEPT.names[sql] = name  # used last, given up last
        elif not (name := made.get(sql)):
            name = made[sql] = f"jieyou_{next(SERIALS)}"
            preparing.append(f"PREPARE {name} AS {sql}")
        calling.append(f"EXECUTE {name}({', '.join(['%s'] * len(values))})")
        given += values
    with connection.cursor() as cursor:
        cursor.execute("; ".join([*room(len(made)), *preparing, *calling]), given)
    KEPT.names |= made


def ready() -> None:
    """Forget the statements of a connection that is gone."""
    connection.ensure_connection()
    if KEPT.session is not connection.connection:
        KEPT.session, KEPT.names = connection.connection, {}


def ask_once(sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of ``sql``, planned for these values: a search, where they decide everything."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def room(coming: int) -> list[str]:
    """The SQL that gives up the oldest statements, when there are too many with ``coming``."""
    many = max(0, len(KEPT.names) + coming - MOST)
    return [f"DEALLOCATE {KEPT.names.pop(sql)}" for sql in list(KEPT.names)[:many]]


def numbered(sql: str) -> str:
    """``sql`` with ``$1``, ``$2`` … in place of each ``%s``."""
    count = itertools.count(1)
    return MARK.sub(lambda mark: mark[0] if mark[0] == "%%" else f"${next(count)}", sql)
