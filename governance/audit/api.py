"""API v1: the access log and the alarms, for auditors and security administrators."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from cases.api import REFUSALS, caller
from cases.queues import PAGE, Cursor
from governance.audit import alarms, entries
from grids.access import KINDS
from grids.bodies import answer, local, parameters
from grids.errors import NotAllowed
from grids.models import Alarm
from grids.models.access import ALARM_SORTS


class EntryOut(serializers.Serializer[Any]):
    """One row of the access log."""

    at = serializers.DateTimeField()
    what = serializers.CharField()
    subject = serializers.CharField(help_text="Number of the case, or what was taken out.")
    rows = serializers.IntegerField(allow_null=True, help_text="Cases in a list or search.")
    name = serializers.CharField()
    post = serializers.CharField()
    reason = serializers.CharField()
    address = serializers.CharField()


class EntryPage(serializers.Serializer[Any]):
    results = EntryOut(many=True)
    next = serializers.CharField(allow_null=True)


class AlarmOut(serializers.Serializer[Any]):
    """One account beyond the limit of a day."""

    id = serializers.IntegerField()
    sort = serializers.ChoiceField(ALARM_SORTS)
    amount = serializers.IntegerField()
    limit = serializers.IntegerField()
    name = serializers.CharField()
    unit = serializers.CharField()
    raised_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()
    seen_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField()


class AlarmPage(serializers.Serializer[Any]):
    results = AlarmOut(many=True)
    next = serializers.CharField(allow_null=True)


AFTER = OpenApiParameter("after", OpenApiTypes.STR, description="``next`` of the page before.")
AT = "2026-03-02T09:00:00+08:00"


class Log(APIView):
    """The access log."""

    @extend_schema(
        summary="Read the access log",
        operation_id="log_list",
        parameters=[
            OpenApiParameter("since", OpenApiTypes.DATE),
            OpenApiParameter("until", OpenApiTypes.DATE, description="This day included."),
            OpenApiParameter("unit", OpenApiTypes.STR, description="Part of the unit's name."),
            OpenApiParameter("kind", enum=list(KINDS)),
            OpenApiParameter("number", OpenApiTypes.STR, description="Number of a case."),
            AFTER,
        ],
        responses={200: EntryPage, **REFUSALS},
        examples=[
            OpenApiExample(
                "A case was opened",
                value={
                    "results": [
                        {"at": AT, "what": "查看", "subject": "LB2026-000001", "rows": None,
                         "name": "高小满", "post": "第1网格 · 网格员", "reason": "",
                         "address": "10.0.0.8"}
                    ],
                    "next": None,
                },
                response_only=True,
                status_codes=["200"],
            )
        ],
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """Newest first, fifty rows; auditors only. Never by person."""
        asked = parameters(request.query_params, (*entries.NAMES, "after"))
        user = caller(request)
        if not entries.is_auditor(user):
            raise NotAllowed("The access log is for security auditors.")
        cursor = Cursor.read(asked.get("after", ""))
        found, more = entries.page(user, entries.read(asked), cursor)
        rows = [
            {"at": local(one.at), "what": one.kind, "subject": one.subject, "rows": one.rows,
             "name": one.name, "post": one.post, "reason": one.reason, "address": one.address}
            for one in found
        ]  # fmt: skip
        return answer({"results": rows, "next": more or None})


class Alarms(APIView):
    """Accounts beyond a limit."""

    @extend_schema(
        summary="List alarms",
        operation_id="alarms_list",
        parameters=[AFTER],
        responses={200: AlarmPage, **REFUSALS},
        examples=[
            OpenApiExample(
                "Not looked at yet",
                value={
                    "results": [
                        {"id": 3, "sort": "export", "amount": 51, "limit": 50, "name": "陈一",
                         "unit": "青石镇综治中心", "raised_at": AT, "last_at": AT, "seen_at": None,
                         "note": ""}
                    ],
                    "next": None,
                },
                response_only=True,
                status_codes=["200"],
            )
        ],
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """Newest first; for auditors and security administrators."""
        asked = parameters(request.query_params, ("after",))
        user = caller(request)
        if not alarms.may_see(user):
            raise NotAllowed("Alarms are for auditors and security administrators.")
        rows = Alarm.objects.visible_to(user).select_related("actor", "unit", "seen_by")
        if cursor := Cursor.read(asked.get("after", "")):
            rows = rows.filter(cursor.beyond(alarms.NEWEST))
        found = list(rows.order_by(*alarms.NEWEST.keys(back=False))[: PAGE + 1])
        page = found[:PAGE]
        more = str(Cursor(page[-1].raised_at, page[-1].pk)) if len(found) > PAGE else None
        return answer({"results": [alarm_json(row) for row in page], "next": more})


def alarm_json(row: Alarm) -> dict[str, Any]:
    one = alarms.described(row)
    return {
        "id": one.id, "sort": one.sort, "amount": one.amount, "limit": one.limit,
        "name": one.name, "unit": one.unit, "raised_at": local(one.raised_at),
        "last_at": local(one.last_at), "seen_at": local(one.seen_at), "note": one.note,
    }  # fmt: skip
