"""The whole country as published: a small cut of it with every trap, stopped and gone on with."""

import csv
import io
import shutil
import tarfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from grids import country, planting
from grids.csvfile import BadFile
from grids.importing import Edition
from grids.models import Area, Tenant, Unit
from grids.models.area import STAMP_COLUMNS
from grids.roles import AreaKind, Level
from grids.treecheck import findings

CUT = Path(__file__).parent / "country"  # real rows of china-division 2.7.0
EDITION = Edition()


@pytest.fixture
def folder(tmp_path):
    """A copy of the cut that a test may spoil."""
    return Path(shutil.copytree(CUT, tmp_path / "dist"))


def lines_in(folder):
    return sum(
        len((folder / file).read_text(encoding="utf-8").splitlines()) - 1
        for file, _ in country.FILES.values()
    )


def load(folder, say=lambda words: None):
    done = planting.import_country(folder, EDITION, say)
    bad = [(row.file, row.line, row.reason) for row in country.bad_lines()]
    return done, bad


def area(code):
    return Area.objects.current().get(code=code, code_system="NBS", code_year=2023)


def add(folder, file, *lines):
    with (folder / file).open("a", encoding="utf-8") as out:
        out.write("".join(f"{line}\n" for line in lines))
    return len((folder / file).read_text(encoding="utf-8").splitlines()) - len(lines) + 1


# --- what is planted ----------------------------------------------------------------------
def test_the_published_repetitions_are_left_out_with_line_and_reason(world):
    done, bad = load(CUT)
    assert [(file, reason.split(", line")[0]) for file, _, reason in bad] == [
        ("areas.csv", "441900000000 is 东莞市 (cities.csv"),
        ("areas.csv", "442000000000 is 中山市 (cities.csv"),
        ("areas.csv", "460400000000 is 儋州市 (cities.csv"),
        ("streets.csv", "350527000000 is 金门县 (areas.csv"),
        ("villages.csv", "350527000000 is 金门县 (areas.csv"),
    ]
    text = (CUT / "areas.csv").read_text(encoding="utf-8").splitlines()
    assert text[bad[0][1] - 1].startswith("441900,")
    assert (done.rows, done.areas, done.bad) == (lines_in(CUT), lines_in(CUT) - 5, 5)


def test_places_have_paths_and_columns_as_the_writer_of_the_tree_makes_them(world):
    load(CUT)
    planted = list(Area.objects.filter(code_system="NBS", code_year=2023).select_related("parent"))
    assert {row.level for row in planted} == {1, 2, 3, 4, 5}
    for row in planted:
        parent = row.parent
        expected = parent.stamp if parent else dict.fromkeys(STAMP_COLUMNS)
        if row.level > Level.PROVINCE:
            expected[f"{Level(row.level).column}_id"] = row.pk
        if row.level == Level.DISTRICT:
            expected["stat_district_id"] = row.pk
        assert row.stamp == expected
        assert row.path == f"{parent.path if parent else ''}{row.pk}."
        assert (row.valid_from, row.valid_to, row.tenant_id) == (EDITION.valid_from, None, None)


def test_a_city_without_counties_holds_its_towns_itself(world):
    load(CUT)
    town = area("441900003000")
    assert (town.parent, town.district_id) == (area("441900000000"), None)
    assert town.city_id == area("441900000000").pk


def test_rare_characters_and_virtual_communities_come_as_they_are(world):
    load(CUT)
    assert area("420684103229").name == "高\ue170村委会"
    assert area("441424103203").name == "輋𣒍村委会"
    assert "虚拟" in area("110112009498").name
    assert area("410871000000").kind == AreaKind.FUNCTIONAL_ZONE.value


def test_what_is_stored_passes_the_checks_of_the_official_list(world):
    load(CUT)
    found = {finding.check: finding for finding in findings(EDITION)}
    assert not [str(one) for one in found.values() if one.must_hold and one.count]
    assert found["a level is skipped"].count > 0
    assert found["private-use character in the name"].count == 2
    assert found["character beyond sixteen bits in the name"].count == 3
    assert found["virtual community"].count == 1
    assert found["nothing lies in it"].examples == [("350527000000", "金门县")]


def test_the_checks_see_a_code_in_the_wrong_place(world):
    load(CUT)
    Area.objects.filter(code="350203001001").update(parent=area("441900003000"), name="有 空")
    failed = {one.check for one in findings(EDITION) if one.must_hold and one.count}
    assert failed == {
        "code begins with the parent's",
        "path is the parent's and the own id",
        "name has no blank or control character",
    }
    with pytest.raises(CommandError, match="3 checks failed"):
        call_command("check_areas", stdout=io.StringIO())


