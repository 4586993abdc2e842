"""Running clocks follow the calendar: each once, with its line in the matter, passed rungs stay."""

from datetime import timedelta
from random import Random

import pytest
from django.db import DatabaseError, connection, transaction

from cases import calendar_change, calendars, clocks, escalation, recounting, workcalendar
from cases.calendar_change import SETTLED
from cases.models import (
    CalendarDay,
    CalendarVersion,
    Case,
    CaseEvent,
    Clock,
    ClockMove,
    Outbox,
    Recount,
)
from cases.rules.clock import DAY
from cases.rules.limits import LIMITS, LimitCode
from cases.rules.set_by_hand import SET_BY_HAND
from cases.rules.workflow import ClockCode, Verb
from cases.transitions import database_now
from cases.verification import verify_case
from tests.cases.daysoff import (
    NEXT,
    afresh,
    begun,
    give_day,
    notice_days,
    take_in,
    workday_ahead,
    year_end,
)
from tests.cases.matters import climb, dispute, do, event, in_days
from tests.world import World


def ladder(case: Case) -> Clock:
    return case.clocks.get(code="ladder", stopped_at=None)


def follow() -> int:
    moved = calendar_change.follow()
    workcalendar.forget()
    return moved


def test_a_deadline_beyond_the_notices_is_provisional_until_the_next_one(world: World) -> None:
    case = begun(dispute(world), year_end())
    clock = ladder(case)
    assert clock.provisional and not case.provisional, "the first rung ends in a known year"
    assert case.provisional_from is not None and case.provisional_from.year == NEXT
    case = climb(case, 2)
    assert case.provisional, "the sweep has moved the deadline beyond the known days"
    before, passed = clock.due_at, ladder(case).ladder[:2]
    take_in(None, notice_days())
    assert follow() == 1
    case.refresh_from_db()
    clock = ladder(case)
    assert not clock.provisional and not case.provisional and case.provisional_from is None
    assert clock.due_at > before and clock.ladder[:2] == passed
    assert case.due_at == clock.next_at == clock.steps.get(left_at=None).due_at
    move = ClockMove.objects.get(case=case)
    assert (move.due_from, move.due_to, move.verb) == (before, clock.due_at, Verb.RECOUNT)
    assert move.version_to == clock.calendar_version != move.version_from
    said = CaseEvent.objects.get(case=case, verb=Verb.RECOUNT)
    assert (said.seq, said.due_at, said.clock_id) == (case.last_seq, case.due_at, clock.pk)
    assert move.seq == said.seq and verify_case(case) == []
    assert follow() == 0, "counting again finds nothing"


@pytest.mark.parametrize("code", SET_BY_HAND)
def test_a_day_somebody_named_holds_up_no_recount(world: World, code: ClockCode) -> None:
    case = dispute(world)
    none: dict[str, list[int]] = {name: [] for name in ("ladder", "holders", "levels", "actions")}
    case.clocks.update(code=code.value, calendar_version="", policy=None, **none)
    take_in(None, notice_days())
    assert calendar_change.follow(database_now() + 2 * SETTLED) == 0
    assert not Recount.objects.filter(finished_at=None).exists()


def test_a_clock_only_loses_its_mark_without_an_event(world: World) -> None:
    case = begun(dispute(world), year_end())
    days = [one for one in notice_days() if one.day.month > 3]
    plain = [one for one in notice_days() if one.day.day == 1 and one.day.month == 1]
    guessed = ladder(case).due_at
    take_in(None, [*plain, *days])
    moved = follow()
    clock = ladder(case)
    # New Year's day alone moves what was counted from Monday to Friday, unless it is a weekend.
    assert moved == (guessed != clock.due_at) and not clock.provisional
    assert CaseEvent.objects.filter(case=case, verb=Verb.RECOUNT).count() == moved


