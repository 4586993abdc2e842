"""API v1: a list taken out as CSV, masked and logged with its purpose (/queue/export/)."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from cases import export, filters, looks
from cases.api import REFUSALS, asked_from, caller
from cases.export import Asked
from cases.pages.queue import chosen_posts, working_posts
from cases.queues import Tab
from cases.revealing import LONGEST_REASON
from cases.rules.lamp import LampCode
from cases.rules.workflow import Kind, Status
from grids.bodies import Body
from grids.errors import NotAllowed

WHYS = [one.value for one in looks.TO_EXPORT]
NARROWING = ("tab", "post", "lamp", "kind", "status", "category", "source", "area", "q")
CSV = OpenApiResponse(OpenApiTypes.STR, description="text/csv in UTF-8 with a byte-order mark.")


class ExportIn(serializers.Serializer[Any]):
    """Which list, and what it is for. The filters are those of the queue."""

    why = serializers.ChoiceField(WHYS, help_text="Kept in the access log.")
    reason = serializers.CharField(max_length=LONGEST_REASON, required=False)
    tab = serializers.ChoiceField(Tab.values(), required=False)
    post = serializers.IntegerField(required=False)
    lamp = serializers.ChoiceField(LampCode.values(), required=False)
    kind = serializers.ChoiceField(Kind.values(), required=False)
    status = serializers.ChoiceField(Status.values(), required=False)
    category = serializers.CharField(required=False)
    source = serializers.CharField(required=False)  # type: ignore[assignment]
    area = serializers.IntegerField(required=False)
    q = serializers.CharField(required=False)


class Export(APIView):
    """Take a list out."""

    write_scope = "cases"

    @extend_schema(
        summary="Take a list out as CSV",
        operation_id="exports_create",
        request=ExportIn,
        responses={(200, "text/csv"): CSV, **REFUSALS},
        examples=[
            OpenApiExample(
                "What is late, for a meeting",
                value={"why": "meeting", "lamp": "over"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> HttpResponse:
        """Names and phones masked, protection leads never in it; every taking-out is logged.
        403 for posts without a queue and for phones, 422 beyond so many lines."""
        user = caller(request)
        if user.works_in_the_field:
            raise NotAllowed("Lists are taken out at a desk, not on a phone.")
        posts = working_posts(user)
        body = Body(request.data, ("why", "reason", *NARROWING))
        why = body.choice("why", WHYS)
        reason = body.line("reason", LONGEST_REASON)
        tab = body.choice("tab", Tab.values(), default=Tab.TO_DO.value)
        query = {
            name: body.line(name, 40)
            for name in ("lamp", "kind", "status", "category", "source", "q")
        }
        post, area = body.whole("post", least=1), body.whole("area", least=1)
        body.finish()
        chosen = chosen_posts(posts, str(post or ""))
        known = filters.terms()
        narrowed = filters.read(query, known, filters.chosen_place(chosen, str(area or "")))
        asked = Asked(user, chosen, Tab(tab), narrowed, asked_from(request))
        text = export.csv_of(asked, export.purpose(why, reason), known)
        return HttpResponse(text, content_type="text/csv; charset=utf-8")
