"""The workflow as a table: which act leads from which status to which, and who may do it.

Pure Python. Pages draw the acts ``open_to`` returns, ``transitions.act`` asks ``find``, the
flow chart in ``docs/rules.md`` is printed from the same lines. Sources: the event loop of the
grid regulations (舟山 Art. 11, 滨州 Art. 11, GB/T 30428.8 for the verbs), the People's Mediation
Law (2010), and the close–verify–consolidate practice (化解一件、销号一件、巩固一件).
"""

from types import MappingProxyType

from cases.rules.arrows import (
    HANDLERS,
    LAW,
    N,
    S,
    Step,
    T,
    V,
    keeping_away,
    returning,
    step,
    supervising,
)
from cases.rules.petition import PETITION_STEPS
from cases.rules.terms import (
    CLIMBING,
    CLOSED,
    CLOSING,
    RESIDENT_VERBS,
    SYSTEM_VERBS,
    WORKING,
    ClockCode,
    Kind,
    Need,
    Outcome,
    Path,
    RevisitResult,
    RevisitSort,
    Stand,
    Status,
    TellingChannel,
    Verb,
)

__all__ = [
    "CLIMBING",
    "CLOSED",
    "CLOSING",
    "RESIDENT_VERBS",
    "STEPS",
    "SYSTEM_VERBS",
    "WORKING",
    "ClockCode",
    "Kind",
    "Need",
    "Outcome",
    "Path",
    "RevisitResult",
    "RevisitSort",
    "Stand",
    "Status",
    "Step",
    "TellingChannel",
    "Verb",
    "find",
    "open_to",
]


def resting(signed: frozenset[Status], back: Status) -> tuple[Step, ...]:
    """Work that waits for something: until a day of review, never for ever."""
    return (
        step(signed, V.SUSPEND, S.SUSPENDED, T.HOLDER, needs=(N.REASON, N.NOTE, N.REVIEW)),
        step(S.SUSPENDED, V.RESUME, back, T.HOLDER, T.COORDINATOR,
             needs=(N.OPTIONAL_NOTE,), main=True),
        step(S.SUSPENDED, V.PROLONG, None, T.HOLDER, needs=(N.NOTE, N.REVIEW)),
        step(S.SUSPENDED, V.ASK_REVIEW, None, T.SYSTEM),
        step(S.SUSPENDED, V.RESUME_UNASKED, back, T.SYSTEM),
    )  # fmt: skip


def common(working: frozenset[Status], back: Status) -> tuple[Step, ...]:
    """The arrows every kind shares; ``back`` is where work goes on after a halt."""
    moving = working | {S.RETURNED}
    signed = working - {S.REGISTERED}
    waiting = moving | {S.CONTESTED}
    return (
        step(S.REGISTERED, V.CORRECT, None, T.WRITER, needs=(N.TEXT,)),
        step(waiting, V.SUPPLEMENT, None, T.WRITER, T.CO_HANDLER, *HANDLERS, needs=(N.NOTE,)),
        step(working, V.ASSIGN, None, T.HOLDER, needs=(N.USER,)),
        *returning(working),
        step(moving, V.TRANSFER, S.REGISTERED, T.HOLDER, needs=(N.UNIT, N.NOTE)),
        step(
            working, V.HAND_DOWN, S.REGISTERED, T.HOLDER, needs=(N.UNIT_BELOW, N.DUE, N.NOTE),
        ),
        step(working, V.CO_HANDLE, None, *HANDLERS, needs=(N.CO_UNIT, N.NOTE),
             source="北京市接诉即办工作条例 Art. 16"),
        step(moving, V.END_CO_HANDLE, None, T.HOLDER, needs=(N.CO_UNIT,)),
        step(waiting, V.NUDGE, None, T.COORDINATOR, T.WRITER, T.ISSUER, needs=(N.OPTIONAL_NOTE,)),
        step(working, V.RAISE, S.REGISTERED, T.HOLDER, needs=(N.REASON, N.NOTE)),
        step(moving, V.RECLASSIFY, None, T.HOLDER, T.COORDINATOR,
             needs=(N.CATEGORY, N.PLACE, N.NOTE)),
        step(moving, V.MERGE, S.MERGED, T.HOLDER, T.COORDINATOR, needs=(N.CASE, N.NOTE)),
        step(working, V.SPLIT, None, T.HOLDER, needs=(N.TEXT,)),
        step(moving, V.LINK, None, T.HOLDER, T.COORDINATOR, needs=(N.CASE,)),
        *resting(signed, back),
        step(waiting | {S.DONE, S.SUSPENDED}, V.TELL, None, T.WRITER, *HANDLERS,
             needs=(N.TELLING,)),
        step(S.DONE, V.VERIFY, S.VERIFIED, T.VERIFIER, needs=(N.NOTE,), main=True,
             source="核查人不得为承办人"),
        step(S.DONE, V.REJECT, back, T.VERIFIER, needs=(N.NOTE,)),
        step(S.DONE, V.CONFIRM, S.STRUCK, T.RESIDENT),
        step(S.DONE, V.OBJECT, back, T.RESIDENT),
        step(S.DONE, V.STRIKE_SILENT, S.STRUCK, T.SYSTEM),
        step(S.VERIFIED, V.STRIKE, S.STRUCK, T.COORDINATOR, T.VERIFIER, main=True),
        step(frozenset({S.STRUCK, S.ENDED}), V.REOPEN, S.REGISTERED,
             T.COORDINATOR, T.HOLDER, needs=(N.NOTE,)),
        step(S.STRUCK, V.REVISIT, None, T.VERIFIER, needs=(N.RESULT, N.NOTE)),
        step(S.REGISTERED, V.VOID, S.VOID, T.WRITER, T.HOLDER, needs=(N.REASON, N.NOTE)),
        step(moving | {S.SUSPENDED, S.DONE, S.VERIFIED}, V.SEAL, S.SEALED, T.WRITER, T.CO_HANDLER,
             T.COORDINATOR, *HANDLERS, needs=(N.ABOUT,), source="信访工作条例 Arts. 22, 30"),
        step(waiting | {S.SUSPENDED, S.DONE, S.VERIFIED}, V.HAND_OVER, None, T.SYSTEM),
        step(moving, V.CLIMB, S.REGISTERED, T.SYSTEM),
        step(moving, V.REPORT_UP, None, T.SYSTEM),
        step(waiting | {S.SUSPENDED}, V.SUPERVISE, None, T.SYSTEM),
        step(moving, V.LIFT, None, T.HOLDER, T.MEDIATOR, T.COORDINATOR, T.WRITER,
             needs=(N.NOTE,), also=S.REGISTERED),
        *keeping_away(waiting | {S.SUSPENDED, S.DONE, S.VERIFIED}, S.REGISTERED),
        *supervising(waiting | {S.SUSPENDED, S.DONE, S.VERIFIED}),
    )  # fmt: skip


