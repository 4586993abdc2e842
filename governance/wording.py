"""What a refusal says to a person, in the language of the page."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from grids.errors import BrokenRule
from grids.roles import Level
from grids.words import Word


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal as templates show it: a sentence, and a code for programs and tests."""

    code: str
    text: str

    def __str__(self) -> str:
        return self.text


def sentence(error: BrokenRule) -> str:
    """The refusal as one sentence; words of our own among its values are translated too."""
    values = {
        name: _(value.label) if isinstance(value, Word | Level) else value
        for name, value in error.values.items()
    }
    text = _(error.message)
    return text % values if values else text
