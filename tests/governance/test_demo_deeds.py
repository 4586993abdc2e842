"""Invented histories leave the same rows as the real doors: one script, told both ways."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from cases import clocks, transitions
from cases.acting import Inputs
from cases.holders import units_of
from cases.models import (
    Assignment,
    Case,
    CaseEvent,
    CaseUnit,
    Clock,
    ClockPause,
    ClockStep,
    Mediation,
    MediationSession,
    Revisit,
    Telling,
)
from cases.policies import in_force
from cases.rules.workflow import Kind, RevisitResult, Verb
from cases.verification import verify_case
from governance.demo import deeds, opening
from governance.demo.history import Actor, Effect, Ground, History
from governance.demo.keys import Keys
from governance.demo.loading import write
from governance.demo.opening import Terms, Writer
from grids.models import Unit, User
from grids.roles import Level
from tests.cases import matters
from tests.world import World


@dataclass
class Act:
    """One line of a script: for the doors by its inputs, for the history by its effect."""

    verb: Verb
    who: User
    unit: Unit
    effect: Effect | None = None
    inputs: dict[str, Any] = field(default_factory=dict)


Script = Callable[[World, datetime], list[Act]]


def agreed_and_relapsed(world: World, now: datetime) -> list[Act]:
    team, village = world.donghe1_team, world.donghe_committee
    meeting = now + timedelta(days=2)
    both = {"applicant_agrees": True, "respondent_agrees": True, "until": meeting}
    return [
        Act(Verb.SIGN, world.gao, team),
        Act(Verb.ASSIGN, world.gao, team, deeds.assign(world.mei.pk, "mediate"),
            {"user_id": world.mei.pk}),
        Act(Verb.MEDIATE, world.gao, team, deeds.mediate(meeting), {**both, "place": "调解室"}),
        Act(Verb.SESSION, world.mei, world.donghe_mediation,
            deeds.session(now + timedelta(days=4)),
            {"until": now + timedelta(days=4), "place": "调解室"}),
        Act(Verb.AGREE_WRITTEN, world.mei, world.donghe_mediation, None,
            {"note": "说好了", "perform_by": now + timedelta(days=15)}),
        Act(Verb.TELL, world.gao, team, deeds.tell("call"), {"channel": "call"}),
        Act(Verb.REJECT, world.cun, village, None, {"note": "还没有"}),
        Act(Verb.FINISH, world.gao, team, None, {"note": "做完了"}),
        Act(Verb.VERIFY, world.cun, village, None, {"note": "看过了"}),
        Act(Verb.STRIKE, world.cun, village),
    ]  # fmt: skip


def raised_and_returned(world: World, now: datetime) -> list[Act]:
    team, mediation = world.donghe1_team, world.donghe_mediation
    return [
        Act(Verb.RAISE, world.gao, team, None, {"reason": "parties_ask", "note": "请上级调解"}),
        Act(Verb.RETURN, world.cun, mediation, None, {"reason": "incomplete", "note": "缺地址"}),
        Act(Verb.ANSWER, world.gao, team, None, {"note": "补上了"}),
        Act(Verb.SUPPLEMENT, world.gao, team, None, {"note": "又谈了一次"}),
        Act(Verb.NUDGE, world.tan, world.qingshi_centre, None, {"note": "请尽快"}),
        Act(Verb.SIGN, world.cun, mediation),
        Act(Verb.REFUSE, world.cun, mediation, None, {"note": "已告知其他途径"}),
    ]  # fmt: skip


def helped_and_handed_over(world: World, now: datetime) -> list[Act]:
    team, office = world.donghe1_team, world.land_office
    return [
        Act(Verb.CO_HANDLE, world.gao, team, deeds.co_handle(world.qingshi_police.pk),
            {"unit_id": world.qingshi_police.pk, "note": "请一起看"}),
        Act(Verb.TRANSFER, world.gao, team, deeds.transfer(office, Level.TOWNSHIP),
            {"unit_id": office.pk, "note": "请办理"}),
        Act(Verb.SIGN, world.han, office),
    ]  # fmt: skip


def suspended_and_done(world: World, now: datetime) -> list[Act]:
    team, village = world.donghe1_team, world.donghe_committee
    review = now + timedelta(days=9)
    return [
        Act(Verb.SIGN, world.gao, team),
        Act(Verb.SUSPEND, world.gao, team, deeds.suspend(review),
            {"reason": "party_absent", "note": "外出", "until": review}),
        Act(Verb.RESUME, world.gao, team),
        Act(Verb.FINISH, world.gao, team, None, {"note": "修好了"}),
        Act(Verb.VERIFY, world.cun, village, None, {"note": "看过了"}),
        Act(Verb.STRIKE, world.ouyang, world.qingshi_centre),
    ]  # fmt: skip


def sent_back_twice(world: World, now: datetime) -> list[Act]:
    """What was settled on the spot is not; then it is done, and done again."""
    team, village = world.donghe1_team, world.donghe_committee
    return [
        Act(Verb.REJECT, world.cun, village, None, {"note": "没有解决"}),
        Act(Verb.FINISH, world.gao, team, None, {"note": "做完了"}),
        Act(Verb.REJECT, world.cun, village, None, {"note": "还差一点"}),
        Act(Verb.FINISH, world.gao, team, None, {"note": "这次好了"}),
        Act(Verb.VERIFY, world.cun, village, None, {"note": "看过了"}),
    ]  # fmt: skip


SCRIPTS = [
    (Kind.DISPUTE, agreed_and_relapsed),
    (Kind.DISPUTE, raised_and_returned),
    (Kind.DISPUTE, helped_and_handed_over),
    (Kind.DISPUTE, suspended_and_done),
    (Kind.EVENT, suspended_and_done),
    (Kind.EVENT, helped_and_handed_over),
    (Kind.DISPUTE, sent_back_twice),
    (Kind.EVENT, sent_back_twice),
]


@pytest.mark.parametrize(("kind", "script"), SCRIPTS)
def test_a_script_leaves_the_same_rows_both_ways(world: World, kind: Kind, script: Script) -> None:
    now = transitions.database_now()
    spot = {"on_the_spot": True, "result": "当场说好"} if script is sent_back_twice else {}
    register = matters.dispute if kind == Kind.DISPUTE else matters.event
    lived = register(world, **spot)
    for act in script(world, now):
        lived = transitions.act(lived.number, act.verb, actor=act.who, inputs=Inputs(**act.inputs))
    told = tell(world, kind, script(world, now), moments_of(lived), **spot)
    for model, names in COMPARED.items():
        assert rows(model, told, names) == rows(model, lived, names), model.__name__
    assert verify_case(told) == []


def test_a_relapse_begins_again_both_ways(world: World) -> None:
    now = transitions.database_now()
    script = agreed_and_relapsed(world, now)
    lived = matters.dispute(world)
    for act in script:
        lived = transitions.act(lived.number, act.verb, actor=act.who, inputs=Inputs(**act.inputs))
    Revisit.objects.create(
        case=lived, sort="agreement", tenant_id=lived.tenant_id, unit=world.qingshi_centre,
        due_at=now, handler=lived.done_by, days=7,
    )  # fmt: skip
    found = {"result": RevisitResult.RELAPSED.value, "note": "又吵了"}
    lived = matters.do(lived, Verb.REVISIT, world.ouyang, **found)
    told = tell(world, Kind.DISPUTE, script, moments_of(lived), relapse=True)
    names = ["status", "outcome", "level", "rung", "due_at", "closed_at", "on_the_spot"]
    assert rows(Case, told, names) == rows(Case, lived, names)
    names = ["code", "due_at", "stopped_at", "held_at", "rung"]
    assert rows(Clock, told, names) == rows(Clock, lived, names)
    assert verify_case(told) == []


def tell(
    world: World, kind: Kind, script: list[Act], at: list[datetime], relapse: bool = False,
    **values: Any,
) -> Case:  # fmt: skip
    """The same matter and script as an invented history, written."""
    area, now = world.donghe1, at[0]
    ground = Ground(area, units_of(area), in_force(area, now.astimezone(clocks.ZONE).date()))
    draft = matters.draft(parties=matters.NEIGHBOURS, **values)
    if kind == Kind.EVENT:
        draft = matters.draft(kind=kind, text="路灯坏了三天", category="E03", **values)
    keys = Keys()
    keys.reserve(area.tenant_id or 0, now.year, 1)
    writer = Writer(Actor(world.gao.pk, world.donghe1_team.pk), Level.GRID)
    story = opening.register(draft, writer, now, ground, Terms.read(), keys, now)
    for act, moment in zip(script, at[1:], strict=False):
        effect = act.effect or deeds.EFFECTS.get(act.verb)
        story.act(act.verb, moment, Actor(act.who.pk, act.unit.pk), effect,
                  note=act.inputs.get("note", ""), reason=act.inputs.get("reason", ""))  # fmt: skip
    if relapse:
        look_again(story, world, at[-1])
    write(story.rows)
    return Case.objects.get(pk=story.case.pk)


def moments_of(case: Case) -> list[datetime]:
    """When each event of ``case`` happened."""
    return list(CaseEvent.objects.filter(case=case).order_by("seq").values_list("at", flat=True))


def look_again(story: History, world: World, now: datetime) -> None:
    if not story.revisits:
        step = type("Struck", (), {"at": now})
        deeds.plan_revisit(story, step, 7)  # type: ignore[arg-type]
    story.act(Verb.REVISIT, now, Actor(world.ouyang.pk, world.qingshi_centre.pk),
              deeds.revisit(RevisitResult.RELAPSED), note="又吵了")  # fmt: skip


COMPARED: dict[Any, list[str]] = {
    Case: [
        "kind", "category_id", "source_id", "path", "status", "area_id", "rung", "level",
        "holder_unit_id", "from_unit_id", "reporter_id", "reporting_unit_id", "done_by_id",
        "verified_by_id", "urgent", "outcome", "received_at", "registered_at", "due_at",
        "suspended_at", "review_at", "done_at", "supervised_at", "closed_at", "last_seq",
        "village_id", "grid_id",
    ],
    CaseEvent: [
        "seq", "at", "actor_id", "unit_id", "verb", "source", "target", "reason", "area_id",
        "category_id", "level", "rung", "holder_unit_id", "due_at", "other_id",
    ],
    Clock: [
        "code", "policy_id", "ladder_code", "provisional", "started_at", "due_at", "first_rung",
        "rung", "ladder", "holders", "levels", "actions", "waits_until", "held_at", "stopped_at",
        "next_at", "step_due_at",
    ],
    CaseUnit: ["unit_id", "part", "since", "until"],
    Assignment: ["user_id", "task", "since", "until"],
    Mediation: [
        "applicant_agreed_at", "respondent_agreed_at", "started_at", "ended_at", "outcome",
        "agreed_on", "perform_by",
    ],
    MediationSession: ["planned_at", "place", "noted_at", "noted_by_id"],
    Telling: ["channel", "told_at", "told_by_id"],
    ClockStep: [
        "clock__code", "rung", "unit_id", "level", "entered_at", "due_at", "signed_at", "left_at",
        "outcome",
    ],
    ClockPause: ["clock__code", "start_at", "end_at", "reason"],
}  # fmt: skip


def rows(model: Any, case: Case, names: list[str]) -> list[tuple[object, ...]]:
    """The rows of ``model`` that belong to ``case``, in an order that does not hang on ids."""
    if model is Case:
        found = Case.objects.filter(pk=case.pk)
    elif model in (ClockStep, ClockPause):
        found = model.objects.filter(clock__case=case)
    else:
        found = model.objects.filter(case=case)
    return sorted(found.values_list(*names), key=repr)
