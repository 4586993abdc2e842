"""``manage.py import_holidays FILE --year 2027 --document NUMBER``: the yearly notice."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from cases import calendars, dayfile
from cases.rules.daysoff import FIRST_YEAR, LAST_YEAR
from grids.commanding import SpeakingCommand
from grids.csvfile import BadFile
from grids.errors import BadInput, WrongState


class Command(SpeakingCommand):
    help = (
        "Take in the State Council's holiday notice of a year from CSV, JSON or ics: all of it or"
        " nothing. Says which running deadlines move; --dry-run writes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--year", type=int, required=True)
        parser.add_argument("--document", required=True, help="number of the notice")
        parser.add_argument("--dry-run", action="store_true", help="look only, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        file, year = options["file"], options["year"]
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise CommandError(f"Choose a year from {FIRST_YEAR} to {LAST_YEAR}.")
        try:
            with file.open("rb") as opened:
                content = opened.read(dayfile.LARGEST + 1)
        except OSError as why:
            raise CommandError(f"{file} cannot be read: {why.strerror}.") from None
        notice = dayfile.read(file.name, content, year)
        if notice.bad:
            error = BadFile(notice.bad)
            raise CommandError(f"{error}\n{error.listing()}")
        try:
            proposal = calendars.propose_notice(year, notice.days, options["document"])
        except WrongState as same:  # a second run changes nothing
            self.stdout.write(str(same))
            return
        except BadInput as refused:
            raise CommandError(str(refused)) from None
        found = calendars.preview(proposal)
        later = sum(move.later for move in found.moves)
        count = len(found.moves)
        beyond = "" if found.whole else f" (of the first {found.looked_at} looked at)"
        self.stdout.write(
            f"{year}: {len(notice.days)} days; running deadlines that move: {count},"
            f" {later} later, {count - later} earlier{beyond}."
        )
        if options["dry_run"]:
            self.stdout.write("Nothing was written.")
            return
        edition = calendars.bring_in(None, proposal)
        self.stdout.write(f"Taken in as version {edition.version}; running deadlines follow.")
