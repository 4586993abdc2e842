"""A petition matter in every status, and a person for every stand.

Lodged with the district's petition office, passed on to 青石镇自然资源所, reviewed by the
district's governance centre:

    pan    WRITER; HOLDER while it is lodged or objected to
    han    HOLDER from then on     lin    HEAD of han's unit
    su     COORDINATOR, DECIDER; HOLDER of a review
    ouyang COORDINATOR             jing   CO_HANDLER
    bao    a stranger from the next township
"""

from typing import Any

from cases import clocks, intake
from cases.acting import Act, Inputs
from cases.deciders import waiting
from cases.intake import Draft, PartyDraft
from cases.models import Case, Petition, PetitionPaper
from cases.papers import today
from cases.rules.terms import ClockCode, Kind, Need, Stand, Status, Verb
from cases.rules.workflow import Step, find
from cases.transitions import database_now, lock, perform
from grids.models import User
from grids.roles import Role
from tests.cases import stages
from tests.cases.matters import do, event, in_days
from tests.cases.sealed import liaisons
from tests.cases.stages import by_resident, two_requests
from tests.world import World

PEOPLE = ("pan", "han", "lin", "jing", "ouyang", "su")
STATUSES = (
    Status.LODGED, Status.FORWARDED, Status.ENTRUSTED, Status.OBJECTED, Status.ACCEPTED,
    Status.CONCILIATING, Status.REPLIED, Status.REVIEW, Status.REVIEWED, Status.REREVIEW,
    Status.WITHDRAWN, Status.COMPLETED, Status.CONCLUDED, Status.SETTLED, Status.ROUTED,
    Status.NOT_ACCEPTED, Status.NO_MORE,
)  # fmt: skip
TEXT = "宅基地审批半年没有结果，请求依法办理。"
OPINION = {
    "claim": "请求审批",
    "facts": "经查属实",
    "basis": "土地管理法第六十二条",
    "note": "予以支持",
}

BOTH = {"applicant_agrees": True, "respondent_agrees": True}
AGREED = {"conclusion": "mediated", "note": "赔偿三千元，当场付清", "method": "in_person"}


def extras(world: World) -> None:
    """The people the cast lacks."""
    if "pan" in world.people:
        return
    world.person("pan", Role.PETITION_OFFICE, world.hubin_petition)
    world.person("lin", Role.LEADER, world.land_office)
    world.person("jing", Role.HANDLER, world.qingshi_police)
    world.person("zhen", Role.LEADER, world.hubin_centre)
    liaisons(world)


def lodged(world: World, actor: User | None = None, *, helped: bool = False, **values: Any) -> Case:
    """A petition matter registered now, by the district's petition office unless told;
    ``helped`` by the police station."""
    extras(world)
    told = {
        "kind": Kind.PETITION, "text": TEXT, "category": "P03", "area_id": world.donghe1.pk,
        "source": "window", "parties": (PartyDraft("张三", "13800005678", "2组15号"),),
    } | values  # fmt: skip
    case = intake.register(Draft(**told), actor=actor or world.people["pan"]).case
    if not helped:
        return case
    unit = world.qingshi_police.pk
    return do(case, Verb.CO_HANDLE, world.people["pan"], unit_id=unit, note="请配合")


def forwarded(world: World, **values: Any) -> Case:
    return pass_on(world, lodged(world, **values))


def pass_on(world: World, case: Case) -> Case:
    return do(case, Verb.FORWARD, world.people["pan"], unit_id=world.land_office.pk)


def accepted(world: World, **values: Any) -> Case:
    case = forwarded(world, **values)
    return do(case, Verb.ACCEPT, world.han, route="petition", method="in_person")


def replied(world: World, conclusion: str = "support", **values: Any) -> Case:
    case = accepted(world, **values)
    return do(case, Verb.REPLY, world.han, conclusion=conclusion, **OPINION | served())


def conciliating(world: World, **values: Any) -> Case:
    return do(accepted(world, **values), Verb.CONCILIATE, world.han, **BOTH, note="属裁量范围")


def settled(world: World, **values: Any) -> Case:
    return do(conciliating(world, **values), Verb.SETTLE, world.han, **AGREED)


def served() -> dict[str, Any]:
    return {"served_on": today(database_now()), "method": "in_person"}


def reviewed(world: World, **values: Any) -> Case:
    case = by_resident(replied(world, **values), Verb.APPLY_REVIEW)
    return do(case, Verb.DECIDE_REVIEW, world.su, conclusion="upheld", note="维持", **served())


def concluded(world: World) -> Case:
    case = by_resident(reviewed(world), Verb.APPLY_REREVIEW)
    return do(case, Verb.CONCLUDE, world.su, conclusion="upheld", note="维持", **served())