DISPUTE_WORKING = frozenset({S.REGISTERED, S.SIGNED, S.MEDIATING})
BEFORE_MEDIATION = frozenset({S.REGISTERED, S.SIGNED})
MATTER_WORKING = frozenset({S.REGISTERED, S.HANDLING})
MATTER_STEPS = (
    step(S.REGISTERED, V.SIGN, S.HANDLING, T.HOLDER, main=True),
    step(S.HANDLING, V.FINISH, S.DONE, T.HOLDER, needs=(N.NOTE,), main=True),
    *common(MATTER_WORKING, S.HANDLING),
)
STEPS: MappingProxyType[Kind, tuple[Step, ...]] = MappingProxyType(
    {
        Kind.DISPUTE: (
            step(S.REGISTERED, V.SIGN, S.SIGNED, T.HOLDER, main=True),
            step(S.SIGNED, V.MEDIATE, S.MEDIATING, *HANDLERS, needs=(N.CONSENT, N.SESSION),
                 main=True, source=f"{LAW} Arts. 17, 19"),
            step(S.MEDIATING, V.SESSION, None, *HANDLERS, needs=(N.SESSION,)),
            step(S.MEDIATING, V.AGREE_WRITTEN, S.DONE, *HANDLERS, needs=(N.AGREEMENT, N.NOTE),
                 main=True, source=f"{LAW} Arts. 28–29"),
            step(S.MEDIATING, V.AGREE_ORAL, S.DONE, *HANDLERS, needs=(N.AGREEMENT, N.NOTE),
                 main=True, source=f"{LAW} Arts. 28, 30"),
            step(DISPUTE_WORKING, V.REFUSE, S.ENDED, *HANDLERS, needs=(N.NOTE,),
                 source=f"{LAW} Arts. 17, 23, 26"),
            step(S.MEDIATING, V.FAIL, S.ENDED, *HANDLERS, needs=(N.NOTE,),
                 source=f"{LAW} Art. 26"),
            step(S.SIGNED, V.FINISH, S.DONE, T.HOLDER, needs=(N.NOTE,), main=True),
            *common(DISPUTE_WORKING, S.SIGNED),
        ),
        Kind.EVENT: MATTER_STEPS,
        Kind.REQUEST: MATTER_STEPS,
        Kind.PETITION: PETITION_STEPS,
    }
)  # fmt: skip


def find(kind: Kind, status: Status, verb: Verb) -> Step | None:
    """The arrow for ``verb`` from ``status``; None if the table has none."""
    for candidate in STEPS[kind]:
        if candidate.verb == verb and status in candidate.sources:
            return candidate
    return None


def open_to(kind: Kind, status: Status, stands: frozenset[Stand]) -> list[Step]:
    """The arrows somebody with ``stands`` may take now; the page draws one button each."""
    return [s for s in STEPS[kind] if status in s.sources and s.stands & stands]
