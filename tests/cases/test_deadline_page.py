"""When is it due, and why: the page and the API say the same as the command."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from cases import clocks, workcalendar
from cases.rules.workdays import YearDays, with_own_days
from cases.workcalendar import Calendars
from tests.cases.desk import text_of
from tests.cases.matters import dispute, event
from tests.cases.test_deadline import asked
from tests.cases.test_office_api import caller
from tests.world import World

PAGE, API = reverse("cases:deadline"), reverse("api:deadline")
QUERY = {"amount": "5", "unit": "wd", "day": "2026-02-12", "time": "10:00", "whose": "agency"}


def test_the_page_is_open_to_everybody_and_explains(db: None) -> None:
    client = Client(headers={"Accept-Language": "en"})
    assert client.get(PAGE).status_code == 200
    answer = client.get(PAGE, QUERY)
    text = text_of(answer)
    assert answer.status_code == 200
    assert "Thursday 26 February 2026 24:00" in text and "5 working days from 2026-02-12" in text
    assert "15 February to 23 February: Spring Festival" in text


def test_the_page_takes_pauses_extensions_and_named_limits(db: None) -> None:
    client = Client(headers={"Accept-Language": "en"})
    more = {"more": "7", "more_unit": "d", "from_1": "2026-02-24T09:00", "to_1": "2026-02-26T09:00"}
    assert "Saturday 7 March 2026 24:00" in text_of(client.get(PAGE, QUERY | more))
    named = client.get(PAGE, {"rule": "silence", "day": "2026-02-12"})
    # Without a choice of whose it is, the rule's own counts: the resident's rolls.
    assert "Tuesday 24 February 2026 24:00" in text_of(named)
    assert "Objection after notice from 2026-02-12" in text_of(named)
    assert "5 working days from" in text_of(
        client.get(PAGE, QUERY | {"amount": "5wd", "unit": "d"})
    )


def test_whose_deadline_it_is_stays_open_until_somebody_says_so(db: None) -> None:
    client = Client(headers={"Accept-Language": "en"})
    assert " checked" not in client.get(PAGE).content.decode(), "the limit's own would be lost"
    sent = {"rule": "review_apply", "day": "2026-02-12"}
    assert "Monday 16 March 2026 24:00" in text_of(client.get(PAGE, sent))
    wrong = client.get(PAGE, sent | {"whose": "agency"})
    assert wrong.status_code == 422 and "is a resident's" in text_of(wrong)
    wrong = client.get(PAGE, QUERY | {"from_2": "2026-02-24T09:00", "to_2": "2026-02-23T09:00"})
    assert list(wrong.context["form"].errors) == ["from_2"], "the row that is wrong is marked"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"amount": "0"}, "A span is at least 1, not 0"),
        ({"amount": "x"}, "is not a span of time"),
        ({"amount": ""}, "Write how long"),
        ({"day": "", "time": ""}, "Write from when"),
        ({"day": "2026-02-31"}, "no such day or time"),
        ({"unit": "fortnight"}, "Select a valid choice"),
        ({"from_1": "2026-02-24T09:00"}, "has no end"),
        ({"from_1": "2026-02-24T09:00", "to_1": "2026-02-23T09:00"}, "before it starts"),
        ({"rule": "mediation_month", "amount": "3", "unit": "mo"}, "goes beyond what is allowed"),
        ({"rule": "verify", "more": "1"}, "cannot be extended"),
        ({"unit": "h", "time": ""}, "write the time, too"),
    ],
)
def test_the_page_says_what_makes_no_sense(
    db: None, changes: dict[str, str], sentence: str
) -> None:
    client = Client(headers={"Accept-Language": "en"})
    answer = client.get(PAGE, QUERY | changes)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    kept = (QUERY | changes)["day"]
    assert not kept or f'value="{kept}"' in answer.content.decode()


def test_the_api_answers_like_the_command(world: World) -> None:
    client = caller(world.gao)
    answer = client.get(API, {"start": "2026-02-12T10:00", "span": "5wd"})
    assert (answer.status_code, answer.json()) == (200, asked("2026-02-12T10:00", "5wd"))
    several = client.get(
        API,
        {
            "start": "2026-03-02T10:00", "span": "5wd", "extend": ["5d", "2d"],
            "pause": ["2026-03-03/2026-03-04", "2026-03-05/2026-03-06"],
        },
    )  # fmt: skip
    assert several.json()["due_at"] == "2026-03-18T23:59:59+08:00"


def test_staff_count_with_the_days_of_their_own_district(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    national = workcalendar.packaged()
    festive = YearDays(2026, frozenset({date(2026, 3, 4)}), frozenset())
    own = {world.hubin.pk: with_own_days(national, [festive])}
    monkeypatch.setattr(workcalendar, "everybodys", lambda: Calendars(national, own))
    query = {"start": "2026-03-02", "span": "2wd"}
    assert caller(world.gao).get(API, query).json()["due_at"] == "2026-03-05T23:59:59+08:00"
    client = Client(headers={"Accept-Language": "en"})
    page = {"amount": "2", "unit": "wd", "day": "2026-03-02"}
    assert "Wednesday 4 March" in text_of(client.get(PAGE, page))
    client.force_login(world.gao)
    assert "Thursday 5 March" in text_of(client.get(PAGE, page))


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("start=2026-02-12&span=5w", 422, "span"),
        ("start=2026-02-12&span=5wd&pause=2026-02-14/2026-02-13", 422, "pause"),
        ("start=2026-02-12&rule=verify&extend=1d", 422, "extend"),
        ("span=5wd", 422, "start"),
        ("start=2026-02-12&span=5wd&span=6wd", 400, "span"),
        ("start=2026-02-12&span=5wd&foo=1", 400, "foo"),
    ],
)
def test_the_api_names_the_parameter(world: World, query: str, status: int, field: str) -> None:
    answer = caller(world.gao).get(f"{API}?{query}")
    assert answer.status_code == status
    assert list(answer.json()["fields"]) == [field]


def test_a_case_says_how_each_of_its_clocks_was_counted(world: World) -> None:
    case = event(world)
    found = caller(world.gao).get(reverse("api:case_clocks", args=[case.number])).json()
    rows = {row["code"]: row for row in found["results"]}
    assert set(rows) == {clock.code for clock in clocks.running(case)}
    for clock in clocks.running(case):
        row = rows[clock.code]
        assert row["state"] == "running"
        assert row["due_at"] == clocks.timezone.localtime(clock.due_at).isoformat()
        assert row["explanation"][0].startswith("Started on")
        assert row["explanation"][-1].startswith("Due on")


def test_the_case_page_explains_ladder_and_limits(world: World) -> None:
    for case in (dispute(world), event(world)):
        client = Client(headers={"Accept-Language": "en"})
        client.force_login(world.gao)
        text = text_of(client.get(reverse("cases:detail", args=[case.number])))
        assert "How it was counted" in text and "Started on" in text
    assert "24 hours around the clock" in text
