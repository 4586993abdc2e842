"""``manage.py bench``: ratios to controls in the same run, on servers of its own."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.escalation import database_clock
from cases.models import Case
from governance.bench import data, intaking, policying, queueing, sweeping

NAMES = ("intake", "queue", "sweep")
POLICIES = ("policy", "simulate")  # on a database of their own making: every case open


class Command(BaseCommand):
    help = "Measure intake, queue, sweep or a change of policy; JSON lines on stdout."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", default="all", choices=[*NAMES, *POLICIES, "all"])
        parser.add_argument("--rows", type=int, default=1_000_000)

    def handle(self, *args: Any, **options: Any) -> None:
        rows = options["rows"]
        if Case.objects.exists():
            raise CommandError("bench writes a made-up customer and wants an empty database.")
        if rows < 1000:
            raise CommandError("--rows: at least 1000.")
        if options["name"] in POLICIES:
            policying.build(rows, database_clock())
            chosen_bench = {"policy": policying.change, "simulate": policying.simulate}
            chosen_bench[options["name"]](rows)
            return
        base = database_clock() - timedelta(hours=20)
        data.build(rows, base)
        chosen = NAMES if options["name"] == "all" else (options["name"],)
        if "queue" in chosen:
            queueing.run(rows)
        if "intake" in chosen:
            intaking.run(rows)
        if "sweep" in chosen:
            sweeping.run(rows, base)
