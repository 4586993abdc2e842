"""A real browser against the real servers.

``chromium``   the browser, one for all tests of this folder;
``site``       web, worker and beat on the committed cast, one for each module; ``site.world``;
``scene``      the cast at work: matters of every kind and stage;
``page_for``   a page of somebody signed in by the real form, and watched: whatever the browser
               complains of (policy violations, script errors, missing files) fails the test.
"""

import os
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connections
from playwright.sync_api import Browser, Page, sync_playwright

from grids.models import User
from tests.browser.driving import ARGUMENTS, chromium_path
from tests.browser.running import Site
from tests.browser.scene import Scene
from tests.browser.visiting import Visits
from tests.database import OwnedDatabase
from tests.world import PASSWORD, World

PASSWORD_HASH = PBKDF2PasswordHasher().encode(PASSWORD, "tests")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A running Chromium without a window. CI must have one; elsewhere its lack is a skip."""
    path = chromium_path()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs Chromium.")
        pytest.skip("There is no Chromium here; set CHROMIUM to its path.")
    # Playwright's event loop runs in this thread, between our calls; Django takes that for
    # asynchronous code and would refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
            yield browser
            browser.close()
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class StagedSite(Site):
    """The running product with the cast it works on."""

    world: World

    def let_in(self) -> None:
        """Give everybody a password the servers know; the cast's quick hashes are only ours."""
        User.objects.update(password=PASSWORD_HASH)


@pytest.fixture(scope="module")
def site(
    chromium: Browser,
    cast: bytes,
    owned_database: OwnedDatabase,
    server_environment: dict[str, str],
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[StagedSite]:
    """The product on the cast, until the module ends; then every table is put back."""
    running = StagedSite(server_environment, tmp_path_factory.mktemp("site"))
    with django_db_blocker.unblock():
        running.world = pickle.loads(cast)
        running.let_in()
        try:
            running.start()
            yield running
        finally:
            running.stop()
            connections.close_all()
            owned_database.put_back()


@pytest.fixture(scope="module")
def scene(site: StagedSite) -> Scene:
    """Matters of every kind and stage."""
    found = Scene(site.world)
    site.let_in()
    return found


@pytest.fixture(scope="module")
def visits(chromium: Browser, site: StagedSite) -> Iterator[Visits]:
    """Everybody's way in; sessions are kept for the module, so each person signs in once."""
    kept = Visits(chromium, site.url)
    yield kept
    kept.close()


@pytest.fixture
def page_for(visits: Visits) -> Iterator[Callable[..., Page]]:
    """``page_for(user, **options)``: a watched page; None for a visitor without account."""
    visits.complaints.clear()
    yield visits.page
    visits.close()
    assert visits.complaints == []
