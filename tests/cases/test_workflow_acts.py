"""What each act leaves behind beside the status: hand-overs, help, reminders, corrections."""

from datetime import date, timedelta

import pytest

from cases import transitions
from cases.models import CaseLink, CaseNote, CaseSearch, Clock, Outbox, Story
from cases.rules.limits import LimitCode
from cases.rules.workflow import ClockCode, Path, Status, Verb
from cases.verification import verify_case
from grids.errors import BadInput, WrongState
from grids.models import Unit
from grids.roles import Role, UnitKindCode
from grids.units import open_unit
from tests.cases.matters import climb, dispute, do, event, in_days
from tests.world import SINCE, World

NOTE = {"note": "请阅"}


def ladder(case) -> Clock:
    return case.clocks.get(code="ladder", stopped_at=None)


# --- return and answer -------------------------------------------------------------------
def test_a_return_goes_back_to_who_handed_it_over_and_the_answer_comes_back(world: World) -> None:
    case = climb(dispute(world), 2)
    moments = ladder(case).ladder
    case = do(case, Verb.RETURN, world.ouyang, reason="not_ours", **NOTE)
    assert (case.status, case.holder_unit, case.level) == (
        Status.RETURNED, world.donghe_mediation, 5,
    )  # fmt: skip
    assert case.events.last().reason == "not_ours"
    case = do(case, Verb.ANSWER, world.cun, note="确属镇里职责")
    assert (case.status, case.holder_unit, case.level) == (
        Status.REGISTERED, world.qingshi_centre, 4,
    )  # fmt: skip
    assert (ladder(case).ladder, ladder(case).rung) == (moments, 2)  # the ladder never stopped


def test_what_nobody_handed_over_cannot_be_returned(world: World) -> None:
    with pytest.raises(WrongState):
        do(dispute(world), Verb.RETURN, world.gao, reason="incomplete", **NOTE)


def test_a_returned_case_climbs_on(world: World) -> None:
    case = do(climb(dispute(world)), Verb.RETURN, world.cun, reason="incomplete", **NOTE)
    assert case.holder_unit == world.donghe1_team
    case = climb(case)
    assert (case.status, case.holder_unit) == (Status.REGISTERED, world.qingshi_centre)


# --- transfer and hand-down --------------------------------------------------------------
def test_a_transfer_moves_the_holder_and_the_old_one_may_read_on(world: World) -> None:
    case = do(dispute(world), Verb.SIGN, world.gao)
    case = do(case, Verb.TRANSFER, world.gao, unit_id=world.land_office.pk, **NOTE)
    assert (case.status, case.holder_unit, case.level) == (Status.REGISTERED, world.land_office, 4)
    assert case.units.get(part="reader", until=None).unit == world.donghe1_team
    # The village lies below the office now: the next to have it is the township's centre, at
    # the moment it would have had it anyway.
    assert (ladder(case).rung, ladder(case).next_at) == (1, ladder(case).ladder[1])
    assert case.due_at == ladder(case).ladder[1]
    case = climb(case)
    assert case.holder_unit == world.qingshi_centre
    assert case.units.get(part="co_responsible").unit == world.land_office


def test_a_ladder_only_climbs_whoever_the_case_was_given_to(world: World) -> None:
    case = do(dispute(world), Verb.TRANSFER, world.gao, unit_id=world.hubin_petition.pk, **NOTE)
    assert (case.level, case.rung) == (3, 2)
    assert climb(case).holder_unit == world.hubin_centre
    assert list(ladder(case).steps.values_list("rung", "outcome")) == [
        (0, "transferred"), (1, "transferred"), (2, "timeout"), (3, ""),
    ]  # fmt: skip
    assert verify_case(case) == []


def test_a_transfer_downward_or_aside_leaves_the_rung(world: World) -> None:
    case = climb(dispute(world), 2)
    case = do(case, Verb.TRANSFER, world.ouyang, unit_id=world.donghe_committee.pk, **NOTE)
    assert (case.level, case.rung) == (5, 2)
    assert climb(case).holder_unit == world.hubin_centre


