"""Print the rules as a document: ``print_rules > docs/rules.md``."""

from typing import Any

from governance.rulebook import rulebook
from grids.commanding import SpeakingCommand


class Command(SpeakingCommand):
    help = "Print the workflow, ladders and limits as Markdown, for docs/rules.md."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(rulebook(), ending="")
