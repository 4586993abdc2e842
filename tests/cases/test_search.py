"""One box: numbers, words of two and more characters, the end of a phone; only what is seen."""

import pytest

from cases import search
from cases.models import Case
from grids.errors import BadInput
from grids.models import User
from tests.cases.matters import NEIGHBOURS, dispute, event
from tests.world import World


def numbers(user: User, query: str) -> list[str]:
    return list(search.found(user, query).values_list("number", flat=True))


@pytest.mark.parametrize(
    "query",
    ["排水", "排水沟", "水沟走向争执", "5678", "李四", "2组15号", "ＬＢ２０２６-", " 排水 "],
)
def test_what_people_remember_finds_the_case(world: World, query: str) -> None:
    case = dispute(world)
    event(world)
    assert case.number in numbers(world.gao, query)


def test_a_number_is_found_by_either_end(world: World) -> None:
    case = dispute(world)
    assert numbers(world.gao, case.number) == [case.number]
    assert numbers(world.gao, case.number.lower()) == [case.number]
    assert numbers(world.gao, case.number[-6:]) == [case.number]
    assert numbers(world.gao, case.number[:6]) == [case.number]


@pytest.mark.parametrize(
    "query", ["%%", "__", "\\\\", "排%", "%水沟", "_水沟", "a_%", "ARRAY['x']"]
)
def test_signs_of_a_pattern_are_plain_signs(world: World, query: str) -> None:
    dispute(world)
    assert numbers(world.gao, query) == []


def test_a_pattern_sign_that_is_written_is_found(world: World) -> None:
    case = dispute(world, text="赔偿100%的损失，账单a_b\\c为证。")
    for query in ("100%", "0%", "a_b", "\\c", "b\\c"):
        assert numbers(world.gao, query) == [case.number]


@pytest.mark.parametrize("query", ["", " ", "水", "水" * 41])
def test_too_short_and_too_long_are_said_so(world: World, query: str) -> None:
    with pytest.raises(BadInput) as refused:
        search.found(world.gao, query)
    assert refused.value.field == "q"


def test_neighbours_find_nothing(world: World) -> None:
    dispute(world)
    for user in (world.bao, world.wai, world.ling, world.dou, world.mei):
        assert numbers(user, "排水沟") == numbers(user, "5678") == []


def test_a_restricted_case_is_found_by_its_number_only(world: World) -> None:
    case = event(world, category="E09", text="邻居反映孩子挨打", parties=NEIGHBOURS)
    assert Case.objects.visible_to(world.ouyang).filter(pk=case.pk).exists()
    assert numbers(world.ouyang, "孩子挨打") == numbers(world.ouyang, "5678") == []
    assert numbers(world.ouyang, case.number) == [case.number]
