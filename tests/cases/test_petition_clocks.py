"""The clocks of petition matters: what each act starts, stops, moves, and leaves alone."""

from datetime import datetime, timedelta

import pytest

from cases import clocks, escalation, lapsing, papers, workcalendar
from cases.models import Case, CaseNote, Clock, ClockExtension, SupervisionOrder
from cases.policies import set_policy
from cases.rules.limits import LIMITS, LimitCode
from cases.rules.terms import Status, Verb
from cases.transitions import database_now
from grids.errors import BadInput, NotAllowed, WrongState
from tests.cases.matters import do, in_days
from tests.cases.petitions import (
    OPINION,
    accepted,
    by_system,
    concluded,
    extras,
    forwarded,
    lodged,
    replied,
    reviewed,
    served,
)
from tests.cases.stages import by_resident
from tests.world import World

DAY = timedelta(days=1)


def running(case: Case) -> set[str]:
    return set(clocks.running(case).values_list("code", flat=True))


def clock(case: Case, code: str) -> Clock:
    return case.clocks.get(code=code, stopped_at=None)


def expected(code: str, start: datetime) -> datetime:
    return LIMITS[LimitCode(code)].due(start, workcalendar.current(), zone=clocks.ZONE).at


def test_each_act_starts_and_stops_the_clocks_of_its_line(world: World) -> None:
    case = lodged(world, received_at=in_days(-3))
    assert running(case) == {"transfer"}
    assert case.due_at == clock(case, "transfer").due_at == expected("transfer", case.received_at)
    case = do(case, Verb.FORWARD, world.people["pan"], unit_id=world.land_office.pk)
    assert running(case) == {"notice_forwarded", "objection"}
    given = case.events.last().at
    assert clock(case, "objection").due_at == expected("objection", given)
    assert clock(case, "notice_forwarded").due_at == expected("notice_forwarded", given)
    case = do(case, Verb.ACCEPT, world.han, route="petition", method="post")
    assert running(case) == {"handle"}
    assert case.due_at == expected("handle", case.petition.accepted_at)
    case = do(case, Verb.REPLY, world.han, conclusion="not_support", **OPINION)
    assert running(case) == {"serve"}
    case = do(case, Verb.SERVE, world.han, **served())
    assert running(case) == {"review_apply"}
    assert case.due_at == case.resident_due_at == expected("review_apply", database_now())
    case = by_resident(case, Verb.APPLY_REVIEW)
    assert running(case) == {"review"} and case.holder_unit == world.hubin_centre
    case = do(case, Verb.DECIDE_REVIEW, world.su, conclusion="upheld", note="维持", **served())
    assert running(case) == {"rereview_apply"}
    case = by_resident(case, Verb.APPLY_REREVIEW)
    assert running(case) == {"rereview"}
    case = do(case, Verb.CONCLUDE, world.su, conclusion="upheld", note="维持")
    assert running(case) == set() and case.due_at is None


def test_who_is_told_directly_answers_directly(world: World) -> None:
    extras(world)
    case = lodged(world, world.han)
    assert running(case) == {"notice_direct"} and case.holder_unit == world.land_office
    case = lodged(world, world.gao)
    assert running(case) == {"notice_direct"} and case.holder_unit == world.qingshi_centre


def test_from_above_each_level_has_its_share(world: World) -> None:
    case = lodged(world, source="transfer")
    assert running(case) == {"transfer", "chain"}
    assert case.due_at == expected("chain", case.received_at)


def test_a_district_sets_a_shorter_time_for_acceptance(world: World) -> None:
    body = {"span": {"amount": 2, "unit": "working_day"}, "source": "本地规定"}
    set_policy(world.hubin, "limit.local_accept", body, database_now().date() - DAY)
    case = forwarded(world)
    assert running(case) == {"notice_forwarded", "objection", "local_accept"}
    assert case.due_at == clock(case, "local_accept").due_at < clock(case, "objection").due_at
    assert running(lodged(world, world.han)) == {"notice_direct", "local_accept"}


