"""Grids and micro-grids by CSV, in and out."""

import io
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from grids.csvfile import BadFile
from grids.gridfile import export_grids, import_grids
from grids.importing import Edition
from grids.models import Area, Unit
from grids.roles import Level

HEADER = "village_code,number,name,households,boundary,kind,parent_number"
VILLAGE, OTHER = "350203001001", "350203001002"
EDITION, SINCE = Edition(), date(2026, 1, 1)
LINES = [
    f"{VILLAGE},1-1,楼栋一,60,,微网格,1",  # before its grid
    f"{VILLAGE},1,第1网格,320,东至河，西至路,综合网格,",
    f"{VILLAGE},2,商场,,,dedicated_grid,",
    f"{OTHER},1,第1网格,0,,,",
]


@pytest.fixture
def villages(world):
    """Two villages of the cast with codes of the official list."""
    for area, code in ((world.shiqiao, VILLAGE), (world.dukou, OTHER)):
        Area.objects.filter(pk=area.pk).update(code=code, code_system="NBS", code_year=2023)
    Unit.objects.filter(area=world.dukou1).update(valid_to=date(2026, 1, 1))
    Area.objects.filter(pk=world.dukou1.pk).update(valid_to=date(2026, 1, 1))
    return world


@pytest.fixture
def file(tmp_path):
    def writing(*lines, header=HEADER):
        path = tmp_path / "grids.csv"
        path.write_text("\n".join([header, *lines]), encoding="utf-8")
        return path

    return writing


def take(path):
    done = import_grids(path, EDITION, since=SINCE)
    return done.rows, done.grids, done.changed, done.known, done.units


def refused(path):
    before = Area.objects.count()
    with pytest.raises(BadFile) as caught:
        take(path)
    assert Area.objects.count() == before
    return [(bad.line, bad.reason) for bad in caught.value.rows]


def test_grids_come_with_their_teams_and_twice_is_once(villages, file):
    assert take(file(*LINES)) == (4, 4, 0, 0, 4)
    assert take(file(*LINES)) == (4, 0, 0, 4, 0)
    grid = Area.objects.get(parent=villages.shiqiao, number="1")
    assert (grid.kind, grid.households, grid.boundary) == ("general_grid", 320, "东至河，西至路")
    assert grid.valid_from == SINCE
    micro = Area.objects.get(parent=grid)
    assert (micro.level, micro.kind) == (Level.MICROGRID, "microgrid")
    assert micro.stamp["village_id"] == villages.shiqiao.pk
    team = Unit.objects.get(area=micro)
    assert (team.name, team.kind_id, team.tenant) == ("楼栋一", "grid_team", villages.lb)
    assert team.relations.get(line="business").superior == Unit.objects.get(area=grid)


def test_households_and_boundary_are_brought_up_to_date(villages, file):
    take(file(*LINES))
    changed = LINES[1].replace("320", "350")
    assert take(file(LINES[0], changed, *LINES[2:])) == (4, 0, 1, 3, 0)
    assert Area.objects.get(parent=villages.shiqiao, number="1").households == 350


def test_the_column_of_microgrids_may_be_missing(villages, file):
    header = HEADER.removesuffix(",parent_number")
    assert take(file(f"{VILLAGE},1,第1网格,320,,", header=header)) == (1, 1, 0, 0, 1)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("350203001009,1,网格,,,,", "village_code: 350203001009 is not imported"),
        (",1,网格,,,,", "village_code:  is not imported"),
        (f"{VILLAGE},,网格,,,,", "number: This is required"),
        (f"{VILLAGE},9,,,,,", "name: This is required"),
        (f"{VILLAGE},9,网格,-1,,,", "households: Write a number"),
        (f"{VILLAGE},9,网格,三百,,,", "households: Write a number"),
        (f"{VILLAGE},9,网格,３００,,,", "households: Write a number"),
        (f"{VILLAGE},9,网格,9999999,,,", "households: Write a number"),
        (f"{VILLAGE},9,网格,,,特区,", "kind: This kind of grid does not exist"),
        (f"{VILLAGE},9,网格,,,微网格,", "kind: This kind of place does not exist"),
        (f"{VILLAGE},9,网格,,,综合网格,1", "kind: This kind of place does not exist"),
        (f"{VILLAGE},9,网格,,,,7", "parent_number: There is no grid 7"),
        (f"{VILLAGE},1,又一网格,,,,", "Number 1 is on line 3 already"),
        (f"{VILLAGE},9,网格", "3 columns instead of 7"),
    ],
)
def test_a_bad_line_is_listed_and_nothing_is_imported(villages, file, line, reason):
    ((number, said),) = refused(file(*LINES, line))
    assert number == 6
    assert reason in said


def test_a_known_number_is_not_renamed(villages, file):
    take(file(*LINES))
    assert refused(file(LINES[1].replace("第1网格", "一网格"))) == [
        (2, "Number 1 is 第1网格 (general_grid) already.")
    ]


def test_a_village_without_customer_has_no_grids(villages, file):
    Area.objects.filter(pk=villages.shiqiao.pk).update(tenant=None)
    ((_, said), *_rest) = refused(file(LINES[1]))
    assert said == "tenant: Grids belong to a customer."


def test_what_goes_out_comes_in_again(villages, file, tmp_path):
    take(file(*LINES, f"{OTHER},=2,=cmd|x,,-东,,"))
    out = io.StringIO(newline="")
    seen = Area.objects.visible_to(villages.su)
    assert export_grids(seen.filter(village__in=[villages.shiqiao, villages.dukou]), out) == 5
    text = out.getvalue()
    assert text.splitlines()[0] == HEADER
    assert f"{VILLAGE},1-1,楼栋一,60,,microgrid,1" in text
    assert f"{OTHER},'=2,'=cmd|x,,'-东,general_grid," in text
    path = tmp_path / "again.csv"
    path.write_text(text, encoding="utf-8-sig", newline="")
    assert take(path) == (5, 0, 0, 5, 0)


def test_only_visible_grids_go_out(villages):
    out = io.StringIO()
    assert export_grids(Area.objects.visible_to(villages.gao), out) == 2  # own and its micro-grid


# --- commands -------------------------------------------------------------------------
def test_the_commands(villages, file, tmp_path, capsys):
    call_command("import_grids", str(file(*LINES)), "--valid-from", "2026-01-01")
    assert "4 rows; 4 new grids, 0 changed, 0 known, 4 new units" in capsys.readouterr().out
    target = tmp_path / "out.csv"
    call_command("export_grids", "LB", str(target))
    assert "out.csv: 7 rows" in capsys.readouterr().out
    assert target.read_bytes().startswith(b"\xef\xbb\xbfvillage_code")


def test_commands_that_cannot(villages, file, tmp_path, capsys):
    with pytest.raises(CommandError, match="1 bad lines"):
        call_command("import_grids", str(file("1,1,网格,,,,")))
    assert "grids.csv, line 2: village_code" in capsys.readouterr().err
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_grids", str(tmp_path / "none.csv"))
    with pytest.raises(CommandError, match="no customer XX"):
        call_command("export_grids", "XX", str(tmp_path / "out.csv"))
