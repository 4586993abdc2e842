"""A case in every status, and a person for every stand: what the workflow table is proved on.

The case is registered by a handler of 青石镇自然资源所 and held by the township's governance
centre, so that each stand has somebody who has (next to) no other:

    han  WRITER                     mo   HOLDER once the case was returned to the office
    kai  HOLDER                     mei  MEDIATOR
    cun  COORDINATOR                jing CO_HANDLER
    su   COORDINATOR, VERIFIER,     bao  a stranger from the next township
         DECIDER of what a party asked
         HOLDER of what is contested

ouyang is the colleague whom others ask to stay away; zhen heads su's unit, so that somebody
decides about su as well.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from django.db import transaction

from cases.acting import Act, Inputs
from cases.deciders import waiting
from cases.models import Case, RecusalRequest, SupervisionOrder
from cases.rules.workflow import STEPS, Kind, Need, Stand, Status, Step, Verb, find
from cases.standing import standing
from cases.transitions import database_now, lock, perform
from grids.models import User
from grids.roles import Role
from tests.cases.matters import NEIGHBOURS, dispute, do, event, in_days
from tests.cases.sealed import liaisons
from tests.world import World

SERIALS = count(1000)  # of orders written without their door
PEOPLE = ("han", "mo", "kai", "cun", "mei", "jing", "su")
EVERYBODY = (*PEOPLE, "ouyang", "gao")
CATEGORY = {Kind.DISPUTE: "D02", Kind.EVENT: "E03", Kind.REQUEST: "E02"}


def extras(world: World) -> None:
    """The people the cast lacks."""
    if "kai" in world.people:
        return
    world.person("kai", Role.HANDLER, world.qingshi_centre)
    world.person("mo", Role.HANDLER, world.land_office)
    world.person("jing", Role.HANDLER, world.qingshi_police)
    world.person("zhen", Role.LEADER, world.hubin_centre)
    liaisons(world)


def registered(world: World, kind: Kind) -> Case:
    """A case at the township's centre, with a mediator and a helping unit."""
    extras(world)
    make = dispute if kind is Kind.DISPUTE else event
    case = make(world, world.han, kind=kind, category=CATEGORY[kind], area_id=world.donghe1.pk,
                parties=NEIGHBOURS)  # fmt: skip
    kai = world.people["kai"]
    do(case, Verb.ASSIGN, kai, user_id=world.mei.pk)
    return do(case, Verb.CO_HANDLE, kai, unit_id=world.qingshi_police.pk, note="请配合")


def at(world: World, kind: Kind, status: Status) -> Case:
    """A case of ``kind`` that stands in ``status``, brought there by acts."""
    case = registered(world, kind)
    kai = world.people["kai"]
    if status is Status.REGISTERED:
        return case
    if status is Status.VOID:
        return do(case, Verb.VOID, kai, reason="wrong_entry", note="录错了")
    if status is Status.RETURNED:
        return do(case, Verb.RETURN, kai, reason="incomplete", note="缺地址")
    if status is Status.MERGED:
        other = event(world, world.ouyang, area_id=world.donghe1.pk)
        return do(case, Verb.MERGE, kai, other=other.number, note="同一件事")
    if status is Status.CONTESTED:
        case = do(case, Verb.RETURN, kai, reason="not_ours", note="不属本单位职责")
        case = do(case, Verb.ANSWER, world.people["mo"], note="请按三定方案办理")
        return do(case, Verb.RETURN, kai, reason="not_ours", note="不属本单位职责")
    case = do(case, Verb.SIGN, kai)
    if status in (Status.SIGNED, Status.HANDLING):
        return case
    if status is Status.SUSPENDED:
        return do(case, Verb.SUSPEND, kai, reason="party_absent", note="外出", until=in_days(5))
    if status is Status.ENDED:
        return do(case, Verb.REFUSE, kai, note="已告知可以起诉")
    if status is Status.MEDIATING:
        return do(case, Verb.MEDIATE, kai, applicant_agrees=True, respondent_agrees=True)
    case = do(case, Verb.FINISH, kai, note="已修好")
    if status is Status.DONE:
        return case
    case = do(case, Verb.VERIFY, world.su, note="现场看过")
    return case if status is Status.VERIFIED else do(case, Verb.STRIKE, world.su)


