"""The main job, whole: a dispute logged in the grid climbs by itself and is settled above.

Real browser, web, worker and beat. Nobody helps the case along: the ladder of 青石镇 is set to
seconds, and the test only looks into queues until the case appears in them.
"""

import time
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from cases.models import Case, CaseEvent, ClockStep, Revisit
from cases.policies import set_ladder
from cases.rules.clock import Span, SpanUnit
from cases.rules.ladder import Ladder, Rung
from cases.rules.workflow import Outcome, Status, Verb
from cases.verification import verify_case
from grids.models import User
from grids.roles import Level, Role, UnitKindCode
from tests.browser.conftest import StagedSite
from tests.browser.driving import DESK
from tests.browser.visiting import Visits

Pages = Callable[..., Page]
K = UnitKindCode
# Long enough to find the case in a queue on a slow machine, short enough to wait for.
SECONDS = (5, 8, 8, 3600)
RUNGS = (
    (Level.GRID, K.GRID_TEAM),
    (Level.VILLAGE, K.MEDIATION_COMMITTEE),
    (Level.TOWNSHIP, K.GOVERNANCE_CENTRE),
    (Level.DISTRICT, K.GOVERNANCE_CENTRE),
)
QUICK = Ladder(
    "quick",
    "Quick ladder",
    tuple(
        Rung(level, kind, Span(seconds, SpanUnit.SECOND))
        for (level, kind), seconds in zip(RUNGS, SECONDS, strict=True)
    ),
)
STORY = "两家因宅基地边界争执，量了两次都谈不拢。"
AGREED = "各退一尺，共用排水沟，年底前砌好。"


def in_queue(page: Page, number: str, tab: str = "todo") -> bool:
    """Whether the list ``tab`` of whoever is signed in on ``page`` shows the case now."""
    answer = page.goto(f"/queue/?tab={tab}")
    assert answer is not None and answer.status == 200
    return page.locator("table.q", has_text=number).count() > 0