def test_the_simplified_procedure_has_its_own_days_and_a_way_back(world: World) -> None:
    case = forwarded(world, simple=True)
    assert "simple_accept" in running(case)
    case = do(case, Verb.ACCEPT, world.han, route="petition", method="sms")
    assert running(case) == {"simple"}
    case = do(case, Verb.TO_ORDINARY, world.han, note="情况复杂")
    assert running(case) == {"handle"}
    assert clock(case, "handle").due_at == expected("handle", case.petition.accepted_at)
    with pytest.raises(WrongState, match="ordinary procedure already"):
        do(case, Verb.TO_ORDINARY, world.han, note="再转")


def test_an_objection_within_five_working_days_and_the_day_the_notice_had(world: World) -> None:
    case = forwarded(world)
    notice = clock(case, "notice_forwarded").due_at
    case = do(case, Verb.CONTEST, world.han, note="属水利部门职责")
    assert running(case) == {"notice_forwarded", "ruling"} and case.holder_unit == (
        world.hubin_petition
    )
    assert case.due_at == clock(case, "ruling").due_at
    case = do(case, Verb.INSIST, world.people["pan"], note="按三定方案属自然资源")
    assert (case.status, case.holder_unit) == (Status.FORWARDED, world.land_office)
    assert running(case) == {"notice_forwarded"}  # nobody objects twice
    assert case.due_at == notice
    with pytest.raises(WrongState, match="five working days"):
        do(case, Verb.CONTEST, world.han, note="仍有异议")


def test_a_right_to_object_lapses_without_blame(world: World) -> None:
    case = forwarded(world)
    assert lapsing.lapse(in_days(30)) == 1 and lapsing.lapse(in_days(30)) == 0
    case.refresh_from_db()
    assert case.status == Status.FORWARDED and running(case) == {"notice_forwarded"}
    assert case.events.last().verb == Verb.LET_LAPSE and case.supervised_at is None


def test_another_unit_has_its_times_anew(world: World) -> None:
    case = lodged(world)
    case = do(case, Verb.ENTRUST, world.people["pan"], unit_id=world.land_office.pk, note="查清",
              until=in_days(20))  # fmt: skip
    assert running(case) == {"notice_forwarded", "objection", "report"}
    day = clock(case, "report").due_at
    first = clock(case, "notice_forwarded")
    case = do(case, Verb.CONTEST, world.han, note="属水利部门职责")
    with pytest.raises(BadInput, match="This unit objected"):
        do(case, Verb.REROUTE, world.people["pan"], unit_id=world.land_office.pk, note="还是你")
    case = do(case, Verb.REROUTE, world.people["pan"], unit_id=world.qingshi_justice.pk, note="改")
    assert (case.status, case.holder_unit) == (Status.ENTRUSTED, world.qingshi_justice)
    assert running(case) == {"notice_forwarded", "objection", "report"}
    assert clock(case, "notice_forwarded").pk != first.pk
    assert clock(case, "report").due_at == day


def test_a_report_answers_who_assigned_it(world: World) -> None:
    case = do(lodged(world), Verb.ENTRUST, world.people["pan"], unit_id=world.land_office.pk,
              note="查清", until=in_days(1))  # fmt: skip
    assert case.due_at == case.sender_due_at
    case = do(case, Verb.REPORT_BACK, world.han, note="已办结")
    assert "report" not in running(case) and case.sender_due_at is None
    with pytest.raises(WrongState, match="Nobody waits"):
        do(case, Verb.REPORT_BACK, world.han, note="再报")


def test_one_extension_by_the_head_told_first_and_within_the_cap(world: World) -> None:
    case = accepted(world)
    before = clock(case, "handle")
    told = {"note": "需要专业鉴定", "method": "post"}
    with pytest.raises(NotAllowed):
        do(case, Verb.EXTEND, world.han, days=10, **told)
    for days in (None, 0, 31):
        with pytest.raises(BadInput, match="no more in total") as refusal:
            do(case, Verb.EXTEND, world.people["lin"], days=days, **told)
        assert refusal.value.field == "days"
    with pytest.raises(BadInput) as refusal:
        do(case, Verb.EXTEND, world.people["lin"], days=10, note="需要鉴定")
    assert refusal.value.field == "method"
    assert clock(case, "handle").due_at == before.due_at
    case = do(case, Verb.EXTEND, world.people["lin"], days=30, **told)
    after = clock(case, "handle")
    assert after.due_at == case.due_at == before.due_at + 30 * DAY
    assert after.ladder == [after.due_at]
    row = ClockExtension.objects.get(clock=after)
    assert (row.days, row.approved_by) == (30, world.people["lin"])
    assert row.told_at <= row.approved_at
    with pytest.raises(WrongState, match="extended once"):
        do(case, Verb.EXTEND, world.people["lin"], days=1, **told)


