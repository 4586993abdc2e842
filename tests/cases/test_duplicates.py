"""Suggested duplicates: similar words nearby, never a person's name, never an obstacle."""

from datetime import timedelta

import pytest

from cases.duplicates import DAYS, MOST, nearby, neighbourhood
from cases.intake import PartyDraft
from cases.models import Case, Recusal
from cases.rules.workflow import Verb
from cases.transitions import database_now
from tests.cases.matters import dispute, do, event
from tests.world import World

TOLD = "屋后排水沟走向不清，两家争吵"


def alike(world: World, text: str = TOLD, **options: object) -> list[Case]:
    return nearby(world.cun, world.donghe1, text, database_now(), **options)


@pytest.mark.parametrize(
    ("told", "again"),
    [
        ("两家因排水沟走向争执。情绪平稳。", "排水沟走向不清，两家争吵"),
        ("楼上漏水把天花板泡坏了，要求赔偿", "3栋502楼上漏水，天花板泡坏"),
        ("村口路灯坏了三天", "路灯坏了，晚上看不见路"),
    ],
)
def test_the_same_matter_in_other_words(world: World, told: str, again: str) -> None:
    case = dispute(world, text=told)
    assert alike(world, again) == [case]


def test_another_matter_is_not_listed(world: World) -> None:
    dispute(world, text="夜间广场舞音响扰民")
    assert alike(world) == []


def test_names_of_parties_find_nothing(world: World) -> None:
    people = (PartyDraft("欧阳建国", "13800005678"), PartyDraft("司徒美兰"))
    dispute(world, text="夜间音响扰民，多次劝说无效", parties=people)
    assert alike(world, "欧阳建国司徒美兰") == []
    assert alike(world, "欧阳建国13800005678") == []


@pytest.mark.parametrize("text", ["", "排水沟", "。。。！！！？？？"])
def test_a_text_too_short_is_similar_to_nothing(world: World, text: str) -> None:
    dispute(world, text=TOLD)
    assert alike(world, text) == []


def test_the_whole_village_is_nearby_and_the_next_is_not(world: World) -> None:
    same = dispute(world, world.ouyang, text=TOLD, area_id=world.donghe2.pk)
    dispute(world, world.ouyang, text=TOLD, area_id=world.shiqiao.pk)
    assert alike(world) == [same]
    assert neighbourhood(world.donghe1a) == ("village_id", world.donghe.pk)
    assert neighbourhood(world.qingshi) == ("township_id", world.qingshi.pk)
    assert neighbourhood(world.hubin) == ("district_id", world.hubin.pk)


def test_only_what_the_reader_may_see(world: World) -> None:
    case = dispute(world, text=TOLD)
    assert nearby(world.bao, world.donghe1, TOLD, database_now()) == []
    Recusal.objects.create(
        case=case, tenant_id=case.tenant_id, user=world.cun, since=database_now()
    )
    assert alike(world) == []


def test_restricted_matters_never(world: World) -> None:
    event(world, text=TOLD, category="E09")
    assert nearby(world.ouyang, world.donghe1, TOLD, database_now()) == []


def test_closed_and_old_ones_are_left_out(world: World) -> None:
    closed = dispute(world, text=TOLD)
    do(closed, Verb.VOID, world.gao, reason="wrong_entry", note="录错了")
    assert alike(world) == []
    old = dispute(world, text=TOLD)
    later = database_now() + timedelta(days=DAYS, minutes=1)
    assert nearby(world.cun, world.donghe1, TOLD, later) == []
    assert alike(world) == [old]
    assert alike(world, leave_out=old.pk) == []


def test_at_most_five_the_most_similar_first(
    world: World, django_assert_num_queries: object
) -> None:
    for _ in range(MOST + 1):
        dispute(world, text="村里排水沟堵了，请清理，谢谢")
    best = dispute(world, text=TOLD)
    now, posts = database_now(), world.cun.posts
    assert posts
    with django_assert_num_queries(1):  # type: ignore[operator]
        found = nearby(world.cun, world.donghe1, TOLD, now)
    assert found[0] == best
    assert len(found) <= MOST
