"""``manage.py area_edition read|list|show|decide|apply|discard``: later editions of the list.

Without ``--as`` a command decides on places that belong to no customer; with it on those that
the person administers, as the pages do.
"""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.models import QuerySet

from cases import editions
from cases.editions import Choice
from grids import edition_reading
from grids.commanding import SpeakingCommand
from grids.country import is_country
from grids.csvfile import BadFile
from grids.edition_reading import Reading
from grids.editions import compare_edition, discard
from grids.errors import BrokenRule
from grids.importing import Edition
from grids.matching import ChangeKind
from grids.models import Area, AreaEdition, EditionChange, User
from grids.models.edition import ChangeState, EditionState

ANSWERS = {
    "accept": ChangeState.ACCEPTED, "refuse": ChangeState.REFUSED, "wait": ChangeState.WAITING,
}  # fmt: skip
SHOWN = 50


class Command(SpeakingCommand):
    help = "Read in a later edition of the list of places, decide on its changes, carry them out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        read = verbs.add_parser("read", help="read a file in and compare it; goes on if stopped")
        usual = Edition()
        read.add_argument("file", type=Path, help="a table, or the published country")
        read.add_argument("--system", default=usual.system, help="code system (%(default)s)")
        read.add_argument("--year", type=int, required=True, help="edition")
        read.add_argument("--root", default="", metavar="CODE", help="the place it is read for")
        read.add_argument("--root-code", default="", help="the code of that place in the file")
        read.add_argument("--document", default="", help="the order the changes rest on")
        verbs.add_parser("list", help="the editions that were read in")
        for verb in ("show", "decide", "apply", "discard"):
            one = verbs.add_parser(verb)
            one.add_argument("edition", type=int)
            one.add_argument("--as", dest="person", default="", metavar="USERNAME")
            if verb in ("show", "decide"):
                one.add_argument("--kind", choices=ChangeKind.values())
                one.add_argument("--county", help="part of the name")
                one.add_argument("--unsure", action="store_true", help="those read in two ways too")
                one.add_argument("--change", type=int, nargs="*", help="only these")
            if verb == "decide":
                one.add_argument("answer", choices=ANSWERS)

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
                cursor.execute(f"SET {limit} = 0")
        doing: dict[str, Callable[[dict[str, Any]], None]] = {
            "read": self.read, "list": self.listing, "show": self.show, "decide": self.decide,
            "apply": self.apply, "discard": self.put_away,
        }  # fmt: skip
        try:
            doing[options["verb"]](options)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        except BadFile as error:
            self.stderr.write(error.listing())
            raise CommandError(str(error)) from error
        except BrokenRule as error:
            raise CommandError(str(error)) from error

    # --- one verb each ------------------------------------------------------------------
    def read(self, options: dict[str, Any]) -> None:
        began, file = monotonic(), options["file"]
        root = self.place(options["root"]) if options["root"] else None
        names = {"root": root, "system": options["system"], "year": options["year"]}
        stopped = AreaEdition.objects.filter(state=EditionState.READ.value, **names)
        edition = stopped.select_related("root").first()
        if edition is None:
            reading = Reading(**names, root_code=options["root_code"], document=options["document"])
            if is_country(file):
                edition = edition_reading.read_country(file, reading)
            else:
                edition = edition_reading.read_table(reading, file.name, file.read_bytes())
            took = f"{monotonic() - began:.1f} s"
            self.stderr.write(f"{took}: {edition.lines_read:,} lines, {edition.lines_bad} left out")
        else:
            self.stderr.write(f"Edition {edition.pk} was read in before; going on.")

        def say(words: str) -> None:
            self.stderr.write(f"{monotonic() - began:5.1f} s  {words}")

        counts = compare_edition(edition, say)
        figures = ", ".join(f"{counts[kind.value]} {kind.value}" for kind in ChangeKind)
        self.stdout.write(
            f"edition {edition.pk} ({edition}): {edition.lines_read} lines compared in"
            f" {monotonic() - began:.1f} s; {figures}."
        )

    def listing(self, options: dict[str, Any]) -> None:
        for edition in AreaEdition.objects.select_related("root"):
            where = edition.root or "the country"
            self.stdout.write(f"{edition.pk}  {edition}  {where}  {edition.state}  {edition.file}")

    def show(self, options: dict[str, Any]) -> None:
        rows = self.chosen(options, unsure=True)
        for (kind, state), n in sorted(editions.counts(rows).items()):
            self.stdout.write(f"{n:>8} {kind} {state}")
        for row in rows.order_by("step", "id")[:SHOWN]:
            old = f"{row.old_parent} {row.old_name} {row.old_code}".strip() or "-"
            new = f"{row.new_parent} {row.new_name} {row.new_code}".strip() or "-"
            marks = " ?" if row.unsure else ""
            problem = f"  ({row.problem % row.problem_values})" if row.problem else ""
            self.stdout.write(f"{row.pk} {row.kind}{marks} {row.state}: {old} → {new}{problem}")

    def decide(self, options: dict[str, Any]) -> None:
        rows = self.chosen(options, unsure=options["unsure"])
        choice = Choice(ANSWERS[options["answer"]])
        count = editions.decide(self.person(options), self.edition(options), rows, choice)
        self.stdout.write(f"{count} changes: {choice.state.value}.")

    def apply(self, options: dict[str, Any]) -> None:
        began, edition, user = monotonic(), self.edition(options), self.person(options)
        ordered = editions.order(user, edition)
        rows = editions.changes_for(user, edition)
        left = rows.filter(state=ChangeState.ORDERED.value)
        while editions.carry_out(user, edition, seconds=10):
            self.stderr.write(f"{monotonic() - began:5.1f} s  {left.count()} to go")
        for row in rows.exclude(problem="")[:SHOWN]:
            self.stderr.write(f"{row.pk} {row.kind}: {row.problem % row.problem_values}")
        states = editions.counts(rows.filter(state=ChangeState.APPLIED.value))
        waiting = rows.exclude(problem="").count()
        self.stdout.write(
            f"{ordered} changes ordered, {sum(states.values())} applied in all,"
            f" {waiting} could not be, in {monotonic() - began:.1f} s."
        )

    def put_away(self, options: dict[str, Any]) -> None:
        with transaction.atomic():
            discard(self.edition(options))
        self.stdout.write("Discarded.")

    # --- what a line names --------------------------------------------------------------
    def place(self, code: str) -> Area:
        found = Area.objects.current().filter(code=code).select_related("parent")
        if len(found) != 1:
            raise CommandError(f"There is no place with the code {code}, or more than one.")
        return found[0]

    def edition(self, options: dict[str, Any]) -> AreaEdition:
        found = AreaEdition.objects.select_related("root").filter(pk=options["edition"]).first()
        if found is None:
            raise CommandError(f"There is no edition {options['edition']}.")
        return found

    def person(self, options: dict[str, Any]) -> User | None:
        if not options["person"]:
            return None
        found: User | None = User.objects.filter(username=options["person"]).first()
        if found is None:
            raise CommandError(f"There is no account {options['person']}.")
        editions.edition_for(found, options["edition"])
        return found

    def chosen(self, options: dict[str, Any], *, unsure: bool) -> QuerySet[EditionChange]:
        """The changes a command names, within the reach of the person."""
        rows = editions.changes_for(self.person(options), self.edition(options))
        if options["change"]:
            return rows.filter(pk__in=options["change"])
        if not unsure:
            rows = rows.filter(unsure=False)
        if options["kind"]:
            rows = rows.filter(kind=options["kind"])
        if options["county"]:
            rows = rows.filter(county__name__contains=options["county"])
        return rows
