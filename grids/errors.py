"""Refusals by a rule of the field. Pure Python; pages and API turn them into answers.

``message`` is an English msgid with ``%(name)s`` places; faces translate it with ``values``.
"""

from collections.abc import Mapping


class BrokenRule(Exception):
    """A rule says no. Nothing was written."""

    code = "broken_rule"
    http_status = 409

    def __init__(self, message: str, /, *, field: str = "", **values: object) -> None:
        super().__init__(message % values if values else message)
        self.message = message
        self.values: Mapping[str, object] = values
        self.field = field


class NotVisible(BrokenRule):
    """The row lies outside the person's scope, or does not exist: the same answer."""

    code = "not_found"
    http_status = 404


class NotAllowed(BrokenRule):
    """The row is visible but the person's post does not allow the act."""

    code = "not_allowed"
    http_status = 403


class WrongState(BrokenRule):
    """The act does not fit the state of the row, or somebody else was faster."""

    code = "wrong_state"
    http_status = 409


class BadInput(BrokenRule):
    """A value is missing or makes no sense; ``field`` names it."""

    code = "bad_input"
    http_status = 422


class TooMany(BrokenRule):
    """A limit against guessing or flooding was reached."""

    code = "too_many"
    http_status = 429
