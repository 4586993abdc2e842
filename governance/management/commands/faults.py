"""``manage.py faults``: break the running machinery on purpose; started by ``./run faults``."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from governance.faults import running
from governance.faults.breaking import FAULTS
from governance.launch.console import Stopped
from grids.commanding import SpeakingCommand


class Command(SpeakingCommand):
    help = "Kill, stop and starve everything while people work; then count what was lost."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", default="all", choices=[*FAULTS, "all"])
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--short", action="store_true", help="three minutes, for every change")
        parser.add_argument("--place", type=Path, required=True, help="folder of its servers")

    def handle(self, *args: Any, **options: Any) -> None:
        names = list(FAULTS) if options["name"] == "all" else [options["name"]]
        try:
            code = running.run(names, options["seed"], options["short"], options["place"])
        except Stopped:
            code = 130
        if code:
            raise SystemExit(code)
