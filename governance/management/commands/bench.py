"""``manage.py bench``: ratios to controls in the same run, on servers of its own."""

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser

from cases.escalation import database_clock
from cases.models import Case
from governance.bench import data, intaking, merging, policying, queueing, sweeping
from grids.commanding import SpeakingCommand

NAMES = ("intake", "queue", "sweep")
# Each on a customer of its own: two villages with all the matters, or every case open.
ALONE = ("merge", "policy", "simulate")


class Command(SpeakingCommand):
    help = "Measure a part against its control; JSON lines on stdout."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", default="all", choices=[*NAMES, *ALONE, "all"])
        parser.add_argument("--rows", type=int, default=1_000_000)

    def handle(self, *args: Any, **options: Any) -> None:
        rows = options["rows"]
        if Case.objects.exists():
            raise CommandError("bench writes a made-up customer and wants an empty database.")
        if rows < 1000:
            raise CommandError("--rows: at least 1000.")
        base = database_clock() - timedelta(hours=20)
        match options["name"]:
            case "merge":
                return merging.run(base)
            case "policy":
                return policying.change(rows)
            case "simulate":
                policying.simulate(rows)
                return None
        data.build(rows, base)
        chosen = NAMES if options["name"] == "all" else (options["name"],)
        if "queue" in chosen:
            queueing.run(rows)
        if "intake" in chosen:
            intaking.run(rows)
        if "sweep" in chosen:
            sweeping.run(rows, base)
        return None
