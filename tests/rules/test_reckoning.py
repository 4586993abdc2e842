"""The engine: rule + events + calendar + now, and what it says of a clock."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cases import workcalendar
from cases.rules.clock import Span, SpanUnit
from cases.rules.ladder import PRODUCT_DEFAULT, plan
from cases.rules.limits import LIMITS, Extension, Limit, LimitCode, StartsFrom, Whose
from cases.rules.reckoning import (
    ClockRule,
    ClockState,
    Happened,
    Reckoning,
    check_span,
    reckon,
    rule_of_ladder,
    rule_of_limit,
)
from grids.errors import BadInput

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = workcalendar.packaged()
W, D = SpanUnit.WORKING_DAY, SpanUnit.CALENDAR_DAY
SIXTY = ClockRule(
    (Span(60, D),),
    starts=frozenset({"sign"}),
    stops=frozenset({"finish"}),
    pauses=frozenset({"suspend"}),
    excludes=frozenset({"session"}),
    holds=frozenset({"return"}),
    extension=Extension(Span(30, D), "decider"),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


STARTED = Happened("sign", at("2026-03-02T10:00"))


def says(*events: Happened, now: str = "2026-03-10T10:00", rule: ClockRule = SIXTY) -> Reckoning:
    return reckon(rule, events, CALENDAR, at(now), zone=ZONE)


def due(*events: Happened, now: str = "2026-03-10T10:00") -> str:
    found = says(STARTED, *events, now=now).due_at
    assert found is not None
    return found.strftime("%Y-%m-%d %H:%M:%S")


def test_a_clock_without_its_start_waits() -> None:
    found = says(Happened("suspend", at("2026-03-02T10:00"), at("2026-03-05T10:00")))
    assert found.state is ClockState.WAITING
    assert found.due_at is None and found.remaining is None and found.moments == ()


def test_a_running_clock_says_when_how_long_and_what_comes_next() -> None:
    found = says(STARTED)
    assert found.state is ClockState.RUNNING
    assert found.due_at == found.next_at == at("2026-05-01T23:59:59")
    assert found.remaining == at("2026-05-01T23:59:59") - at("2026-03-10T10:00")
    assert found.rung == 0 and not found.provisional


@pytest.mark.parametrize(
    ("now", "state"),
    [("2026-05-01T23:59:58", "running"), ("2026-05-01T23:59:59", "overdue")],
)
def test_it_is_overdue_from_the_due_moment_on(now: str, state: str) -> None:
    found = says(STARTED, now=now)
    assert found.state == state
    assert (found.next_at is None) is (state == "overdue")
    assert found.remaining in (timedelta(0), timedelta(seconds=1))


def test_events_come_in_any_order_and_strange_ones_are_ignored() -> None:
    pause = Happened("suspend", at("2026-03-05T10:00"), at("2026-03-08T10:00"))
    strange = Happened("nudge", at("2026-03-03T10:00"))
    early = Happened("suspend", at("2026-02-01T10:00"), at("2026-03-20T10:00"))
    assert says(pause, strange, STARTED, early) == says(STARTED, pause)
    assert due(pause) == "2026-05-04 23:59:59"


def test_a_running_pause_moves_the_end_with_every_moment() -> None:
    running = Happened("suspend", at("2026-03-05T10:00"))
    found = says(STARTED, running, now="2026-03-08T10:00")
    assert found.state is ClockState.PAUSED and found.next_at is None
    assert found.due_at == at("2026-05-04T23:59:59")
    assert due(running, now="2026-03-09T10:00") == "2026-05-05 23:59:59"


def test_what_ran_out_before_the_pause_stays_overdue() -> None:
    found = says(STARTED, Happened("suspend", at("2026-05-02T10:00")), now="2026-05-20T10:00")
    assert found.state is ClockState.OVERDUE
    assert found.due_at == at("2026-05-01T23:59:59")


def test_a_hearing_the_law_leaves_out_counts_like_a_pause() -> None:
    hearing = Happened("session", at("2026-03-05T10:00"), at("2026-03-08T10:00"))
    assert due(hearing) == "2026-05-04 23:59:59"
    found = says(STARTED, hearing)
    assert found.course.exclusions and not found.course.pauses


def test_held_clocks_keep_their_end() -> None:
    found = says(STARTED, Happened("return", at("2026-03-05T10:00")))
    assert found.state is ClockState.HELD and found.next_at is None
    assert found.due_at == at("2026-05-01T23:59:59")
    back = Happened("return", at("2026-03-05T10:00"), at("2026-03-06T10:00"))
    assert says(STARTED, back).state is ClockState.RUNNING


def test_a_stopped_clock_remembers_what_was_left() -> None:
    found = says(STARTED, Happened("finish", at("2026-04-01T10:00")), now="2026-09-01T10:00")
    assert found.state is ClockState.STOPPED and found.next_at is None
    assert found.remaining == at("2026-05-01T23:59:59") - at("2026-04-01T10:00")


def test_what_starts_again_begins_anew() -> None:
    events = [
        STARTED,
        Happened("suspend", at("2026-03-05T10:00"), at("2026-03-08T10:00")),
        Happened("finish", at("2026-04-01T10:00")),
        Happened("suspend", at("2026-04-02T10:00"), at("2026-04-03T10:00")),
        Happened("sign", at("2026-06-01T10:00")),
        Happened("sign", at("2026-06-05T10:00")),  # runs already
    ]
    found = says(*events, now="2026-06-06T10:00")
    assert found.state is ClockState.RUNNING
    assert found.due_at == at("2026-07-31T23:59:59")


# --- extensions ---------------------------------------------------------------------------
def extended(amount: int, unit: SpanUnit = D, on: str = "2026-03-09T10:00") -> Happened:
    return Happened("extend", at(on), span=Span(amount, unit), by="区信访局局长")


def test_an_extension_runs_on_from_the_original_end() -> None:
    assert due(extended(30)) == "2026-05-31 23:59:59"
    # Working days: 2 to 5 May are days off, 9 May is a make-up Saturday.
    assert due(extended(5, W)) == "2026-05-11 23:59:59"


def test_a_pause_inside_the_extension_moves_it_too() -> None:
    pause = Happened("suspend", at("2026-05-10T10:00"), at("2026-05-13T10:00"))
    assert due(extended(30), pause, now="2026-05-20T10:00") == "2026-06-03 23:59:59"


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        ([extended(31)], "beyond what is allowed: it may last until 2026-05-31 23:59"),
        ([extended(22, W)], "beyond what is allowed"),
        ([extended(10), extended(10, on="2026-03-10T09:00")], "at most 1 times"),
    ],
)
def test_extensions_beyond_the_cap_are_refused(events: list[Happened], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence) as refused:
        says(STARTED, *events)
    assert refused.value.field == "extend"


def test_a_clock_without_an_extension_rule_has_none() -> None:
    with pytest.raises(BadInput, match="cannot be extended"):
        says(STARTED, extended(1), rule=replace(SIXTY, extension=None))


def test_the_cap_counts_from_the_start() -> None:
    capped = replace(SIXTY, cap=Span(75, D))
    assert says(STARTED, extended(15), rule=capped).due_at == at("2026-05-16T23:59:59")
    with pytest.raises(BadInput, match="until 2026-05-16 23:59 at most"):
        says(STARTED, extended(16), rule=capped)


def test_a_span_beyond_a_longest_one_is_refused() -> None:
    check_span(SIXTY, Span(60, D), at("2026-03-02T10:00"), CALENDAR, zone=ZONE)
    with pytest.raises(BadInput, match="span goes beyond"):
        check_span(SIXTY, Span(59, D), at("2026-03-02T10:00"), CALENDAR, zone=ZONE)


# --- whose, and ladders -------------------------------------------------------------------
def test_a_residents_deadline_rolls_after_its_extension() -> None:
    theirs = replace(SIXTY, whose=Whose.RESIDENT)
    # 1 May is Labour Day; 5 May the last day off, 6 May a Wednesday.
    assert says(STARTED, rule=theirs).due_at == at("2026-05-06T23:59:59")
    # Thirty days from 1 May, not from 6 May: 31 May is a Sunday.
    assert says(STARTED, extended(30), rule=theirs).due_at == at("2026-06-01T23:59:59")


def test_a_ladder_is_the_plan_of_its_rungs() -> None:
    start = at("2026-02-12T10:00")
    rule = rule_of_ladder(PRODUCT_DEFAULT, starts=frozenset({"register"}))
    events = [Happened("register", start)]
    planned = plan(PRODUCT_DEFAULT, start, calendar=CALENDAR, zone=ZONE)
    found = says(*events, rule=rule, now="2026-02-24T10:00")
    assert found.moments == planned.moments and found.due_at == planned.due_at
    assert found.rung == 1 and found.next_at == planned.moments[1]


@pytest.mark.parametrize("code", LimitCode)
def test_every_row_of_the_table_is_a_rule_the_engine_runs(code: LimitCode) -> None:
    limit = LIMITS[code]
    start = at("2026-02-12T10:00")
    assert limit.starts and limit.stops
    found = says(
        Happened(min(limit.starts), start), rule=rule_of_limit(limit), now="2026-02-12T10:00"
    )
    assert found.due_at == limit.due(start, CALENDAR, zone=ZONE).at


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"starts": frozenset({"no_such_act"})}, "not the code of an act"),
        ({"extension": ("nobody", 1)}, "not how somebody stands"),
        ({"extension": ("decider", 0)}, "at least once"),
    ],
)
def test_rows_that_make_no_sense_are_refused(changes: dict[str, object], sentence: str) -> None:
    if "extension" in changes:
        approver, times = changes["extension"]  # type: ignore[misc]
        with pytest.raises(ValueError, match=sentence):
            Extension(Span(30, D), approver, times)
        return
    with pytest.raises(ValueError, match=sentence):
        Limit(LimitCode.VERIFY, Span(3, W), Whose.AGENCY, StartsFrom.EVENT, **changes)  # type: ignore[arg-type]


def test_a_rule_needs_a_span() -> None:
    with pytest.raises(ValueError, match="at least one span"):
        ClockRule(())


def names(events: Iterable[Happened]) -> list[str]:
    return [event.code for event in events]


def test_extensions_keep_the_order_they_were_granted_in() -> None:
    twice = replace(SIXTY, extension=Extension(Span(30, D), "decider", 2))
    later, earlier = extended(10, on="2026-03-09T10:00"), extended(5, W, on="2026-03-08T10:00")
    found = says(STARTED, later, earlier, rule=twice)
    assert [one.span for one in found.course.extensions] == [Span(5, W), Span(10, D)]
    assert names(found.course.extensions) == ["extend", "extend"]
