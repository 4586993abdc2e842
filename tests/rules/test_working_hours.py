"""Hours that run only while offices are open: worked out by hand."""

from datetime import time

import pytest

from cases.rules.clock import Pause, Span, StillPaused, moments
from cases.rules.hours import OFFICE_WINDOWS
from cases.rules.windows import Windows
from tests.rules.test_clock import CALENDAR, ONLY_2026, WH, ZONE, at


def office(start: str, amount: int, *pauses: tuple[str, str | None]) -> str:
    """The end of working hours from 8:30 to 12:00 and from 14:00 to 17:30."""
    stops = [Pause(at(first), at(last) if last else None) for first, last in pauses]
    windows = Windows.every_day((time(8, 30), time(12)), (time(14), time(17, 30)))
    [found] = moments(
        at(start), [Span(amount, WH)], CALENDAR, pauses=stops, zone=ZONE, windows=windows
    )
    return found.at.strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("start", "amount", "pauses", "expected"),
    [
        ("2026-03-02T09:00", 2, [], "2026-03-02 11:00:00"),
        ("2026-03-02T11:00", 2, [], "2026-03-02 15:00:00"),  # over noon
        ("2026-03-02T08:30", 7, [], "2026-03-02 17:30:00"),  # ends on closing time
        ("2026-03-02T17:30", 1, [], "2026-03-03 09:30:00"),  # too late for that day
        ("2026-03-06T16:30", 2, [], "2026-03-09 09:30:00"),  # over a weekend
        # 13 February, the make-up Saturday, the Spring Festival, 24 February.
        ("2026-02-13T14:00", 12, [], "2026-02-24 10:00:00"),
        ("2026-03-02T09:00", 2, [("2026-03-02T10:00", "2026-03-02T10:45")], "2026-03-02 11:45:00"),
        ("2026-03-02T09:00", 2, [("2026-03-02T12:00", "2026-03-02T14:00")], "2026-03-02 11:00:00"),
        ("2026-03-02T09:00", 8, [("2026-03-02T12:00", "2026-03-05T09:00")], "2026-03-05 16:00:00"),
        ("2026-03-02T09:00", 1, [("2026-03-02T10:00", None)], "2026-03-02 10:00:00"),
    ],
)
def test_working_hours_run_in_the_windows_of_working_days(
    start: str, amount: int, pauses: list[tuple[str, str | None]], expected: str
) -> None:
    assert office(start, amount, *pauses) == expected


def test_working_hours_behind_an_open_pause_have_no_end() -> None:
    with pytest.raises(StillPaused, match="stopped since 2026-03-02"):
        office("2026-03-02T09:00", 2, ("2026-03-02T10:00", None))


def test_working_hours_ask_only_about_days_on_which_they_would_run() -> None:
    def provisional(start: str, amount: int, *pauses: Pause) -> bool:
        [found] = moments(
            at(start), [Span(amount, WH)], ONLY_2026, pauses=pauses, zone=ZONE,
            windows=OFFICE_WINDOWS,
        )  # fmt: skip
        return found.provisional

    assert not provisional("2026-12-31T15:30", 2)
    assert provisional("2026-12-31T15:30", 3)
    only_day = Pause(at("2027-01-01T00:00"), at("2027-01-04T00:00"))
    assert provisional("2026-12-31T15:30", 3, only_day)


def test_working_hours_need_windows() -> None:
    with pytest.raises(ValueError, match="when offices work"):
        moments(at("2026-03-02T09:00"), [Span(1, WH)], CALENDAR, zone=ZONE)


@pytest.mark.parametrize(
    "days",
    [
        ((time(9), time(8)),),
        ((time(8), time(8)),),
        ((time(8), time(12)), (time(11), time(17))),
        ((time(14), time(17)), (time(8), time(12))),
        (),
    ],
)
def test_windows_are_in_order(days: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match="[Ww]orking hours are"):
        Windows.every_day(*days)
