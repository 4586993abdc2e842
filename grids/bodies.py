"""Reading JSON bodies and query strings of the API: known names only, every value checked.

Hand-written instead of serializers: the busiest endpoint spends its time on the case, not on
taking the body apart. Wrong names are a 400 (the program is wrong), wrong values a 422 with a
message per field (the person is wrong).
"""

import json
import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from grids import plaintext
from grids.errors import BadInput, BrokenRule

LARGEST_ID = 2**63 - 1
ASCII_DIGITS = frozenset("0123456789")
DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


class WrongName(BrokenRule):
    """The request names a field or parameter that does not exist, or names one twice."""

    code = "unknown_field"
    http_status = 400

    def __init__(self, names: Collection[str]) -> None:
        super().__init__("Unknown or repeated: %(names)s", names=", ".join(sorted(names)))
        self.fields = {name: [_("Unknown or repeated.")] for name in sorted(names)}


class WrongValues(BadInput):
    """Values that cannot be accepted, with the messages of each field."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        super().__init__("Some values cannot be accepted.")
        self.fields = fields


class Body:
    """One JSON object. Each getter notes what is wrong and goes on; ``finish`` refuses."""

    def __init__(self, data: object, known: Collection[str], prefix: str = "") -> None:
        """Raises ``WrongName`` for fields outside ``known``, ``BadInput`` for no object."""
        if not isinstance(data, dict):
            raise BadInput("Send one JSON object.", field=prefix.rstrip("."))
        if unknown := data.keys() - set(known):
            raise WrongName({prefix + name for name in unknown})
        self.data: dict[str, Any] = data
        self.prefix = prefix
        self.errors: dict[str, list[str]] = {}

    def wrong(self, name: str, message: str, **values: object) -> None:
        """Note a message, an English msgid, for field ``name``."""
        text = _(message) % values if values else _(message)
        self.errors.setdefault(self.prefix + name, []).append(text)

    def finish(self) -> None:
        """Raise ``WrongValues`` when a getter noted something."""
        if self.errors:
            raise WrongValues(self.errors)

    def line(self, name: str, longest: int, *, required: bool = False) -> str:
        """One line of visible text; "" when absent."""
        return self._text(name, longest, required, plaintext.line)

    def paragraph(self, name: str, longest: int, *, required: bool = False) -> str:
        """Text that may have line breaks; "" when absent."""
        return self._text(name, longest, required, plaintext.paragraph)

    def _text(self, name: str, longest: int, required: bool, clean: Any) -> str:
        value = self.data.get(name)
        if value is None:
            value = ""
        try:
            text: str = clean(value, name, longest=longest, required=required)
        except BadInput as error:
            self.wrong(name, error.message, **error.values)
            return ""
        return text

    def choice(self, name: str, values: Collection[str], default: str = "") -> str:
        """One of ``values``; ``default`` when absent, wrong without a default."""
        value = self.data.get(name)
        if value is None and default:
            return default
        if not isinstance(value, str) or value not in values:
            self.wrong(name, "Choose one of: %(values)s", values=", ".join(values))
            return default
        return value

    def flag(self, name: str) -> bool:
        """true or false; false when absent."""
        value = self.data.get(name)
        if value is None:
            return False
        if not isinstance(value, bool):
            self.wrong(name, "Write true or false.")
            return False
        return value

    def whole(self, name: str, least: int = 0, most: int = LARGEST_ID) -> int | None:
        """A whole number within bounds; None when absent. No text, no 1.0, no true."""
        value = self.data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.wrong(
                name, "Write a whole number from %(least)s to %(most)s.", least=least, most=most
            )
            return None
        return value

    def moment(self, name: str) -> datetime | None:
        """An ISO 8601 moment; without an offset it is Shanghai's clock. None when absent."""
        value = self.data.get(name)
        if value is None or value == "":
            return None
        try:
            found = parse_datetime(value) if isinstance(value, str) else None
            if found is not None and timezone.is_naive(found):
                found = timezone.make_aware(found)
            if found is not None and not 1900 < found.year < 2200:
                found = None
        except (ValueError, OverflowError):
            found = None
        if found is None:
            self.wrong(name, "Write a date and time like 2026-03-02T09:00:00+08:00.")
        return found

    def day(self, name: str, *, required: bool = False) -> date | None:
        """A civil day as YYYY-MM-DD; None when absent."""
        value = self.data.get(name)
        if value is None or value == "":
            if required:
                self.wrong(name, "This is required.")
            return None
        found = civil_day(value) if isinstance(value, str) else None
        if found is None:
            self.wrong(name, "Write a day like 2026-03-02.")
        return found

    def ids(self, name: str, most: int) -> list[int]:
        """A list of at most ``most`` ids; empty when absent."""
        values = self.objects(name, most)
        if any(isinstance(one, bool) or not isinstance(one, int) or one < 1 for one in values):
            self.wrong(name, "Send a list of ids.")
            return []
        return values

    def objects(self, name: str, most: int) -> list[Any]:
        """A list of at most ``most`` entries; empty when absent."""
        value = self.data.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > most:
            self.wrong(name, "Send a list of at most %(most)s.", most=most)
            return []
        return value


def parameters(query: QueryDict, known: Collection[str]) -> dict[str, str]:
    """The query string as a dictionary. Raises ``WrongName`` for unknown or repeated names."""
    wrong = {name for name, values in query.lists() if name not in known or len(values) > 1}
    if wrong:
        raise WrongName(wrong)
    return {name: str(query[name]) for name in query}


def digits(text: str) -> int | None:
    """``text`` as an id written in ASCII digits; None for anything else."""
    if not text or len(text) > 19 or not ASCII_DIGITS.issuperset(text):
        return None
    number = int(text)
    return number if number <= LARGEST_ID else None


def civil_day(text: str) -> date | None:
    """``text`` as a day YYYY-MM-DD of these centuries; None for anything else."""
    if not DAY.fullmatch(text):
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1900 < found.year < 2200 else None


def local(moment: datetime | None) -> str | None:
    """A moment at Shanghai's clock, ISO 8601 with its offset."""
    return timezone.localtime(moment).isoformat() if moment else None


def answer(data: object, status: int = 200) -> HttpResponse:
    """``data`` as JSON; written at once, because negotiating a format costs more than a case
    row does and there is only one."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(text, content_type="application/json", status=status)
