"""API v1: grids. The same doors, scope and refusals as the pages under /office/grids/."""

import json
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from grids import gridbook, notice
from grids.api import ErrorShape
from grids.bodies import Body, WrongValues, answer, digits, parameters
from grids.gridbook import Sketch
from grids.models import Area, User
from grids.roles import AreaKind, Level
from grids.tree import MOST_HOUSEHOLDS

PAGE = 200  # grids per page
KINDS = [kind.value for kind in AreaKind if kind.value.endswith("grid")]
WRITTEN = ("name", "number", "kind", "households", "boundary", "outline", "map_approval")
REFUSALS = {code: ErrorShape for code in (400, 401, 403, 404, 409, 415, 422, 429)}


class GridIn(serializers.Serializer[Any]):
    parent = serializers.IntegerField(  # type: ignore[assignment]
        required=False, help_text="A village, or the grid of a micro-grid; for a new one."
    )
    name = serializers.CharField(max_length=60)
    number = serializers.CharField(max_length=20, help_text="Once in the village.")
    kind = serializers.ChoiceField(KINDS, required=False)
    households = serializers.IntegerField(required=False, min_value=0, max_value=MOST_HOUSEHOLDS)
    boundary = serializers.CharField(required=False, max_length=2000, help_text="In words.")
    outline = serializers.DictField(
        required=False, help_text="GeoJSON Polygon or MultiPolygon, degrees, longitude first."
    )
    map_approval = serializers.CharField(
        required=False, max_length=40, help_text="Needed with an outline."
    )
    rev = serializers.IntegerField(required=False, help_text="Of a known grid: what you saw.")


class GridOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    parent = serializers.IntegerField()  # type: ignore[assignment]
    level = serializers.ChoiceField(["grid", "microgrid"])
    code = serializers.CharField(help_text="12 digits of the village and a serial of 3.")
    name = serializers.CharField()
    number = serializers.CharField()
    kind = serializers.ChoiceField(KINDS)
    households = serializers.IntegerField(allow_null=True)
    boundary = serializers.CharField()
    outline = serializers.DictField(allow_null=True)
    map_approval = serializers.CharField()
    notice = serializers.CharField(help_text="Path of the public notice.")
    rev = serializers.IntegerField()


class GridPage(serializers.Serializer[Any]):
    results = GridOut(many=True)
    next = serializers.CharField(allow_null=True, help_text="Value of ``after`` of the next page.")


IN = OpenApiExample(
    "A grid",
    value={
        "parent": 12, "name": "第3网格", "number": "3", "households": 320,
        "boundary": "东至河，西至路",
    },
    request_only=True,
)  # fmt: skip
OUT = OpenApiExample(
    "A grid",
    value={
        "id": 31, "parent": 12, "level": "grid", "code": "350203001002003", "name": "第3网格",
        "number": "3", "kind": "general_grid", "households": 320, "boundary": "东至河，西至路",
        "outline": None, "map_approval": "",
        "notice": "/grids/7f0c2f8e-0000-4000-8000-000000000000/", "rev": 7,
    },
    response_only=True,
)  # fmt: skip
PAGE_OUT = OpenApiExample(
    "A page",
    value={"results": [OUT.value], "next": None},
    response_only=True,
    status_codes=["200"],
)


def caller(request: Request) -> User:
    """Who asks; the permission class let nobody else through."""
    assert isinstance(request.user, User)
    return request.user