def reachable(kind: Kind) -> list[Status]:
    """Every status a case of ``kind`` can stand in and still be seen by anybody; sealed ones have
    tests of their own (test_sealing_later)."""
    only = {
        Status.SIGNED: Kind.DISPUTE, Status.MEDIATING: Kind.DISPUTE, Status.ENDED: Kind.DISPUTE,
    }  # fmt: skip
    found = [status for status in Status if only.get(status, kind) is kind]
    found.remove(Status.SEALED)
    petition = {status for step in STEPS[Kind.PETITION] for status in step.sources}
    found = [status for status in found if status not in petition]
    if kind is Kind.DISPUTE:
        found.remove(Status.HANDLING)
    return found


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written inside is taken back at the end: one case serves many attempts."""
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


def prepare(world: World, case: Case, verb: Verb) -> None:
    """What must be there before ``verb`` beside the status."""
    if verb is Verb.REVISIT and not case.revisits.filter(sort="agreement", done_at=None).exists():
        case.revisits.create(
            tenant_id=case.tenant_id, sort="agreement", unit=world.qingshi_centre,
            due_at=in_days(30),
        )  # fmt: skip
    if verb is Verb.CONFIRM:
        Case.objects.filter(pk=case.pk).update(on_the_spot=True)
    if verb in (Verb.REPLY_ORDER, Verb.DELIST, Verb.NUDGE):
        ordered(world, case)
    if verb in (Verb.ACCEPT_REPLY, Verb.REJECT_REPLY):
        ordered(world, case, replied_at=database_now())
    if verb in (Verb.RECUSE, Verb.DENY_RECUSAL) and not waiting(case).exists():
        two_requests(world, case)


def ordered(world: World, case: Case, **values: Any) -> SupervisionOrder:
    """An order of the district's centre to the township's, without the event of its issue."""
    row, _ = SupervisionOrder.objects.update_or_create(
        case=case, issuer=world.hubin_centre, delisted_at=None,
        defaults={
            "tenant_id": case.tenant_id, "unit": world.qingshi_centre, "cause": "by_hand",
            "listed_at": database_now(), "issued_at": database_now(), "due_at": in_days(7),
            "days": 5, "series_unit": world.hubin_centre, "year": 2026, "serial": next(SERIALS),
        } | values,
    )  # fmt: skip
    for unit, part in ((world.hubin_centre, "supervisor"), (world.qingshi_centre, "addressee")):
        case.units.get_or_create(
            unit=unit, part=part, until=None,
            defaults={"tenant_id": case.tenant_id, "since": database_now()},
        )  # fmt: skip
    Case.objects.filter(pk=case.pk, supervised_at=None).update(supervised_at=database_now())
    case.refresh_from_db(fields=["supervised_at"])
    return row


def two_requests(world: World, case: Case) -> None:
    """Two requests of a party before the district's centre: which one, and who is meant, must
    be said by who decides."""
    for _ in range(2):
        RecusalRequest.objects.create(
            case=case, tenant_id=case.tenant_id, seq=case.last_seq, sort="party",
            decider_unit=world.hubin_centre, asked_at=database_now(), due_at=in_days(5),
        )  # fmt: skip


def filled(world: World, case: Case, verb: Verb) -> dict[str, Any]:
    """Inputs that satisfy every need of ``verb``."""
    unit = world.liulin_centre if verb is Verb.TRANSFER else world.qingshi_justice
    if verb is Verb.HAND_DOWN:
        unit = world.dukou_committee if case.holder_unit == world.liulin_centre else None
        unit = unit or world.donghe_committee
    if verb is Verb.END_CO_HANDLE:
        unit = world.qingshi_police
    values: dict[str, Any] = {
        "note": "有事说明", "text": "另一件事", "unit_id": unit.pk, "user_id": world.mei.pk,
        "until": in_days(3), "applicant_agrees": True, "respondent_agrees": True,
        "category": case.category.code, "channel": "call", "result": "kept",
        "reason": {
            Verb.RETURN: "not_ours", Verb.RAISE: "beyond_power", Verb.SUSPEND: "weather",
            Verb.VOID: "wrong_entry", Verb.ORDER: "by_hand", Verb.DELIST: "order_solved",
        }.get(verb, ""),
    }  # fmt: skip
    if verb is Verb.ORDER:
        values["unit_id"] = case.holder_unit_id
    if verb in (Verb.ASK_RECUSAL, Verb.RECUSE):
        values["user_id"] = world.ouyang.pk
    if verb in (Verb.RECUSE, Verb.DENY_RECUSAL):
        values["request_id"] = waiting(case).earliest("pk").pk
    if verb in (Verb.MERGE, Verb.LINK):
        values["other"] = event(world, world.han, area_id=world.donghe1.pk).number
    return values


def person(
    world: World, case: Case, step: Step, stand: Stand, names: Sequence[str] = EVERYBODY
) -> User:
    """Somebody with ``stand`` to the case, and if possible with no other stand of ``step``."""
    found = [
        (len(stands & step.stands), place, name)
        for place, name in enumerate(names)
        if stand in (stands := standing(world.people[name], case).stands)
    ]
    assert found, f"nobody is {stand} of a case that is {case.status}"
    return world.people[min(found)[2]]


def seers(
    world: World, case: Case, names: Sequence[str] = PEOPLE
) -> list[tuple[User, frozenset[Stand]]]:
    """Everybody of the people named who sees the case, with their stands to it."""
    people = [world.people[name] for name in names]
    return [
        (user, standing(user, case).stands)
        for user in people
        if Case.objects.visible_to(user).filter(pk=case.pk).exists()
    ]


def by_resident(case: Case, verb: Verb, **inputs: Any) -> Case:
    """An act of the resident, as the progress page does it."""
    locked = lock(case.pk)
    assert locked is not None
    step = find(Kind(case.kind), Status(locked.status), verb)
    assert step is not None
    perform(Act(locked, step, None, None, Inputs(**inputs), database_now()))
    return locked


# What an act says when the need is not met: the field the answer names, and the missing values.
MISSING: dict[Need, tuple[str, dict[str, Any]]] = {
    Need.NOTE: ("note", {"note": "  "}),
    Need.TEXT: ("text", {"text": ""}),
    Need.REASON: ("reason", {"reason": ""}),
    Need.UNIT: ("unit", {"unit_id": None}),
    Need.UNIT_BELOW: ("unit", {"unit_id": None}),
    Need.CO_UNIT: ("unit", {"unit_id": None}),
    Need.ANY_UNIT: ("unit", {"unit_id": None}),
    Need.OFFICIAL: ("user", {"user_id": None}),
    Need.RECUSAL: ("request", {"request_id": None}),
    Need.USER: ("user", {"user_id": None}),
    Need.DUE: ("until", {"until": None}),
    Need.REVIEW: ("until", {"until": None}),
    Need.SESSION: ("until", {"until": None}),
    Need.CONSENT: ("consent", {"respondent_agrees": False}),
    Need.CASE: ("other", {"other": ""}),
    Need.ABOUT: ("unit", {"unit_id": None, "text": ""}),
    Need.TELLING: ("channel", {"channel": ""}),
    Need.RESULT: ("result", {"result": ""}),
    Need.ADDRESSEE: ("unit", {"unit_id": 10**12}),
    Need.INSTRUCTION: ("office", {"reason": "leader", "office_id": None}),
    Need.DAYS: ("days", {"days": 61}),
    Need.ORDER: ("order", {"order_id": 10**12}),
}
