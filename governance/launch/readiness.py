"""Wait until web, worker and beat really do their work, in that order."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from celery import Celery

from governance.launch.console import CannotStart, say
from governance.launch.supervisor import Supervisor

LONGEST = 120.0  # seconds; a slow, loaded machine needs up to a tenth of it
PATIENCE = 5.0  # seconds until the user hears that something is still awaited


def _until(supervisor: Supervisor, name: str, answers: Callable[[], bool], interval: float) -> None:
    began = told = time.monotonic()
    while not answers():
        supervisor.all_must_live()
        now = time.monotonic()
        if now - began > LONGEST:
            raise CannotStart(f"{name} does not answer after {LONGEST:.0f} s.")
        if now - told > PATIENCE:
            told = now
            say(f"  … still waiting for {name} ({now - began:.0f} s)")
        supervisor.pause(interval)


def web(supervisor: Supervisor, port: int) -> None:
    """``/healthz`` answers 200."""
    # Never through a proxy that the user's environment may name.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def answers() -> bool:
        try:
            with opener.open(f"http://127.0.0.1:{port}/healthz", timeout=5) as response:
                return bool(response.status == 200)
        except urllib.error.HTTPError as problem:
            problem.close()
            return False
        except OSError:
            return False

    _until(supervisor, "web", answers, 0.1)


def worker(supervisor: Supervisor, node: str, broker: str) -> None:
    """The worker called ``node`` answers a ping through the broker."""
    with Celery(broker=broker, set_as_current=False) as asker:

        def answers() -> bool:
            return bool(asker.control.ping(destination=[node], timeout=0.5, limit=1))

        _until(supervisor, "worker", answers, 0.1)


def beat(supervisor: Supervisor, schedule: Path) -> None:
    """Beat has opened its schedule; the file's ending depends on the machine."""

    def answers() -> bool:
        return any(schedule.parent.glob(schedule.name + "*"))

    _until(supervisor, "beat", answers, 0.05)