def test_a_deadline_given_downward_is_a_clock_of_its_own(world: World) -> None:
    case = climb(dispute(world), 2)
    until = case.due_at - timedelta(hours=20)
    case = do(case, Verb.HAND_DOWN, world.ouyang, unit_id=world.donghe_committee.pk,
              until=until, **NOTE)  # fmt: skip
    assert (case.holder_unit, case.level, case.due_at) == (world.donghe_committee, 5, until)
    assert case.units.get(part="supervisor", until=None).unit == world.qingshi_centre
    own = case.clocks.get(code=ClockCode.HANDED_DOWN)
    assert (own.due_at, own.next_at) == (until, None)
    assert ladder(case).rung == 2


@pytest.mark.parametrize("leaving", ["climb", "return", "raise", "transfer"])
def test_that_deadline_ends_when_the_case_leaves_the_unit(world: World, leaving: str) -> None:
    case = climb(dispute(world), 2)
    case = do(case, Verb.HAND_DOWN, world.ouyang, unit_id=world.donghe_committee.pk,
              until=case.due_at - timedelta(hours=20), **NOTE)  # fmt: skip
    if leaving == "climb":
        case = climb(case)
        assert case.holder_unit == world.hubin_centre
    elif leaving == "transfer":
        case = do(case, Verb.TRANSFER, world.cun, unit_id=world.land_office.pk, **NOTE)
    else:
        verb = {"return": Verb.RETURN, "raise": Verb.RAISE}[leaving]
        case = do(case, verb, world.cun, **NOTE,
                  reason="not_ours" if leaving == "return" else "beyond_power")  # fmt: skip
    assert case.clocks.get(code=ClockCode.HANDED_DOWN).stopped_at is not None
    assert case.due_at == ladder(case).next_at
    assert verify_case(case) == []


def test_a_second_hand_down_replaces_the_deadline(world: World) -> None:
    case = climb(dispute(world), 2)
    case = do(case, Verb.HAND_DOWN, world.ouyang, unit_id=world.donghe_committee.pk,
              until=in_days(1), **NOTE)  # fmt: skip
    case = do(
        case, Verb.HAND_DOWN, world.cun, unit_id=world.donghe1_team.pk, until=in_days(2), **NOTE
    )
    clocks = case.clocks.filter(code=ClockCode.HANDED_DOWN)
    assert clocks.count() == 2
    assert clocks.get(stopped_at=None).due_at == case.events.last().due_at


def test_a_suspended_deadline_moves_by_the_time_it_stood_still(world: World) -> None:
    case = climb(dispute(world), 2)
    case = do(case, Verb.HAND_DOWN, world.ouyang, unit_id=world.donghe_committee.pk,
              until=in_days(1), **NOTE)  # fmt: skip
    until = case.clocks.get(code=ClockCode.HANDED_DOWN).due_at
    do(case, Verb.SIGN, world.cun)
    do(case, Verb.SUSPEND, world.cun, reason="weather", until=in_days(9), **NOTE)
    pause = case.clocks.get(code=ClockCode.HANDED_DOWN).pauses.get()
    pause.start_at -= timedelta(hours=30)
    pause.save()
    case = do(case, Verb.RESUME, world.cun)
    own = case.clocks.get(code=ClockCode.HANDED_DOWN)
    pause.refresh_from_db()
    assert own.due_at == until + (pause.end_at - pause.start_at)
    assert own.held_at is None


# --- help, reminders ---------------------------------------------------------------------
def test_a_unit_called_in_helps_until_it_is_let_go(world: World) -> None:
    jing = world.person("jing", Role.HANDLER, world.qingshi_police)
    case = dispute(world)
    case = do(case, Verb.CO_HANDLE, world.gao, unit_id=world.qingshi_police.pk, **NOTE)
    assert case.holder_unit == world.donghe1_team
    assert Outbox.objects.filter(unit_id=world.qingshi_police.pk, verb=Verb.CO_HANDLE).exists()
    do(case, Verb.SUPPLEMENT, jing, note="已到场")
    do(case, Verb.END_CO_HANDLE, world.gao, unit_id=world.qingshi_police.pk)
    assert not case.units.filter(part="co_handler", until=None).exists()


