"""The calendar itself, and what the installed package says about real years."""

from datetime import date, timedelta

import pytest

from cases import workcalendar
from cases.rules.workdays import WorkCalendar, fingerprint


def small(**changes: object) -> WorkCalendar:
    fields: dict[str, object] = {
        "version": "test-1",
        "known_from": date(2026, 1, 1),
        "known_to": date(2026, 12, 31),
        "days_off": frozenset({date(2026, 1, 1), date(2026, 1, 2)}),
        "extra_workdays": frozenset({date(2026, 1, 4)}),
    }
    return WorkCalendar(**{**fields, **changes})  # type: ignore[arg-type]


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def test_plain_weekdays_days_off_and_make_up_days() -> None:
    calendar = small()
    assert not calendar.is_workday(date(2026, 1, 1))
    assert not calendar.is_workday(date(2026, 1, 2))
    assert not calendar.is_workday(date(2026, 1, 3))
    assert calendar.is_workday(date(2026, 1, 4)), "Sunday made a working day"
    assert calendar.is_workday(date(2026, 1, 5))


def test_knows_both_ends_and_nothing_beyond() -> None:
    calendar = small()
    assert calendar.knows(date(2026, 1, 1)) and calendar.knows(date(2026, 12, 31))
    assert not calendar.knows(date(2025, 12, 31)) and not calendar.knows(date(2027, 1, 1))


def test_an_unknown_year_is_plain_monday_to_friday() -> None:
    calendar = small()
    assert calendar.is_workday(date(2027, 1, 1)), "a Friday; no notice says it is off"
    assert not calendar.is_workday(date(2027, 1, 2))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"version": ""}, "needs a version"),
        ({"known_to": date(2025, 1, 1)}, "lies before its first"),
        ({"extra_workdays": frozenset({date(2026, 1, 1)})}, "day off and as a make-up"),
        ({"days_off": frozenset({date(2027, 1, 1)})}, "outside the known days"),
    ],
)
def test_a_contradictory_calendar_is_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        small(**changes)


def test_the_calendar_in_force_knows_at_least_2001_to_2026_without_a_gap() -> None:
    calendar = workcalendar.packaged()
    assert calendar.known_from == date(2001, 1, 1)
    assert calendar.known_to >= date(2026, 12, 31)
    assert (calendar.known_to.month, calendar.known_to.day) == (12, 31)
    assert calendar is workcalendar.packaged(), "built once"
    assert calendar.version.startswith(f"cn-{calendar.known_to.year}-")


def test_every_known_year_really_has_a_notice() -> None:
    """A year the package only guesses has no make-up days; each notice so far has some."""
    calendar = workcalendar.packaged()
    years_with_make_up_days = {day.year for day in calendar.extra_workdays}
    known = set(range(calendar.known_from.year, calendar.known_to.year + 1))
    assert known == years_with_make_up_days
    assert all(day.weekday() >= 5 for day in calendar.extra_workdays)


# From the yearly notices: holiday blocks (both ends) and make-up working days.
NOTICES = {
    2024: (
        "01-01 02-10/02-17 04-04/04-06 05-01/05-05 06-10 09-15/09-17 10-01/10-07",
        "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
    ),
    2025: (
        "01-01 01-28/02-04 04-04/04-06 05-01/05-05 05-31/06-02 10-01/10-08",
        "01-26 02-08 04-27 09-28 10-11",
    ),
    2026: (
        "01-01/01-03 02-15/02-23 04-04/04-06 05-01/05-05 06-19/06-21 09-25/09-27 10-01/10-07",
        "01-04 02-14 02-28 05-09 09-20 10-10",
    ),
}


@pytest.mark.parametrize("year", NOTICES)
def test_every_day_of_a_year_agrees_with_its_notice(year: int) -> None:
    blocks, make_up = NOTICES[year]
    off: set[date] = set()
    for block in blocks.split():
        first, _, last = block.partition("/")
        off.update(
            days(
                date.fromisoformat(f"{year}-{first}"), date.fromisoformat(f"{year}-{last or first}")
            )
        )
    extra = {date.fromisoformat(f"{year}-{day}") for day in make_up.split()}
    calendar = workcalendar.packaged()
    for day in days(date(year, 1, 1), date(year, 12, 31)):
        expected = day in extra or (day.weekday() < 5 and day not in off)
        assert calendar.is_workday(day) == expected, day


@pytest.mark.parametrize(
    ("years", "run"),
    [
        ([2026], (2026, 2026)),
        ([2001, 2002, 2003], (2001, 2003)),
        ([2001, 2002, 2005, 2006], (2005, 2006)),
    ],
)
def test_only_the_newest_unbroken_run_of_years_is_known(
    years: list[int], run: tuple[int, int]
) -> None:
    assert workcalendar.last_unbroken_run(years) == run


def test_the_version_changes_with_any_day() -> None:
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    one = fingerprint(first, last, frozenset({first}), frozenset())
    other = fingerprint(first, last, frozenset(), frozenset({first}))
    assert one != other != fingerprint(first, last, frozenset(), frozenset())


def test_a_package_without_notices_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holidays.country_holidays", lambda country: object())
    with pytest.raises(RuntimeError, match="no State Council notices"):
        workcalendar.packaged.__wrapped__()
