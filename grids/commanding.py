"""Commands that say in one sentence, in the user's language, what of a line they do not know."""

import re
from collections.abc import Mapping
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

UNKNOWN_LINE = 2  # exit code, as everywhere on a command line
LANGUAGES = {"zh": "zh-hans", "en": "en"}
# What the parser of the language complains of, and what we say instead.
SENTENCES: Mapping[re.Pattern[str], str | Promise] = {
    re.compile(pattern): sentence
    for pattern, sentence in (
        (r"unrecognized arguments: (?P<what>.+)",
         gettext_lazy("%(command)s does not know %(what)s; --help lists what it knows.")),
        (r"the following arguments are required: (?P<what>.+)",
         gettext_lazy("%(command)s needs %(what)s; --help says how to write it.")),
        (r"argument (?P<what>\S+?)(/\S+)?: expected .+",
         gettext_lazy("%(what)s needs a value; --help says which.")),
        (r"argument (?P<what>\S+?): invalid choice: (?P<value>.+) \(choose from (?P<few>.+)\)",
         gettext_lazy("%(what)s cannot be %(value)s; possible are %(few)s.")),
        (r"argument (?P<what>\S+?): invalid \S+ value: (?P<value>.+)",
         gettext_lazy("%(what)s cannot be %(value)s; --help says what it may be.")),
        (r"argument (?P<what>\S+?): ignored explicit argument .+",
         gettext_lazy("%(what)s takes no value.")),
        (r"ambiguous option: (?P<what>\S+) could match (?P<few>.+)",
         gettext_lazy("%(what)s may mean %(few)s; write it out.")),
    )
}  # fmt: skip
OTHERWISE = gettext_lazy("%(command)s does not understand this line (%(what)s); see --help.")


class SpeakingParser(CommandParser):
    """Answers what it does not understand with one sentence and exit code 2."""

    def error(self, message: str) -> NoReturn:
        if not self.called_from_command_line:
            super().error(message)
        command = self.prog.split(" ", 1)[-1]
        with translation.override(self.language()):
            self.exit(UNKNOWN_LINE, f"{spoken(command, message)}\n")

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        self.line = list(args or ())
        return super().parse_args(args, namespace)

    def language(self) -> str:
        """The one chosen by ``--lang`` on the same line, else the installation's."""
        line = [part for one in getattr(self, "line", []) for part in one.split("=", 1)]
        chosen = dict(zip(line, line[1:], strict=False)).get("--lang", "")
        return LANGUAGES.get(chosen, settings.LANGUAGE_CODE)


def spoken(command: str, message: str) -> str:
    """The parser's complaint as a sentence in the active language."""
    for pattern, sentence in SENTENCES.items():
        if match := pattern.fullmatch(message):
            return str(sentence) % {"command": command, **match.groupdict()}
    return str(OTHERWISE) % {"command": command, "what": message}


class SpeakingCommand(BaseCommand):
    """The base of our commands; those of Django keep their own ways."""

    def add_base_argument(self, parser: CommandParser, *args: Any, **kwargs: Any) -> None:
        """Django names the kind of parser itself; this is called before ours adds to it."""
        parser.__class__ = SpeakingParser
        super().add_base_argument(parser, *args, **kwargs)
