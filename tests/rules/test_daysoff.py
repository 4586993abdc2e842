"""Notices as files: every form they come in, every line that cannot be used, and their calendar."""

import json
import re
from datetime import date, timedelta
from random import Random

import pytest

from cases import dayfile, workcalendar
from cases.rules.daysoff import NamedDay, day_from, missing_by_law, own_day, year_days
from cases.rules.workdays import (
    DAY,
    WorkCalendar,
    YearDays,
    changed_days,
    with_notices,
    with_own_days,
)
from grids.errors import BadInput
from tests.cases.daysoff import notice_days, table

YEAR = 2027  # 1 January is a Friday
DAYS = notice_days(YEAR)
BASE = workcalendar.packaged()
FIRST = date(YEAR, 1, 1)


def as_json(days: list[NamedDay]) -> str:
    rows = [
        {"name": one.name, "date": one.day.isoformat(), "isOffDay": not one.works} for one in days
    ]
    return json.dumps({"year": YEAR, "days": rows}, ensure_ascii=False, indent=1)


def as_ics(days: list[NamedDay]) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0"]
    for one in days:
        lines += [
            "BEGIN:VEVENT", f"DTSTART;VALUE=DATE:{one.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{one.day + DAY:%Y%m%d}",
            f"SUMMARY:{'补' if one.works else '节'}", f" {'班' if one.works else '休'}",
            "END:VEVENT",
        ]  # fmt: skip
    return "\r\n".join([*lines, "END:VCALENDAR"])


def read(text: str | bytes) -> dayfile.Notice:
    return dayfile.read("n", text if isinstance(text, bytes) else text.encode(), YEAR)


@pytest.mark.parametrize("form", [table, as_json, as_ics])
def test_a_notice_is_read_in_each_form(form) -> None:
    found = read(form(DAYS))
    assert found.bad == []
    assert year_days(YEAR, found.days) == year_days(YEAR, DAYS)


def test_a_calendar_may_call_days_off_by_their_festival() -> None:
    for name in (
        "元旦",
        "春节",
        "除夕",
        "清明节",
        "劳动节",
        "端午节",
        "中秋节",
        "国庆节",
        "Holiday",
    ):
        found = read(as_ics(DAYS).replace("SUMMARY:节\r\n 休", f"SUMMARY:{name}"))
        assert year_days(YEAR, found.days) == year_days(YEAR, DAYS), name


def test_offices_write_days_and_titles_in_their_own_way() -> None:
    rows = [f"{one.day.year}年{one.day.month}月{one.day.day}日,{'班' if one.works else '休'},节"
            for one in DAYS]  # fmt: skip
    found = read("\ufeff" + "\n".join(["日期,类别,名称", *rows]))
    assert (found.bad, len(found.days)) == ([], len(DAYS))
    assert dayfile.read("n", dayfile.write(found.days).encode(), YEAR).days == found.days
    for text in ("2027/2/6", "20270206", "2027.02.06", "2027年2月6日"):
        assert day_from(text) == date(2027, 2, 6)
    for text in ("", "2027-2", "6.2.2027", "2027-02-30", "9999-12-31", "202726", "x"):
        assert day_from(text) is None


LAW = table(DAYS)
BAD = [
    (LAW.encode("gb18030"), 2, "Not UTF-8"),
    (b"", 1, "The first line must be"),
    (b"date,kind,name\n", 1, "no day off"),
    (b"\x00" * 2_000_000, 1, "too large"),
    (bytes(range(1, 128)) * 900, 1, "The first line must be|Not a CSV"),
    (LAW + "\n2027-01-01,off,x", len(DAYS) + 2, "on line 2 already"),
    (LAW + "\n2027-01-02,work,x", len(DAYS) + 2, "off and a working day at once, see line 3"),
    (LAW + "\n2026-12-31,off,x", len(DAYS) + 2, "does not lie in 2027"),
    (LAW + "\n2027-03-01,work,x", len(DAYS) + 2, "no weekend day"),
    (LAW + "\n2027-13-01,off,x", len(DAYS) + 2, "is no day"),
    (LAW + "\n2027-03-01,maybe,x", len(DAYS) + 2, "neither off"),
    (LAW + "\n2027-03-01,off,x\u202ey", len(DAYS) + 2, "control characters"),
    (LAW + "\n2027-03-01,off," + "长" * 61, len(DAYS) + 2, "At most|too long|longer"),
    (table([one for one in DAYS if one.day.month != 10]), 1, "by law are missing: 2027-10-01"),
    ("{", 1, "Not JSON"),
    ("[" * 100_000, 1, "Not JSON"),
    ('{"years": []}', 1, "no list called days"),
    ('{"days": [\n3]}', 1, "object with date"),
    ('{"days": [\n{"date": "2027-01-01",\n "isOffDay": "ja"}]}', 2, "true or false"),
    ("BEGIN:VCALENDAR\nEND:VCALENDAR", 1, "no event"),
    (as_ics(DAYS).replace("休", "?"), 3, "neither off"),
    (as_ics(DAYS).replace("SUMMARY:节\r\n 休", "SUMMARY:教师节", 1), 3, "neither off"),
    (as_ics(DAYS).replace("DTEND;VALUE=DATE:2027", "DTEND;VALUE=DATE:2028", 1), 3, "No holiday"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "line", "sentence"), BAD)
