"""What a district may set: never beyond the law, rungs ascending, everybody held by somebody."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from cases.rules.bounds import (
    LADDER,
    Step,
    carried_over,
    editable,
    ladder_from,
    ladder_problems,
    limit_body,
    limit_of_setting,
    limit_problems,
    limit_setting,
    same_holders,
    set_limit,
    settings,
    span_written,
    steps_of,
    within,
)
from cases.rules.clock import Span, SpanUnit
from cases.rules.ladder import FOUR_LEVEL_SEVEN_DAY, LADDERS, PRODUCT_DEFAULT, Ladder
from cases.rules.limits import LIMITS, LimitCode, Whose
from cases.rules.workdays import WorkCalendar
from grids.roles import Level, UnitKindCode

ZONE = ZoneInfo("Asia/Shanghai")
SPRING = frozenset(date(2026, 2, day) for day in range(16, 24))
CALENDAR = WorkCalendar("test", date(2026, 1, 1), date(2026, 12, 31), SPRING, frozenset())
MONTH = LIMITS[LimitCode.MEDIATION_MONTH]
EVERYWHERE = {
    level: {kind.value: 1 for kind in UnitKindCode} | {"": 0}
    for level in (Level.CITY, Level.DISTRICT, Level.TOWNSHIP, Level.VILLAGE, Level.GRID)
}


def span(amount: int, unit: str) -> Span:
    return Span(amount, SpanUnit(unit))


def told(problems: object) -> list[str]:
    return [one.field for one in problems]  # type: ignore[attr-defined]


# --- limits -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("amount", "unit", "fits"),
    [
        (1, "month", True), (2, "month", False),
        (28, "calendar_day", True),  # February
        (29, "calendar_day", False), (30, "calendar_day", False),
        (10, "working_day", True),
        (20, "working_day", False),  # with Spring Festival longer than a month
        (27 * 24, "hour", True), (30 * 24, "hour", False),
    ],
)  # fmt: skip
def test_no_unit_leads_beyond_the_statutory_month(amount: int, unit: str, fits: bool) -> None:
    asked = span(amount, unit)
    assert within(asked, MONTH.span, CALENDAR, ZONE) is fits
    assert bool(limit_problems(MONTH, asked, CALENDAR, ZONE)) is not fits


def test_what_has_no_statutory_maximum_may_be_longer() -> None:
    general = LIMITS[LimitCode.EVENT_GENERAL]
    assert limit_problems(general, span(90, "calendar_day"), CALENDAR, ZONE) == []


def test_residents_deadlines_are_fixed_by_law() -> None:
    for code, limit in LIMITS.items():
        if limit.whose is Whose.RESIDENT:
            assert not editable(limit) and limit_setting(code) not in settings()
            assert limit_problems(limit, limit.span, CALENDAR, ZONE)


def test_a_setting_is_a_ladder_or_a_limit() -> None:
    assert settings()[0] == LADDER
    assert limit_of_setting("limit.sign") is LimitCode.SIGN
    for other in (LADDER, "limit.", "limit.nothing", "sign", "revisit.days"):
        assert limit_of_setting(other) is None


def test_a_limits_policy_carries_span_and_source() -> None:
    limit = LIMITS[LimitCode.EVENT_GENERAL]
    ours = set_limit(limit, limit_body(span(3, "working_day"), "区规程"))
    assert (ours.span, ours.source, ours.code) == (span(3, "working_day"), "区规程", limit.code)
    for wrong in (None, [], {}, {"span": 3}, {"span": {"amount": 0, "unit": "hour"}}):
        with pytest.raises(ValueError, match=r"\w"):
            set_limit(limit, wrong)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "amount"), (7, "amount"), ({"span": {"amount": True, "unit": "hour"}}, "amount"),
        ({"span": {"amount": "3", "unit": "hour"}}, "amount"),
        ({"span": {"amount": 3, "unit": "fortnight"}}, "unit"),
        ({"span": {"amount": 3, "unit": None}}, "unit"),
        ({"span": {"amount": 0, "unit": "hour"}}, "amount"),
        ({"span": {"amount": 10**9, "unit": "month"}}, "amount"),
    ],
)  # fmt: skip
def test_a_bad_span_is_told_at_its_field(body: object, field: str) -> None:
    found, problems = span_written(body)
    assert found is None and told(problems) == [field]


# --- ladders ------------------------------------------------------------------------------
def step(level: str = "grid", kind: str = "grid_team", amount: int | None = 1,
         unit: str = "working_day", holds: bool = True) -> Step:  # fmt: skip
    return Step(level, kind, amount, unit, holds=holds)


def problems(*steps: Step, name: str = "阶梯", kinds: object = None) -> list[str]:
    found = ladder_problems(name, steps, kinds or EVERYWHERE, CALENDAR, ZONE)  # type: ignore[arg-type]
    return told(found)


@pytest.mark.parametrize("ladder", LADDERS.values(), ids=LADDERS)
def test_the_products_ladders_have_no_problem(ladder: Ladder) -> None:
    steps = steps_of(ladder)
    assert problems(*steps) == []
    assert ladder_from(ladder.code, ladder.name, ladder.source or "", steps) == ladder


@pytest.mark.parametrize(
    ("steps", "fields"),
    [
        ((), ["rungs"]),
        ([step()] * 9, ["rungs"]),
        ([step(holds=False)], ["rungs.0.holds"]),
        ([step("township", "governance_centre"), step()], ["rungs.1.level"]),
        ([step(), step()], ["rungs.1.unit_kind"]),
        ([step(level="")], ["rungs.0.level"]),
        ([step(), step("village", "mediation_committee", None, "")],
         ["rungs.1.amount", "rungs.1.unit"]),
        ([step(amount=0)], ["rungs.0.amount"]),
        ([step(kind="nobody")], ["rungs.0.unit_kind"]),
        ([step("microgrid")], ["rungs.0.unit_kind"]),
        ([step(), step("village", "mediation_committee", 2, "month")], ["rungs.1.amount"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_ladder_is_told_at_its_rung(
    steps: list[Step], fields: list[str]
) -> None:
    assert problems(*steps) == fields


def test_every_rung_is_held_everywhere() -> None:
    gap = EVERYWHERE | {Level.GRID: {"grid_team": 4, "": 2}}
    assert problems(step(), kinds=gap) == ["rungs.0.unit_kind"]
    assert problems(step(), name=" ") == ["name"]


# --- from version to version -----------------------------------------------------------------
def test_a_clock_is_carried_over_where_its_rungs_are_still_there() -> None:
    other = FOUR_LEVEL_SEVEN_DAY
    # grid, village, township are the same rungs; the district is not there.
    assert [carried_over(PRODUCT_DEFAULT, other, 0, rung) for rung in range(5)] == [
        0, 0, 0, None, None,
    ]  # fmt: skip
    assert carried_over(PRODUCT_DEFAULT, other, 2, 0) == 2
    without_village = Ladder("x", "x", (PRODUCT_DEFAULT.rungs[0], *PRODUCT_DEFAULT.rungs[2:]))
    # Who has passed the village cannot be put where it never was; who begins later can.
    assert [carried_over(PRODUCT_DEFAULT, without_village, 0, rung) for rung in range(4)] == [
        0, None, None, None,
    ]  # fmt: skip
    assert carried_over(PRODUCT_DEFAULT, without_village, 2, 1) == 1


def test_only_time_differs_or_also_who_holds() -> None:
    assert same_holders(PRODUCT_DEFAULT, PRODUCT_DEFAULT, 1, 1)
    assert not same_holders(PRODUCT_DEFAULT, FOUR_LEVEL_SEVEN_DAY, 0, 0)