def test_an_own_day_moves_the_deadlines_of_its_district_only(world: World) -> None:
    case, stranger = dispute(world), dispute(world, world.wai, area_id=world.songpo1.pk)
    before, first = ladder(stranger).due_at, ladder(case).ladder[0]
    give_day(world.su, world.hubin, workday_ahead(1))
    assert follow() == 1
    assert ladder(case).ladder[0] > first
    assert ladder(stranger).due_at == before
    assert not Outbox.objects.filter(verb=Verb.RECOUNT.value).exists(), "later tells nobody"
    fresh = dispute(world, text="又一件纠纷，两家争执。")
    assert ladder(fresh).ladder == ladder(case).ladder, "new matters count alike"


def test_two_clocks_of_one_case_leave_two_events(world: World) -> None:
    case = dispute(world)
    now = database_now()
    due = LIMITS[LimitCode.VERIFY].due(now, workcalendar.current(), zone=clocks.ZONE)
    Clock.objects.create(
        case=case, tenant_id=case.tenant_id, code="verify", started_at=now, due_at=due.at,
        calendar_version=workcalendar.current().version,
    )  # fmt: skip
    give_day(world.su, world.hubin, workday_ahead(1))
    assert follow() == 2
    case.refresh_from_db()
    assert CaseEvent.objects.filter(case=case, verb=Verb.RECOUNT).count() == 2
    assert case.due_at == min(clock.step_due_at for clock in case.clocks.all())
    assert verify_case(case) == []


def test_a_suspended_clock_waits_and_is_right_when_it_is_resumed(world: World) -> None:
    case = do(dispute(world), Verb.SIGN, world.gao)
    case = do(case, Verb.SUSPEND, world.gao, reason="party_absent", note="外出", until=in_days(20))
    give_day(world.su, world.hubin, workday_ahead(2))
    assert follow() == 0
    case = do(case, Verb.RESUME, world.gao)
    clock = ladder(case)
    calendar = workcalendar.of_district(world.hubin.pk)
    assert clock.calendar_version == calendar.version
    assert follow() == 0


def test_a_deadline_somebody_chose_does_not_move(world: World) -> None:
    case = dispute(world)
    chosen = Clock.objects.create(
        case=case, tenant_id=case.tenant_id, code="handed_down", started_at=database_now(),
        due_at=in_days(9),
    )  # fmt: skip
    give_day(world.su, world.hubin, workday_ahead(1))
    follow()
    assert Clock.objects.get(pk=chosen.pk).due_at == chosen.due_at


def test_what_lies_in_the_past_is_taken_by_the_sweep_once(world: World) -> None:
    """A day off is taken back: the deadline becomes one that has passed already."""
    back = workday_ahead(1)
    give_day(world.su, world.hubin, back)
    case = dispute(world)
    later = ladder(case).ladder[0]
    calendars.bring_in(world.su, calendars.propose_day(world.hubin, back, "撤销"))
    now = later - timedelta(hours=1)
    assert escalation.sweep("test", now=now).climbs == 0
    told = Outbox.objects.filter(verb=Verb.RECOUNT.value)
    assert follow() == 1 and [row.unit_id for row in told] == [case.holder_unit_id]
    case.refresh_from_db()
    assert case.due_at is not None and case.due_at < now and ladder(case).rung == 0
    assert escalation.sweep("test", now=now).climbs == 1
    assert escalation.sweep("test", now=now).climbs == follow() == 0
    case.refresh_from_db()
    assert verify_case(case) == []


def test_who_acts_on_a_case_is_not_waited_for(committed_world: World) -> None:
    """Two runs at once and a case that is held: the held one is left for the next run."""
    world = committed_world
    held, free = dispute(world), dispute(world, text="别的纠纷，邻里争执。")
    give_day(world.su, world.hubin, workday_ahead(1))
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            other.set_autocommit(False)
            cursor.execute("SELECT FROM cases_case WHERE id = %s FOR UPDATE", [held.pk])
            assert follow() == 1
            assert ClockMove.objects.get().case_id == free.pk
            later = database_now() + SETTLED * 2
            calendar_change.follow(later)
            assert Recount.objects.filter(finished_at=None).exists(), "one is left"
            other.rollback()
    finally:
        other.close()
    assert calendar_change.follow(later) == 1
    assert not Recount.objects.filter(finished_at=None).exists()
    assert calendar_change.follow(later) == 0