# --- bad lines ------------------------------------------------------------------------------
def test_a_bad_line_is_left_out_with_what_lies_below_it(world, folder):
    first = add(
        folder, "streets.csv",
        '35020300,"短码街道",350203,35,3502',
        '350203900,"",350203,35,3502',
        '110101900,"别处街道",350203,35,3502',
        '350299001,"无县街道",350299,35,3502',
        '350203002,"多列街道",350203,35,3502,x',
    )  # fmt: skip
    village = add(folder, "villages.csv", '350299001001,"无乡村",350299001,35,3502,350299')
    done, bad = load(folder)
    assert [row for row in bad if row[1] >= first and row[0] == "streets.csv"] == [
        ("streets.csv", first, "'35020300' is not a code of 9 digits."),
        ("streets.csv", first + 1, "name: This is required."),
        ("streets.csv", first + 2, "110101900 does not lie in 350203."),
        ("streets.csv", first + 3, "The parent 350299000000 is not here."),
        ("streets.csv", first + 4, "6 columns instead of 5."),
    ]
    assert bad[-1] == ("villages.csv", village, "The parent 350299001000 is not here.")
    assert done.bad == 5 + 6


def test_a_second_row_of_a_code_is_bad(world, folder):
    line = add(folder, "villages.csv", '350203001001,"别名社区",350203001,35,3502,350203')
    _, bad = load(folder)
    assert bad[-1][:2] == ("villages.csv", line)
    assert "is 鸿山社区居委会 (villages.csv, line" in bad[-1][2]
    assert area("350203001001").name == "鸿山社区居委会"


@pytest.mark.parametrize(
    "content", ['code,name\n"1', "kode,name\n11,x\n", b"code,name\n\xff\xfe,x\n"]
)
def test_a_file_that_cannot_be_read_changes_nothing(world, folder, content):
    (folder / "provinces.csv").write_bytes(
        content if isinstance(content, bytes) else content.encode()
    )
    before = Area.objects.count()
    with pytest.raises(BadFile):
        planting.import_country(folder, EDITION, lambda words: None)
    assert Area.objects.count() == before


def test_a_missing_file_is_named(world, folder):
    (folder / "streets.csv").unlink()
    with pytest.raises(BadFile) as caught:
        planting.import_country(folder, EDITION, lambda words: None)
    assert caught.value.listing() == "streets.csv, line 1: This file is missing."


# --- twice, stopped, beside other places ------------------------------------------------------
def test_twice_is_once(world):
    first, _ = load(CUT)
    again, bad = load(CUT)
    assert (again.areas, again.known, len(bad)) == (0, first.areas, 5)


class Killed(Exception):
    pass


def test_an_import_that_was_stopped_goes_on(world):
    def stop(words):
        if words.lstrip().startswith("3 of"):
            raise Killed

    with pytest.raises(Killed):
        load(CUT, stop)
    begun = Area.objects.filter(code_system="NBS", code_year=2023).count()
    done, _ = load(CUT)
    assert begun > 0 and done.known == begun
    assert done.areas + begun == lines_in(CUT) - 5


def test_a_known_place_that_differs_stays_and_is_told(world):
    load(CUT)
    Area.objects.filter(code="350203001001").update(name="旧名社区居委会")
    done, bad = load(CUT)
    assert "350203001001 is 旧名社区居委会 already, level 5" in " ".join(row[2] for row in bad)
    assert (done.areas, area("350203001001").name) == (0, "旧名社区居委会")


def test_new_places_below_a_customer_are_theirs_and_get_their_units(world, folder):
    load(CUT)
    customer = Tenant.objects.create(prefix="SM", name="思明区")
    Area.objects.within(area("350203000000")).update(tenant=customer)
    add(folder, "villages.csv", '350203001002,"新社区居委会",350203001,35,3502,350203')
    done, _ = load(folder)
    planted = area("350203001002")
    assert (done.areas, planted.tenant_id) == (1, customer.pk)
    kinds = set(Unit.objects.filter(area=planted).values_list("kind_id", flat=True))
    assert kinds == {"village_committee", "mediation_committee"}


# --- the command ------------------------------------------------------------------------------
def test_the_command_reads_the_archive_and_lists_what_it_left_out(world, tmp_path):
    archive, report = tmp_path / "china-division.tgz", tmp_path / "bad.csv"
    with tarfile.open(archive, "w:gz") as tape:
        tape.add(CUT, "package/dist")
    out, err = io.StringIO(), io.StringIO()
    call_command("import_areas", archive, bad_lines=report, stdout=out, stderr=err)
    assert "5 lines left out" in out.getvalue()
    assert "new places" in err.getvalue()  # progress, province by province
    assert "areas.csv, line" in err.getvalue()
    rows = list(csv.reader(report.open(encoding="utf-8-sig", newline="")))
    assert (rows[0], len(rows)) == (["file", "line", "reason"], 6)


def test_a_damaged_archive_is_refused(world, tmp_path):
    archive = tmp_path / "areas.tgz"
    archive.write_bytes(b"not an archive")
    with pytest.raises(CommandError):
        call_command("import_areas", archive, stderr=io.StringIO())
