"""Which place of an edition is which of the tree: the rules one by one, then their properties."""

from hypothesis import given, settings
from hypothesis import strategies as st

from grids.matching import ChangeKind, Outcome, Place, compare

# A city (1) with two towns (2, 3) and their villages, as the tree has them.
CITY = (Place(1, None, 2, "市", "1"),)
TOWNS = (Place(2, 1, 4, "东镇", "11"), Place(3, 1, 4, "西镇", "12"))
VILLAGES = (Place(4, 2, 5, "甲村", "111"), Place(5, 2, 5, "乙村", "112"))
OLD = (*CITY, *TOWNS, *VILLAGES)


def said(outcome: Outcome) -> set[tuple[str, str, bool]]:
    """What an outcome says beside «the same»: kind, name and whether it is unsure."""
    found = {(str(m.kind), m.new.name, m.unsure) for m in outcome.matches if m.kind}
    found |= {("gone", one.name, unsure) for one, unsure in outcome.gone}
    return found | {("new", one.name, unsure) for one, unsure in outcome.new}


def against(*lines: Place) -> set[tuple[str, str, bool]]:
    """What an edition says in which ``lines`` stand in place of those of the same key."""
    new = {one.key: one for one in OLD} | {one.key: one for one in lines}
    keyed = [
        one._replace(key=one.key + 100, parent=one.parent and one.parent + 100)
        for one in new.values()
        if one.name
    ]
    return said(compare(OLD, keyed, [(None, None)]))


def test_the_same_list_says_nothing() -> None:
    assert against() == set()


def test_another_name_under_the_same_code_is_renamed() -> None:
    assert against(Place(4, 2, 5, "甲社区", "111")) == {("renamed", "甲社区", False)}


def test_the_same_name_under_another_code_is_recoded() -> None:
    assert against(Place(4, 2, 5, "甲村", "119")) == {("recoded", "甲村", False)}


def test_a_name_that_is_there_once_in_the_city_is_moved() -> None:
    assert against(Place(4, 3, 5, "甲村", "129")) == {("moved", "甲村", False)}


def test_what_is_found_nowhere_is_gone_and_new() -> None:
    found = against(Place(4, 2, 5, "丙村", "119"))
    assert found == {("gone", "甲村", False), ("new", "丙村", False)}


def test_codes_that_two_neighbours_exchange_say_nothing_about_names() -> None:
    found = against(Place(4, 2, 5, "甲村", "112"), Place(5, 2, 5, "乙村", "111"))
    assert found == {("recoded", "甲村", False), ("recoded", "乙村", False)}


def test_a_code_given_to_another_place_is_not_taken_on_trust() -> None:
    """甲村 went to the other town and its code to a village that was not there before."""
    found = against(Place(4, 2, 5, "丁村", "111"), Place(6, 3, 5, "甲村", "121"))
    assert ("renamed", "丁村", True) in found


def test_a_name_that_is_there_twice_in_the_city_is_moved_only_by_a_person() -> None:
    old = (*OLD, Place(6, 3, 5, "甲村", "121"))
    new = [one._replace(key=one.key + 100, parent=one.parent and one.parent + 100) for one in old]
    new = [one if one.key != 104 else Place(104, 103, 5, "甲村", "129") for one in new]
    assert said(compare(old, new, [(None, None)])) == {("moved", "甲村", True)}


def test_across_code_systems_a_code_finds_nothing() -> None:
    """The tree's codes are of another system, so they are empty here."""
    old = [one._replace(code="") for one in OLD]
    new = [
        Place(101, None, 2, "市", "1"), Place(102, 101, 4, "东镇", "11"),
        Place(104, 102, 5, "甲社区", "111"), Place(103, 101, 4, "西镇", "12"),
        Place(105, 103, 5, "乙村", "112"),
    ]  # fmt: skip
    found = said(compare(old, new, [(None, None)]))
    assert {one for one in found if one[0] in ("renamed", "moved")} == set()
    assert {("recoded", "东镇", False), ("gone", "甲村", False), ("new", "甲社区", False)} <= found
    assert {name for kind, name, _ in found if kind == "new"} == {"甲社区", "乙村"}


def test_a_hand_made_place_without_a_code_is_never_gone() -> None:
    zone = Place(9, 1, 3, "开发区", "", listed=False)
    new = [one._replace(key=one.key + 100, parent=one.parent and one.parent + 100) for one in OLD]
    assert said(compare([*OLD, zone], new, [(None, None)])) == set()


# --- properties ---------------------------------------------------------------------------
NAMES = st.sampled_from(["甲", "乙", "丙", "丁", "戊"])


@st.composite
def trees(draw: st.DrawFn, first: int) -> list[Place]:
    """A small tree of three levels with few names and codes, so that everything collides."""
    found = [Place(first, None, 2, "市", "1")]
    for level in (4, 5):
        above = [one for one in found if one.level < level]
        for _ in range(draw(st.integers(0, 6))):
            parent = draw(st.sampled_from(above))
            code = draw(st.sampled_from(["", "11", "12", "13", "14"]))
            key = first + len(found)
            found.append(Place(key, parent.key, level, draw(NAMES), code))
    return found


@settings(max_examples=80, deadline=None)
@given(trees(0), trees(100))
def test_every_place_and_every_line_is_told_of_exactly_once(
    old: list[Place], new: list[Place]
) -> None:
    found = compare(old, new, [(None, None)])
    here = [m.old.key for m in found.matches] + [one.key for one, _ in found.gone]
    there = [m.new.key for m in found.matches] + [one.key for one, _ in found.new]
    assert sorted(here) == sorted(one.key for one in old)
    assert sorted(there) == sorted(one.key for one in new)


@settings(max_examples=80, deadline=None)
@given(trees(0), trees(100))
def test_what_it_says_is_what_it_promises(old: list[Place], new: list[Place]) -> None:
    found = compare(old, new, [(None, None)])
    paired = {m.new.key: m.old.key for m in found.matches} | {None: None}
    for match in found.matches:
        above = match.new.parent in paired and paired[match.new.parent] == match.old.parent
        same_name = match.old.name == match.new.name
        assert match.old.level == match.new.level
        if match.kind is ChangeKind.RENAMED:
            assert above and match.old.code == match.new.code != "" and not same_name
        elif match.kind is ChangeKind.MOVED:
            assert not above and same_name and match.old.code
        else:
            assert above and same_name
            assert (match.kind is None) == (match.old.code == match.new.code != "")


@settings(max_examples=30, deadline=None)
@given(trees(0))
def test_a_list_with_a_code_for_everything_is_the_same_as_itself(tree: list[Place]) -> None:
    coded = [one._replace(code=str(number)) for number, one in enumerate(tree)]
    found = compare(coded, coded, [(None, None)])
    assert [m for m in found.matches if m.kind] == [] == found.gone == found.new


@settings(max_examples=30, deadline=None)
@given(trees(0), trees(100))
def test_without_codes_nothing_is_renamed_or_moved(old: list[Place], new: list[Place]) -> None:
    found = compare([one._replace(code="") for one in old], new, [(None, None)])
    assert {m.kind for m in found.matches} <= {ChangeKind.RECODED}
