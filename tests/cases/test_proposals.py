"""Policies change by two people: proposed, simulated, approved, in force from a day."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from cases import escalation, proposals, simulation, tasks
from cases.models import Policy, PolicyProposal, PolicySimulation
from cases.policies import in_force, set_policy
from cases.wishes import today
from grids.bodies import WrongValues
from grids.errors import NotAllowed, NotVisible, WrongState
from grids.models import Change
from grids.roles import Role, UnitKindCode
from tests.cases.matters import dispute
from tests.cases.proposing import (
    approved,
    decider,
    ladder,
    limit,
    proposed,
    proposer,
    tomorrow,
    wish,
)
from tests.world import World


def states() -> list[str]:
    return list(PolicyProposal.objects.order_by("pk").values_list("state", flat=True))


# --- proposing ------------------------------------------------------------------------------
def test_a_proposal_becomes_a_version_by_two_people(world: World) -> None:
    row = proposed(world)
    assert (row.state, row.policy) == ("waiting", None)
    row = proposals.approve(decider(world), row.pk, row.rev)
    assert (row.state, row.policy.version, row.policy.area) == ("active", 1, world.hubin)
    assert in_force(world.donghe1, today()).ladder().rungs[0].span.amount == 2
    log = Change.objects.filter(subject="policy", subject_id=row.pk).order_by("pk")
    assert [one.action for one in log] == ["propose", "approve", "activate"]
    assert dispute(world).clocks.get().policy == row.policy


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"valid_from": timedelta(days=-1)}, "valid_from"),
        ({"valid_from": timedelta(days=400)}, "valid_from"),
        ({"reason": " "}, "reason"),
        ({"body": ladder(leave_out=0) | {"name": ""}}, "name"),
        ({"body": {"rungs": "none", "source": "x"}}, "rungs"),
        ({"body": ladder() | {"extra": 1}}, "rungs"),
        ({"body": ladder() | {"source": ""}}, "source"),
        ({"body": ladder(1, 2, 3, 0)}, "rungs.3.amount"),
        ({"code": "limit.mediation_month", "body": limit(30, "calendar_day")}, "amount"),
        ({"code": "limit.mediation_month", "body": limit(2, "month")}, "amount"),
        ({"code": "limit.sign", "body": limit(10**9)}, "amount"),
        ({"code": "limit.silence", "body": limit(3)}, "code"),
        ({"code": "revisit.weeks", "body": {"days": 7}}, "code"),
        ({"code": "revisit.days", "body": {"days": 7, "source": "x"}}, "restart"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(
    world: World, change: dict[str, Any], field: str
) -> None:
    if isinstance(moved := change.get("valid_from"), timedelta):
        change = {"valid_from": today() + moved}
    with pytest.raises(WrongValues) as refused:
        proposals.propose(proposer(world), world.hubin, wish(**change))
    assert field in refused.value.fields
    assert not PolicyProposal.objects.exists()


def test_a_ladder_that_does_not_ascend_is_refused_at_its_rung(world: World) -> None:
    body = ladder()
    body["rungs"].reverse()
    with pytest.raises(WrongValues) as refused:
        proposals.propose(proposer(world), world.hubin, wish(body=body))
    assert list(refused.value.fields) == ["rungs.1.level", "rungs.2.level", "rungs.3.level"]


def test_one_proposal_for_a_policy_at_a_time(world: World) -> None:
    row = proposed(world)
    with pytest.raises(WrongState, match="open"):
        proposals.propose(proposer(world), world.hubin, wish())
    proposals.propose(proposer(world), world.hubin, wish("limit.sign", limit(2)))
    proposals.withdraw(proposer(world), row.pk)
    proposals.propose(proposer(world), world.hubin, wish())
    with pytest.raises(IntegrityError, match="policy_proposed_once"), transaction.atomic():
        PolicyProposal.objects.filter(pk=row.pk).update(state="draft")


def test_who_may_propose_and_who_may_look(world: World) -> None:
    row = proposed(world)
    for stranger in (world.su, world.ling, world.gao):
        with pytest.raises(NotAllowed):
            proposals.proposal_for(stranger, row.pk)
    far = world.person("yuan", Role.SYS_ADMIN, world.unit(world.nanshan, UnitKindCode.GOVERNMENT))
    with pytest.raises(NotVisible):
        proposals.proposal_for(far, row.pk)
    with pytest.raises(NotAllowed):
        proposals.propose(far, world.hubin, wish("limit.sign", limit(2)))
    with pytest.raises(NotAllowed):
        proposals.propose(decider(world), world.hubin, wish("limit.sign", limit(2)))
    with pytest.raises(NotAllowed):
        proposals.propose(proposer(world), world.qingshi, wish("limit.sign", limit(2)))
    assert proposals.proposal_for(world.dou, row.pk) == row


# --- deciding -------------------------------------------------------------------------------
def test_nobody_approves_what_they_proposed(world: World) -> None:
    row = proposed(world)
    with pytest.raises(NotAllowed):
        proposals.approve(proposer(world), row.pk, row.rev)
    with pytest.raises(NotAllowed):
        proposals.approve(world.dou, row.pk, row.rev)
    PolicyProposal.objects.filter(pk=row.pk).update(author=decider(world))
    with pytest.raises(NotAllowed, match="themselves"):
        proposals.approve(decider(world), row.pk, row.rev)
    with pytest.raises(IntegrityError, match="policy_approved_by_another"), transaction.atomic():
        PolicyProposal.objects.filter(pk=row.pk).update(approver=F("author"))
    assert states() == ["waiting"]


def test_who_comes_second_is_told(world: World) -> None:
    row = approved(world)
    with pytest.raises(WrongState, match="already"):
        proposals.approve(decider(world), row.pk, row.rev - 1)
    assert Policy.objects.filter(area=world.hubin).count() == 1
    for late in (proposals.simulate, proposals.withdraw):
        with pytest.raises(WrongState):
            late(proposer(world), row.pk)
    with pytest.raises(WrongState):
        proposals.reject(decider(world), row.pk, "太迟")


def test_only_what_was_simulated_and_seen_can_be_approved(world: World) -> None:
    row = proposals.propose(proposer(world), world.hubin, wish())
    with pytest.raises(WrongState, match="wait"):
        proposals.approve(decider(world), row.pk, row.rev)
    row = proposals.simulate(proposer(world), row.pk, row.rev)
    seen = row.rev
    row = proposals.rewrite(proposer(world), row.pk, wish(body=ladder(1, 1, 1, 1)), seen)
    assert (row.state, row.rev) == ("draft", seen + 1)
    row = proposals.simulate(proposer(world), row.pk)
    with pytest.raises(WrongState, match="changed"):
        proposals.approve(decider(world), row.pk, seen)
    with pytest.raises(WrongState, match="changed"):
        proposals.rewrite(proposer(world), row.pk, wish(), seen)
    PolicySimulation.objects.update(digest="0" * 64)
    with pytest.raises(WrongState, match="altered"):
        proposals.approve(decider(world), row.pk, row.rev)


def test_a_day_that_has_passed_cannot_begin_any_more(world: World) -> None:
    row = proposed(world, wish(valid_from=tomorrow()))
    PolicyProposal.objects.update(valid_from=today() - timedelta(days=1))
    with pytest.raises(WrongState, match="passed"):
        proposals.approve(decider(world), row.pk, row.rev)
    with pytest.raises(WrongState, match="passed"):
        proposals.simulate(proposer(world), row.pk, row.rev)


def test_a_rejection_needs_its_reason_and_ends_it(world: World) -> None:
    row = proposed(world)
    with pytest.raises(Exception, match="required"):
        proposals.reject(decider(world), row.pk, "  ")
    row = proposals.reject(decider(world), row.pk, "依据不足", row.rev)
    assert (row.state, row.answer, row.approver) == ("rejected", "依据不足", decider(world))
    assert not Policy.objects.filter(area=world.hubin).exists()


# --- its day ----------------------------------------------------------------------------------
def test_a_future_version_waits_for_its_day_and_can_be_withdrawn(world: World) -> None:
    row = approved(world, wish(valid_from=tomorrow()))
    assert row.state == "approved" and proposals.activate_due() == 0
    assert in_force(world.donghe1, today()).ladder().code == "product_default"
    assert in_force(world.donghe1, tomorrow()).row("ladder.dispute") == row.policy
    row = proposals.withdraw(proposer(world), row.pk, "另行研究")
    assert row.state == "withdrawn"
    assert in_force(world.donghe1, tomorrow()).ladder().code == "product_default"
    assert proposals.activate_due(escalation.database_clock() + timedelta(days=1)) == 0


def test_the_job_begins_what_is_due_once_however_often_it_runs(world: World) -> None:
    case = dispute(world)
    row = approved(world, wish(valid_from=tomorrow()))
    day = escalation.database_clock() + timedelta(days=1)
    assert [proposals.activate_due(day), proposals.activate_due(day)] == [1, 0]
    for _ in range(2):
        tasks.change_policies()
    row.refresh_from_db()
    assert (row.state, row.finished_at is None) == ("active", False)
    assert case.clocks.get().policy == row.policy
    assert case.events.filter(verb="restart").count() == 1


def test_the_versions_history_goes_back_by_the_same_way(world: World) -> None:
    first = approved(world, wish(restart=False)).policy
    approved(world, wish(body=ladder(1, 1, 1, 1), restart=False))
    back = proposals.back_to(proposer(world), world.hubin, "ladder.dispute", 1)
    assert (back.state, back.back_to, back.body) == ("draft", first, first.body)
    back = proposals.simulate(proposer(world), back.pk)
    back = proposals.approve(decider(world), back.pk, back.rev)
    assert (back.policy.version, back.policy.body) == (3, first.body)
    default = proposals.back_to(proposer(world), world.hubin, "ladder.dispute", 0)
    assert default.body == Policy.objects.get(area=None, code="ladder.dispute").body
    with pytest.raises(NotVisible):
        proposals.back_to(proposer(world), world.hubin, "limit.sign", 7)
    assert [one.version for one in proposals.versions_at(world.hubin, "ladder.dispute")] == [
        3,
        2,
        1,
    ]


def test_a_rollback_is_held_to_the_law_as_well(world: World) -> None:
    set_policy(world.hubin, "limit.mediation_month", limit(90, "calendar_day"), today())
    with pytest.raises(WrongValues):
        proposals.back_to(proposer(world), world.hubin, "limit.mediation_month", 1)


def test_a_simulation_is_run_once_by_whoever_gets_it(world: World) -> None:
    dispute(world)
    row = proposals.propose(proposer(world), world.hubin, wish())
    asked = PolicySimulation.objects.create(
        proposal=row, rev=row.rev, asked_at=escalation.database_clock()
    )
    assert [simulation.run_waiting(), simulation.run_waiting()] == [1, 0]
    asked.refresh_from_db()
    assert (asked.clocks, asked.moves.count(), len(asked.digest)) == (1, 1, 64)
    old = PolicySimulation.objects.create(proposal=row, rev=99, asked_at=asked.asked_at)
    assert simulation.run_waiting() == 1
    old.refresh_from_db()
    assert (old.digest, asked.moves.count()) == ("", 1)  # of a draft that is no more
