"""The deadline lamp of a case: one rule for page, list, export and count. Pure Python.

The lamp says how much time is left, never how risky a matter is. A shape goes with each lamp,
so that it reads without colour.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from grids.words import Word

AmountUnit = Literal["day", "hour", "minute"]


class LampCode(Word):
    """The lamps, from the most to the least pressing."""

    OVER = "over", "Overdue"
    SOON = "soon", "Due within 24 hours"
    WATCH = "watch", "Due within 72 hours"
    OK = "ok", "On time"
    DONE = "done", "Closed"
    PAUSED = "paused", "Clock paused"


DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SHAPES: dict[LampCode, str] = {
    LampCode.OVER: "▲",
    LampCode.SOON: "◆",
    LampCode.WATCH: "●",
    LampCode.OK: "○",
    LampCode.DONE: "■",
    LampCode.PAUSED: "‖",
}

# Of an open, running case the first lamp whose bound is not below the time left; else OK. The
# sweep also acts at ``due <= now``, so a case is over exactly when it has become due.
LAMP_BOUNDS: tuple[tuple[LampCode, timedelta], ...] = (
    (LampCode.OVER, timedelta(0)),
    (LampCode.SOON, timedelta(hours=24)),
    (LampCode.WATCH, timedelta(hours=72)),
)


@dataclass(frozen=True, slots=True)
class Lamp:
    """A lamp and the whole ``unit``s over or left, rounded down; None where nothing counts."""

    code: LampCode
    amount: int | None
    unit: AmountUnit | None

    @property
    def shape(self) -> str:
        return SHAPES[self.code]


def lamp(due_at: datetime | None, now: datetime, *, closed: bool, paused: bool) -> Lamp:
    """The lamp of a case; closed comes before paused, paused before any time left.

    A running case without a due moment has nothing left to be late for: OK without an amount.
    """
    if closed:
        return Lamp(LampCode.DONE, None, None)
    if paused:
        return Lamp(LampCode.PAUSED, None, None)
    if due_at is None:
        return Lamp(LampCode.OK, None, None)
    left = due_at - now
    for code, bound in LAMP_BOUNDS:
        if left <= bound:
            return Lamp(code, *whole(abs(left)))
    return Lamp(LampCode.OK, *whole(left))


def whole(span: timedelta) -> tuple[int, AmountUnit]:
    """``span`` in whole days, under a day in hours, under an hour in minutes; rounded down."""
    if span >= DAY:
        return span // DAY, "day"
    if span >= HOUR:
        return span // HOUR, "hour"
    return span // MINUTE, "minute"


def due_between(code: LampCode, now: datetime) -> tuple[datetime | None, datetime | None]:
    """The due moments a lamp stands for: later than the first, up to and with the second.

    None is open-ended. For counts and filters in SQL over open, running cases with a due
    moment. Raises ``ValueError`` for DONE and PAUSED, which do not hang on time.
    """
    after: datetime | None = None
    for bounded, bound in LAMP_BOUNDS:
        if bounded is code:
            return after, now + bound
        after = now + bound
    if code is LampCode.OK:
        return after, None
    raise ValueError(f"The lamp '{code}' does not depend on the due moment.")


def is_provisional(due_at: datetime | None, provisional_from: datetime | None) -> bool:
    """Whether a deadline may still move: it lies at or behind the first moment that was counted
    through days no holiday notice covers yet.

    A case repeats its earliest deadline, which the sweep moves up the ladder on its own; so it
    keeps the first uncertain moment and not a mark.
    """
    return due_at is not None and provisional_from is not None and due_at >= provisional_from
