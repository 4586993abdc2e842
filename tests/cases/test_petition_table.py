"""Every arrow of the petition procedure, taken and refused, status by status."""

from typing import Any

import pytest

from cases.models import Case
from cases.rules.terms import CLOSED, RESIDENT_VERBS, SYSTEM_VERBS, Kind, Need, Stand, Status, Verb
from cases.rules.workflow import STEPS, Step
from cases.standing import standing
from cases.transitions import allowed
from cases.verification import verify_case
from grids.errors import BadInput, NotAllowed, WrongState
from tests.cases import petitions, stages
from tests.cases.matters import do
from tests.cases.petitions import STATUSES
from tests.cases.stages import undone
from tests.cases.test_transitions import expected_due, same_everywhere
from tests.world import World

# Supervision orders are the same arrows for every kind, tried in test_transitions.py.
ORDERS = {Verb.ORDER, Verb.REPLY_ORDER, Verb.ACCEPT_REPLY, Verb.REJECT_REPLY, Verb.DELIST}
STEPS_OF_PEOPLE = [
    step for step in STEPS[Kind.PETITION] if step.verb not in SYSTEM_VERBS | RESIDENT_VERBS | ORDERS
]
MISSING = stages.MISSING | petitions.MISSING


def arrows(status: Status) -> list[Step]:
    """The arrows people may take from ``status``."""
    return [step for step in STEPS_OF_PEOPLE if status in step.sources]


@pytest.fixture(params=STATUSES, ids=str)
def matter(request: pytest.FixtureRequest, world: World) -> Case:
    return petitions.at(world, request.param)


def test_an_arrow_is_taken_by_a_stand_it_names_and_open_to_the_others(
    world: World, matter: Case
) -> None:
    status = Status(matter.status)
    for step in arrows(status):
        # A closed matter has no helpers any more.
        stands = sorted(step.stands - ({Stand.CO_HANDLER} if status in CLOSED else set()))
        with undone():
            case = Case.objects.get(pk=matter.pk)
            petitions.prepare(world, case, step.verb)
            for stand in stands[1:]:
                other = petitions.person(world, case, step, stand)
                assert allowed(case, step.verb, standing(other, case)) is step
            actor = petitions.person(world, case, step, stands[0])
            case = do(case, step.verb, actor, **petitions.filled(world, case, step.verb))
            case.refresh_from_db()
            last, target = case.events.last(), step.target or status
            assert last is not None and last.seq == matter.last_seq + 1
            assert (last.verb, last.actor_id, last.source, last.target, case.status) == (
                step.verb, actor.pk, status, target, target,
            ), step.verb  # fmt: skip
            assert verify_case(case) == [], step.verb
            assert case.due_at == expected_due(case), step.verb


def test_wrong_stands_and_wrong_statuses_are_refused(world: World, matter: Case) -> None:
    status = Status(matter.status)
    for name in petitions.PEOPLE:
        found = standing(world.people[name], matter)
        for step in STEPS[Kind.PETITION]:
            if status in step.sources and found.stands & step.stands:
                continue
            wrong = WrongState if found.stands & step.stands else NotAllowed
            with pytest.raises(wrong):
                allowed(matter, step.verb, found)


def test_what_is_missing_is_told_at_its_field_and_nothing_is_written(
    world: World, matter: Case
) -> None:
    attempts = missing_values(world, matter)
    before = same_everywhere()
    for verb, actor, inputs, field in attempts:
        with pytest.raises(BadInput) as refusal:
            do(matter, verb, actor, **inputs)
        assert refusal.value.field == field, verb
    assert same_everywhere() == before


def missing_values(world: World, case: Case) -> list[tuple[Verb, Any, dict[str, Any], str]]:
    """One attempt for each need of each arrow, without what the need asks for."""
    found = []
    for step in arrows(Status(case.status)):
        stand = next((one for one in sorted(step.stands) if one is not Stand.CO_HANDLER), None)
        petitions.prepare(world, case, step.verb)
        actor = petitions.person(world, case, step, stand or Stand.CO_HANDLER)
        inputs = petitions.filled(world, case, step.verb)
        for need in MISSING.keys() & step.needs:
            field, missing = MISSING[need]
            found.append((step.verb, actor, inputs | missing, field))
    return found


def test_every_need_of_the_procedure_is_asked_for_or_may_stay_empty() -> None:
    needs = {need for step in STEPS_OF_PEOPLE for need in step.needs}
    optional = {
        Need.OPTIONAL_NOTE, Need.CATEGORY, Need.PLACE, Need.SERVICE, Need.SUCCESSOR,
        Need.AGREEMENT,
    }  # fmt: skip
    assert needs - set(MISSING) == optional


def test_every_status_of_the_procedure_is_reached_and_left() -> None:
    named = set().union(*(step.sources for step in STEPS[Kind.PETITION]))
    assert named == set(STATUSES)
    targets = {step.target for step in STEPS[Kind.PETITION]} - {None, Status.SEALED}
    assert targets == set(STATUSES)
    for status in STATUSES:
        leaving = [s for s in STEPS[Kind.PETITION] if status in s.sources and s.target]
        assert leaving or status is Status.WITHDRAWN, f"{status} has no way out"
