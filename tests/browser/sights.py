"""Every page of the product, as somebody comes to see it: the list tests and screenshots share."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from grids.models import User
from tests.browser.scene import Scene

OPEN_ALL = "document.querySelectorAll('details.more').forEach(part => part.open = true)"


@dataclass(frozen=True, slots=True)
class Sight:
    """One page in one state. ``phone``: made for field staff and residents, large targets.

    ``then`` does what an address alone cannot: send a form with a mistake, open a menu.
    """

    name: str
    path: str
    user: User | None
    phone: bool = False
    then: Callable[[Page], None] | None = None


def see(page: Page, sight: Sight) -> None:
    """Bring ``page`` to the sight."""
    page.goto(sight.path)
    if sight.then:
        sight.then(page)


def sights(scene: Scene) -> list[Sight]:
    """Every page, with matters in it where it has an empty state too."""
    world, cases = scene.world, scene.cases
    gao, ouyang, cun, su, ling = world.gao, world.ouyang, world.cun, world.su, world.ling

    def case(name: str, rest: str = "") -> str:
        return f"/case/{cases[name].number}/{rest}"

    def look_up(page: Page) -> None:
        page.fill("[name=code]", scene.receipts["verify"].code)
        page.click("main form button")
        page.wait_for_selector(".steps")

    return [
        Sight("start", "/", None),
        Sight("login", "/login/", None),
        Sight("login-wrong", "/login/", None, then=sent("username,password", "nobody")),
        Sight("feedback", "/feedback/", None),
        Sight("not-found", "/no-such-page/", ouyang),
        Sight("password", "/password/", ouyang),
        Sight("progress", "/t/", None, True),
        Sight("progress-wrong", "/t/", None, True, sent("code", "0000")),
        Sight("progress-found", "/t/", None, True, look_up),
        Sight("field-home", "/f/", gao, True),
        Sight("field-home-empty", "/f/", world.people["hu"], True),
        Sight("field-new", "/new/", gao, True),
        Sight("field-new-wrong", "/new/", gao, True, sent("phone_1", "12ab", ".go button")),
        Sight("field-receipt", f"/receipt/{cases['new'].number}/", gao, True),
        Sight("field-case", case("new"), gao, True),
        Sight("field-returned", case("returned"), gao, True),
        Sight("field-answer", case("returned", "act/answer/"), gao, True),
        Sight("field-notices", "/notices/", gao, True),
        Sight("desk-new", "/new/?kind=event", ouyang),
        Sight("desk-new-wrong", "/new/", ouyang, then=sent("phone_1", "12ab", ".go button")),
        Sight("queue", "/queue/", ouyang),
        Sight("queue-area", "/queue/?tab=area", su),
        Sight("queue-empty", "/queue/?tab=finished", world.bao),
        Sight("queue-nothing-found", "/queue/?q=没有这件事", ouyang),
        Sight("case", case("township"), ouyang),
        Sight("case-done", case("verify"), ouyang),
        Sight("case-struck", case("struck"), su),
        Sight("case-paused", case("paused"), cun),
        Sight("act-return", case("township", "act/return/"), ouyang),
        Sight("act-return-wrong", case("township", "act/return/"), ouyang, then=sent()),
        Sight("act-co-handle", case("township", "act/co_handle/"), ouyang),
        Sight("act-mediate", case("mediating", "act/agree_written/"), world.mei),
        Sight("mediations", "/mediations/", world.mei),
        Sight("revisits", "/revisits/", ouyang),
        Sight("revisits-empty", "/revisits/", world.bao),
        Sight("notices", "/notices/", ouyang),
        Sight("leader", "/leader/", ling),
        Sight("leader-list", f"/leader/list/?figure=open&area={world.hubin.pk}", ling),
    ]


def sent(
    field: str = "", value: str = "", button: str = "main form button"
) -> Callable[[Page], None]:
    """Send the page's form with a mistake and wait for what it says."""

    def send(page: Page) -> None:
        if field:
            page.evaluate(OPEN_ALL)
            for name in field.split(","):
                page.fill(f"[name={name}]", value)
        page.locator(button).last.click()
        page.wait_for_selector(".alert.err")

    return send
