"""``manage.py import_areas [FILE]``: places of the official list; without FILE the seed.

FILE may be the whole country as published: the archive of the package ``china-division``, or the
folder it was unpacked to.
"""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import CommandError

from grids import csvfile
from grids.commanding import SpeakingCommand
from grids.country import bad_lines, drop_staging, is_country
from grids.csvfile import MOST_LINES, BadFile
from grids.importing import SEED, Edition, import_areas
from grids.planting import import_country


class Command(SpeakingCommand):
    help = (
        "Import places from a CSV file: all of it or nothing; a second run changes nothing."
        " A folder or .tgz of the package china-division is the whole country: bad lines are left"
        " out and listed, and an import that was stopped goes on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        usual = Edition()
        parser.add_argument("file", nargs="?", type=Path, help="without it: the seed's places")
        parser.add_argument("--system", default=usual.system, help="code system (%(default)s)")
        parser.add_argument("--year", type=int, default=usual.year, help="edition (%(default)s)")
        parser.add_argument(
            "--valid-from",
            type=date.fromisoformat,
            default=usual.valid_from,
            metavar="DATE",
            help="first day the places hold (%(default)s, the edition's cut-off)",
        )
        parser.add_argument(
            "--zones", type=Path, help="functional zones: name,parent_code,member_code"
        )
        parser.add_argument("--tenants", type=Path, help="customers: prefix,name,root")
        parser.add_argument(
            "--bad-lines", type=Path, metavar="CSV", help="write all lines left out to this file"
        )
        parser.add_argument("--root", default="", metavar="CODE", help="only this place and below")
        parser.add_argument(
            "--tenant-prefix", default="", metavar="XX", help="make --root a customer"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file, zones, tenants = options["file"], options["zones"], options["tenants"]
        if options["tenant_prefix"] and not options["root"]:
            raise CommandError("--tenant-prefix needs --root.")
        if file is None:
            file = SEED / "areas_seed.csv"
            if not options["root"]:
                zones = zones or SEED / "functional_zones.csv"
                tenants = tenants or SEED / "tenants.csv"
        began = monotonic()
        edition = Edition(options["system"], options["year"], options["valid_from"])
        if is_country(file):
            self.whole_country(file, edition, options, began)
            return
        try:
            done = import_areas(
                file,
                edition,
                zones=zones,
                tenants=tenants,
                root=options["root"],
                prefix=options["tenant_prefix"],
            )
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        except BadFile as error:
            self.stderr.write(error.listing())
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{file.name}: {done.rows} rows in {monotonic() - began:.1f} s;"
            f" {done.areas} new places, {done.known} known,"
            f" {done.tenants} new customers, {done.units} new units."
        )

    def whole_country(
        self, source: Path, edition: Edition, options: dict[str, Any], began: float
    ) -> None:
        """Import the published package, telling how far it is."""
        if any(options[name] for name in ("zones", "tenants", "root")):
            raise CommandError("The whole country takes no --zones, --tenants or --root.")

        def say(words: str) -> None:
            self.stderr.write(f"{monotonic() - began:5.1f} s  {words}")

        try:
            done = import_country(source, edition, say)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        except BadFile as error:
            self.stderr.write(error.listing())
            raise CommandError(str(error)) from error
        for row in bad_lines(MOST_LINES):
            self.stderr.write(str(row))
        if options["bad_lines"]:
            with options["bad_lines"].open("w", encoding="utf-8-sig", newline="") as out:
                lines = ((row.file, row.line, row.reason) for row in bad_lines())
                csvfile.write(out, ("file", "line", "reason"), lines)
        drop_staging()
        self.stdout.write(
            f"{source.name}: {done.rows} lines in {monotonic() - began:.1f} s;"
            f" {done.areas} new places, {done.known} known, {done.bad} lines left out,"
            f" {done.units} new units."
        )
