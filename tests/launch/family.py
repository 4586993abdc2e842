"""A small launcher for the tests: the real servers, and a child with a stubborn grandchild.

Started as a program with the state folder as its argument; prints UP, then watches.
"""

import sys
from pathlib import Path

from governance.launch import servers
from governance.launch.commands import locked, supervised
from governance.launch.console import CannotStart, Stopped, out, say
from governance.launch.supervisor import Program

# In a session of its own and deaf to TERM: only the mark in its environment gives it away.
GRANDCHILD = """
import os, signal, time
if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(1)
while True:
    time.sleep(1)
"""


def main(state: Path) -> int:
    try:
        lock = locked(state)
        with supervised() as supervisor:
            try:
                servers.bring_up(supervisor, state, {}, throw_away=True, sync=False)
                supervisor.start(
                    Program("child", [sys.executable, "-c", GRANDCHILD, str(state)], grace=3)
                )
                out("UP")
                supervisor.watch()
            except Stopped:
                say("Stopping …")
        lock.release()
    except CannotStart as problem:
        say(str(problem))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