def test_counting_anew_is_counting_afresh(world: World) -> None:
    """Whatever days come and go: a moved clock stands where one started by them would stand."""
    lot = Random(20260222)
    cases = [begun(dispute(world), year_end() - DAY * lot.randrange(12)) for _ in range(4)]
    cases += [begun(event(world, source="hotline"), year_end() - DAY * n) for n in range(3)]
    for turn in range(6):
        off = tuple(sorted({year_end().date() + DAY * lot.randrange(9, 30) for _ in range(4)}))
        off = tuple(day for day in off if day.year == NEXT)
        take_in(None, notice_days(off=off) if turn else notice_days())
        if lot.random() < 0.7:
            day = year_end().date() + DAY * lot.randrange(1, 20)
            works = not workcalendar.of_district(world.hubin.pk).is_workday(day)
            if works != workcalendar.current().is_workday(day):
                give_day(world.su, world.hubin, day, works=works)
        follow()
        calendar = workcalendar.of_district(world.hubin.pk)
        for clock in Clock.objects.filter(case__in=cases, stopped_at=None):
            kept = (list(clock.ladder), clock.due_at, clock.provisional)
            again = afresh(clock, clock.started_at, calendar)
            assert kept == (again.ladder, again.due_at, again.provisional), (turn, clock.code)
    assert [verify_case(case) for case in Case.objects.filter(pk__in=[c.pk for c in cases])] == (
        [[]] * len(cases)
    )


def test_history_refuses_to_be_rewritten(world: World) -> None:
    edition = take_in(None, notice_days())
    day = edition.days.first()
    for sql, what in (
        ("UPDATE cases_calendarday SET works = NOT works WHERE id = %s", day.pk),
        ("DELETE FROM cases_calendaredition WHERE id = %s", edition.pk),
        ("UPDATE cases_calendarversion SET known_to = known_to WHERE version = %s",
         CalendarVersion.objects.all()[0].pk),
    ):  # fmt: skip
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql, [what])
    for values, name in (
        ({"year": NEXT, "day": day.day, "works": True}, "calendar_day_once"),
        ({"year": NEXT, "day": day.day.replace(year=NEXT - 1), "works": False}, "in_its_year"),
        ({"year": NEXT - 1, "day": day.day.replace(year=NEXT - 1), "works": False}, "its_edition"),
    ):  # fmt: skip
        with pytest.raises(DatabaseError, match=name), transaction.atomic():
            CalendarDay.objects.create(edition=edition, **values)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_an_update_of_the_package_counts_anew_too(world: World) -> None:
    """Versions nobody kept: every clock counted with one is looked at."""
    calendar_change.follow()
    case = dispute(world)
    wrong = ladder(case).due_at - timedelta(days=1)
    Clock.objects.filter(case=case).update(calendar_version="cn-2020-00000000", due_at=wrong)
    Recount.objects.create(at=database_now())
    assert follow() == 1
    assert ladder(case).due_at == wrong + timedelta(days=1)


def test_a_policy_can_count_by_other_rules(world: World) -> None:
    """The writer takes what another module counts: one event of its verb, the chain whole."""
    case = dispute(world)
    clock = ladder(case)

    def longer(
        found: Clock, pauses: object, calendar: workcalendar.WorkCalendar
    ) -> recounting.Course | None:
        same = recounting.anew(found, [], calendar)
        assert same is not None
        ladder = [moment + DAY for moment in same.ladder]
        return recounting.Course(
            ladder, ladder[-1], False, calendar.version, found.policy_id, found.ladder_code,
            found.holders, found.levels, found.actions, other_id=found.policy_id,
        )  # fmt: skip

    done = recounting.recount([clock.pk], Verb.RECOUNT, count=longer, actor_id=world.su.pk)
    assert (done.checked, done.moved, done.busy) == (1, 1, [])
    case.refresh_from_db()
    assert case.due_at == clock.ladder[0] + DAY
    said = CaseEvent.objects.get(case=case, seq=case.last_seq)
    assert (said.actor_id, said.other_id) == (world.su.pk, clock.policy_id)
    assert verify_case(case) == []
    assert clocks.next_due(ladder(case)) == case.due_at
