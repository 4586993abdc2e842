"""The plain numbers a district may set: no clock runs by them, so nothing is moved. Pure Python.

What was issued, drawn or planned before a change keeps the number of its day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cases.rules import lookback, supervision
from cases.rules.bounds import Problem

ORDER_DAYS, SHARE, REVISITS = "supervision.days", "lookback.share", "revisit.days"


@dataclass(frozen=True, slots=True)
class Number:
    """One setting: ``least`` to ``most``, ``several`` values at most. ``label``, ``said`` (the
    value in words) and ``about`` are English msgids; ``key`` is its name in a policy's body."""

    code: str
    label: str
    said: str
    about: str
    least: int
    most: int
    default: tuple[int, ...]
    key: str = "days"
    several: int = 1


NUMBERS: Mapping[str, Number] = {
    one.code: one
    for one in (
        Number(
            ORDER_DAYS, "Answer to a supervision order", "%(n)s working days for the answer",
            "Offered with every new order, and given to those the system issues.",
            1, supervision.MOST_DAYS, (supervision.ANSWER_DAYS,),
        ),
        Number(
            SHARE, "Share of the look-back", "%(n)s percent",
            "Of the matters struck off in a month; twice that where no second person verified.",
            1, lookback.MOST_SHARE, (lookback.SHARE,), key="percent",
        ),
        Number(
            REVISITS, "Revisits of agreements", "%(n)s calendar days after the strike-off",
            "How many days after the strike-off, at most six numbers with blanks between them.",
            1, 365, (7, 30, 90), several=6,
        ),
    )
}  # fmt: skip


def values(number: Number, body: object) -> tuple[int, ...]:
    """The numbers a policy's body spells, ascending; raises ``ValueError`` for anything else."""
    found = written(number, body)
    if not found or not all(number.least <= one <= number.most for one in found):
        raise ValueError(f"{body!r} is no policy of {number.code}.")
    return tuple(sorted(set(found)))


def written(number: Number, body: object) -> list[int] | None:
    """The whole numbers as they were written, unchecked; None where there are none."""
    told = body.get(number.key) if isinstance(body, dict) else None
    found = told if isinstance(told, list) else [told]
    whole = [one for one in found if isinstance(one, int) and not isinstance(one, bool)]
    return whole if len(whole) == len(found) else None


def body_of(number: Number, found: Sequence[int], source: str | None) -> dict[str, object]:
    """A policy as it is stored; the whole of it, so that a version explains itself. What cannot
    be one is kept as it was written, for ``problems`` to name."""
    one = number.several == 1 and len(found) == 1
    return {number.key: found[0] if one else list(found), "source": source}


def problems(number: Number, body: object) -> list[Problem]:
    """What speaks against the values of a policy's body, at the field of its name."""
    found, at = written(number, body), number.key
    if not found:
        return [Problem(at, "Write a whole number from 1.")]
    if len(found) > number.several == 1:
        return [Problem(at, "Write one number.")]
    if len(found) > number.several:
        return [Problem(at, "At most %(several)s numbers.", {"several": number.several})]
    if not all(number.least <= one <= number.most for one in found):
        told = {"least": number.least, "most": number.most}
        return [Problem(at, "Between %(least)s and %(most)s.", told)]
    if any(after <= before for before, after in zip(found, found[1:], strict=False)):
        return [Problem(at, "Each number is greater than the one before it.")]
    return []
