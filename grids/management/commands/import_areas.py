"""``manage.py import_areas [FILE]``: places of the official list; without FILE the seed."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from grids.csvfile import BadFile
from grids.importing import SEED, Edition, import_areas


class Command(BaseCommand):
    help = "Import places from a CSV file: all of it or nothing; a second run changes nothing."

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
        try:
            done = import_areas(
                file,
                Edition(options["system"], options["year"], options["valid_from"]),
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
