"""Outlines: what a drawn boundary may be, and the traps in GeoJSON."""

import json
import re

import pytest

from grids import outline
from grids.errors import BadInput

SQUARE = [[103.7, 35.3], [103.71, 35.3], [103.71, 35.31], [103.7, 35.31], [103.7, 35.3]]
HOLE = [[103.702, 35.302], [103.704, 35.302], [103.704, 35.304], [103.702, 35.302]]


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


def said(data):
    with pytest.raises(BadInput) as caught:
        outline.read(data if isinstance(data, str) else json.dumps(data))
    assert caught.value.field == "outline"
    return str(caught.value)


def test_a_polygon_with_a_hole_is_kept():
    kept = outline.read(json.dumps(polygon(SQUARE, HOLE)))
    assert kept["type"] == "Polygon"
    assert [len(ring) for ring in kept["coordinates"]] == [5, 4]


@pytest.mark.parametrize(
    "wrapped",
    [
        {"type": "Feature", "properties": {"户主": "张三"}, "geometry": polygon(SQUARE)},
        {"type": "FeatureCollection", "features": [
            {"type": "Feature", "properties": {"电话": "13800005678"}, "geometry": polygon(SQUARE)}
        ]},
        {"type": "Polygon", "coordinates": [SQUARE], "remark": "张三"},
    ],
)  # fmt: skip
def test_only_the_geometry_is_kept(wrapped):
    kept = outline.read(json.dumps(wrapped))
    assert kept.keys() == {"type", "coordinates"}


def test_a_multipolygon_is_kept():
    kept = outline.read(json.dumps({"type": "MultiPolygon", "coordinates": [[SQUARE], [HOLE]]}))
    assert len(kept["coordinates"]) == 2


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "not GeoJSON"),
        ("{", "not GeoJSON"),
        ("[" * 50_000, "not GeoJSON"),
        ('{"type": "Polygon", "type": "Point", "coordinates": []}', "not GeoJSON"),
        ('{"type": "Polygon", "coordinates": [[[NaN, 1]]]}', "not GeoJSON"),
        ("x" * (outline.MOST_CHARACTERS + 1), "At most 65536 characters"),
        (json.dumps(None), "is a Polygon"),
        (json.dumps([polygon(SQUARE)]), "is a Polygon"),
        (polygon() | {"type": "Point", "coordinates": [103.7, 35.3]}, "is a Polygon"),
        (polygon(SQUARE) | {"type": ["Polygon"]}, "is a Polygon"),
        ({"type": "GeometryCollection", "geometries": [polygon(SQUARE)]}, "is a Polygon"),
        ({"type": "FeatureCollection", "features": []}, "one outline"),
        ({"type": "FeatureCollection", "features": [1, 2]}, "one outline"),
        ({"type": "Feature", "geometry": None}, "is a Polygon"),
        (polygon(), "no points"),
        ({"type": "Polygon", "coordinates": {}}, "no points"),
        ({"type": "MultiPolygon", "coordinates": [[]]}, "no points"),
        (polygon(SQUARE[:3]), "at least four points"),
        (polygon(SQUARE[:4]), "the last the same as the first"),
        (polygon([*SQUARE[:4], [103.7, 35.3000004]]), ""),
        (polygon([[103.7, 35.3, 9.0], *SQUARE[1:4], [103.7, 35.3, 9.0]]), "two numbers"),
        (polygon([["103.7", 35.3], *SQUARE[1:4], ["103.7", 35.3]]), "two numbers"),
        (polygon([[True, 35.3], *SQUARE[1:4], [True, 35.3]]), "two numbers"),
        ('{"type":"Polygon","coordinates":[[[1e999,1],[1,1],[1,2],[1e999,1]]]}', "two numbers"),
        (polygon([[y, x] for x, y in SQUARE]), "Longitude comes first"),
        (polygon([[x - 103.7, y - 35.3] for x, y in SQUARE]), "outside China"),
        (polygon([[x * 111_000, y * 111_000] for x, y in SQUARE]), "outside China"),
        (polygon([[100, 30], [103, 30], [103, 33], [100, 30]]), "larger than a county"),
        (polygon([[103.7, 35.3], [103.71, 35.3], [103.72, 35.3], [103.7, 35.3]]), "nothing"),
        (polygon([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]), ""),
        (polygon(*[SQUARE] * 21), "At most 20 rings"),
        (polygon([*[[103.7, 35.3]] * 1001, *SQUARE]), "At most 20 rings"),
        (polygon(SQUARE) | {"crs": {"properties": {"name": "EPSG:3857"}}}, "degrees"),
        (polygon([*SQUARE[:2], [103.7, 35.3], *SQUARE[2:]]), "crosses itself"),
    ],
    ids=range(34),
)  # fmt: skip
def test_a_trap_is_refused(data, reason):
    if data == polygon([*SQUARE[:4], [103.7, 35.3000004]]):
        # Closed to the tenth of a metre is closed.
        assert outline.read(json.dumps(data))["coordinates"][0][-1] == (103.7, 35.3)
        return
    assert reason in said(data)


def test_a_bow_tie_is_refused():
    bow = [[103.7, 35.3], [103.73, 35.31], [103.73, 35.3], [103.7, 35.32], [103.7, 35.3]]
    assert "crosses itself" in said(polygon(bow))


@pytest.mark.parametrize(
    "number", ["GS(2024)0650号", "GS京(2022)1061号", "甘S（2023）27号", "兰州S〔2025〕3号"]
)
def test_an_approval_number_is_known(number):
    assert outline.approval(number) == number


@pytest.mark.parametrize("number", ["", "2024", "GS2024-650", "GS(2024)", "x" * 41, "GS(1824)1号"])
def test_what_is_no_approval_number_is_refused(number):
    with pytest.raises(BadInput) as caught:
        outline.approval(number)
    assert caught.value.field == "map_approval"


def test_the_drawing_is_plain_and_keeps_its_shape():
    drawn = outline.svg(outline.read(json.dumps(polygon(SQUARE))), '第1网格 <"')
    assert re.fullmatch(r'<svg class="outline" viewBox="0 0 \d+ \d+" .*</svg>', drawn)
    assert "&lt;" in drawn and "style" not in drawn and "http" not in drawn
    width, height = map(int, re.findall(r"0 0 (\d+) (\d+)", drawn)[0])
    assert 0.75 < (width - 16) / (height - 16) < 0.86  # cos 35.3°


def test_no_outline_draws_nothing():
    assert outline.svg(None, "x") == ""
