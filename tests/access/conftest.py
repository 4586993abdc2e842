"""The matrix's people and things: built once for this folder, taken back after it."""

import pickle
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import transaction
from django.test import override_settings

from tests.access.stage import Stage
from tests.access.things import Things
from tests.cases.bulk import swept


@pytest.fixture(scope="package")
def things(
    cast: bytes, django_db_blocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Things]:
    """People and things in one transaction; each request is taken back by itself."""
    swept()  # of what the gates before wrote and took back: a search would go through all of it
    storages = {**settings.STORAGES}
    storages["default"] = storages["default"] | {
        "OPTIONS": {"location": tmp_path_factory.mktemp("files")}
    }
    with override_settings(STORAGES=storages), django_db_blocker.unblock(), transaction.atomic():
        yield Things(Stage(pickle.loads(cast)))
        transaction.set_rollback(True)


# Removed gates are tried in a world of their own, before the folder's people and things are built.
# Traces of sealed matters come next: what the thousands of requests of the others wrote and took
# back lies in the tables until the end, and makes every search slow.
FIRST = ("test_gates.py", "test_sealed_traces.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: FIRST.index(item.path.name) if item.path.name in FIRST else 2)
