"""CSV in and out: line numbers, encodings, headers, formulas."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grids.csvfile import MOST_LINES, BadFile, BadRow, arm, disarm, read, write


@pytest.fixture
def table(tmp_path):
    def reading(content, required=("a", "b"), optional=()):
        path = tmp_path / "file.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read(path, required, optional)

    return reading


def test_rows_know_their_lines(table):
    found = table('a,b\n1,2\n\n\n3,"x\ny"\n4,5\n')
    assert [(row.line, row.cells) for row in found.rows] == [
        (2, {"a": "1", "b": "2"}),
        (5, {"a": "3", "b": "x\ny"}),
        (7, {"a": "4", "b": "5"}),
    ]
    assert found.bad == []


def test_columns_in_any_order_with_a_byte_order_mark(table):
    found = table("\ufeffb,a\r\n 2 ,1\r\n", optional=("c",))
    assert found.rows[0].cells == {"a": "1", "b": "2", "c": ""}


@pytest.mark.parametrize("header", ["", "a\n", "a,b,c\n", "甲,乙\n", "a;b\n", "a,b,b\n"])
def test_another_header_is_one_bad_line(table, header):
    found = table(header + "1,2\n")
    assert found.rows == []
    assert [bad.line for bad in found.bad] == [1]


def test_other_encodings_name_the_line(table):
    found = table(b"a,b\n1,2\n" + "河,村\n".encode("gbk"))
    assert [(bad.line, "UTF-8" in bad.reason) for bad in found.bad] == [(3, True)]
    assert found.rows == []


def test_a_line_too_short_or_too_long_is_bad(table):
    found = table("a,b\n1\n1,2\n1,2,3\n")
    assert [str(bad) for bad in found.bad] == [
        "file.csv, line 2: 1 columns instead of 2.",
        "file.csv, line 4: 3 columns instead of 2.",
    ]
    assert len(found.rows) == 1


def test_broken_quotes_are_bad(table):
    found = table('a,b\n1,2\n"1"x,2\n')
    assert [bad.line for bad in found.bad] == [3]
    assert "Not a CSV file" in found.bad[0].reason


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+86",
        "-1",
        "@x",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        " =1",
        "\u3000＝1",
    ],
)
def test_cells_that_a_spreadsheet_would_run_are_disarmed(cell):
    assert arm(cell) == "'" + cell
    assert disarm(arm(cell)) == cell


def test_an_apostrophe_of_its_own_stays():
    assert disarm("'t Hof") == "'t Hof"
    assert arm(None) == ""


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=9)))
def test_no_written_cell_starts_a_formula(cells):
    out = io.StringIO(newline="")
    assert write(out, ["head"], [[cell] for cell in cells]) == len(cells)
    rows = list(csv.reader(io.StringIO(out.getvalue(), newline="")))[1:]
    read_back = [row[0] if row else "" for row in rows]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in read_back)
    assert [disarm(cell) for cell in read_back] == cells


def test_bad_lines_are_listed_in_order_and_not_without_end():
    error = BadFile([BadRow("f.csv", line, "no") for line in range(MOST_LINES + 3, 0, -1)])
    lines = error.listing().splitlines()
    assert lines[0] == "f.csv, line 1: no"
    assert lines[-1] == "… and 3 more."
    assert str(error) == f"{MOST_LINES + 3} bad lines; nothing was imported."
    assert BadFile([BadRow("f.csv", 2, "no")]).listing() == "f.csv, line 2: no"
