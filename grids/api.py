"""API v1: who I am, and the places of my posts."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from grids import asof
from grids.asof import PlaceThen
from grids.bodies import WrongValues, answer, civil_day, digits, parameters
from grids.models import Area, User
from grids.roles import Level

PAGE = 200  # areas per page


class ErrorShape(serializers.Serializer[Any]):
    """Every error of this API."""

    code = serializers.CharField(help_text="For programs; never changes.")
    message = serializers.CharField(help_text="For people, in the language asked for.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Messages by field name; empty when no field is concerned.",
    )


class AreaShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    code = serializers.CharField(help_text="Official code; empty for grids.")
    level = serializers.ChoiceField([level.name.lower() for level in Level])
    parent = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    number = serializers.CharField(help_text="Number of a grid; empty elsewhere.")
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True, help_text="The first day it is gone.")


class AreaPage(serializers.Serializer[Any]):
    results = AreaShape(many=True)
    next = serializers.CharField(allow_null=True, help_text="Value of ``after`` of the next page.")


class PostShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    role = serializers.CharField()
    unit = serializers.IntegerField()
    unit_name = serializers.CharField()
    area = serializers.IntegerField()
    area_name = serializers.CharField()
    level = serializers.CharField()


class MeShape(serializers.Serializer[Any]):
    username = serializers.CharField()
    name = serializers.CharField()
    posts = PostShape(many=True)


REFUSALS = {401: ErrorShape, 429: ErrorShape}
AREA_EXAMPLE = OpenApiExample(
    "Grids of a village",
    value={
        "results": [
            {
                "id": 31, "name": "第1网格", "code": "", "level": "grid", "parent": 12,
                "number": "1", "valid_from": "2024-01-01", "valid_to": None,
            }
        ],
        "next": None,
    },
    response_only=True,
)  # fmt: skip


class Areas(APIView):
    """Places the posts of the caller cover, and the names above them."""

    @extend_schema(
        summary="List areas",
        operation_id="areas_list",
        parameters=[
            OpenApiParameter("parent", OpenApiTypes.INT64, description="Only children of it."),
            OpenApiParameter(
                "on", OpenApiTypes.DATE,
                description="The tree of that day: what lay right below ``parent``, or the places"
                " of the caller's posts. Whole, without further pages.",
            ),
            OpenApiParameter(
                "after", OpenApiTypes.INT64, description="Last id of the page before."
            ),
        ],
        responses={200: AreaPage, 400: ErrorShape, 422: ErrorShape, **REFUSALS},
        examples=[AREA_EXAMPLE],
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        asked = parameters(request.query_params, {"parent", "after", "on"})
        day = asked.pop("on", None)
        numbers = {name: digits(text) for name, text in asked.items()}
        if wrong := [name for name, number in numbers.items() if number is None]:
            raise WrongValues({name: [_("Write a whole number.")] for name in wrong})
        assert isinstance(request.user, User)
        if day is not None:
            found = asof.below(request.user, numbers.get("parent"), past_day(day))
            return answer({"results": [place_json(one) for one in found], "next": None})
        rows = Area.objects.visible_to(request.user).current().order_by("pk")
        if "parent" in numbers:
            rows = rows.filter(parent=numbers["parent"])
        if "after" in numbers:
            rows = rows.filter(pk__gt=numbers["after"])
        page = list(rows[: PAGE + 1])
        more = len(page) > PAGE
        page = page[:PAGE]
        return answer(
            {
                "results": [area_json(area) for area in page],
                "next": str(page[-1].pk) if more else None,
            }
        )


def past_day(text: str, name: str = "on") -> date:
    """Today or a day of the past, from a query string; raises ``WrongValues``."""
    day = civil_day(text)
    if day is None or day > timezone.localdate():
        raise WrongValues({name: [_("Write a day of the past, as 2026-03-02.")]})
    return day


def area_json(area: Area) -> dict[str, Any]:
    return {
        "id": area.pk,
        "name": area.name,
        "code": area.code,
        "level": Level(area.level).name.lower(),
        "parent": area.parent_id,
        "number": area.number,
        "valid_from": area.valid_from.isoformat(),
        "valid_to": area.valid_to.isoformat() if area.valid_to else None,
    }


def place_json(place: PlaceThen) -> dict[str, Any]:
    """A place as it was on a past day."""
    return {
        "id": place.id, "name": place.name, "code": place.code,
        "level": place.level.name.lower(), "parent": place.parent_id, "number": place.number,
        "valid_from": place.valid_from.isoformat(),
        "valid_to": place.valid_to.isoformat() if place.valid_to else None,
    }  # fmt: skip


class Me(APIView):
    """The caller and their running posts."""

    @extend_schema(
        summary="Who am I",
        operation_id="me",
        responses={200: MeShape, **REFUSALS},
        examples=[
            OpenApiExample(
                "A grid worker",
                value={
                    "username": "grid",
                    "name": "高小满",
                    "posts": [
                        {
                            "id": 3,
                            "role": "grid_worker",
                            "unit": 14,
                            "unit_name": "东河村第1网格",
                            "area": 31,
                            "area_name": "第1网格",
                            "level": "grid",
                        }
                    ],
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> HttpResponse:
        parameters(request.query_params, ())
        user = request.user
        assert isinstance(user, User)
        posts = [
            {
                "id": post.id,
                "role": post.role.value,
                "unit": post.unit_id,
                "unit_name": post.unit_name,
                "area": post.area_id,
                "area_name": post.area_name,
                "level": post.level.name.lower(),
            }
            for post in user.posts
        ]
        return answer({"username": user.username, "name": user.display_name, "posts": posts})
