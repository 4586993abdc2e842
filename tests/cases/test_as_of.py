"""Any past moment of a case is one look-up in its events (decisions.md 12)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from cases import escalation
from cases.models import Case, CaseEvent
from cases.rules.workflow import Verb
from tests.cases.matters import dispute, do, event, in_days
from tests.cases.stages import by_resident
from tests.world import World


class State(NamedTuple):
    """What a report of a past day needs."""

    status: str
    holder_unit_id: int
    due_at: datetime | None
    category_id: int
    area_id: int
    level: int
    rung: int


def as_of(case: Case, moment: datetime) -> State | None:
    """The state of ``case`` at ``moment`` from its events alone; None before its registration."""
    row = (
        CaseEvent.objects.filter(case=case, at__lte=moment)
        .order_by("-seq")
        .values_list(
            "target", "holder_unit_id", "due_at", "category_id", "area_id", "level", "rung"
        )
        .first()
    )
    return State(*row) if row else None


def now_of(case: Case) -> State:
    case = Case.objects.get(pk=case.pk)
    return State(case.status, case.holder_unit_id or 0, case.due_at, case.category_id,
                 case.area_id, case.level, case.rung)  # fmt: skip


def watched(case: Case, acts: list[Callable[[], object]]) -> list[tuple[datetime, State]]:
    """Do ``acts`` one after the other; the moment and state after each."""
    seen = []
    for act in acts:
        act()
        last = CaseEvent.objects.filter(case=case).last()
        seen.append((last.at, now_of(case)))
    return seen


def test_a_whole_life_can_be_rebuilt_at_every_moment(world: World) -> None:
    case = dispute(world)
    agreed = {"applicant_agrees": True, "respondent_agrees": True}
    seen = watched(case, [
        lambda: do(case, Verb.RECLASSIFY, world.cun, category="D03", note="宅基地"),
        lambda: do(case, Verb.SIGN, world.gao),
        lambda: do(case, Verb.RAISE, world.gao, reason="beyond_power", note="牵涉多户"),
        lambda: do(case, Verb.SIGN, world.cun),
        lambda: do(case, Verb.MEDIATE, world.cun, **agreed),
        lambda: do(case, Verb.SESSION, world.cun, until=in_days(9)),
        lambda: do(case, Verb.SUSPEND, world.cun, reason="weather", note="雪", until=in_days(8)),
        lambda: do(case, Verb.RESUME, world.cun),
        lambda: do(case, Verb.RECLASSIFY, world.su, area_id=world.dukou1.pk, note="地点有误"),
    ])  # fmt: skip
    for (at, state), following in zip(seen, [*seen[1:], None], strict=True):
        assert as_of(case, at) == state
        if following and following[0] > at:
            assert as_of(case, following[0] - timedelta(microseconds=1)) == state
    assert as_of(case, case.registered_at - timedelta(microseconds=1)) is None
    assert as_of(case, in_days(4000)) == now_of(case)


def test_what_the_system_did_is_there_too(world: World) -> None:
    case = dispute(world)
    seen = []
    for moment in case.clocks.get().ladder:
        escalation.sweep("test", now=moment)
        seen.append((moment, now_of(case)))
    assert [state.rung for _, state in seen] == [1, 2, 3, 3]
    for moment, state in seen:
        assert as_of(case, moment) == state
    for moment, state in seen[:3]:  # at the top the case is listed, and stays where it is
        assert as_of(case, moment - timedelta(microseconds=1)) != state


def test_the_end_and_the_return_of_a_case_are_there_too(world: World) -> None:
    case = event(world, on_the_spot=True, result="当场修好")
    seen = watched(case, [
        lambda: by_resident(case, Verb.OBJECT),
        lambda: do(case, Verb.FINISH, world.gao, note="修好了"),
        lambda: do(case, Verb.VERIFY, world.cun, note="看过"),
        lambda: do(case, Verb.STRIKE, world.cun),
        lambda: do(case, Verb.REOPEN, world.cun, note="又坏了"),
    ])  # fmt: skip
    assert [state.status for _, state in seen] == [
        "handling", "done", "verified", "struck", "registered",
    ]  # fmt: skip
    assert seen[3][1].due_at is None
    for at, state in seen:
        assert as_of(case, at) == state


def test_the_moments_of_a_case_never_run_backwards(world: World) -> None:
    case = dispute(world)
    for _ in range(3):
        do(case, Verb.SUPPLEMENT, world.gao, note="补充")
    moments = list(CaseEvent.objects.filter(case=case).values_list("at", flat=True))
    assert moments == sorted(set(moments))
