"""``manage.py demo``: load the demonstration once and print its logins."""

import unicodedata
from argparse import ArgumentParser
from time import monotonic
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from governance.demo import cast, loading
from grids.commanding import SpeakingCommand
from grids.errors import BrokenRule

CASES = 2_000


class Command(SpeakingCommand):
    help = "Load demonstration data (demo mode only; a second run changes nothing)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--cases", type=int, default=CASES, help="about how many cases (%(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        began = monotonic()

        def say(words: str) -> None:
            self.stderr.write(f"{monotonic() - began:5.1f} s  {words}")

        try:
            loading.load(options["cases"], say)
        except BrokenRule as error:
            raise CommandError(str(error)) from error
        self.stdout.write(table())


def table() -> str:
    """The logins with their password, aligned for narrow and wide letters."""
    names = {user.username: user.display_name for user in cast.logins()}
    secret = cast.password()
    lines = [_("Demonstration logins (everything is invented), password %s") % secret]
    for username, label, _sentence in cast.entries():
        who = _(label)
        pad = " " * max(1, 22 - width(who))
        lines.append(f"  {username:<11}{secret:<16}{who}{pad}{names.get(username, '')}")
    return "\n".join(lines)


def width(words: str) -> int:
    """How many columns a terminal needs for ``words``."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in words)
