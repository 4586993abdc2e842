"""The table of limits: every code once, each with its span, start and source."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from cases import workcalendar
from cases.rules.clock import Pause
from cases.rules.limits import LIMITS, LimitCode, Whose
from cases.rules.numbers import NUMBERS, REVISITS
from cases.rules.procedure import OF_PETITIONS

ZONE = ZoneInfo("Asia/Shanghai")
PETITION_CODES = OF_PETITIONS - {LimitCode.RULING}  # their own table: test_procedure.py
CALENDAR = workcalendar.current()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_every_code_has_its_limit_and_a_name() -> None:
    assert set(LIMITS) == set(LimitCode)
    assert all(code is limit.code for code, limit in LIMITS.items())
    assert len({limit.name for limit in LIMITS.values()}) == len(LIMITS)


@pytest.mark.parametrize(
    ("code", "due"),
    [
        # All from Thursday 12 February 2026, 10:00, before the Spring Festival.
        ("event_emergency", "2026-02-12T12:00:00"),
        ("event_utility", "2026-02-13T10:00:00"),
        ("event_general", "2026-02-19T23:59:59"),
        ("event_complex", "2026-02-27T23:59:59"),
        ("hotline", "2026-02-26T23:59:59"),
        ("sign", "2026-02-13T10:00:00"),
        ("urgent", "2026-02-12T12:00:00"),
        ("mediation_month", "2026-03-12T23:59:59"),
        ("verify", "2026-02-24T23:59:59"),
        ("silence", "2026-02-24T23:59:59"),  # 19 February is a day off: the resident's rolls
        ("revisit", "2026-03-14T23:59:59"),
    ],
)
def test_when_each_limit_ends(code: str, due: str) -> None:
    found = LIMITS[LimitCode(code)].due(at("2026-02-12T10:00"), CALENDAR, zone=ZONE)
    assert found.at == at(due)
    assert not found.provisional


def test_pauses_reach_the_count() -> None:
    pause = Pause(at("2026-02-12T11:00"), at("2026-02-12T12:00"))
    limit = LIMITS[LimitCode.URGENT]
    found = limit.due(at("2026-02-12T10:00"), CALENDAR, pauses=[pause], zone=ZONE)
    assert found.at == at("2026-02-12T13:00")


def test_what_runs_from_receipt_and_what_from_the_act() -> None:
    own = [limit for limit in LIMITS.values() if limit.code not in PETITION_CODES]
    by_start = {limit.code.value: limit.starts_from.value for limit in own}
    assert by_start == {
        "event_emergency": "received",
        "event_utility": "received",
        "event_general": "received",
        "event_complex": "received",
        "hotline": "received",
        "sign": "event",
        "urgent": "received",
        "mediation_month": "received",
        "verify": "event",
        "ruling": "event",
        "recusal": "event",
        "silence": "event",
        "revisit": "event",
        "suspension": "event",
    }


def test_only_what_a_resident_may_still_do_is_a_residents_deadline() -> None:
    theirs = {code for code, limit in LIMITS.items() if limit.whose is Whose.RESIDENT}
    assert theirs == {
        LimitCode.SILENCE, LimitCode.REVIEW_APPLY, LimitCode.REREVIEW_APPLY, LimitCode.WITHDRAWAL,
    }  # fmt: skip


def test_statutory_limits_name_their_article() -> None:
    statutory = [limit for limit in LIMITS.values() if limit.statutory]
    own = {limit.code for limit in statutory} - PETITION_CODES
    assert own == {LimitCode.MEDIATION_MONTH}
    assert all(limit.source and "条" in limit.source for limit in statutory)


def test_limits_without_a_public_source_say_so() -> None:
    without = {code for code, limit in LIMITS.items() if limit.source is None}
    assert without == {
        LimitCode.SUSPENSION,
        LimitCode.HANDLE_OTHER,
        LimitCode.SERVE,
        LimitCode.EXECUTE,
        LimitCode.WITHDRAWAL,
        LimitCode.URGENT,
        LimitCode.VERIFY,
        LimitCode.RULING,
        LimitCode.RECUSAL,
        LimitCode.SILENCE,
        LimitCode.REVISIT,
    }


def test_the_default_revisit_is_one_of_the_numbers() -> None:
    assert LIMITS[LimitCode.REVISIT].span.amount in NUMBERS[REVISITS].default