def wait_for_case(page: Page, number: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not in_queue(page, number):
        assert time.monotonic() < deadline, f"{number} did not reach this queue"
        time.sleep(0.2)


def press(page: Page, number: str, verb: Verb) -> None:
    """An act that needs nothing: one button on the case's page."""
    page.goto(f"/case/{number}/")
    page.locator(f"form[action$='/act/{verb}/'] button").click()
    page.wait_for_load_state()


def fill(page: Page, number: str, verb: Verb, **values: str | bool) -> None:
    """An act with a form, opened from the case's page."""
    page.goto(f"/case/{number}/")
    page.locator(f"a[href$='/act/{verb}/']").first.click()
    for name, value in values.items():
        if value is True:
            page.locator(f"label.sw:has([name={name}])").click()
        else:
            page.fill(f"[name={name}]", str(value))
    page.locator(".go button").click()
    page.wait_for_url(f"**/case/{number}/")


@pytest.fixture
def world_in_seconds(site: StagedSite) -> StagedSite:
    """青石镇 climbs in seconds, and the district has a second officer, luo."""
    set_ladder(site.world.qingshi, QUICK, date(2024, 1, 1))
    site.world.person("luo", Role.TRIAGE, site.world.hubin_centre)
    site.let_in()
    return site


def test_a_dispute_climbs_and_is_settled(
    world_in_seconds: StagedSite, visits: Visits, page_for: Pages
) -> None:
    site, world = world_in_seconds, world_in_seconds.world
    levels = {"cun": world.cun, "ouyang": world.ouyang, "su": world.su}
    desks = {name: page_for(user, viewport=DESK) for name, user in levels.items()}
    stranger = page_for(world.bao, viewport=DESK)
    number, code = log(page_for(world.gao))

    # It climbs: each level's officer finds it under "to do", the neighbour's never does.
    for (name, desk), seconds in zip(desks.items(), SECONDS, strict=False):
        wait_for_case(desk, number, seconds + 15)
        unseen(stranger, number)
        assert bell(desk) > 0, f"{name} was not told"

    settle(desks["su"], number)
    strike_off(site, page_for, number)
    whole(number, world.people["luo"])
    shown(desks["su"], number)
    followed(page_for(None), number, code)


def log(page: Page) -> tuple[str, str]:
    """The grid worker logs a dispute on the phone; number and query code of the receipt."""
    page.goto("/f/")
    page.locator(".big3 a").first.click()
    page.fill("[name=text]", STORY)
    page.locator(".go button").click()
    page.wait_for_url("**/receipt/*/")
    number = page.url.rstrip("/").rpartition("/")[2]
    return number, page.inner_text("#code")


def unseen(page: Page, number: str) -> None:
    """Not in any list of the neighbouring township, and its page does not exist there."""
    for tab in ("todo", "area"):
        assert not in_queue(page, number, tab)
    answer = page.goto(f"/case/{number}/")
    assert answer is not None and answer.status == 404


def bell(page: Page) -> int:
    """Unread notices as the header shows them; the outbox may need one more beat."""
    badge = page.locator("header a[href='/notices/'] .badge")
    for _attempt in range(20):
        page.reload()
        if badge.count():
            return int(badge.inner_text())
        time.sleep(0.3)
    return 0


def settle(page: Page, number: str) -> None:
    """The district signs, mediates with the consent of both, and writes the agreement."""
    press(page, number, Verb.SIGN)
    fill(page, number, Verb.MEDIATE, applicant_agrees=True, respondent_agrees=True)
    fill(page, number, Verb.AGREE_WRITTEN, note=AGREED)
    assert Case.objects.get(number=number).status == Status.DONE
    # Whoever settled it is not offered to verify it.
    assert page.locator("[href$='/act/verify/'], [action$='/act/verify/']").count() == 0


def strike_off(site: StagedSite, page_for: Pages, number: str) -> None:
    """A second officer verifies, then strikes off."""
    page = page_for(site.world.people["luo"], viewport=DESK)
    assert in_queue(page, number, "verify")
    fill(page, number, Verb.VERIFY, note="两家都问过，沟已经砌好。")
    press(page, number, Verb.STRIKE)
    assert in_queue(page, number, "finished")


def whole(number: str, verifier: User) -> None:
    """Every step happened exactly once and the history holds together."""
    case = Case.objects.get(number=number)
    assert (case.status, case.outcome) == (Status.STRUCK, Outcome.WRITTEN)
    assert case.verified_by == verifier != case.done_by
    events = list(CaseEvent.objects.filter(case=case).order_by("seq"))
    assert [event.verb for event in events] == [
        Verb.REGISTER, Verb.CLIMB, Verb.CLIMB, Verb.CLIMB, Verb.SIGN, Verb.MEDIATE,
        Verb.AGREE_WRITTEN, Verb.VERIFY, Verb.STRIKE,
    ]  # fmt: skip
    climbs = [event for event in events if event.verb == Verb.CLIMB]
    assert [event.rung for event in climbs] == [1, 2, 3]
    assert [event.level for event in climbs] == [Level.VILLAGE, Level.TOWNSHIP, Level.DISTRICT]
    steps = ClockStep.objects.filter(clock__case=case, clock__code="ladder").order_by("rung")
    assert [step.outcome for step in steps] == ["timeout"] * 3 + ["ended"]
    assert all(later.at >= sooner.at for sooner, later in zip(events, events[1:], strict=False))
    assert verify_case(case) == []
    assert Revisit.objects.filter(case=case, sort="agreement", done_at=None).count() == 3  # 7/30/90


def shown(page: Page, number: str) -> None:
    """The timeline of the page has a line for every event, and the words that were written."""
    page.goto(f"/case/{number}/")
    expect(page.locator("ol.tl > li")).to_have_count(9)
    expect(page.locator("ol.tl")).to_contain_text(AGREED)
    for unit in ("东河村", "青石镇", "湖滨区"):
        expect(page.locator("main")).to_contain_text(unit)


def followed(page: Page, number: str, code: str) -> None:
    """The query code of the receipt opens the resident's page: finished, and nothing private."""
    page.goto("/t/")
    page.fill("[name=code]", code)
    page.locator("main form button").click()
    expect(page.locator(".steps li.now, .steps li.done").last).to_be_visible()
    expect(page.locator("main")).to_contain_text(number)
    assert page.locator(".steps li").count() == page.locator(".steps li.done").count()
    said = page.inner_text("main")
    assert STORY not in said and AGREED not in said
