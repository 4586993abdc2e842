"""The monthly look-back (回头看): which closed matters are looked at again. Pure Python.

Drawn by chance that can be checked: the seed is written down when the round is drawn, and the
same seed over the same matters gives the same sample (M22; decisions.md 26 for the double
share). Nobody chooses, and nobody can know before the draw.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from grids.words import Word

SHARE = 10  # percent of the matters closed in the month
DOUBLE = 2  # times the share where no second person verified
MOST_SHARE = 100


class Why(Word):
    """Why a matter is in the sample."""

    RANDOM = "random", "Drawn by chance"
    DOUBLED = "doubled", "Drawn by chance, double share: no second person verified it"
    NOT_SATISFIED = "not_satisfied", "The resident was not satisfied"
    EXPLAINED = "explained", "Closed by explanation"


@dataclass(frozen=True, slots=True)
class Closed:
    """One matter of the month as far as the draw needs it; ``key`` is its random public id."""

    pk: int
    key: bytes
    verified: bool = True  # by a second person
    satisfied: bool = True  # False: the resident said it was not settled, or rated so
    explained: bool = False


def lot(seed: bytes, key: bytes) -> bytes:
    """The number a matter draws: the lowest are taken."""
    return hashlib.sha256(seed + key).digest()


def draw(seed: bytes, closed: Iterable[Closed], share: int = SHARE) -> dict[int, Why]:
    """The sample by primary key: everything not satisfied or explained, and of the rest
    ``share`` percent by lot, of what nobody verified twice that; rounded up."""
    if not 0 <= share <= MOST_SHARE:
        raise ValueError(f"A share lies between 0 and 100 percent, not {share}.")
    found: dict[int, Why] = {}
    rest: dict[bool, list[Closed]] = {True: [], False: []}
    for one in closed:
        if not one.satisfied:
            found[one.pk] = Why.NOT_SATISFIED
        elif one.explained:
            found[one.pk] = Why.EXPLAINED
        else:
            rest[one.verified].append(one)
    for verified, why in ((True, Why.RANDOM), (False, Why.DOUBLED)):
        pool = sorted(rest[verified], key=lambda one: lot(seed, one.key))
        percent = min(share * (1 if verified else DOUBLE), MOST_SHARE)
        found |= dict.fromkeys((one.pk for one in pool[: among(len(pool), percent)]), why)
    return found


def among(count: int, percent: int) -> int:
    """How many of ``count`` are ``percent``, rounded up."""
    return ceil(Fraction(count * percent, 100))
