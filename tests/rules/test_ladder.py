"""Ladders: their shape, the course of a case over them, and what a bad one is told."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import workcalendar
from cases.rules.clock import Pause, Span, SpanUnit
from cases.rules.ladder import (
    LADDERS,
    AtEnd,
    Ladder,
    Rung,
    first_rung_for,
    holder_area_level,
    holding_rung,
    plan,
)
from cases.rules.workdays import WorkCalendar
from grids.roles import Level, UnitKindCode

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = workcalendar.current()
C, R, V = AtEnd.CLIMB, AtEnd.REPORT, AtEnd.SUPERVISE


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def course(code: str, start: str, first_rung: int = 0) -> list[tuple[str, int, AtEnd]]:
    found = plan(LADDERS[code], at(start), first_rung=first_rung, calendar=CALENDAR, zone=ZONE)
    shown = [moment.strftime("%m-%d %H:%M:%S") for moment in found.moments]
    return list(zip(shown, found.to_rung, found.at_end, strict=True))


def test_the_default_ladder_counts_working_days() -> None:
    assert course("product_default", "2026-02-12T10:00") == [
        ("02-13 23:59:59", 1, C),
        ("02-24 23:59:59", 2, C),
        ("02-27 23:59:59", 3, C),
        ("03-03 23:59:59", 3, V),
    ]


def test_nine_days_the_county_stays_holder_and_the_city_only_hears() -> None:
    assert course("five_level_nine_day", "2026-02-12T10:00") == [
        ("02-13 23:59:59", 1, C),
        ("02-15 23:59:59", 2, C),
        ("02-17 23:59:59", 3, C),
        ("02-19 23:59:59", 4, R),
        ("02-21 23:59:59", 4, V),
    ]
    ladder = LADDERS["five_level_nine_day"]
    assert [holding_rung(ladder, rung) for rung in range(5)] == [0, 1, 2, 3, 3]


def test_seven_days_end_with_the_township_leaders() -> None:
    assert course("four_level_seven_day", "2026-03-02T10:00") == [
        ("03-03 23:59:59", 1, C),
        ("03-05 23:59:59", 2, C),
        ("03-09 23:59:59", 3, C),  # Friday 6 and Monday 9: the two working days
        ("03-11 23:59:59", 3, V),
    ]
    top = LADDERS["four_level_seven_day"].rungs[-1]
    assert (top.level, top.unit_kind) == (Level.TOWNSHIP, UnitKindCode.GOVERNMENT)


def test_the_demonstration_runs_in_minutes_on_any_day() -> None:
    assert course("demonstration", "2026-02-17T23:58") == [
        ("02-17 23:59:00", 1, C),
        ("02-18 00:01:00", 2, C),
        ("02-18 00:03:00", 3, C),
        ("02-18 00:05:00", 3, V),
    ]


def test_a_case_that_starts_higher_has_the_time_of_its_rung_from_the_start() -> None:
    assert course("product_default", "2026-03-02T10:00", first_rung=2) == [
        ("03-05 23:59:59", 3, C),
        ("03-10 23:59:59", 3, V),
    ]


def test_the_last_moment_is_the_due_moment() -> None:
    found = plan(LADDERS["product_default"], at("2026-03-02T10:00"), calendar=CALENDAR, zone=ZONE)
    assert found.due_at == found.moments[-1] == at("2026-03-13T23:59:59")
    assert not found.provisional


def test_pauses_move_every_later_rung() -> None:
    pause = Pause(at("2026-03-04T09:00"), at("2026-03-06T09:00"))
    found = plan(
        LADDERS["product_default"],
        at("2026-03-02T10:00"),
        calendar=CALENDAR,
        pauses=[pause],
        zone=ZONE,
    )
    assert [moment.strftime("%m-%d") for moment in found.moments] == [
        "03-03",
        "03-09",
        "03-12",
        "03-17",
    ]


def test_a_plan_into_a_year_without_notice_is_provisional() -> None:
    only_2026 = WorkCalendar(
        "test", at("2026-01-01").date(), at("2026-12-31").date(), frozenset(), frozenset()
    )
    for code, provisional in (("product_default", True), ("five_level_nine_day", False)):
        found = plan(LADDERS[code], at("2026-12-28T10:00"), calendar=only_2026, zone=ZONE)
        assert found.provisional is provisional


@pytest.mark.parametrize("rung", [-1, 4])
def test_a_rung_that_does_not_exist_is_refused(rung: int) -> None:
    with pytest.raises(ValueError, match="has no rung"):
        plan(
            LADDERS["product_default"],
            at("2026-03-02T10:00"),
            first_rung=rung,
            calendar=CALENDAR,
            zone=ZONE,
        )


def test_no_case_starts_on_a_rung_that_only_receives_reports() -> None:
    with pytest.raises(ValueError, match="only receives reports"):
        plan(
            LADDERS["five_level_nine_day"],
            at("2026-03-02T10:00"),
            first_rung=4,
            calendar=CALENDAR,
            zone=ZONE,
        )


@pytest.mark.parametrize(
    ("code", "level", "rung"),
    [
        ("product_default", Level.MICROGRID, 0),
        ("product_default", Level.GRID, 0),
        ("product_default", Level.VILLAGE, 1),
        ("product_default", Level.TOWNSHIP, 2),
        ("product_default", Level.DISTRICT, 3),
        ("product_default", Level.CITY, 3),
        ("product_default", Level.PROVINCE, 3),
        # Two rungs in the township: its window starts with the centre, not with the leaders.
        ("four_level_seven_day", Level.TOWNSHIP, 2),
        ("four_level_seven_day", Level.DISTRICT, 3),
        # The city does not take over, so the county holds what the city registers.
        ("five_level_nine_day", Level.CITY, 3),
        ("five_level_nine_day", Level.PROVINCE, 3),
    ],
)
def test_the_rung_at_which_a_case_starts(code: str, level: Level, rung: int) -> None:
    assert first_rung_for(LADDERS[code], level) == rung


@pytest.mark.parametrize(
    ("rung_level", "present", "holder"),
    [
        (Level.VILLAGE, {Level.DISTRICT, Level.TOWNSHIP, Level.VILLAGE}, Level.VILLAGE),
        (Level.VILLAGE, {Level.DISTRICT, Level.TOWNSHIP, Level.GRID}, Level.TOWNSHIP),
        (Level.GRID, {Level.CITY, Level.TOWNSHIP, Level.MICROGRID}, Level.TOWNSHIP),
        (Level.DISTRICT, {Level.CITY, Level.TOWNSHIP}, Level.CITY),
        # Nothing above: the topmost one there is keeps it.
        (Level.CITY, {Level.DISTRICT, Level.TOWNSHIP}, Level.DISTRICT),
        (Level.GRID, {Level.CITY}, Level.CITY),
    ],
)
def test_a_missing_level_is_taken_by_the_next_one_upward(
    rung_level: Level, present: set[Level], holder: Level
) -> None:
    assert holder_area_level(rung_level, frozenset(present)) is holder


def test_a_place_without_levels_is_refused() -> None:
    with pytest.raises(ValueError, match="without any level"):
        holder_area_level(Level.GRID, frozenset())


def test_the_named_ladders_and_their_sources() -> None:
    assert set(LADDERS) == {
        "product_default",
        "five_level_nine_day",
        "four_level_seven_day",
        "demonstration",
    }
    assert all(code == ladder.code for code, ladder in LADDERS.items())
    sourced = {
        (code, index)
        for code, ladder in LADDERS.items()
        for index, rung in enumerate(ladder.rungs)
        if rung.source
    }
    assert sourced == {("four_level_seven_day", 2)}, "all other spans are defaults of ours"
    kinds = {rung.unit_kind for ladder in LADDERS.values() for rung in ladder.rungs}
    assert kinds <= set(UnitKindCode.values())


@pytest.mark.parametrize("code", LADDERS)
def test_ladders_survive_json(code: str) -> None:
    written = json.loads(json.dumps(LADDERS[code].to_json()))
    assert Ladder.from_json(written) == LADDERS[code]


def test_optional_fields_have_defaults() -> None:
    span = {"amount": 1, "unit": "hour"}
    rung = {"level": "village", "unit_kind": "village_committee", "span": span}
    found = Ladder.from_json({"code": "ours", "name": "Ours", "rungs": [rung]})
    assert found.rungs == (
        Rung(Level.VILLAGE, "village_committee", Span(1, SpanUnit.HOUR), None, True),
    )
    assert found.source is None


def body(**changes: object) -> dict[str, object]:
    return {**LADDERS["product_default"].to_json(), **changes}


def rungs(*changes: dict[str, object]) -> dict[str, object]:
    """A ladder of as many default rungs, from the bottom, each with changes."""
    plain = [rung.to_json() for rung in LADDERS["product_default"].rungs]
    return body(rungs=[{**rung, **more} for rung, more in zip(plain, changes, strict=False)])


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (None, "object with named fields"),
        ({"code": "x"}, "has no name"),
        (body(colour="red"), "no field called 'colour'"),
        (body(code="Über"), "not a ladder's code"),
        (body(code=7), "The code is a text"),
        (body(name="  "), "The name is a text"),
        (body(source=1), "The source is a text"),
        (body(rungs=[]), "at least one rung"),
        (body(rungs="many"), "rungs are a list"),
        (body(rungs=[1]), "A rung is an object"),
        (rungs({"span": {"amount": 0, "unit": "hour"}}), "at least 1 hour"),
        (rungs({"level": "galaxy"}), "'galaxy' is not an area level; use province, city"),
        (rungs({"level": 3}), "not an area level"),
        (rungs({"unit_kind": "The Village!"}), "not the code of a kind of unit"),
        (rungs({"unit_kind": None}), "The unit_kind is a text"),
        (rungs({"source": ""}), "The source is a text"),
        (rungs({"holds": "no"}), "true or false"),
        (rungs({"holds": False}), "first rung must hold"),
        (rungs({"level": "township"}, {"level": "village"}), "only climbs"),
        (
            rungs({}, {"level": "grid", "unit_kind": "grid_team"}),
            "same unit as the one before",
        ),
    ],
)
def test_a_bad_ladder_is_refused_in_a_sentence(written: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Ladder.from_json(written)


ONE_DAY = Span(1, SpanUnit.WORKING_DAY)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ((3, "grid_team", ONE_DAY), "not an area level"),
        ((Level.GRID, "grid_team", 1), "needs a span"),
        ((Level.GRID, "grid_team", ONE_DAY, " "), "source is a text"),
        ((Level.GRID, "grid_team", ONE_DAY, None, 1), "yes or no"),
    ],
)
def test_a_bad_rung_is_refused(fields: tuple[object, ...], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Rung(*fields)  # type: ignore[arg-type]


def test_a_ladder_needs_a_name() -> None:
    with pytest.raises(ValueError, match="needs a name"):
        Ladder("ours", "", LADDERS["product_default"].rungs)


@given(
    st.sampled_from(sorted(LADDERS)),
    st.datetimes(datetime(2019, 1, 1), datetime(2028, 1, 1), timezones=st.just(ZONE)),  # noqa: DTZ001
    st.data(),
)
def test_every_plan_climbs_rung_by_rung_to_the_top(
    code: str, start: datetime, data: st.DataObject
) -> None:
    ladder = LADDERS[code]
    holding = [index for index, rung in enumerate(ladder.rungs) if rung.holds]
    first = data.draw(st.sampled_from(holding))
    found = plan(ladder, start, first_rung=first, calendar=CALENDAR, zone=ZONE)
    top = len(ladder.rungs) - 1
    assert list(found.moments) == sorted(set(found.moments)) and found.moments[0] > start
    assert found.to_rung == (*range(first + 1, top + 1), top)
    assert found.at_end[-1] is AtEnd.SUPERVISE and AtEnd.SUPERVISE not in found.at_end[:-1]
    assert len(found.moments) == len(found.to_rung) == len(found.at_end)
