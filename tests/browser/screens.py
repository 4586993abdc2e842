"""Pictures of every page, and those of the guides, from a running demonstration.

    ./run                                                  (in one window)
    python -m tests.browser.screens OUTDIR [ADDRESS]       (in another)

Enters by the start page's buttons, records one dispute of its own and photographs every page on
a phone and on a desk, in both languages, into OUTDIR; the guides' pictures go to ``docs/img``.
"""

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from governance.launch.state import ROOT
from tests.browser.driving import ARGUMENTS, DESK, LANGUAGES, LOCALES, PHONE, chromium_path

GUIDES = ROOT / "docs" / "img"
ADDRESS = "http://127.0.0.1:8000"
COLOURS = 128  # enough for our flat pages; a guide's picture stays below 150 KB
STORY = "两家因排水沟走向争执，雨水流进西边院子。双方情绪平稳，愿意坐下来谈。"

Open = Callable[[str, dict[str, int], str], Page]  # person, viewport, language


@dataclass(frozen=True, slots=True)
class Shot:
    """One page of one person. ``go`` brings the page there; ``guide`` names the picture."""

    name: str
    person: str  # a login of the demonstration; empty for a visitor
    go: Callable[[Page], object]
    guide: str = ""
    wide: bool = False  # the guide shows the desk, not the phone


def at(path: str) -> Callable[[Page], object]:
    return lambda page: page.goto(path)


def first_of(path: str, then: str = "") -> Callable[[Page], object]:
    """The first matter of a list; with ``then`` the page behind that link of it."""

    def go(page: Page) -> None:
        page.goto(path)
        page.locator("table.q .main a, .list a").first.click()
        page.wait_for_url("**/case/**")
        if then:
            page.locator(then).first.click()
            page.wait_for_load_state()

    return go


class Recorded:
    """One dispute recorded on the phone, for receipt and progress."""

    def __init__(self) -> None:
        self.path = self.code = ""
        self.declared = False

    def receipt(self, page: Page) -> None:
        if not self.path:
            page.goto("/new/")
            page.fill("[name=text]", STORY)
            page.locator("label.opt").nth(1).click()
            page.locator(".go button").click()
            page.wait_for_url("**/receipt/*/")
            self.path, self.code = page.url, page.inner_text("#code")
        page.goto(self.path)

    def declare(self, page: Page) -> None:
        """Declare an interest once, so that somebody has one to decide."""
        first_of("/queue/")(page)
        page.goto(f"{page.url}act/declare_interest/")
        if not self.declared:
            page.fill("[name=note]", "被申请人是本人表兄。")
            page.locator(".go button").click()
            page.wait_for_load_state()
            self.declared = True

    def progress(self, page: Page) -> None:
        page.goto("/t/")
        page.fill("[name=code]", self.code)
        page.locator("main form button").last.click()
        page.wait_for_selector(".steps")


def shots() -> Iterator[Shot]:
    """Every page, in an order in which each finds what it shows."""
    own = Recorded()
    yield Shot("start", "", at("/"))
    yield Shot("login", "", at("/login/"))
    yield Shot("field", "grid", at("/f/"), "field")
    yield Shot("intake", "grid", at("/new/"), "intake")
    yield Shot("receipt", "grid", own.receipt, "receipt")
    yield Shot("progress-code", "", at("/t/"))
    yield Shot("progress", "", own.progress, "progress")
    yield Shot("field-case", "grid", first_of("/f/"))
    yield Shot("notices", "township", at("/notices/"))
    yield Shot("register", "township", at("/new/?kind=event"))
    yield Shot("queue", "township", at("/queue/?tab=area"), "queue", True)
    yield Shot("queue-todo", "township", at("/queue/"))
    yield Shot("case", "township", first_of("/queue/"), "case", True)
    yield Shot("act", "township", first_of("/queue/", ".act a.btn"))
    yield Shot("village", "village", at("/queue/"))
    yield Shot("district", "district", at("/queue/?tab=supervised"))
    yield Shot("mediations", "mediator", at("/mediations/"))
    yield Shot("revisits", "township", at("/revisits/"))
    yield Shot("leader", "leader", at("/leader/"), "leader", True)
    yield Shot("leader-list", "leader", behind_a_number)
    yield Shot("areas", "sysadmin", at("/office/areas/"), "areas", True)
    yield Shot("units", "sysadmin", at("/office/units/"), "units", True)
    yield Shot("staff", "village", at("/office/staff/"), "staff", True)
    yield Shot("declare", "township", own.declare)
    yield Shot("recusals", "district", at("/office/recusals/"), "recusals", True)
    yield Shot("sealed", "liaison", at("/sealed/"), "sealed", True)
    yield Shot("not-found", "township", at("/no-such-page/"))


def behind_a_number(page: Page) -> None:
    page.goto("/leader/")
    page.locator("a.stat").first.click()
    page.wait_for_url("**/leader/list/**")


def take(
    open_page: Open, folder: Path, guides: Path, languages: Iterable[str] = LANGUAGES
) -> list[Path]:
    """Photograph everything; the files written."""
    written: list[Path] = []
    for shot in shots():
        for language in languages:
            for viewport in (PHONE, DESK):
                page = open_page(shot.person, viewport, language)
                shot.go(page)
                file = folder / f"{shot.name}-{language}-{viewport['width']}.png"
                page.screenshot(path=file, full_page=True)
                written.append(file)
                if shot.guide and language == "zh-hans" and shot.wide == (viewport == DESK):
                    written.append(picture(page, guides / f"{shot.guide}.png"))
    return written


def picture(page: Page, file: Path) -> Path:
    """What fits the window, with few colours: small enough for a document."""
    seen = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    seen.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    return file


def main(folder: Path, address: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    GUIDES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        opened: dict[tuple[str, str], Page] = {}

        def open_page(person: str, viewport: dict[str, int], language: str) -> Page:
            if (person, language) not in opened:
                context = browser.new_context(base_url=address, locale=LOCALES[language])
                cookie = {"name": "django_language", "value": language, "url": address}
                context.add_cookies([cookie])
                page = opened[person, language] = context.new_page()
                if person:
                    page.goto("/")
                    entry = page.locator(f".cards form:has([value={person}])")
                    entry.locator("button").click()
                    page.wait_for_load_state()
            page = opened[person, language]
            page.set_viewport_size(viewport)
            return page

        written = take(open_page, folder, GUIDES)
        browser.close()
    print(f"{len(written)} pictures in {folder} and {GUIDES}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ADDRESS)
