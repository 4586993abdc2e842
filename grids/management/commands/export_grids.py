"""``manage.py export_grids PREFIX``: the grids of a customer, as ``import_grids`` reads them."""

from argparse import ArgumentParser
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from grids.commanding import SpeakingCommand
from grids.gridfile import export_grids
from grids.models import Area, Tenant


class Command(SpeakingCommand):
    help = "Write the grids of a customer as CSV."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("prefix", help="of the customer's case numbers")
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(prefix=options["prefix"]).first()
        if tenant is None:
            raise CommandError(f"There is no customer {options['prefix']}.")
        text = StringIO(newline="")
        rows = export_grids(Area.objects.filter(tenant=tenant), text)
        # The mark at the start lets spreadsheets read the file as UTF-8.
        options["file"].write_text(text.getvalue(), encoding="utf-8-sig", newline="")
        self.stdout.write(f"{options['file'].name}: {rows} rows.")
