"""Rules about tables and their columns, as functions over plain descriptions of them."""

from collections.abc import Iterator, Mapping

from django.apps import apps
from django.db.models import ForeignKey

# Tables of cases that belong to no case.
SHARED = {
    "cases_noticesetting": "what a person chose for themselves",
    "cases_category": "words of the field, the same for every customer",
    "cases_source": "words of the field",
    "cases_reason": "words of the field",
    "cases_policy": "belongs to an area, which names its customer",
    "cases_policysimulation": "of a proposal, which names its customer",
    "cases_policymove": "of a simulation",
    "cases_policybatch": "of a simulation",
    "cases_calendaredition": "the country's, or a district's, which names its customer",
    "cases_calendarday": "a day of an edition",
    "cases_calendarversion": "days alone, the same for every customer with the same days",
    "cases_recount": "one recount goes over all customers",
    "cases_sweeprun": "one run goes over all customers",
    "cases_heartbeat": "a worker works for all customers",
    "cases_idempotencykey": "belongs to a person or the portal, before there is a case",
}
HISTORY = {"cases_caseevent", "cases_casedelta", "cases_outbox", "grids_accesslog", "grids_change"}


def tables() -> dict[str, set[str]]:
    """Column names of every table of ``cases``."""
    return {
        model._meta.db_table: {field.column for field in model._meta.concrete_fields}
        for model in apps.get_app_config("cases").get_models()
    }


def references() -> list[tuple[str, str]]:
    """(table.column, table it refers to) of every foreign key of the project."""
    return [
        (f"{model._meta.db_table}.{field.column}", field.related_model._meta.db_table)
        for label in ("grids", "cases")
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey)
    ]


def without_tenant(tables: Mapping[str, set[str]]) -> Iterator[str]:
    """Tables of a case that do not name the customer they belong to."""
    for table, columns in tables.items():
        if "tenant_id" not in columns and table not in SHARED:
            yield f"{table} has no tenant_id"


def into_history(references: list[tuple[str, str]]) -> Iterator[str]:
    """Foreign keys that would keep history from being partitioned by month."""
    for column, table in references:
        if table in HISTORY:
            yield f"{column} refers to {table}"


def without_time(tables: Mapping[str, set[str]]) -> Iterator[str]:
    """Tables of history that do not say when."""
    for table in HISTORY & tables.keys():
        if "at" not in tables[table]:
            yield f"{table} has no column at"