def test_what_has_no_sixty_days_is_not_extended(world: World) -> None:
    case = do(forwarded(world), Verb.ACCEPT, world.han, route="duty", method="post")
    with pytest.raises(WrongState, match="sixty days"):
        do(case, Verb.EXTEND, world.people["lin"], days=5, note="复杂", method="post")


def test_a_hearing_stops_the_re_review_and_nothing_else(world: World) -> None:
    case = accepted(world)
    case = do(case, Verb.HEAR, world.han, until=in_days(10))
    assert clock(case, "handle").held_at is None
    with pytest.raises(WrongState, match="open already"):
        do(case, Verb.HEAR, world.han, until=in_days(11))
    case = do(case, Verb.END_HEARING, world.han, note="已听证")
    assert running(case) == {"handle"}
    case = by_resident(reviewed(world), Verb.APPLY_REREVIEW)
    before = clock(case, "rereview").due_at
    case = do(case, Verb.HEAR, world.su, until=in_days(10))
    assert clock(case, "rereview").held_at and case.due_at == clock(case, "hearing").due_at
    [pause] = clock(case, "rereview").pauses.all()
    clock(case, "rereview").pauses.update(start_at=pause.start_at - 3 * DAY)
    Clock.objects.filter(case=case, code="rereview").update(started_at=pause.start_at - 5 * DAY)
    case = do(case, Verb.END_HEARING, world.su, note="已听证")
    assert clock(case, "rereview").held_at is None
    assert clock(case, "rereview").due_at == before - 5 * DAY + 3 * DAY


def test_a_window_runs_from_the_served_day_and_lapses_into_the_end(world: World) -> None:
    case = replied(world, conclusion="not_support")
    [paper] = case.papers.filter(sort="opinion")
    window = papers.window(paper)
    assert window is not None and window.at == case.resident_due_at == case.due_at
    assert lapsing.lapse(case.due_at) == 0  # its last second still counts
    assert lapsing.lapse(case.due_at + timedelta(seconds=1)) == 1
    case.refresh_from_db()
    assert (case.status, case.outcome) == (Status.COMPLETED, "not_support")


def test_a_supported_request_stays_open_until_it_is_carried_out(world: World) -> None:
    case = replied(world)
    assert running(case) == {"review_apply", "execute"}
    assert lapsing.lapse(in_days(60)) == 1
    case.refresh_from_db()
    assert case.status == Status.REPLIED and running(case) == {"execute"}
    assert lapsing.lapse(in_days(60)) == 0
    assert do(case, Verb.EXECUTE, world.han, note="已批准").status == Status.COMPLETED
    with pytest.raises(WrongState, match="supports the request"):
        do(replied(world, conclusion="explain"), Verb.EXECUTE, world.han, note="无")


def test_a_late_request_reaches_a_person_above(world: World) -> None:
    case = replied(world, conclusion="explain")
    lapsing.lapse(in_days(60))
    day = papers.today(in_days(-90))
    case.papers.filter(sort="opinion").update(served_on=day)
    case.refresh_from_db()
    case = by_resident(case, Verb.APPLY_REVIEW)
    assert (case.status, case.holder_unit) == (Status.REVIEW, world.hubin_centre)
    assert case.closed_at is None and running(case) == {"review"}
    assert CaseNote.objects.filter(case=case, field="late", seq=case.last_seq).exists()


def test_service_is_recorded_once_and_never_before_the_opinion(world: World) -> None:
    case = do(accepted(world), Verb.REPLY, world.han, conclusion="explain", **OPINION)
    for day in (papers.today(in_days(1)), papers.today(in_days(-2))):
        with pytest.raises(BadInput) as refusal:
            do(case, Verb.SERVE, world.han, served_on=day, method="post")
        assert refusal.value.field == "served_on"
    with pytest.raises(BadInput) as refusal:
        do(case, Verb.SERVE, world.han, served_on=papers.today(in_days(0)), method="none")
    assert refusal.value.field == "method"
    case = do(case, Verb.SERVE, world.han, **served())
    with pytest.raises(WrongState, match="recorded already"):
        do(case, Verb.SERVE, world.han, **served())


