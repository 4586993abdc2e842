"""When is it due, and why: the command and its explanation."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.urls import reverse

from cases import workcalendar
from cases.management.commands.deadline import Command
from cases.rules.workdays import WorkCalendar
from governance.launch import commands

PAGE, API = reverse("cases:deadline"), reverse("api:deadline")


def asked(*words: str, lang: str = "en") -> dict[str, object]:
    out = StringIO()
    call_command("deadline", *words, lang=lang, json=True, stdout=out)
    found: dict[str, object] = json.loads(out.getvalue())
    assert list(found) == ["due_at", "provisional", "explanation"]
    return found


def refused(*words: str, lang: str = "en") -> str:
    err = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("deadline", *words, lang=lang, stderr=err)
    assert ended.value.code not in (0, None)
    assert err.getvalue().count("\n") == 1
    return err.getvalue()


def test_the_example_of_everybody_is_explained_in_english() -> None:
    assert asked("2026-02-12T10:00", "5wd") == {
        "due_at": "2026-02-26T23:59:59+08:00",
        "provisional": False,
        "explanation": [
            "Started on Thursday 12 February 2026; this day is not counted (Civil Code, Art. 201).",
            "13 February, 14 February (make-up working day): 2 working days count.",
            "15 February to 23 February: Spring Festival, does not count.",
            "24 February, 25 February, 26 February: 3 working days count.",
            "Due on Thursday 26 February 2026 24:00.",
        ],
    }


def test_the_example_of_everybody_is_explained_in_chinese() -> None:
    assert asked("2026-02-12T10:00", "5wd", lang="zh")["explanation"] == [
        "2026年2月12日星期四起算，当日不计入（民法典第二百零一条）。",
        "2月13日、2月14日（调休上班）：计2个工作日。",
        "2月15日至2月23日：春节放假，不计入。",
        "2月24日、2月25日、2月26日：计3个工作日。",
        "2026年2月26日星期四 24:00到期。",
    ]


def test_the_text_begins_with_the_due_moment_in_the_products_language() -> None:
    out = StringIO()
    call_command("deadline", "2026-02-12T10:00", "5wd", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0] == "2026-02-26T23:59:59+08:00"
    assert lines[1] == "非暂定"
    assert lines[2].strip().startswith("2026年2月12日") and len(lines) == 7


@pytest.mark.parametrize(
    ("words", "due"),
    [
        # Year ends, each with its own notice.
        ("2019-12-31 1wd", "2020-01-02"),
        ("2020-01-23T09:00 3wd", "2020-02-05"),  # Spring Festival made longer in 2020
        ("2020-12-31 1wd", "2021-01-04"),
        ("2022-12-30T23:59 2wd", "2023-01-04"),
        ("2023-12-29 1wd", "2024-01-02"),
        # National Day, alone and with Mid-Autumn, and make-up days around them.
        ("2019-09-27T10:00 3wd", "2019-10-08"),
        ("2020-09-30 3wd", "2020-10-12"),
        ("2023-09-28 2wd", "2023-10-08"),
        ("2025-09-26T18:00 3wd", "2025-09-30"),
        ("2025-09-30 2wd", "2025-10-10"),
        # Labour Day and its make-up days.
        ("2021-04-24 2wd", "2021-04-26"),
        ("2024-04-30 3wd", "2024-05-08"),
        ("2026-04-30 4wd", "2026-05-09"),
        # Calendar days and months, over leap days; an agency's end does not move.
        ("2024-02-28 1d", "2024-02-29"),
        ("2024-01-31 1mo", "2024-02-29"),
        ("2023-01-31 1mo", "2023-02-28"),
        ("2026-02-12 7d", "2026-02-19"),
        ("2026-03-02T10:00 60d", "2026-05-01"),
        ("2026-03-02T10:00 60d --extend 30d", "2026-05-31"),
        # A resident's rolls on to a working day, over a holiday or to a make-up Saturday.
        ("2026-02-12 7d --whose resident", "2026-02-24"),
        ("2026-02-21 7d --whose resident", "2026-02-28"),
        ("2026-04-01 30d --whose resident", "2026-05-06"),
        ("2025-12-01 1mo --whose resident", "2026-01-04"),
        # A day counts if the clock ran at its end.
        ("2026-03-02 5wd --pause 2026-03-03T09:00/2026-03-05T09:00", "2026-03-11"),
        ("2026-03-02 5wd --pause 2026-03-03T09:00/2026-03-03T18:00", "2026-03-09"),
        ("2026-03-02 5wd --pause 2026-03-03/2026-03-05", "2026-03-11"),
        # Another zone: the civil day is Shanghai's.
        ("2026-03-02T16:30Z 1d", "2026-03-04"),
    ],
)
def test_days(words: str, due: str) -> None:
    assert asked(*words.split())["due_at"] == f"{due}T23:59:59+08:00"


@pytest.mark.parametrize(
    ("words", "due"),
    [
        ("2026-02-14T22:30 24h", "2026-02-15T22:30:00"),
        ("2026-12-31T23:59:30 30min", "2027-01-01T00:29:30"),
        ("2026-02-12T10:00 3wh", "2026-02-12T13:00:00"),
        ("2026-02-12T16:30 3wh", "2026-02-13T10:30:00"),
        ("2026-02-14T16:30 3wh", "2026-02-24T10:30:00"),
        ("2026-02-12T10:00 3wh --hours 8:30-12:00,14:00-17:30", "2026-02-12T15:00:00"),
        ("2026-03-02T09:00 2h --pause 2026-03-02T10:00/2026-03-02T11:30", "2026-03-02T12:30:00"),
    ],
)
def test_hours(words: str, due: str) -> None:
    assert asked(*words.split())["due_at"] == f"{due}+08:00"


def test_a_year_without_a_notice_is_provisional(monkeypatch: pytest.MonkeyPatch) -> None:
    known = workcalendar.packaged()
    first, last = known.known_from, known.known_to.replace(year=2026)
    only = WorkCalendar(
        "to-2026", first, last, frozenset(d for d in known.days_off if d <= last),
        frozenset(d for d in known.extra_workdays if d <= last),
    )  # fmt: skip
    monkeypatch.setattr(workcalendar, "current", lambda: only)
    found = asked("2026-12-30T10:00", "3wd")
    assert (found["due_at"], found["provisional"]) == ("2027-01-04T23:59:59+08:00", True)
    assert "no holiday notice for 2027" in str(found["explanation"])
    assert asked("2026-12-20", "30d")["provisional"] is False
    assert asked("2026-12-20", "30d", "--whose", "resident")["provisional"] is True


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "Write from when"),
        ("2026-02-12", "Write how long"),
        ("2026-02-12 five", "is not a span of time"),
        ("2026-02-12 5w", "“w” is not a unit of time"),
        ("2026-02-12 0d", "at least 1"),
        ("2026-02-12 9999999d", "longer than ten years"),
        ("0001-01-01 5wd", "from 1949 to 2199"),
        ("9999-12-31 5wd", "from 1949 to 2199"),
        ("2026-02-30 5wd", "no such day"),
        ("2026-02-12 5wd --whose mine", "agency or resident, not “mine”"),
        ("2026-02-12 5wd --extend x", "is not a span of time"),
        ("2026-02-12 5wd --pause 2026-02-14/2026-02-13", "before it starts"),
        ("2026-02-12 5wd --pause 2026-02-14/", "has no end"),
        ("2026-02-12 5wd --pause 2026-02-13/2026-02-15 --pause 2026-02-14/2026-02-16", "overlap"),
        ("2026-02-12 --rule no_such", "no clock called “no_such”"),
        ("2026-02-12 --rule verify --extend 1d", "cannot be extended"),
        ("2026-02-12 40d --rule mediation_month", "may last until 2026-03-12 23:59 at most"),
        ("2026-02-12 61d --rule handle", "may last until 2026-04-13 23:59 at most"),
        ("2026-02-12 --rule review_apply --whose agency", "is a resident's"),
        ("2026-02-12 --rule handle --whose resident", "is the office's"),
        ("2026-02-12 5wh --hours 9-5", "no working hours"),
        # Opening for a minute makes one span thousands of years long, extensions any.
        ("2026-02-12 20800wh --hours 08:30-08:31", "longer than 100 years"),
        ("2026-02-12 3652d" + " --extend 3652d" * 10, "longer than 100 years"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_sentence(words: str, sentence: str) -> None:
    assert sentence in refused(*words.split())


def test_refusals_speak_chinese_too() -> None:
    assert refused("2026-02-12", "5w", lang="zh").startswith("“w”不是时间单位。")


def test_a_wrong_language_is_said_in_the_products() -> None:
    assert "zh或en" in refused("2026-02-12", "5wd", lang="fr")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [(["-5wd"], "at least 1, not −5"), (["5wd", "--extend", "-1d"], "at least 1, not −1")],
)
def test_negative_spans_are_no_options(
    typed: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        Command().run_from_argv(["manage.py", "deadline", "2026-02-12", *typed, "--lang", "en"])
    assert sentence in capsys.readouterr().err


def test_a_clock_of_the_rules_brings_its_span() -> None:
    assert asked("2026-02-12T10:00", "--rule", "hotline")["due_at"] == "2026-02-26T23:59:59+08:00"
    assert asked("2026-02-12T10:00", "--rule", "silence")["due_at"] == "2026-02-24T23:59:59+08:00"


def test_the_command_starts_no_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(commands.os, "execv", lambda path, argv: started.append(argv))
    monkeypatch.setattr(commands.servers, "export", lambda values: None)
    monkeypatch.setattr(commands, "folder", lambda: pytest.fail("a state folder is made"))
    with pytest.raises(BaseException):  # noqa: B017, PT011 - execv comes back in a test only
        commands.manage(["deadline", "2026-02-12", "5wd"])
    assert started[0][-3:] == ["deadline", "2026-02-12", "5wd"]


def test_without_a_database_the_days_off_are_those_shipped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(workcalendar, "current", away)
    assert asked("2026-02-12T10:00", "5wd")["due_at"] == "2026-02-26T23:59:59+08:00"


def test_servers_that_run_anyway_are_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JIEYOU_STATE", str(tmp_path))
    monkeypatch.setattr(commands.servers, "given", dict)
    assert commands._reachable() == {}
    (tmp_path / "run.json").write_text('{"port": "1", "DATABASE_URL": "postgresql://here/db"}')
    assert commands._reachable() == {"DATABASE_URL": "postgresql://here/db"}
    (tmp_path / "run.json").write_text("{")
    assert commands._reachable() == {}


# --- how it is told -----------------------------------------------------------------------
def told(*words: str, lang: str = "en") -> str:
    lines = asked(*words, lang=lang)["explanation"]
    assert isinstance(lines, list)
    return "\n".join(lines)


def test_pauses_extensions_and_rolling_are_told() -> None:
    text = told(
        "2026-03-02T10:00", "5wd", "--pause", "2026-03-03T09:00/2026-03-05T09:00",
        "--pause", "2026-03-09T09:00/2026-03-09T10:00", "--extend", "10d", "--whose", "resident",
    )  # fmt: skip
    assert "stood still from 3 March 09:00 to 5 March 09:00: 2 days do not count" in text
    assert "5 March, 6 March, 9 March, 10 March, 11 March: 5 working days count" in text
    assert "7 March to 8 March: weekend" in text
    assert "Extended by 10 calendar days: it runs on from the end before." in text
    assert "12 March to 21 March: 10 days count." in text
    assert "The last day would be 21 March, a day off" in text and "23 March (Civil Code" in text
    assert "from 9 March 09:00 to 9 March 10:00: it ran at the end of every day" in text


def test_each_pause_is_told_with_the_days_it_took() -> None:
    text = told(
        "2026-03-02", "5wd", "--pause", "2026-03-03/2026-03-04",
        "--pause", "2026-03-04/2026-03-06", "--pause", "2026-03-11T23:59:00/2026-03-11T23:59:30",
    )  # fmt: skip
    assert "from 3 March 00:00 to 4 March 00:00: 1 day does not count" in text
    assert "from 4 March 00:00 to 6 March 00:00: 2 days do not count" in text
    assert "to 11 March 23:59:30: it ran at the end" in text
    text = told("2026-02-12", "7d", "--whose", "resident", "--pause", "2026-02-24/2026-02-25")
    assert "next working day, 25 February" in text and "25 February 00:00: 1 day does not" in text


def test_years_without_a_notice_are_told_in_one_line() -> None:
    text = told("2190-01-01", "1000wd")
    assert "no holiday notices for 2190 to 2193: their" in text and text.count("notice") == 1


def test_an_agencys_end_on_a_holiday_says_that_it_stays() -> None:
    text = told("2026-03-02T10:00", "60d")
    assert "The last day, 1 May, is Labour Day: an agency's deadline ends on it" in text


def test_long_spans_are_told_in_stretches() -> None:
    text = told("2026-01-05", "65wd")
    assert "6 January to 14 February (make-up working days in it: 14 February)" in text
    assert "Spring Festival" in text and "Qingming Festival" in text
    assert text.count("\n") <= 10


def test_months_hours_and_other_years_are_told() -> None:
    assert "that month has no such day" in told("2026-01-31", "1mo")
    text = told("2025-12-15", "1mo")
    assert "1 month up to the corresponding day, 15 January 2026" in text
    assert "16 December to 15 January 2026: 31 days count" in text
    assert "24 hours around the clock" in told("2026-02-14T22:30", "24h")
    text = told("2026-02-13T16:30", "3wh")
    assert "13 February 1 hour, 14 February (make-up working day) 2 hours: 3 hours within" in text


@pytest.mark.parametrize(
    ("start", "festival"),
    [
        ("2025-12-31", "元旦"), ("2019-02-03", "春节"), ("2020-01-23", "春节"),
        ("2026-02-14", "春节"), ("2021-04-02", "清明节"), ("2026-04-30", "劳动节"),
        ("2023-06-21", "端午节"), ("2025-05-30", "端午节"), ("2022-09-09", "中秋节"),
        ("2021-09-18", "中秋节"), ("2024-09-30", "国庆节"), ("2023-09-28", "国庆节、中秋节"),
        ("2025-09-30", "国庆节、中秋节"), ("2020-09-30", "国庆节、中秋节"),
    ],
)  # fmt: skip
def test_festivals_have_their_names(start: str, festival: str) -> None:
    assert f"：{festival}放假，不计入。" in told(start, "1wd", lang="zh")
