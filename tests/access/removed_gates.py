"""Each call of ``visible_to`` and its like is taken out in turn: the matrix must notice.

Run by ``python -m tests.mutants visible_to``; too long for every test run. First the matrix is
asked once to learn which questions pass which call; then every call is left open while its own
questions are asked again, until one of them is answered otherwise.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain

import pytest

from tests.access.asking import POLICY, Question, questions, surprises
from tests.access.gates import Call, calls, watched
from tests.access.things import Things

Passed = dict[tuple[str, tuple[int, int]], list[Question]]
# Calls whose removal changes nothing that anybody could see, each with the wall behind it.
SECOND_WALLS = {
    "cases/pages/field.py:place_of:visible_to": "asks for the area of the reader's own post",
    "cases/intake_form.py:places:visible_to": "cut to the places at and below the own posts",
    "cases/pages/intake.py:chosen_area:visible_to": "what is alike there is cut by another call",
    "governance/dashboard/views.py:places_below:visible_to": "children of a place of the posts",
    "grids/gridbook.py:places:visible_to": "cut to the places at and below the own posts",
    "cases/search.py:found:visible_to": "what is found is cut with the branches of the queue",
}


@pytest.fixture(scope="module")
def passed(things: Things) -> Passed:
    """Which questions pass which call. Asked of those who are simply posted, and of those
    who are kept out."""
    found: Passed = defaultdict(list)
    asking: list[Question] = []
    unexpected: list[str] = []

    def note(file: str, end: tuple[int, int]) -> bool:
        if asking[0] not in found[file, end]:
            found[file, end].append(asking[0])
        return False

    with watched(note):
        for one in chain.from_iterable(questions(entry, things) for entry in POLICY.entries):
            if telling(one):
                asking[:] = [one]
                unexpected += surprises(one, things)
    if unexpected:
        pytest.fail(
            "the matrix itself has surprises:\n" + "\n".join(unexpected[:40]), pytrace=False
        )
    return found


def telling(one: Question) -> bool:
    return one.person.way in ("posted", "recused", "moved_away") and one.person.role in (
        "grid_worker", "mediator", "village_staff", "triage", "handler", "leader",
    )  # fmt: skip


def noticed(call: Call, asked: list[Question], things: Things) -> Iterator[str]:
    with watched(lambda file, end: (file, end) == (call.file, call.end)):
        for question in asked:
            yield from surprises(question, things)


@pytest.mark.parametrize("call", calls(), ids=str)
def test_a_removed_gate_is_noticed(things: Things, passed: Passed, call: Call) -> None:
    asked = passed.get((call.file, call.end), [])
    assert asked, f"no address of the matrix passes {call}"
    name = str(call).split("@")[0]
    found = next(noticed(call, asked, things), "")
    if name in SECOND_WALLS:
        assert not found, f"{name} is no second wall: {found}"
    else:
        assert found, f"nobody noticed that {call} was taken out ({len(asked)} questions)"
