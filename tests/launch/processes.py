"""Start a launcher as a user would, and find every process it has left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from governance.launch.state import ROOT, is_gone

# Variables of the surrounding ./run test that must not reach a launcher under test.
OURS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "FILES_DIR", "SECRET_KEY", "PORT")
RINGS = ("FIELD_KEYS", "INDEX_KEYS", "CODE_KEYS", "CODE_LOOKUP_KEYS", "SEAL_KEYS")


def bare_environment(state: Path, **more: str) -> dict[str, str]:
    """What a user's shell holds: no servers, no keys, one state folder."""
    kept = {name: value for name, value in os.environ.items() if name not in (*OURS, *RINGS)}
    return {**kept, "JIEYOU_STATE": str(state), "PYTHONPATH": str(ROOT), "DEMO": "0", **more}


class Launcher:
    """A running launcher. Its output is read line by line."""

    def __init__(self, argv: list[str], environment: dict[str, str]) -> None:
        self.state = environment["JIEYOU_STATE"]
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-P", *argv],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def read_until(self, start: str) -> str:
        """The first line that begins with ``start``; fails if the launcher ends before."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith(start):
                return line.strip()
        raise AssertionError(f"no {start!r} in:\n{''.join(self.lines)}")

    def finish(self) -> tuple[int, str]:
        """Exit code and everything said."""
        rest = self.process.communicate(timeout=60)[0]
        return self.process.returncode, "".join(self.lines) + rest

    def kill_for_good(self) -> None:
        """After a failed test: leave nothing behind."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.communicate(timeout=60)


def left(state: str) -> list[str]:
    """Command lines of every live process that works on ``state``.

    PostgreSQL's own children show no path, but stand in the data folder.
    """
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            folder = os.readlink(entry / "cwd")
            environment = (entry / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        ours = state in command or folder.startswith(state) or state in environment
        if ours and int(entry.name) != os.getpid() and not is_gone(int(entry.name)):
            found.append(command)
    return found


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> bool:
    """True as soon as ``condition`` holds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return condition()
