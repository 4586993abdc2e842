"""Lamps and marks: edges, rounding, and that counts by moments agree with the lamp drawn."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.lamp import (
    SHAPES,
    Lamp,
    LampCode,
    Mark,
    amber_from,
    due_between,
    lamp,
    marks,
)

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("left", "code", "amount", "unit"),
    [
        (-2 * DAY - 23 * HOUR, LampCode.OVER, 2, "day"),
        (-DAY, LampCode.OVER, 1, "day"),
        (-DAY + SECOND, LampCode.OVER, 23, "hour"),
        (-HOUR, LampCode.OVER, 1, "hour"),
        (-HOUR + SECOND, LampCode.OVER, 59, "minute"),
        (-SECOND, LampCode.OVER, 0, "minute"),
        (0 * SECOND, LampCode.OVER, 0, "minute"),
        (SECOND, LampCode.SOON, 0, "minute"),
        (HOUR - SECOND, LampCode.SOON, 59, "minute"),
        (5 * HOUR + 59 * SECOND, LampCode.SOON, 5, "hour"),
        (DAY, LampCode.SOON, 1, "day"),
        (3 * DAY, LampCode.SOON, 3, "day"),
        (3 * DAY + SECOND, LampCode.OK, 3, "day"),
        (9 * DAY + 23 * HOUR, LampCode.OK, 9, "day"),
    ],
)
def test_edges_and_rounding(left: timedelta, code: LampCode, amount: int, unit: str) -> None:
    found = lamp(NOW + left, NOW, closed=False, paused=False)
    assert (found.code, found.amount, found.unit) == (code, amount, unit)


@pytest.mark.parametrize(
    ("span", "amber", "told"),
    [  # hours before the due moment
        (DAY, 6, ["mark_quarter", "mark_due", "mark_three_over"]),
        (3 * DAY, 18, ["mark_quarter", "mark_due", "mark_three_over"]),
        # Three counted days from noon: the first is not counted, the last ends at midnight.
        (3 * DAY + 12 * HOUR, 21, ["mark_quarter", "mark_due", "mark_three_over"]),
        (4 * DAY, 72, Mark.values()),
        (12 * DAY, 72, Mark.values()),
        (16 * DAY, 96, Mark.values()),
        (60 * DAY, 15 * 24, Mark.values()),
    ],
)
def test_the_marks_of_a_span(span: timedelta, amber: int, told: list[str]) -> None:
    assert amber_from(NOW - span, NOW) == NOW - amber * HOUR
    assert [mark for mark, _at in marks(NOW - span, NOW)] == told
    moments = dict(marks(NOW - span, NOW))
    assert moments[Mark.QUARTER] == NOW - span / 4
    assert moments[Mark.DUE] == NOW and moments[Mark.THREE_OVER] == NOW + 3 * DAY


def test_a_short_span_is_watched_until_it_is_amber() -> None:
    start, due = NOW - 2 * DAY, NOW + DAY
    amber = amber_from(start, due)
    assert amber == due - 18 * HOUR

    def shown(at: datetime) -> LampCode:
        return lamp(due, at, closed=False, paused=False, amber_at=amber).code

    assert shown(amber - SECOND) is LampCode.WATCH
    assert shown(amber) is LampCode.SOON
    assert shown(due) is LampCode.OVER


def test_closed_before_paused_before_time() -> None:
    over = NOW - DAY
    assert lamp(over, NOW, closed=True, paused=True) == Lamp(LampCode.DONE, None, None)
    assert lamp(over, NOW, closed=False, paused=True) == Lamp(LampCode.PAUSED, None, None)
    assert lamp(None, NOW, closed=True, paused=False).code is LampCode.DONE
    assert lamp(None, NOW, closed=False, paused=True).code is LampCode.PAUSED


def test_nothing_due_is_nothing_late() -> None:
    assert lamp(None, NOW, closed=False, paused=False) == Lamp(LampCode.OK, None, None)


def test_every_lamp_has_a_shape_of_its_own() -> None:
    shown = [Lamp(code, None, None).shape for code in LampCode]
    assert shown == ["▲", "◆", "●", "○", "■", "‖"]
    assert set(SHAPES) == set(LampCode)


@given(st.integers(1, 70 * 86400), st.integers(-80 * 86400, 10 * 86400))
def test_a_count_by_moments_agrees_with_the_lamp(span: int, seconds: int) -> None:
    due = NOW - timedelta(seconds=seconds)
    amber = amber_from(due - timedelta(seconds=span), due)
    running = (LampCode.OVER, LampCode.SOON, LampCode.WATCH, LampCode.OK)
    counted = [code for code in running if due_between(code, NOW).hold(due, amber)]
    assert counted == [lamp(due, NOW, closed=False, paused=False, amber_at=amber).code]


@given(st.integers(1, 70 * 86400))
def test_the_lamp_is_amber_exactly_when_people_are_first_told(span: int) -> None:
    start = NOW - timedelta(seconds=span)
    first = min(at for _mark, at in marks(start, NOW))
    assert first == amber_from(start, NOW) < NOW


@pytest.mark.parametrize("code", [LampCode.DONE, LampCode.PAUSED])
def test_closed_and_paused_do_not_hang_on_the_due_moment(code: LampCode) -> None:
    with pytest.raises(ValueError, match="does not depend"):
        due_between(code, NOW)
