"""Clean text from people and files. Pure Python: one wall in front of every name and note.

A lone surrogate or a NUL cannot be stored at all; other control and format characters hide
in lists, turn the reading direction or break a CSV line.
"""

import unicodedata

from grids.errors import BadInput

# Cc control, Cf format (zero width, direction), Cs lone surrogate, Zl/Zp line separators.
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Joiners that Chinese, emoji and minority scripts need do not occur in names of places.
LINE_BREAKS = "\n\t"
MARKS = 4  # combining marks on one base character; more of them cover the lines around


def hidden(character: str) -> bool:
    """True for a character that nobody sees or that cannot be stored."""
    return unicodedata.category(character) in HIDDEN


def piled(text: str) -> bool:
    """True when more combining marks stand on one character than any script needs."""
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run > MARKS:
            return True
    return False


def line(value: object, field: str, *, longest: int, required: bool = True) -> str:
    """``value`` as one line of visible text without outer blanks, in NFC.

    Raises ``BadInput`` with ``field`` when it is no text, empty although required, longer
    than ``longest`` characters, or holds a control character.
    """
    return _clean(value, field, longest=longest, required=required, allowed="")


def paragraph(value: object, field: str, *, longest: int, required: bool = True) -> str:
    """Like ``line`` but line breaks (as ``\\n``) and tabs may stay."""
    if isinstance(value, str):
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    return _clean(value, field, longest=longest, required=required, allowed=LINE_BREAKS)


def _clean(value: object, field: str, *, longest: int, required: bool, allowed: str) -> str:
    if not isinstance(value, str):
        raise BadInput("This is not text.", field=field)
    # What is printable has nothing hidden; only the rest is looked at character by character.
    if not value.isprintable() and any(
        hidden(character) and character not in allowed for character in value
    ):
        raise BadInput("Hidden or control characters are not allowed.", field=field)
    text = unicodedata.normalize("NFC", value).strip()
    if not text.isascii() and piled(text):
        raise BadInput("Hidden or control characters are not allowed.", field=field)
    if required and not text:
        raise BadInput("This is required.", field=field)
    if len(text) > longest:
        raise BadInput("At most %(longest)s characters.", field=field, longest=longest)
    return text
