"""Every page for everybody: axe, the width of the screen, fingers, languages, no complaints."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from grids.models import User
from tests.browser.conftest import StagedSite
from tests.browser.driving import DESK, LANGUAGES, PHONE
from tests.browser.looking import axe, left_over, too_small, too_wide
from tests.browser.scene import Scene
from tests.browser.sights import Sight, see, sights
from tests.browser.visiting import Visits

FINGER, POINTER = 44, 24  # CSS pixels
NARROWEST = {"width": 320, "height": 640}
# 标准 and 特大. Each language and each size once in CI; all pairs in the nightly run.
EVERY = os.environ.get("SCREENS") == "all"
PAIRS = [("zh-hans", ""), ("en", "xl")] + [("en", ""), ("zh-hans", "xl")] * EVERY
LARGEST = "xxl"


@pytest.fixture
def watched(visits: Visits) -> Iterator[Visits]:
    """The visits; whatever the browser complained of fails the test in the end."""
    visits.complaints.clear()
    yield visits
    visits.close()
    assert visits.complaints == []


def pages(visits: Visits, scene: Scene, language: str, size: str) -> Iterator[tuple[Sight, Page]]:
    """Every sight in one language and size of letters, opened at 360 px."""
    User.objects.update(text_size=size, language=language)
    opened: dict[str, Page] = {}
    for sight in sights(scene):
        name = sight.user.username if sight.user else ""
        if name not in opened:
            opened[name] = visits.page(sight.user, language=language, size=size)
        page = opened[name]
        page.set_viewport_size(PHONE)
        see(page, sight)
        yield sight, page


@pytest.mark.parametrize(("language", "size"), PAIRS)
def test_pages(site: StagedSite, scene: Scene, watched: Visits, language: str, size: str) -> None:
    """Nothing axe knows of, nothing too wide or too small, one language, on phone and desk."""
    found: list[str] = []
    data = scene.data()
    for sight, page in pages(watched, scene, language, size):
        where = f"{sight.name}, {page.url}"
        assert page.evaluate("document.documentElement.lang") == language, where
        found += [f"{where}: {one}" for one in left_over(page, language, data)]
        for viewport in (PHONE, DESK):
            page.set_viewport_size(viewport)
            seen = axe(page) + too_wide(page) + too_small(page, FINGER if sight.phone else POINTER)
            found += [f"{where} at {viewport['width']}: {one}" for one in seen]
    site.forgive()
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("language", LANGUAGES if EVERY else LANGUAGES[:1])
def test_the_largest_letters_on_the_narrowest_phone(
    site: StagedSite, scene: Scene, watched: Visits, language: str
) -> None:
    found: list[str] = []
    for sight, page in pages(watched, scene, language, LARGEST):
        page.set_viewport_size(NARROWEST)
        found += [f"{sight.name}: {one}" for one in too_wide(page)]
    site.forgive()
    assert found == [], "\n".join(found)
