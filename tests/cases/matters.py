"""Matters that tests register, with the shortest spelling that is still a real intake."""

from datetime import datetime, timedelta
from typing import Any

from cases import escalation, intake, transitions
from cases.acting import Inputs
from cases.intake import Draft, PartyDraft
from cases.models import Case
from cases.rules.workflow import Kind, Verb
from grids.models import User
from tests.world import World

NEIGHBOURS = (
    PartyDraft("张三", "13800005678", "2组15号"),
    PartyDraft("李四", "", "2组16号", "respondent"),
)


def draft(**values: Any) -> Draft:
    return Draft(
        **{"kind": Kind.DISPUTE, "text": "两家因排水沟走向争执。情绪平稳。", "category": "D02"}
        | values
    )


def dispute(world: World, actor: User | None = None, **values: Any) -> Case:
    """A neighbours' dispute in 东河村第1网格, registered by the grid worker now."""
    values = {"parties": NEIGHBOURS} | values
    return intake.register(draft(**values), actor=actor or world.gao).case


def event(world: World, actor: User | None = None, **values: Any) -> Case:
    """A broken lamp in the same grid."""
    values = {"kind": Kind.EVENT, "text": "路灯坏了三天", "category": "E03"} | values
    return intake.register(draft(**values), actor=actor or world.gao).case


def do(case: Case, verb: Verb, actor: User, **inputs: Any) -> Case:
    """One act through the door; the fresh case."""
    return transitions.act(case.number, verb, actor=actor, inputs=Inputs(**inputs))


def climb(case: Case, times: int = 1) -> Case:
    """Let the next ``times`` moments of the case come, one sweep each."""
    for _ in range(times):
        clock = case.clocks.filter(next_at__isnull=False).order_by("next_at").first()
        assert clock is not None, "nothing is due on this case any more"
        escalation.sweep("test", now=clock.next_at + timedelta(seconds=1))
    case.refresh_from_db()
    return case


def in_days(days: float) -> datetime:
    return transitions.database_now() + timedelta(days=days)
