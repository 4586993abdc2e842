"""API v1: who works in a grid, and grids as a table (/office/grids/…/posts/, import, export)."""

import io
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from cases import handover
from cases.api import KEY, REFUSALS, asked_from, caller, idempotency_key
from cases.once import once
from cases.pages.export_api import CSV
from cases.pages.post_api import person
from cases.pages.staff_api import post_json
from cases.pages.staff_shapes import PostingOut
from grids import access, crew, gridbook, gridfile
from grids.bodies import Body, WrongValues, answer, parameters
from grids.csvfile import MOST_LINES
from grids.errors import NotVisible
from grids.gridfile import COLUMNS
from grids.gridforms import MOST_BYTES
from grids.importing import one_import_at_a_time
from grids.models import Area, Posting
from grids.pages.gridfiles import planned, said

ROLES = [role.value for role in crew.ROLES]


class MemberOut(PostingOut):
    """A post at the grid, with the account that holds it."""

    username = serializers.CharField()
    name = serializers.CharField()


class CrewOut(serializers.Serializer[Any]):
    results = MemberOut(many=True)


class MemberIn(serializers.Serializer[Any]):
    account = serializers.CharField(max_length=40, help_text="User name.")
    role = serializers.ChoiceField(ROLES)
    started_on = serializers.DateField()
    ended_on = serializers.DateField(required=False, help_text="The first day without it.")


class ReleaseIn(serializers.Serializer[Any]):
    on = serializers.DateField(help_text="The first day without it.")
    successor = serializers.UUIDField(
        required=False, help_text="Whose account follows; without one the team goes on."
    )


class TableIn(serializers.Serializer[Any]):
    content = serializers.CharField(help_text="CSV with the columns of the export.")
    confirm = serializers.BooleanField(
        required=False, help_text="true: take it in. Otherwise it is only looked through."
    )


