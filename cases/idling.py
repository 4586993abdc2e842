"""Acts on a petition matter that the table allows and the act itself would refuse now.

No page and no answer of the API offers them. What is refused for what somebody types is none of
it, only what nobody could fill in right.
"""

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Now

from cases import papers
from cases.acts.replying import FAVOURABLE
from cases.models import Case
from cases.rules.limits import LimitCode
from cases.rules.terms import ClockCode, Kind, Route, Verb

OVER = ExpressionWrapper(Q(due_at__lt=Now()), output_field=BooleanField())


def idle_acts(case: Case) -> frozenset[Verb]:
    """What is served already, what nobody assigned, what the opinion does not support, what has
    no second side or no more time; at most three statements, none for other kinds."""
    if case.kind != Kind.PETITION:
        return frozenset()
    rows = case.clocks.filter(stopped_at=None).annotate(over=OVER)
    columns = rows.values_list("code", "over", "held_at", "extension")
    running: dict[str, tuple[object, ...]] = {row[0]: row[1:] for row in columns}
    paper = papers.last_answer(case)
    hearing = ClockCode.HEARING.value in running
    said = {
        Verb.SERVE: paper is not None and paper.served_on is None,
        Verb.EXECUTE: case.outcome in {one.value for one in FAVOURABLE},
        Verb.REPORT_BACK: ClockCode.REPORT.value in running,
        Verb.CONTEST: LimitCode.OBJECTION.value in running,
        Verb.TO_ORDINARY: case.petition.simple,
        Verb.HEAR: not hearing,
        Verb.END_HEARING: hearing,
        Verb.EXTEND: running.get(LimitCode.HANDLE.value) == (False, None, None),
        Verb.CONCILIATE: case.petition.route != Route.SUGGESTION,
    }
    return frozenset(verb for verb, possible in said.items() if not possible)
