"""``manage.py check_areas``: whether the stored places of an edition are whole."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from grids.commanding import SpeakingCommand
from grids.importing import Edition
from grids.treecheck import findings, levels


class Command(SpeakingCommand):
    help = "Check the stored places of an edition; fails when one of them cannot be right."

    def add_arguments(self, parser: ArgumentParser) -> None:
        usual = Edition()
        parser.add_argument("--system", default=usual.system, help="code system (%(default)s)")
        parser.add_argument("--year", type=int, default=usual.year, help="edition (%(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        edition = Edition(options["system"], options["year"])
        counts = levels(edition)
        self.stdout.write(f"rows {sum(counts.values())} levels {counts}")
        found = findings(edition)
        for finding in found:
            self.stdout.write(str(finding))
        if wrong := sum(1 for finding in found if finding.must_hold and finding.count):
            raise CommandError(f"{wrong} checks failed.")
