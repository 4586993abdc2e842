"""What the launcher tells the user, and how it gives up."""

import sys
import threading
from typing import TextIO

_lock = threading.Lock()


class CannotStart(Exception):
    """Nothing can run; the message is for the user, who gets no traceback."""


class Stopped(Exception):
    """Somebody asked for the end (Ctrl-C, TERM) while a step was under way."""


def out(text: str) -> None:
    """One whole line on stdout, never mixed with another thread's."""
    _write(sys.stdout, text)


def say(text: str) -> None:
    """Progress: on stderr, because stdout may be read by a program."""
    _write(sys.stderr, text)


def _write(stream: TextIO, text: str) -> None:
    with _lock:
        try:
            stream.write(text + "\n")
            stream.flush()
        except (OSError, ValueError):
            pass  # nobody reads any more (``./run | head``); the servers go on
