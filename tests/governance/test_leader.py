"""The leaders' page: every number is true, is its list, and names nobody."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import Case, CaseUnit
from cases.rules.lamp import lamp
from cases.rules.workflow import Outcome, Status, Verb
from cases.transitions import database_now
from governance.dashboard import numbers
from governance.dashboard.numbers import CLOSED, FIGURES, OPEN, Frame, Slice
from grids.models import User
from grids.roles import Role, UnitKindCode
from tests.cases.matters import climb, dispute, do, event
from tests.world import World

LINK = re.compile(
    r'href="(/leader/list/\?[^"]*)"[^>]*>(?:<span[^>]*>[^<]*</span>)* ?(?:<b>)?(\d+)<'
)
STATEMENTS = 8  # session, user, posts, notices, place, places below, open, closed


@pytest.fixture
def page(client: Client):
    def get(user: User, name: str = "leader", **query: object):
        client.force_login(user)
        client.cookies["django_language"] = "en"
        return client.get(reverse(f"governance:{name}"), query)

    return get


def due_in(case: Case, **span: float) -> None:
    due = database_now() + timedelta(**span)
    Case.objects.filter(pk=case.pk).update(due_at=due, amber_at=due - timedelta(days=1))


@pytest.fixture
def matters(world: World) -> World:
    """Every lamp, three levels, both townships, a supervised one, and several endings."""
    climb(dispute(world), 4)  # a sweep moves whatever is due by then, so this comes first
    climb(dispute(world), 2)
    for span in ({"hours": -1}, {"minutes": -1}, {"hours": 3}, {"hours": 50}, {"hours": 90}):
        due_in(dispute(world), **span)
    due_in(dispute(world, world.shui), days=-2)
    due_in(event(world, world.ouyang, area_id=world.shiqiao.pk), days=5)
    resting = dispute(world)
    do(resting, Verb.SIGN, world.gao)
    do(resting, Verb.SUSPEND, world.gao, reason="await_appraisal", note="等待鉴定",
       until=database_now() + timedelta(days=9))  # fmt: skip
    refused = dispute(world)
    do(refused, Verb.REFUSE, world.gao, note="李四不愿调解")
    silent, old = dispute(world), dispute(world)
    ends(silent, Outcome.SILENCE, days=3)
    ends(old, Outcome.HANDLED, days=40)
    return world


def ends(case: Case, outcome: Outcome, *, days: float) -> None:
    """Put the end of a case into the past, past every rule: only its counting is tested."""
    at = database_now() - timedelta(days=days)
    Case.objects.filter(pk=case.pk).update(
        status=Status.STRUCK.value, outcome=outcome.value, due_at=None, closed_at=at,
        registered_at=at, received_at=at,
    )  # fmt: skip


def links(text: str) -> dict[str, int]:
    """Every number that leads to a list, by the list's address."""
    return {unescape(url): int(n) for url, n in LINK.findall(text)}


def follow(client: Client, url: str) -> list[str]:
    """The case numbers of a list, page after page."""
    found: list[str] = []
    while url:
        answer = client.get(url)
        assert answer.status_code == 200, url
        found += [line.number for line, _lamp, _level in answer.context["lines"]]
        after = answer.context["next"]
        url = reverse("governance:leader_list") + after if after else ""
    return found


