"""What a time limit is: how long, whose, from what to what. Pure Python; the rows stand in
``limits.py`` and ``petition_limits.py``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from cases.rules.clock import Moment, Pause, Span, moments, resident_deadline
from cases.rules.hours import OFFICE_WINDOWS
from cases.rules.terms import Stand, Verb
from cases.rules.workdays import WorkCalendar
from grids.words import Word


class LimitCode(Word):
    """The limits, each with the name pages show."""

    EVENT_EMERGENCY = "event_emergency", "Emergency: first feedback"
    EVENT_UTILITY = "event_utility", "Water, power, gas, heating: feedback"
    EVENT_GENERAL = "event_general", "General matter"
    EVENT_COMPLEX = "event_complex", "Complex matter"
    HOTLINE = "hotline", "12345 hotline item"
    SIGN = "sign", "Sign for receipt"
    URGENT = "urgent", "Urgent path: taken up"
    MEDIATION_MONTH = "mediation_month", "Mediation concluded within a month"
    VERIFY = "verify", "Verification of a result"
    RULING = "ruling", "Decision on who is responsible"
    RECUSAL = "recusal", "Decision on a recusal"
    SILENCE = "silence", "Objection after notice"
    REVISIT = "revisit", "Revisit after settlement"
    SUSPENSION = "suspension", "Answer on a suspension"
    # of petition matters (domain table in docs/guide-petitions.md)
    TRANSFER = "transfer", "Passing on by the petition office"
    CHAIN = "chain", "This level's share of the fifteen days"
    NOTICE_DIRECT = "notice_direct", "Written notice, lodged directly"
    NOTICE_FORWARDED = "notice_forwarded", "Written notice, passed on"
    OBJECTION = "objection", "Objection to the jurisdiction"
    LOCAL_ACCEPT = "local_accept", "Acceptance by local regulation"
    SIMPLE_ACCEPT = "simple_accept", "Acceptance, simplified procedure"
    SIMPLE = "simple", "Opinion, simplified procedure"
    HANDLE = "handle", "Handling opinion"
    HANDLE_OTHER = "handle_other", "Answer outside the petition procedure"
    SERVE = "serve", "Service of the document"
    EXECUTE = "execute", "Carrying out a supported request"
    REVIEW_APPLY = "review_apply", "Application for review"
    REVIEW = "review", "Review opinion"
    REREVIEW_APPLY = "rereview_apply", "Application for re-review"
    REREVIEW = "rereview", "Re-review opinion"
    WITHDRAWAL = "withdrawal", "Taking a withdrawal back"


class Whose(Word):
    """Whose deadline it is; a resident's rolls on to a working day, an agency's does not."""

    AGENCY = "agency", "Agency"
    RESIDENT = "resident", "Resident"


class StartsFrom(Word):
    """The moment a limit starts from."""

    REGISTERED = "registered", "Registered"
    RECEIVED = "received", "Received"
    # The act the limit belongs to: assignment, feedback, recorded notice, agreement.
    EVENT = "event", "The act itself"
    ACCEPTED = "accepted", "Acceptance"
    SERVED = "served", "Served"


@dataclass(frozen=True, slots=True)
class Extension:
    """How far a clock may be lengthened: ``most`` in total, in at most ``times`` steps, each
    approved by ``approver`` (the value of a ``Stand``)."""

    most: Span
    approver: str
    times: int = 1

    def __post_init__(self) -> None:
        if self.times < 1:
            raise ValueError(f"An extension is granted at least once, not {self.times} times.")
        if self.approver not in Stand.values():
            raise ValueError(f"{self.approver!r} is not how somebody stands to a case.")


NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Limit:
    """One clock.

    ``statutory``: laid down by national law or ministry rule, so that a district may shorten
    but never lengthen it. ``source`` None: a default without a public source; ``version``
    grows when the row changes.

    ``starts``, ``stops``, ``pauses``, ``holds`` and ``excludes`` are values of ``Verb``. While
    paused the coming end moves on; while held it does not (a false "done" gains no time).
    ``excludes``: from this event to its end the law takes the time out, the hearing of a
    re-review for example. ``extension`` None: nobody may lengthen it. ``cap``: the longest it
    may be from its start, extensions included.
    """

    code: LimitCode
    span: Span
    whose: Whose
    starts_from: StartsFrom
    statutory: bool = False
    source: str | None = None
    starts: frozenset[str] = NOTHING
    stops: frozenset[str] = NOTHING
    pauses: frozenset[str] = NOTHING
    excludes: frozenset[str] = NOTHING
    extension: Extension | None = None
    cap: Span | None = None
    holds: frozenset[str] = NOTHING
    version: int = 1

    def __post_init__(self) -> None:
        known = frozenset(Verb.values())
        for events in (self.starts, self.stops, self.pauses, self.excludes, self.holds):
            if unknown := events - known:
                raise ValueError(f"{min(unknown)!r} is not the code of an act.")

    @property
    def name(self) -> str:
        """English msgid."""
        return self.code.label

    def due(
        self,
        start: datetime,
        calendar: WorkCalendar,
        *,
        pauses: Sequence[Pause] = (),
        extended: Sequence[Span] = (),
        zone: tzinfo,
    ) -> Moment:
        """When the limit that started at ``start`` ends; raises as ``clock.moments``.

        ``extended``: the extensions granted so far, each running on from the end before it.
        """
        spans = (self.span, *extended)
        if self.whose is Whose.RESIDENT:
            return resident_deadline(
                start, spans, calendar, pauses=pauses, zone=zone, windows=OFFICE_WINDOWS
            )
        return moments(start, spans, calendar, pauses=pauses, zone=zone, windows=OFFICE_WINDOWS)[-1]
