"""API v1: requests that somebody stays away, as /office/recusals/ and the case page show them.

They are made and decided by acts of the case: ``declare_interest``, ``ask_recusal``,
``recuse`` and ``deny_recusal`` at ``cases/<number>/act/``. About matters; nobody is counted.
"""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from cases import recusals, transitions
from cases.api import REFUSALS, caller
from cases.deciders import officials
from cases.models.conflict import SORTS
from cases.pages.case import looked_up
from cases.pages.recusals import decides
from cases.rules.workflow import Verb
from cases.transitions import database_now
from grids.bodies import answer, local, parameters
from grids.errors import NotAllowed


class RecusalOut(serializers.Serializer[Any]):
    """One request with its words, as far as the caller may read them."""

    id = serializers.IntegerField(help_text="``request`` of the deciding act.")
    number = serializers.CharField(help_text="The case.")
    category = serializers.CharField()
    sort = serializers.ChoiceField(SORTS, help_text="Declared, by a party, by a colleague.")
    person = serializers.CharField(help_text="Empty while a party's words are all there is.")
    whom = serializers.CharField(help_text="Whom a party means, in its words.")
    why = serializers.CharField()
    unit = serializers.CharField(help_text="Which unit decides.")
    asked_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    provisional = serializers.BooleanField(help_text="Counted through a year without a notice.")
    decided_at = serializers.DateTimeField(allow_null=True)
    granted = serializers.BooleanField(allow_null=True)
    answer = serializers.CharField(help_text="The reasons of the decision.")
    mine = serializers.BooleanField(help_text="The caller decides it.")


class OfficialOut(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="``user`` of the acts.")
    name = serializers.CharField(help_text="Name, role and unit.")


class RecusalList(serializers.Serializer[Any]):
    results = RecusalOut(many=True)


class CaseRecusals(RecusalList):
    officials = OfficialOut(many=True, help_text="Who can be named, to callers who may ask.")


AT = "2026-03-02T09:00:00+08:00"
ROW = {
    "id": 5, "number": "LB2026-000001", "category": "宅基地", "sort": "colleague",
    "person": "梅兰", "whom": "", "why": "与一方是姻亲", "unit": "青石镇综治中心",
    "asked_at": AT, "due_at": "2026-03-05T23:59:59+08:00", "provisional": False,
    "decided_at": None, "granted": None, "answer": "", "mine": True,
}  # fmt: skip


class Recusals(APIView):
    """What waits for the caller's decision."""

    @extend_schema(
        summary="List requests to stay away that the caller decides",
        operation_id="recusals_list",
        responses={200: RecusalList, **REFUSALS},
        examples=[
            OpenApiExample(
                "One waits", value={"results": [ROW]}, response_only=True, status_codes=["200"]
            )
        ],
    )
    def get(self, request: Request) -> HttpResponse:
        """The next due first; 403 for posts that decide on none."""
        parameters(request.query_params, ())
        user = caller(request)
        if not decides(user):
            raise NotAllowed("Your post decides on no recusals.")
        found = recusals.to_decide(user, database_now())
        return answer({"results": [recusal_json(one) for one in found]})


class RecusalsOfCase(APIView):
    """Requests about one case."""

    @extend_schema(
        summary="List requests to stay away from a case",
        operation_id="cases_recusals",
        responses={200: CaseRecusals, **REFUSALS},
        examples=[
            OpenApiExample(
                "One, and who can be named",
                value={
                    "results": [ROW],
                    "officials": [{"id": 17, "name": "梅兰 · 调解员 · 东河村人民调解委员会"}],
                },
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        """Those the caller made or decides; 404 outside the caller's area."""
        parameters(request.query_params, ())
        user = caller(request)
        case = looked_up(user, number)
        verbs = {step.verb for step in transitions.possible_verbs(case, user)}
        asks = verbs & {Verb.ASK_RECUSAL, Verb.RECUSE}
        found = recusals.on_case(user, case, database_now())
        return answer({
            "results": [recusal_json(one) for one in found],
            "officials": [
                {"id": int(pk), "name": name} for pk, name in (officials(case) if asks else ())
            ],
        })  # fmt: skip


def recusal_json(one: recusals.Request) -> dict[str, Any]:
    row = one.row
    return {
        "id": row.pk, "number": one.case.number, "category": one.category, "sort": row.sort,
        "person": one.person, "whom": one.whom, "why": one.why, "unit": row.decider_unit.name,
        "asked_at": local(row.asked_at), "due_at": local(row.due_at),
        "provisional": one.provisional, "decided_at": local(row.decided_at),
        "granted": row.granted, "answer": one.answer, "mine": one.mine,
    }  # fmt: skip
