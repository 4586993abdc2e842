"""``manage.py import_grids FILE``: grids and micro-grids of imported villages."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from grids.commanding import SpeakingCommand
from grids.csvfile import BadFile
from grids.gridfile import COLUMNS, OPTIONAL, import_grids
from grids.importing import Edition


class Command(SpeakingCommand):
    help = (
        "Import grids from a CSV file, all of it or nothing. Columns: "
        + ",".join(COLUMNS)
        + "".join(f"[,{name}]" for name in OPTIONAL)
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        usual = Edition()
        parser.add_argument("file", type=Path)
        parser.add_argument("--system", default=usual.system, help="of the village codes")
        parser.add_argument("--year", type=int, default=usual.year, help="of the village codes")
        parser.add_argument(
            "--valid-from",
            type=date.fromisoformat,
            metavar="DATE",
            help="first day of new grids (today)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file = options["file"]
        edition = Edition(options["system"], options["year"])
        since = options["valid_from"] or timezone.localdate()
        try:
            done = import_grids(file, edition, since=since)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        except BadFile as error:
            self.stderr.write(error.listing())
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{file.name}: {done.rows} rows; {done.grids} new grids, {done.changed} changed,"
            f" {done.known} known, {done.units} new units."
        )
