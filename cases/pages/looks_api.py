"""API v1: who looked at a case, and the phone of a party for a reason that is kept."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from cases import looks, minors, readers
from cases.api import REFUSALS, asked_from, caller
from cases.pages.case import looked_up
from cases.queues import Cursor
from cases.revealing import LONGEST_REASON, phone_of, reason_given, uncovered
from grids.bodies import Body, answer, local, parameters
from grids.errors import NotAllowed, NotVisible

WHYS = [one.value for one in looks.TO_UNCOVER]


class LookOut(serializers.Serializer[Any]):
    """One look at the case."""

    at = serializers.DateTimeField()
    name = serializers.CharField()
    post = serializers.CharField(help_text="Unit and role as they were then.")
    what = serializers.CharField()
    reason = serializers.CharField()


class LookPage(serializers.Serializer[Any]):
    results = LookOut(many=True)
    next = serializers.CharField(allow_null=True, help_text="Value of ``after`` of the next page.")


class UnmaskIn(serializers.Serializer[Any]):
    """Whose phone, and why."""

    party = serializers.IntegerField(help_text="Id of the party, from the page of the case.")
    why = serializers.ChoiceField(WHYS)
    reason = serializers.CharField(required=False, max_length=LONGEST_REASON)


class MinorIn(serializers.Serializer[Any]):
    """Which party, and whether it is under 18."""

    party = serializers.IntegerField(help_text="Id of the party.")
    minor = serializers.BooleanField()


class UnmaskOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    phone = serializers.CharField()
    address = serializers.CharField()


AT = "2026-03-02T09:00:00+08:00"


class Looks(APIView):
    """Who looked at one case."""

    @extend_schema(
        summary="Who looked at a case",
        operation_id="cases_looks",
        parameters=[OpenApiParameter("after", OpenApiTypes.STR)],
        responses={200: LookPage, **REFUSALS},
        examples=[
            OpenApiExample(
                "A phone was shown",
                value={
                    "results": [
                        {"at": AT, "name": "高小满", "post": "第1网格 · 网格员",
                         "what": "查看电话、住址", "reason": "联系或上门"}
                    ],
                    "next": None,
                },
                response_only=True,
                status_codes=["200"],
            )
        ],
    )  # fmt: skip
    def get(self, request: Request, number: str) -> HttpResponse:
        """Newest first; for those who act on the case or supervise it, 403 for who may only
        read it."""
        asked = parameters(request.query_params, ("after",))
        user = caller(request)
        case = looked_up(user, number)
        if not readers.may_ask(user, case):
            raise NotAllowed("Who looked is shown to those who act on a matter or supervise it.")
        found, more = readers.readers(case, Cursor.read(asked.get("after", "")))
        rows = [
            {"at": local(one.at), "name": one.name, "post": one.post, "what": one.kind,
             "reason": one.reason}
            for one in found
        ]  # fmt: skip
        return answer({"results": rows, "next": more or None})


class Unmask(APIView):
    """The phone and address of one party."""

    write_scope = "cases"

    @extend_schema(
        summary="Show a phone for a reason",
        operation_id="cases_unmask",
        request=UnmaskIn,
        responses={200: UnmaskOut, **REFUSALS},
        examples=[
            OpenApiExample(
                "To call", value={"party": 12, "why": "contact"}, request_only=True
            ),
            OpenApiExample(
                "Shown once",
                value={"name": "张三", "phone": "13800138000", "address": "2组15号"},
                response_only=True,
                status_codes=["200"],
            ),
        ],
    )  # fmt: skip
    def post(self, request: Request, number: str) -> HttpResponse:
        """In this answer only; who, when and why is written in the same transaction."""
        user = caller(request)
        case = looked_up(user, number)
        body = Body(request.data, ("party", "why", "reason"))
        party_id = body.whole("party")
        why = body.choice("why", [one.value for one in looks.TO_UNCOVER])
        words = body.line("reason", LONGEST_REASON)
        body.finish()
        party = case.parties.filter(pk=party_id or 0, erased_at=None).first()
        if party is None:
            raise NotVisible("There is no such party.")
        uncovered(user, case, party, reason_given(why, words), asked_from(request))
        return answer({"name": party.name, "phone": phone_of(party), "address": party.address})


class MarkMinor(APIView):
    """Whether a party is a minor."""

    write_scope = "cases"

    @extend_schema(
        summary="Mark a party as a minor",
        operation_id="cases_mark_minor",
        request=MinorIn,
        responses={200: MinorIn, **REFUSALS},
        examples=[OpenApiExample("A minor", value={"party": 12, "minor": True})],
    )
    def post(self, request: Request, number: str) -> HttpResponse:
        """Everybody then sees initials; phone and address only who works on the case, for a
        reason. 403 for others and once nothing can be added."""
        user = caller(request)
        looked_up(user, number)
        body = Body(request.data, ("party", "minor"))
        party_id, minor = body.whole("party"), body.flag("minor")
        body.finish()
        minors.mark(user, number, party_id or 0, minor)
        return answer({"party": party_id, "minor": minor})
