"""API v1: substitutes out of hours. The same doors as the page /office/duty/."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from cases import duty
from cases.duty import Roster
from cases.models import DutySubstitute
from cases.rules.hours import TimeOff
from grids.api import ErrorShape
from grids.bodies import Body, answer, digits, parameters
from grids.errors import BadInput, NotVisible
from grids.models import Unit, User

FIELDS = ("unit", "person", "stand_in", "valid_from", "valid_to", "sorts")
REFUSALS = {code: ErrorShape for code in (400, 401, 403, 404, 409, 415, 422, 429)}
PAGE = 200


class DutyIn(serializers.Serializer[Any]):
    unit = serializers.IntegerField(help_text="For which unit.")
    person = serializers.UUIDField(required=False, help_text="A person; or stand_in.")
    stand_in = serializers.IntegerField(required=False, help_text="Another unit; or person.")
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(
        required=False, help_text="The first day whose shift is somebody else's again."
    )
    sorts = serializers.ListField(
        child=serializers.ChoiceField(TimeOff.values()),
        help_text="At which times. A shift lasts until doors open next day.",
    )


class DutyOut(DutyIn):
    id = serializers.IntegerField()
    unit_name = serializers.CharField()
    name = serializers.CharField(help_text="Of the person or unit that stands in.")


class DutyPage(serializers.Serializer[Any]):
    results = DutyOut(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="`after` of the next page.")


class DutyEnd(serializers.Serializer[Any]):
    on = serializers.DateField(help_text="The first day without it.")


OUT = OpenApiExample(
    "A substitute",
    value={
        "id": 3, "unit": 12, "unit_name": "青石镇综治中心", "person": None, "stand_in": 14,
        "name": "青石镇派出所", "valid_from": "2026-10-01", "valid_to": "2026-10-08",
        "sorts": ["evening", "weekend", "holiday"],
    },
    response_only=True,
)  # fmt: skip
PAGE_OUT = OpenApiExample(
    "The substitutes", value={"results": [OUT.value], "next": None}, response_only=True,
    status_codes=["200"],
)  # fmt: skip
NAMED = OpenApiExample(
    "Over the holiday",
    value={
        "unit": 12, "stand_in": 14, "valid_from": "2026-10-01", "valid_to": "2026-10-08",
        "sorts": ["evening", "weekend", "holiday"],
    },
    request_only=True,
)  # fmt: skip
ENDED = OpenApiExample("From a day on", value={"on": "2026-10-05"}, request_only=True)


def caller(request: Request) -> User:
    """The caller; raises ``NotAllowed`` for posts that work in no unit."""
    user = request.user
    assert isinstance(user, User)
    duty.need_reader(user)
    return user


class Duty(APIView):
    """Substitutes out of hours."""

    write_scope = "people"

    @extend_schema(
        summary="List substitutes out of hours",
        operation_id="duty_list",
        parameters=[
            OpenApiParameter("unit", int, description="Only those of this unit."),
            OpenApiParameter("after", int, description="`next` of the page before."),
        ],
        responses={200: DutyPage, **REFUSALS},
        examples=[PAGE_OUT],
    )
    def get(self, request: Request) -> HttpResponse:
        """Today's, those to come and past ones, in the order they were written down."""
        asked = parameters(request.query_params, ("unit", "after"))
        user = caller(request)
        numbers = {name: number(text, name) for name, text in asked.items()}
        rows = duty.rows_for(user).order_by("pk").filter(pk__gt=numbers.get("after", 0))
        if "unit" in numbers:
            rows = rows.filter(unit=numbers["unit"])
        found = list(rows[: PAGE + 1])
        following = found[PAGE - 1].pk if len(found) > PAGE else None
        return answer({"results": [duty_json(row) for row in found[:PAGE]], "next": following})

    @extend_schema(
        summary="Name a substitute",
        operation_id="duty_create",
        request=DutyIn,
        responses={201: DutyOut, **REFUSALS},
        examples=[NAMED, OUT],
    )
    def post(self, request: Request) -> HttpResponse:
        """403 for whoever heads no unit and gives no posts."""
        user = caller(request)
        units = duty.units_named_by(user)
        body = Body(request.data, FIELDS)
        begin, end = body.day("valid_from", required=True), body.day("valid_to")
        unit = units.filter(pk=body.whole("unit") or 0).first()
        if unit is None:
            body.wrong("unit", "Choose a unit from the list.")
        stand_in = other(user, body)
        person = named(user, body)
        sorts = chosen(body)
        body.finish()
        assert begin is not None and unit is not None  # finish
        row = duty.name(user, unit, Roster(begin, end, sorts, stand_in, person))
        return answer(duty_json(row), status=201)


class EndDuty(APIView):
    """End one."""

    write_scope = "people"

    @extend_schema(
        summary="End a substitute from a day on",
        operation_id="duty_end",
        request=DutyEnd,
        responses={200: DutyOut, **REFUSALS},
        examples=[ENDED, OUT],
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """404 elsewhere, 403 for who may only read it, 409 when it has ended already."""
        user = caller(request)
        if not DutySubstitute.objects.visible_to(user).filter(pk=pk).exists():
            raise NotVisible(duty.NO_ROW)
        body = Body(request.data, ("on",))
        on = body.day("on", required=True)
        body.finish()
        assert on is not None  # finish
        return answer(duty_json(duty.end(user, pk, on)))


def number(text: str, name: str) -> int:
    """An id of the query string; raises ``BadInput`` for anything else."""
    if (found := digits(text)) is None:
        raise BadInput("Write a whole number.", field=name)
    return found


def other(user: User, body: Body) -> Unit | None:
    pk = body.whole("stand_in")
    found = duty.stand_ins(user).select_related("kind").filter(pk=pk or 0).first()
    if pk is not None and found is None:
        body.wrong("stand_in", "Choose a unit from the list.")
    return found


def named(user: User, body: Body) -> User | None:
    value = body.data.get("person")
    if value is None:
        return None
    try:
        found = duty.people(user).filter(public_id=UUID(str(value))).first()
    except ValueError:
        found = None
    if found is None:
        body.wrong("person", "This person works in no unit here.")
    return found


def chosen(body: Body) -> list[TimeOff]:
    value = body.data.get("sorts")
    known = TimeOff.values()
    if not isinstance(value, list) or not value or any(one not in known for one in value):
        body.wrong("sorts", "Choose one of: %(values)s", values=", ".join(known))
        return []
    return [TimeOff(one) for one in value]


def iso(value: date | None) -> str | None:
    return value.isoformat() if value else None


def duty_json(row: DutySubstitute) -> dict[str, Any]:
    return {
        "id": row.pk, "unit": row.unit_id, "unit_name": row.unit.name,
        "person": str(row.person.public_id) if row.person else None, "stand_in": row.stand_in_id,
        "name": str(row.stand_in or row.person), "valid_from": iso(row.valid_from),
        "valid_to": iso(row.valid_to),
        "sorts": [sort.value for sort in TimeOff if getattr(row, sort.value)],
    }  # fmt: skip
