"""The way a count took, day by day, written down while it counts. Pure Python."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum


class Fate(StrEnum):
    """What became of a day on the way to the end of a span."""

    COUNTED = "counted"
    OFF = "off"  # a day off
    STOOD = "stood"  # the clock stood still at its end


@dataclass(frozen=True, slots=True)
class Walked:
    """One day of the way: in which span, what became of it, how long it ran (working hours)."""

    leg: int
    day: date
    fate: Fate
    ran: timedelta = timedelta(0)


@dataclass(slots=True)
class Trail:
    """The way a count took, written down while it counts."""

    days: list[Walked] = field(default_factory=list)
    leg: int = 0
    unrolled: date | None = None  # the last day before it rolled over days off

    def note(self, day: date, fate: Fate, ran: timedelta = timedelta(0)) -> None:
        self.days.append(Walked(self.leg, day, fate, ran))
