"""The guard: a small process that cleans up when the launcher is killed outright.

SIGKILL leaves the launcher no time to stop anything. The guard hears of it through a pipe that
closes, stops every child, then whatever else carries this run's mark in its environment:
grandchildren in sessions of their own are found too. It holds the state folder's lock
meanwhile, so that nobody starts on a data folder that is still in use.
"""

import contextlib
import os
import secrets
import shutil
import signal
import time
from pathlib import Path

from governance.launch.state import is_gone

MARK = "JIEYOU_RUN"  # nested runs (tests of the launcher) are written outer.inner
LAST_WORD = b"done\n"


def new_mark() -> str:
    outer = os.environ.get(MARK, "")
    token = secrets.token_hex(8)
    return f"{outer}.{token}" if outer else token


def marked(token: str) -> list[int]:
    """Process ids that carry ``token`` (the last part of a mark); none where /proc is missing."""
    wanted = token.rpartition(".")[2].encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue  # ended meanwhile, or somebody else's
        for part in environment.split(b"\0"):
            name, _, value = part.partition(b"=")
            if name == MARK.encode() and wanted in value.split(b"."):
                found.append(int(entry.name))
    return [pid for pid in found if pid != os.getpid()]


def kill_marked(token: str) -> int:
    """SIGKILL to everything marked, until nothing is left; returns how many there were."""
    total = 0
    for _ in range(50):
        left = [pid for pid in marked(token) if not is_gone(pid)]
        if not left:
            return total
        total += len(left)
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    return total


def group_lives(pid: int) -> bool:
    """True while a process of the group that ``pid`` led is there."""
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


class Guard:
    """The launcher's end of the pipe. Made before any thread or child."""

    def __init__(self, mark: str, throw_away: Path | None) -> None:
        read, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(write)
            try:
                _stand_guard(read, mark, throw_away)
            finally:
                os._exit(0)
        os.close(read)
        self._pipe = write

    def _tell(self, text: str) -> None:
        with contextlib.suppress(BrokenPipeError):
            os.write(self._pipe, text.encode())

    def started(self, pid: int, stop_signal: int, grace: float) -> None:
        """Tell of a child that leads its own group; ``grace`` in seconds."""
        self._tell(f"+ {pid} {stop_signal} {grace}\n")

    def ended(self, pid: int) -> None:
        self._tell(f"- {pid}\n")

    def dismiss(self) -> None:
        """Everything is stopped; the guard has nothing to do."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self._pipe, LAST_WORD)
        os.close(self._pipe)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def _stand_guard(pipe: int, mark: str, throw_away: Path | None) -> None:
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # A pipe behind stdout must end with the launcher, not with the guard.
    nowhere = os.open(os.devnull, os.O_RDWR)
    for handle in (0, 1, 2):
        os.dup2(nowhere, handle)
    children: dict[int, tuple[int, float]] = {}
    with os.fdopen(pipe, "rb") as told:
        for line in told:
            if line == LAST_WORD:
                return
            sign, *rest = line.decode().split()
            if sign == "+":
                children[int(rest[0])] = (int(rest[1]), float(rest[2]))
            else:
                children.pop(int(rest[0]), None)
    _stop_orphans(children)
    kill_marked(mark)
    if throw_away is not None:
        shutil.rmtree(throw_away, ignore_errors=True)


def _stop_orphans(children: dict[int, tuple[int, float]]) -> None:
    began = time.monotonic()
    for pid, (stop_signal, _) in children.items():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, stop_signal)
    while children:
        passed = time.monotonic() - began
        for pid, (_, grace) in list(children.items()):
            if not group_lives(pid) or is_gone(pid):
                children.pop(pid)
            elif passed > grace:
                signal_group(pid, signal.SIGKILL)
                children.pop(pid)
        time.sleep(0.05)
