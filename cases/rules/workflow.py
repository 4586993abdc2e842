"""The workflow as a table: which act leads from which status to which, and who may do it.

Pure Python. Pages draw the acts ``open_to`` returns, ``transitions.act`` asks ``find``, the
flow chart in ``docs/rules.md`` is printed from the same lines. Sources: the event loop of the
grid regulations (舟山 Art. 11, 滨州 Art. 11, GB/T 30428.8 for the verbs), the People's Mediation
Law (2010), and the close–verify–consolidate practice (化解一件、销号一件、巩固一件).
"""

from dataclasses import dataclass
from types import MappingProxyType

from cases.rules.followup_words import RevisitResult as RevisitResult
from cases.rules.followup_words import RevisitSort as RevisitSort
from cases.rules.followup_words import TellingChannel as TellingChannel
from grids.words import Word


class Kind(Word):
    """What sort of matter a case is."""

    DISPUTE = "dispute", "Dispute"
    EVENT = "event", "Event"
    REQUEST = "request", "Resident's request"


class Path(Word):
    """How time drives a case."""

    LADDER = "ladder", "Escalation ladder"
    LIMIT = "limit", "Time limit"
    URGENT = "urgent", "Urgent path"


class Status(Word):
    """Where a case stands."""

    REGISTERED = "registered", "Waiting for sign-for"
    SIGNED = "signed", "Signed for"
    HANDLING = "handling", "In hand"
    MEDIATING = "mediating", "In mediation"
    RETURNED = "returned", "Returned"
    CONTESTED = "contested", "Responsibility to be decided"
    SUSPENDED = "suspended", "Suspended"
    DONE = "done", "Done, to be verified"
    VERIFIED = "verified", "Verified"
    STRUCK = "struck", "Struck off"
    ENDED = "ended", "Mediation ended"
    VOID = "void", "Void"
    MERGED = "merged", "Merged"
    SEALED = "sealed", "Sealed"


CLOSED = frozenset({Status.STRUCK, Status.ENDED, Status.VOID, Status.MERGED, Status.SEALED})
WORKING = frozenset({Status.REGISTERED, Status.SIGNED, Status.HANDLING, Status.MEDIATING})
CLIMBING = WORKING | {Status.RETURNED}  # a running ladder may lift a case out of these


class Outcome(Word):
    """How a case ended; silence is a figure of its own."""

    WRITTEN = "written", "Written agreement"
    ORAL = "oral", "Oral agreement"
    FAILED = "failed", "Mediation failed"
    REFUSED = "refused", "A party declines mediation, told of other ways"
    HANDLED = "handled", "Handled"
    SPOT = "spot", "Settled on the spot"
    SILENCE = "silence", "Settled on the spot, no objection in seven days"


class Verb(Word):
    """What can be done to a case. The first group is done by people of a unit."""

    REGISTER = "register", "Register"
    CORRECT = "correct", "Correct the text"
    SUPPLEMENT = "supplement", "Supplement"
    SIGN = "sign", "Sign for"
    ASSIGN = "assign", "Assign"
    MEDIATE = "mediate", "Start mediation"
    SESSION = "session", "Plan a session"
    AGREE_WRITTEN = "agree_written", "Written agreement"
    AGREE_ORAL = "agree_oral", "Oral agreement"
    REFUSE = "refuse", "A party declines"
    FAIL = "fail", "Mediation failed"
    FINISH = "finish", "Finish"
    RETURN = "return", "Return"
    ANSWER = "answer", "Answer the return"
    RULE = "rule", "Decide who is responsible"
    TRANSFER = "transfer", "Transfer"
    HAND_DOWN = "hand_down", "Hand down"
    CO_HANDLE = "co_handle", "Call in to co-handle"
    END_CO_HANDLE = "end_co_handle", "End co-handling"
    NUDGE = "nudge", "Nudge"
    RAISE = "raise", "Raise a level"
    RECLASSIFY = "reclassify", "Correct category or place"
    MERGE = "merge", "Merge"
    SPLIT = "split", "Split off"
    LINK = "link", "Link"
    SUSPEND = "suspend", "Suspend"
    RESUME = "resume", "Resume"
    TELL = "tell", "Record a telling"
    VERIFY = "verify", "Verify"
    REJECT = "reject", "Not solved"
    STRIKE = "strike", "Strike off"
    REOPEN = "reopen", "Reopen"
    VOID = "void", "Void"
    REVISIT = "revisit", "Record a revisit"
    SEAL = "seal", "Seal"
    DECLARE_INTEREST = "declare_interest", "Declare an interest of my own"
    ASK_RECUSAL = "ask_recusal", "Ask that somebody stays away"
    RECUSE = "recuse", "Grant the recusal"
    DENY_RECUSAL = "deny_recusal", "Refuse the recusal"
    LIFT = "lift", "A party is a village cadre"
    ORDER = "order", "Issue a supervision order"
    REPLY_ORDER = "reply_order", "Answer the supervision order"
    ACCEPT_REPLY = "accept_reply", "Accept the answer"
    REJECT_REPLY = "reject_reply", "Send the answer back"
    DELIST = "delist", "Take off the supervision list"
    # the resident, by the progress page
    CONFIRM = "confirm", "Resident confirms"
    OBJECT = "object", "Resident objects"
    APPLY_RECUSAL = "apply_recusal", "A party asks that an official stays away"
    # the system
    CLIMB = "climb", "Raised by itself, overdue"
    REPORT_UP = "report_up", "Reported upward"
    SUPERVISE = "supervise", "Entered on the supervision list"
    ISSUE_LISTED = "issue_listed", "Supervision order issued by itself"
    ORDER_LATE = "order_late", "Answer to a supervision order overdue"
    STRIKE_SILENT = "strike_silent", "Struck off, no objection"
    HAND_OVER = "hand_over", "Handed over, a post ended"
    PASS_RECUSAL = "pass_recusal", "Decision on a recusal overdue, passed on"
    STAND_DOWN = "stand_down", "On-duty substitute relieved"
    REORGANISE = "reorganise", "Places reorganised"
    RECOUNT = "recount", "Deadline counted anew"
    RESTART = "restart", "Counted anew by a new version"