def at(world: World, status: Status) -> Case:
    """A petition matter that stands in ``status``, brought there by acts."""
    extras(world)
    pan, han, land = world.people["pan"], world.han, world.land_office.pk
    if status is Status.REPLIED:
        return replied(world, helped=True)
    if status is Status.REVIEW:
        return by_resident(replied(world, helped=True), Verb.APPLY_REVIEW)
    if status is Status.REVIEWED:
        return reviewed(world, helped=True)
    if status is Status.REREVIEW:
        return by_resident(reviewed(world, helped=True), Verb.APPLY_REREVIEW)
    if status is Status.CONCLUDED:
        return concluded(world)
    if status is Status.COMPLETED:
        return do(replied(world), Verb.EXECUTE, han, note="已批")
    if status is Status.CONCILIATING:
        return conciliating(world, helped=True)
    if status is Status.SETTLED:
        return settled(world)
    if status is Status.ACCEPTED:
        return accepted(world, helped=True)
    case = lodged(world, helped=True)
    if status is Status.LODGED:
        return case
    if status is Status.ENTRUSTED:
        return do(case, Verb.ENTRUST, pan, unit_id=land, until=in_days(20), note="请查清")
    if status is Status.WITHDRAWN:
        return by_resident(case, Verb.WITHDRAW)
    case = pass_on(world, case)
    if status is Status.OBJECTED:
        return do(case, Verb.CONTEST, han, note="属水利部门职责")
    told = {"referral": "向人民法院起诉", "method": "in_person", "note": "不属受理范围"}
    if status is Status.ROUTED:
        return do(case, Verb.ROUTE, han, route="judicial", **told)
    if status is Status.NOT_ACCEPTED:
        return do(case, Verb.DECLINE, han, **told)
    if status is Status.NO_MORE:
        other = concluded(world)
        return do(case, Verb.STOP_ACCEPTING, han, other=other.number, **told)
    return case


def prepare(world: World, case: Case, verb: Verb) -> None:
    """What must be there before ``verb`` beside the status."""
    if verb is Verb.END_HEARING:
        clocks.start_by_hand(case, ClockCode.HEARING, database_now(), in_days(5), watched=True)
    if verb is Verb.REPORT_BACK and case.status != Status.ENTRUSTED:
        clocks.start_by_hand(case, ClockCode.REPORT, database_now(), in_days(5), watched=True)
    if verb is Verb.TO_ORDINARY:
        Petition.objects.filter(case=case).update(simple=True)
    if verb is Verb.SERVE:
        PetitionPaper.objects.filter(case=case).update(served_on=None, method="")
    if verb in (Verb.RECUSE, Verb.DENY_RECUSAL) and not waiting(case).exists():
        two_requests(world, case)


def filled(world: World, case: Case, verb: Verb) -> dict[str, Any]:
    """Inputs that satisfy every need of ``verb``."""
    unit = world.qingshi_justice if verb is not Verb.REROUTE else world.liulin_centre
    helping = verb is Verb.END_CO_HANDLE
    values: dict[str, Any] = OPINION | served() | BOTH | {
        "text": "另一件事", "until": in_days(3), "days": 10, "channel": "call",
        "unit_id": world.qingshi_police.pk if helping else unit.pk,
        "user_id": world.han.pk if case.holder_unit_id == world.land_office.pk else None,
        "route": "judicial" if verb is Verb.ROUTE else "petition", "referral": "向法院起诉",
        "conclusion": "support" if verb is Verb.REPLY else "upheld", "category": "P03",
    }  # fmt: skip
    if verb is Verb.SETTLE:
        values["conclusion"] = "reconciled"
    if verb is Verb.ASSIGN and values["user_id"] is None:
        mine = {world.hubin_petition.pk: world.people["pan"], world.hubin_centre.pk: world.su}
        values["user_id"] = mine[case.holder_unit_id or 0].pk
    if verb in (Verb.ASK_RECUSAL, Verb.RECUSE):
        values["user_id"] = world.ouyang.pk
    if verb in (Verb.RECUSE, Verb.DENY_RECUSAL):
        values["request_id"] = waiting(case).earliest("pk").pk
    if verb is Verb.LINK:
        mine = case.holder_unit_id == world.hubin_petition.pk
        other = lodged(world) if mine else event(world, world.han, area_id=world.donghe1.pk)
        values["other"] = other.number
    if verb is Verb.STOP_ACCEPTING:
        values["other"] = concluded(world).number
    return values


def person(world: World, case: Case, step: Step, stand: Stand) -> User:
    """Somebody of the people above with ``stand`` to the case."""
    return stages.person(world, case, step, stand, PEOPLE)


def by_system(case: Case, verb: Verb, **when: Any) -> Case:
    """An act of a job, at ``now`` if given."""
    locked = lock(case.pk)
    assert locked is not None
    step = find(Kind.PETITION, Status(locked.status), verb)
    assert step is not None
    perform(Act(locked, step, None, None, Inputs(), when.get("now") or database_now()))
    return locked


# What an act says when the need is not met: the field the answer names, and the missing values.
MISSING: dict[Need, tuple[str, dict[str, Any]]] = {
    Need.LONGER: ("days", {"days": None}),
    Need.ROUTE: ("route", {"route": ""}),
    Need.LEGAL_ROUTE: ("route", {"route": "petition"}),
    Need.REFERRAL: ("referral", {"referral": " "}),
    Need.METHOD: ("method", {"method": ""}),
    Need.SERVED: ("served_on", {"served_on": None}),
    Need.OPINION: ("conclusion", {"conclusion": ""}),
    Need.DECISION: ("conclusion", {"conclusion": "support"}),
    Need.CONCLUDED: ("other", {"other": ""}),
    Need.SETTLEMENT: ("conclusion", {"conclusion": "upheld"}),
}
