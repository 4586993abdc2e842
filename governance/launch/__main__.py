"""``python -m governance.launch COMMAND …``; called by ``./run`` inside ``.venv``."""

import os
import sys

from governance.env import BadSetting
from governance.launch import commands
from governance.launch.console import CannotStart, say

COMMANDS = {
    "up": commands.up,
    "init": commands.init,
    "test": commands.test,
    "manage": commands.manage,
    "bench": commands.bench,
    "faults": commands.faults,
    "lint": commands.lint,
}


def main() -> int:
    os.environ.pop("PYTHONPATH", None)  # it was for finding this package only
    name, *arguments = sys.argv[1:] or ["up"]
    try:
        return COMMANDS[name](arguments)
    except (CannotStart, BadSetting) as problem:
        say(str(problem))
        return 1


if __name__ == "__main__":
    sys.exit(main())
