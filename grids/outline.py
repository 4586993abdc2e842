"""The outline of a place: GeoJSON judged strictly on its way in, drawn as plain SVG.

Only the geometry is kept: what a mapping program writes beside it (owners, remarks) is nobody's
business here. An outline is shown with the approval number of the map it was taken from
(地图管理条例 Art 15), never on somebody else's map.
"""

import hashlib
import json
import math
import re
from collections.abc import Sequence
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from grids import plaintext
from grids.errors import BadInput

MOST_CHARACTERS = 64 * 1024  # of what is typed or uploaded
MOST_CORNERS = 1000
MOST_RINGS = 20
DECIMALS = 6  # about 0.1 m
# The range of China's coordinates, degrees: longitude, latitude.
WEST, EAST, SOUTH, NORTH = 73.0, 136.0, 3.0, 54.0
WIDEST = 1.0  # degrees; a grid is a few streets, a whole county is a slip
# 审图号, for example GS(2024)0650号, GS京(2022)1061号, 甘S(2023)27号.
APPROVAL = re.compile(
    r"(?:GS[\u4e00-\u9fff]?|[\u4e00-\u9fff]{1,4}S)[(（〔\[](?:19|20)[0-9]{2}[)）〕\]][0-9]{1,5}号"
)
SIDE = 320  # user units of the longer side of the drawing
MARGIN = 8

Point = tuple[float, float]
Ring = list[Point]
FIELD = "outline"


def approval(text: str) -> str:
    """The approval number of a map as it is written. Raises ``BadInput``."""
    number = plaintext.line(text, "map_approval", longest=40)
    if not APPROVAL.fullmatch(number):
        raise BadInput(
            "Write the number as it stands on the map, for example GS(2024)0650号.",
            field="map_approval",
        )
    return number


def read(text: str) -> dict[str, Any]:
    """The geometry in ``text``, GeoJSON of one polygon or multipolygon, in degrees of WGS 84 /
    CGCS 2000: longitude first. Raises ``BadInput`` naming the field ``outline``.
    """
    if len(text) > MOST_CHARACTERS:
        raise BadInput("At most %(most)s characters of GeoJSON.", field=FIELD, most=MOST_CHARACTERS)
    try:
        data = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadInput("This is not GeoJSON.", field=FIELD) from error
    return checked(data)


def checked(data: object) -> dict[str, Any]:
    """The geometry of ``data``, parsed JSON: a geometry, a feature, or a collection of one."""
    for _depth in range(2):
        if isinstance(data, dict) and data.get("type") == "FeatureCollection":
            features = data.get("features")
            if not isinstance(features, list) or len(features) != 1:
                raise BadInput("Send one outline, not several.", field=FIELD)
            _check_system(data)
            data = features[0]
        if isinstance(data, dict) and data.get("type") == "Feature":
            _check_system(data)
            data = data.get("geometry")
    if not isinstance(data, dict) or data.get("type") not in ("Polygon", "MultiPolygon"):
        raise BadInput("An outline is a Polygon or a MultiPolygon.", field=FIELD)
    _check_system(data)
    found = data.get("coordinates")
    polygons = [found] if data["type"] == "Polygon" else found
    if not isinstance(polygons, list) or not polygons:
        raise BadInput("The outline has no points.", field=FIELD)
    clean = [_polygon(one) for one in polygons]
    rings = [ring for polygon in clean for ring in polygon]
    if len(rings) > MOST_RINGS or sum(map(len, rings)) > MOST_CORNERS:
        raise BadInput(
            "At most %(rings)s rings with %(corners)s corners together.",
            field=FIELD, rings=MOST_RINGS, corners=MOST_CORNERS,
        )  # fmt: skip
    _check_extent(rings)
    for ring in rings:
        _check_simple(ring)
    return {"type": data["type"], "coordinates": clean[0] if data["type"] == "Polygon" else clean}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("doubled key")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _check_system(data: dict[str, Any]) -> None:
    """GeoJSON knows one coordinate system (RFC 7946 section 4); metres would land in the sea."""
    named = data.get("crs")
    if named is None:
        return
    text = json.dumps(named)
    if not re.search(r"CRS84|EPSG:+4326|EPSG:+4490", text):
        raise BadInput(
            "Coordinates are degrees of longitude and latitude (WGS 84 or CGCS 2000).", field=FIELD
        )


def _polygon(data: object) -> list[Ring]:
    if not isinstance(data, list) or not data:
        raise BadInput("The outline has no points.", field=FIELD)
    return [_ring(one) for one in data]


def _ring(data: object) -> Ring:
    if not isinstance(data, list) or len(data) < 4:
        raise BadInput(
            "A ring has at least four points, the last the same as the first.", field=FIELD
        )
    if len(data) > MOST_CORNERS:
        raise BadInput(
            "At most %(rings)s rings with %(corners)s corners together.",
            field=FIELD, rings=MOST_RINGS, corners=MOST_CORNERS,
        )  # fmt: skip
    ring = [_point(one) for one in data]
    if ring[0] != ring[-1]:
        raise BadInput(
            "A ring has at least four points, the last the same as the first.", field=FIELD
        )
    if abs(_area(ring)) < 1e-10:
        raise BadInput("A ring encloses nothing.", field=FIELD)
    return ring