class TestNumbers:
    def test_every_number_is_the_length_of_its_list(
        self, matters: World, page, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(numbers, "PAGE", 2)
        found = links(page(matters.ling).text)
        assert len(found) > 25
        for url, n in found.items():
            rows = follow(client, url)
            assert len(rows) == len(set(rows)) == n, url

    def test_tiles_equal_a_recount_by_the_lamp_of_each_case(self, matters: World, page) -> None:
        answer = page(matters.ling)
        now = answer.context["ask"].frame.now
        counted = dict.fromkeys(("over", "soon", "watch", "ok", "paused"), 0)
        opened = Case.objects.filter(closed_at=None, district=matters.hubin)
        for case in opened:
            paused = case.suspended_at is not None
            amber = case.amber_at
            code = lamp(case.due_at, now, closed=False, paused=paused, amber_at=amber).code
            counted[code.value] += 1
        assert answer.context["lamps"] == counted
        assert min(counted.values()) > 0
        tiles = {cell.figure.code: cell.n for cell in answer.context["tiles"]}
        assert tiles["open"] == opened.count() == sum(counted.values())
        assert tiles["supervised"] == opened.filter(supervised_at__isnull=False).count() == 1

    def test_places_and_levels_add_up_to_the_tiles(self, matters: World, page) -> None:
        for user in (matters.ling, matters.ouyang, matters.cun):
            context = page(user).context
            tiles = {cell.figure.code: cell.n for cell in context["tiles"]}
            for rows in (context["places"], context["levels"]):
                for column, figure in enumerate(OPEN):
                    assert sum(row.cells[column].n for row in rows) == tiles[figure.code]

    def test_endings_add_up_and_silence_stands_alone(self, matters: World, page) -> None:
        context = page(matters.ling).context
        closed = {cell.figure.code: cell.n for cell in context["closed"]}
        assert closed == {"closed": 2, "refused": 1, "silence": 1}
        longer = page(matters.ling, days=90).context
        closed = {cell.figure.code: cell.n for cell in longer["closed"]}
        assert closed == {"closed": 3, "refused": 1, "silence": 1, "handled": 1}

    def test_silence_is_shown_even_when_nothing_ended_so(self, world: World, page) -> None:
        closed = {cell.figure.code: cell.n for cell in page(world.ling).context["closed"]}
        assert closed == {"closed": 0, "silence": 0}

    def test_every_way_a_case_can_end_has_a_figure_of_its_own(self) -> None:
        codes = {figure.code for figure in CLOSED} - {"closed"}
        assert codes == {*Outcome.values(), Status.VOID.value, Status.MERGED.value}

    def test_protection_leads_are_in_no_number(self, world: World, page) -> None:
        event(world, category="E09", text="邻居听见孩子整夜哭喊")
        answer = page(world.ling)
        assert not any(links(answer.text).values())

    def test_each_figure_says_what_it_counts(self, world: World, page) -> None:
        text = unescape(page(world.ling).text)
        for figure in OPEN:
            assert figure.about.endswith(".") and figure.about in text
        assert FIGURES["silence"].about in text

    def test_the_period_begins_at_midnight_in_shanghai(self) -> None:
        now = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)  # half past midnight of the 21st
        assert Frame(now, 1).since.isoformat() == "2026-11-21T00:00:00+08:00"
        assert Frame(now, 7).since.isoformat() == "2026-11-15T00:00:00+08:00"


class TestPlaces:
    def test_drill_down_goes_one_step_and_back(self, matters: World, page) -> None:
        top = page(matters.ling).context
        assert [row.name for row in top["places"]] == ["青石镇", "柳林镇"]
        town = page(matters.ling, area=matters.qingshi.pk).context
        assert [row.name for row in town["places"]] == ["东河村", "石桥村"]
        assert [name for name, _url in town["above"]] == ["湖滨区"]
        village = page(matters.ling, area=matters.donghe.pk).context
        assert [row.name for row in village["places"]][:2] == ["第1网格", "第2网格"]
        grid = page(matters.ling, area=matters.donghe1.pk)
        assert grid.status_code == 200
        assert page(matters.ling, area=matters.donghe1a.pk).context["places"] == []

    def test_cases_of_the_place_itself_have_a_row(self, world: World, page) -> None:
        event(world, world.cun, area_id=world.donghe.pk)
        dispute(world)
        context = page(world.ling, area=world.donghe.pk).context
        assert [row.name for row in context["places"]] == ["第1网格", "第2网格", "东河村 itself"]
        assert [row.cells[0].n for row in context["places"]] == [1, 0, 1]

    @pytest.mark.parametrize("name", ["leader", "leader_list"])
    def test_outside_the_own_area_there_is_nothing(self, world: World, page, name: str) -> None:
        for user, area in (
            (world.ling, world.nanshan), (world.ling, world.city), (world.ling, world.songpo1),
            (world.ouyang, world.liulin), (world.ouyang, world.hubin),
            (world.cun, world.shiqiao), (world.cun, world.qingshi),
        ):  # fmt: skip
            assert page(user, name, area=area.pk).status_code == 404
        assert page(world.ling, name, area=10**15).status_code == 404

    def test_a_township_counts_its_own_cases_only(self, matters: World, page) -> None:
        context = page(matters.bao).context
        assert context["ask"].area == matters.liulin
        assert {cell.figure.code: cell.n for cell in context["tiles"]}["open"] == 1

    def test_somebody_with_two_areas_chooses(self, world: World, page) -> None:
        both = world.person("both", Role.LEADER, world.qingshi_government)
        world.person("both", Role.LEADER, world.unit(world.liulin, UnitKindCode.GOVERNMENT))
        first = page(both).context
        assert [(one.label, one.current) for one in first["areas"]] == [
            ("青石镇", True), ("柳林镇", False),
        ]  # fmt: skip
        assert page(both, area=world.liulin.pk).status_code == 200


