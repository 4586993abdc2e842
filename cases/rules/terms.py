"""The words of the workflow: kinds, statuses, verbs, and what an act may ask for. Pure Python.

Codes are kept in rows and never change; labels are the msgids of their translations. The table
that joins them stands in ``workflow.py`` and ``petition.py``.
"""

from cases.rules.followup_words import RevisitResult as RevisitResult
from cases.rules.followup_words import RevisitSort as RevisitSort
from cases.rules.followup_words import TellingChannel as TellingChannel
from grids.words import Word


class Kind(Word):
    """What sort of matter a case is."""

    DISPUTE = "dispute", "Dispute"
    EVENT = "event", "Event"
    REQUEST = "request", "Resident's request"
    PETITION = "petition", "Petition matter"


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
    # a petition matter only
    LODGED = "lodged", "Lodged"
    FORWARDED = "forwarded", "Passed on"
    ENTRUSTED = "entrusted", "Assigned with report-back"
    OBJECTED = "objected", "Objection to the jurisdiction"
    ACCEPTED = "accepted", "Matter accepted"
    CONCILIATING = "conciliating", "Parties seek an agreement"
    REPLIED = "replied", "Handling opinion issued"
    REVIEW = "review", "Under review"
    REVIEWED = "reviewed", "Review opinion issued"
    REREVIEW = "rereview", "Under re-review"
    WITHDRAWN = "withdrawn", "Withdrawn by the resident"
    COMPLETED = "completed", "Completed"
    CONCLUDED = "concluded", "Concluded by re-review"
    SETTLED = "settled", "Settled by agreement"
    ROUTED = "routed", "Directed to its legal route"
    NOT_ACCEPTED = "not_accepted", "Not accepted"
    NO_MORE = "no_more", "Accepted no more"


CLOSED = frozenset({Status.STRUCK, Status.ENDED, Status.VOID, Status.MERGED, Status.SEALED,
                    Status.COMPLETED, Status.CONCLUDED, Status.ROUTED, Status.NOT_ACCEPTED,
                    Status.NO_MORE, Status.SETTLED})  # fmt: skip
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
    # of a petition matter: what the handling opinion says (Arts. 29, 32), or how else it ended
    SUPPORT = "support", "Supported"
    EXPLAIN = "explain", "Reasonable but without a legal basis, explained"
    NOT_SUPPORT = "not_support", "Not supported"
    ADOPTED = "adopted", "Suggestion adopted"
    PARTLY = "partly", "Suggestion adopted in part"
    NOT_ADOPTED = "not_adopted", "Suggestion not adopted"
    WITHDRAWN = "withdrawn", "Withdrawn by the resident"
    SETTLED = "settled", "Settled by agreement"


OPINIONS = frozenset({Outcome.SUPPORT, Outcome.EXPLAIN, Outcome.NOT_SUPPORT})
ON_SUGGESTIONS = frozenset({Outcome.ADOPTED, Outcome.PARTLY, Outcome.NOT_ADOPTED})


class Route(Word):
    """Which way a petition matter takes (信访工作条例 Arts. 29, 31)."""

    JUDICIAL = "judicial", "Courts, prosecution, police, law-related matters"
    ARBITRATION = "arbitration", "Arbitration"
    PARTY = "party", "Appeal within the party"
    ADMINISTRATIVE = "admin", "Reconsideration, ruling, licence, penalty"
    DUTY = "duty", "Request to act against a breach or to protect"
    PETITION = "petition", "Petition procedure"
    SUGGESTION = "suggestion", "Opinion or suggestion"


LEGAL_ROUTES = frozenset({Route.JUDICIAL, Route.ARBITRATION, Route.PARTY, Route.ADMINISTRATIVE})


class Review(Word):
    """What a review or re-review decides."""

    UPHELD = "upheld", "Opinion upheld"
    CHANGED = "changed", "Opinion changed"
    TOO_LATE = "too_late", "Not admitted, out of time"


class Agreement(Word):
    """How the parties of a petition matter came to an agreement (Art. 33)."""

    MEDIATED = "mediated", "Mediation agreement"
    RECONCILED = "reconciled", "Settlement between the parties"


class Paper(Word):
    """The documents of a petition matter."""

    PASSED_ON = "passed_on", "Notice of passing on"
    ENTRUSTED = "entrusted", "Assignment letter"
    OBJECTION = "objection", "Objection to the jurisdiction"
    ACCEPTED = "accepted", "Notice of acceptance"
    NOT_ACCEPTED = "not_accepted", "Notice of non-acceptance"
    NO_MORE = "no_more", "Notice that it is accepted no more"
    ROUTE = "route", "Notice of the legal route"
    EXTENSION = "extension", "Notice of extension"
    OPINION = "opinion", "Handling opinion"
    REVIEW = "review", "Review opinion"
    REREVIEW = "rereview", "Re-review opinion"
    REPORT = "report", "Report on the result"
    SETTLEMENT = "settlement", "Agreement in writing"


class Service(Word):
    """How a document reached the resident."""

    IN_PERSON = "in_person", "Handed over in person"
    POST = "post", "By post"
    ONLINE = "online", "Online"
    SMS = "sms", "Text message and download"
    LEFT = "left", "Left at the address"
    NONE = "none", "Name or address unclear, nobody to tell"


