"""The figures of a past day: what stood then, where it lay then, whatever came later."""

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases import past
from cases.clocks import ZONE
from cases.models import Case, Recusal
from cases.reorganising import reorganise
from cases.rules.workflow import Verb
from governance.dashboard import numbers, then
from governance.dashboard.then import Report
from grids.models import User
from grids.restructuring import Order
from grids.roles import AreaChangeKind, Role
from tests.cases.matters import climb, dispute, do, event, in_days
from tests.world import World


def day(days: int) -> date:
    return in_days(days).astimezone(ZONE).date()


def report(user: User, on: date, area: int | None = None) -> Report:
    user = User.objects.get(pk=user.pk)
    return then.report(user, numbers.posts_with_figures(user.posts), area, on, 30)


def shown(found: Report) -> tuple[object, ...]:
    """Everything a report says."""
    rows = [(one.place.name if one.place else "", one.open, one.lamps, one.closed)
            for one in [found.total, found.itself, *found.places]]  # fmt: skip
    return rows, [(one.level, one.open) for one in found.levels], [p.name for p in found.above]


@pytest.fixture
def matters(world: World) -> World:
    climb(dispute(world), 2)
    dispute(world)
    dispute(world, world.shui)
    event(world, world.ouyang, area_id=world.shiqiao.pk)
    do(dispute(world), Verb.REFUSE, world.gao, note="李四不愿调解")
    resting = do(dispute(world), Verb.SIGN, world.gao)
    do(resting, Verb.SUSPEND, world.gao, reason="await_appraisal", note="等待鉴定",
       until=in_days(9))  # fmt: skip
    return world


def test_today_agrees_with_the_figures_of_today(matters: World) -> None:
    found = report(matters.ling, timezone.localdate())
    area, now = numbers.place(matters.ling.posts, None)
    frame = numbers.Frame(now, 30)
    counted = numbers.count(Case.objects.countable_by(matters.ling), area, frame).all()
    assert (found.total.open, found.total.closed) == (counted["open"], counted["closed"]) == (5, 1)
    assert found.total.lamps["paused"] == counted["paused"] == 1
    assert {one.place.name: one.open for one in found.places if one.place} == {
        "青石镇": 4, "柳林镇": 1,
    }  # fmt: skip
    assert sum(one.open for one in found.levels) == 5


def test_a_merger_and_all_that_follows_change_no_past_day(matters: World) -> None:
    before = shown(report(matters.ling, day(0))), shown(report(matters.ouyang, day(0)))
    xi = matters.person("xi", Role.SYS_ADMIN, matters.hubin_government)
    order = Order(AreaChangeKind.MERGE, (matters.donghe.pk, matters.dukou.pk), name="河口村")
    reorganise(xi, order, now=in_days(2))
    rename = Order(AreaChangeKind.RENAME, (matters.qingshi.pk,), name="新石镇")
    reorganise(xi, rename, now=in_days(3))
    after = shown(report(matters.ling, day(0))), shown(report(matters.ouyang, day(0)))
    assert after == before
    new = {one.place.name: one.open for one in report(matters.ouyang, day(3)).places if one.place}
    assert new == {"石桥村": 1, "河口村": 4}
    then_place = report(matters.ouyang, day(0), matters.donghe.pk)
    assert (then_place.place.name, [one.name for one in then_place.above]) == (
        "东河村", ["青石镇", "东河村"],
    )  # fmt: skip


def test_closing_later_changes_no_earlier_day(matters: World) -> None:
    yesterday = shown(report(matters.ling, day(-1)))
    assert report(matters.ling, day(-1)).total.open == 0
    held = Case.objects.filter(status="registered", holder_unit=matters.donghe1_team).first()
    assert held is not None
    do(held, Verb.REFUSE, matters.gao, note="不愿")
    assert shown(report(matters.ling, day(-1))) == yesterday
    assert report(matters.ling, day(0)).total.closed == 2
    assert report(matters.ling, day(40)).total.closed == 0


def test_protection_leads_and_what_one_stays_away_from_are_in_no_figure(matters: World) -> None:
    case = Case.objects.filter(status="registered").first()
    assert case is not None
    Recusal.objects.create(
        case=case, tenant_id=case.tenant_id, user=matters.ling, since=timezone.now()
    )
    assert report(matters.ling, day(0)).total.open == 4
    Case.objects.filter(status="suspended").update(restricted=True)
    assert report(matters.ling, day(0)).total.open == 3
    assert not [one for one in past.standing_then(matters.wai, day(0), in_days(-9))]


def test_the_page_of_a_day_and_a_day_that_is_none(matters: World, client: Client) -> None:
    client.force_login(matters.ling)
    client.cookies["django_language"] = "en"
    url = reverse("governance:leader")
    page = client.get(url, {"on": day(0).isoformat()}).text
    assert f"湖滨区: overview of {day(0)}" in page and "青石镇" in page
    assert re.search(r"<span>Open</span> <b>5</b>", page)
    assert not re.search(r"/case/|/leader/list/", page)
    for wrong in ("2026-02-31", "2999-01-01", "x"):
        answer = client.get(url, {"on": wrong})
        assert answer.status_code == 422
        assert "Write a day of the past" in answer.text
    assert client.get(url, {"on": "2026-01-01", "area": matters.nanshan.pk}).status_code == 404
    assert client.get(url, {"on": "2020-01-01"}).status_code == 404
    assert 'name="on"' in client.get(url).text


def test_the_api_says_the_same(matters: World) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(matters.ouyang)
    url = reverse("api:figures")
    body = client.get(url, {"on": day(0).isoformat(), "days": "7"}).json()
    found = report(matters.ouyang, day(0))
    assert (body["name"], body["open"], body["closed"]) == ("青石镇", found.total.open, 1)
    assert [one["name"] for one in body["places"]] == ["东河村", "石桥村"]
    assert list(client.get(url, {"on": "2999-01-01"}).json()["fields"]) == ["on"]
    assert list(client.get(url, {"days": "8"}).json()["fields"]) == ["days"]
    assert client.get(url, {"area": matters.liulin.pk}).status_code == 404
    client.force_login(matters.han)
    assert client.get(url).status_code == 403
