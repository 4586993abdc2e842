"""Not mine, not yours: after two returns somebody above both decides, and that stands."""

from cases import clocks
from cases.acting import Act
from cases.acts.moving import chosen_unit, held_level, pass_rungs, take_over
from cases.models import Case, CaseEvent
from cases.rules.limits import LimitCode
from cases.rules.workflow import Status, Verb
from cases.superiors import common_superior
from grids.errors import WrongState
from grids.models import Unit
from grids.succession import unit_in_force

RETURNS = 2  # the second return of a case is not sent to and fro any more
DECIDED = "Who is responsible was decided above; that decision cannot be returned or passed on."
SETTLED_BY = (Verb.RULE, Verb.REOPEN)  # after one of these counting begins anew


def returned_before(case: Case) -> bool:
    """Whether the next return of ``case`` is one too many."""
    events = CaseEvent.objects.filter(case=case)
    settled = events.filter(verb__in=SETTLED_BY).order_by("-seq").values_list("seq", flat=True)
    returns = events.filter(verb=Verb.RETURN.value, seq__gt=settled.first() or 0)
    return returns.count() >= RETURNS - 1


def decided(case: Case) -> bool:
    """Whether the present holder was named by a ruling, which it can only carry out."""
    ruling = CaseEvent.objects.filter(case=case, verb__in=SETTLED_BY).order_by("-seq").first()
    return (
        ruling is not None
        and ruling.verb == Verb.RULE
        and ruling.holder_unit_id == case.holder_unit_id
    )


def send_back(act: Act) -> None:
    """Return to who handed it over, with a reason from the list and in words; the second
    return goes up to who decides between the two."""
    case = act.case
    act.need_reason()
    act.need(act.inputs.note, "note", "Please write what is missing or whose duty it is.")
    back = unit_in_force(case.from_unit_id or case.reporting_unit_id)
    if back == case.holder_unit_id:
        raise WrongState("Nobody handed this case over; there is nobody to return it to.")
    unit = Unit.objects.select_related("area").get(pk=back)
    if not returned_before(case) and not below_lifted(case, unit):
        return take_over(act, unit)
    contest(act, unit)


def below_lifted(case: Case, unit: Unit) -> bool:
    """Whether ``unit`` is one of a village whose cadre is a party."""
    return case.lifted and unit.area.level > case.area.level


def contest(act: Act, back: Unit) -> None:
    """Put the case before the unit that decides, with a limit of its own. The other clocks
    stand still meanwhile and gain nothing: their moments stay."""
    case = act.case
    holder = case.holder_unit_id or 0
    take_over(act, common_superior(case, holder, back.pk, act.now))
    clocks.hold(case, act.now)
    clock = clocks.limit_clock(case, LimitCode.RULING, act.now)
    clock.save(force_insert=True)
    clocks.first_step(case, clock).save(force_insert=True)
    act.tell_unit(holder)
    act.tell_unit(back.pk)
    act.target = Status.CONTESTED


def rule(act: Act) -> None:
    """Name the unit responsible, with reasons; both units hear of it."""
    act.need(act.inputs.note, "note", "Please write the reasons of the decision.")
    case = act.case
    heard = {case.from_unit_id, case.reporting_unit_id}
    clocks.stop(case, act.now, [LimitCode.RULING.value])
    clocks.release(case)
    unit = chosen_unit(act, own=True)
    if unit.pk == case.holder_unit_id:
        case.level, act.other_id = held_level(unit).value, unit.pk
        act.tell_user(case.reporter_id)
    else:
        take_over(act, unit)
    pass_rungs(act, unit)
    for other in sorted(pk for pk in heard if pk):
        act.tell_unit(other)