class Grids(APIView):
    """Grids of the caller's area."""

    write_scope = "places"

    @extend_schema(
        summary="List grids",
        operation_id="grids_list",
        parameters=[
            OpenApiParameter("parent", OpenApiTypes.INT64, description="Only those in it."),
            OpenApiParameter(
                "after", OpenApiTypes.INT64, description="Last id of the page before."
            ),
        ],
        responses={200: GridPage, **REFUSALS},
        examples=[PAGE_OUT],
    )
    def get(self, request: Request) -> HttpResponse:
        asked = parameters(request.query_params, {"parent", "after"})
        numbers = {name: digits(text) for name, text in asked.items()}
        if wrong := [name for name, number in numbers.items() if number is None]:
            raise WrongValues({name: [_("Write a whole number.")] for name in wrong})
        rows = gridbook.places(caller(request)).filter(level__gte=Level.GRID).order_by("pk")
        if "parent" in numbers:
            rows = rows.filter(parent=numbers["parent"])
        if "after" in numbers:
            rows = rows.filter(pk__gt=numbers["after"])
        page = list(rows[: PAGE + 1])
        more, page = len(page) > PAGE, page[:PAGE]
        revs = gridbook.revisions(page)
        results = [grid_json(area, revs.get(area.pk, 0)) for area in page]
        return answer({"results": results, "next": str(page[-1].pk) if more else None})

    @extend_schema(
        summary="Draw up a grid",
        operation_id="grids_create",
        request=GridIn,
        responses={201: GridOut, **REFUSALS},
        examples=[IN, OUT],
    )
    def post(self, request: Request) -> HttpResponse:
        """201 with the grid; 403 for posts that draw up none; 422 naming the fields. A number
        that is taken is refused, so sending twice makes no second grid."""
        user = caller(request)
        gridbook.running_posts(user)
        body = Body(request.data, (*WRITTEN, "parent"))
        number = body.whole("parent")
        sketch = sketch_of(body)
        parent = gridbook.parent_of_new(user, number)
        area = gridbook.draw_up(user, parent, sketch, since=timezone.localdate())
        return answer(grid_json(area, gridbook.revision(area)), status=201)


class OneGrid(APIView):
    """One grid."""

    write_scope = "places"

    @extend_schema(
        summary="Look at a grid",
        operation_id="grids_retrieve",
        responses={200: GridOut, **REFUSALS},
        examples=[OUT],
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        parameters(request.query_params, ())
        area = gridbook.grid(caller(request), pk)
        return answer(grid_json(area, gridbook.revision(area)))

    @extend_schema(
        summary="Change a grid",
        operation_id="grids_change",
        request=GridIn,
        responses={200: GridOut, **REFUSALS},
        examples=[IN, OUT],
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """Everything written about it, not the name; 409 when ``rev`` is old."""
        user = caller(request)
        area = gridbook.grid(user, pk)
        body = Body(request.data, (*WRITTEN, "rev"))
        rev = body.whole("rev")
        area = gridbook.redraw(user, area, sketch_of(body, area.name), rev=rev)
        return answer(grid_json(area, gridbook.revision(area)))


def sketch_of(body: Body, name: str = "") -> Sketch:
    """What a body says of a grid; raises ``WrongValues`` naming the fields."""
    drawn = body.data.get("outline")
    if drawn is not None and not isinstance(drawn, dict):
        body.wrong("outline", "This is not GeoJSON.")
        drawn = None
    sketch = Sketch(
        name=body.line("name", 60, required=not name) or name,
        number=body.line("number", 20, required=True),
        kind=body.choice("kind", KINDS) if body.data.get("kind") else "",
        households=body.whole("households", most=MOST_HOUSEHOLDS),
        boundary=body.paragraph("boundary", 2000),
        outline=json.dumps(drawn) if drawn else "",
        map_approval=body.line("map_approval", 40),
    )
    body.finish()
    return sketch


def grid_json(area: Area, rev: int) -> dict[str, Any]:
    return {
        "id": area.pk, "parent": area.parent_id, "level": Level(area.level).name.lower(),
        "code": area.code, "name": area.name, "number": area.number, "kind": area.kind,
        "households": area.households, "boundary": area.boundary,
        "outline": area.boundary_geojson, "map_approval": area.map_approval,
        "notice": notice.path(area), "rev": rev,
    }  # fmt: skip
