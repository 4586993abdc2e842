"""Signs of life, the alarms they raise, and the clocks set aside that a person tries again."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError
from django.db.models.functions import Now

from cases import escalation, heartbeats, tasks
from cases.heartbeats import Figures
from cases.models import Clock, Heartbeat, Outbox, SweepFailure, SweepRun
from grids.errors import NotAllowed, NotVisible
from grids.models import Change, User
from grids.roles import Role
from tests.cases.matters import dispute
from tests.world import World

WELL = Figures(
    overdue=None, beat=20, any_run=20, worker=20, outbox=3, dead=0, set_aside=0, conflicts=0,
    went_back=None, ahead=None,
)  # fmt: skip


@pytest.fixture
def machinist(world: World) -> User:
    return world.person("ji", Role.SYS_ADMIN, world.hubin_government)


def set_back(world: World) -> SweepFailure:
    """A clock whose holder is gone, after one attempt."""
    clock = dispute(world).clocks.get()
    clock.holders = [10**12] * 4
    clock.save()
    escalation.sweep("test", now=clock.next_at + timedelta(seconds=1))
    return SweepFailure.objects.get(clock=clock)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("overdue", 301, "overdue"), ("beat", 181, "no_beat"), ("beat", None, "no_beat"),
        ("any_run", 601, "no_run"), ("any_run", None, "no_run"), ("worker", 301, "no_worker"),
        ("worker", None, "no_worker"), ("outbox", 601, "outbox"), ("dead", 1, "dead_messages"),
        ("set_aside", 1, "set_aside"), ("conflicts", 1, "conflicts"), ("ahead", 700, "clock"),
        ("went_back", -700, "clock_back"),
    ],
)  # fmt: skip
def test_each_figure_has_its_alarm(name: str, value: int | None, code: str) -> None:
    values = {field: getattr(WELL, field) for field in Figures.__slots__}
    assert list(heartbeats.alarms(WELL)) == []
    assert list(heartbeats.alarms(Figures(**{**values, name: value}))) == [code]


def test_a_job_shows_that_a_worker_lives(world: World) -> None:
    assert heartbeats.figures().worker is None
    tasks.heartbeat()
    assert heartbeats.figures().worker == 0


def test_the_newest_run_counts_not_the_latest_moment(world: World) -> None:
    """A clock that jumped leaves runs in the future behind; they hide no silence."""
    SweepRun.objects.create(driver="beat", started_at=Now(), finished_at=Now() + timedelta(days=1))
    assert heartbeats.figures().beat >= 86_399
    SweepRun.objects.create(driver="timer", started_at=Now(), finished_at=Now())
    found = heartbeats.figures()
    assert found.any_run == 0 and "no_beat" in heartbeats.alarms(found)


def test_runs_and_workers_of_long_ago_are_forgotten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats, "KEPT_RUNS", 1)
    for age in (9, 8, 0):
        SweepRun.objects.create(driver="beat", started_at=Now() - timedelta(days=age))
    Heartbeat.objects.create(name="old", at=Now() - timedelta(days=9))
    Heartbeat.objects.create(name="new", at=Now())
    tasks.tidy_heartbeats()
    # The newest two stay whatever their moment: the clock guard compares with them.
    assert SweepRun.objects.count() == 2
    assert Heartbeat.objects.get().name == "new"


def test_dead_messages_are_counted(world: World) -> None:
    dispute(world)
    Outbox.objects.update(state="dead")
    assert heartbeats.figures().dead == Outbox.objects.count() > 0


# --- what no clock is to blame for --------------------------------------------------------
def test_a_full_disk_is_no_clocks_fault(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = dispute(world).clocks.get()
    sizes: list[int] = []

    def full(now: object, size: int, *rest: object, **more: object) -> int:
        sizes.append(size)
        raise OperationalError("could not extend file: No space left on device")

    monkeypatch.setattr(escalation, "one_batch", full)
    with pytest.raises(OperationalError):
        escalation.sweep("test", now=clock.next_at + timedelta(seconds=1), batch=20_000)
    assert sizes == [20_000, 2_000, 200]  # a slow server is spared before giving up
    assert not SweepFailure.objects.exists()
    assert SweepRun.objects.get().finished_at is None


def test_a_server_that_stops_in_the_middle_blames_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = dispute(world).clocks.get()

    def stops(now: object, size: int, *rest: object, **more: object) -> int:
        raise DatabaseError("odd") if size > 1 else OperationalError("terminating connection")

    monkeypatch.setattr(escalation, "one_batch", stops)
    with pytest.raises(OperationalError):
        escalation.sweep("test", now=clock.next_at + timedelta(seconds=1))
    assert not SweepFailure.objects.exists()


def test_a_second_climb_stopped_by_its_key_is_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = dispute(world).clocks.get()
    clock.steps.create(
        tenant_id=clock.tenant_id, rung=1, unit=world.donghe_mediation, level=5,
        entered_at=clock.started_at, due_at=clock.due_at,
    )  # fmt: skip
    swept = escalation.sweep("test", now=clock.next_at + timedelta(seconds=1))
    assert (swept.climbs, swept.failed, swept.conflicts) == (0, 1, 1)
    assert heartbeats.figures().set_aside == 1
    assert not escalation.at_a_wall(IntegrityError("another key"))


def test_a_sweep_that_takes_long_leaves_the_rest(world: World) -> None:
    cases = [dispute(world) for _ in range(3)]
    moment = cases[-1].clocks.get().next_at + timedelta(seconds=1)
    assert escalation.sweep("test", now=moment, batch=1, most=0).climbs == 0
    assert SweepRun.objects.get().finished_at is not None
    assert escalation.sweep("test", now=moment).climbs == 3


# --- tried again --------------------------------------------------------------------------
def test_an_administrator_has_a_clock_tried_again(world: World, machinist: User) -> None:
    failure = set_back(world)
    later = failure.next_at
    with pytest.raises(NotAllowed):
        heartbeats.retry(world.ouyang, failure.pk)
    heartbeats.retry(machinist, failure.pk)
    failure.refresh_from_db()
    assert failure.next_at < later
    assert Change.objects.get(action="retry").after == {"clock": failure.pk, "attempts": 1}
    assert "set_aside" in heartbeats.alarms(heartbeats.figures())


def test_what_is_set_aside_makes_nothing_overdue(world: World) -> None:
    failure = set_back(world)
    three_hours_ago = escalation.database_clock() - timedelta(hours=3)
    Clock.objects.filter(pk=failure.pk).update(
        started_at=Now() - timedelta(days=2), ladder=[three_hours_ago], holders=[10**12],
        levels=[5], actions=["climb"],
    )  # fmt: skip
    assert heartbeats.figures().overdue is None
    failure.delete()
    assert heartbeats.figures().overdue > 10_000


def test_another_customers_clock_is_not_there(world: World, machinist: User) -> None:
    with pytest.raises(NotVisible):
        heartbeats.retry(machinist, 10**9)
