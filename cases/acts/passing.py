"""A petition matter on its way to the unit that answers it: passed on, assigned, objected to."""

from cases import clocks, competence, driving, papers
from cases.acting import Act
from cases.acts.moving import chosen_unit, keep, take_over
from cases.events import Words
from cases.models import Case
from cases.rules.limits import LimitCode
from cases.rules.terms import ClockCode, Paper, Status
from grids.errors import BadInput, WrongState
from grids.models import Unit
from grids.roles import UnitKindCode
from grids.succession import unit_in_force

NO_OBJECTION = "The five working days for an objection are over, or it was raised before."


def forward(act: Act) -> None:
    """Pass the matter on to the unit that is to answer; it may object for five working days."""
    pass_to(act, Paper.PASSED_ON)


def entrust(act: Act) -> None:
    """Assign the matter with a day by which the result is reported back."""
    act.need(act.inputs.note, "note", "Please write what is to be done.")
    until = act.inputs.until
    if until is None or until <= act.now:
        raise BadInput("Choose a deadline in the future.", field="until")
    keep(act.case, act.case.holder_unit_id, "supervisor", act)
    pass_to(act, Paper.ENTRUSTED)
    driving.set_deadline(act, ClockCode.REPORT, until)


def pass_to(act: Act, paper: Paper) -> None:
    unit = chosen_unit(act)
    competence.check(act.case, unit)
    papers.issue(act, paper)
    take_over(act, unit)


def contest(act: Act) -> None:
    """Object to the jurisdiction, with detailed reasons: back to who passed it on."""
    act.need(act.inputs.note, "note", "Please write the reasons in detail.")
    case = act.case
    if not clocks.running(case).filter(code=LimitCode.OBJECTION.value).exists():
        raise WrongState(NO_OBJECTION)
    papers.issue(act, Paper.OBJECTION)
    take_over(act, sender_of(act))


def sender_of(act: Act) -> Unit:
    """Who handed the matter over, or followed that unit."""
    back = unit_in_force(act.case.from_unit_id or act.case.reporting_unit_id)
    return Unit.objects.select_related("area").get(pk=back)


def reroute(act: Act) -> None:
    """The objection holds: the matter goes to another unit, whose times begin anew."""
    act.need(act.inputs.note, "note", "Please write the reasons of the decision.")
    objector = act.case.from_unit_id
    if act.inputs.unit_id and act.inputs.unit_id == objector:
        raise BadInput("This unit objected; choose another, or decide that it fails.",
                       field="unit")  # fmt: skip
    act.tell_unit(objector)
    pass_to(act, Paper.PASSED_ON)
    act.target = status_passed_on(act)


def insist(act: Act) -> None:
    """The objection fails: the matter goes back, and the time for the notice runs on with the
    day it had."""
    act.need(act.inputs.note, "note", "Please write the reasons of the decision.")
    clocks.release(act.case)
    take_over(act, sender_of(act))
    act.target = status_passed_on(act)


def status_passed_on(act: Act) -> Status:
    """Assigned while a report is due, else passed on."""
    due = clocks.running(act.case).filter(code=ClockCode.REPORT.value)
    return Status.ENTRUSTED if due.exists() else Status.FORWARDED


def report_back(act: Act) -> None:
    """Report the result to who assigned the matter."""
    act.need(act.inputs.note, "note", "Please write the result.")
    if not clocks.running(act.case).filter(code=ClockCode.REPORT.value).exists():
        raise WrongState("Nobody waits for a report on this matter.")
    papers.issue(act, Paper.REPORT)
    waiting = act.case.units.filter(part="supervisor", until=None)
    for unit_id in waiting.values_list("unit_id", flat=True):
        act.tell_unit(unit_id)


def report_grave(act: Act) -> None:
    """Tell those above at once of a grave or urgent matter: the government of the own level and
    the next petition office above. They see it from now on; who is responsible stays so."""
    act.need(act.inputs.note, "note", "Please write why it is grave or urgent.")
    case = act.case
    units = reported_to(case)
    if not units:
        raise WrongState("There is no government and no petition office above to report to.")
    for unit in units:
        keep(case, unit.pk, "supervisor", act)
        act.tell_unit(unit.pk, urgent=True)
    act.words.append(Words("reported_to", "、".join(unit.name for unit in units)))


def reported_to(case: Case) -> list[Unit]:
    """The government of the holder's own place and the nearest petition office above it."""
    holder = Unit.objects.select_related("area").get(pk=case.holder_unit_id or 0)
    places = [int(part) for part in holder.area.path.split(".") if part]
    rows = Unit.objects.current().filter(tenant_id=case.tenant_id).exclude(pk=holder.pk)
    own = rows.filter(area=holder.area_id, kind=UnitKindCode.GOVERNMENT.value)
    office = rows.filter(area__in=places, kind=UnitKindCode.PETITION_OFFICE.value)
    office = office.exclude(area=holder.area_id).order_by("-area__level", "pk")
    return [*own.order_by("pk")[:1], *office[:1]]
