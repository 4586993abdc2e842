"""The sealed story: an accusation against the handling unit, typed by a grid worker, and sealed.

Two browsers at work, the grid worker's phone and the liaison's desk; the village, the township and
the unit complained about look everywhere and find nothing.
"""

from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, expect

from cases import codes
from cases.models import Case, SealedMatter, Story
from grids.models import AccessLog
from tests.browser.conftest import StagedSite
from tests.browser.driving import DESK
from tests.cases.matters import dispute
from tests.cases.sealed import liaisons

Pages = Callable[..., Page]
TEXT = "网格员收了东头那家的烟酒，量地偏心。"
NAME, PHONE = "钱多多", "13900007788"


@pytest.fixture
def with_liaisons(site: StagedSite) -> StagedSite:
    """Discipline organs with liaisons in 青石镇 and 湖滨区."""
    liaisons(site.world)
    site.let_in()
    return site


def typed(page: Page) -> str:
    """The grid worker begins on the ordinary form and presses the chip; the receipt's number."""
    page.goto("/new/")
    page.fill("[name=text]", TEXT)
    page.locator("button[name=start]").click()
    page.wait_for_selector("[name=about_unit]")
    assert page.input_value("[name=text]") == TEXT
    page.select_option("[name=about_unit]", label="东河村村民委员会")
    page.locator("details.more summary").first.click()
    page.fill("[name=name_1]", NAME)
    page.fill("[name=phone_1]", PHONE)
    page.locator(".go button").click()
    page.wait_for_selector("#code")
    number = page.locator(".receipt .num").inner_text()
    said = page.inner_text("main")
    assert TEXT not in said and NAME not in said
    return number


def nothing_for(page: Page, secrets: list[str]) -> None:
    """No list, search, count, bell, record or address shows a trace."""
    paths = ["/queue/?tab=todo", "/queue/?tab=area", "/queue/?tab=supervised", "/notices/",
             "/leader/", "/revisits/", "/mediations/", "/sealed/", "/sealed/routing/", "/office/",
             "/api/v1/cases/", "/api/v1/sealed/"]  # fmt: skip
    paths += [f"/queue/?q={word}" for word in (TEXT[:6], NAME, PHONE[-4:])]
    for path in paths:
        page.goto(path)
        said = page.inner_text("body")
        assert [one for one in secrets if one in said and one not in path] == [], path


def test_the_sealed_story(with_liaisons: StagedSite, page_for: Pages) -> None:
    site, world = with_liaisons, with_liaisons.world
    phone = page_for(world.gao)
    number = typed(phone)
    assert not Story.objects.exists()
    secrets = [TEXT, NAME, PHONE, number]

    # The writer has lost it: the browser kept no page to go back to, the address shows nothing.
    with suppress(Error):
        phone.go_back()
    phone.wait_for_timeout(1000)
    assert TEXT not in phone.inner_text("body")
    phone = page_for(world.gao)
    phone.goto(f"/sealed/{number}/")
    assert TEXT not in phone.inner_text("body")

    for user in (world.gao, world.cun, world.ouyang, world.han, world.su):
        nothing_for(page_for(user, viewport=DESK), secrets)
        answer = page_for(user).goto(f"/sealed/{number}/")
        assert answer is not None and answer.status == 404

    desk = page_for(world.people["lian"], viewport=DESK)
    read_and_taken_on(desk, number)
    assert AccessLog.objects.filter(action="open_sealed", subject=number).count() == 1
    followed(page_for(None), SealedMatter.objects.get(number=number))
    sealed_afterwards(site, page_for)
    for server in ("web", "worker", "beat"):
        assert [one for one in (TEXT, NAME, PHONE) if one in site.said(server)] == []


def read_and_taken_on(desk: Page, number: str) -> None:
    """The liaison finds it, says why, reads it, receives and concludes it."""
    desk.goto("/")
    desk.goto("/home/")
    desk.get_by_role("link", name=number).click()
    assert TEXT not in desk.inner_text("main")
    desk.locator("label.opt").nth(1).click()
    desk.locator(".go button").click()
    expect(desk.locator("main")).to_contain_text(TEXT)
    expect(desk.locator("main")).to_contain_text(PHONE)
    expect(desk.locator("main")).to_contain_text("东河村村民委员会")
    desk.locator("form[action$='/act/receive/'] button").click()
    desk.wait_for_url(f"**/sealed/{number}/")
    expect(desk.locator(".alert.ok, [role=status]").first).to_be_visible()


def followed(page: Page, matter: SealedMatter) -> None:
    """The resident's page says that it was passed on, and nothing else."""
    code = matter_code(matter)
    page.goto("/t/")
    page.fill("[name=code]", code)
    page.locator("main form button").click()
    expect(page.locator("main")).to_contain_text("已按规定移送")
    assert TEXT not in page.inner_text("body")


def matter_code(matter: SealedMatter) -> str:
    return codes.tracking_code(matter.public_id, matter.code_key or 0)


def sealed_afterwards(site: StagedSite, page_for: Pages) -> None:
    """An ordinary matter turns out to be one: whoever holds it seals it, and it is gone."""
    world = site.world
    case = dispute(world, text=f"又一件：{TEXT}")
    page = page_for(world.gao)
    page.goto(f"/case/{case.number}/act/seal/")
    page.select_option("[name=unit]", str(world.donghe_committee.pk))
    page.locator(".go button").click()
    page.wait_for_url(lambda url: "/act/" not in url)
    assert Case.objects.get(pk=case.pk).status == "sealed"
    for user in (world.gao, world.cun, world.ouyang):
        nothing_for(page_for(user, viewport=DESK), [TEXT, case.number])
        answer = page_for(user).goto(f"/case/{case.number}/")
        assert answer is not None and answer.status == 404
