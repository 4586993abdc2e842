"""Which days are working days. Pure Python, whole civil days, no time zones here.

Source of the days off: the yearly holiday notice of the State Council, which also turns some
weekend days into working days (make-up days). A year without a notice is not known.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Days off and make-up working days of the years that have a notice.

    Invariant: the known years are one unbroken span of days, both ends included, and no day is
    a day off and a make-up day at once. ``version`` changes whenever a day changes.
    """

    version: str
    known_from: date
    known_to: date
    days_off: frozenset[date]
    extra_workdays: frozenset[date]

    def __post_init__(self) -> None:
        if not self.version:
            raise ValueError("A work calendar needs a version.")
        if self.known_to < self.known_from:
            raise ValueError(
                f"The calendar's last known day {self.known_to} lies before its first"
                f" {self.known_from}."
            )
        both = self.days_off & self.extra_workdays
        if both:
            raise ValueError(f"{min(both)} is listed as a day off and as a make-up working day.")
        outside = [day for day in self.days_off | self.extra_workdays if not self.knows(day)]
        if outside:
            raise ValueError(
                f"{min(outside)} is listed but lies outside the known days"
                f" {self.known_from} to {self.known_to}."
            )

    def knows(self, day: date) -> bool:
        """Whether a published notice covers ``day``."""
        return self.known_from <= day <= self.known_to

    def is_workday(self, day: date) -> bool:
        """Whether offices work on ``day``; on unknown days a plain Monday to Friday."""
        if day in self.extra_workdays:
            return True
        return day.weekday() < 5 and day not in self.days_off