class BadLine(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    message = serializers.CharField()


class TableOut(serializers.Serializer[Any]):
    """What a table would do, or did."""

    done = serializers.BooleanField()
    new = serializers.IntegerField()
    changed = serializers.IntegerField()
    bad = BadLine(many=True)


CREW = OpenApiExample(
    "The crew of a grid",
    value={
        "results": [
            {"id": 3, "role": "grid_worker", "unit": 14, "unit_name": "第1网格", "area": 31,
             "area_name": "第1网格", "started_on": "2024-01-01", "ended_on": None,
             "substitute": False, "username": "gao", "name": "高小满"}
        ]
    },
    response_only=True,
    status_codes=["200", "201"],
)  # fmt: skip
MEMBER_IN = OpenApiExample(
    "A worker",
    value={"account": "gao", "role": "grid_worker", "started_on": "2026-03-02"},
    request_only=True,
)
RELEASE_IN = OpenApiExample("Ends today", value={"on": "2026-03-02"}, request_only=True)
TABLE_IN = OpenApiExample(
    "Looked through first",
    value={"content": f"{','.join(COLUMNS)}\n…", "confirm": False},
    request_only=True,
)
TABLE_OUT = OpenApiExample(
    "One line is bad",
    value={
        "done": False, "new": 2, "changed": 1,
        "bad": [{"line": 3, "message": "number: 该编号已被占用"}],
    },
    response_only=True,
    status_codes=["200"],
)  # fmt: skip


class Crew(APIView):
    """Who works in a grid."""

    write_scope = "people"

    @extend_schema(
        summary="List the posts at a grid",
        operation_id="grids_crew",
        responses={200: CrewOut, **REFUSALS},
        examples=[CREW],
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Those that run or begin later; 404 outside the caller's area."""
        parameters(request.query_params, ())
        return crew_of(gridbook.grid(caller(request), pk))

    @extend_schema(
        summary="Give a post at a grid",
        operation_id="grids_appoint",
        parameters=[KEY],
        request=MemberIn,
        responses={201: CrewOut, 200: CrewOut, **REFUSALS},
        examples=[MEMBER_IN, CREW],
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """To an account that exists; whoever serves elsewhere does not exist here (422)."""
        key, user = idempotency_key(request), caller(request)
        area = gridbook.grid(user, pk)
        body = Body(request.data, ("account", "role", "started_on", "ended_on"))
        account, role = body.line("account", 40, required=True), body.choice("role", ROLES)
        start, end = body.day("started_on", required=True), body.day("ended_on")
        body.finish()
        assert start is not None  # finish
        _pk, fresh = once(
            user, f"crew:{pk}:post", key, request.data,
            lambda: crew.appoint(user, area, account, role, start, end).pk,
        )  # fmt: skip
        return crew_of(area, 201 if fresh else 200)


class Release(APIView):
    """End a post at a grid."""

    write_scope = "people"

    @extend_schema(
        summary="End a post at a grid",
        operation_id="grids_release",
        parameters=[KEY],
        request=ReleaseIn,
        responses={200: CrewOut, **REFUSALS},
        examples=[RELEASE_IN, CREW],
    )
    def post(self, request: Request, pk: int, post_id: int) -> HttpResponse:
        """What is open in the person's name goes to the successor, else back to the team; 404
        for a post elsewhere."""
        key, user = idempotency_key(request), caller(request)
        area = gridbook.grid(user, pk)
        body = Body(request.data, ("on", "successor"))
        on = body.day("on", required=True)
        heir = person(body, user, "successor", required=False)
        body.finish()
        assert on is not None  # finish

        def do() -> int:
            posting = crew.members(area).filter(pk=post_id).first()
            if posting is None:
                raise NotVisible("There is no such post at this grid.")
            handover.end(user, posting, on, today=timezone.localdate(), heir=heir)
            return posting.pk

        once(user, f"crew:{pk}:end:{post_id}", key, request.data, do)
        return crew_of(area)


class GridTable(APIView):
    """Grids as a table."""

    write_scope = "places"

    @extend_schema(
        summary="The grids of the caller's area as CSV",
        operation_id="grids_export",
        responses={(200, "text/csv"): CSV, **REFUSALS},
        examples=[
            OpenApiExample(
                "The head of the table", value=",".join(COLUMNS), response_only=True,
                media_type="text/csv", status_codes=["200"],
            )
        ],
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """As the import reads them; taking it out is logged."""
        parameters(request.query_params, ())
        user = caller(request)
        post = gridbook.running_posts(user)[-1]
        text = io.StringIO(newline="")
        gridfile.export_grids(gridbook.places(user), text)
        access.looked(
            user, "export", "grids.csv", tenant_id=post.tenant_id, fields=",".join(COLUMNS),
            address=asked_from(request),
        )  # fmt: skip
        return HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")

    @extend_schema(
        summary="Take grids in from CSV",
        operation_id="grids_import",
        request=TableIn,
        responses={200: TableOut, **REFUSALS},
        examples=[TABLE_IN, TABLE_OUT],
    )
    def post(self, request: Request) -> HttpResponse:
        """Looked through first; with ``confirm`` it is taken in, whole or not at all: a bad
        line is a 422. The same table again changes nothing."""
        user = caller(request)
        gridbook.running_posts(user)
        body = Body(request.data, ("content", "confirm"))
        content, confirm = body.data.get("content"), body.flag("confirm")
        if not isinstance(content, str) or not content.strip():
            body.wrong("content", "This is required.")
        elif len(content.encode()) > MOST_BYTES:
            body.wrong("content", "This is too large to be received.")
        body.finish()
        if confirm:
            one_import_at_a_time()
        plan = planned(user, str(content).encode())
        bad = [(row.line, said(row)) for row in sorted(plan.bad, key=lambda one: one.line)]
        if confirm and bad:
            lines = [_("Line %(n)s: %(why)s") % {"n": n, "why": why} for n, why in bad]
            raise WrongValues({"content": lines[:MOST_LINES]})
        if confirm:
            gridfile.carry_out(plan, user)
        return answer({
            "done": confirm, "new": len(plan.new), "changed": len(plan.changed),
            "bad": [{"line": n, "message": why} for n, why in bad[:MOST_LINES]],
        })  # fmt: skip


def crew_of(area: Area, status: int = 200) -> HttpResponse:
    found = [member_json(row) for row in crew.members(area)]
    return answer({"results": found}, status=status)


def member_json(row: Posting) -> dict[str, Any]:
    return post_json(row) | {"username": row.user.username, "name": row.user.display_name}
