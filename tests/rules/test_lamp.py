"""Lamps: edges, rounding, and that counts by due moment agree with the lamp drawn."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.lamp import LAMP_BOUNDS, SHAPES, Lamp, LampCode, due_between, lamp

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
        (DAY + SECOND, LampCode.WATCH, 1, "day"),
        (3 * DAY, LampCode.WATCH, 3, "day"),
        (3 * DAY + SECOND, LampCode.OK, 3, "day"),
        (9 * DAY + 23 * HOUR, LampCode.OK, 9, "day"),
    ],
)
def test_edges_and_rounding(left: timedelta, code: LampCode, amount: int, unit: str) -> None:
    found = lamp(NOW + left, NOW, closed=False, paused=False)
    assert (found.code, found.amount, found.unit) == (code, amount, unit)


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


def test_the_bounds_rise() -> None:
    bounds = [bound for _, bound in LAMP_BOUNDS]
    assert bounds == sorted(set(bounds))


@given(st.integers(-10 * 86400, 10 * 86400))
def test_a_count_by_due_moment_agrees_with_the_lamp(seconds: int) -> None:
    due = NOW + timedelta(seconds=seconds)
    running = (LampCode.OVER, LampCode.SOON, LampCode.WATCH, LampCode.OK)
    counted = []
    for code in running:
        after, up_to = due_between(code, NOW)
        if (after is None or due > after) and (up_to is None or due <= up_to):
            counted.append(code)
    assert counted == [lamp(due, NOW, closed=False, paused=False).code]


@pytest.mark.parametrize("code", [LampCode.DONE, LampCode.PAUSED])
def test_closed_and_paused_do_not_hang_on_the_due_moment(code: LampCode) -> None:
    with pytest.raises(ValueError, match="does not depend"):
        due_between(code, NOW)
