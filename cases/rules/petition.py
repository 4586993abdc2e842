"""The procedure for petition matters as a table (信访工作条例, in force since 1 May 2022).

Pure Python. Matters are managed, never people: nothing here counts, marks or ranks who lodges
one, a matter once lodged is never made void, and only the resident withdraws it. What an act
starts and stops stands in ``limits.py``; which of those clocks applies, in ``procedure.py``.
"""

from cases.rules.arrows import PETITIONS, STAFF, N, S, Step, T, V, keeping_away, step, supervising

TO_ACCEPT = frozenset({S.LODGED, S.FORWARDED, S.ENTRUSTED})
PASSED_ON = frozenset({S.FORWARDED, S.ENTRUSTED})
AT_UNIT = frozenset({S.ACCEPTED, S.CONCILIATING})  # accepted, and not answered yet
HANDLED = TO_ACCEPT | AT_UNIT | {S.OBJECTED, S.REPLIED, S.REVIEW, S.REVIEWED, S.REREVIEW}
OPENED = HANDLED | {S.WITHDRAWN}
AT_WORK = TO_ACCEPT | AT_UNIT | {S.REVIEW, S.REREVIEW}
HEARD = frozenset({S.ACCEPTED, S.REVIEW, S.REREVIEW})
ANSWERED = frozenset({S.REPLIED, S.REVIEWED})
ENDS = frozenset({S.COMPLETED, S.CONCLUDED, S.SETTLED, S.ROUTED, S.NOT_ACCEPTED, S.NO_MORE})


def art(*articles: str) -> str:
    return f"{PETITIONS} Art{'s' if len(articles) > 1 else ''}. {', '.join(articles)}"


