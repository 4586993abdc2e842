"""API v1: units and their superiors. The same doors, scope and refusals as /office/units/."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from cases import handover
from cases.api import KEY, REFUSALS, caller, idempotency_key
from cases.once import once
from cases.pages.areas import visible
from grids import unit_office
from grids.bodies import Body, WrongValues, answer, digits, parameters
from grids.errors import NotVisible
from grids.models import Area, Unit, User
from grids.roles import UnitKindCode
from grids.unit_forms import offered

PAGE = 100  # units per page
KINDS = UnitKindCode.values()


class UnitRow(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.CharField()
    area = serializers.IntegerField()
    area_name = serializers.CharField()
    phone = serializers.CharField()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True, help_text="The first day without it.")


class RelationOut(serializers.Serializer[Any]):
    """A superior, on days in [valid_from, valid_to)."""

    id = serializers.IntegerField()
    line = serializers.ChoiceField(unit_office.LINES)
    superior = serializers.IntegerField()
    name = serializers.CharField()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True)


class UnitWhole(UnitRow):
    superiors = RelationOut(many=True)


class UnitPage(serializers.Serializer[Any]):
    results = UnitRow(many=True)
    next = serializers.CharField(allow_null=True, help_text="Value of ``after`` of the next page.")


class UnitEdit(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    phone = serializers.CharField(max_length=20, required=False, help_text="Residents see it.")


class UnitIn(UnitEdit):
    area = serializers.IntegerField()
    kind = serializers.ChoiceField(KINDS)
    valid_from = serializers.DateField(required=False, help_text="Today when absent.")


class UnitCloseIn(serializers.Serializer[Any]):
    on = serializers.DateField(help_text="The first day without it.")
    heir = serializers.IntegerField(
        required=False, help_text="Takes what is open; needed while something is."
    )


class SuperiorIn(serializers.Serializer[Any]):
    line = serializers.ChoiceField(unit_office.LINES)
    superior = serializers.IntegerField()
    valid_from = serializers.DateField(help_text="The superior before ends that day.")


ROW = {
    "id": 14, "name": "青石镇自然资源所", "kind": "department", "area": 4,
    "area_name": "青石镇", "phone": "0000-1234567", "valid_from": "2024-01-01", "valid_to": None,
}  # fmt: skip
WHOLE = ROW | {
    "superiors": [
        {"id": 3, "line": "government", "superior": 9, "name": "青石镇人民政府",
         "valid_from": "2024-01-01", "valid_to": None}
    ]
}  # fmt: skip
PAGE_OUT = OpenApiExample(
    "Units", value={"results": [ROW], "next": None}, response_only=True, status_codes=["200"]
)
OUT = OpenApiExample("A unit", value=WHOLE, response_only=True, status_codes=["200", "201"])
IN = OpenApiExample(
    "A new unit",
    value={"area": 4, "kind": "property_company", "name": "安居物业", "valid_from": "2026-03-02"},
    request_only=True,
)
EDIT_IN = OpenApiExample(
    "A new name", value={"name": "安居物业服务", "phone": "0000-1"}, request_only=True
)
CLOSE_IN = OpenApiExample(
    "Closed with an heir", value={"on": "2026-03-02", "heir": 9}, request_only=True
)
SUPERIOR_IN = OpenApiExample(
    "Superior in the same line of work",
    value={"line": "business", "superior": 9, "valid_from": "2026-03-02"},
    request_only=True,
)


class Units(APIView):
    """Units of the places a manager keeps."""

    write_scope = "places"

    @extend_schema(
        summary="List units",
        operation_id="units_list",
        parameters=[
            OpenApiParameter("area", OpenApiTypes.INT64, description="Only at this place."),
            OpenApiParameter("kind", enum=KINDS),
            OpenApiParameter("q", description="Part of the name."),
            OpenApiParameter("closed", enum=["1"], description="Closed ones too."),
            OpenApiParameter("after", OpenApiTypes.INT64),
        ],
        responses={200: UnitPage, **REFUSALS},
        examples=[PAGE_OUT],
    )
    def get(self, request: Request) -> HttpResponse:
        """Those of the caller's places; 403 for posts that keep no units."""
        asked = parameters(request.query_params, {"area", "kind", "q", "closed", "after"})
        rows = unit_office.kept_units(caller(request))
        numbers = {name: digits(asked[name]) for name in ("area", "after") if name in asked}
        if wrong := [name for name, number in numbers.items() if number is None]:
            raise WrongValues({name: [_("Write a whole number.")] for name in wrong})
        if "area" in numbers:
            rows = rows.filter(area=numbers["area"])
        if "after" in numbers:
            rows = rows.filter(pk__gt=numbers["after"])
        if kind := asked.get("kind"):
            rows = rows.filter(kind=kind)
        if sought := asked.get("q", "").strip()[:40]:
            rows = rows.filter(name__icontains=sought)
        if asked.get("closed") != "1":
            rows = rows.current()
        found = list(rows.select_related("area").order_by("pk")[: PAGE + 1])
        page, more = found[:PAGE], len(found) > PAGE
        results = [unit_json(one) for one in page]
        return answer({"results": results, "next": str(page[-1].pk) if more else None})

    @extend_schema(
        summary="Open a unit",
        operation_id="units_create",
        parameters=[KEY],
        request=UnitIn,
        responses={201: UnitWhole, 200: UnitWhole, **REFUSALS},
        examples=[IN, OUT],
    )
    def post(self, request: Request) -> HttpResponse:
        """201 with the unit; 200 with the same one when the key comes again."""
        key, user = idempotency_key(request), caller(request)
        unit_office.kept_units(user)
        body = Body(request.data, ("area", "kind", "name", "phone", "valid_from"))
        area = place_of(body, user)
        kind, name = body.choice("kind", KINDS), body.line("name", 80, required=True)
        phone = body.line("phone", 20)
        since = body.day("valid_from") or timezone.localdate()
        body.finish()
        assert area is not None  # finish

        def do() -> int:
            found = unit_office.open_kept(
                user, area=area, kind=kind, name=name, phone=phone, valid_from=since
            )
            return found.pk

        pk, fresh = once(user, "unit:new", key, request.data, do)
        return whole(user, int(pk), status=201 if fresh else 200)


