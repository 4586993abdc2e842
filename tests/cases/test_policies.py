"""Dated settings: the nearest area wins, versions begin on a day, running clocks keep theirs."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from cases import clocks, workcalendar
from cases.models import Policy
from cases.policies import LADDER, in_force, set_ladder, set_policy
from cases.rules.clock import Span, SpanUnit
from cases.rules.ladder import FIVE_LEVEL_NINE_DAY, FOUR_LEVEL_SEVEN_DAY, PRODUCT_DEFAULT
from cases.rules.limits import LIMITS, LimitCode
from cases.rules.numbers import REVISITS
from cases.rules.workflow import Verb
from cases.transitions import database_now
from tests.cases.matters import climb, dispute, do, event, in_days
from tests.world import World

DAY = date(2026, 3, 2)
ONE = timedelta(days=1)


def code(world: World, day: date = DAY, area: str = "donghe1") -> str:
    return in_force(getattr(world, area), day).ladder().code


def test_the_products_defaults_hold_until_somebody_says_otherwise(world: World) -> None:
    found = in_force(world.donghe1, DAY)
    assert (found.ladder().rungs, found.revisit_days()) == (PRODUCT_DEFAULT.rungs, (7, 30, 90))
    assert found.row(LADDER).area is None


def test_the_nearest_area_up_the_tree_wins(world: World) -> None:
    set_ladder(world.hubin, FIVE_LEVEL_NINE_DAY, DAY)
    assert code(world) == "five_level_nine_day"
    assert code(world, area="songpo1") == "product_default"
    set_ladder(world.qingshi, FOUR_LEVEL_SEVEN_DAY, DAY)
    assert code(world) == "four_level_seven_day"
    assert code(world, area="dukou1") == "five_level_nine_day"
    # A newer version further up does not overrule the nearer place.
    set_ladder(world.hubin, PRODUCT_DEFAULT, DAY)
    assert code(world) == "four_level_seven_day"


def test_a_version_counts_from_its_day_to_the_day_before_its_end(world: World) -> None:
    row = set_ladder(world.hubin, FIVE_LEVEL_NINE_DAY, DAY)
    assert (code(world, DAY - ONE), code(world)) == ("product_default", "five_level_nine_day")
    row.valid_to = DAY + 7 * ONE
    row.save()
    assert code(world, DAY + 6 * ONE) == "five_level_nine_day"
    assert code(world, DAY + 7 * ONE) == "product_default"


def test_among_versions_the_highest_that_has_begun(world: World) -> None:
    first = set_ladder(world.hubin, FIVE_LEVEL_NINE_DAY, DAY)
    second = set_ladder(world.hubin, FOUR_LEVEL_SEVEN_DAY, DAY + 10 * ONE)
    assert (first.version, second.version) == (1, 2)
    assert code(world, DAY + 9 * ONE) == "five_level_nine_day"
    assert code(world, DAY + 10 * ONE) == "four_level_seven_day"


def test_a_version_is_written_once(world: World) -> None:
    set_ladder(None, PRODUCT_DEFAULT, DAY)  # version 2 of the defaults
    with pytest.raises(IntegrityError, match="policy_version_once"), transaction.atomic():
        Policy.objects.create(area=None, code=LADDER, version=2, valid_from=DAY, body={})


def test_a_running_clock_keeps_the_version_it_started_with(world: World) -> None:
    case = dispute(world)
    old = case.clocks.get()
    new = set_ladder(world.hubin, FOUR_LEVEL_SEVEN_DAY, date(2026, 1, 1))
    later = dispute(world).clocks.get()
    assert (old.ladder_code, later.ladder_code) == ("product_default", "four_level_seven_day")
    assert (old.policy.area, later.policy) == (None, new)
    # Climbing, suspending and resuming go on by the old version: the district is its top.
    case = do(climb(case), Verb.SIGN, world.cun)
    do(case, Verb.SUSPEND, world.cun, reason="weather", note="大雪", until=in_days(9))
    case = do(case, Verb.RESUME, world.cun)
    clock = case.clocks.get()
    assert (clock.policy_id, clock.ladder, clock.due_at) == (old.policy_id, old.ladder, old.due_at)
    assert climb(case, 2).holder_unit == world.hubin_centre
    # Corrected to another village it still climbs by the old one, with that village's units.
    case = do(case, Verb.RECLASSIFY, world.su, area_id=world.dukou1.pk, note="地点有误")
    assert case.clocks.get().policy_id == old.policy_id
    assert len(case.clocks.get().holders) == 4


def test_what_is_taken_up_again_starts_by_the_version_of_the_day(world: World) -> None:
    case = do(dispute(world), Verb.REFUSE, world.gao, note="已告知其他途径")
    new = set_ladder(world.hubin, FOUR_LEVEL_SEVEN_DAY, date(2026, 1, 1))
    case = do(case, Verb.REOPEN, world.cun, note="又愿意")
    assert case.clocks.get(stopped_at=None).policy == new


@pytest.mark.parametrize("days", [7, 30, 90])
def test_a_district_chooses_the_day_of_the_revisit(world: World, days: int) -> None:
    set_policy(world.hubin, REVISITS, {"days": days}, date(2026, 1, 1))
    case = do(dispute(world), Verb.SIGN, world.gao)
    do(case, Verb.MEDIATE, world.gao, applicant_agrees=True, respondent_agrees=True)
    do(case, Verb.AGREE_ORAL, world.gao, note="各让一步")
    do(case, Verb.VERIFY, world.cun, note="看过")
    case = do(case, Verb.STRIKE, world.cun)
    row = case.revisits.get()
    assert (row.sort, row.unit, row.handler) == ("agreement", world.qingshi_centre, world.gao)
    left = row.due_at - database_now()
    assert timedelta(days=days) <= left + timedelta(minutes=5) < timedelta(days=days + 1, minutes=5)


# --- limits ---------------------------------------------------------------------------------
def three_days(source: str = "湖滨区网格事项办理规程") -> dict[str, object]:
    return {"span": {"amount": 3, "unit": "working_day"}, "source": source}


def test_a_districts_own_limit_takes_the_place_of_the_products(world: World) -> None:
    row = set_policy(world.hubin, "limit.event_general", three_days(), DAY)
    found = in_force(world.donghe1, DAY)
    assert found.limit(LimitCode.EVENT_GENERAL).span == Span(3, SpanUnit.WORKING_DAY)
    assert found.limit_row(LimitCode.EVENT_GENERAL) == row
    assert found.limit(LimitCode.HOTLINE) == LIMITS[LimitCode.HOTLINE]
    far = in_force(world.songpo1, DAY)
    assert far.limit(LimitCode.EVENT_GENERAL) == LIMITS[LimitCode.EVENT_GENERAL]
    assert far.limit_row(LimitCode.EVENT_GENERAL) is None


def test_a_new_case_starts_by_the_districts_limit_and_keeps_it(world: World) -> None:
    first = set_policy(world.hubin, "limit.event_general", three_days(), date(2026, 1, 1))
    case = event(world)
    clock = case.clocks.get(code=LimitCode.EVENT_GENERAL.value)
    ours = in_force(world.donghe1, date(2026, 1, 1)).limit(LimitCode.EVENT_GENERAL)
    due = ours.due(case.received_at, workcalendar.current(), zone=clocks.ZONE).at
    assert (clock.policy_id, clock.due_at) == (first.pk, due)
    assert case.clocks.get(code=LimitCode.SIGN.value).policy_id is None
    body = {"span": {"amount": 1, "unit": "working_day"}, "source": "x"}
    set_policy(world.hubin, "limit.event_general", body, date(2026, 1, 1))
    assert clocks.limit_of(clock).span == Span(3, SpanUnit.WORKING_DAY)


def test_an_act_starts_its_limit_by_the_districts_version(world: World) -> None:
    body = {"span": {"amount": 1, "unit": "working_day"}, "source": "区规程"}
    row = set_policy(world.hubin, "limit.verify", body, date(2026, 1, 1))
    case = do(event(world), Verb.SIGN, world.gao)
    case = do(case, Verb.FINISH, world.gao, note="已修好")
    assert case.clocks.get(code=LimitCode.VERIFY.value).policy_id == row.pk


def test_a_version_is_never_changed_only_ended(world: World) -> None:
    row = set_ladder(world.hubin, FIVE_LEVEL_NINE_DAY, DAY)
    for change in ({"body": {}}, {"valid_from": DAY + ONE}, {"version": 9}):
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            Policy.objects.filter(pk=row.pk).update(**change)
    Policy.objects.filter(pk=row.pk).update(valid_to=DAY)
    assert code(world) == "product_default"