def test_a_reminder_goes_out_once_a_day_per_person(world: World) -> None:
    case = dispute(world)
    do(case, Verb.NUDGE, world.ouyang)
    with pytest.raises(WrongState):
        do(case, Verb.NUDGE, world.ouyang)
    case = do(case, Verb.NUDGE, world.cun, note="请抓紧")
    assert Outbox.objects.filter(verb=Verb.NUDGE, unit_id=world.donghe1_team.pk).count() == 2
    assert case.status == Status.REGISTERED


# --- raising by hand ---------------------------------------------------------------------
def test_raising_by_hand_keeps_the_later_moments_and_the_top_refuses(world: World) -> None:
    case = dispute(world)
    moments = ladder(case).ladder
    raised = {"reason": "beyond_power", "note": "涉及两镇"}
    case = do(case, Verb.RAISE, world.gao, **raised)
    assert (case.holder_unit, case.level, case.rung) == (world.donghe_mediation, 5, 1)
    assert (ladder(case).ladder, ladder(case).next_at) == (moments, moments[1])
    assert [step.outcome for step in ladder(case).steps.all()] == ["raised", ""]
    assert case.units.get(part="co_responsible").unit == world.donghe1_team
    case = do(case, Verb.RAISE, world.cun, **raised)
    case = do(case, Verb.RAISE, world.ouyang, **raised)
    assert (case.holder_unit, case.due_at) == (world.hubin_centre, moments[3])
    with pytest.raises(WrongState, match="top"):
        do(case, Verb.RAISE, world.su, **raised)
    case = climb(case)
    assert case.supervised_at is not None and verify_case(case) == []


def test_a_matter_with_a_limit_is_raised_to_the_next_coordinating_unit(world: World) -> None:
    case = event(world)
    limit = case.clocks.get(code=LimitCode.EVENT_GENERAL)
    raised = {"reason": "pressing", "note": "管线外露"}
    for actor, unit in [
        (world.gao, world.donghe_committee), (world.cun, world.qingshi_centre),
        (world.ouyang, world.hubin_centre),
    ]:  # fmt: skip
        case = do(case, Verb.RAISE, actor, **raised)
        assert case.holder_unit == unit
    assert case.clocks.get(pk=limit.pk).due_at == limit.due_at
    with pytest.raises(WrongState, match="top"):
        do(case, Verb.RAISE, world.su, **raised)


# --- merge, split, link ------------------------------------------------------------------
def test_a_merged_case_names_the_other_and_runs_no_more(world: World) -> None:
    case, other = dispute(world), dispute(world)
    case = do(case, Verb.MERGE, world.gao, other=f" {other.number.lower()} ", note="同一件事")
    assert (case.status, case.merged_into, case.due_at) == (Status.MERGED, other, None)
    assert not case.clocks.filter(stopped_at=None).exists()
    assert case.events.last().other_id == other.pk
    with pytest.raises(WrongState):
        do(other, Verb.MERGE, world.gao, other=case.number, note="反过来")


def test_a_split_registers_a_second_matter_beside_the_first(world: World) -> None:
    case = do(dispute(world), Verb.SPLIT, world.gao, text="另有欠款一事。金额不大。")
    link = CaseLink.objects.get(case=case)
    assert link.sort == "split"
    other = link.other
    assert (other.kind, other.category, other.area, other.received_at) == (
        case.kind, case.category, case.area, case.received_at,
    )  # fmt: skip
    assert other.story.summary == "另有欠款一事" and verify_case(other) == []


def test_two_cases_are_linked_once_whichever_way(world: World) -> None:
    case, other = dispute(world), dispute(world)
    do(case, Verb.LINK, world.gao, other=other.number)
    for one, two in ((case, other), (other, case)):
        with pytest.raises(BadInput):
            do(one, Verb.LINK, world.gao, other=two.number)


# --- text, void, reclassify --------------------------------------------------------------
def test_the_writer_corrects_until_somebody_signed_and_both_texts_are_kept(world: World) -> None:
    case = do(dispute(world), Verb.CORRECT, world.gao, text="两家因院墙起争执。")
    assert Story.objects.get(case=case).summary == "两家因院墙起争执"
    assert "院墙" in CaseSearch.objects.get(case=case).text
    assert "排水沟" not in CaseSearch.objects.get(case=case).text
    words = CaseNote.objects.filter(case=case, seq=2).values_list("field", "text")
    assert dict(words)["story.old"].startswith("两家因排水沟")
    do(case, Verb.SIGN, world.gao)
    case = climb(case)  # waits to be signed for again, but has been read
    assert case.status == Status.REGISTERED
    with pytest.raises(WrongState):
        do(case, Verb.CORRECT, world.gao, text="改写事实")
    do(case, Verb.SUPPLEMENT, world.gao, note="补充说明")


