"""The whole product from one command, in a folder with a space and Chinese characters."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from governance.launch.ports import free_port
from tests.launch.processes import Launcher, bare_environment, left, wait_for

UP = ["-m", "governance.launch", "up"]
pytestmark = pytest.mark.slow


class Instance:
    """One ``./run`` that has said READY."""

    def __init__(self, state: Path) -> None:
        self.port = free_port()
        self.environment = bare_environment(state, PORT=str(self.port))
        self.launcher = Launcher(UP, self.environment)
        self.ready = self.launcher.read_until("READY")

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}/healthz", timeout=5
            ) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", "governance.launch", "manage", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    running = Instance(tmp_path_factory.mktemp("解忧 state"))
    yield running
    running.launcher.kill_for_good()


def children(instance: Instance, program: str) -> list[int]:
    """Main processes of one program: the launcher's own children."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if int(parent) == instance.launcher.process.pid and program.encode() in words:
            found.append(int(entry.name))
    return found


class TestUp:
    def test_ready_names_the_port_that_was_asked_for(self, instance: Instance) -> None:
        assert instance.ready == f"READY http://127.0.0.1:{instance.port}"
        assert instance.answers()

    def test_a_second_one_on_the_same_folder_is_refused(self, instance: Instance) -> None:
        other = dict(instance.environment, PORT="")
        code, said = Launcher(UP, other).finish()
        assert code == 1
        assert "already running" in said

    def test_manage_works_on_the_running_servers(self, instance: Instance) -> None:
        done = instance.manage("showmigrations", "--plan")
        assert done.returncode == 0, done.stderr
        assert "[X]" in done.stdout and "[ ]" not in done.stdout

    def test_how_to_reach_the_servers_is_private(self, instance: Instance) -> None:
        file = Path(instance.environment["JIEYOU_STATE"]) / "run.json"
        assert file.stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize(
        ("name", "program"), [("web", "granian"), ("worker", "worker"), ("beat", "beat")]
    )
    def test_a_killed_program_comes_back(self, instance: Instance, name: str, program: str) -> None:
        [before] = children(instance, program)
        os.kill(before, signal.SIGKILL)
        instance.launcher.read_until(f"{name} ended (SIGKILL)")
        instance.launcher.read_until(f"{name} is started again")
        assert wait_for(lambda: children(instance, program) not in ([], [before]))
        assert wait_for(instance.answers)

    def test_killing_the_launcher_ends_everything(self, instance: Instance) -> None:
        """Last in this class: web, worker and beat with all their children are gone."""
        state = instance.environment["JIEYOU_STATE"]
        assert len(left(state)) > 10
        instance.launcher.process.kill()
        instance.launcher.finish()
        assert wait_for(lambda: left(state) == []), left(state)
        assert not instance.answers()
        done = instance.manage("check")  # starts servers of its own for the time it takes
        assert done.returncode == 0, done.stderr
        assert left(state) == []
