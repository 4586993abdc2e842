"""Urgent matters out of hours: who is called in, what they may do, and the morning after."""

import threading
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from cases import oncall, outbox, queues, relief, tasks, transitions
from cases.models import Assignment, Case, CaseEvent, CaseUnit, Notice, Outbox
from cases.queues import Tab
from cases.rules.hours import TimeOff
from cases.rules.workflow import Stand, Verb
from cases.standing import standing
from cases.transitions import database_now, possible_verbs
from grids.errors import NotVisible
from grids.models import Posting
from grids.roles import Role
from grids.staff import end_posting
from tests.cases.matters import climb, dispute, do, event
from tests.cases.nights import holiday_today, on_roster
from tests.world import World

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def morning(world: World, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Today nobody works; the moment doors open again."""
    return holiday_today(monkeypatch)


def threat(world: World, **more: Any) -> Case:
    return event(world, text="有人持刀威胁邻居，已报警。", violence=True, **more)


def verified(case: Case) -> None:
    call_command("verify_chain", case.number)


def sees(user: Any, case: Case) -> bool:
    vars(user).pop("posts", None)
    return Case.objects.visible_to(user).filter(pk=case.pk).exists()


# --- called in ----------------------------------------------------------------------------
def test_a_person_on_duty_acts_for_the_unit_which_stays_responsible(
    world: World, morning: datetime
) -> None:
    on_roster(world.qingshi_centre, person=world.bao)  # of the next township
    case = threat(world)
    assert case.holder_unit == world.qingshi_centre
    row = Assignment.objects.get(case=case)
    assert (row.user, row.task, row.until) == (world.bao, "duty", None)
    outbox.deliver()
    assert Notice.objects.filter(user=world.bao, case=case, urgent=True).exists()
    assert sees(world.bao, case) and Stand.HOLDER in standing(world.bao, case).stands
    named = queues.page(world.bao, world.bao.posts, Tab.NAMED, now=database_now())
    assert [line.number for line in named.lines] == [case.number]
    case = do(case, Verb.SIGN, world.bao)
    do(case, Verb.CO_HANDLE, world.bao, unit_id=world.land_office.pk, note="请到场。")


def test_a_unit_on_duty_acts_for_it_too(world: World, morning: datetime) -> None:
    on_roster(world.qingshi_centre, stand_in=world.land_office)
    case = threat(world)
    part = CaseUnit.objects.get(case=case, part="on_duty")
    assert part.unit == world.land_office and part.until is None
    assert Verb.SIGN in {step.verb for step in possible_verbs(case, world.han)}
    assert Outbox.objects.filter(case_id=case.pk, unit_id=world.land_office.pk, urgent=True)


def test_a_matter_of_the_restricted_sort_is_shown_to_nobody_else(
    world: World, morning: datetime
) -> None:
    on_roster(world.qingshi_centre, person=world.bao)
    case = event(world, category="E09", text="孩子身上有伤。")
    assert case.restricted and sees(world.bao, case)
    assert not sees(world.du, case)


def test_a_plain_matter_costs_no_question_and_calls_nobody(world: World, morning: datetime) -> None:
    on_roster(world.donghe1_team, person=world.bao)
    with CaptureQueriesContext(connection) as asked:
        case = event(world)
    assert not any("dutysubstitute" in query["sql"] for query in asked.captured_queries)
    assert not case.assignments.exists()


def test_what_was_settled_on_the_spot_calls_nobody(world: World, morning: datetime) -> None:
    on_roster(world.donghe1_team, person=world.bao)
    case = event(world, urgent=True, on_the_spot=True, result="修好了")
    assert not case.assignments.exists()


@pytest.mark.parametrize(
    ("moment", "found"),
    [
        ("2026-03-02T10:00", False),  # Monday, doors open
        ("2026-03-02T20:00", True),
        ("2026-03-03T08:29", True),  # Monday's night
        ("2026-03-03T20:00", True),
        ("2026-03-04T20:00", False),  # the first day without
        ("2026-03-01T20:00", False),  # not yet
        ("2026-03-02T08:00", False),  # still Sunday's shift
    ],
)
def test_a_roster_counts_by_the_day_the_shift_began(world: World, moment: str, found: bool) -> None:
    on_roster(world.qingshi_centre, person=world.bao, begin=date(2026, 3, 2), end=date(2026, 3, 4))
    at = datetime.fromisoformat(moment).replace(tzinfo=ZONE)
    assert (oncall.substitute_of(world.qingshi_centre.pk, at) is not None) == found


def test_a_roster_counts_at_the_times_ticked_only(world: World) -> None:
    on_roster(world.qingshi_centre, person=world.bao, sorts=(TimeOff.WEEKEND,))
    weekday = datetime(2026, 3, 2, 20, tzinfo=ZONE)
    saturday = datetime(2026, 3, 7, 20, tzinfo=ZONE)
    assert oncall.substitute_of(world.qingshi_centre.pk, weekday) is None
    assert oncall.substitute_of(world.qingshi_centre.pk, saturday) is not None


def test_who_has_left_is_passed_over(world: World, morning: datetime) -> None:
    on_roster(world.qingshi_centre, person=world.bao)
    Posting.objects.filter(user=world.bao).update(ended_on=date(2026, 1, 1))
    assert not threat(world).assignments.exists()


def test_the_substitute_follows_the_unit_responsible(world: World, morning: datetime) -> None:
    on_roster(world.qingshi_centre, person=world.bao)
    on_roster(world.hubin_centre, person=world.du)
    case = threat(world)
    case = do(case, Verb.TRANSFER, world.bao, unit_id=world.hubin_centre.pk, note="请区里接手。")
    assert not sees(world.bao, case) and sees(world.du, case)
    verified(case)


def test_a_correction_to_an_urgent_category_calls_in(world: World, morning: datetime) -> None:
    on_roster(world.qingshi_centre, person=world.bao)
    case = event(world)
    do(case, Verb.RECLASSIFY, world.gao, category="E08", note="水已进屋。")
    assert Assignment.objects.filter(case=case, user=world.bao, task="duty", until=None).exists()


# --- relieved -----------------------------------------------------------------------------
def test_when_doors_open_the_substitute_is_relieved_with_one_event(
    world: World, morning: datetime
) -> None:
    on_roster(world.qingshi_centre, person=world.bao)
    case = threat(world)
    assert relief.stand_down(morning - timedelta(seconds=1)) == 0 and sees(world.bao, case)
    assert relief.stand_down(morning) == 1
    assert relief.stand_down(morning) == 0
    assert CaseEvent.objects.filter(case=case, verb=Verb.STAND_DOWN).count() == 1
    fresh = Case.objects.get(pk=case.pk)
    assert (fresh.holder_unit, fresh.status) == (world.qingshi_centre, "registered")
    assert not sees(world.bao, fresh) and sees(world.ouyang, fresh)
    with pytest.raises(NotVisible):
        do(fresh, Verb.SIGN, world.bao)
    verified(fresh)


def test_a_job_that_slept_through_the_day_relieves_in_the_evening(
    world: World, morning: datetime
) -> None:
    on_roster(world.qingshi_centre, stand_in=world.land_office)
    threat(world)
    assert relief.stand_down(morning + timedelta(hours=20)) == 1


def test_a_closed_matter_is_seen_by_its_own_people_only(world: World, morning: datetime) -> None:
    on_roster(world.qingshi_centre, person=world.bao)
    case = do(threat(world), Verb.VOID, world.bao, reason="wrong_entry", note="误录。")
    assert case.closed_at is not None and not sees(world.bao, case)
    assert relief.stand_down(morning) == 0


def test_a_climb_at_night_relieves_the_lower_units_substitute(
    world: World, morning: datetime
) -> None:
    on_roster(world.donghe1_team, person=world.shui)
    case = dispute(world, urgent=True)
    assert sees(world.shui, case)
    climb(case)
    assert relief.stand_down(database_now()) == 1
    assert not sees(world.shui, case)


def test_a_post_that_ends_gives_the_night_back(world: World, morning: datetime) -> None:
    on_roster(world.qingshi_centre, person=world.du)
    case = threat(world)
    tasks.settle_posts()
    assert sees(world.du, case), "du works in another township, and that is enough at night"
    world.person("du", Role.HANDLER, world.land_office)
    other = Posting.objects.get(user=world.du, unit=world.land_office)
    end_posting(other, database_now().date())
    tasks.settle_posts()
    assert sees(world.du, case), "the post that remains keeps it"
    Posting.objects.filter(user=world.du).update(ended_on=date(2026, 1, 1))
    tasks.settle_posts()
    assert not Assignment.objects.filter(case=case, until=None).exists()


def test_a_crash_on_the_way_leaves_all_or_nothing(
    world: World, morning: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_roster(world.qingshi_centre, person=world.bao)
    first, second = threat(world), threat(world)
    settle = transitions.settle

    def broken(act: Any) -> None:
        if act.case.pk == first.pk:
            raise OperationalError("the server went away")
        settle(act)

    monkeypatch.setattr(transitions, "settle", broken)
    assert relief.stand_down(morning) == 1, "one case that fails keeps nobody else waiting"
    assert sees(world.bao, first) and not sees(world.bao, second)
    assert not CaseEvent.objects.filter(case=first, verb=Verb.STAND_DOWN).exists()
    monkeypatch.setattr(transitions, "settle", settle)
    assert relief.stand_down(morning) == 1
    assert not sees(world.bao, first)
    verified(Case.objects.get(pk=first.pk))


def test_two_workers_at_once_relieve_once(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    morning = holiday_today(monkeypatch)
    on_roster(committed_world.qingshi_centre, person=committed_world.bao)
    cases = [threat(committed_world) for _ in range(4)]
    done: list[int] = []

    def work() -> None:
        done.append(relief.stand_down(morning))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == len(cases)
    for case in cases:
        assert CaseEvent.objects.filter(case=case, verb=Verb.STAND_DOWN).count() == 1
        verified(case)