def test_only_what_nobody_has_taken_up_is_made_void(world: World) -> None:
    void = {"reason": "wrong_entry", "note": "点错了"}
    case = do(dispute(world), Verb.VOID, world.gao, **void)
    assert (case.status, case.number) == (Status.VOID, "LB2026-000001")
    to_village = {"unit_id": world.donghe_committee.pk, **NOTE}
    moved = do(dispute(world), Verb.TRANSFER, world.gao, **to_village)
    for handed_on in (climb(dispute(world)), moved):
        assert handed_on.status == Status.REGISTERED
        with pytest.raises(WrongState):
            do(handed_on, Verb.VOID, world.gao, **void)


def test_a_corrected_category_is_noted_and_its_clock_keeps_its_moment(world: World) -> None:
    case = dispute(world)
    moments = ladder(case).ladder
    case = do(case, Verb.RECLASSIFY, world.cun, category="D03", **NOTE)
    assert case.category.code == "D03" and ladder(case).ladder == moments
    words = dict(CaseNote.objects.filter(case=case, seq=2).values_list("field", "text"))
    assert (words["category.old"], words["category.new"]) == ("D02", "D03")


def test_a_corrected_place_restamps_the_case_and_its_ladder(world: World) -> None:
    case = climb(dispute(world))
    case = do(case, Verb.RECLASSIFY, world.cun, area_id=world.donghe2.pk, **NOTE)
    assert (case.grid_id, case.holder_unit) == (world.donghe2.pk, world.donghe_mediation)
    case = do(case, Verb.RECLASSIFY, world.ouyang, area_id=world.dukou1.pk, **NOTE)
    dukou = world.unit(world.dukou, UnitKindCode.MEDIATION_COMMITTEE)
    assert (case.township_id, case.holder_unit, case.status) == (
        world.liulin.pk, dukou, Status.REGISTERED,
    )  # fmt: skip
    assert climb(case).holder_unit == world.liulin_centre
    assert verify_case(case) == []


def test_a_case_found_urgent_leaves_the_ladder_at_once(world: World) -> None:
    case = do(climb(dispute(world)), Verb.SIGN, world.cun)
    do(case, Verb.ASSIGN, world.cun, user_id=world.mei.pk)
    case = do(case, Verb.RECLASSIFY, world.cun, category="E09", note="涉及孩子")
    assert (case.path, case.status, case.restricted, case.urgent) == (
        Path.URGENT, Status.REGISTERED, True, True,
    )  # fmt: skip
    assert case.holder_unit == world.qingshi_centre
    assert list(case.clocks.filter(stopped_at=None).values_list("code", flat=True)) == ["urgent"]
    assert CaseSearch.objects.get(case=case).text == case.number
    taking_part = case.units.filter(until=None).values_list("unit", "part")
    assert list(taking_part) == [(world.qingshi_police.pk, "co_handler")]
    assert not case.assignments.filter(until=None).exists()


def test_a_restricted_case_goes_to_public_bodies_only(world: World) -> None:
    company = open_unit(area=world.qingshi, kind=UnitKindCode.PROPERTY_COMPANY, name="安居物业",
                        valid_from=SINCE)  # fmt: skip
    case = do(event(world, category="E09"), Verb.SIGN, world.ouyang)
    for verb in (Verb.TRANSFER, Verb.CO_HANDLE):
        with pytest.raises(BadInput) as refusal:
            do(case, verb, world.ouyang, unit_id=company.pk, **NOTE)
        assert refusal.value.field == "unit"


def test_an_urgent_case_signed_for_stays_watched(world: World) -> None:
    case = do(event(world, category="E08"), Verb.SIGN, world.ouyang)
    assert case.clocks.get(stopped_at=None).code == LimitCode.EVENT_GENERAL
    assert climb(case).supervised_at is not None