def _point(data: object) -> Point:
    numbers = isinstance(data, list) and all(
        isinstance(one, int | float) and not isinstance(one, bool) for one in data
    )
    if not isinstance(data, list) or not numbers or len(data) != 2:
        raise BadInput("A point is two numbers: longitude, latitude.", field=FIELD)
    first, second = data
    if not (math.isfinite(first) and math.isfinite(second)):
        raise BadInput("A point is two numbers: longitude, latitude.", field=FIELD)
    if SOUTH <= first <= NORTH and WEST <= second <= EAST:
        raise BadInput("Longitude comes first, then latitude.", field=FIELD)
    if not (WEST <= first <= EAST and SOUTH <= second <= NORTH):
        raise BadInput("A point lies outside China.", field=FIELD)
    return round(float(first), DECIMALS), round(float(second), DECIMALS)


def _area(ring: Sequence[Point]) -> float:
    """Twice the signed area, in square degrees; from the first point, so that nothing is lost
    to rounding."""
    east, north = ring[0]
    return sum(
        (one[0] - east) * (two[1] - north) - (two[0] - east) * (one[1] - north)
        for one, two in zip(ring, ring[1:], strict=False)
    )


def _check_extent(rings: Sequence[Ring]) -> None:
    west, south, east, north = bounds(rings)
    if east - west > WIDEST or north - south > WIDEST:
        raise BadInput("The outline is larger than a county; check the coordinates.", field=FIELD)


def bounds(rings: Sequence[Ring]) -> tuple[float, float, float, float]:
    """West, south, east and north of all points."""
    longitudes = [point[0] for ring in rings for point in ring]
    latitudes = [point[1] for ring in rings for point in ring]
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


# --- crossing itself ----------------------------------------------------------------------
def _check_simple(ring: Ring) -> None:
    """Refuse a ring that crosses or touches itself: nobody could say what lies inside.

    Each side against the sides that begin before it ends, from west to east.
    """
    if len(set(ring[:-1])) != len(ring) - 1:
        raise BadInput("The outline crosses itself.", field=FIELD)
    sides = sorted(
        (min(one, two), max(one, two), place)
        for place, (one, two) in enumerate(zip(ring, ring[1:], strict=False))
    )
    last = len(sides) - 1
    for at, (begin, end, place) in enumerate(sides):
        for other_begin, other_end, other in sides[at + 1 :]:
            if other_begin[0] > end[0]:
                break
            beside = abs(place - other) in (1, last)
            if not beside and _cross(begin, end, other_begin, other_end):
                raise BadInput("The outline crosses itself.", field=FIELD)


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the side ab meets the side cd."""
    if max(a[1], b[1]) < min(c[1], d[1]) or max(c[1], d[1]) < min(a[1], b[1]):
        return False
    return _turn(a, b, c) * _turn(a, b, d) <= 0 and _turn(c, d, a) * _turn(c, d, b) <= 0


def _turn(a: Point, b: Point, c: Point) -> int:
    side = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return 0 if abs(side) < 1e-15 else 1 if side > 0 else -1


def digest(geometry: dict[str, Any]) -> str:
    """A short mark of a geometry, to see in a log that it changed."""
    text = json.dumps(geometry, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# --- drawing ------------------------------------------------------------------------------
def svg(geometry: dict[str, Any] | None, label: str) -> SafeString:
    """``geometry`` as one path, north up, as wide as it is on the ground; "" for none."""
    if not geometry:
        return SafeString("")
    found = geometry["coordinates"]
    polygons = [found] if geometry["type"] == "Polygon" else found
    rings = [[(point[0], point[1]) for point in ring] for one in polygons for ring in one]
    west, south, east, north = bounds(rings)
    # A degree of longitude is shorter than one of latitude, by the cosine of the latitude.
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = SIDE / max((east - west) * squeeze, north - south)
    width = (east - west) * squeeze * scale + 2 * MARGIN
    height = (north - south) * scale + 2 * MARGIN
    parts = []
    for ring in rings:
        corners = [
            f"{(x - west) * squeeze * scale + MARGIN:.1f} {(north - y) * scale + MARGIN:.1f}"
            for x, y in ring[:-1]
        ]
        parts.append(f"M{'L'.join(corners)}z")
    return format_html(
        '<svg class="outline" viewBox="0 0 {} {}" role="img" aria-label="{}" focusable="false">'
        '<path fill-rule="evenodd" d="{}"/></svg>',
        f"{width:.0f}", f"{height:.0f}", label, "".join(parts),
    )  # fmt: skip
