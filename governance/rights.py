"""What the application's database role may do: everything but rewrite history."""

from django.db.backends.base.base import BaseDatabaseWrapper

APPEND_ONLY = (
    "cases_caseevent", "cases_sealedevent", "grids_accesslog", "grids_change",
    "grids_areapast", "grids_areasuccession", "grids_unitpast", "grids_unitsuccession",
    "cases_calendaredition", "cases_calendarday", "cases_calendarversion", "cases_clockmove",
)  # fmt: skip
NEVER_DELETED = (
    "cases_case", "cases_clockstep", "cases_casenote", "cases_story",
    "cases_category", "cases_source", "cases_policy", "cases_policyproposal",
    "cases_sealedmatter",
    "cases_gridtask", "grids_alarm", "grids_tenant",
)  # fmt: skip
# Words that only migrations write.
READ_ONLY = ("django_migrations",)


def grant(connection: BaseDatabaseWrapper, role: str) -> None:
    """Give ``role`` its rights on every table and sequence; nothing for the owner itself.

    Runs after each migrate, as the owner, so that new tables are covered.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user = %s", [role])
        if cursor.fetchone() == (True,):
            return  # a server with a single role; the triggers still guard history
        name = connection.ops.quote_name(role)
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {name}")
        cursor.execute(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}"
        )
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}")
        for table in APPEND_ONLY:
            cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {name}")
        for table in NEVER_DELETED:
            cursor.execute(f"REVOKE DELETE, TRUNCATE ON {table} FROM {name}")
        for table in READ_ONLY:
            cursor.execute(f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {table} FROM {name}")
