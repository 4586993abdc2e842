"""API v1: a district's ladder and time limits. The same doors as /office/policies/."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from cases import policy_words, proposals, restarting, simulation
from cases.api import KEY, REFUSALS, caller, idempotency_key
from cases.models import Policy, PolicyProposal, PolicySimulation
from cases.models.proposal import ProposalState
from cases.once import once
from cases.policies import in_force
from cases.wishes import REASON, Wish, default_body, settings, today
from grids.bodies import Body, answer, digits, local, parameters
from grids.errors import NotVisible

PAGE = 200  # clocks of a page


class RuleOut(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="The ladder, limit. and its code, or a number.")
    name = serializers.CharField()
    version = serializers.IntegerField(help_text="0: the product's default.")
    area = serializers.IntegerField(allow_null=True, help_text="Who set it; null: the product.")
    body = serializers.JSONField()


class RulesOut(serializers.Serializer[Any]):
    place = serializers.IntegerField(
        allow_null=True, help_text="null: the caller's posts reach no district."
    )
    results = RuleOut(many=True)


class SimulationOut(serializers.Serializer[Any]):
    """What the proposal would do; ``done`` false while it is being counted."""

    done = serializers.BooleanField()
    at = serializers.DateTimeField(allow_null=True)
    clocks = serializers.IntegerField()
    earlier = serializers.IntegerField()
    later = serializers.IntegerField()
    same = serializers.IntegerField()
    at_once = serializers.IntegerField(help_text="Climb or become overdue at once.")
    kept = serializers.IntegerField(help_text="Keep their version in any case.")
    digest = serializers.CharField(help_text="Binds the list of named clocks.")


class ProposalOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    rev = serializers.IntegerField()
    place = serializers.IntegerField()
    code = serializers.CharField()
    body = serializers.JSONField()
    valid_from = serializers.DateField()
    restart = serializers.BooleanField()
    reason = serializers.CharField()
    state = serializers.ChoiceField(ProposalState.values())
    version = serializers.IntegerField(allow_null=True)
    answer = serializers.CharField()
    simulation = SimulationOut(allow_null=True)
    moved = serializers.IntegerField()
    left = serializers.IntegerField(help_text="Found changed since the simulation, not moved.")


class ProposalsOut(serializers.Serializer[Any]):
    results = ProposalOut(many=True)


class ProposalIn(serializers.Serializer[Any]):
    place = serializers.IntegerField(help_text="Id of a district or city.")
    code = serializers.ChoiceField(settings())
    body = serializers.JSONField(help_text="A ladder, a span, days or percent; with its source.")
    valid_from = serializers.DateField(help_text="Today or a day to come.")
    restart = serializers.BooleanField(required=False, help_text="Count running clocks anew.")
    reason = serializers.CharField(max_length=REASON)


class ProposalDecisionIn(serializers.Serializer[Any]):
    do = serializers.ChoiceField(["simulate", "approve", "reject", "withdraw"])
    rev = serializers.IntegerField(help_text="The revision that was seen.")
    answer = serializers.CharField(required=False, help_text="Why it is rejected or withdrawn.")


class NamedClockOut(serializers.Serializer[Any]):
    number = serializers.CharField(help_text="Empty for a restricted matter.")
    unit = serializers.IntegerField()
    deadline_now = serializers.DateTimeField()
    deadline_then = serializers.DateTimeField()
    at_once = serializers.BooleanField()
    kept = serializers.CharField(help_text="Why it keeps its version, or was not moved.")


class NamedClocksOut(serializers.Serializer[Any]):
    results = NamedClockOut(many=True)
    next = serializers.CharField(allow_null=True)


LIMIT_BODY = {"span": {"amount": 3, "unit": "working_day"}, "source": "湖滨区网格事项办理规程第8条"}
SIMULATED = {
    "done": True, "at": "2026-03-02T09:00:00+08:00", "clocks": 412, "earlier": 380, "later": 0,
    "same": 20, "at_once": 7, "kept": 12, "digest": "5c0f…",
}  # fmt: skip
PROPOSAL = {
    "id": 4, "rev": 1, "place": 2, "code": "limit.event_general", "body": LIMIT_BODY,
    "valid_from": "2026-03-02", "restart": True, "reason": "区规程缩短为3个工作日",
    "state": "waiting", "version": None, "answer": "", "simulation": SIMULATED,
    "moved": 0, "left": 0,
}  # fmt: skip
RULES_OUT = OpenApiExample(
    "In force",
    value={"place": 2, "results": [{
        "code": "limit.event_general", "name": "一般事项", "version": 1, "area": 2,
        "body": LIMIT_BODY,
    }]},
    response_only=True, status_codes=["200"],
)  # fmt: skip
PROPOSAL_IN = OpenApiExample(
    "Propose three working days",
    value={
        "place": 2, "code": "limit.event_general", "body": LIMIT_BODY,
        "valid_from": "2026-03-02", "restart": True, "reason": "区规程缩短为3个工作日",
    },
    request_only=True,
)  # fmt: skip
PROPOSAL_OUT = OpenApiExample(
    "A proposal", value=PROPOSAL, response_only=True, status_codes=["200", "201"]
)
PROPOSALS_OUT = OpenApiExample(
    "Proposals", value={"results": [PROPOSAL]}, response_only=True, status_codes=["200"]
)
APPROVE_IN = OpenApiExample("Approve", value={"do": "approve", "rev": 1}, request_only=True)
CLOCKS_OUT = OpenApiExample(
    "Named clocks",
    value={"results": [{
        "number": "LB2026-000031", "unit": 12, "deadline_now": "2026-03-09T23:59:59+08:00",
        "deadline_then": "2026-03-05T23:59:59+08:00", "at_once": False, "kept": "",
    }], "next": None},
    response_only=True, status_codes=["200"],
)  # fmt: skip
PLACE = OpenApiParameter("place", OpenApiTypes.INT64, description="A district or city.")


class Policies(APIView):
    """What a place may set and what is in force."""

    @extend_schema(
        summary="List the ladder and time limits in force",
        operation_id="policies_list",
        parameters=[PLACE],
        responses={200: RulesOut, **REFUSALS},
        examples=[RULES_OUT],
    )
    def get(self, request: Request) -> HttpResponse:
        """Of the first place the caller administers, or of ``place``. 403 for all but the
        three administrators, 404 outside their area."""
        asked = parameters(request.query_params, ("place",))
        area = proposals.place_or_first(caller(request), digits(asked.get("place", "")))
        if area is None:
            return answer({"place": None, "results": []})
        rows = in_force(area, today()).rows
        found = [rule(code, rows.get(code)) for code in settings()]
        return answer({"place": area.pk, "results": found})


class Proposals(APIView):
    """Proposals of the caller's places."""

    write_scope = "settings"

    @extend_schema(
        summary="List proposals for policies",
        operation_id="proposals_list",
        parameters=[PLACE],
        responses={200: ProposalsOut, **REFUSALS},
        examples=[PROPOSALS_OUT],
    )
    def get(self, request: Request) -> HttpResponse:
        """The newest first, a hundred at most."""
        asked = parameters(request.query_params, ("place",))
        user = caller(request)
        area = proposals.place_or_first(user, digits(asked.get("place", "")))
        rows = list(proposals.proposals_at(user, area)[:100]) if area else []
        return answer({"results": [proposal_json(row) for row in rows]})

    @extend_schema(
        summary="Propose the next version of a policy",
        operation_id="proposals_create",
        parameters=[KEY],
        request=ProposalIn,
        responses={201: ProposalOut, 200: ProposalOut, **REFUSALS},
        examples=[PROPOSAL_IN, PROPOSAL_OUT],
    )
    def post(self, request: Request) -> HttpResponse:
        """Writes a draft; simulate it next. 409 while another proposal for the same policy is
        open, 422 with each problem at its field (``rungs.0.amount``)."""
        key, user = idempotency_key(request), caller(request)
        proposals.need_reader(user)
        body = Body(request.data, ("place", "code", "body", "valid_from", "restart", "reason"))
        place, code = body.whole("place", 1), body.choice("code", settings())
        valid_from = body.day("valid_from", required=True)
        restart = body.flag("restart")
        reason = body.line("reason", REASON, required=True)
        written = body.data.get("body")
        if not isinstance(written, dict):
            body.wrong("body", "Send one JSON object.")
        body.finish()
        area = proposals.place_for(user, place or 0)
        assert valid_from is not None and isinstance(written, dict)
        wish = Wish(code, written, valid_from, restart, reason)

        def do() -> int:
            return proposals.propose(user, area, wish).pk

        pk, fresh = once(user, f"policy:{area.pk}", key, request.data, do)
        found = proposals.proposal_for(user, int(pk))
        return answer(proposal_json(found), status=201 if fresh else 200)


