"""Who sees which places, units and colleagues."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from grids.models import Area, Unit, User
from grids.roles import Role
from grids.scoping import NOTHING, ScopedQuerySet
from grids.staff import hire


def places(user):
    return set(Area.objects.visible_to(user).values_list("pk", flat=True))


def test_places_below_the_post_and_the_names_above_it(world):
    assert places(world.gao) == {
        area.pk
        for area in (
            world.city, world.hubin, world.qingshi, world.donghe, world.donghe1, world.donghe1a,
        )
    }  # fmt: skip
    assert world.donghe2.pk not in places(world.gao)
    assert {world.donghe.pk, world.shiqiao.pk, world.donghe1a.pk} <= places(world.ouyang)


@pytest.mark.parametrize("name", ["gao", "mei", "cun", "ouyang", "tan", "han"])
def test_nobody_of_one_township_sees_into_the_other(world, name):
    seen = places(getattr(world, name))
    assert not seen & {world.liulin.pk, world.dukou.pk, world.dukou1.pk}


def test_nobody_sees_into_the_other_district(world):
    strangers = {world.nanshan.pk, world.yunling.pk, world.songpo.pk, world.songpo1.pk}
    for name, user in world.people.items():
        if name != "wai":
            assert not places(user) & strangers, name
    assert strangers | {world.city.pk} == places(world.wai)


def test_a_district_sees_its_townships(world):
    assert {world.qingshi.pk, world.liulin.pk, world.dukou1.pk} <= places(world.su)


def test_two_posts_add_up(world):
    post_at_ferry = world.person("gao", Role.GRID_WORKER, world.dukou1_team)
    assert {world.donghe1.pk, world.dukou1.pk} <= places(post_at_ferry)


def test_without_a_post_nothing(world):
    nobody = hire(username="zhao", display_name="赵一")
    assert not Area.objects.visible_to(nobody).exists()
    assert not Unit.objects.visible_to(nobody).exists()
    assert not User.objects.visible_to(nobody).exists()


def test_units_of_the_customer(world):
    seen = set(Unit.objects.visible_to(world.gao))
    assert seen == set(Unit.objects.filter(tenant=world.lb))
    assert world.nanshan_centre not in seen
    assert world.nanshan_centre in set(Unit.objects.visible_to(world.wai))


def test_colleagues_of_the_same_unit(world):
    assert set(User.objects.visible_to(world.han)) == {world.han}
    assert set(User.objects.visible_to(world.mei)) == {world.mei, world.cun}


def test_who_keeps_books_sees_the_people_of_the_area(world):
    own = {world.ouyang, world.tan, world.han, world.cun, world.mei, world.gao}
    assert set(User.objects.visible_to(world.ouyang)) == own
    assert set(User.objects.visible_to(world.cun)) == {world.cun, world.mei, world.gao}


def test_a_list_of_people_must_say_what_a_post_grants():
    with pytest.raises(ImproperlyConfigured, match="Open"):
        type("Open", (ScopedQuerySet,), {})


def test_the_base_grants_nothing(world):
    (post,) = world.gao.posts
    assert ScopedQuerySet(Area).grant(post) == NOTHING


def test_what_a_post_means(world):
    (gao,), (mei,), (ling,) = world.gao.posts, world.mei.posts, world.ling.posts
    (han,), (su,), (dou,) = world.han.posts, world.su.posts, world.dou.posts
    assert gao.coordinating and gao.sees_area and gao.sees_unit and not gao.sees_figures
    assert mei.sees_assigned and not (mei.sees_area or mei.sees_unit or mei.sees_figures)
    assert ling.sees_figures and not (ling.sees_area or ling.sees_unit or ling.sees_assigned)
    assert han.sees_unit and not (han.sees_area or han.sees_figures)
    assert su.sees_area and su.sees_figures
    assert not (dou.sees_area or dou.sees_unit or dou.sees_assigned or dou.sees_figures)


def test_posts_come_highest_area_first(world):
    post(world)
    assert [found.level for found in world.cun.posts] == sorted(
        found.level for found in world.cun.posts
    )


def post(world):
    world.person("cun", Role.TRIAGE, world.qingshi_centre)


def test_names_are_what_lists_print(world):
    words = (world.lb, world.qingshi, world.qingshi_centre, world.qingshi_centre.kind, world.gao)
    assert [str(word) for word in words] == [
        "湖滨区",
        "青石镇",
        "青石镇综治中心",
        "综治中心",
        "Gao",
    ]