class Sender(Word):
    """Who set a deadline of their own when the matter came in."""

    HOTLINE = "hotline", "12345 hotline"
    ABOVE = "above", "Assigned from above"
    LEADER = "leader", "Leader's instruction"


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
    PROLONG = "prolong", "Stay suspended"
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
    # a petition matter
    FORWARD = "forward", "Pass on to who is responsible"
    ENTRUST = "entrust", "Assign with report-back"
    CONTEST = "contest", "Object to the jurisdiction"
    REROUTE = "reroute", "Objection holds, pass on elsewhere"
    INSIST = "insist", "Objection fails"
    ACCEPT = "accept", "Accept the matter"
    DECLINE = "decline", "Do not accept"
    STOP_ACCEPTING = "stop_accepting", "Accept no more"
    ROUTE = "route", "Direct to its legal route"
    TO_ORDINARY = "to_ordinary", "Change to the ordinary procedure"
    EXTEND = "extend", "Extend the time limit"
    CONCILIATE = "conciliate", "Let the parties seek an agreement"
    SETTLE = "settle", "Record the agreement reached"
    BREAK_OFF = "break_off", "No agreement, handle on"
    REPORT_GRAVE = "report_grave", "Report upward, grave or urgent"
    HEAR = "hear", "Open a hearing"
    END_HEARING = "end_hearing", "End the hearing"
    REPLY = "reply", "Issue the handling opinion"
    SERVE = "serve", "Record the service"
    EXECUTE = "execute", "Opinion carried out"
    REPORT_BACK = "report_back", "Report the result back"
    RECORD_REVIEW = "record_review", "Record a request for review"
    DECIDE_REVIEW = "decide_review", "Issue the review opinion"
    RECORD_REREVIEW = "record_rereview", "Record a request for re-review"
    CONCLUDE = "conclude", "Issue the re-review opinion"
    # the resident, by the progress page
    CONFIRM = "confirm", "Resident confirms"
    OBJECT = "object", "Resident objects"
    APPLY_RECUSAL = "apply_recusal", "A party asks that an official stays away"
    APPLY_REVIEW = "apply_review", "The resident applies for review"
    APPLY_REREVIEW = "apply_rereview", "The resident applies for re-review"
    WITHDRAW = "withdraw", "The resident withdraws the matter"
    UNDO_WITHDRAW = "undo_withdraw", "The resident takes the withdrawal back"
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
    RECOUNT_ORDER = "recount_order", "Answer deadline counted anew"
    RESTART = "restart", "Counted anew by a new version"
    ASK_REVIEW = "ask_review", "Suspension to be reviewed"
    RESUME_UNASKED = "resume_unasked", "Resumed by itself, nobody answered"
    LET_LAPSE = "let_lapse", "The unit raised no objection in time"
    LAPSE = "lapse", "The resident's time has run out"


SYSTEM_VERBS = frozenset({Verb.CLIMB, Verb.REPORT_UP, Verb.SUPERVISE, Verb.STRIKE_SILENT,
                          Verb.ISSUE_LISTED, Verb.ORDER_LATE, Verb.HAND_OVER,
                          Verb.PASS_RECUSAL, Verb.STAND_DOWN, Verb.REORGANISE,
                          Verb.RECOUNT, Verb.RECOUNT_ORDER, Verb.RESTART, Verb.ASK_REVIEW,
                          Verb.RESUME_UNASKED, Verb.LET_LAPSE, Verb.LAPSE})  # fmt: skip
# Acts after which a case is closed; every clock stops with it.
CLOSING = frozenset({Verb.STRIKE.value, Verb.CONFIRM.value, Verb.STRIKE_SILENT.value,
                     Verb.REFUSE.value, Verb.FAIL.value, Verb.VOID.value, Verb.MERGE.value,
                     Verb.SEAL.value})  # fmt: skip
RESIDENT_VERBS = frozenset({Verb.CONFIRM, Verb.OBJECT, Verb.APPLY_RECUSAL, Verb.APPLY_REVIEW,
                            Verb.APPLY_REREVIEW, Verb.WITHDRAW,
                            Verb.UNDO_WITHDRAW})  # fmt: skip


class Stand(Word):
    """How a person stands to a case; the table names stands, never people."""

    WRITER = "writer", "who registered it"
    HOLDER = "holder", "the unit responsible"
    MEDIATOR = "mediator", "the mediator assigned"
    CO_HANDLER = "co_handler", "a unit that helps"
    COORDINATOR = "coordinator", "the coordinating unit of the area"
    VERIFIER = "verifier", "somebody not subordinate to the handler"
    HEAD = "head", "the head of the unit responsible"
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
    LONGER = "longer", "Days longer"
    ROUTE = "route", "Way it takes"
    LEGAL_ROUTE = "legal_route", "Legal route"
    REFERRAL = "referral", "Where to go instead"
    METHOD = "method", "How the resident is told"
    SERVICE = "service", "Service, if it took place"
    SERVED = "served", "Service"
    OPINION = "opinion", "Handling opinion"
    DECISION = "decision", "Decision"
    CONCLUDED = "concluded", "Number of the concluded matter"
    SETTLEMENT = "settlement", "Kind of agreement"


class ClockCode(Word):
    """Clocks that are not plain limits."""

    LADDER = "ladder", "Ladder"
    HANDED_DOWN = "handed_down", "Deadline set when handing down"
    SENDER = "sender", "Deadline set by the sender"
    REPORT = "report", "Report to who assigned it"
    HEARING = "hearing", "End of the hearing"
