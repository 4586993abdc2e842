"""The whole product beside the test: web, worker and beat as processes of their own."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import redis

from governance.launch.ports import free_port
from governance.launch.privilege import dies_with_parent
from governance.launch.state import ROOT

UP = 60.0  # seconds a server may take to come up on a loaded machine
DOWN = 15.0  # … and to go away before it is killed
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
BROKER_DATABASES = 15  # a Redis server has sixteen; the first belongs to the test process


class Site:
    """Web on ``url``, one worker and a beat every second, all on the given database."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.files = folder / "files"
        self.files.mkdir()
        self.environment = environment | {
            "DEMO": "0",
            "DEBUG": "0",
            "SECURE_COOKIES": "0",
            "BEAT_SECONDS": "1",
            "LOG_LEVEL": "INFO",
            "FILES_DIR": str(self.files),
            "ALLOWED_HOSTS": "127.0.0.1",
            "REDIS_URL": own_broker(environment),
        }
        # A path of a secret would win over the value.
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
            self.environment.pop(f"{name}_FILE", None)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    # --- life -------------------------------------------------------------------------
    def start(self) -> None:
        """Start all three and wait until pages come and jobs run."""
        node = f"browser-{os.getpid()}-{self.port}@local"
        web = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port)]
        web += ["--workers", "1", "--blocking-threads", "4", "--log-level", "warning"]
        self._start("web", *web, "governance.wsgi:application")
        celery = ["celery", "-q", "-A", "governance"]
        worker = [*celery, "worker", "-n", node, "-c", "1", "-l", "INFO"]
        self._start("worker", *worker, "--without-gossip", "--without-mingle")
        beat = [*celery, "beat", "-s", str(self.folder / "schedule"), "--pidfile=", "-l", "INFO"]
        self._start("beat", *beat)
        self._until("web", lambda: answers(f"{self.url}/healthz"))
        # The first job that succeeds shows all of beat, broker, worker and database.
        self._until("worker", lambda: "succeeded in" in self.said("worker"))

    def _start(self, name: str, *arguments: str) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [*dies_with_parent("KILL"), sys.executable, "-m", *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _until(self, name: str, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + UP
        while not ready():
            for one, process in self.processes.items():
                if process.poll() is not None:
                    raise RuntimeError(f"{one} ended:\n{self.said(one)}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{name} does not come up:\n{self.said(name)}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Ask all to go, last started first; then make sure of their whole groups."""
        for process in reversed(self.processes.values()):
            process.terminate()
        for process in reversed(self.processes.values()):
            try:
                process.wait(DOWN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            kill_group(process.pid)

    # --- what the tests ask -------------------------------------------------------------
    def said(self, name: str) -> str:
        """Everything one of the programs has written so far."""
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")

    def forgive(self) -> None:
        """Forget all counted attempts: every page of a test comes from one address."""
        with redis.Redis.from_url(self.environment["REDIS_URL"]) as store:
            for key in store.scan_iter("limit:*"):
                store.delete(key)


def own_broker(environment: dict[str, str]) -> str:
    """A database of the Redis server that goes with the test database's own number.

    Two test runs side by side never hold the same number, so they share no queue.
    """
    number = int(environment["DATABASE_URL"].rpartition("_")[2])
    base = urlsplit(environment["REDIS_URL"])
    return urlunsplit(base._replace(path=f"/{1 + (number - 1) % BROKER_DATABASES}"))


def answers(url: str) -> bool:
    """Whether ``url`` answers 200, asked without any proxy of the environment."""
    try:
        with DIRECT.open(url, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def kill_group(leader: int) -> None:
    """End whatever the dead leader of a process group has left behind."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)
