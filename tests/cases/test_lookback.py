"""Revisits after 7, 30 and 90 days, and the monthly look-back: drawn once, checked by others."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from cases import followups, lookback
from cases.clocks import ZONE
from cases.models import Case, LookBack, Revisit
from cases.policies import set_policy
from cases.rules.lookback import Why
from cases.rules.workflow import Status, Verb
from cases.transitions import database_now
from grids.errors import BadInput, NotAllowed
from grids.models import Posting
from tests.cases.matters import dispute, do, event, in_days
from tests.cases.test_two_people import Thread
from tests.world import World

FEBRUARY = date(2026, 2, 1)
DAY = datetime(2026, 2, 10, 10, tzinfo=ZONE)


def struck(world: World, *, agreed: bool = False, **values: object) -> Case:
    """Done by the grid worker, verified and struck off by the village."""
    case = do(dispute(world), Verb.SIGN, world.gao)
    if agreed:
        do(case, Verb.MEDIATE, world.gao, applicant_agrees=True, respondent_agrees=True)
        do(case, Verb.AGREE_ORAL, world.gao, note="各让一步")
    else:
        do(case, Verb.FINISH, world.gao, note="谈好了")
    do(case, Verb.VERIFY, world.cun, note="上门看过")
    case = do(case, Verb.STRIKE, world.cun)
    if values:
        Case.objects.filter(pk=case.pk).update(**values)
    return case


def in_february(world: World, **values: object) -> Case:
    return struck(world, closed_at=DAY, registered_at=DAY - timedelta(days=9), **values)


def drawn(world: World) -> list[Revisit]:
    lookback.draw(world.hubin, FEBRUARY, database_now(), seed=b"1" * 32)
    return list(Revisit.objects.filter(look_back__isnull=False).order_by("case_id"))


# --- revisits ---------------------------------------------------------------------------
def test_an_agreement_is_looked_at_three_times_and_a_relapse_ends_the_plan(world: World) -> None:
    case = struck(world, agreed=True)
    rows = list(case.revisits.order_by("due_at"))
    assert [row.days for row in rows] == [7, 30, 90]
    assert all(row.due_at.astimezone(ZONE).strftime("%H:%M:%S") == "23:59:59" for row in rows)
    do(case, Verb.REVISIT, world.ouyang, result="kept", note="履行了")
    assert case.revisits.filter(done_at=None).count() == 2
    case = do(case, Verb.REVISIT, world.ouyang, result="relapsed", note="又吵")
    assert case.status == Status.REGISTERED and not case.revisits.filter(done_at=None).exists()


def test_a_district_chooses_its_days(world: World) -> None:
    set_policy(world.hubin, "revisit.days", {"days": [90, 14]}, in_days(-1).date())
    case = struck(world, agreed=True)
    assert [row.days for row in case.revisits.order_by("due_at")] == [14, 90]


def test_what_waits_is_counted_by_unit_and_not_while_the_matter_is_open(world: World) -> None:
    case = struck(world, agreed=True)
    [one] = followups.by_unit(world.su, world.su.posts, in_days(8))
    assert (one.unit, one.open, one.over) == (world.qingshi_centre, 3, 1)
    assert followups.by_unit(world.bao, world.bao.posts, in_days(8)) == []
    do(case, Verb.REOPEN, world.cun, note="没有履行")
    assert followups.by_unit(world.su, world.su.posts, in_days(8)) == []


# --- the monthly round ------------------------------------------------------------------
def test_a_round_is_drawn_once_for_the_month_before(world: World) -> None:
    case = in_february(world)
    struck(world)  # this month
    now = datetime(2026, 3, 2, 9, tzinfo=ZONE)
    assert lookback.draw_due(now) == 2  # both districts
    assert lookback.draw_due(now) == 0 == lookback.draw_due(now + timedelta(days=20))
    round_ = LookBack.objects.get(district=world.hubin)
    assert (round_.month, round_.pool, round_.drawn) == (FEBRUARY, 1, 1)
    row = round_.revisits.get()
    assert (row.case, row.handler, row.about) == (case, world.gao, world.donghe1_team)
    assert row.unit != row.about and row.due_at == round_.ends_at
    with pytest.raises(IntegrityError, match="look_back_once"), transaction.atomic():
        LookBack.objects.create(
            tenant=world.lb, district=world.hubin, month=FEBRUARY, seed=b"", share=10, pool=0,
            drawn=0, drawn_at=now, ends_at=now,
        )  # fmt: skip


def test_two_that_draw_at_once_draw_one_round(committed_world: World) -> None:
    in_february(committed_world)
    now = database_now()
    jobs = [Thread(lambda: lookback.draw(committed_world.hubin, FEBRUARY, now)) for _ in range(2)]
    assert sorted(bool(job.end()) for job in jobs) == [False, True]
    assert Revisit.objects.filter(look_back__isnull=False).count() == 1


def test_why_each_matter_is_in_the_sample(world: World) -> None:
    plain = in_february(world)
    alone = in_february(world, verified_by=None)
    waiting = do(do(dispute(world), Verb.SIGN, world.gao), Verb.FINISH, world.gao, note="好了")
    found = {row.case_id: row.why for row in drawn(world)}
    assert found == {plain.pk: Why.RANDOM, alone.pk: Why.DOUBLED}
    assert waiting.pk not in found  # not closed


def test_restricted_open_and_void_matters_are_left_out(world: World) -> None:
    in_february(world, restricted=True)
    other = dispute(world)
    do(other, Verb.VOID, world.gao, reason="wrong_entry", note="录错")
    assert drawn(world) == []


def test_the_checker_is_never_the_handler(world: World) -> None:
    """The township's only officer handled it: the district checks, and the officer cannot."""
    Posting.objects.filter(user=world.tan).update(ended_on=in_days(-1).date())
    case = in_february(world, done_by=world.ouyang)
    [row] = drawn(world)
    assert (row.handler, row.unit) == (world.ouyang, world.hubin_centre)
    with pytest.raises(NotAllowed):
        do(case, Verb.REVISIT, world.ouyang, result="true", note="属实")
    row.checker = row.handler
    row.done_at, row.result = database_now(), "true"
    with pytest.raises(IntegrityError, match="checker_is_not_handler"), transaction.atomic():
        row.save()


