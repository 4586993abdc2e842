"""Units every place has, their names and superiors; units opened by hand."""

from datetime import date

import pytest
from django.db import IntegrityError

from grids.errors import BadInput
from grids.models import Area, Unit, UnitRelation
from grids.roles import Level, UnitKindCode
from grids.units import _refuse, open_unit, standard_name, standard_units
from tests.world import SINCE


def names(area):
    return set(Unit.objects.filter(area=area).values_list("name", flat=True))


def superiors(unit):
    lines = UnitRelation.objects.filter(unit=unit).order_by("line")
    return [(relation.line, relation.superior.name) for relation in lines]


def test_the_units_of_each_level(world):
    assert names(world.city) == set()  # above every customer
    assert names(world.hubin) == {"湖滨区综治中心", "湖滨区人民政府", "湖滨区信访局"}
    assert names(world.liulin) == {
        "柳林镇综治中心",
        "柳林镇人民政府",
        "柳林镇司法所",
        "柳林镇派出所",
    }
    assert names(world.shiqiao) == {"石桥村村民委员会", "石桥村人民调解委员会"}
    assert names(world.donghe1a) == {"第1微网格"}


def test_coordinating_units_report_to_the_next_one_above(world):
    micro_team = Unit.objects.get(area=world.donghe1a)
    assert superiors(micro_team) == [("business", "第1网格")]
    assert superiors(world.donghe1_team) == [("business", "东河村村民委员会")]
    assert superiors(world.donghe_committee) == [
        ("business", "青石镇综治中心"),
        ("government", "青石镇人民政府"),
    ]
    assert superiors(world.qingshi_centre) == [
        ("business", "湖滨区综治中心"),
        ("government", "青石镇人民政府"),
    ]
    assert superiors(world.hubin_centre) == [("government", "湖滨区人民政府")]


def test_the_other_lines(world):
    assert superiors(world.donghe_mediation) == [
        ("business", "青石镇司法所"),
        ("government", "东河村村民委员会"),
    ]
    assert superiors(world.qingshi_government) == [("government", "湖滨区人民政府")]
    assert superiors(world.qingshi_justice) == [("government", "青石镇人民政府")]
    assert superiors(world.hubin_petition) == [("government", "湖滨区人民政府")]
    assert superiors(world.land_office) == [("government", "青石镇人民政府")]


def test_opening_standard_units_again_opens_none(world):
    before = Unit.objects.count(), UnitRelation.objects.count()
    assert standard_units(world.hubin) == []
    assert (Unit.objects.count(), UnitRelation.objects.count()) == before


def test_a_missing_unit_is_opened_with_its_lines(world):
    UnitRelation.objects.filter(superior=world.dukou_committee).delete()
    UnitRelation.objects.filter(unit=world.dukou_committee).delete()
    world.du.postings.all().delete()
    world.dukou_committee.delete()
    (opened,) = standard_units(world.hubin)
    assert opened.name == "渡口村村民委员会"
    assert superiors(opened) == [
        ("business", "柳林镇综治中心"),
        ("government", "柳林镇人民政府"),
    ]


@pytest.mark.parametrize(
    ("name", "committee", "mediation"),
    [
        ("东河村", "东河村村民委员会", "东河村人民调解委员会"),
        ("鸿山社区居委会", "鸿山社区居民委员会", "鸿山社区人民调解委员会"),
        ("鹭江社区居民委员会", "鹭江社区居民委员会", "鹭江社区人民调解委员会"),
        ("洛阳村委会", "洛阳村民委员会", "洛阳村人民调解委员会"),
        ("东关村民委员会", "东关村民委员会", "东关村人民调解委员会"),
        ("上店村村民委员会", "上店村村民委员会", "上店村人民调解委员会"),
        ("清源社区", "清源社区居民委员会", "清源社区人民调解委员会"),
        ("桥北居民委员会", "桥北居民委员会", "桥北居委会人民调解委员会"),
        ("茶场生活区", "茶场生活区居民委员会", "茶场生活区人民调解委员会"),
        ("居委会", "居委会居民委员会", "居委会人民调解委员会"),
    ],
)
def test_names_of_village_units(name, committee, mediation):
    kind = UnitKindCode
    assert standard_name(kind.VILLAGE_COMMITTEE, name, Level.VILLAGE, "official") == committee
    assert standard_name(kind.MEDIATION_COMMITTEE, name, Level.VILLAGE, "official") == mediation


@pytest.mark.parametrize(
    ("level", "name", "kind", "seat"),
    [
        (Level.TOWNSHIP, "厦港街道", "official", "厦港街道办事处"),
        (Level.TOWNSHIP, "百崎回族乡", "official", "百崎回族乡人民政府"),
        (Level.TOWNSHIP, "青石镇", "official", "青石镇人民政府"),
        (Level.TOWNSHIP, "红旗农场", "official", "红旗农场管理委员会"),
        (Level.DISTRICT, "思明区", "official", "思明区人民政府"),
        (Level.DISTRICT, "泉州台商投资区", "functional_zone", "泉州台商投资区管理委员会"),
        (Level.CITY, "定西市", "official", "定西市人民政府"),
    ],
)
def test_names_of_governments(level, name, kind, seat):
    assert standard_name(UnitKindCode.GOVERNMENT, name, level, kind) == seat


def opened(world, **values):
    usual = {"area": world.qingshi, "kind": "department", "name": "青石镇水利站"}
    return open_unit(**usual | {"valid_from": SINCE} | values)


def test_opening_a_unit_with_two_superiors(world):
    district = opened(world, area=world.hubin, name="湖滨区水利局")
    station = opened(world, government=world.qingshi_government, business=district, phone="12345")
    assert station.tenant_id == world.lb.pk
    assert superiors(station) == [("business", "湖滨区水利局"), ("government", "青石镇人民政府")]


def test_units_that_make_no_sense(world):
    strange = world.nanshan_centre
    for field, values in [
        ("area", {"area": world.city}),
        ("kind", {"kind": "no such kind"}),
        ("kind", {"kind": "governance_centre"}),  # there is one already
        ("name", {"name": ""}),
        ("name", {"name": "站" * 81}),
        ("name", {"name": "青石镇自然资源所"}),
        ("phone", {"phone": "0" * 21}),
        ("government", {"government": strange}),
        ("business", {"business": strange}),
    ]:
        with pytest.raises(BadInput) as caught:
            opened(world, **values)
        assert caught.value.field == field, values
    Area.objects.filter(pk=world.qingshi.pk).update(valid_to=date(2025, 1, 1))
    world.qingshi.refresh_from_db()
    with pytest.raises(BadInput) as caught:
        opened(world)
    assert caught.value.field == "area"


def test_an_unknown_broken_constraint_stays_an_error():
    with pytest.raises(IntegrityError):
        _refuse(IntegrityError("something else"))


def test_the_unit_that_coordinates(world):
    assert world.qingshi_centre.coordinating
    assert world.donghe_committee.coordinating
    assert not world.donghe_mediation.coordinating
    assert not world.qingshi_government.coordinating
