"""An agreement instead of an opinion: mediation or settlement of a petition matter (Art. 33).

Both parties agree, and what they may agree on lies within the discretion of the unit. No clock
stands still for it: the sixty days run on until there is an agreement or an opinion.
"""

from cases import papers
from cases.acting import Act
from cases.acts import mediating
from cases.models import Petition
from cases.rules.terms import Agreement, Outcome, Paper, Route
from grids.errors import BadInput, WrongState


def conciliate(act: Act) -> None:
    """Both parties agree to seek an agreement; a suggestion has no two sides."""
    if Petition.objects.get(case=act.case).route == Route.SUGGESTION:
        raise WrongState("A suggestion has no two sides; it is answered.")
    act.need(act.inputs.note, "note", "Please write why it lies within your unit's discretion.")
    mediating.begin(act)
    act.tell_user(act.case.reporter_id)


def settle(act: Act) -> None:
    """The agreement in writing, handed to the resident, ends the matter. Who assigned it hears."""
    if act.inputs.conclusion not in Agreement.values():
        raise BadInput("Choose the kind of agreement.", field="conclusion")
    act.need(act.inputs.note, "note", "Please write what was agreed.")
    told = papers.told(act)
    case, until = act.case, act.inputs.perform_by
    mediating.end(
        act, Outcome.SETTLED, agreed_on=papers.today(act.now),
        perform_by=papers.today(until) if until else None,
    )  # fmt: skip
    papers.issue(act, Paper.SETTLEMENT, conclusion=act.inputs.conclusion, **told)
    case.outcome, case.done_by, case.done_at = Outcome.SETTLED.value, act.actor, act.now
    act.tell_user(case.reporter_id)
    waiting = case.units.filter(part="supervisor", until=None)
    for unit_id in waiting.values_list("unit_id", flat=True):
        act.tell_unit(unit_id)


def break_off(act: Act) -> None:
    """No agreement, or one side wants none any more: the matter is handled and answered."""
    act.need(act.inputs.note, "note", "Please write how it ended.")
    mediating.end(act, Outcome.FAILED)
    act.tell_user(act.case.reporter_id)
