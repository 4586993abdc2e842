"""What the cases are about: texts from ``texts/``, people nobody is, the official mix.

Shares of dispute categories: monthly statistics of a municipal justice bureau
(黄石市, August 2016, 869 disputes). The other shares, and every sentence in ``texts/``, are ours:
no line was taken from a real case.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from cases.intake import PartyDraft
from cases.rules.workflow import Kind

TEXTS = Path(__file__).resolve().parent / "texts"
KINDS = {Kind.DISPUTE: 70, Kind.EVENT: 17, Kind.REQUEST: 13}
MIX: dict[Kind, dict[str, int]] = {
    Kind.DISPUTE: {
        "D01": 160, "D02": 278, "D03": 67, "D04": 44, "D05": 31, "D06": 76, "D07": 18,
        "D08": 28, "D09": 4, "D10.1": 8, "D10.2": 5, "D11.1": 1, "D11.2": 3, "D11.3": 3,
        "D12": 55, "D13": 33, "D14": 1, "D99": 54,
    },
    Kind.EVENT: {"E03": 40, "E03.1": 14, "E04": 22, "E05": 20, "E08": 3, "E09": 1},
    Kind.REQUEST: {"E02": 50, "E06": 30, "E07": 20},
}  # fmt: skip
# Who records it, and through which door it came: (source, share), by the writer's unit.
SOURCES: dict[str, dict[str, int]] = {
    "grid": {"grid": 60, "grid_proxy": 25, "phone": 15},
    "village": {"window": 40, "phone": 25, "npc_studio": 10, "cppcc_studio": 5,
                "owners_committee": 10, "mass_organisation": 10},
    "township": {"window": 45, "hotline": 30, "police": 8, "court": 7, "mass_organisation": 5,
                 "reception": 5},
    "district": {"petition": 45, "transfer": 25, "hotline": 20, "reception": 10},
}  # fmt: skip
WRITERS = {"grid": 62, "village": 20, "township": 15, "district": 3}
# With 某 or 某某 behind it: a name that is plainly nobody's.
SURNAMES = "张王李赵刘陈杨黄周吴徐孙马朱胡郭何林罗郑"

# The sealed matter of the demonstration; invented like everything here.
ACCUSATION = "环卫站有人收清运费不开收据，几家商户都交过钱。请查一查收费去了哪里。"


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter as told, and the sentence that will settle it."""

    kind: Kind
    category: str
    text: str
    result: str
    parties: tuple[PartyDraft, ...]
    people: int | None


def pick(lot: Random, shares: dict[str, int]) -> str:
    """One key, drawn by its share."""
    return lot.choices(list(shares), list(shares.values()))[0]


@cache
def texts() -> dict[str, list[tuple[str, str]]]:
    """(text, result) templates by category code."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows("matters.tsv"):
        found.setdefault(row["category"], []).append((row["text"], row["result"]))
    return found


@cache
def phrases() -> dict[str, list[str]]:
    """What people write beside a button, by verb."""
    found: dict[str, list[str]] = {}
    for row in rows("phrases.tsv"):
        found.setdefault(row["verb"], []).append(row["text"])
    return found


def rows(name: str) -> list[dict[str, str]]:
    with (TEXTS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def draw(lot: Random, kind: Kind) -> Matter:
    """A matter of ``kind`` with invented people; a restricted one names nobody."""
    category = pick(lot, MIX[kind])
    text, result = lot.choice(texts()[category])
    first, second = (name + lot.choice(["某", "某", "某某"]) for name in lot.sample(SURNAMES, 2))
    words = {
        "a": first, "b": second, "n": lot.randint(2, 9),
        "small": lot.randrange(100, 2_000, 50), "money": lot.randrange(3_000, 60_000, 500),
    }  # fmt: skip
    return Matter(
        kind, category, text.format(**words), result.format(**words),
        people_of(lot, kind, category, first, second),
        lot.choice([None, 2, 2, 3, 4, 6]) if kind == Kind.DISPUTE else None,
    )  # fmt: skip


def people_of(
    lot: Random, kind: Kind, category: str, first: str, second: str
) -> tuple[PartyDraft, ...]:
    """Both sides of a dispute; of other matters who told it, or nobody."""
    if category == "E09" or kind != Kind.DISPUTE and lot.random() < 0.5:
        return ()
    group = lot.randint(1, 9)
    told = PartyDraft(first, phone(lot), f"{group}组{lot.randint(1, 60)}号")
    if kind != Kind.DISPUTE:
        return (told,)
    other = phone(lot) if lot.random() < 0.7 else ""
    return told, PartyDraft(second, other, f"{group}组{lot.randint(61, 99)}号", "respondent")


def phone(lot: Random) -> str:
    """A mobile number of the range 1380000xxxx."""
    return f"1380000{lot.randrange(10_000):04}"
