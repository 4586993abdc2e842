"""The official list: the seed, twice; zones and customers; bad lines and nothing half done."""

import io
import re
import threading
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from grids.csvfile import BadFile
from grids.importing import SEED, Edition, import_areas
from grids.models import Area, Tenant, Unit, UnitRelation
from grids.roles import AreaKind, Level

HEADER = "code,name,level,parent_code,urban_rural"
GOOD = [
    "350000000000,福建省,1,,",
    "350200000000,厦门市,2,350000000000,",
    "350203000000,思明区,3,350200000000,",
    "350203001000,厦港街道,4,350203000000,",
    "350203001001,鸿山社区居委会,5,350203001000,111",
]
EDITION = Edition()


@pytest.fixture
def file(tmp_path):
    def writing(*lines, name="areas.csv", header=HEADER):
        path = tmp_path / name
        path.write_text("\n".join([header, *lines]), encoding="utf-8")
        return path

    return writing


def zones(file, *lines):
    return file(*lines, name="zones.csv", header="name,parent_code,member_code")


def tenants(file, *lines):
    return file(*lines, name="tenants.csv", header="prefix,name,root")


def run(*args, **options):
    """The command's output."""
    out = io.StringIO()
    call_command("import_areas", *args, stdout=out, stderr=out, **options)
    return out.getvalue()


def refused(*args, **options):
    """``(file, line, reason)`` of every bad line; nothing was written."""
    counts = Area.objects.count(), Tenant.objects.count(), Unit.objects.count()
    with pytest.raises(BadFile) as caught:
        import_areas(*args, **options)
    assert (Area.objects.count(), Tenant.objects.count(), Unit.objects.count()) == counts
    return [(bad.file, bad.line, bad.reason) for bad in caught.value.rows]


def area(code):
    return Area.objects.get(code=code)


# --- the seed -------------------------------------------------------------------------
@pytest.fixture
def seed(world):
    return run()


def test_the_seed_is_imported_whole_and_twice_is_once(seed, world):
    assert re.search(
        r"2612 rows in \d+\.\d s; 2613 new places, 0 known, 6 new customers, 5531 new units", seed
    )
    assert Area.objects.filter(code_system="NBS", code_year=2023).count() == 2612
    relations = UnitRelation.objects.count()
    assert "0 new places, 2613 known, 0 new customers, 0 new units" in run()
    assert UnitRelation.objects.count() == relations


def test_every_imported_place_agrees_with_its_parent(seed):
    for place in Area.objects.exclude(parent=None).select_related("parent"):
        parent = place.parent
        assert place.path == f"{parent.path}{place.pk}."
        own = f"{Level(place.level).column}_id"
        for column in ("city_id", "district_id", "township_id", "village_id"):
            wanted = place.pk if column == own else getattr(parent, column)
            assert getattr(place, column) == wanted
        assert parent.tenant_id in (None, place.tenant_id)


def test_the_functional_zone_of_the_seed(seed):
    zone = Area.objects.get(name="泉州台商投资区")
    huian = area("350521000000")
    assert (zone.kind, zone.code, zone.level) == (AreaKind.FUNCTIONAL_ZONE, "", Level.DISTRICT)
    assert zone.parent == area("350500000000")
    towns = list(zone.children.order_by("code"))
    assert [town.code for town in towns] == [
        "350521104000",
        "350521105000",
        "350521106000",
        "350521200000",
    ]
    village = Area.objects.filter(township=towns[0], level=Level.VILLAGE).first()
    assert (village.district_id, village.stat_district_id) == (zone.pk, huian.pk)
    assert village.tenant.prefix == "TS"
    assert area("410871000000").kind == AreaKind.FUNCTIONAL_ZONE  # a statistics-only code


def test_customers_of_the_seed_begin_at_their_places(seed):
    roots = {
        "SM": "思明区",
        "TS": "泉州台商投资区",
        "HA": "惠安县",
        "DX": "定西市",
        "HL": "华龙区",
        "SF": "焦作城乡一体化示范区",
    }
    for prefix, name in roots.items():
        first = Area.objects.filter(tenant__prefix=prefix).order_by("path").first()
        assert first.name == name
        assert first.parent.tenant_id is None
    centres = Unit.objects.filter(tenant__prefix="DX", kind="governance_centre")
    dingxi = Area.objects.filter(tenant__prefix="DX", level__lte=Level.TOWNSHIP)
    assert centres.count() == dingxi.count() == 1 + 7 + 122
    for code in ("350500000000", "620000000000"):
        assert area(code).tenant is None
        assert not Unit.objects.filter(area=area(code)).exists()


def test_units_of_imported_villages(seed):
    village = area("350203001001")
    names = set(Unit.objects.filter(area=village).values_list("name", flat=True))
    assert names == {"鸿山社区居民委员会", "鸿山社区人民调解委员会"}
    kinds = Unit.objects.filter(area__level=Level.VILLAGE, kind="mediation_committee")
    assert kinds.filter(tenant__prefix__in=["SM", "TS", "DX", "HL", "SF"]).count() == 2440


