"""The hours of a working day in which a clock of working hours runs. Pure Python, civil times."""

from dataclasses import dataclass
from datetime import date, time, timedelta

Window = tuple[time, time]  # from the first moment up to but not including the second


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows of each weekday, Monday first; a weekday's own count only when offices work.

    Make-up days take the windows of their weekday. Invariant: windows of a day are in order and
    do not overlap, and every weekday has some, so that counting always comes to an end.
    """

    days: tuple[tuple[Window, ...], ...]

    def __post_init__(self) -> None:
        if len(self.days) != 7 or not all(self.days):
            raise ValueError("Working hours are given for each of the seven weekdays.")
        for windows in self.days:
            edges = [edge for window in windows for edge in window]
            if any(late <= early for early, late in zip(edges, edges[1:], strict=False)):
                raise ValueError(
                    "Working hours are written in order and do not overlap, each from an earlier"
                    " to a later time."
                )

    @classmethod
    def every_day(cls, *windows: Window) -> "Windows":
        """The same windows on every working day."""
        return cls((windows,) * 7)

    def of(self, day: date) -> tuple[Window, ...]:
        """The windows of ``day``, if offices work on it."""
        return self.days[day.weekday()]

    @property
    def shortest(self) -> timedelta:
        """How long the shortest day is open."""
        return min(
            sum((length(*window) for window in windows), timedelta(0)) for windows in self.days
        )


def length(opens: time, closes: time) -> timedelta:
    """From one time of a day to a later one."""
    return timedelta(
        hours=closes.hour - opens.hour, minutes=closes.minute - opens.minute,
        seconds=closes.second - opens.second,
    )  # fmt: skip
