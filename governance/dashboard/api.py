"""API v1: the figures of an area, today's or those of a past day. Never a person."""

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

from cases.api import REFUSALS, caller
from governance.dashboard import numbers, then
from governance.dashboard.then import LAMPS, Line
from grids.api import past_day
from grids.bodies import WrongValues, answer, digits, parameters
from grids.errors import NotAllowed


class FigureLine(serializers.Serializer[Any]):
    """Open matters by lamp, and those closed in the period."""

    open = serializers.IntegerField()
    over = serializers.IntegerField()
    soon = serializers.IntegerField()
    watch = serializers.IntegerField()
    ok = serializers.IntegerField()
    paused = serializers.IntegerField()
    closed = serializers.IntegerField()


class PlaceFigures(FigureLine):
    id = serializers.IntegerField(allow_null=True, help_text="null: in no place below.")
    name = serializers.CharField()


class LevelFigures(FigureLine):
    level = serializers.CharField()


class FiguresOut(FigureLine):
    area = serializers.IntegerField()
    name = serializers.CharField()
    on = serializers.DateField()
    since = serializers.DateField(help_text="First day of the period.")
    places = PlaceFigures(many=True)
    levels = LevelFigures(many=True)


LINE = {"open": 12, "over": 1, "soon": 2, "watch": 3, "ok": 5, "paused": 1, "closed": 9}


class Figures(APIView):
    """The figures of an area."""

    @extend_schema(
        summary="The figures of an area on a day",
        operation_id="figures",
        parameters=[
            OpenApiParameter("area", OpenApiTypes.INT64, description="The first post's if absent."),
            OpenApiParameter("on", OpenApiTypes.DATE, description="Today if absent."),
            OpenApiParameter("days", enum=[str(one) for one in numbers.PERIODS]),
        ],
        responses={200: FiguresOut, **REFUSALS},
        examples=[
            OpenApiExample(
                "A township on a past day",
                value={
                    "area": 4, "name": "青石镇", "on": "2026-03-02", "since": "2026-02-01", **LINE,
                    "places": [{"id": 12, "name": "东河村", **LINE}],
                    "levels": [{"level": "village", **LINE, "closed": 0}],
                },
                response_only=True,
                status_codes=["200"],
            )
        ],
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """At the end of the day, in the tree of that day, whatever was reorganised later. 403
        for posts that see no figures, 404 for what lay elsewhere."""
        asked = parameters(request.query_params, ("area", "on", "days"))
        user = caller(request)
        posts = numbers.posts_with_figures(user.posts)
        if not posts:
            raise NotAllowed("The overview is for leaders and for those who coordinate an area.")
        area = digits(asked["area"]) if "area" in asked else None
        if "area" in asked and area is None:
            raise WrongValues({"area": [_("Write a whole number.")]})
        days = digits(asked.get("days", "30"))
        if days not in numbers.PERIODS:
            raise WrongValues({"days": [_("This filter does not exist.")]})
        on: date = past_day(asked["on"]) if "on" in asked else timezone.localdate()
        found = then.report(user, posts, area, on, days)
        places = [
            {"id": one.place.id, "name": one.place.name, **line(one)}
            for one in found.places
            if one.place
        ]
        if found.itself.open or found.itself.closed:
            places.append({"id": None, "name": found.place.name, **line(found.itself)})
        return answer({
            "area": found.place.id, "name": found.place.name, "on": on.isoformat(),
            "since": found.since.isoformat(), **line(found.total), "places": places,
            "levels": [
                {"level": one.level.name.lower(), **line(one)} for one in found.levels if one.level
            ],
        })  # fmt: skip


def line(one: Line) -> dict[str, int]:
    return {"open": one.open, **{code: one.lamps[code] for code in LAMPS}, "closed": one.closed}
