"""API v1: the caller's own notices, and what the caller wants to hear."""

from datetime import time
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from cases import followups, quiet
from cases.followups import Bell
from cases.pages.notices import mark_read
from cases.queues import Cursor
from cases.rules.audience import Topic
from cases.rules.quiet import Quiet
from grids.api import ErrorShape
from grids.bodies import Body, answer, local, parameters
from grids.models import User

REFUSALS = {code: ErrorShape for code in (400, 401, 403, 415, 422, 429)}


class NoticeOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    event = serializers.CharField(help_text="A verb, or the mark of a deadline.")
    number = serializers.CharField(allow_null=True, help_text="Of the one matter it is about.")
    cases = serializers.IntegerField(help_text="How many matters it counts.")
    unit = serializers.IntegerField(allow_null=True)
    urgent = serializers.BooleanField()
    read = serializers.BooleanField()
    at = serializers.DateTimeField()


class NoticePage(serializers.Serializer[Any]):
    results = NoticeOut(many=True)
    next = serializers.CharField(allow_null=True, help_text="`after` of the next page.")


class ReadIn(serializers.Serializer[Any]):
    id = serializers.IntegerField(required=False, help_text="One notice; without it all.")


class ReadOut(serializers.Serializer[Any]):
    read = serializers.IntegerField(help_text="How many were marked.")


class HearingIn(serializers.Serializer[Any]):
    quiet_from = serializers.TimeField(required=False, help_text="With quiet_to; else the place's.")
    quiet_to = serializers.TimeField(required=False)
    off = serializers.ListField(
        child=serializers.ChoiceField(Topic.values()), help_text="What is not told."
    )


class HearingOut(HearingIn):
    own = serializers.BooleanField(help_text="Whether the quiet hours are the caller's own.")


ONE = {
    "id": 7, "event": "mark_three_days", "number": None, "cases": 12, "unit": 3,
    "urgent": False, "read": False, "at": "2026-03-02T10:00:12+08:00",
}  # fmt: skip
PAGE_OUT = OpenApiExample(
    "A digest", value={"results": [ONE], "next": None}, response_only=True, status_codes=["200"]
)
CHOSEN = {"quiet_from": "19:00", "quiet_to": "08:30", "off": ["course"]}
CHOICE_IN = OpenApiExample("Own quiet hours", value=CHOSEN, request_only=True)
CHOICE_OUT = OpenApiExample("What holds", value=CHOSEN | {"own": True}, response_only=True)


def caller(request: Request) -> User:
    user = request.user
    assert isinstance(user, User)
    return user


class OwnNotices(APIView):
    """The bell."""

    write_scope = "account"

    @extend_schema(
        summary="List your own notices",
        operation_id="notices_list",
        parameters=[OpenApiParameter("after", str, description="`next` of the page before.")],
        responses={200: NoticePage, **REFUSALS},
        examples=[PAGE_OUT],
    )
    def get(self, request: Request) -> HttpResponse:
        """Newest first; a matter that left your area is named no more."""
        asked = parameters(request.query_params, ("after",))
        found, more = followups.bells(caller(request), Cursor.read(asked.get("after", "")))
        return answer({"results": [notice_json(one) for one in found], "next": more or None})

    @extend_schema(
        summary="Mark notices as read",
        operation_id="notices_read",
        request=ReadIn,
        responses={200: ReadOut, **REFUSALS},
        examples=[
            OpenApiExample("One", value={"id": 7}, request_only=True),
            OpenApiExample("Marked", value={"read": 1}, response_only=True),
        ],
    )
    def post(self, request: Request) -> HttpResponse:
        """Only your own; the id of somebody else's marks nothing."""
        body = Body(request.data, ("id",))
        pk = body.whole("id")
        body.finish()
        return answer({"read": mark_read(caller(request), pk)})


class NoticeSettings(APIView):
    """What the caller hears."""

    write_scope = "account"

    @extend_schema(
        summary="Show what you hear",
        operation_id="notice_settings",
        responses={200: HearingOut, **REFUSALS},
        examples=[CHOICE_OUT],
    )
    def get(self, request: Request) -> HttpResponse:
        """The quiet hours that hold for you, and what you switched off."""
        return answer(choice_json(quiet.choice_of(caller(request))))

    @extend_schema(
        summary="Choose what you hear",
        operation_id="notice_settings_set",
        request=HearingIn,
        responses={200: HearingOut, **REFUSALS},
        examples=[CHOICE_IN, CHOICE_OUT],
    )
    def post(self, request: Request) -> HttpResponse:
        """Without quiet hours those of your place hold. What is urgent always reaches you."""
        body = Body(request.data, ("quiet_from", "quiet_to", "off"))
        begins, ends = clock_time(body, "quiet_from"), clock_time(body, "quiet_to")
        if (begins is None) != (ends is None):
            missing = "quiet_from" if begins is None else "quiet_to"
            body.wrong(missing, "Enter a time, for example 20:00.")
        off = body.data.get("off", [])
        if not isinstance(off, list) or any(one not in Topic.values() for one in off):
            body.wrong("off", "Choose one of: %(values)s", values=", ".join(Topic.values()))
        body.finish()
        hours = Quiet(begins, ends) if begins is not None and ends is not None else None
        return answer(choice_json(quiet.choose(caller(request), hours, off)))


def clock_time(body: Body, name: str) -> time | None:
    """A time of day as ``20:00``; None when absent."""
    value = body.data.get(name)
    if value is None:
        return None
    try:
        found = time.fromisoformat(value) if isinstance(value, str) and len(value) == 5 else None
    except ValueError:
        found = None
    if found is None:
        body.wrong(name, "Enter a time, for example 20:00.")
    return found


def notice_json(one: Bell) -> dict[str, Any]:
    notice = one.notice
    return {
        "id": notice.pk, "event": notice.verb, "number": one.case.number if one.case else None,
        "cases": notice.cases, "unit": notice.unit_id, "urgent": notice.urgent,
        "read": notice.read_at is not None, "at": local(notice.at),
    }  # fmt: skip


def choice_json(choice: quiet.Choice) -> dict[str, Any]:
    return {
        "quiet_from": f"{choice.quiet.begins:%H:%M}", "quiet_to": f"{choice.quiet.ends:%H:%M}",
        "off": sorted(choice.off), "own": choice.own,
    }  # fmt: skip
