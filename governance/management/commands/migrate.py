"""``manage.py migrate``: run migrations as the owner, then grant the application's role."""

from typing import Any

from django.conf import settings
from django.core.management.commands import migrate
from django.db import connection

from governance.rights import grant


class Command(migrate.Command):
    """Django's migrate, connected with ``DATABASE_OWNER_URL`` (decisions.md 21)."""

    def handle(self, *args: Any, **options: Any) -> None:
        application = dict(connection.settings_dict)
        owner = {key: settings.OWNER_DATABASE[key] for key in ("USER", "PASSWORD")}
        connection.close()
        connection.settings_dict.update(owner)
        # Index builds and data steps of a migration may take longer than a web statement.
        connection.settings_dict["OPTIONS"] = {
            key: value for key, value in application["OPTIONS"].items() if key != "options"
        }
        try:
            super().handle(*args, **options)
            grant(connection, str(application["USER"]))
        finally:
            connection.close()
            connection.settings_dict.update(application)
