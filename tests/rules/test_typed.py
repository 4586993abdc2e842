"""What people type: spans, moments, pauses; and the sentence they read when it makes no sense."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from cases.rules.clock import Pause, Span, SpanUnit
from cases.rules.typed import (
    read_moment,
    read_pauses,
    read_span,
    read_windows,
    write_span,
)
from cases.rules.windows import Windows
from grids.errors import BadInput

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("5wd", 5, "working_day"),
        ("60d", 60, "calendar_day"),
        ("24h", 24, "hour"),
        ("3wh", 3, "working_hour"),
        ("1mo", 1, "month"),
        ("30min", 30, "minute"),
        ("90s", 90, "second"),
        (" 5 WD ", 5, "working_day"),
        ("５ｗｄ", 5, "working_day"),
        ("+5wd", 5, "working_day"),
        ("007d", 7, "calendar_day"),
        ("5个工作日", 5, "working_day"),
        ("60天", 60, "calendar_day"),
        ("1个月", 1, "month"),
        ("2小时", 2, "hour"),
    ],
)
def test_spans(text: str, amount: int, unit: str) -> None:
    assert read_span(text) == Span(amount, SpanUnit(unit))


@pytest.mark.parametrize("unit", SpanUnit)
def test_spans_are_written_as_they_are_read(unit: SpanUnit) -> None:
    assert read_span(write_span(Span(3, unit))) == Span(3, unit)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not a span of time"),
        ("5", "is not a span of time"),
        ("wd", "is not a span of time"),
        ("5wd3h", "is not a span of time"),
        ("five days", "is not a span of time"),
        ("5%d", "is not a span of time"),
        ("P5D", "is not a span of time"),
        ("5w", "“w” is not a unit of time"),
        ("5days", "“days” is not a unit of time"),
        ("5年", "“年” is not a unit of time"),
        ("0wd", "at least 1, not 0"),
        ("-5wd", "at least 1, not -5"),
        ("−5wd", "at least 1, not −5"),
        ("1.5d", "a whole number of units, not 1.5d"),
        ("3653d", "longer than ten years; at most 3652d"),
        ("9" * 60 + "d", "longer than ten years"),
        ("9" * 5000 + "d", "is not a span of time"),
    ],
)
def test_spans_that_make_no_sense(text: str, sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_span(text)
    assert sentence in str(refused.value)
    assert refused.value.field == "span"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-02-12", "2026-02-12T00:00:00+08:00"),
        ("2026-2-3", "2026-02-03T00:00:00+08:00"),
        ("2026-02-12T10:00", "2026-02-12T10:00:00+08:00"),
        ("2026-02-12 10:00", "2026-02-12T10:00:00+08:00"),
        ("2026-02-12t9:05:07", "2026-02-12T09:05:07+08:00"),
        ("2026-02-12T10:00:00.5", "2026-02-12T10:00:00+08:00"),
        ("2026-02-12T10:00Z", "2026-02-12T18:00:00+08:00"),
        ("2026-02-12T20:00+0100", "2026-02-13T03:00:00+08:00"),
        ("2026-02-12T10:00+08:00", "2026-02-12T10:00:00+08:00"),
    ],
)
def test_moments(text: str, moment: str) -> None:
    assert read_moment(text, ZONE).isoformat() == moment


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not a day or a moment"),
        ("today", "is not a day or a moment"),
        ("12.02.2026", "is not a day or a moment"),
        ("2026-02-12T10", "is not a day or a moment"),
        ("2026-02-12T10:00 Uhr", "is not a day or a moment"),
        ("10000-01-01", "is not a day or a moment"),
        ("2026-02-30", "no such day or time: 2026-02-30"),
        ("2027-02-29", "no such day or time"),
        ("2026-13-01", "no such day or time"),
        ("2026-02-12T24:00", "no such day or time"),
        ("2026-02-12T10:60", "no such day or time"),
        ("2026-02-12T10:00+25:00", "no such day or time"),
        ("0001-01-01", "from 1949 to 2199"),
        ("9999-12-31T23:59", "from 1949 to 2199"),
        ("1948-12-31", "from 1949 to 2199"),
    ],
)
def test_moments_that_make_no_sense(text: str, sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_moment(text, ZONE)
    assert sentence in str(refused.value)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_pauses_are_put_in_order() -> None:
    found = read_pauses(["2026-03-05T09:00/2026-03-06", "2026-03-02T09:00/2026-03-05T09:00"], ZONE)
    assert found == (
        Pause(at("2026-03-02T09:00"), at("2026-03-05T09:00")),
        Pause(at("2026-03-05T09:00"), at("2026-03-06T00:00")),
    )


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (["2026-03-05"], "is not a pause"),
        (["/2026-03-05"], "is not a pause"),
        ([""], "is not a pause"),
        (["2026-03-05/"], "The pause from 2026-03-05 has no end"),
        (["2026-03-05/2026-03-04"], "ends on 2026-03-04, before it starts on 2026-03-05"),
        (["2026-03-05T10:00+08:00/2026-03-05T01:59Z"], "before it starts"),
        (["2026-03-05/2026-02-30"], "no such day or time"),
        (["2026-03-05/2026-03-06/2026-03-07"], "is not a day or a moment"),
        (
            ["2026-03-02/2026-03-06", "2026-03-05T23:59/2026-03-07"],
            "Two pauses overlap: one starts on 2026-03-05 23:59",
        ),
    ],
)
def test_pauses_that_make_no_sense(texts: list[str], sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_pauses(texts, ZONE)
    assert sentence in str(refused.value)
    assert refused.value.field == "pause"


def test_working_hours() -> None:
    assert read_windows("8:30-12:00, 14:00-17:30") == Windows.every_day(
        (time(8, 30), time(12)), (time(14), time(17, 30))
    )


@pytest.mark.parametrize("text", ["", "8-12", "12:00-8:30", "8:30-12:00,11:00-17:00", "8:30-25:00"])
def test_working_hours_that_make_no_sense(text: str) -> None:
    with pytest.raises(BadInput, match="no working hours"):
        read_windows(text)
