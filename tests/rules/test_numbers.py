"""The plain numbers of a district: which are possible, how they are read and written."""

from typing import Any

import pytest

from cases.rules.numbers import (
    NUMBERS,
    ORDER_DAYS,
    REVISITS,
    SHARE,
    body_of,
    problems,
    values,
)


@pytest.mark.parametrize("number", NUMBERS.values(), ids=list(NUMBERS))
def test_defaults_are_possible_and_come_back_as_written(number: Any) -> None:
    body = body_of(number, number.default, "某文")
    assert problems(number, body) == [] and values(number, body) == number.default
    for edge in (number.least, number.most):
        assert problems(number, body_of(number, [edge], None)) == []


@pytest.mark.parametrize(
    ("code", "body", "message"),
    [
        (ORDER_DAYS, {"days": 0}, "Between"),
        (ORDER_DAYS, {"days": 61}, "Between"),
        (ORDER_DAYS, {"days": [3, 5]}, "one number"),
        (ORDER_DAYS, {"days": True}, "whole"),
        (ORDER_DAYS, {"days": "5"}, "whole"),
        (ORDER_DAYS, {"percent": 5}, "whole"),
        (ORDER_DAYS, [5], "whole"),
        (SHARE, {"percent": 0}, "Between"),
        (SHARE, {"percent": 101}, "Between"),
        (SHARE, {"percent": 10.5}, "whole"),
        (REVISITS, {"days": []}, "whole"),
        (REVISITS, {"days": [7, 366]}, "Between"),
        (REVISITS, {"days": [30, 7]}, "greater"),
        (REVISITS, {"days": [7, 7]}, "greater"),
        (REVISITS, {"days": [1, 2, 3, 4, 5, 6, 7]}, "At most"),
    ],
)
def test_what_cannot_be_is_named(code: str, body: Any, message: str) -> None:
    [found] = problems(NUMBERS[code], body)
    assert message in found.message and found.field == NUMBERS[code].key
    if message not in ("greater", "At most", "one number"):
        with pytest.raises(ValueError, match=code):
            values(NUMBERS[code], body)


def test_old_versions_are_read_in_any_order() -> None:
    assert values(NUMBERS[REVISITS], {"days": [90, 14, 14]}) == (14, 90)
    assert values(NUMBERS[REVISITS], {"days": 30}) == (30,)
