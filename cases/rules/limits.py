"""The rules of every clock that is not a ladder, one row each, with its source. Pure Python.

A row says how long, whose, from what to what, which acts let it stand still, what the law takes
out of it, and how far somebody may lengthen it. No national table of such limits was found, so
most are defaults a district replaces by its own document; pages print where each one comes
from, or that it has no public source.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from cases.rules.clock import Moment, Pause, Span, SpanUnit, moments, resident_deadline
from cases.rules.hours import OFFICE_WINDOWS
from cases.rules.workdays import WorkCalendar
from cases.rules.workflow import CLOSING, Stand, Verb
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


def agency(
    code: LimitCode,
    amount: int,
    unit: SpanUnit,
    starts_from: StartsFrom,
    *,
    starts: Collection[str],
    stops: Collection[str] = (),
    holds: Collection[str] = (Verb.RETURN,),
    statutory: bool = False,
    source: str | None = None,
) -> Limit:
    """A clock of an agency. Closing the case stops it, suspending it lets it stand still, and
    while somebody above decides who is responsible it is held."""
    return Limit(
        code, Span(amount, unit), Whose.AGENCY, starts_from, statutory, source,
        starts=frozenset(starts), stops=CLOSING | frozenset(stops), pauses=SUSPENDING,
        holds=frozenset(holds),
    )  # fmt: skip


def work(code: LimitCode, amount: int, unit: SpanUnit, source: str | None = None) -> Limit:
    """The time for an event or a request, from its receipt; held while a result is verified."""
    return Limit(
        code, Span(amount, unit), Whose.AGENCY, StartsFrom.RECEIVED, source=source,
        starts=frozenset({Verb.REGISTER, Verb.REOPEN}), stops=CLOSING, pauses=SUSPENDING,
        holds=frozenset({Verb.RETURN, Verb.FINISH}),
    )  # fmt: skip


SUSPENDING = frozenset({Verb.SUSPEND.value})
RESULTS = frozenset({Verb.FINISH.value, Verb.AGREE_WRITTEN.value, Verb.AGREE_ORAL.value})


BEIJING_DRAFT = "北京市12345市民服务热线服务规范（征求意见稿，北京日报2021-12-28）"
# A local regulation binds only its own city, hence not statutory for everybody.
WEIFANG_HOTLINE = "潍坊市12345政务服务便民热线条例第20条（地方性法规）"

LIMITS: dict[LimitCode, Limit] = {
    limit.code: limit
    for limit in (
        work(LimitCode.EVENT_EMERGENCY, 2, SpanUnit.HOUR, BEIJING_DRAFT),
        work(LimitCode.EVENT_UTILITY, 24, SpanUnit.HOUR, BEIJING_DRAFT),
        work(LimitCode.EVENT_GENERAL, 7, SpanUnit.CALENDAR_DAY, BEIJING_DRAFT),
        work(LimitCode.EVENT_COMPLEX, 15, SpanUnit.CALENDAR_DAY, BEIJING_DRAFT),
        work(LimitCode.HOTLINE, 5, SpanUnit.WORKING_DAY, WEIFANG_HOTLINE),
        agency(
            LimitCode.SIGN,
            24,
            SpanUnit.HOUR,
            StartsFrom.EVENT,
            starts={Verb.REGISTER},
            stops={Verb.SIGN, Verb.FINISH},
            source="网格“三率”做法报道：一般事项24小时签收（caprane.cn）",
        ),
        # For a minor in danger the law says "at once" (Protection of Minors 2024, Art. 11); the
        # two hours are only when a sign-off that is still missing becomes visible as late.
        agency(
            LimitCode.URGENT,
            2,
            SpanUnit.HOUR,
            StartsFrom.RECEIVED,
            starts={Verb.REGISTER, Verb.RECLASSIFY},
            stops={Verb.SIGN},
        ),
        agency(
            LimitCode.MEDIATION_MONTH,
            1,
            SpanUnit.MONTH,
            StartsFrom.RECEIVED,
            starts={Verb.MEDIATE},
            stops=RESULTS,
            statutory=True,
            source="人民调解委员会工作若干规定（司法部令第75号，2002）第33条",
        ),
        agency(
            LimitCode.VERIFY, 3, SpanUnit.WORKING_DAY, StartsFrom.EVENT,
            starts=RESULTS, stops={Verb.REJECT, Verb.OBJECT},
        ),
        agency(
            LimitCode.RULING, 2, SpanUnit.WORKING_DAY, StartsFrom.EVENT,
            starts={Verb.RETURN}, stops={Verb.RULE}, holds=(),
        ),
        agency(
            LimitCode.RECUSAL, 3, SpanUnit.WORKING_DAY, StartsFrom.EVENT,
            starts={Verb.DECLARE_INTEREST, Verb.ASK_RECUSAL, Verb.APPLY_RECUSAL},
            stops={Verb.RECUSE, Verb.DENY_RECUSAL}, holds=(),
        ),
        Limit(
            LimitCode.SILENCE,
            Span(7, SpanUnit.CALENDAR_DAY),
            Whose.RESIDENT,
            StartsFrom.EVENT,
            starts=frozenset({Verb.TELL}),
            stops=frozenset({Verb.CONFIRM, Verb.OBJECT, Verb.STRIKE_SILENT}),
        ),
        Limit(
            LimitCode.REVISIT,
            Span(30, SpanUnit.CALENDAR_DAY),
            Whose.AGENCY,
            StartsFrom.EVENT,
            starts=frozenset({Verb.STRIKE, Verb.CONFIRM, Verb.STRIKE_SILENT}),
            stops=frozenset({Verb.REVISIT}),
        ),
    )
}  # fmt: skip

# Calendar days a district may choose between for the revisit.
REVISIT_CHOICES = (7, 30, 90)
