"""``manage.py install``: an empty installation for real cases; ``./run init`` calls it."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils.timezone import localtime

from governance.installation import Wanted, install
from grids.commanding import SpeakingCommand
from grids.csvfile import BadFile
from grids.errors import BrokenRule
from grids.importing import SEED, Edition


class Command(SpeakingCommand):
    help = "Make the customer, its places and units, and the first security administrator."

    def add_arguments(self, parser: ArgumentParser) -> None:
        usual = Edition()
        parser.add_argument("--district", required=True, help="code of the place it begins at")
        parser.add_argument("--prefix", required=True, help="begins every case number")
        parser.add_argument("--username", required=True)
        parser.add_argument("--display-name", required=True)
        parser.add_argument("--areas", type=Path, default=SEED / "areas_seed.csv")
        parser.add_argument("--system", default=usual.system)
        parser.add_argument("--year", type=int, default=usual.year)
        parser.add_argument("--valid-from", type=date.fromisoformat, default=usual.valid_from)

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DEMO:
            raise CommandError("Real cases and demo mode exclude one another; set DEMO=0.")
        wanted = Wanted(
            options["areas"],
            Edition(options["system"], options["year"], options["valid_from"]),
            *(options[name] for name in ("district", "prefix", "username", "display_name")),
        )
        try:
            slip = install(wanted)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        except BadFile as error:
            self.stderr.write(error.listing())
            raise CommandError(str(error)) from error
        except BrokenRule as error:
            where = f"{error.field}: " if getattr(error, "field", "") else ""
            raise CommandError(f"{where}{error}") from error
        self.stdout.write(
            f"Security administrator {slip.name} ({slip.unit})\n"
            f"  user name          {slip.username}\n"
            f"  one-time password  {slip.password}\n"
            f"  valid until        {localtime(slip.until):%Y-%m-%d %H:%M}\n"
            "It is shown this once. The first sign-in asks for a password of their own."
        )
