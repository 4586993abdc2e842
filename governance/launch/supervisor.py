"""Start programs in order, watch them, restart what died, stop them in the opposite order."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from governance.launch import guard
from governance.launch.console import CannotStart, Stopped, out, say
from governance.launch.privilege import dies_with_parent
from governance.launch.state import ROOT

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds before a restart, doubling in between
CALM = 60.0  # seconds a program must run before its next death counts as the first again


@dataclass(frozen=True)
class Program:
    """What to start. ``grace``: seconds it may take to stop before it is killed."""

    name: str
    argv: list[str]
    prefix: list[str] = field(default_factory=list)  # runs as somebody else
    env: dict[str, str] | None = None  # None: the launcher's own
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    log: Path | None = None  # None: prefixed lines on the console


@dataclass
class Child:
    program: Program
    process: subprocess.Popen[bytes]
    started: float
    pause: float = FIRST_PAUSE
    restart_at: float | None = None


class Supervisor:
    """Owns every child of one launcher. Children are started by the main thread only:
    the kernel's death signal is bound to the thread that made the child."""

    def __init__(self, throw_away: Path | None = None) -> None:
        self.mark = guard.new_mark()
        self.guard = guard.Guard(self.mark, throw_away)
        self.children: list[Child] = []
        self.foreground: subprocess.Popen[bytes] | None = None
        self._asked: signal.Signals | None = None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        """Only note it: an exception here could hit between a start and its book-keeping."""
        self._asked = self._asked or signal.Signals(number)

    def pause(self, seconds: float) -> None:
        """Sleep; raises Stopped as soon as somebody asked for the end."""
        end = time.monotonic() + seconds
        while True:
            if self._asked is not None:
                raise Stopped
            left = end - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.1))

    def start(self, program: Program) -> Child:
        child = Child(program, self._spawn(program), time.monotonic())
        self.children.append(child)
        return child

    def _spawn(self, program: Program) -> subprocess.Popen[bytes]:
        argv = [*program.prefix, *dies_with_parent(program.stop_signal.name[3:]), *program.argv]
        env = {**(os.environ if program.env is None else program.env), guard.MARK: self.mark}
        with contextlib.ExitStack() as stack:
            target: IO[bytes] | int = subprocess.PIPE
            if program.log is not None:
                target = stack.enter_context(program.log.open("ab"))
            # Its own session: Ctrl-C at the terminal reaches the launcher only.
            process = subprocess.Popen(
                argv,
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=target,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.guard.started(process.pid, program.stop_signal, program.grace)
        if process.stdout is not None:
            threading.Thread(target=_pump, args=(program.name, process.stdout), daemon=True).start()
        return process

    def all_must_live(self) -> None:
        """For the time before READY: a child that ended makes the start fail."""
        for child in self.children:
            code = child.process.poll()
            if code is not None:
                where = f"; its log is {child.program.log}" if child.program.log else ""
                raise CannotStart(f"{child.program.name} ended too early ({_how(code)}){where}.")

    def forget(self, child: Child) -> None:
        """A child that has ended and shall not be restarted."""
        self._bury(child)
        self.children.remove(child)

    def run(self, argv: list[str], *, own_session: bool, quiet: bool = False) -> tuple[int, str]:
        """Run one program to its end: exit code, and its stdout where ``quiet`` kept it.

        Signals are passed on to it; Stopped is raised when it has ended after one.
        ``own_session=False`` leaves it at the terminal (an interactive shell needs that).
        """
        prefix = dies_with_parent("KILL")
        process = subprocess.Popen(
            [*prefix, *argv],
            env={**os.environ, guard.MARK: self.mark},
            stdout=subprocess.PIPE if quiet else None,
            start_new_session=own_session,
        )
        self.foreground = process
        heard: list[bytes] = []
        reader = None
        if process.stdout is not None:
            stream = process.stdout
            reader = threading.Thread(target=lambda: heard.append(stream.read()), daemon=True)
            reader.start()
        try:
            self._wait_for(process, own_session)
        finally:
            self.foreground = None
            if own_session:
                guard.signal_group(process.pid, signal.SIGKILL)
        if reader is not None:
            reader.join(timeout=5)
        if self._asked is not None:
            raise Stopped
        return process.returncode, b"".join(heard).decode("utf-8", "replace")

    def _wait_for(self, process: subprocess.Popen[bytes], own_session: bool) -> None:
        forwarded = None
        while process.poll() is None:
            if self._asked is not None and forwarded is None:
                forwarded = time.monotonic()
                if own_session or not (self._asked == signal.SIGINT and _at_terminal()):
                    # INT rather than TERM: Python programs clean up after it.
                    process.send_signal(signal.SIGINT)
            if forwarded is not None and own_session and time.monotonic() - forwarded > 20:
                process.kill()
            time.sleep(0.05)

    def watch(self) -> None:
        """Restart what dies, until somebody asks for the end (raises Stopped)."""
        while True:
            self.pause(0.2)
            for child in self.children:
                self._look_after(child)

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.restart_at is None:
            code = child.process.poll()
            if code is None:
                return
            self._bury(child)
            if now - child.started > CALM:
                child.pause = FIRST_PAUSE
            say(
                f"{child.program.name} ended ({_how(code)}); "
                f"starting it again in {child.pause:.0f} s."
            )
            child.restart_at = now + child.pause
            child.pause = min(child.pause * 2, LONGEST_PAUSE)
        elif now >= child.restart_at:
            child.restart_at = None
            child.process = self._spawn(child.program)
            child.started = now
            say(f"{child.program.name} is started again.")

    def _bury(self, child: Child) -> None:
        """Whatever the dead program left in its group would hold ports and locks."""
        guard.signal_group(child.process.pid, signal.SIGKILL)
        self.guard.ended(child.process.pid)

    def stop_all(self) -> None:
        """Stop in the opposite order; more signals change nothing."""
        for child in reversed(self.children):
            process = child.process
            if process.poll() is None:
                process.send_signal(child.program.stop_signal)
                try:
                    process.wait(child.program.grace)
                except subprocess.TimeoutExpired:
                    say(f"{child.program.name} does not stop; killing it.")
                    process.kill()
                    process.wait()
            self._bury(child)
        self.children.clear()
        guard.kill_marked(self.mark)
        self.guard.dismiss()


def _pump(name: str, stream: IO[bytes]) -> None:
    for line in stream:
        if text := line.decode("utf-8", "replace").rstrip():
            out(f"{name:>6} | {text}")


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    return signal.Signals(-code).name if -code in list(signal.Signals) else f"signal {-code}"


def _at_terminal() -> bool:
    """True if a Ctrl-C at the terminal has already reached our whole process group."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False