PASSING_ON = (
    step(S.LODGED, V.FORWARD, S.FORWARDED, T.HOLDER, needs=(N.UNIT, N.OPTIONAL_NOTE), main=True,
         source=art("22(1)", "22(2)")),
    step(S.LODGED, V.ENTRUST, S.ENTRUSTED, T.HOLDER, needs=(N.UNIT, N.DUE, N.NOTE), main=True,
         source=art("22(3)")),
    step(PASSED_ON, V.CONTEST, S.OBJECTED, T.HOLDER, needs=(N.NOTE,), source=art("23")),
    step(S.OBJECTED, V.REROUTE, S.FORWARDED, T.HOLDER, needs=(N.UNIT, N.NOTE), main=True,
         source=art("23", "24"), also=S.ENTRUSTED),
    step(S.OBJECTED, V.INSIST, S.FORWARDED, T.HOLDER, needs=(N.NOTE,), main=True,
         source=art("23", "24"), also=S.ENTRUSTED),
    step(PASSED_ON, V.LET_LAPSE, None, T.SYSTEM, source=art("23")),
    step(PASSED_ON | AT_UNIT | ANSWERED, V.REPORT_BACK, None, T.HOLDER,
         T.CO_HANDLER, needs=(N.NOTE,), source=art("22(3)")),
    step(HANDLED, V.REPORT_GRAVE, None, T.HOLDER, needs=(N.NOTE,), source=art("22(1)", "25")),
)  # fmt: skip
ACCEPTING = (
    step(TO_ACCEPT, V.ACCEPT, S.ACCEPTED, T.HOLDER, needs=(N.ROUTE, N.METHOD, N.OPTIONAL_NOTE),
         main=True, source=art("23", "31")),
    step(TO_ACCEPT, V.DECLINE, S.NOT_ACCEPTED, T.HOLDER, needs=(N.REFERRAL, N.METHOD, N.NOTE),
         source=art("19", "23")),
    step(TO_ACCEPT, V.STOP_ACCEPTING, S.NO_MORE, T.HOLDER,
         needs=(N.CONCLUDED, N.METHOD, N.NOTE), source=art("36")),
    step(TO_ACCEPT | {S.ACCEPTED}, V.ROUTE, S.ROUTED, T.HOLDER,
         needs=(N.LEGAL_ROUTE, N.REFERRAL, N.METHOD, N.OPTIONAL_NOTE), source=art("22", "31")),
)  # fmt: skip
HANDLING = (
    step(S.ACCEPTED, V.TO_ORDINARY, None, T.HOLDER, needs=(N.NOTE,),
         source="信访事项简易办理办法"),
    step(AT_UNIT, V.EXTEND, None, T.HEAD, needs=(N.LONGER, N.METHOD, N.NOTE), source=art("34")),
    step(S.ACCEPTED, V.CONCILIATE, S.CONCILIATING, T.HOLDER, needs=(N.CONSENT, N.NOTE),
         source=art("33")),
    step(S.CONCILIATING, V.SESSION, None, T.HOLDER, needs=(N.SESSION,), source=art("33")),
    step(S.CONCILIATING, V.SETTLE, S.SETTLED, T.HOLDER,
         needs=(N.SETTLEMENT, N.NOTE, N.AGREEMENT, N.METHOD), main=True, source=art("33")),
    step(S.CONCILIATING, V.BREAK_OFF, S.ACCEPTED, T.HOLDER, needs=(N.NOTE,), main=True,
         source=art("33")),
    step(HEARD, V.HEAR, None, T.HOLDER, needs=(N.DUE, N.OPTIONAL_NOTE),
         source=art("31(6)", "36")),
    step(HEARD, V.END_HEARING, None, T.HOLDER, needs=(N.NOTE,), source=art("31(6)", "36")),
    step(S.ACCEPTED, V.REPLY, S.REPLIED, T.HOLDER, needs=(N.OPINION, N.NOTE, N.SERVICE),
         main=True, source=art("29", "31", "32")),
    step(ANSWERED, V.SERVE, None, T.HOLDER, T.CO_HANDLER, needs=(N.SERVED,), main=True,
         source=art("35", "36")),
    step(ANSWERED, V.EXECUTE, S.COMPLETED, T.HOLDER, T.CO_HANDLER, needs=(N.NOTE,),
         source=art("32", "42")),
)  # fmt: skip
REVIEWING = (
    step(S.REPLIED, V.RECORD_REVIEW, S.REVIEW, T.HOLDER, T.WRITER, needs=(N.NOTE,),
         source=art("35")),
    step(frozenset({S.REPLIED, S.COMPLETED}), V.APPLY_REVIEW, S.REVIEW, T.RESIDENT,
         source=art("35")),
    step(S.REVIEW, V.DECIDE_REVIEW, S.REVIEWED, T.HOLDER,
         needs=(N.DECISION, N.NOTE, N.SERVICE), main=True, source=art("35")),
    step(S.REVIEWED, V.RECORD_REREVIEW, S.REREVIEW, T.HOLDER, T.CO_HANDLER, T.WRITER,
         needs=(N.NOTE,), source=art("36")),
    step(frozenset({S.REVIEWED, S.COMPLETED}), V.APPLY_REREVIEW, S.REREVIEW, T.RESIDENT,
         source=art("36")),
    step(S.REREVIEW, V.CONCLUDE, S.CONCLUDED, T.HOLDER, needs=(N.DECISION, N.NOTE, N.SERVICE),
         main=True, source=art("36")),
    step(ANSWERED | {S.WITHDRAWN}, V.LAPSE, S.COMPLETED, T.SYSTEM, source=art("35", "36")),
    step(HANDLED, V.WITHDRAW, S.WITHDRAWN, T.RESIDENT),
    step(S.WITHDRAWN, V.UNDO_WITHDRAW, None, T.RESIDENT),
    step(ENDS, V.REOPEN, S.LODGED, T.COORDINATOR, T.HOLDER, needs=(N.NOTE,), source=art("40")),
)  # fmt: skip
ALONGSIDE = (
    step(S.LODGED, V.CORRECT, None, T.WRITER, needs=(N.TEXT,)),
    step(OPENED, V.SUPPLEMENT, None, T.WRITER, T.CO_HANDLER, T.HOLDER, needs=(N.NOTE,)),
    step(AT_WORK, V.ASSIGN, None, T.HOLDER, needs=(N.USER,)),
    step(AT_WORK, V.CO_HANDLE, None, T.HOLDER, needs=(N.CO_UNIT, N.NOTE)),
    step(HANDLED, V.END_CO_HANDLE, None, T.HOLDER, needs=(N.CO_UNIT,)),
    step(HANDLED, V.NUDGE, None, T.COORDINATOR, T.WRITER, needs=(N.OPTIONAL_NOTE,)),
    step(TO_ACCEPT | AT_UNIT, V.RECLASSIFY, None, T.HOLDER, T.COORDINATOR,
         needs=(N.CATEGORY, N.PLACE, N.NOTE)),
    step(HANDLED, V.LINK, None, T.HOLDER, T.COORDINATOR, needs=(N.CASE,),
         source=art("19", "22")),
    step(OPENED, V.TELL, None, T.WRITER, T.HOLDER, needs=(N.TELLING,)),
    step(HANDLED, V.SEAL, S.SEALED, T.WRITER, T.CO_HANDLER, T.COORDINATOR, T.HOLDER,
         needs=(N.ABOUT,), source=art("22", "30")),
    step(OPENED, V.HAND_OVER, None, T.SYSTEM),
    step(OPENED, V.SUPERVISE, None, T.SYSTEM, source=art("40")),
)  # fmt: skip
PETITION_STEPS: tuple[Step, ...] = (
    *PASSING_ON, *ACCEPTING, *HANDLING, *REVIEWING, *ALONGSIDE,
    *supervising(HANDLED),
    *keeping_away(OPENED, staff=tuple(one for one in STAFF if one is not T.MEDIATOR)),
)  # fmt: skip
