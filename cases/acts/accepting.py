"""Whether a petition matter is accepted, and by which way it is handled."""

from dataclasses import replace

from cases import driving, papers
from cases.acting import Act
from cases.acts.joining import other_case
from cases.events import Words
from cases.models import CaseLink, Petition
from cases.rules.terms import LEGAL_ROUTES, Kind, Paper, Route, Status
from grids.errors import BadInput


def accept(act: Act) -> None:
    """Accept: the resident is told the way, the unit, the day, how to ask and what to object
    by; the time for the answer begins."""
    if act.inputs.route not in Route.values():
        raise BadInput("Choose the way it takes.", field="route")
    route = Route(act.inputs.route)
    if route in LEGAL_ROUTES:
        raise BadInput("This goes to its legal route; use that act instead.", field="route")
    told = papers.told(act)
    petition = Petition.objects.get(case=act.case)
    petition.route, petition.accepted_at = route.value, act.now
    petition.handled_by_id = act.case.holder_unit_id
    petition.save(update_fields=["route", "accepted_at", "handled_by"])
    papers.issue(act, Paper.ACCEPTED, conclusion=route.value, **told)
    act.facts = replace(driving.facts_of(act.case, act.now), route=route.value)
    act.tell_user(act.case.reporter_id)


def decline(act: Act) -> None:
    """Do not accept: with the reason, and with where to go instead."""
    act.need(act.inputs.note, "note", "Please write why.")
    refer(act)
    papers.issue(act, Paper.NOT_ACCEPTED, **papers.told(act))
    act.tell_user(act.case.reporter_id)


def refer(act: Act) -> None:
    """Note where the resident is told to go; a refusal without it is a violation (Art. 23)."""
    act.need(act.inputs.referral, "referral", "Please write where the resident can go instead.")
    act.words.append(Words("referral", act.inputs.referral.strip()))


def stop_accepting(act: Act) -> None:
    """Accept no more: only after a re-review has concluded the same matter."""
    act.need(act.inputs.note, "note", "Please write why it is the same matter.")
    other = other_case(act)
    if other.kind != Kind.PETITION or other.status != Status.CONCLUDED:
        raise BadInput("Only a matter that a re-review has concluded ends this one.",
                       field="other")  # fmt: skip
    papers.issue(act, Paper.NO_MORE, **papers.told(act))
    CaseLink.objects.get_or_create(
        case=act.case, other=other, sort="related",
        defaults={"tenant_id": act.case.tenant_id, "since": act.now},
    )  # fmt: skip
    act.other_id = other.pk
    act.tell_user(act.case.reporter_id)


def route(act: Act) -> None:
    """Direct the matter to its legal route: which authority, until when, how to apply."""
    if act.inputs.route not in {one.value for one in LEGAL_ROUTES}:
        raise BadInput("Choose the legal route.", field="route")
    refer(act)
    papers.issue(act, Paper.ROUTE, conclusion=act.inputs.route, **papers.told(act))
    Petition.objects.filter(case=act.case).update(route=act.inputs.route)
    act.tell_user(act.case.reporter_id)