SYSTEM_VERBS = frozenset({Verb.CLIMB, Verb.REPORT_UP, Verb.SUPERVISE, Verb.ISSUE_LISTED,
                          Verb.ORDER_LATE, Verb.STRIKE_SILENT, Verb.HAND_OVER,
                          Verb.PASS_RECUSAL, Verb.STAND_DOWN, Verb.REORGANISE,
                          Verb.RECOUNT, Verb.RESTART})  # fmt: skip
# Acts after which a case is closed; every clock stops with it.
CLOSING = frozenset({Verb.STRIKE.value, Verb.CONFIRM.value, Verb.STRIKE_SILENT.value,
                     Verb.REFUSE.value, Verb.FAIL.value, Verb.VOID.value, Verb.MERGE.value,
                     Verb.SEAL.value})  # fmt: skip
RESIDENT_VERBS = frozenset({Verb.CONFIRM, Verb.OBJECT, Verb.APPLY_RECUSAL})


class Stand(Word):
    """How a person stands to a case; the table names stands, never people."""

    WRITER = "writer", "who registered it"
    HOLDER = "holder", "the unit responsible"
    MEDIATOR = "mediator", "the mediator assigned"
    CO_HANDLER = "co_handler", "a unit that helps"
    COORDINATOR = "coordinator", "the coordinating unit of the area"
    VERIFIER = "verifier", "somebody not subordinate to the handler"
    DECIDER = "decider", "who decides on a recusal: the head, or the unit above"
    SUPERVISOR = "supervisor", "a unit above, or at the same level, that coordinates or leads"
    ISSUER = "issuer", "the unit that issued a supervision order"
    ADDRESSEE = "addressee", "the unit that must answer a supervision order"
    RESIDENT = "resident", "the resident"
    SYSTEM = "system", "the system"


class Need(Word):
    """What an act asks for beside the press of a button."""

    NOTE = "note", "Note"
    OPTIONAL_NOTE = "optional_note", "Note, if any"
    TEXT = "text", "Text"
    REASON = "reason", "Reason"
    UNIT = "unit", "Unit"
    UNIT_BELOW = "unit_below", "Unit below"
    CO_UNIT = "co_unit", "Co-handling unit"
    USER = "user", "Person"
    ANY_UNIT = "any_unit", "Unit responsible"
    OFFICIAL = "official", "Who is to stay away"
    RECUSAL = "recusal", "Which request"
    SUCCESSOR = "successor", "Who takes it on, if anybody is named"
    DUE = "due", "Until"
    REVIEW = "review", "Review on"
    SESSION = "session", "Next session"
    CONSENT = "consent", "Both parties agree"
    AGREEMENT = "agreement", "Agreement"
    CASE = "case", "Other case"
    CATEGORY = "category", "Category"
    PLACE = "place", "Place"
    TELLING = "telling", "Telling"
    RESULT = "result", "Result"
    ABOUT = "about", "Unit complained about"
    ADDRESSEE = "addressee", "Unit that must answer"
    DAYS = "days", "Working days for the answer"
    INSTRUCTION = "instruction", "Leader's office, for an instruction"
    ORDER = "order", "Which order"
    EVIDENCE = "evidence", "Photos, if any"


class ClockCode(Word):
    """Clocks that are not plain limits."""

    LADDER = "ladder", "Ladder"
    HANDED_DOWN = "handed_down", "Deadline set by the sender"


@dataclass(frozen=True, slots=True)
class Step:
    """One arrow: from these statuses, by this verb, to that status.

    ``target`` None keeps the status; ``also`` is where the act may lead instead, by a rule
    of its own. ``main`` marks what the page offers first.
    """

    sources: frozenset[Status]
    verb: Verb
    target: Status | None
    stands: frozenset[Stand]
    needs: tuple[Need, ...] = ()
    main: bool = False
    source: str = ""  # where the rule is written
    also: Status | None = None


