"""The database of one test run: made, copied, put back and dropped by the owner's role."""

from contextlib import closing
from urllib.parse import quote

import psycopg2
import psycopg2.extensions
from django.conf import settings
from django.db import connection
from psycopg2 import sql

# In order of preference; older and other systems know fewer of them.
LOCALES = (
    "LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'",
    "LC_COLLATE 'en_US.UTF-8' LC_CTYPE 'en_US.UTF-8'",
    "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C'",
)
COPY = "world_copy"  # schema that keeps every table as the tests find it
MOST_RUNS = 20  # test runs side by side on one server


class OwnedDatabase:
    """A database ``test_NAME_N`` whose number no other running test session uses.

    The number is held by an advisory lock, so a killed run leaves nothing that blocks the
    next one: its database is dropped by whoever takes the number.
    """

    def __init__(self) -> None:
        self.application = dict(settings.DATABASES["default"])
        self.owner = dict(settings.OWNER_DATABASE)
        self.name = ""
        self.office = self._connect(str(self.owner["NAME"]))

    def _connect(self, name: str) -> psycopg2.extensions.connection:
        opened = psycopg2.connect(
            dbname=name,
            user=self.owner["USER"] or None,
            password=self.owner["PASSWORD"] or None,
            host=self.owner["HOST"] or None,
            port=self.owner["PORT"],
        )
        opened.autocommit = True
        return opened

    # --- life -------------------------------------------------------------------------
    def create(self) -> None:
        """Make the empty database and let every new connection of this process use it."""
        with self.office.cursor() as cursor:
            for number in range(1, MOST_RUNS + 1):
                self.name = f"test_{self.application['NAME']}_{number}"
                cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [self.name])
                if cursor.fetchone() == (True,):
                    break
            else:
                raise RuntimeError(f"{MOST_RUNS} test runs are using this server.")
            identifier = sql.Identifier(self.name)
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
            self._create(cursor, identifier)
        # Both dictionaries are the ones that Django and our migrate command read.
        connection.settings_dict["NAME"] = self.name
        settings.DATABASES["default"]["NAME"] = self.name
        settings.OWNER_DATABASE["NAME"] = self.name

    def _create(self, cursor: psycopg2.extensions.cursor, identifier: sql.Identifier) -> None:
        make = "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' "
        for place, locale in enumerate(LOCALES, start=1):
            try:
                cursor.execute(sql.SQL(make + locale).format(identifier))
                return
            except psycopg2.Error:
                if place == len(LOCALES):
                    raise

    def enter(self) -> None:
        """Open the owner's connection to the migrated database."""
        self.desk = self._connect(self.name)

    def drop(self) -> None:
        """Remove the database; a program that still uses it loses its connection."""
        if hasattr(self, "desk"):
            self.desk.close()
        connection.close()
        with closing(self.office), self.office.cursor() as cursor:
            identifier = sql.Identifier(self.name)
            try:
                cursor.execute(sql.SQL("DROP DATABASE {}").format(identifier))
            except psycopg2.errors.ObjectInUse:
                cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))

    def urls(self) -> dict[str, str]:
        """DATABASE_URL and DATABASE_OWNER_URL of this database."""
        return {
            "DATABASE_URL": self._url(self.application),
            "DATABASE_OWNER_URL": self._url(self.owner),
        }

    def _url(self, role: dict[str, object]) -> str:
        user, password, host = (
            quote(str(role[key]), safe="") for key in ("USER", "PASSWORD", "HOST")
        )
        return f"postgresql://{user}:{password}@{host}:{role['PORT']}/{self.name}"

    # --- contents ---------------------------------------------------------------------
    def keep(self) -> None:
        """Copy every table as it is now: migrated, with seeded words and the cast."""
        with self.desk.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {COPY}")
            for table, columns in self._tables(cursor).items():
                cursor.execute(
                    sql.SQL("CREATE TABLE {}.{} AS SELECT {} FROM public.{}").format(
                        sql.Identifier(COPY),
                        sql.Identifier(table),
                        _list(columns),
                        sql.Identifier(table),
                    )
                )

    def put_back(self) -> None:
        """Empty every table and fill it from the copy; history's guards rest meanwhile."""
        with self.desk, self.desk.cursor() as cursor:
            tables = self._tables(cursor)
            names = [sql.Identifier("public", table) for table in tables]
            cursor.execute("SET LOCAL lock_timeout = '10s'")
            for name in names:
                cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(name))
            cursor.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(names)))
            for table, columns in tables.items():
                cursor.execute(
                    sql.SQL("INSERT INTO public.{0} ({1}) SELECT {1} FROM {2}.{0}").format(
                        sql.Identifier(table), _list(columns), sql.Identifier(COPY)
                    )
                )
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # checks wait for no trigger state
            for name in names:
                cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(name))
            self._forget_numbers(cursor)

    def _tables(self, cursor: psycopg2.extensions.cursor) -> dict[str, list[str]]:
        """Every table with the columns that are written, not generated."""
        cursor.execute(
            "SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position)"
            " FROM information_schema.columns JOIN information_schema.tables"
            " USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            " AND is_generated = 'NEVER' AND table_name <> 'django_migrations'"
            " GROUP BY table_name ORDER BY table_name"
        )
        return dict(cursor.fetchall())

    def _forget_numbers(self, cursor: psycopg2.extensions.cursor) -> None:
        """Case numbers begin at one again, as after a rolled-back test."""
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'S' AND relname LIKE 'cases_serial_%'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(sql.SQL("DROP SEQUENCE {}").format(sql.Identifier(name)))


def _list(columns: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