# --- retries and revisions ---------------------------------------------------------------
def test_a_retried_act_is_done_once(world: World) -> None:
    case = dispute(world)
    for _ in range(3):
        found = transitions.act(case.number, Verb.SIGN, actor=world.gao, key="k-1")
        assert (found.status, found.last_seq) == (Status.SIGNED, 2)


def test_a_key_stands_for_one_act_on_one_case(world: World) -> None:
    case, other = dispute(world), dispute(world)
    transitions.act(case.number, Verb.SIGN, actor=world.gao, key="k-1")
    for number, verb in ((other.number, Verb.SIGN), (case.number, Verb.FINISH)):
        with pytest.raises(BadInput) as refusal:
            transitions.act(number, verb, actor=world.gao, key="k-1")
        assert refusal.value.field == "key"
    other.refresh_from_db()
    assert other.status == Status.REGISTERED
    # The next person's keys are their own.
    transitions.act(other.number, Verb.NUDGE, actor=world.cun, key="k-1")


def test_who_saw_an_older_revision_is_told(world: World) -> None:
    case = dispute(world)
    seen = case.last_seq
    do(case, Verb.NUDGE, world.ouyang)
    with pytest.raises(WrongState, match="Somebody else"):
        transitions.act(case.number, Verb.SIGN, actor=world.gao, rev=seen)
    assert transitions.act(case.number, Verb.SIGN, actor=world.gao, rev=seen + 1).last_seq == 3


# --- what is refused for the case's own sake -----------------------------------------------
def test_a_closed_or_a_protected_case_takes_in_no_other(world: World) -> None:
    case = dispute(world)
    closed = do(dispute(world), Verb.REFUSE, world.gao, note="已告知")
    with pytest.raises(WrongState, match="closed"):
        do(case, Verb.MERGE, world.gao, other=closed.number, note="同一件事")
    protected = event(world, category="E09")
    case = climb(case, 2)
    with pytest.raises(WrongState, match="cannot be merged"):
        do(case, Verb.MERGE, world.ouyang, other=protected.number, note="同一件事")


def test_work_is_given_to_a_colleague_but_not_to_who_stays_away(world: World) -> None:
    case = climb(dispute(world), 2)
    do(case, Verb.ASSIGN, world.ouyang, user_id=world.tan.pk)
    assert case.assignments.get().task == "handle"
    do(case, Verb.ASSIGN, world.ouyang, user_id=world.tan.pk)  # twice is once
    assert case.assignments.count() == 1
    case.recusals.create(tenant_id=case.tenant_id, user=world.mei, since=case.registered_at)
    with pytest.raises(BadInput) as refusal:
        do(case, Verb.ASSIGN, world.ouyang, user_id=world.mei.pk)
    assert refusal.value.field == "user"


def test_a_text_has_the_length_of_the_official_record(world: World) -> None:
    case = dispute(world)
    do(case, Verb.CORRECT, world.gao, text="长" * 2000)
    with pytest.raises(BadInput) as refusal:
        do(case, Verb.CORRECT, world.gao, text="长" * 2001)
    assert refusal.value.field == "text"


def test_without_a_police_station_the_urgent_path_still_has_a_holder(world: World) -> None:
    Unit.objects.filter(pk=world.qingshi_police.pk).update(valid_to=date(2026, 1, 1))
    case = event(world, category="E08")
    assert case.holder_unit == world.qingshi_centre
    assert not case.units.filter(part="co_handler").exists()


@pytest.mark.parametrize("values", [{"category": "E09"}, {"category": "E08"}, {"violence": True}])
def test_danger_to_people_takes_the_urgent_path_and_never_a_ladder(
    world: World, values: dict[str, object]
) -> None:
    for case in (dispute(world, **values), event(world, **values)):
        assert (case.path, case.holder_unit) == (Path.URGENT, world.qingshi_centre)
        codes = set(case.clocks.values_list("code", flat=True))
        assert codes == {LimitCode.URGENT}
        assert case.units.get(part="co_handler").unit == world.qingshi_police
        assert Outbox.objects.filter(case_id=case.pk, seq=1, urgent=True).count() == 2
        assert do(case, Verb.SIGN, world.ouyang).holder_unit == world.qingshi_centre
        assert climb(case).supervised_at is not None  # listed, not passed on
