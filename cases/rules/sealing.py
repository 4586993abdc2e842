"""Sealed matters as a table: where one stands, what a liaison does, by when. Pure Python.

An accusation against an official or a unit goes to the discipline organ and is never shown or
handed to whom it is about (信访工作条例 Arts. 22, 30, 46).
"""

from dataclasses import dataclass
from types import MappingProxyType

from cases.rules.clock import Span, SpanUnit
from grids.words import Word

HOTLINE = "12388"  # the national number for reports to the discipline organs


class SealedStatus(Word):
    """Where a sealed matter stands."""

    WAITING = "waiting", "To be received"
    RECEIVED = "received", "Received by the organ"
    CONCLUDED = "concluded", "Concluded by the organ"
    REPLIED = "replied", "Replied to the person"


class SealedVerb(Word):
    """What is done to a sealed matter. Only these words stand in its history."""

    SEAL = "seal", "Seal"
    RECEIVE = "receive", "Receive"
    TRANSFER = "transfer", "Pass on"
    NOTE = "note", "Add a note"
    CONCLUDE = "conclude", "Conclude"
    REPLY = "reply", "Reply to the person"


class OpeningReason(Word):
    """Why a liaison opens a sealed matter; a word of this list is kept with every opening."""

    RECEIVE = "receive", "To receive it"
    WORK = "work", "To work on it"
    ANSWER = "answer", "To answer the person"
    CHECK = "check", "To check how it is handled"


@dataclass(frozen=True, slots=True)
class SealedStep:
    """One arrow. ``target`` None keeps the status; ``limit`` is the time given from then on."""

    sources: frozenset[SealedStatus]
    verb: SealedVerb
    target: SealedStatus | None
    note: bool = True  # words are asked for; they are kept encrypted
    unit: bool = False  # another organ is chosen


@dataclass(frozen=True, slots=True)
class SealedLimit:
    """How long a matter may stand so; ``source`` empty: a default without a public source."""

    span: Span
    source: str = ""


S, V = SealedStatus, SealedVerb
OPEN = frozenset({S.WAITING, S.RECEIVED})
STEPS = (
    SealedStep(frozenset({S.WAITING}), V.RECEIVE, S.RECEIVED, note=False),
    SealedStep(OPEN, V.TRANSFER, S.WAITING, unit=True),
    SealedStep(frozenset({S.RECEIVED, S.CONCLUDED}), V.NOTE, None),
    SealedStep(frozenset({S.RECEIVED}), V.CONCLUDE, S.CONCLUDED),
    SealedStep(frozenset({S.CONCLUDED}), V.REPLY, S.REPLIED),
)
LIMITS: MappingProxyType[SealedStatus, SealedLimit] = MappingProxyType(
    {
        S.WAITING: SealedLimit(Span(15, SpanUnit.CALENDAR_DAY), "信访工作条例 Art. 22"),
        S.RECEIVED: SealedLimit(Span(60, SpanUnit.CALENDAR_DAY)),
        S.CONCLUDED: SealedLimit(Span(15, SpanUnit.WORKING_DAY)),
    }
)


def find(status: SealedStatus, verb: SealedVerb) -> SealedStep | None:
    """The arrow for ``verb`` from ``status``; None if there is none."""
    found = (step for step in STEPS if step.verb == verb and status in step.sources)
    return next(found, None)


def open_to(status: SealedStatus) -> list[SealedStep]:
    """What the liaison may do now."""
    return [step for step in STEPS if status in step.sources]