class OneUnit(APIView):
    """One unit."""

    write_scope = "places"

    @extend_schema(
        summary="Look at a unit",
        operation_id="units_retrieve",
        responses={200: UnitWhole, **REFUSALS},
        examples=[OUT],
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """With its superiors, present and past; 404 outside the caller's places."""
        parameters(request.query_params, ())
        return whole(caller(request), pk)

    @extend_schema(
        summary="Change name and phone of a unit",
        operation_id="units_change",
        parameters=[KEY],
        request=UnitEdit,
        responses={200: UnitWhole, **REFUSALS},
        examples=[EDIT_IN, OUT],
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """409 for a closed unit."""
        key, user = idempotency_key(request), caller(request)
        unit = unit_office.find(user, pk)
        body = Body(request.data, ("name", "phone"))
        name, phone = body.line("name", 80, required=True), body.line("phone", 20)
        body.finish()

        def do() -> int:
            unit_office.edit(user, unit, name=name, phone=phone)
            return unit.pk

        once(user, f"unit:{pk}:edit", key, request.data, do)
        return whole(user, pk)


class CloseUnit(APIView):
    """Close a unit."""

    write_scope = "places"

    @extend_schema(
        summary="Close a unit and hand its open matters over",
        operation_id="units_close",
        parameters=[KEY],
        request=UnitCloseIn,
        responses={200: UnitWhole, **REFUSALS},
        examples=[CLOSE_IN, OUT],
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """Everything moves in the same step, or nothing. 409 while somebody is posted there or
        for a unit that every such place has."""
        key, user = idempotency_key(request), caller(request)
        unit = unit_office.find(user, pk)
        body = Body(request.data, ("on", "heir"))
        on, number = body.day("on", required=True), body.whole("heir", least=1)
        heir = named(body, user, "heir", number) if number else None
        body.finish()
        assert on is not None  # finish

        def do() -> int:
            handover.close_unit(user, unit, on, heir)
            return unit.pk

        once(user, f"unit:{pk}:close", key, request.data, do)
        return whole(user, pk)


class Superiors(APIView):
    """The lines above a unit."""

    write_scope = "places"

    @extend_schema(
        summary="Name a superior from a day on",
        operation_id="units_relate",
        parameters=[KEY],
        request=SuperiorIn,
        responses={200: UnitWhole, **REFUSALS},
        examples=[SUPERIOR_IN, OUT],
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """The one before ends that day; no unit ever stands above itself."""
        key, user = idempotency_key(request), caller(request)
        unit = unit_office.find(user, pk)
        body = Body(request.data, ("line", "superior", "valid_from"))
        line, since = body.choice("line", unit_office.LINES), body.day("valid_from", required=True)
        superior = named(body, user, "superior", body.whole("superior", least=1))
        body.finish()
        assert since is not None and superior is not None  # finish

        def do() -> int:
            return unit_office.relate(user, unit, superior, line, since).pk

        once(user, f"unit:{pk}:relate", key, request.data, do)
        return whole(user, pk)


class EndSuperior(APIView):
    """End one relation."""

    write_scope = "places"

    @extend_schema(
        summary="End a relation to a superior today",
        operation_id="units_unrelate",
        parameters=[KEY],
        request=None,
        responses={200: UnitWhole, **REFUSALS},
        examples=[OUT],
    )
    def post(self, request: Request, pk: int, relation: int) -> HttpResponse:
        """404 for a relation of another unit, 409 for one that has ended."""
        key, user = idempotency_key(request), caller(request)
        rows = unit_office.superiors(unit_office.find(user, pk))
        found = next((row for row in rows if row.pk == relation), None)
        if found is None:
            raise NotVisible("There is no such unit in your area.")

        def do() -> int:
            unit_office.end(user, found, timezone.localdate())
            return relation

        once(user, f"unit:{pk}:unrelate:{relation}", key, {}, do)
        return whole(user, pk)


# --- values -----------------------------------------------------------------------------
def place_of(body: Body, user: User) -> Area | None:
    """The place a body names, of those the caller sees; else a note at the field."""
    try:
        return visible(user, body.whole("area", least=1) or 0)
    except NotVisible:
        body.wrong("area", "Choose a place of your area.")
        return None


def named(body: Body, user: User, name: str, pk: int | None) -> Unit | None:
    """A running unit the caller sees; else a note at the field."""
    found: Unit | None = offered(user).select_related("area").filter(pk=pk or 0).first()
    if found is None:
        body.wrong(name, "Choose a unit from the list.")
    return found


def whole(user: User, pk: int, status: int = 200) -> HttpResponse:
    unit = unit_office.find(user, pk)
    superiors = [
        {
            "id": row.pk, "line": row.line, "superior": row.superior_id, "name": row.superior.name,
            "valid_from": row.valid_from.isoformat(),
            "valid_to": row.valid_to.isoformat() if row.valid_to else None,
        }
        for row in unit_office.superiors(unit)
    ]  # fmt: skip
    return answer(unit_json(unit) | {"superiors": superiors}, status=status)


def unit_json(unit: Unit) -> dict[str, Any]:
    return {
        "id": unit.pk, "name": unit.name, "kind": unit.kind_id, "area": unit.area_id,
        "area_name": unit.area.name, "phone": unit.phone,
        "valid_from": unit.valid_from.isoformat(),
        "valid_to": unit.valid_to.isoformat() if unit.valid_to else None,
    }  # fmt: skip
