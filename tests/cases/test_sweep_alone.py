"""The third driver needs a database and nothing else: no broker, not even its library."""

import subprocess
import sys
from datetime import timedelta

from django.db.models import F

from cases.models import CaseEvent, Clock, Notice, SweepRun
from tests.architecture.source import ROOT
from tests.cases.matters import dispute, in_days
from tests.world import World

# Starts manage.py as an interpreter does in which these were never installed.
WITHOUT = """
import sys

class Wall:
    gone = {"celery", "kombu", "amqp", "vine", "billiard", "redis"}

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in self.gone:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Wall())
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "sweep", "--once"])
assert not Wall.gone & {name.split(".")[0] for name in sys.modules}
"""
NOBODY_LISTENS = "redis://127.0.0.1:9/0"


def test_the_timer_sweeps_where_no_broker_can_be_imported_or_reached(
    committed_world: World, server_environment: dict[str, str]
) -> None:
    case = dispute(committed_world)
    clock = case.clocks.get()
    Clock.objects.filter(pk=clock.pk).update(
        ladder=[in_days(-1), *clock.ladder[1:]], started_at=F("started_at") - timedelta(days=2)
    )
    environment = server_environment | {
        "REDIS_URL": NOBODY_LISTENS, "DJANGO_SETTINGS_MODULE": "governance.settings",
    }  # fmt: skip
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT], env=environment, cwd=ROOT, capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (0, "1 climbs, 0 failed\n"), ended.stderr
    assert CaseEvent.objects.filter(case=case, verb="climb").count() == 1
    assert Notice.objects.filter(verb="climb").exists()
    assert SweepRun.objects.get().driver == "timer"
