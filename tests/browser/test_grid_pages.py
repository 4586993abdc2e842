"""Pages of grids and their tasks in a real browser: nothing too wide, nothing wrong for screen
readers, and notices that fit their sheet of A4."""

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest

from cases import gridtasks
from cases.gridtasks import Wish
from grids.models import Area, Unit
from tests.browser.driving import DESK, LANGUAGES, PHONE
from tests.browser.looking import axe, too_small, too_wide
from tests.grids.test_outline import SQUARE, polygon

SENTENCE = "东至河，西至路，南至渠，北至铁路。"
LONGEST = (SENTENCE * 130)[:2000]
PAGES = re.compile(rb"/Type\s*/Page\b")
SHOTS = os.environ.get("GRID_SHOTS", "")  # a folder to keep pictures in, for looking at


@pytest.fixture(scope="module")
def drawn(site):
    world = site.world
    Area.objects.filter(pk=world.donghe1.pk).update(
        boundary_geojson=polygon(SQUARE), map_approval="甘S(2023)27号", households=318,
        boundary="东至东河，西至县道，南至灌渠，北至铁路", code="620000000000001",
        code_system="GRID", code_year=2023,
    )  # fmt: skip
    Unit.objects.filter(pk=world.qingshi_centre.pk).update(phone="0000-7654321")
    day = gridtasks.today()
    wish = Wish("防汛巡查", "3号文", ["E08"], day, day + timedelta(30))
    gridtasks.ask(world.ouyang, world.qingshi, wish)
    return world


def addresses(world):
    return [
        ("list", world.cun, "/office/grids/", 24),
        ("grid", world.cun, f"/office/grids/{world.donghe1.pk}/", 24),
        ("edit", world.cun, f"/office/grids/{world.donghe1.pk}/edit/", 24),
        ("import", world.cun, "/office/grids/import/", 24),
        ("print", world.cun, f"/office/grids/village/{world.donghe.pk}/print/", 24),
        ("tasks", world.su, "/office/tasks/", 24),
        ("task-new", world.ouyang, "/office/tasks/new/", 24),
        ("notice", None, f"/grids/{world.donghe1.public_id}/", 44),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_for_everybody(site, drawn, page_for, language):
    found = []
    for name, user, address, least in addresses(drawn):
        page = page_for(user, language=language)
        page.goto(address)
        for viewport in (PHONE, DESK):
            page.set_viewport_size(viewport)
            if SHOTS:
                file = Path(SHOTS) / f"{name}-{language}-{viewport['width']}.png"
                page.screenshot(path=file, full_page=True)
            seen = axe(page) + too_wide(page) + too_small(page, least)
            found += [f"{name} at {viewport['width']}: {one}" for one in seen]
    site.forgive()
    assert found == [], "\n".join(found)


def sheets(page, name):
    drawn = page.pdf(prefer_css_page_size=True)
    if SHOTS:
        (Path(SHOTS) / f"{name}.pdf").write_bytes(drawn)
    return len(PAGES.findall(drawn))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("boundary", [SENTENCE, SENTENCE * 15, SENTENCE * 45, LONGEST])
def test_a_notice_fits_one_side_of_a4(site, drawn, page_for, language, boundary):
    Area.objects.filter(pk=drawn.donghe1.pk).update(boundary=boundary)
    page = page_for(None, viewport=DESK, language=language)
    page.goto(f"/grids/{drawn.donghe1.public_id}/")
    assert sheets(page, f"notice-{language}-{len(boundary)}") == 1
    page.set_viewport_size({"width": 680, "height": 1000})  # 180 mm between the margins
    page.emulate_media(media="print")
    assert too_wide(page) == []
    assert page.locator(".qr").is_visible() and not page.locator(".foot").is_visible()


def test_a_village_prints_an_overview_and_one_sheet_for_each_grid(site, drawn, page_for):
    Area.objects.filter(pk=drawn.donghe1.pk).update(boundary=SENTENCE)
    page = page_for(drawn.cun, viewport=DESK)
    page.goto(f"/office/grids/village/{drawn.donghe.pk}/print/")
    assert sheets(page, "village") == 3
