"""API v1: when does a deadline end, and how is it counted. Same answers as the page."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from cases import clockrules, deadline, workcalendar
from cases.models import Case
from cases.rules.limits import LimitCode, Whose
from cases.rules.reckoning import ClockState
from cases.transitions import database_now
from grids.api import ErrorShape
from grids.bodies import WrongName, answer, local, parameters
from grids.errors import NotVisible
from grids.models import User

SINGLE = ("start", "span", "whose", "rule", "hours")
REPEATED = ("extend", "pause")
REFUSALS = {code: ErrorShape for code in (400, 401, 404, 422)}


class DeadlineOut(serializers.Serializer[Any]):
    due_at = serializers.DateTimeField()
    provisional = serializers.BooleanField(
        help_text="A day was counted of a year without a holiday notice."
    )
    explanation = serializers.ListField(
        child=serializers.CharField(), help_text="One sentence per step, in the asker's language."
    )


class ClockOut(DeadlineOut):
    code = serializers.CharField()
    name = serializers.CharField()
    whose = serializers.ChoiceField(Whose.values())
    state = serializers.ChoiceField(ClockState.values())
    started_at = serializers.DateTimeField()
    next_at = serializers.DateTimeField(
        allow_null=True, help_text="When it climbs or is reported next."
    )
    source = serializers.CharField(  # type: ignore[assignment]
        allow_blank=True, help_text="Empty: a default without a public source."
    )


class CaseClocks(serializers.Serializer[Any]):
    results = ClockOut(many=True)


OUT = OpenApiExample(
    "Five working days over the Spring Festival",
    value={
        "due_at": "2026-02-26T23:59:59+08:00", "provisional": False,
        "explanation": [
            "2026年2月12日星期四起算，当日不计入（民法典第二百零一条）。",
            "2月13日、2月14日（调休上班）：计2个工作日。",
            "2月15日至2月23日：春节放假，不计入。",
            "2月24日、2月25日、2月26日：计3个工作日。",
            "2026年2月26日星期四 24:00到期。",
        ],
    },
    response_only=True, status_codes=["200"],
)  # fmt: skip
CLOCKS_OUT = OpenApiExample(
    "The clocks of a case",
    value={
        "results": [
            {
                "code": "hotline", "name": "12345热线工单", "whose": "agency", "state": "running",
                "started_at": "2026-02-12T10:00:00+08:00",
                "next_at": "2026-02-26T23:59:59+08:00",
                "source": "潍坊市12345政务服务便民热线条例第20条（地方性法规）", **OUT.value,
            }
        ]
    },
    response_only=True, status_codes=["200"],
)  # fmt: skip


class Deadline(APIView):
    """When a span ends."""

    @extend_schema(
        summary="When is it due, and why",
        operation_id="deadline_retrieve",
        parameters=[
            OpenApiParameter(
                "start", required=True, description="A day or a moment; Shanghai's without a zone."
            ),
            OpenApiParameter(
                "span", description="5wd, 60d, 1mo, 24h, 3wh (working hours) or 30min."
            ),
            OpenApiParameter("whose", enum=Whose.values(), default=Whose.AGENCY.value),
            OpenApiParameter("extend", many=True, description="A span; may come several times."),
            OpenApiParameter(
                "pause", many=True, description="FROM/TO; may come several times."
            ),
            OpenApiParameter(
                "rule", enum=LimitCode.values(),
                description="One of our clocks: its span by default, its bounds in any case.",
            ),
            OpenApiParameter("hours", description="Working hours: 08:30-12:00,14:00-17:30."),
        ],
        responses={200: DeadlineOut, **REFUSALS},
        examples=[OUT],
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """Counts and writes nothing. 422 names the parameter that makes no sense."""
        query = request.query_params
        wrong = {
            name
            for name, values in query.lists()
            if name not in REPEATED and (name not in SINGLE or len(values) > 1)
        }
        if wrong:
            raise WrongName(wrong)
        texts = {name: str(query.get(name, "")) for name in SINGLE}
        asked = deadline.question(
            texts["start"], texts["span"], whose=texts["whose"], rule=texts["rule"],
            hours=texts["hours"], extend=query.getlist("extend"), pause=query.getlist("pause"),
            calendar=workcalendar.of_path(place_of(request.user)),
        )  # fmt: skip
        return answer(deadline.answer(asked).to_json())


def place_of(user: object) -> str:
    """The path of the closest post's place; empty for whoever has none."""
    return user.posts[-1].area_path if isinstance(user, User) and user.posts else ""


class ClocksOfCase(APIView):
    """The running clocks of a case."""

    @extend_schema(
        summary="The running clocks of a case, and how each was counted",
        operation_id="case_clocks",
        responses={200: CaseClocks, **REFUSALS},
        examples=[CLOCKS_OUT],
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        """404 outside the caller's area, the same as for a number that does not exist."""
        parameters(request.query_params, ())
        assert isinstance(request.user, User)
        case = Case.objects.visible_to(request.user).filter(number=number).first()
        if case is None:
            raise NotVisible("There is no such case in your area.")
        now = database_now()
        rows = clockrules.running(case)
        return answer({"results": [clock_json(clockrules.account(row, now)) for row in rows]})


def clock_json(account: clockrules.Account) -> dict[str, Any]:
    clock = account.clock
    return {
        "code": clock.code,
        "name": account.name,
        "whose": account.whose.value,
        "state": account.state.value,
        "started_at": local(clock.started_at),
        "next_at": local(clock.next_at),
        "source": account.source,
        "due_at": local(clock.due_at),
        "provisional": clock.provisional,
        "explanation": account.explanation,
    }
