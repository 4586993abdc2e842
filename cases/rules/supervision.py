"""Supervision (督办): what puts a case on the list, how long an answer takes. Pure Python.

Sources: 信访工作条例 (2022) Art. 39 (挂牌督办, 责令限期整改), Art. 40 (what is supervised),
Arts. 42, 44, 45 (late notice, late closure, refused execution); the loop
发现问题 → 及时交办 → 交办即办 → 办结反馈 of listed supervision. Lists units,
never residents and never members of staff.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from grids.words import Word

ANSWER_DAYS = 5  # working days until the written answer, unless the district chose otherwise
MOST_DAYS = 60
NUDGE_EVERY = timedelta(hours=24)  # per case and person
RULES = "信访工作条例"


class Cause(Word):
    """Why a case is supervised. The first group is chosen by a person."""

    BY_HAND = "by_hand", "Supervised by the office"
    LEADER = "leader", "A leader's instruction"
    BREACH = "breach", "Accepted or handled against the rules"
    SHIRKING = "shirking", "Passed on, put off, delayed or made up"
    REFUSAL = "refusal", "A decision is not carried out"
    # the system
    LADDER_TOP = "ladder_top", "Top of the ladder"
    REPORT_UP = "report_up", "Reported upward"
    LIMIT = "limit", "Time limit ran out"
    LATE_NOTICE = "late_notice", "Not signed for or told in time"
    LATE_CLOSURE = "late_closure", "Red for days"
    NOT_CARRIED_OUT = "not_carried_out", "A decision was not carried out in time"


CHOSEN = (Cause.BY_HAND, Cause.LEADER, Cause.BREACH, Cause.SHIRKING, Cause.REFUSAL)


class OrderState(Word):
    """How far an order is."""

    LISTED = "listed", "Listed, no order yet"
    ISSUED = "issued", "Waiting for the answer"
    REPLIED = "replied", "Answer to be judged"
    ACCEPTED = "accepted", "Answer accepted"
    DELISTED = "delisted", "Taken off the list"


class Ended(Word):
    """Why an order ended by itself; a person chooses from a list of reasons."""

    CLOSED = "closed", "The matter was closed"
    JOINED = "joined", "Goes on under another order"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A rule that lists a case by itself, once for each clock it finds overdue.

    ``clocks``: the codes of the clocks it watches, empty for all of them. ``after``: how long
    such a clock may be overdue first.
    """

    cause: Cause
    clocks: frozenset[str]
    after: timedelta
    basis: str  # the law that makes it a matter of supervision
    source: str = ""  # of the number of days; empty: a default without a public source


TRIGGERS: Mapping[Cause, Trigger] = MappingProxyType(
    {
        one.cause: one
        for one in (
            Trigger(
                Cause.LATE_NOTICE,
                frozenset(
                    {"sign", "notice_direct", "notice_forwarded", "local_accept", "simple_accept"}
                ),
                timedelta(0),
                f"{RULES} Arts. 40(1), 44(3)",
                f"{RULES} Art. 44(3)",
            ),
            Trigger(
                Cause.NOT_CARRIED_OUT,
                frozenset({"execute"}),
                timedelta(0),
                f"{RULES} Arts. 40(3), 42(4)",
                f"{RULES} Art. 42(4)",
            ),
            # Last, so that what has a name of its own is called by it.
            Trigger(
                Cause.LATE_CLOSURE,
                frozenset(),
                timedelta(days=3),
                f"{RULES} Arts. 40(2), 45",
            ),
        )
    }
)


def trigger_for(clock: str, due: datetime, now: datetime) -> Cause | None:
    """The rule by which a clock with ``code`` that fell due at ``due`` lists its case now."""
    for trigger in TRIGGERS.values():
        watched = not trigger.clocks or clock in trigger.clocks
        if watched and due + trigger.after <= now:
            return trigger.cause
    return None


def next_nudge(last: datetime | None, now: datetime) -> datetime | None:
    """When the next reminder by the same person is possible; None: now."""
    if last is None or last + NUDGE_EVERY <= now:
        return None
    return last + NUDGE_EVERY


def numbered(year: int, serial: int) -> str:
    """The number of an order as it is printed: gapless for each issuing unit and year."""
    return f"督〔{year}〕{serial}号"