def test_what_cannot_be_used_is_named_with_its_line(content, line: int, sentence: str) -> None:
    found = read(content)
    assert found.bad, "nothing was found wrong"
    assert found.bad[0].line == line
    assert re.search(sentence, found.bad[0].reason), found.bad[0].reason


# --- calendars of it ------------------------------------------------------------------------
def test_an_imported_year_counts_instead_of_the_packages() -> None:
    year = BASE.known_to.year
    calendar = with_notices(BASE, {year: YearDays(year, frozenset(), frozenset())})
    new_year = date(year, 1, 1)
    assert calendar.is_workday(new_year) == (new_year.weekday() < 5)
    assert calendar.version != BASE.version and calendar.known_to == BASE.known_to
    before = date(year - 1, 10, 1)
    assert not calendar.is_workday(before), "other years stay"


def test_a_year_behind_a_gap_stays_unknown() -> None:
    next_year = BASE.known_to.year + 1
    days = YearDays(next_year + 1, frozenset(), frozenset())
    assert with_notices(BASE, {next_year + 1: days}) is BASE
    both = with_notices(
        BASE, {next_year + 1: days, next_year: YearDays(next_year, frozenset(), frozenset())}
    )
    assert both.known_to == date(next_year + 1, 12, 31)


def test_a_district_differs_by_its_own_days_only() -> None:
    day = next(
        BASE.known_to - DAY * n for n in range(9) if BASE.is_workday(BASE.known_to - DAY * n)
    )
    own = with_own_days(BASE, [YearDays(day.year, frozenset({day}), frozenset())])
    assert not own.is_workday(day) and own.version != BASE.version
    assert changed_days(BASE, own) == {day}
    unknown = BASE.known_to + DAY
    assert with_own_days(BASE, [YearDays(9, frozenset({unknown}), frozenset())]) is BASE
    with pytest.raises(BadInput, match="no notice"):
        own_day(BASE, {}, NamedDay(unknown, False))
    with pytest.raises(BadInput, match="working day for the whole country"):
        own_day(BASE, {}, NamedDay(day, True))
    with pytest.raises(BadInput, match="no day of the district"):
        own_day(BASE, {}, day)
    kept = own_day(BASE, {}, NamedDay(day, False))
    assert own_day(BASE, {one.day: one for one in kept}, day) == []


def test_changed_days_are_exactly_those_a_count_would_answer_otherwise() -> None:
    lot = Random(5)
    for _turn in range(60):
        one, other = (random_calendar(lot) for _side in range(2))
        expected = set()
        day = date(2025, 1, 1)
        while day < date(2028, 1, 1):
            if (one.knows(day), one.is_workday(day)) != (other.knows(day), other.is_workday(day)):
                expected.add(day)
            day += timedelta(1)
        assert changed_days(one, other) == expected


def random_calendar(lot: Random) -> WorkCalendar:
    last = lot.choice([2025, 2026, 2027])
    days = [date(2025, 1, 1) + DAY * n for n in range((date(last, 12, 31) - date(2025, 1, 1)).days)]
    off = frozenset(lot.sample(days, 9))
    extra = frozenset(day for day in lot.sample(days, 9) if day.weekday() > 4) - off
    return WorkCalendar(f"v{lot.random()}", date(2025, 1, 1), date(last, 12, 31), off, extra)


def test_the_law_alone_is_asked_for() -> None:
    assert missing_by_law(YEAR, DAYS) == []
    assert missing_by_law(YEAR, []) == [
        FIRST, date(YEAR, 10, 1),
    ]  # 1 and 2 May, 2 and 3 October of 2027 are weekend days  # fmt: skip
