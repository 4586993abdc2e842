"""The clocks of petition matters: one row each, as the regulation has them. Pure Python.

信访工作条例 has no article on counting; the Civil Code's is taken (Arts. 201, 203). A deadline
of an agency does not move when its last day is a day off, one of a resident does. The
regulation knows no suspension: nothing here stands still but a re-review for its hearing.
"""

from cases.rules.clock import Span, SpanUnit
from cases.rules.limit import NOTHING, Extension, Limit, LimitCode, StartsFrom, Whose
from cases.rules.terms import Stand, Verb

LAW = "信访工作条例（2022）第{}条"
GIVEN = frozenset({Verb.FORWARD, Verb.ENTRUST, Verb.REROUTE})  # to a unit that is to answer
LODGED = frozenset({Verb.REGISTER, Verb.REOPEN})
TAKEN = frozenset({Verb.ACCEPT, Verb.DECLINE, Verb.STOP_ACCEPTING, Verb.ROUTE})
ANSWERED = frozenset({Verb.REPLY, Verb.ROUTE, Verb.SETTLE})
ENDED = frozenset({Verb.SEAL})
WITHDRAWN = frozenset({Verb.WITHDRAW})
DAYS, WORKING = SpanUnit.CALENDAR_DAY, SpanUnit.WORKING_DAY


def row(
    code: LimitCode, amount: int, unit: SpanUnit, starts_from: StartsFrom, source: str | None,
    *, starts: frozenset[Verb], stops: frozenset[Verb], whose: Whose = Whose.AGENCY,
    statutory: bool = False, excludes: frozenset[str] = NOTHING, holds: frozenset[str] = NOTHING,
    extension: Extension | None = None, cap: Span | None = None,
) -> Limit:  # fmt: skip
    """A clock of the procedure. While the resident has withdrawn it is held, not moved."""
    return Limit(
        code, Span(amount, unit), whose, starts_from, statutory, source,
        starts=frozenset(one.value for one in starts),
        stops=frozenset(one.value for one in stops | ENDED), excludes=excludes,
        holds=frozenset(one.value for one in WITHDRAWN) | holds, extension=extension, cap=cap,
    )  # fmt: skip


PETITION_LIMITS = (
    row(LimitCode.TRANSFER, 15, DAYS, StartsFrom.RECEIVED, LAW.format("二十二"),
        starts=LODGED, stops=TAKEN | {Verb.FORWARD, Verb.ENTRUST}, statutory=True),
    row(LimitCode.CHAIN, 4, DAYS, StartsFrom.RECEIVED,
        "信访事项办理群众满意度评价工作办法（2014）第6条：国家5日、省3日、市3日、县4日",
        starts=frozenset({Verb.REGISTER}), stops=TAKEN | {Verb.FORWARD, Verb.ENTRUST}),
    row(LimitCode.NOTICE_DIRECT, 15, DAYS, StartsFrom.RECEIVED, LAW.format("二十三"),
        starts=LODGED, stops=TAKEN | {Verb.FORWARD, Verb.ENTRUST}, statutory=True),
    row(LimitCode.NOTICE_FORWARDED, 15, DAYS, StartsFrom.EVENT, LAW.format("二十三"),
        starts=GIVEN, stops=TAKEN | {Verb.REROUTE}, statutory=True,
        holds=frozenset({Verb.CONTEST.value})),
    row(LimitCode.OBJECTION, 5, WORKING, StartsFrom.EVENT, LAW.format("二十三"),
        starts=GIVEN, stops=TAKEN | {Verb.CONTEST, Verb.LET_LAPSE}, statutory=True),
    row(LimitCode.LOCAL_ACCEPT, 5, WORKING, StartsFrom.EVENT,
        "浙江省信访条例（2016）第20条（地方性法规，由本地选用）",
        starts=LODGED | GIVEN, stops=TAKEN | {Verb.CONTEST}),
    row(LimitCode.SIMPLE_ACCEPT, 3, WORKING, StartsFrom.EVENT, "信访事项简易办理办法（试行）",
        starts=LODGED | GIVEN, stops=TAKEN | {Verb.CONTEST}),
    row(LimitCode.SIMPLE, 10, WORKING, StartsFrom.ACCEPTED, "信访事项简易办理办法（试行）",
        starts=frozenset({Verb.ACCEPT}),
        stops=ANSWERED | {Verb.TO_ORDINARY}),
    row(LimitCode.HANDLE, 60, DAYS, StartsFrom.ACCEPTED, LAW.format("三十四"),
        starts=frozenset({Verb.ACCEPT, Verb.TO_ORDINARY}),
        stops=ANSWERED, statutory=True,
        extension=Extension(Span(30, DAYS), Stand.HEAD.value, times=1), cap=Span(90, DAYS)),
    row(LimitCode.HANDLE_OTHER, 60, DAYS, StartsFrom.ACCEPTED, None,
        starts=frozenset({Verb.ACCEPT, Verb.TO_ORDINARY}),
        stops=ANSWERED),
    row(LimitCode.SERVE, 7, DAYS, StartsFrom.EVENT, None,
        starts=frozenset({Verb.REPLY, Verb.DECIDE_REVIEW}),
        stops=frozenset({Verb.SERVE, Verb.EXECUTE, Verb.RECORD_REVIEW, Verb.APPLY_REVIEW,
                         Verb.RECORD_REREVIEW, Verb.APPLY_REREVIEW})),
    row(LimitCode.EXECUTE, 30, DAYS, StartsFrom.EVENT, None,
        starts=frozenset({Verb.REPLY}),
        stops=frozenset({Verb.EXECUTE, Verb.RECORD_REVIEW, Verb.APPLY_REVIEW})),
    row(LimitCode.REVIEW_APPLY, 30, DAYS, StartsFrom.SERVED, LAW.format("三十五"),
        starts=frozenset({Verb.REPLY, Verb.SERVE}),
        stops=frozenset({Verb.RECORD_REVIEW, Verb.APPLY_REVIEW, Verb.EXECUTE, Verb.LAPSE}),
        whose=Whose.RESIDENT, statutory=True),
    row(LimitCode.REVIEW, 30, DAYS, StartsFrom.EVENT, LAW.format("三十五"),
        starts=frozenset({Verb.RECORD_REVIEW, Verb.APPLY_REVIEW}),
        stops=frozenset({Verb.DECIDE_REVIEW}), statutory=True),
    row(LimitCode.REREVIEW_APPLY, 30, DAYS, StartsFrom.SERVED, LAW.format("三十六"),
        starts=frozenset({Verb.DECIDE_REVIEW, Verb.SERVE}),
        stops=frozenset({Verb.RECORD_REREVIEW, Verb.APPLY_REREVIEW, Verb.EXECUTE,
                         Verb.LAPSE}),
        whose=Whose.RESIDENT, statutory=True),
    row(LimitCode.REREVIEW, 30, DAYS, StartsFrom.EVENT, LAW.format("三十六"),
        starts=frozenset({Verb.RECORD_REREVIEW, Verb.APPLY_REREVIEW}),
        stops=frozenset({Verb.CONCLUDE}), statutory=True,
        excludes=frozenset({Verb.HEAR.value})),
    Limit(LimitCode.WITHDRAWAL, Span(7, DAYS), Whose.RESIDENT, StartsFrom.EVENT,
          starts=frozenset({Verb.WITHDRAW.value}),
          stops=frozenset({Verb.UNDO_WITHDRAW.value, Verb.LAPSE.value})),
)  # fmt: skip