class OneProposal(APIView):
    """One proposal, and what is decided on it."""

    write_scope = "settings"

    @extend_schema(
        summary="Look at a proposal",
        operation_id="proposals_retrieve",
        responses={200: ProposalOut, **REFUSALS},
        examples=[PROPOSAL_OUT],
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """With its simulation and how far it is carried out."""
        parameters(request.query_params, ())
        return answer(proposal_json(proposals.proposal_for(caller(request), pk)))

    @extend_schema(
        summary="Simulate, approve, reject or withdraw a proposal",
        operation_id="proposals_decide",
        request=ProposalDecisionIn,
        responses={200: ProposalOut, **REFUSALS},
        examples=[APPROVE_IN, PROPOSAL_OUT],
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """``rev`` must be the revision seen, so that nothing is decided twice or unseen (409).
        Many clocks are counted and moved by a worker: ask again. 403 for one's own proposal."""
        user = caller(request)
        proposals.proposal_for(user, pk)
        body = Body(request.data, ("do", "rev", "answer"))
        what = body.choice("do", ("simulate", "approve", "reject", "withdraw"))
        rev = body.whole("rev", 1)
        if rev is None and "rev" not in body.errors:
            body.wrong("rev", "This is required.")
        said = body.line("answer", REASON, required=what == "reject")
        body.finish()
        if what == "simulate":
            found = proposals.simulate(user, pk, rev)
        elif what == "approve":
            found = proposals.approve(user, pk, rev)
        elif what == "reject":
            found = proposals.reject(user, pk, said, rev)
        else:
            found = proposals.withdraw(user, pk, said, rev)
        return answer(proposal_json(found))


class ProposalClocks(APIView):
    """The clocks a simulation names."""

    @extend_schema(
        summary="List the clocks a simulation names",
        operation_id="proposals_clocks",
        parameters=[
            OpenApiParameter("view", OpenApiTypes.STR, enum=list(filter(None, simulation.VIEWS))),
            OpenApiParameter("unit", OpenApiTypes.INT64, description="Id of the unit responsible."),
            OpenApiParameter("after", OpenApiTypes.INT64, description="Value of ``next``."),
        ],
        responses={200: NamedClocksOut, **REFUSALS},
        examples=[CLOCKS_OUT],
    )  # fmt: skip
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Numbers, units and moments; nothing of the matters themselves."""
        asked = parameters(request.query_params, ("view", "unit", "after"))
        user = caller(request)
        row = simulation.latest(proposals.proposal_for(user, pk))
        view = asked.get("view", "")
        if row is None or view not in simulation.VIEWS:
            raise NotVisible("There is no such list.")
        unit, after = digits(asked.get("unit", "")), digits(asked.get("after", "0")) or 0
        rows = simulation.moves_for(user, row, view, unit).filter(clock_id__gt=after)
        page = list(rows[: PAGE + 1])
        listed = [
            {
                "number": one.number, "unit": one.unit_id, "deadline_now": local(one.step_from),
                "deadline_then": local(one.step_to), "at_once": one.at_once,
                "kept": one.left_because or one.kept,
            }
            for one in page[:PAGE]
        ]  # fmt: skip
        more = str(page[PAGE - 1].clock_id) if len(page) > PAGE else None
        return answer({"results": listed, "next": more})


def rule(code: str, row: Any) -> dict[str, Any]:
    own = row if isinstance(row, Policy) else None
    return {
        "code": code, "name": policy_words.setting_name(code),
        "version": own.version if own else 0, "area": own.area_id if own else None,
        "body": own.body if own else default_body(code),
    }  # fmt: skip


def proposal_json(row: PolicyProposal) -> dict[str, Any]:
    asked = row.simulations.first()
    moved, left, _named = restarting.progress(row)
    return {
        "id": row.pk, "rev": row.rev, "place": row.area_id, "code": row.code, "body": row.body,
        "valid_from": row.valid_from.isoformat(), "restart": row.restart, "reason": row.reason,
        "state": row.state, "version": row.policy.version if row.policy else None,
        "answer": row.answer, "simulation": simulation_json(asked) if asked else None,
        "moved": moved, "left": left,
    }  # fmt: skip


def simulation_json(row: PolicySimulation) -> dict[str, Any]:
    return {
        "done": row.at is not None, "at": local(row.at), "clocks": row.clocks,
        "earlier": row.earlier, "later": row.later, "same": row.same, "at_once": row.at_once,
        "kept": row.kept, "digest": row.digest,
    }  # fmt: skip
