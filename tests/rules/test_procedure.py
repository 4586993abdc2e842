"""Which clocks the procedure for petition matters starts, and when they end."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from cases import workcalendar
from cases.rules.clock import Pause, Span, SpanUnit
from cases.rules.limits import LIMITS, LimitCode
from cases.rules.procedure import CHAIN_DAYS, NATIONAL_DAYS, OF_PETITIONS, Facts, started
from cases.rules.terms import CLOSED, Kind, Route, Stand, Verb
from cases.rules.whose import DueOf, whose
from cases.rules.workflow import STEPS
from grids.roles import Level

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = workcalendar.current()
DAYS = SpanUnit.CALENDAR_DAY


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("verb", "facts", "codes"),
    [
        (Verb.REGISTER, Facts(office=True), {"transfer"}),
        (Verb.REGISTER, Facts(office=True, chained=True), {"transfer", "chain"}),
        (Verb.REGISTER, Facts(), {"notice_direct"}),
        (Verb.REGISTER, Facts(simple=True), {"notice_direct", "simple_accept"}),
        (Verb.REGISTER, Facts(local=True), {"notice_direct", "local_accept"}),
        (Verb.REGISTER, Facts(local=True, simple=True, office=True), {"transfer"}),
        (Verb.FORWARD, Facts(), {"notice_forwarded", "objection"}),
        (Verb.ENTRUST, Facts(local=True), {"notice_forwarded", "objection", "local_accept"}),
        (Verb.REROUTE, Facts(simple=True), {"notice_forwarded", "objection", "simple_accept"}),
        (Verb.CONTEST, Facts(), {"ruling"}),
        (Verb.ACCEPT, Facts(route=Route.PETITION), {"handle"}),
        (Verb.ACCEPT, Facts(route=Route.DUTY), {"handle_other"}),
        (Verb.ACCEPT, Facts(route=Route.SUGGESTION), {"handle_other"}),
        (Verb.ACCEPT, Facts(route=Route.PETITION, simple=True), {"simple"}),
        (Verb.TO_ORDINARY, Facts(route=Route.PETITION), {"handle"}),
        (Verb.REPLY, Facts(served=True), {"review_apply"}),
        (Verb.REPLY, Facts(served=True, supported=True), {"review_apply", "execute"}),
        (Verb.REPLY, Facts(), {"serve"}),
        (Verb.SERVE, Facts(served=True), {"review_apply"}),
        (Verb.SERVE, Facts(served=True, reviewed=True), {"rereview_apply"}),
        (Verb.APPLY_REVIEW, Facts(), {"review"}),
        (Verb.RECORD_REVIEW, Facts(), {"review"}),
        (Verb.DECIDE_REVIEW, Facts(served=True, reviewed=True), {"rereview_apply"}),
        (Verb.DECIDE_REVIEW, Facts(reviewed=True), {"serve"}),
        (Verb.APPLY_REREVIEW, Facts(), {"rereview"}),
        (Verb.WITHDRAW, Facts(), {"withdrawal"}),
        (Verb.HEAR, Facts(), set()),
        (Verb.SUPPLEMENT, Facts(), set()),
    ],
)
def test_what_a_verb_starts(verb: Verb, facts: Facts, codes: set[str]) -> None:
    assert {code.value for code in started(verb, facts)} == codes


@pytest.mark.parametrize(
    ("code", "due"),
    [
        # All from Thursday 12 February 2026, 10:00; the Spring Festival is 15 to 23 February,
        # Saturdays 14 and 28 are working days.
        ("transfer", "2026-02-27"), ("notice_direct", "2026-02-27"),
        ("notice_forwarded", "2026-02-27"), ("chain", "2026-02-16"),  # an agency's does not roll
        ("objection", "2026-02-26"), ("local_accept", "2026-02-26"),
        ("simple_accept", "2026-02-24"), ("simple", "2026-03-04"),
        ("handle", "2026-04-13"), ("handle_other", "2026-04-13"),
        ("review_apply", "2026-03-16"),  # 14 March is a Saturday: the resident's rolls
        ("review", "2026-03-14"), ("rereview_apply", "2026-03-16"), ("rereview", "2026-03-14"),
        ("withdrawal", "2026-02-24"), ("suspension", "2026-02-13"),
    ],
)  # fmt: skip
def test_when_each_clock_ends(code: str, due: str) -> None:
    found = LIMITS[LimitCode(code)].due(at("2026-02-12T10:00"), CALENDAR, zone=ZONE)
    assert found.at == at(f"{due}T23:59:59") and not found.provisional


def test_an_extension_runs_on_from_the_end_before_it() -> None:
    limit = LIMITS[LimitCode.HANDLE]
    found = limit.due(at("2026-02-12T10:00"), CALENDAR, extended=[Span(30, DAYS)], zone=ZONE)
    assert found.at == at("2026-05-13T23:59:59")
    rule = limit.extension
    assert rule and (rule.most, rule.times, rule.approver) == (Span(30, DAYS), 1, Stand.HEAD)
    assert limit.cap == Span(90, DAYS)


def test_only_the_re_review_stands_still_for_a_hearing_and_nothing_is_suspended() -> None:
    own = [LIMITS[code] for code in OF_PETITIONS if code is not LimitCode.RULING]
    assert [one.code for one in own if one.excludes] == [LimitCode.REREVIEW]
    assert not any(one.pauses for one in own)
    pause = Pause(at("2026-02-24T00:00"), at("2026-02-27T00:00"))
    limit = LIMITS[LimitCode.REREVIEW]
    found = limit.due(at("2026-02-12T10:00"), CALENDAR, pauses=[pause], zone=ZONE)
    assert found.at == at("2026-03-17T23:59:59")


def test_the_levels_share_the_fifteen_days() -> None:
    assert NATIONAL_DAYS + sum(CHAIN_DAYS.values()) == 15
    assert LIMITS[LimitCode.CHAIN].span.amount == CHAIN_DAYS[Level.DISTRICT]


def test_every_clock_of_the_procedure_is_stopped_by_an_act_of_its_table() -> None:
    verbs = {step.verb for step in STEPS[Kind.PETITION]} | {Verb.REGISTER}
    ending = {step.verb for step in STEPS[Kind.PETITION] if step.target in CLOSED}
    for code in OF_PETITIONS:
        limit = LIMITS[code]
        assert limit.starts & verbs, code
        assert (limit.stops & verbs) - ending or limit.stops & ending, code


def test_whose_deadline_comes_first() -> None:
    one, other = at("2026-03-02T18:00"), at("2026-03-03T18:00")
    assert whose(one, one, None) is DueOf.SENDER
    assert whose(one, other, one) is DueOf.RESIDENT
    assert whose(one, other, None) is DueOf.AGENCY
    assert whose(None, None, None) is DueOf.AGENCY
