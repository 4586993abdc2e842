"""The programme that photographs the pages still finds its way."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.browser import screens
from tests.browser.conftest import StagedSite
from tests.browser.scene import Scene
from tests.browser.visiting import Visits

MOST_BYTES = 150_000  # of a picture in the guides
CAST = {
    "grid": "gao", "village": "cun", "township": "ouyang", "district": "su",
    "mediator": "mei", "leader": "ling", "sysadmin": "xi", "liaison": "jian",
}  # fmt: skip


def test_every_page_is_photographed(
    site: StagedSite, scene: Scene, visits: Visits, tmp_path: Path
) -> None:
    opened: dict[str, Page] = {}

    def open_page(person: str, viewport: dict[str, int], language: str) -> Page:
        if person not in opened:
            user = site.world.people[CAST[person]] if person else None
            opened[person] = visits.page(user, language=language)
        opened[person].set_viewport_size(viewport)
        return opened[person]

    written = screens.take(open_page, tmp_path, tmp_path, ["zh-hans"])
    names = {file.name for file in written}
    guides = {f"{shot.guide}.png" for shot in screens.shots() if shot.guide}
    assert names >= guides == {
        "queue.png", "case.png", "field.png", "intake.png", "receipt.png", "progress.png",
        "leader.png", "areas.png", "units.png", "staff.png", "recusals.png", "sealed.png",
    }  # fmt: skip
    for file in written:
        assert Image.open(file).width in (360, 1366)
    assert [one for one in guides if (tmp_path / one).stat().st_size > MOST_BYTES] == []


def test_there_is_a_browser_to_drive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/somewhere/chromium")
    assert screens.chromium_path() == "/somewhere/chromium"
