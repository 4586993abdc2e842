"""The change log: what differs is kept, nothing is taken back."""

import pytest
from django.db import DatabaseError, connection, transaction

from grids.changes import changed
from grids.errors import BadInput
from grids.models import Change
from tests.world import SINCE


def test_a_change_names_who_what_and_where(world):
    said = changed(
        world.cun, "change", "area", world.donghe1.pk, area=world.donghe1,
        before={"name": "甲", "households": 1}, after={"name": "乙", "households": 1},
        reason="重新划分",
    )  # fmt: skip
    row = Change.objects.get()
    assert said
    assert (row.actor, row.area, row.tenant) == (world.cun, world.donghe1, world.lb)
    assert (row.before, row.after, row.reason) == ({"name": "甲"}, {"name": "乙"}, "重新划分")
    assert row.at is not None


def test_a_change_of_nothing_leaves_nothing(world):
    same = {"name": "甲"}
    assert not changed(None, "change", "area", 1, area=world.donghe1, before=same, after=same)
    assert not Change.objects.exists()


def test_days_are_kept_as_text(world):
    changed(None, "open", "posting", 1, area=None, after={"started_on": SINCE})
    assert Change.objects.get().after == {"started_on": SINCE.isoformat()}


def test_an_unknown_subject_is_refused(world):
    with pytest.raises(BadInput):
        changed(None, "open", "weather", 1, area=None)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE grids_change SET reason = ''", "DELETE FROM grids_change", "TRUNCATE grids_change"],
)
def test_nobody_rewrites_the_log(world, statement):
    changed(None, "open", "area", 1, area=world.donghe1)
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_log_is_read_within_the_area(world):
    changed(world.cun, "open", "area", 1, area=world.donghe1)
    changed(world.du, "open", "area", 2, area=world.dukou1)
    seen = {who: Change.objects.visible_to(world.people[who]).count() for who in ("cun", "bao")}
    assert seen == {"cun": 1, "bao": 1}
    assert Change.objects.visible_to(world.su).count() == 2
    assert Change.objects.visible_to(world.wai).count() == 0
