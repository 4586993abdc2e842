"""Cases that belong together: merged, split off, linked."""

from cases import intake
from cases.acting import Act
from cases.models import Case, CaseLink
from cases.rules.workflow import Kind
from grids.errors import BadInput, WrongState


def other_case(act: Act) -> Case:
    """The case named by number, within what the actor may see, and not this one."""
    number = act.inputs.other.strip().upper()
    other = Case.objects.visible_to(act.actor).filter(number=number).first() if act.actor else None
    if other is None or other.tenant_id != act.case.tenant_id:
        raise BadInput("There is no such case in your area.", field="other")
    if other.pk == act.case.pk:
        raise BadInput("Choose another case.", field="other")
    return other


def lock_other(other: Case) -> Case:
    """The other case, locked without waiting: two that are merged into each other at the same
    moment must not wait for one another, and not both disappear."""
    locked = Case.objects.select_for_update(skip_locked=True, of=["self"]).filter(pk=other.pk)
    found = locked.first()
    if found is None:
        raise WrongState("Somebody else has changed this case. Please look again.")
    return found


def merge(act: Act) -> None:
    """This case goes on in the other one; its reporter and parties still hear of it."""
    act.need(act.inputs.note, "note", "Please write why.")
    other = lock_other(other_case(act))
    if other.closed_at is not None:
        raise WrongState("The other case is closed.")
    if other.restricted != act.case.restricted:
        raise WrongState("These two cases cannot be merged.")
    act.case.merged_into = other
    act.other_id = other.pk
    act.tell_user(act.case.reporter_id)
    act.tell_unit(other.holder_unit_id)


def split(act: Act) -> None:
    """Register a second matter of the same place and category, linked to this one."""
    act.need(act.inputs.text, "text", "Please write a sentence about what happened.")
    if act.actor is None:
        raise WrongState("Only staff split a case.")
    case = act.case
    draft = intake.Draft(
        kind=Kind(case.kind), text=act.inputs.text, category=case.category.code,
        source=case.source.code, area_id=case.area_id, received_at=case.received_at,
    )  # fmt: skip
    receipt = intake.register(draft, actor=act.actor)
    CaseLink.objects.create(
        case=case, tenant_id=case.tenant_id, other=receipt.case, sort="split", since=act.now
    )
    act.other_id = receipt.case.pk


def link(act: Act) -> None:
    """Note that two cases belong together."""
    other = other_case(act)
    if act.case.links.filter(other=other).exists() or other.links.filter(other=act.case).exists():
        raise BadInput("These two are already linked.", field="other")
    CaseLink.objects.create(
        case=act.case, tenant_id=act.case.tenant_id, other=other, sort="related", since=act.now
    )
    act.other_id = other.pk