@pytest.mark.parametrize(("result", "reopens"), [("true", 0), ("partly", 0), ("untrue", 1)])
def test_what_was_found_counts_for_the_unit_responsible(
    world: World, result: str, reopens: int
) -> None:
    case = in_february(world)
    drawn(world)
    with pytest.raises(BadInput) as refusal:  # what can be said of an agreement only
        do(case, Verb.REVISIT, world.ouyang, result="kept", note="属实")
    assert refusal.value.field == "result"
    case = do(case, Verb.REVISIT, world.ouyang, result=result, note="已补办手续")
    assert (case.status == Status.REGISTERED) == bool(reopens)
    round_ = LookBack.objects.get()
    [figure] = lookback.figures(round_, world.hubin)
    assert (figure.unit, figure.drawn, figure.checked) == (world.donghe1_team, 1, 1)
    assert (figure.partly, figure.untrue) == (int(result == "partly"), reopens)
    assert figure.false_share == 100 * reopens
    assert lookback.figures(round_, world.liulin) == []


def test_an_objection_of_the_resident_is_always_looked_at(world: World) -> None:
    cases = [in_february(world) for _ in range(12)]
    event_row = cases[5].events.last()
    event_row.pk, event_row.seq, event_row.verb = None, 99, Verb.OBJECT.value
    event_row.save(force_insert=True)
    found = {row.case_id: row.why for row in drawn(world)}
    assert found[cases[5].pk] == Why.NOT_SATISFIED and len(found) == 3


def test_an_event_of_one_grid_worker_is_checked_above(world: World) -> None:
    case = do(do(event(world), Verb.SIGN, world.gao), Verb.FINISH, world.gao, note="修好了")
    do(case, Verb.VERIFY, world.cun, note="看过")
    do(case, Verb.STRIKE, world.cun)
    Case.objects.filter(pk=case.pk).update(closed_at=DAY, registered_at=DAY)
    [row] = drawn(world)
    assert row.unit.area.level < world.donghe.level