S, V, T, N = Status, Verb, Stand, Need
HANDLERS = (T.HOLDER, T.MEDIATOR)
STAFF = (T.HOLDER, T.MEDIATOR, T.CO_HANDLER, T.COORDINATOR, T.WRITER)
LAW = "People's Mediation Law"
PETITIONS = "信访工作条例"


def step(
    sources: Status | frozenset[Status],
    verb: Verb,
    target: Status | None,
    *stands: Stand,
    needs: tuple[Need, ...] = (),
    main: bool = False,
    source: str = "",
    also: Status | None = None,
) -> Step:
    found = frozenset({sources}) if isinstance(sources, Status) else sources
    return Step(found, verb, target, frozenset(stands), needs, main, source, also)


def keeping_away(opened: frozenset[Status], moving: frozenset[Status]) -> tuple[Step, ...]:
    """The arrows that keep people away from a matter of their own."""
    return (
        step(opened, V.DECLARE_INTEREST, None, *STAFF, needs=(N.NOTE,),
             source=f"{PETITIONS} Art. 28"),
        step(opened, V.ASK_RECUSAL, None, *STAFF, needs=(N.OFFICIAL, N.NOTE),
             source=f"{PETITIONS} Art. 28"),
        step(opened, V.APPLY_RECUSAL, None, T.RESIDENT, source="上海市信访条例 Arts. 14(3), 24"),
        step(opened, V.RECUSE, None, T.DECIDER, needs=(N.RECUSAL, N.OFFICIAL, N.SUCCESSOR, N.NOTE),
             source="上海市信访条例 Art. 24", also=S.REGISTERED),
        step(opened, V.DENY_RECUSAL, None, T.DECIDER, needs=(N.RECUSAL, N.NOTE),
             source="上海市信访条例 Art. 24"),
        step(opened, V.PASS_RECUSAL, None, T.SYSTEM),
        step(opened, V.STAND_DOWN, None, T.SYSTEM),
        step(opened, V.REORGANISE, None, T.SYSTEM),
        step(opened, V.RECOUNT, None, T.SYSTEM, source="国务院办公厅关于节假日安排的通知（每年）"),
        step(moving, V.LIFT, None, T.HOLDER, T.MEDIATOR, T.COORDINATOR, T.WRITER,
             needs=(N.NOTE,), also=S.REGISTERED),
    )  # fmt: skip


def supervising(opened: frozenset[Status]) -> tuple[Step, ...]:
    """The arrows of a supervision order; none of them moves the case."""
    return (
        step(opened - {S.CONTESTED}, V.ORDER, None, T.SUPERVISOR, source=f"{PETITIONS} Arts. 39–40",
             needs=(N.REASON, N.INSTRUCTION, N.ADDRESSEE, N.DAYS, N.NOTE)),
        step(opened, V.REPLY_ORDER, None, T.ADDRESSEE, needs=(N.ORDER, N.NOTE, N.EVIDENCE)),
        step(opened, V.ACCEPT_REPLY, None, T.ISSUER, needs=(N.ORDER, N.OPTIONAL_NOTE)),
        step(opened, V.REJECT_REPLY, None, T.ISSUER, needs=(N.ORDER, N.DAYS, N.NOTE)),
        step(opened, V.DELIST, None, T.ISSUER, needs=(N.ORDER, N.REASON, N.NOTE)),
        *(step(opened, verb, None, T.SYSTEM) for verb in (V.ISSUE_LISTED, V.ORDER_LATE)),
    )  # fmt: skip


def returning(working: frozenset[Status]) -> tuple[Step, ...]:
    """Not mine, not yours: the arrows to and fro, and the one that ends it."""
    return (
        step(
            working, V.RETURN, S.RETURNED, T.HOLDER, needs=(N.REASON, N.NOTE),
            source="滨州网格条例 Art. 11: not mine → say so", also=S.CONTESTED,
        ),
        step(S.CONTESTED, V.RULE, S.REGISTERED, T.HOLDER, needs=(N.ANY_UNIT, N.NOTE), main=True,
             source=f"{PETITIONS} Art. 24: the common superior decides"),
        step(S.RETURNED, V.ANSWER, S.REGISTERED, T.HOLDER, T.WRITER, needs=(N.NOTE,), main=True),
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
        step(signed, V.SUSPEND, S.SUSPENDED, T.HOLDER, needs=(N.REASON, N.NOTE, N.REVIEW)),
        step(S.SUSPENDED, V.RESUME, back, T.HOLDER, T.COORDINATOR,
             needs=(N.OPTIONAL_NOTE,), main=True),
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
        step(waiting, V.SUPERVISE, None, T.SYSTEM),
        *keeping_away(waiting | {S.SUSPENDED, S.DONE, S.VERIFIED}, moving),
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
