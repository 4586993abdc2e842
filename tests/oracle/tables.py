"""Calendars to count on: the real one, and invented ones that are worse.

Invented years have festivals of one to nine days anywhere, often around New Year's Eve, with
make-up days before and after them, next to each other and next to days off; some calendars know
few years, one knows a single day.
"""

from datetime import date, timedelta
from functools import cache
from random import Random

from cases import workcalendar
from tests.oracle.counter import FIRST, Table

DAY = timedelta(days=1)
INVENTED = 23
KNOWN = ((2018, 2029), (2019, 2026), (2021, 2023), (2024, 2024), (2018, 2027))
OPENING = (
    ((510, 1050),),
    ((510, 720), (840, 1050)),
    ((0, 1439),),
    ((0, 60), (61, 62), (1380, 1439)),
    ((540, 600),),
)


@cache
def tables() -> tuple[Table, ...]:
    """The real calendar first, then the invented ones; always the same."""
    real = workcalendar.packaged()
    first = Table(real.days_off, real.extra_workdays, real.known_from, real.known_to)
    only_day = date(2025, 12, 31)
    alone = Table(frozenset(), frozenset(), only_day, only_day, OPENING[1])
    return (first, alone, *(invented(Random(number)) for number in range(INVENTED)))


def invented(dice: Random) -> Table:
    low, high = dice.choice(KNOWN)
    known_from, known_to = date(low, 1, 1), date(high, 12, 31)
    off: set[date] = set()
    extra: set[date] = set()
    for year in range(low, high + 1):
        begins = [date(year, 1, 1) + DAY * dice.randrange(365) for _ in range(dice.randrange(8))]
        begins.append(date(year, 12, 24) + DAY * dice.randrange(8))
        for begin in begins:
            run = [begin + DAY * n for n in range(dice.randint(1, 9))]
            off.update(run)
            around = [run[0] - DAY * n for n in range(1, 8)] + [run[-1] + DAY * n for n in (1, 2)]
            weekends = [day for day in around if day.weekday() >= 5]
            extra.update(dice.sample(weekends, min(len(weekends), dice.randrange(4))))
    off = {day for day in off if known_from <= day <= known_to}
    extra = {day for day in extra if known_from <= day <= known_to} - off
    assert known_from >= FIRST
    return Table(
        frozenset(off), frozenset(extra), known_from, known_to, dice.choice(OPENING)
    )  # fmt: skip
