"""``manage.py sweep --once``: the sweep without Redis, for a system timer."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from cases import dispatch, escalation, outbox, warning
from grids.commanding import SpeakingCommand


class Command(SpeakingCommand):
    help = "Let due cases climb once and deliver the notices; needs no broker."
    requires_system_checks: tuple[str, ...] = ()  # a timer starts it; pages are not its concern

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="the only mode; for the reader")
        parser.add_argument("--batch", type=int, help="clocks per statement")

    def handle(self, *args: Any, **options: Any) -> None:
        swept = escalation.sweep("timer", batch=options["batch"])
        if swept.refused:
            raise CommandError("The database's clock jumped; nothing climbs until it is explained.")
        warning.warn()
        outbox.deliver()
        dispatch.dispatch()
        self.stdout.write(f"{swept.climbs} climbs, {swept.failed} failed")
