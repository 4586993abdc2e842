"""Every job of the worker, run twice: the second run finds nothing left to do."""

import logging

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from cases import figures, outbox, tasks
from cases.doorbell import BELL
from cases.models import Case, CaseDelta, CaseEvent, Clock, Notice, Outbox, SweepRun, Telling
from cases.rules.workflow import Status, Verb
from governance.celery import app
from tests.cases.matters import dispute, do, event, in_days
from tests.world import World

JOBS = [
    tasks.sweep,
    tasks.heartbeat,
    tasks.tidy_heartbeats,
    tasks.deliver,
    tasks.fold,
    tasks.prepare_attachments,
    tasks.strike_silent,
    tasks.review_suspensions,
    tasks.lapse,
    tasks.settle_posts,
    tasks.recount_clocks,
    tasks.pass_recusals,
    tasks.stand_down,
    tasks.tidy_uploads,
    tasks.apply_editions,
    tasks.change_policies,
    tasks.supervise,
    tasks.look_back,
    tasks.warn,
    tasks.dispatch,
]
WATCHED = ("cases_case", "cases_clock", "cases_clockstep", "cases_caseevent", "cases_casedelta",
           "cases_rollup", "cases_outbox", "cases_outgoing", "cases_notice", "cases_attachment",
           "cases_revisit", "cases_supervisionorder", "cases_sweepfailure", "cases_assignment",
           "cases_caseunit", "cases_nudge",
           "cases_lookback", "cases_documentcounter")  # fmt: skip


def everything() -> list[object]:
    """All rows of the watched tables, as text."""
    found: list[object] = []
    with connection.cursor() as cursor:
        for table in WATCHED:
            cursor.execute(f"SELECT t::text FROM {table} AS t ORDER BY t::text")
            found += cursor.fetchall()
    return found


@pytest.fixture
def busy(world: World) -> World:
    """Something to do for every job: due ladders, messages, deltas, a silent week."""
    case = dispute(world)
    clock = case.clocks.get()
    moments = [in_days(-3 + n / 10) for n in range(len(clock.ladder))]
    Clock.objects.filter(pk=clock.pk).update(
        ladder=moments, due_at=moments[-1], started_at=in_days(-9)
    )
    settled = event(world, on_the_spot=True, result="修好了", parties=())
    settled.parties.create(tenant_id=settled.tenant_id, name="张三", added_at=settled.registered_at)
    do(settled, Verb.TELL, world.gao, channel="call")
    Telling.objects.update(told_at=in_days(-40))
    Case.objects.filter(pk=settled.pk).update(done_at=in_days(-41), registered_at=in_days(-42))
    return world


def test_the_schedule_names_jobs_that_exist() -> None:
    known = {job.name for job in JOBS}
    app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= known
    assert "cases.tasks.deliver" in known  # asked for by name after a commit


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_run_twice_gives_the_same_as_once(busy: World, job) -> None:
    job()
    once = everything()
    job()
    assert everything() == once


def test_all_jobs_twice_in_any_order_come_to_rest(busy: World) -> None:
    for job in [*JOBS, *reversed(JOBS), *JOBS]:
        job()
    rest = everything()
    for job in JOBS:
        job()
    assert everything() == rest
    assert Case.objects.get(kind="dispute").supervised_at is not None
    assert Case.objects.get(kind="event").status == Status.STRUCK
    assert CaseEvent.objects.filter(verb=Verb.CLIMB).count() == 3
    assert not Outbox.objects.exclude(state="sent").exists()
    assert not CaseDelta.objects.exists() and figures.differences() == []


def test_the_sweep_delivers_what_it_wrote(busy: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "cases.tasks"):
        tasks.sweep()
    assert "4 climbs, 0 failed" in caplog.text
    assert Notice.objects.filter(user=busy.su, verb="climb").exists()
    assert SweepRun.objects.get().driver == "beat"


def test_the_timer_sweeps_without_a_broker(busy: World, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("sweep", "--once", "--batch", "1")
    assert capsys.readouterr().out == "4 climbs, 0 failed\n"
    assert SweepRun.objects.get().driver == "timer"
    call_command("sweep", "--once")
    assert capsys.readouterr().out == "0 climbs, 0 failed\n"
    assert Notice.objects.filter(user=busy.su).exists()


def test_delivery_is_asked_for_by_name_after_the_commit_only(
    busy: World, django_capture_on_commit_callbacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(BELL, "send", asked.append)
    with django_capture_on_commit_callbacks(execute=True):
        outbox.deliver_soon()
        assert asked == []
    assert asked == ["cases.tasks.deliver"]


def test_a_broker_that_is_down_undoes_nothing(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(name: str) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(BELL, "send", down)
    with transaction.atomic():
        case = dispute(committed_world)
        outbox.deliver_soon()
    assert Case.objects.filter(pk=case.pk).exists()
    assert outbox.deliver(now=in_days(1)) == 1
