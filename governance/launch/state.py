"""The one folder with all data: its lock, and the private files in it."""

import fcntl
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from governance.launch.console import CannotStart, say

ROOT = Path(__file__).resolve().parent.parent.parent


def folder() -> Path:
    """``JIEYOU_STATE``, made if it is not there; nobody else may look into it."""
    path = Path(os.environ.get("JIEYOU_STATE") or ROOT / ".state").absolute()
    return make_folder(path)


def make_folder(path: Path) -> Path:
    """Make a private folder. Line breaks in a path would break configuration files."""
    if "\n" in str(path) or "\r" in str(path):
        raise CannotStart("The state folder's path holds a line break; choose another one.")
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        usable = os.access(path, os.R_OK | os.W_OK | os.X_OK)
    except OSError:
        usable = False
    if not usable:
        raise CannotStart(f"This user may not write to {path}; set JIEYOU_STATE to another folder.")
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file only its owner can read, wholly or not at all, even through a power cut."""
    part = path.with_name(path.name + ".part")
    handle = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def begin_log(path: Path) -> Path:
    """A server's log file; one that grew beyond 10 MB is put aside, the one before it goes."""
    if path.exists() and path.stat().st_size > 10_000_000:
        path.replace(path.with_name(path.name + ".1"))
    return path


def read_json(path: Path) -> dict[str, str] | None:
    """A flat JSON file of ours; None if it is not there."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise CannotStart(f"{path} cannot be read; restore it from a backup.")
    return found


def is_gone(pid: int) -> bool:
    """True if the process has ended, be it that nobody has collected its exit code yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


class Lock:
    """One launcher per state folder. Held until every process that shares it has ended."""

    def __init__(self, state: Path) -> None:
        self.path = state / "lock"
        self._handle = os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600)

    def _try(self) -> bool:
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, str(os.getpid()).encode(), 0)
        return True

    def holder_lives(self) -> bool:
        """False while only the guard of a killed launcher is still stopping servers."""
        written = os.pread(self._handle, 20, 0).decode()
        return not written.isdigit() or not is_gone(int(written))

    def take(self) -> bool:
        """Take the lock; waits up to 60 s for the servers of a launcher that was killed."""
        said = False
        end = time.monotonic() + 60
        while not self._try():
            if self.holder_lives() or time.monotonic() > end:
                return False
            if not said:
                say("The servers of an earlier run are still stopping; waiting …")
                said = True
            time.sleep(0.2)
        return True

    def wait(self, pause: Callable[[float], None]) -> None:
        while not self._try():
            pause(0.2)

    def release(self) -> None:
        os.close(self._handle)
