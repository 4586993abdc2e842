"""Counting: examples worked out by hand, and what bad spans and pauses are told."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from cases import workcalendar
from cases.rules.clock import (
    LONGEST,
    Moment,
    Pause,
    Span,
    SpanUnit,
    StillPaused,
    as_if_resumed,
    later_month,
    merged,
    moments,
    resident_deadline,
)
from cases.rules.hours import OFFICE_WINDOWS
from cases.rules.workdays import WorkCalendar

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = workcalendar.current()
# Known for 2026 only, whatever years the installed package has: for provisional answers.
ONLY_2026 = WorkCalendar(
    version="test-2026",
    known_from=date(2026, 1, 1),
    known_to=date(2026, 12, 31),
    days_off=frozenset(day for day in CALENDAR.days_off if day.year == 2026),
    extra_workdays=frozenset(day for day in CALENDAR.extra_workdays if day.year == 2026),
)
W, D, MON, WH, H, MIN, S = SpanUnit


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def ends(start: str, *spans: Span, pauses: Sequence[tuple[str, str | None]] = ()) -> list[str]:
    stops = [Pause(at(first), at(last) if last else None) for first, last in pauses]
    found = moments(at(start), spans, CALENDAR, pauses=stops, zone=ZONE)
    return [moment.at.strftime("%Y-%m-%d %H:%M:%S") for moment in found]


def end(start: str, amount: int, unit: SpanUnit, *pauses: tuple[str, str | None]) -> str:
    return ends(start, Span(amount, unit), pauses=pauses)[0]


@pytest.mark.parametrize(
    ("start", "amount", "expected"),
    [
        # 13 and 14 February (make-up Saturday) count, 15-23 are the Spring Festival, 24, 25, 26.
        ("2026-02-12T10:00", 5, "2026-02-26 23:59:59"),
        ("2026-02-12T10:00", 1, "2026-02-13 23:59:59"),
        ("2026-02-12T10:00", 2, "2026-02-14 23:59:59"),
        ("2026-02-12T10:00", 3, "2026-02-24 23:59:59"),
        # Registered on a day off: the next working day is the first.
        ("2026-02-17T09:00", 1, "2026-02-24 23:59:59"),
        # 28 February is a make-up Saturday.
        ("2026-02-27T09:00", 1, "2026-02-28 23:59:59"),
        ("2026-02-27T09:00", 2, "2026-03-02 23:59:59"),
        # National Day 1-7 October, make-up Saturday 10 October.
        ("2026-09-30T17:00", 1, "2026-10-08 23:59:59"),
        ("2026-09-30T17:00", 3, "2026-10-10 23:59:59"),
        # The first and the last second of a day belong to that day, which is not counted.
        ("2026-03-02T00:00:00", 1, "2026-03-03 23:59:59"),
        ("2026-03-02T23:59:59", 1, "2026-03-03 23:59:59"),
        # Over a year's end with notices on both sides: 1 January off, 2 January 2025 a Thursday.
        ("2024-12-31T12:00", 1, "2025-01-02 23:59:59"),
    ],
)
def test_working_days(start: str, amount: int, expected: str) -> None:
    assert end(start, amount, W) == expected


@pytest.mark.parametrize(
    ("start", "amount", "unit", "expected"),
    [
        ("2026-02-12T10:00", 7, D, "2026-02-19 23:59:59"),  # no rolling for an agency
        ("2028-02-28T10:00", 1, D, "2028-02-29 23:59:59"),
        ("2028-02-28T10:00", 2, D, "2028-03-01 23:59:59"),
        ("2027-02-28T10:00", 1, D, "2027-03-01 23:59:59"),
        ("2026-12-31T23:59:59", 1, D, "2027-01-01 23:59:59"),
        ("2026-01-15T10:00", 1, MON, "2026-02-15 23:59:59"),
        ("2026-01-31T10:00", 1, MON, "2026-02-28 23:59:59"),
        ("2028-01-31T10:00", 1, MON, "2028-02-29 23:59:59"),
        ("2026-12-15T10:00", 1, MON, "2027-01-15 23:59:59"),
        ("2026-01-31T10:00", 13, MON, "2027-02-28 23:59:59"),
        ("2026-02-28T10:00", 1, MON, "2026-03-28 23:59:59"),
        ("2026-02-14T22:30", 24, H, "2026-02-15 22:30:00"),  # holidays do not stop hours
        ("2026-12-31T23:59:59", 2, MIN, "2027-01-01 00:01:59"),
        ("2026-03-01T00:00", 90, S, "2026-03-01 00:01:30"),
    ],
)
def test_other_units(start: str, amount: int, unit: SpanUnit, expected: str) -> None:
    assert end(start, amount, unit) == expected


def test_spans_follow_one_another() -> None:
    found = ends("2026-02-12T10:00", Span(1, W), Span(2, W), Span(3, W), Span(3, W))
    assert found == [
        "2026-02-13 23:59:59",
        "2026-02-24 23:59:59",
        "2026-02-27 23:59:59",
        "2026-03-03 23:59:59",  # 28 February, 2 and 3 March
    ]


def test_units_may_be_mixed() -> None:
    found = ends(
        "2026-03-02T10:00", Span(1, D), Span(2, H), Span(1, D), Span(1, MON), Span(30, MIN)
    )
    assert found == [
        "2026-03-03 23:59:59",
        "2026-03-04 02:00:00",  # two hours from that midnight
        "2026-03-05 23:59:59",  # 4 March, on which the day span begins, is not counted
        "2026-04-05 23:59:59",
        "2026-04-06 00:30:00",
    ]


def test_no_spans_no_ends() -> None:
    assert ends("2026-03-02T10:00") == []


def test_hours_to_midnight_end_on_the_new_day() -> None:
    assert ends("2026-03-02T22:00", Span(2, H), Span(1, D)) == [
        "2026-03-03 00:00:00",
        "2026-03-04 23:59:59",
    ]


@pytest.mark.parametrize(
    ("pause", "expected"),
    [
        # Friday 6 to Tuesday 10 March, both without their end: Friday and Monday do not count.
        (("2026-03-06T09:00", "2026-03-10T09:00"), "2026-03-12 23:59:59"),
        # Within one working day, over before its end: nothing changes.
        (("2026-03-06T09:00", "2026-03-06T23:59"), "2026-03-10 23:59:59"),
        # Over a weekend only: nothing changes.
        (("2026-03-07T00:00", "2026-03-09T00:00"), "2026-03-10 23:59:59"),
        # From midnight to midnight: exactly that day, not the one before.
        (("2026-03-06T00:00", "2026-03-07T00:00"), "2026-03-11 23:59:59"),
        # Twenty minutes around midnight take the day that ended meanwhile.
        (("2026-03-05T23:50", "2026-03-06T00:10"), "2026-03-11 23:59:59"),
        # In the last second of the day.
        (("2026-03-05T23:59:59", "2026-03-06T00:10"), "2026-03-11 23:59:59"),
        # Over before the clock began, and after it ended.
        (("2026-02-01T00:00", "2026-03-04T11:00"), "2026-03-10 23:59:59"),
        (("2026-03-11T00:00", None), "2026-03-10 23:59:59"),
    ],
)
def test_a_day_counts_only_if_the_clock_ran_at_its_end(
    pause: tuple[str, str | None], expected: str
) -> None:
    """Wednesday 4 March 2026 and four working days: 5, 6, 9 and 10 March without a pause."""
    assert end("2026-03-04T10:00", 4, W, pause) == expected


def test_hours_grow_by_exactly_the_paused_time() -> None:
    assert end("2026-03-04T10:00", 24, H, ("2026-03-04T12:00", "2026-03-04T13:30")) == (
        "2026-03-05 11:30:00"
    )


def test_hours_begun_in_a_pause_start_when_it_ends() -> None:
    assert end("2026-03-04T10:00", 2, H, ("2026-03-04T09:00", "2026-03-04T15:00")) == (
        "2026-03-04 17:00:00"
    )


def test_a_pause_that_begins_when_the_hours_end_is_too_late() -> None:
    assert end("2026-03-04T10:00", 2, H, ("2026-03-04T12:00", None)) == "2026-03-04 12:00:00"


def test_a_paused_day_lengthens_a_month_by_that_day() -> None:
    assert end("2026-03-04T10:00", 1, MON, ("2026-03-10T08:00", "2026-03-14T08:00")) == (
        "2026-04-08 23:59:59"
    )
    # Paused again in the days added.
    assert end(
        "2026-03-04T10:00",
        1,
        MON,
        ("2026-03-10T08:00", "2026-03-14T08:00"),
        ("2026-04-07T08:00", "2026-04-09T08:00"),
    ) == ("2026-04-10 23:59:59")


def test_overlapping_pauses_count_once_in_any_order() -> None:
    pauses = [
        ("2026-03-04T14:00", "2026-03-04T16:00"),
        ("2026-03-04T12:00", "2026-03-04T15:00"),
        ("2026-03-04T16:00", "2026-03-04T17:00"),
        ("2026-03-04T11:00", "2026-03-04T11:00"),
    ]
    assert end("2026-03-04T10:00", 4, H, *pauses) == "2026-03-04 19:00:00"
    stops = merged([Pause(at(first), at(last)) for first, last in pauses])
    assert stops == (Pause(at("2026-03-04T12:00"), at("2026-03-04T17:00")),)


def test_an_open_pause_swallows_what_it_overlaps() -> None:
    stops = merged(
        [
            Pause(at("2026-03-04T12:00"), None),
            Pause(at("2026-03-05T12:00"), at("2026-03-06T12:00")),
        ]
    )
    assert stops == (Pause(at("2026-03-04T12:00"), None),)


@pytest.mark.parametrize("unit", [W, D, MON, H])
def test_behind_an_open_pause_nobody_knows_the_end(unit: SpanUnit) -> None:
    with pytest.raises(StillPaused, match="stopped since 2026-03-04"):
        end("2026-03-04T10:00", 3, unit, ("2026-03-04T11:00", None))


def test_as_if_resumed_closes_the_running_pause() -> None:
    now = at("2026-03-06T09:00")
    closed = Pause(at("2026-03-01T09:00"), at("2026-03-02T09:00"))
    running = Pause(at("2026-03-05T09:00"), None)
    later = Pause(at("2026-03-07T09:00"), None)
    assert as_if_resumed([closed, running, later], now) == (
        closed,
        Pause(running.start, now),
        Pause(later.start, later.start),
    )


def test_a_count_that_reaches_a_year_without_notice_is_provisional() -> None:
    spans = [Span(1, W), Span(2, W), Span(1, D), Span(1, H)]
    found = moments(at("2026-12-30T10:00"), spans, ONLY_2026, zone=ZONE)
    assert [moment.provisional for moment in found] == [False, True, True, True]
    # 31 December, then 1 January (a Friday nobody declared off yet) and 4 January.
    assert found[1].at == at("2027-01-04T23:59:59")


def test_calendar_days_and_hours_need_no_notice() -> None:
    spans = [Span(30, D), Span(1, MON), Span(48, H)]
    found = moments(at("2026-12-20T10:00"), spans, ONLY_2026, zone=ZONE)
    assert not any(moment.provisional for moment in found)


def test_an_unknown_day_that_was_paused_is_not_asked_about() -> None:
    only_day = WorkCalendar("test", date(2026, 3, 2), date(2026, 3, 3), frozenset(), frozenset())
    pause = Pause(at("2026-03-01T08:00"), at("2026-03-02T08:00"))
    found = moments(at("2026-02-28T10:00"), [Span(1, W)], only_day, pauses=[pause], zone=ZONE)
    assert found == (Moment(at("2026-03-02T23:59:59"), False),)


@pytest.mark.parametrize(
    ("start", "span", "expected"),
    [
        # 19 February lies in the Spring Festival.
        ("2026-02-12T10:00", Span(7, D), "2026-02-24 23:59:59"),
        # A Saturday rolls to Monday, a make-up Saturday does not roll.
        ("2026-02-28T10:00", Span(7, D), "2026-03-09 23:59:59"),
        ("2026-02-21T10:00", Span(7, D), "2026-02-28 23:59:59"),
        ("2026-02-24T10:00", Span(7, D), "2026-03-03 23:59:59"),
        ("2026-01-15T10:00", Span(1, MON), "2026-02-24 23:59:59"),
        ("2026-02-12T10:00", Span(5, W), "2026-02-26 23:59:59"),
        ("2026-02-14T22:30", Span(24, H), "2026-02-15 22:30:00"),
    ],
)
def test_a_residents_deadline_rolls_on_to_a_working_day(
    start: str, span: Span, expected: str
) -> None:
    found = resident_deadline(at(start), [span], CALENDAR, zone=ZONE)
    assert found.at.strftime("%Y-%m-%d %H:%M:%S") == expected
    assert not found.provisional


def test_a_rolled_day_must_run_too() -> None:
    pause = Pause(at("2026-03-09T08:00"), at("2026-03-10T08:00"))
    found = resident_deadline(
        at("2026-02-28T10:00"), [Span(7, D)], CALENDAR, pauses=[pause], zone=ZONE
    )
    assert found.at == at("2026-03-10T23:59:59")


def test_a_residents_deadline_in_an_unknown_year_is_provisional() -> None:
    last_known = resident_deadline(at("2026-12-24T10:00"), [Span(7, D)], ONLY_2026, zone=ZONE)
    assert last_known == Moment(at("2026-12-31T23:59:59"), False)
    unknown = resident_deadline(at("2026-12-26T10:00"), [Span(7, D)], ONLY_2026, zone=ZONE)
    assert unknown == Moment(at("2027-01-04T23:59:59"), True)


def test_days_are_those_of_the_zone_whatever_zone_the_start_is_written_in() -> None:
    """16:30 in UTC is already the next day in Shanghai."""
    start = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
    found = moments(start, [Span(1, D), Span(1, H)], CALENDAR, zone=ZONE)
    assert [moment.at.isoformat() for moment in found] == [
        "2026-03-04T23:59:59+08:00",
        "2026-03-05T01:00:00+08:00",
    ]


def test_hours_are_real_hours_where_the_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 3, 28, 12, 0, tzinfo=berlin)
    found = moments(start, [Span(24, H), Span(1, D)], CALENDAR, zone=berlin)
    assert found[0].at.isoformat() == "2026-03-29T13:00:00+02:00"
    assert found[1].at.isoformat() == "2026-03-30T23:59:59+02:00"


def test_later_month_over_leap_days_and_years() -> None:
    assert later_month(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert later_month(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert later_month(date(2026, 12, 31), 12) == date(2027, 12, 31)


def test_moments_without_a_zone_are_refused() -> None:
    naive = datetime(2026, 3, 2, 10, 0)  # noqa: DTZ001 - the mistake under test
    with pytest.raises(ValueError, match="no time zone"):
        moments(naive, [Span(1, D)], CALENDAR, zone=ZONE)
    with pytest.raises(ValueError, match="no time zone"):
        Pause(naive, None)
    with pytest.raises(ValueError, match="no time zone"):
        Pause(at("2026-03-01T10:00"), naive)


def test_a_pause_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        Pause(at("2026-03-02T10:00"), at("2026-03-02T09:59"))


@pytest.mark.parametrize("unit", SpanUnit)
def test_spans_survive_json(unit: SpanUnit) -> None:
    span = Span(2, unit)
    assert span.to_json() == {"amount": 2, "unit": unit.value}
    assert type(span.to_json()["unit"]) is str
    assert Span.from_json(span.to_json()) == span


@pytest.mark.parametrize("unit", SpanUnit)
def test_the_longest_span_still_has_an_end(unit: SpanUnit) -> None:
    span = Span(LONGEST[unit], unit)
    found = moments(at("2026-03-02T10:00"), [span], CALENDAR, zone=ZONE, windows=OFFICE_WINDOWS)
    assert 2035 <= found[0].at.year <= 2037


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (None, "an amount and a unit"),
        ({"amount": 2}, "an amount and a unit"),
        ({"amount": 2, "unit": "hour", "more": 1}, "nothing else"),
        ({"amount": 2, "unit": "fortnight"}, "not a unit of time; use working_day"),
        ({"amount": 2, "unit": 3}, "not a unit of time"),
        ({"amount": "2", "unit": "hour"}, "whole number"),
        ({"amount": 2.5, "unit": "hour"}, "whole number"),
        ({"amount": True, "unit": "hour"}, "whole number"),
        ({"amount": 0, "unit": "working_day"}, "at least 1 working day"),
        ({"amount": -1, "unit": "hour"}, "at least 1 hour"),
        ({"amount": 4000, "unit": "calendar_day"}, "longer than ten years"),
    ],
)
def test_bad_spans_are_refused_in_a_sentence(body: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Span.from_json(body)


def test_a_span_needs_a_real_unit() -> None:
    with pytest.raises(ValueError, match="not a unit of time"):
        Span(1, "hour")  # type: ignore[arg-type]
