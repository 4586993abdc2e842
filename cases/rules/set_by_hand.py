"""Clocks without a span: somebody names the day. One row each, like ``limits.py``. Pure Python."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cases.rules.terms import ClockCode, Verb

NOTHING: frozenset[Verb] = frozenset()
SUSPENDING = frozenset({Verb.SUSPEND})
TO_RESULT = frozenset({Verb.FINISH, Verb.AGREE_WRITTEN, Verb.AGREE_ORAL})


@dataclass(frozen=True, slots=True)
class SetByHand:
    """A deadline that a person sets. Verbs start, stop, pause (moving the day) and hold it
    (leaving the day where it is) as in ``limits.Limit``; closing the case stops it."""

    code: ClockCode
    starts: frozenset[Verb]
    stops: frozenset[Verb]
    pauses: frozenset[Verb] = NOTHING
    holds: frozenset[Verb] = NOTHING
    watched: bool = True  # enters the supervision list when the day has passed
    source: str | None = None


SET_BY_HAND: Mapping[ClockCode, SetByHand] = MappingProxyType(
    {
        row.code: row
        for row in (
            # Our own superior set it, so it moves with a suspension he can see.
            SetByHand(
                ClockCode.HANDED_DOWN, frozenset({Verb.HAND_DOWN}),
                frozenset({Verb.TRANSFER, Verb.RETURN, Verb.ANSWER, Verb.RULE, Verb.RAISE}),
                pauses=SUSPENDING, holds=TO_RESULT, watched=False,
            ),
            # The sender's day is not ours to move: it runs on while we wait for something.
            SetByHand(
                ClockCode.SENDER, frozenset({Verb.REGISTER}),
                frozenset({Verb.REPLY, Verb.SETTLE}),
                holds=TO_RESULT | {Verb.WITHDRAW},
            ),
            SetByHand(
                ClockCode.REPORT, frozenset({Verb.ENTRUST}), frozenset({Verb.REPORT_BACK}),
                holds=frozenset({Verb.WITHDRAW}), source="信访工作条例（2022）第二十二条第三项",
            ),
            SetByHand(
                ClockCode.HEARING, frozenset({Verb.HEAR}),
                frozenset({Verb.END_HEARING, Verb.REPLY, Verb.DECIDE_REVIEW, Verb.CONCLUDE}),
                holds=frozenset({Verb.WITHDRAW}),
            ),
        )
    }
)  # fmt: skip
