"""Real servers in a folder with spaces and Chinese: no way of ending leaves a process."""

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from governance.launch.state import is_gone
from tests.launch.processes import Launcher, bare_environment, left, wait_for

FAMILY = str(Path(__file__).with_name("family.py"))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    path = tmp_path / '纠纷 "数据" jie you'
    path.mkdir()
    return path


def start(state: Path, **more: str) -> Launcher:
    return Launcher([FAMILY, str(state)], bare_environment(state, **more))


@pytest.fixture
def family(state: Path) -> Iterator[Launcher]:
    launcher = start(state)
    launcher.read_until("UP")
    yield launcher
    launcher.kill_for_good()


def process_of(state: Path, program: str) -> int:
    """The oldest process of ``program`` on ``state``; 0 if there is none.

    Valkey shows its port instead of its arguments, but stands in its folder.
    """
    for entry in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            runs = Path(os.readlink(entry / "exe")).name == program
            folder = os.readlink(entry / "cwd")
        except OSError:
            continue
        if runs and folder.startswith(str(state)) and not is_gone(int(entry.name)):
            return int(entry.name)
    return 0


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


class TestEnd:
    @pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_a_signal_stops_everything(self, family: Launcher, ending: signal.Signals) -> None:
        assert len(left(family.state)) > 5
        family.process.send_signal(ending)
        family.process.send_signal(signal.SIGINT)  # a second one changes nothing
        code, said = family.finish()
        assert code == 0
        assert "Traceback" not in said
        assert left(family.state) == []

    def test_killing_the_launcher_leaves_no_orphan(self, family: Launcher) -> None:
        family.process.kill()
        family.finish()
        assert wait_for(lambda: left(family.state) == []), left(family.state)

    def test_after_a_kill_the_next_start_waits_and_finds_the_data(self, state: Path) -> None:
        first = start(state)
        first.read_until("UP")
        first.process.kill()
        first.finish()
        second = start(state)
        second.read_until("UP")
        second.process.terminate()
        code, said = second.finish()
        assert code == 0
        assert "Making the database" not in said


class TestRestart:
    @pytest.mark.parametrize("program", ["postgres", "valkey-server"])
    def test_a_killed_server_comes_back_on_its_port(
        self, family: Launcher, state: Path, program: str
    ) -> None:
        before = process_of(state, program)
        command = command_of(before)
        assert b"postgres" in command or b"127.0.0.1:" in command
        os.kill(before, signal.SIGKILL)
        name = {"postgres": "pg", "valkey-server": "redis"}[program]
        assert "SIGKILL" in family.read_until(f"{name} ended")
        family.read_until(f"{name} is started again")
        assert wait_for(lambda: process_of(state, program) not in (0, before))
        assert wait_for(lambda: command_of(process_of(state, program)) == command)


class TestOneAtATime:
    def test_a_second_launcher_is_refused(self, family: Launcher, state: Path) -> None:
        code, said = start(state).finish()
        assert code == 1
        assert "already running" in said
        assert "Traceback" not in said
        assert family.process.poll() is None


class TestDataFolder:
    def test_an_unfinished_one_is_kept_aside_and_told(self, state: Path) -> None:
        for name in ("pg18", "pg18.making"):
            (state / name).mkdir()
            (state / name / "half").write_text("work")
        launcher = start(state, PG_BIN="")
        launcher.read_until("UP")
        launcher.process.terminate()
        said = launcher.finish()[1]
        kept = sorted(path.name for path in state.glob("*unfinished*"))
        assert len(kept) == 2
        assert all((state / name / "half").read_text() == "work" for name in kept)
        assert said.count("unfinished data folder") == 2

    def test_lost_passwords_are_a_sentence(self, state: Path) -> None:
        launcher = start(state, PG_BIN="")
        launcher.read_until("UP")
        launcher.process.terminate()
        launcher.finish()
        (state / "pg18.json").unlink()
        code, said = start(state, PG_BIN="").finish()
        assert code == 1
        assert "passwords" in said and "Traceback" not in said

    def test_private_files_are_private(self, family: Launcher, state: Path) -> None:
        for name in ("*.json", "valkey/valkey.conf"):
            for path in state.glob(name):
                assert path.stat().st_mode & 0o077 == 0, path


class TestRoot:
    @pytest.mark.parametrize("way", ["namespace", "user"])
    def test_both_ways_of_not_being_root(self, way: str) -> None:
        """An ordinary user takes neither way; where one is impossible, one sentence says so."""
        # Not tmp_path: the other user could not pass through its private parents.
        with tempfile.TemporaryDirectory(prefix="jieyou 数据 ") as name:
            launcher = start(Path(name), JIEYOU_UNROOT=way)
            try:
                launcher.read_until("UP")
            except AssertionError as ended:
                assert "PostgreSQL refuses to run as root" in str(ended)
            launcher.process.terminate()
            assert "Traceback" not in launcher.finish()[1]
            assert left(name) == []
