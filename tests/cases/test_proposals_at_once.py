"""Two approve one proposal at the same moment; a restart is killed in the middle of a batch."""

import signal
import subprocess
import sys
from functools import partial

import psycopg2
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from cases import proposals, restarting, simulation
from cases.models import Case, CaseEvent, Clock, Policy, PolicyMove, PolicyProposal
from grids.models import Change, User
from grids.roles import Role
from tests.architecture.source import ROOT
from tests.cases.bulk import broken_links, clone
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import dispute
from tests.cases.proposing import decider, ladder, proposed, wish
from tests.cases.test_restarting import approve_without_work, in_thread
from tests.cases.test_two_people import Thread, sessions, until, waiting_for_a_lock
from tests.world import World

NAMED, SIZE = 6, 2
BUSY = "state <> 'idle' AND pid <> pg_backend_pid()"
# A message the second batch will write; the statement waits for whoever holds its key.
HOLD = """
INSERT INTO cases_outbox (tenant_id, at, dedupe_key, case_id, seq, verb, unit_id, urgent, state, attempts, next_at)
VALUES (%(tenant)s, now(), %(key)s, %(case)s, %(seq)s, 'restart', %(unit)s, false, 'dead', 0, now())
"""  # noqa: E501


def test_two_approve_at_the_same_moment_and_one_is_told(committed_world: World) -> None:
    world = committed_world
    dispute(world)
    row = proposed(world)
    both = [decider(world), world.person("zhang", Role.SEC_ADMIN, world.hubin_government)]
    decide = reverse("cases:proposal_decide", args=[row.pk])

    def approving(user: User) -> tuple[int, str]:
        client: Client = at_desk(User.objects.get(pk=user.pk))
        answer = client.post(decide, {"do": "approve", "rev": row.rev})
        return answer.status_code, text_of(answer)

    with transaction.atomic():
        PolicyProposal.objects.select_for_update().get(pk=row.pk)
        threads = [Thread(partial(approving, user)) for user in both]
        until(lambda: waiting_for_a_lock() == 2)
    answers = dict(one.end() for one in threads)  # type: ignore[misc]
    assert set(answers) == {302, 409}
    assert "This proposal is approved already." in answers[409]
    row.refresh_from_db()
    assert row.approver in both and Policy.objects.filter(area=world.hubin).count() == 1
    assert Change.objects.filter(subject="policy", action="approve").count() == 1
    assert CaseEvent.objects.filter(verb="restart").count() == 1


def test_a_restart_killed_in_the_middle_of_a_batch_goes_on(
    committed_world: World, server_environment: dict[str, str]
) -> None:
    """The second batch has moved clocks and waits to write its message: killed there."""
    world = committed_world
    clone(dispute(world), NAMED - 1)
    row = proposed(world, wish(body=ladder(1, 1, 1, 1, unit="hour")))
    row = in_thread(lambda: approve_without_work(world, row))
    seen = simulation.latest(row)
    assert seen is not None
    row.simulations.get(pk=seen.pk).batches.all().delete()
    assert restarting.cut(seen, size=SIZE) == NAMED / SIZE
    moves = PolicyMove.objects.filter(simulation=seen).order_by("clock_id")
    named = list(moves.values_list("clock_id", flat=True))
    cases = {one.pk: one.case for one in Clock.objects.filter(pk__in=named).select_related("case")}
    second = min((cases[pk] for pk in named[SIZE : 2 * SIZE]), key=lambda case: case.pk)
    holder = held(second)
    code = "from cases import restarting; restarting.carry_out(rest=0)"
    command = [sys.executable, str(ROOT / "manage.py"), "shell", "-v0", "-c", code]
    with subprocess.Popen(command, env=server_environment) as run:
        until(lambda: run.poll() is not None or waiting_for_a_lock() == 1)
        assert run.poll() is None, "it ended before it could be killed"
        run.send_signal(signal.SIGKILL)
    holder.rollback()
    holder.close()
    until(lambda: sessions(BUSY) == 0)
    assert restarts() == dict.fromkeys((cases[pk].pk for pk in named[:SIZE]), 1)
    assert restarting.progress(row) == (SIZE, 0, NAMED)
    assert restarting.carry_out(rest=0) == NAMED - SIZE
    assert restarts() == dict.fromkeys((case.pk for case in cases.values()), 1)
    due = dict(Clock.objects.filter(pk__in=named).values_list("pk", "due_at"))
    assert due == dict(moves.values_list("clock_id", "due_to"))
    assert Clock.objects.filter(policy=row.policy).count() == NAMED and broken_links() == 0
    row.refresh_from_db()
    assert row.finished_at is not None and restarting.progress(row) == (NAMED, 0, NAMED)
    assert proposals.activate_due() == 0


def held(case: Case) -> psycopg2.extensions.connection:
    """A connection that holds the key of the next message about ``case``, until it rolls back."""
    given = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    opened = psycopg2.connect(**{name: given[name] for name in names if name in given})
    seq, unit = case.last_seq + 1, case.holder_unit_id
    told = {"tenant": case.tenant_id, "case": case.pk, "seq": seq, "unit": unit}
    with opened.cursor() as cursor:
        cursor.execute(HOLD, told | {"key": f"{case.pk}:{seq}:{unit}:0"})
    return opened


def restarts() -> dict[int, int]:
    """How many restarts the history of each case has."""
    found: dict[int, int] = {}
    for pk in CaseEvent.objects.filter(verb="restart").values_list("case_id", flat=True):
        found[pk] = found.get(pk, 0) + 1
    return found
