"""The way to a deadline: which lamp is lit, and at which moments people are told. Pure Python.

One table, ``MARKS``, is read by pages, lists, counts, exports and the notices, so that nobody
is told of an amber lamp that no list shows. The lamp says how much time is left, never how
risky a matter is. A shape goes with each lamp, so that it reads without colour.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from grids.words import Word

AmountUnit = Literal["day", "hour", "minute"]


class LampCode(Word):
    """The lamps, from the most to the least pressing."""

    OVER = "over", "Overdue"
    SOON = "soon", "Due soon"
    WATCH = "watch", "Due within 72 hours"
    OK = "ok", "On time"
    DONE = "done", "Closed"
    PAUSED = "paused", "Clock paused"


class Mark(Word):
    """The moments on the way at which people are told, from the earliest of a long span."""

    QUARTER = "mark_quarter", "A quarter of the time is left"
    THREE_DAYS = "mark_three_days", "Three days are left"
    ONE_DAY = "mark_one_day", "One day is left"
    DUE = "mark_due", "Overdue"
    THREE_OVER = "mark_three_over", "Three days overdue"


DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SHAPES: dict[LampCode, str] = {
    LampCode.OVER: "▲",
    LampCode.SOON: "◆",
    LampCode.WATCH: "●",
    LampCode.OK: "○",
    LampCode.DONE: "■",
    LampCode.PAUSED: "‖",
}


@dataclass(frozen=True, slots=True)
class Sign:
    """One row of the table: how long ``before`` the due moment (negative: after it), or with
    which ``share`` of the span still to come; ``long_only`` leaves short spans out."""

    mark: Mark
    lamp: LampCode
    before: timedelta = timedelta(0)
    share: float = 0
    long_only: bool = False

    def at(self, start: datetime, due: datetime) -> datetime | None:
        """When it comes on the way from ``start`` to ``due``; None when it does not."""
        if self.long_only and due - start < SHORT:
            return None
        return due - ((due - start) * self.share if self.share else self.before)


# Three counted days end at the last midnight, so less than four times 24 hours after the start.
SHORT = 4 * DAY
MARKS: tuple[Sign, ...] = (
    Sign(Mark.QUARTER, LampCode.SOON, share=0.25),
    Sign(Mark.THREE_DAYS, LampCode.SOON, before=3 * DAY, long_only=True),
    Sign(Mark.ONE_DAY, LampCode.SOON, before=DAY, long_only=True),
    Sign(Mark.DUE, LampCode.OVER),
    Sign(Mark.THREE_OVER, LampCode.OVER, before=-3 * DAY),
)
# A short span that is not amber yet is watched from here on; the sweep acts at ``due <= now``,
# so a case is over exactly when it has become due.
WATCHED = 3 * DAY


def marks(start: datetime, due: datetime) -> Iterator[tuple[Mark, datetime]]:
    """The marks that come on the way from ``start`` to ``due``, in the order of the table."""
    for sign in MARKS:
        if at := sign.at(start, due):
            yield sign.mark, at


def amber_from(start: datetime, due: datetime) -> datetime:
    """When the lamp turns amber: at the first mark that lights it."""
    found = (sign.at(start, due) for sign in MARKS if sign.lamp is LampCode.SOON)
    return min(at for at in found if at)


@dataclass(frozen=True, slots=True)
class Lamp:
    """A lamp and the whole ``unit``s over or left, rounded down; None where nothing counts."""

    code: LampCode
    amount: int | None
    unit: AmountUnit | None

    @property
    def shape(self) -> str:
        return SHAPES[self.code]


def lamp(
    due_at: datetime | None, now: datetime, *, closed: bool, paused: bool,
    amber_at: datetime | None = None,
) -> Lamp:  # fmt: skip
    """The lamp of a case; closed comes before paused, paused before any time left.

    ``amber_at`` is ``amber_from`` of the span; a deadline whose start nobody kept turns amber
    three days before it. A running case without a due moment has nothing left to be late for:
    OK without an amount.
    """
    if closed:
        return Lamp(LampCode.DONE, None, None)
    if paused:
        return Lamp(LampCode.PAUSED, None, None)
    if due_at is None:
        return Lamp(LampCode.OK, None, None)
    left = due_at - now
    if left <= timedelta(0):
        return Lamp(LampCode.OVER, *whole(-left))
    if now >= (amber_at or due_at - WATCHED):
        return Lamp(LampCode.SOON, *whole(left))
    return Lamp(LampCode.WATCH if left <= WATCHED else LampCode.OK, *whole(left))


def whole(span: timedelta) -> tuple[int, AmountUnit]:
    """``span`` in whole days, under a day in hours, under an hour in minutes; rounded down."""
    if span >= DAY:
        return span // DAY, "day"
    if span >= HOUR:
        return span // HOUR, "hour"
    return span // MINUTE, "minute"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The moments a lamp stands for: each later than ``…_after``, up to and with ``…_until``.

    None is open-ended."""

    due_after: datetime | None = None
    due_until: datetime | None = None
    amber_after: datetime | None = None
    amber_until: datetime | None = None

    def hold(self, due: datetime, amber: datetime) -> bool:
        """Whether a case with these moments shows the lamp."""
        return (
            (self.due_after is None or due > self.due_after)
            and (self.due_until is None or due <= self.due_until)
            and (self.amber_after is None or amber > self.amber_after)
            and (self.amber_until is None or amber <= self.amber_until)
        )


def due_between(code: LampCode, now: datetime) -> Bounds:
    """The due and amber moments a lamp stands for, for counts and filters in SQL over open,
    running cases. Raises ``ValueError`` for DONE and PAUSED, which do not hang on time.
    """
    if code is LampCode.OVER:
        return Bounds(due_until=now)
    if code is LampCode.SOON:
        return Bounds(due_after=now, amber_until=now)
    if code is LampCode.WATCH:
        return Bounds(due_after=now, due_until=now + WATCHED, amber_after=now)
    if code is LampCode.OK:
        return Bounds(due_after=now + WATCHED, amber_after=now)
    raise ValueError(f"The lamp '{code}' does not depend on the due moment.")


def due_alone(code: LampCode, now: datetime) -> tuple[datetime | None, datetime | None]:
    """The due moments a lamp stands for where no start was kept: later than the first, up to
    and with the second. None is open-ended; raises as ``due_between``."""
    if code is LampCode.SOON:
        return now, now + WATCHED
    if code is LampCode.WATCH:
        return now + WATCHED, now + WATCHED
    found = due_between(code, now)
    return found.due_after, found.due_until


def is_provisional(due_at: datetime | None, provisional_from: datetime | None) -> bool:
    """Whether a deadline may still move: it lies at or behind the first moment that was counted
    through days no holiday notice covers yet.

    A case repeats its earliest deadline, which the sweep moves up the ladder on its own; so it
    keeps the first uncertain moment and not a mark.
    """
    return due_at is not None and provisional_from is not None and due_at >= provisional_from