class TestLists:
    def test_a_list_shows_no_person_address_or_story(self, matters: World, page) -> None:
        text = page(matters.ling, "leader_list", figure="open").text
        for secret in ("张三", "李四", "张*", "5678", "2组15号", "排水沟", "争执"):
            assert secret not in text
        assert Case.objects.filter(closed_at=None).earliest("id").number in text

    def test_only_what_the_leader_supervises_can_be_opened(self, world: World, page) -> None:
        case, other = dispute(world), dispute(world)
        CaseUnit.objects.create(
            case=case, tenant=case.tenant, unit=world.hubin_government, part="supervisor",
            since=database_now(),
        )  # fmt: skip
        answer = page(world.ling, "leader_list")
        assert answer.context["whole"] == {case.pk}
        assert other.number in answer.text

    def test_pages_turn_both_ways_by_key(
        self, matters: World, page, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(numbers, "PAGE", 3)
        list_url = reverse("governance:leader_list")
        for figure in ("open", "closed"):
            first = page(matters.ling, "leader_list", figure=figure, days=90)
            assert first.context["previous"] == ""
            if not first.context["next"]:
                continue
            second = client.get(list_url + first.context["next"])
            again = client.get(list_url + second.context["previous"])
            assert again.context["lines"] == first.context["lines"]
            assert again.context["previous"] == ""

    def test_the_next_due_comes_first(self, matters: World, page) -> None:
        lines = page(matters.ling, "leader_list").context["lines"]
        moments = [line.due_at for line, _lamp, _level in lines]
        assert moments == sorted(moments)

    def test_an_empty_list_says_so(self, world: World, page) -> None:
        answer = page(world.ling, "leader_list", figure="merged")
        assert "There is no such matter" in answer.text

    def test_a_level_narrows_a_list(self, matters: World, page) -> None:
        lines = page(matters.ling, "leader_list", level=3).context["lines"]
        assert {line.level for line, _lamp, _level in lines} == {3}

    @pytest.mark.parametrize(
        "query",
        [
            {"figure": "people"}, {"level": 99}, {"level": "x"}, {"own": "yes"}, {"days": 5},
            {"area": "1e3"}, {"area": "9" * 30}, {"page": "nonsense"}, {"area": "-1"},
        ],
        ids=str,
    )  # fmt: skip
    def test_odd_addresses_are_refused(self, world: World, page, query) -> None:
        assert page(world.ling, "leader_list", **query).status_code == 400


class TestWho:
    @pytest.mark.parametrize("name", ["leader", "leader_list"])
    @pytest.mark.parametrize("person", ["gao", "mei", "han", "dou"])
    def test_others_get_the_page_of_refusal(
        self, world: World, page, name: str, person: str
    ) -> None:
        answer = page(world.people[person], name)
        assert answer.status_code == 403
        assert "The overview is for leaders" in answer.text

    @pytest.mark.parametrize("name", ["leader", "leader_list"])
    def test_strangers_are_sent_to_sign_in(self, world: World, client: Client, name: str) -> None:
        answer = client.get(reverse(f"governance:{name}"))
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/login/")

    def test_whoever_sees_a_number_may_open_its_list(self, matters: World, page) -> None:
        """So no number is hidden for being small (docs/decisions.md 25)."""
        for user in (matters.ling, matters.su, matters.ouyang, matters.cun):
            assert page(user).status_code == page(user, "leader_list").status_code == 200

    def test_the_scope_of_a_number_is_countable_by(self, matters: World) -> None:
        for user in (matters.ling, matters.su, matters.ouyang, matters.bao, matters.wai):
            rows = Case.objects.countable_by(user)
            post = numbers.posts_with_figures(user.posts)[0]
            area, now = numbers.place([post], None)
            cut = Slice(area, FIGURES["open"])
            inside = cut.among(rows, Frame(now, 30))
            assert inside.count() == rows.filter(closed_at=None).count()


class TestCost:
    @pytest.mark.parametrize("name", ["leader", "leader_list"])
    def test_a_page_costs_few_statements(self, matters: World, page, client, name: str) -> None:
        page(matters.ling, name)
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse(f"governance:{name}"), {"area": matters.qingshi.pk})
        statements = [one["sql"] for one in asked if "SAVEPOINT" not in one["sql"]]
        assert len(statements) <= STATEMENTS, "\n".join(statements)