# --- parts ----------------------------------------------------------------------------
def test_one_branch_as_a_customer(world):
    said = run(root="410902000000", tenant_prefix="HL")
    assert "1 new customers" in said
    codes = Area.objects.filter(code_system="NBS").values_list("code", "tenant__prefix")
    assert {code[:6]: prefix for code, prefix in codes} == {
        "410000": None,
        "410900": None,
        "410902": "HL",
    }
    assert Tenant.objects.get(prefix="HL").name == "华龙区"
    assert "0 new places" in run(root="410902000000", tenant_prefix="HL")


def test_new_places_below_a_customer_open_their_units(world, file):
    import_areas(file(*GOOD[:4]), EDITION, tenants=tenants(file, "SM,思明区,350203000000"))
    done = import_areas(file(*GOOD), EDITION)
    assert (done.areas, done.known, done.units) == (1, 4, 2)
    assert area("350203001001").tenant.prefix == "SM"


def test_a_customer_may_come_after_its_places(world, file):
    assert import_areas(file(*GOOD), EDITION).units == 0
    done = import_areas(file(*GOOD), EDITION, tenants=tenants(file, "SM,思明区,350203000000"))
    assert (done.areas, done.tenants, done.units) == (0, 1, 3 + 4 + 2)
    assert area("350203001001").tenant.prefix == "SM"
    assert area("350200000000").tenant is None


def test_parents_may_stand_below_their_children(world, file):
    assert import_areas(file(*reversed(GOOD)), EDITION).areas == 5
    assert area("350203001001").stamp["city_id"] == area("350200000000").pk


def test_another_edition_is_another_place(world, file):
    import_areas(file(*GOOD), EDITION)
    later = Edition("NBS", 2024, date(2024, 6, 30))
    assert import_areas(file(*GOOD), later).areas == 5
    assert Area.objects.filter(code="350203001001").count() == 2
    assert Area.objects.get(code="350203001001", code_year=2024).valid_from == date(2024, 6, 30)


def test_other_systems_have_codes_of_other_shapes(world, file):
    lines = ["HB,湖北州,2,,", "HB-1,水县,3,HB,"]
    with pytest.raises(BadFile):
        import_areas(file(*lines), Edition("GOV", 2023))
    assert import_areas(file("HB,湖北州,2,,", "HB1,水县,3,HB,"), Edition("GOV", 2023)).areas == 2
    gov = Edition("GOV", 2023)
    assert refused(file(",无码,2,,"), gov)[0][2] == "The code is missing."
    assert "level: It must lie deeper" in refused(file("HB9,北州,2,HB,"), gov)[0][2]


def test_a_zone_of_known_townships(world, file):
    line = "思明新区,350200000000,350203001000"
    done = import_areas(file(*GOOD), EDITION, zones=zones(file, line))
    assert done.areas == 6
    town = area("350203001000")
    assert (town.parent.name, town.stat_parent.name) == ("思明新区", "思明区")
    assert import_areas(file(*GOOD), EDITION, zones=zones(file, line)).areas == 0


# --- bad lines ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("350203001002,孤村,5,350203009000,", "350203009000 is neither here nor imported"),
        ("350203001002,,5,350203001000,", "name: This is required"),
        ("350203001002,甲\u200b村,5,350203001000,", "name: Hidden or control"),
        (f"350203001002,{'村' * 61},5,350203001000,", "name: At most 60"),
        ("350203001001,又一社区,5,350203001000,", "350203001001 is on line 6 already"),
        ("35020300100,短码村,5,350203001000,", "is not a code of twelve digits"),
        ("３５０２０３００１００２,全角村,5,350203001000,", "is not a code of twelve digits"),
        ("350203001002,错级村,4,350203001000,", "is a code of level 5, not 4"),
        ("350203001000,错级街道,5,350203000000,", "is a code of level 4, not 5"),
        ("350203001002,零级村,0,350203001000,", "Level '0' is not one of 1 to 5"),
        ("350203001002,空级村,,350203001000,", "Level '' is not one of 1 to 5"),
        ("350203001002,字级村,五,350203001000,", "Level '五' is not one of 1 to 5"),
        ("350203002000,无上街道,4,,", "parent: Say what it is part of"),
        ("350203001002,错上村,5,350203001001,", "350203001002 does not lie in 350203001001"),
        ("350204001001,别处村,5,350203001000,", "350204001001 does not lie in 350203001000"),
        ("350203001002,短行村", "2 columns instead of 5"),
        ("350203001002,长行村,5,350203001000,220,9", "6 columns instead of 5"),
        ("350203001002,类村,5,350203001000,2200", "urban_rural: At most 3"),
    ],
)
def test_a_bad_line_is_listed_and_nothing_is_imported(world, file, line, reason):
    (bad,) = refused(file(*GOOD, line), EDITION)
    assert bad[:2] == ("areas.csv", 7)
    assert reason in bad[2]