def test_only_the_resident_withdraws_and_for_seven_days_takes_it_back(world: World) -> None:
    case = accepted(world)
    before = clock(case, "handle").due_at
    for actor in (world.han, world.people["pan"], world.people["lin"], world.su):
        with pytest.raises(NotAllowed):
            do(case, Verb.WITHDRAW, actor)
    case = by_resident(case, Verb.WITHDRAW)
    assert case.status == Status.WITHDRAWN and case.due_at == clock(case, "withdrawal").due_at
    case = by_resident(case, Verb.UNDO_WITHDRAW)
    assert case.status == Status.ACCEPTED and running(case) == {"handle"}
    assert case.due_at == before
    case = by_resident(case, Verb.WITHDRAW)
    assert lapsing.lapse(in_days(20)) == 1
    case.refresh_from_db()
    assert (case.status, case.outcome) == (Status.COMPLETED, "withdrawn")
    assert do(case, Verb.REOPEN, world.su, note="另有新情况").status == Status.LODGED


def test_overdue_enters_the_supervision_list_and_stays_with_its_unit(world: World) -> None:
    case = forwarded(world)
    lapsing.lapse(in_days(10))
    escalation.sweep("test", now=in_days(40))
    case.refresh_from_db()
    assert (case.status, case.holder_unit) == (Status.FORWARDED, world.land_office)
    assert SupervisionOrder.objects.filter(case=case, delisted_at=None).count() == 1
    assert case.supervised_at and case.events.last().verb == Verb.SUPERVISE
    replied_case = replied(world, conclusion="explain")
    escalation.sweep("test", now=in_days(90))
    replied_case.refresh_from_db()
    assert replied_case.supervised_at is None  # the resident's time blames nobody


def test_accepted_no_more_only_after_a_re_review(world: World) -> None:
    case, other = forwarded(world), replied(world)
    told = {"note": "同一事实和理由", "method": "post"}
    with pytest.raises(BadInput, match="re-review") as refusal:
        do(case, Verb.STOP_ACCEPTING, world.han, other=other.number, **told)
    assert refusal.value.field == "other"
    do(done := concluded(world), Verb.REOPEN, world.su, note="新事实")
    assert running(done) == {"notice_direct"}


def test_nobody_to_tell_only_where_nobody_is_known(world: World) -> None:
    with pytest.raises(BadInput) as refusal:
        do(forwarded(world), Verb.ACCEPT, world.han, route="petition", method="none")
    assert refusal.value.field == "method"
    unnamed = forwarded(world, parties=())
    assert do(unnamed, Verb.ACCEPT, world.han, route="petition", method="none").status == "accepted"


def test_an_opinion_fits_its_way_and_has_its_four_parts(world: World) -> None:
    case = accepted(world)
    for part in ("claim", "facts", "basis", "note"):
        with pytest.raises(BadInput) as refusal:
            do(case, Verb.REPLY, world.han, conclusion="support", **OPINION | {part: " "})
        assert refusal.value.field == part
    with pytest.raises(BadInput) as refusal:
        do(case, Verb.REPLY, world.han, conclusion="adopted", **OPINION)
    assert refusal.value.field == "conclusion"
    suggestion = do(forwarded(world), Verb.ACCEPT, world.han, route="suggestion", method="post")
    assert running(suggestion) == {"handle_other"}
    done = do(suggestion, Verb.REPLY, world.han, conclusion="partly", note="部分采纳", **served())
    assert done.outcome == "partly"


def test_danger_and_the_spot_are_no_petition_matters(world: World) -> None:
    for values, field in (
        ({"violence": True}, "violence"), ({"category": "E09"}, "violence"),
        ({"on_the_spot": True, "result": "好了"}, "on_the_spot"),
    ):  # fmt: skip
        with pytest.raises(BadInput) as refusal:
            lodged(world, **values)
        assert refusal.value.field == field


def test_a_job_and_the_table_agree_on_who_may_lapse(world: World) -> None:
    case = replied(world, conclusion="explain")
    assert by_system(case, Verb.LAPSE, now=in_days(60)).status == Status.COMPLETED
