"""Refuse a database that would work only halfway, before anything starts on it."""

import psycopg2
import psycopg2.extensions
import redis

from governance.launch.console import CannotStart

OLDEST = 15  # major version of PostgreSQL
# Similar texts (possible duplicates) need trigrams.
EXTENSIONS = ("pg_trgm",)


def _connect(name: str, url: str) -> psycopg2.extensions.connection:
    if not url.startswith(("postgresql://", "postgres://")):
        raise CannotStart(f"{name} must begin with postgresql://.")
    try:
        return psycopg2.connect(url, connect_timeout=5)
    except psycopg2.Error as problem:
        reason = " ".join(str(problem).split())
        raise CannotStart(f"{name}: the database cannot be reached: {reason}") from None


def _one(connection: psycopg2.extensions.connection, query: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    return "" if row is None else str(row[0])


def _version(name: str, connection: psycopg2.extensions.connection) -> None:
    if connection.server_version // 10000 < OLDEST:
        shown = _one(connection, "SHOW server_version")
        raise CannotStart(
            f"{name}: PostgreSQL {OLDEST} or newer is needed, this server is {shown}."
        )


def _extension(name: str, connection: psycopg2.extensions.connection, wanted: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {wanted}")
    except psycopg2.errors.InsufficientPrivilege:
        parts = connection.info
        raise CannotStart(
            f"{name}: the role {parts.user} may not create the extension {wanted}; let an "
            f"administrator run CREATE EXTENSION {wanted} in the database {parts.dbname}."
        ) from None
    except psycopg2.Error:
        raise CannotStart(
            f"{name}: the server has no extension {wanted}; install PostgreSQL's contrib "
            "package on it."
        ) from None


def _chinese(name: str, connection: psycopg2.extensions.connection) -> None:
    """The database must be able to tell Chinese characters from punctuation.

    Where LC_CTYPE is not UTF-8, pg_trgm finds no letters in Chinese text and searching by
    similarity returns nothing, without any error.
    """
    encoding = _one(connection, "SHOW server_encoding")
    if encoding != "UTF8":
        raise CannotStart(
            f"{name}: the database's encoding is {encoding}; create it with ENCODING 'UTF8'."
        )
    if _one(connection, "SELECT cardinality(show_trgm('北京市'))") == "0":
        raise CannotStart(
            f"{name}: the database's character type (LC_CTYPE) is not UTF-8, so Chinese text "
            "could not be searched; create it with LC_CTYPE 'C.UTF-8' TEMPLATE template0."
        )


def database(url: str, owner_url: str) -> None:
    """Raise CannotStart with one sentence if the database is not fit."""
    name = "DATABASE_OWNER_URL" if owner_url else "DATABASE_URL"
    if owner_url:
        _connect("DATABASE_URL", url).close()
    connection = _connect(name, owner_url or url)
    try:
        connection.autocommit = True
        _version(name, connection)
        for wanted in EXTENSIONS:
            _extension(name, connection, wanted)
        _chinese(name, connection)
    finally:
        connection.close()


def broker(url: str) -> None:
    """Raise CannotStart with one sentence if Redis does not answer."""
    try:
        client = redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5)
        client.ping()
        client.close()
    except (redis.RedisError, ValueError) as problem:
        reason = " ".join(str(problem).split())
        raise CannotStart(f"REDIS_URL: Redis cannot be reached: {reason}") from None
