"""Time limits that are not ladders: one span each, with its source. Pure Python.

No national table of such limits was found, so most are defaults a district replaces by its own
document; pages print where each one comes from, or that it has no public source.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from cases.rules.clock import Moment, Pause, Span, SpanUnit, moments, resident_deadline
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
class Limit:
    """One time limit.

    ``statutory``: laid down by national law or ministry rule, so that a district may shorten
    but never lengthen it. ``source`` None: a default without a public source.
    """

    code: LimitCode
    span: Span
    whose: Whose
    starts_from: StartsFrom
    statutory: bool = False
    source: str | None = None

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
        zone: tzinfo,
    ) -> Moment:
        """When the limit that started at ``start`` ends; raises as ``clock.moments``."""
        if self.whose is Whose.RESIDENT:
            return resident_deadline(start, self.span, calendar, pauses=pauses, zone=zone)
        return moments(start, (self.span,), calendar, pauses=pauses, zone=zone)[0]


def agency(
    code: LimitCode,
    amount: int,
    unit: SpanUnit,
    starts_from: StartsFrom,
    *,
    statutory: bool = False,
    source: str | None = None,
) -> Limit:
    return Limit(code, Span(amount, unit), Whose.AGENCY, starts_from, statutory, source)


BEIJING_DRAFT = "北京市12345市民服务热线服务规范（征求意见稿，北京日报2021-12-28）"
# A local regulation binds only its own city, hence not statutory for everybody.
WEIFANG_HOTLINE = "潍坊市12345政务服务便民热线条例第20条（地方性法规）"

LIMITS: dict[LimitCode, Limit] = {
    limit.code: limit
    for limit in (
        agency(
            LimitCode.EVENT_EMERGENCY,
            2,
            SpanUnit.HOUR,
            StartsFrom.RECEIVED,
            source=BEIJING_DRAFT,
        ),
        agency(
            LimitCode.EVENT_UTILITY, 24, SpanUnit.HOUR, StartsFrom.RECEIVED, source=BEIJING_DRAFT
        ),
        agency(
            LimitCode.EVENT_GENERAL,
            7,
            SpanUnit.CALENDAR_DAY,
            StartsFrom.RECEIVED,
            source=BEIJING_DRAFT,
        ),
        agency(
            LimitCode.EVENT_COMPLEX,
            15,
            SpanUnit.CALENDAR_DAY,
            StartsFrom.RECEIVED,
            source=BEIJING_DRAFT,
        ),
        agency(
            LimitCode.HOTLINE,
            5,
            SpanUnit.WORKING_DAY,
            StartsFrom.RECEIVED,
            source=WEIFANG_HOTLINE,
        ),
        agency(
            LimitCode.SIGN,
            24,
            SpanUnit.HOUR,
            StartsFrom.EVENT,
            source="网格“三率”做法报道：一般事项24小时签收（caprane.cn）",
        ),
        # For a minor in danger the law says "at once" (Protection of Minors 2024, Art. 11); the
        # two hours are only when a sign-off that is still missing becomes visible as late.
        agency(LimitCode.URGENT, 2, SpanUnit.HOUR, StartsFrom.RECEIVED),
        agency(
            LimitCode.MEDIATION_MONTH,
            1,
            SpanUnit.MONTH,
            StartsFrom.RECEIVED,
            statutory=True,
            source="人民调解委员会工作若干规定（司法部令第75号，2002）第33条",
        ),
        agency(LimitCode.VERIFY, 3, SpanUnit.WORKING_DAY, StartsFrom.EVENT),
        agency(LimitCode.RULING, 2, SpanUnit.WORKING_DAY, StartsFrom.EVENT),
        agency(LimitCode.RECUSAL, 3, SpanUnit.WORKING_DAY, StartsFrom.EVENT),
        Limit(
            LimitCode.SILENCE,
            Span(7, SpanUnit.CALENDAR_DAY),
            Whose.RESIDENT,
            StartsFrom.EVENT,
        ),
        agency(LimitCode.REVISIT, 30, SpanUnit.CALENDAR_DAY, StartsFrom.EVENT),
    )
}

# Calendar days a district may choose between for the revisit.
REVISIT_CHOICES = (7, 30, 90)
