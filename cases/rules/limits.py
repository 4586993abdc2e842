"""The rules of every clock that is not a ladder, one row each, with its source. Pure Python.

A row says how long, whose, from what to what, which acts let it stand still, what the law takes
out of it, and how far somebody may lengthen it. No national table of such limits was found, so
most are defaults a district replaces by its own document; pages print where each one comes
from, or that it has no public source.
"""

from collections.abc import Collection

from cases.rules.clock import Span, SpanUnit
from cases.rules.limit import NOTHING, Extension, Limit, LimitCode, StartsFrom, Whose
from cases.rules.petition_limits import PETITION_LIMITS
from cases.rules.workflow import CLOSING, Verb

__all__ = [
    "LIMITS",
    "NOTHING",
    "Extension",
    "Limit",
    "LimitCode",
    "StartsFrom",
    "Whose",
]


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
            starts={Verb.RETURN, Verb.CONTEST},
            stops={Verb.RULE, Verb.REROUTE, Verb.INSIST}, holds=(),
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
        agency(
            LimitCode.SUSPENSION, 1, SpanUnit.WORKING_DAY, StartsFrom.EVENT,
            starts={Verb.ASK_REVIEW}, stops={Verb.RESUME, Verb.RESUME_UNASKED, Verb.PROLONG},
        ),
        *PETITION_LIMITS,
    )
}  # fmt: skip
