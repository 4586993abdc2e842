"""``manage.py deadline``: when a span ends, and why. Starts no servers and needs none: where none
run, days off are those of the package, without a notice that was taken in here."""

import json
import re
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.db import DatabaseError
from django.utils import translation
from django.utils.translation import gettext as _

from cases import deadline, workcalendar
from cases.intake_form import words
from cases.rules.limits import LimitCode, Whose
from cases.rules.workdays import WorkCalendar
from grids.commanding import LANGUAGES, UNKNOWN_LINE, SpeakingCommand
from grids.errors import BadInput

NEGATIVE = re.compile(r"-\d")  # a span that lost its sense, not an option
WRONG = 1


class Command(SpeakingCommand):
    help = (
        "When does a deadline end, and how is it counted? For example: deadline 2026-02-12T10:00"
        " 5wd. Spans: 5wd (working days), 60d (calendar days), 1mo, 24h, 3wh (working hours),"
        " 30min. Moments without a zone are Shanghai's."
    )
    requires_system_checks: tuple[str, ...] = ()

    def run_from_argv(self, argv: list[str]) -> None:
        """Let ``-5wd`` be a span that makes no sense rather than an unknown option."""
        super().run_from_argv([f"−{one[1:]}" if NEGATIVE.match(one) else one for one in argv])

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("start", nargs="?", default="", help="a day or a moment")
        parser.add_argument("span", nargs="?", default="", help="how long")
        parser.add_argument("--whose", default="", help=" or ".join(Whose.values()))
        parser.add_argument(
            "--extend", action="append", default=[], metavar="SPAN", help="runs on from the end"
        )
        parser.add_argument(
            "--pause", action="append", default=[], metavar="FROM/TO", help="the clock stood still"
        )
        parser.add_argument(
            "--rule", default="", metavar="CODE",
            help=f"a clock of docs/rules.md, whose bounds count: {', '.join(LimitCode.values())}",
        )  # fmt: skip
        parser.add_argument(
            "--hours", default="", metavar="08:30-12:00,14:00-17:30", help="the working hours"
        )
        parser.add_argument("--lang", default="", help="zh or en")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        language = LANGUAGES.get(options["lang"] or "", settings.LANGUAGE_CODE)
        with translation.override(language):
            try:
                if options["lang"] not in ("", *LANGUAGES):
                    raise BadInput("Write zh or en for the language.", field="lang")
                asked = deadline.question(
                    options["start"], options["span"], whose=options["whose"],
                    extend=options["extend"], pause=options["pause"], rule=options["rule"],
                    hours=options["hours"], calendar=days_off(),
                )  # fmt: skip
                found = deadline.answer(asked)
            except BadInput as error:
                self.stderr.write(words(error))
                raise SystemExit(WRONG if asked_whole(options) else UNKNOWN_LINE) from None
            if options["json"]:
                self.stdout.write(json.dumps(found.to_json(), ensure_ascii=False))
            else:
                self.stdout.write(text(found))


def asked_whole(options: dict[str, Any]) -> bool:
    """Whether start and span were written, right or wrong, and the language is one we speak."""
    return bool(options["start"] and options["span"]) and options["lang"] in ("", *LANGUAGES)


def days_off() -> WorkCalendar:
    """The country's days off as the running installation has them, as shipped where none runs."""
    try:
        return workcalendar.current()
    except DatabaseError:
        return workcalendar.packaged()


def text(found: deadline.Answer) -> str:
    """The due moment, whether it is provisional, then one line per step."""
    sure = _("provisional") if found.provisional else _("not provisional")
    return "\n".join([found.written, sure, *(f"  {line}" for line in found.explanation)])
