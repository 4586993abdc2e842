"""A clock of the database that jumped: nothing climbs by it until somebody answers for it."""

import logging
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from cases import clockguard, escalation, heartbeats, tasks
from cases.models import Case, Clock, SweepRun
from grids.errors import NotAllowed, NotVisible
from grids.models import Change, User
from grids.roles import Role
from tests.cases.matters import dispute
from tests.world import World

HOUR = timedelta(hours=1)


def due(world: World) -> Case:
    """A dispute whose first moment has come."""
    case = dispute(world)
    earlier = F("started_at") - 30 * HOUR
    clock = case.clocks.get()
    first = clock.started_at - 2 * HOUR
    Clock.objects.filter(pk=clock.pk).update(started_at=earlier, ladder=[first, *clock.ladder[1:]])
    return case


def ran(*, ago: timedelta, counted: float, **values: object) -> SweepRun:
    """A finished run of this boot: ``ago`` by the database's clock, ``counted`` seconds ago by
    the kernel's."""
    began = escalation.database_clock() - ago
    row = {
        "driver": "beat", "boot_id": clockguard.boot_id(), "started_at": began,
        "monotonic": clockguard.since_boot() - counted, "finished_at": began,
    }  # fmt: skip
    return SweepRun.objects.create(**{**row, **values})


def rungs(case: Case) -> int:
    return case.clocks.get().rung


@pytest.fixture
def machinist(world: World) -> User:
    return world.person("ji", Role.SYS_ADMIN, world.hubin_government)


def test_two_clocks_that_agree_are_believed(world: World) -> None:
    case = due(world)
    ran(ago=2 * HOUR, counted=7200)
    assert escalation.sweep("beat").climbs == 1
    assert rungs(case) == 1
    assert SweepRun.objects.latest("pk").ahead == 0


def test_the_first_run_of_all_is_believed(world: World) -> None:
    case = due(world)
    assert escalation.sweep("timer").climbs == 1
    assert (rungs(case), SweepRun.objects.get().ahead) == (1, None)


def test_a_jump_forward_lets_nothing_climb_by_any_driver(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    case = due(world)
    ran(ago=24 * HOUR, counted=60)
    for driver in ("beat", "timer", "deep"):
        assert escalation.sweep(driver).refused
    assert rungs(case) == 0
    assert "jumped ahead" in caplog.text
    run = SweepRun.objects.latest("pk")
    assert run.finished_at is None and abs((run.ahead or 0) - 86_340) <= 2
    with pytest.raises(CommandError, match="clock jumped"):
        call_command("sweep", "--once")
    found = heartbeats.figures()
    assert found.ahead == run.ahead and "clock" in heartbeats.alarms(found)


@pytest.mark.parametrize(
    ("job", "module", "name"),
    [
        (tasks.strike_silent, tasks.silence, "strike_silent"),
        (tasks.settle_posts, tasks.handover, "settle"),
        (tasks.stand_down, tasks.relief, "stand_down"),
        (tasks.pass_recusals, tasks.overdue, "pass_overdue"),
        (tasks.supervise, tasks.supervision_rounds, "list_red"),
        (tasks.look_back, tasks.lookback, "draw_due"),
        (tasks.warn, tasks.warning, "warn"),
        (tasks.change_policies, tasks.proposals, "run_all"),
    ],
    ids=lambda one: getattr(one, "name", ""),
)
def test_jobs_that_act_because_time_passed_wait_too(
    world: World, monkeypatch: pytest.MonkeyPatch, job, module, name: str
) -> None:
    called: list[str] = []
    monkeypatch.setattr(module, name, lambda *now: called.append(name) or 0)
    job()
    ran(ago=24 * HOUR, counted=60)
    tasks.sweep()
    job()
    assert called == [name]


def test_ten_minutes_are_let_pass(world: World) -> None:
    ran(ago=HOUR, counted=3600 - 590)
    assert not escalation.sweep("beat").refused


def test_once_the_clock_is_right_again_it_goes_on(world: World) -> None:
    case = due(world)
    ran(ago=timedelta(minutes=1), counted=60)
    tomorrow = escalation.database_clock() + 24 * HOUR
    ran(ago=timedelta(0), counted=30, started_at=tomorrow, finished_at=None, ahead=86_400)
    assert clockguard.doubted() is not None
    assert escalation.sweep("beat").climbs == 1
    assert rungs(case) == 1 and clockguard.doubted() is None


def test_restarting_the_machine_explains_no_jump(world: World) -> None:
    case = due(world)
    ran(ago=24 * HOUR, counted=60)
    assert escalation.sweep("beat").refused
    SweepRun.objects.update(boot_id="another boot")
    assert escalation.sweep("beat").refused
    assert rungs(case) == 0
    # … unless the clock says less than the run that was refused: it has been set right.
    later = escalation.database_clock() + HOUR
    SweepRun.objects.filter(finished_at=None).update(started_at=later)
    assert escalation.sweep("beat").climbs == 1


def test_a_clock_that_went_back_goes_on_with_an_alarm(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    case = due(world)
    ran(ago=-24 * HOUR, counted=10)
    with caplog.at_level(logging.ERROR):
        assert escalation.sweep("beat").climbs == 1
    assert rungs(case) == 1 and "went back" in caplog.text
    assert "clock_back" in heartbeats.alarms(heartbeats.figures())


def test_an_administrator_confirms_this_jump_and_no_other(world: World, machinist: User) -> None:
    case = due(world)
    ran(ago=24 * HOUR, counted=60)
    assert escalation.sweep("beat").refused
    met = SweepRun.objects.latest("pk")
    with pytest.raises(NotAllowed):
        heartbeats.confirm(world.ouyang, met.pk)
    with pytest.raises(NotVisible):
        heartbeats.confirm(machinist, met.pk + 1000)
    heartbeats.confirm(machinist, met.pk)
    logged = Change.objects.get(action="confirm_clock")
    assert (logged.actor, logged.after["ahead"]) == (machinist, met.ahead)
    assert escalation.sweep("beat").climbs == 1
    assert rungs(case) == 1
    with pytest.raises(NotVisible):
        heartbeats.confirm(machinist, met.pk)
    ran(ago=48 * HOUR, counted=60)
    assert escalation.sweep("beat").refused