def test_all_bad_lines_are_listed_at_once(world, file):
    lines = [*GOOD, "1,甲,5,350203001000,", "350203001003,,5,350203001000,", "x,乙,9,,"]
    assert [line for _, line, _ in refused(file(*lines), EDITION)] == [7, 8, 9]


def test_known_places_are_not_renamed_or_moved(world, file):
    import_areas(file(*GOOD), EDITION, zones=zones(file, "思明新区,350200000000,350203001000"))
    (bad,) = refused(file(*GOOD), EDITION)
    assert bad[1:] == (5, "厦港街道 lies below 思明新区 already.")
    renamed = GOOD[4].replace("鸿山社区居委会", "鸿山社区")
    (bad,) = refused(
        file(*GOOD[:4], renamed),
        EDITION,
        zones=zones(file, "思明新区,350200000000,350203001000"),
    )
    assert bad[2] == "350203001001 is 鸿山社区居委会 already."


def test_files_that_are_no_list_of_places(world, file, tmp_path):
    assert refused(file(*GOOD, header="代码,名称,级别,上级"), EDITION)[0][1] == 1
    gbk = tmp_path / "gbk.csv"
    gbk.write_bytes("\n".join([HEADER, *GOOD]).encode("gbk"))
    (bad,) = refused(gbk, EDITION)
    assert bad[:2] == ("gbk.csv", 2)
    assert "UTF-8" in bad[2]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("新区,350300000000,350203001000", "350300000000 is neither here nor imported"),
        ("新区,350200000000,350203009000", "350203009000 is neither here nor imported"),
        (",350200000000,350203001000", "name: This is required"),
        ("新区,350203001001,350203001000", "neither here nor imported"),
    ],
)
def test_bad_zones(world, file, line, reason):
    bad = refused(file(*GOOD), EDITION, zones=zones(file, line))
    assert bad[0][:2] == ("zones.csv", 2)
    assert reason in bad[0][2]


def test_a_township_lies_in_one_zone(world, file):
    lines = ["新区,350200000000,350203001000", "老区,350200000000,350203001000"]
    (bad,) = refused(file(*GOOD), EDITION, zones=zones(file, *lines))
    assert bad == ("zones.csv", 3, "350203001000 is in 新区 already.")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("SM,思明区,350203999000", "350203999000 is neither here nor imported"),
        ("s,思明区,350203000000", "two to eight capital letters"),
        ("思明,思明区,350203000000", "two to eight capital letters"),
        ("SM,,350203000000", "name: This is required"),
        ("LB,思明区,350203000000", "LB is the customer 湖滨区 already"),
    ],
)
def test_bad_customers(world, file, line, reason):
    (bad,) = refused(file(*GOOD), EDITION, tenants=tenants(file, line))
    assert bad[:2] == ("tenants.csv", 2)
    assert reason in bad[2]


def test_customers_do_not_lie_in_each_other(world, file):
    lines = ["XM,厦门市,350200000000", "SM,思明区,350203000000"]
    bad = refused(file(*GOOD), EDITION, tenants=tenants(file, *lines))
    assert bad == [("tenants.csv", 3, "思明区 lies in another customer's place.")]
    import_areas(file(*GOOD), EDITION, tenants=tenants(file, lines[1]))
    other = tenants(file, "QT,另一家,350203000000")
    assert (
        refused(file(*GOOD), EDITION, tenants=other)[0][2] == "思明区 belongs to another customer."
    )
    above = tenants(file, lines[0])
    bad = refused(file(*GOOD), EDITION, tenants=above)
    assert bad == [("tenants.csv", 2, "厦门市 has another customer's place in it.")]


def test_a_root_that_is_not_in_the_file(world, file):
    (bad,) = refused(file(*GOOD), EDITION, root="350299000000", prefix="XX")
    assert bad == ("areas.csv", 1, "350299000000 is not in this file.")


def test_two_imports_at_once_are_one(committed_world, file):
    path, done = file(*GOOD), []

    def take():
        try:
            done.append(import_areas(path, EDITION).areas)
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [0, 0, 0, 5]


# --- the command ----------------------------------------------------------------------
def test_the_command_lists_bad_lines(world, file, capsys):
    path = file(*GOOD, "1,甲,5,350203001000,")
    with pytest.raises(CommandError, match="1 bad lines; nothing was imported"):
        call_command("import_areas", str(path))
    assert "areas.csv, line 7: '1' is not a code" in capsys.readouterr().err


def test_the_command_without_a_file_to_read(world, tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run(str(tmp_path / "none.csv"))
    with pytest.raises(CommandError, match="needs --root"):
        run(tenant_prefix="XX")


def test_the_seed_says_where_it_comes_from():
    source = (SEED / "SOURCE.md").read_text(encoding="utf-8")
    for word in ("National Bureau of Statistics", "2023-06-30", "china-division", "2.7.0"):
        assert word in source
