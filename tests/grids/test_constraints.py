"""Rows that the database refuses even from code that skips every writer."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from grids.models import (
    AccessLog,
    Area,
    AreaPast,
    AreaSuccession,
    Posting,
    Unit,
    UnitRelation,
    User,
)
from tests.world import MONDAY, SINCE


def refused(constraint, write):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write()


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("area_level_known", {"level": 8}),
        ("area_level_known", {"level": 0}),
        ("area_kind_known", {"kind": "camp"}),
        ("area_path_is_closed", {"path": "1.2"}),
        ("area_path_is_closed", {"path": "1..2."}),
        ("area_path_is_closed", {"path": ""}),
        ("area_ends_after_it_starts", {"valid_to": SINCE}),
        ("area_code_names_its_edition", {"code": "350203001001"}),
        ("area_code_names_its_edition", {"code": "350203001001", "code_system": "NBS"}),
    ],
)
def test_areas(world, constraint, values):
    refused(constraint, lambda: Area.objects.filter(pk=world.donghe1.pk).update(**values))


def test_area_is_not_its_own_parent(world):
    own = {"parent": world.donghe1}
    refused(
        "area_not_its_own_parent",
        lambda: Area.objects.filter(pk=world.donghe1.pk).update(**own),
    )


def test_area_paths_codes_and_numbers_are_unique(world):
    one, two = (Area.objects.filter(pk=area.pk) for area in (world.donghe1, world.donghe2))
    refused("path", lambda: two.update(path=world.donghe1.path))
    refused("area_number_once_in_parent", lambda: two.update(number="1"))
    coded = {"code": "350203001001", "code_system": "NBS", "code_year": 2023}
    one.update(**coded)
    refused("area_code_once_per_edition", lambda: two.update(**coded))
    one.update(valid_to=date(2025, 1, 1))  # a code that is free again
    two.update(**coded)


def test_units(world):
    row = Unit.objects.filter(pk=world.land_office.pk)
    refused("unit_ends_after_it_starts", lambda: row.update(valid_to=SINCE))
    refused("unit_name_once_per_area", lambda: row.update(name="青石镇司法所"))
    refused("unit_single_kind_once_per_area", lambda: row.update(kind="government"))
    row.update(kind="police_station")  # a town may have two


def test_unit_relations(world):
    def relate(unit, superior, line, valid_to=None):
        UnitRelation.objects.create(
            unit=unit, superior=superior, line=line, valid_from=SINCE, valid_to=valid_to
        )

    office, government = world.land_office, world.qingshi_government
    refused("unit_relation_line_known", lambda: relate(office, government, "friends"))
    refused("unit_not_its_own_superior", lambda: relate(office, office, "business"))
    refused(
        "unit_relation_ends_after_it_starts",
        lambda: relate(office, government, "business", SINCE),
    )
    refused("unit_relation_once_while_running", lambda: relate(office, government, "government"))


def test_postings(world):
    posting = world.posting(world.gao)
    row = Posting.objects.filter(pk=posting.pk)
    refused("posting_role_known", lambda: row.update(role="king"))
    refused("posting_ends_after_start", lambda: row.update(ended_on=SINCE))
    refused("posting_not_its_own_substitute", lambda: row.update(substitute_for=posting))
    posting.pk = None
    refused("posting_once_while_running", lambda: posting.save(force_insert=True))


def test_users_and_looks(world):
    refused("username", lambda: User.objects.create_user("gao", None, "Gao"))
    gao = User.objects.filter(username="gao")
    refused("user_text_size_known", lambda: gao.update(text_size="huge"))
    refused(
        "access_action_known",
        lambda: AccessLog.objects.create(
            tenant=world.lb, at=MONDAY, actor=world.gao, action="peek", subject="x"
        ),
    )


def test_pasts_and_successions(world):
    refused(
        "area_past_ends_after_it_starts",
        lambda: AreaPast.objects.create(
            area=world.donghe, name="东河", valid_from=SINCE, valid_to=SINCE, change="rename"
        ),
    )

    def succeed(successor):
        AreaSuccession.objects.create(
            predecessor=world.donghe, successor=successor, change="merge", on=SINCE
        )

    refused("area_not_its_own_successor", lambda: succeed(world.donghe))
    succeed(world.shiqiao)
    refused("area_succession_once", lambda: succeed(world.shiqiao))


def test_places_with_history_are_not_deleted(world):
    for area in (world.donghe, world.donghe1):
        with pytest.raises(Exception, match="protected"):
            area.delete()
