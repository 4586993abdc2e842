"""API v1: the access log and the alarms, for auditors and security administrators."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from cases.api import REFUSALS, caller
from cases.export import purpose
from cases.pages.export_api import CSV, WHYS
from cases.queues import PAGE, Cursor
from cases.revealing import LONGEST_REASON
from governance.audit import alarms, entries
from governance.audit.views import found_alarm, taken_out
from grids import access
from grids.access import KINDS
from grids.bodies import Body, answer, local, parameters
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
ALARM = {
    "id": 3, "sort": "export", "amount": 51, "limit": 50, "name": "陈一",
    "unit": "青石镇综治中心", "raised_at": AT, "last_at": AT, "seen_at": None, "note": "",
}  # fmt: skip
LOOK_KINDS = list(KINDS)


class LogExportIn(serializers.Serializer[Any]):
    """What it is for, and the filters of the log."""

    why = serializers.ChoiceField(WHYS)
    reason = serializers.CharField(max_length=LONGEST_REASON, required=False)
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False, help_text="This day included.")
    unit = serializers.CharField(required=False, help_text="Part of the unit's name.")
    kind = serializers.ChoiceField(LOOK_KINDS, required=False)
    number = serializers.CharField(required=False, help_text="Number of a case.")


class SeenIn(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=200)


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


class LogExport(APIView):
    """The log taken out."""

    write_scope = "audit"

    @extend_schema(
        summary="Take the access log out as CSV",
        operation_id="log_export",
        request=LogExportIn,
        responses={(200, "text/csv"): CSV, **REFUSALS},
        examples=[
            OpenApiExample(
                "A month, for a report",
                value={"why": "report", "since": "2026-02-01", "until": "2026-02-28"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> HttpResponse:
        """Auditors only; the taking-out is logged itself, with its purpose."""
        user = caller(request)
        if not entries.is_auditor(user):
            raise NotAllowed("The access log is for security auditors.")
        body = Body(request.data, ("why", "reason", *entries.NAMES))
        why, reason = body.choice("why", WHYS), body.line("reason", LONGEST_REASON)
        wanted = {name: body.line(name, entries.LONGEST) for name in entries.NAMES}
        body.finish()
        kept = {name: value for name, value in wanted.items() if value}
        text = taken_out(request._request, user, entries.read(kept), purpose(why, reason))
        return HttpResponse(text, content_type="text/csv; charset=utf-8")


class Seen(APIView):
    """Look an alarm off."""

    write_scope = "audit"

    @extend_schema(
        summary="Note what was found out about an alarm",
        operation_id="alarms_seen",
        request=SeenIn,
        responses={200: AlarmOut, **REFUSALS},
        examples=[
            OpenApiExample("Found out", value={"note": "已核实，属正常汇总。"}, request_only=True),
            OpenApiExample("Looked at", value=ALARM | {"seen_at": AT, "note": "已核实。"},
                           response_only=True, status_codes=["200"]),
        ],
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> HttpResponse:
        """403 for the account it is about, 409 when somebody was faster."""
        user = caller(request)
        if not alarms.may_see(user):
            raise NotAllowed("Alarms are for auditors and security administrators.")
        row = found_alarm(user, pk)
        body = Body(request.data, ("note",))
        note = body.line("note", 200, required=True)
        body.finish()
        access.seen_off(row, user, note)
        return answer(alarm_json(found_alarm(user, pk)))


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
                value={"results": [ALARM], "next": None},
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
