"""The cast itself: roll-back, commit and putting back."""

import threading

import pytest
from django.db import DatabaseError, connection

from grids.access import looked
from grids.models import AccessLog, Area, Unit, User


def test_the_cast_stands(world):
    assert world.gao.posts[0].area_name == "第1网格"
    assert {post.unit_kind for post in world.cun.posts} == {
        "village_committee",
        "mediation_committee",
    }
    assert world.donghe1a.stamp["district_id"] == world.hubin.pk


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_finds_the_cast_as_it_was(world, turn):
    assert not User.objects.filter(username="zhao").exists()
    assert world.gao.display_name == "Gao"
    world.gao.display_name = "Other"
    world.gao.save()
    User.objects.create_user("zhao", None, "Zhao")


def test_tests_run_as_the_application(world):
    looked(world.su, "view", "LB-1", tenant_id=world.lb.pk)
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("DELETE FROM grids_accesslog")


@pytest.mark.parametrize("turn", [1, 2])
def test_committed_changes_are_put_back(committed_world, turn):
    assert not AccessLog.objects.exists()
    assert Area.objects.get(pk=committed_world.donghe1.pk).name == "第1网格"
    looked(committed_world.su, "view", "LB-1", tenant_id=committed_world.lb.pk)
    Area.objects.filter(pk=committed_world.donghe1.pk).update(name="Other")
    seen = []

    def look() -> None:
        seen.append(AccessLog.objects.count())
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [1]


def test_a_rolled_back_test_after_committed_ones(world):
    assert world.donghe1.name == "第1网格"
    assert not AccessLog.objects.exists()
    assert Unit.objects.filter(area=world.qingshi).count() == 5
