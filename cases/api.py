"""API v1: cases. Same doors, same scope and same answers as the pages."""

import re
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from cases import codes, drafts, intake, looks, petition_examples, shapes, transitions
from cases.listing import LEVEL_NAMES, lamp_json, listing
from cases.models import Case
from cases.pages import sealed_api
from cases.revealing import masked_phone, own, shown_name, veil
from cases.rules.lamp import lamp
from grids.api import ErrorShape
from grids.bodies import answer, local, parameters
from grids.errors import BrokenRule, NotVisible
from grids.models import User

KEY_SHAPE = re.compile(r"[\x21-\x7e]{8,80}")
REFUSALS = {code: ErrorShape for code in (400, 401, 403, 404, 409, 415, 422, 429)}
KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="8 to 80 visible ASCII characters, new for each matter, the same for a retry.",
)


class KeyNeeded(BrokenRule):
    """A request that writes came without a key, or with one of the wrong shape."""

    code = "idempotency_key"
    http_status = 400


def idempotency_key(request: Request) -> str:
    """The key of the request; raises ``KeyNeeded``."""
    key: str = request.META.get("HTTP_IDEMPOTENCY_KEY", "")
    if not KEY_SHAPE.fullmatch(key):
        raise KeyNeeded("Send an Idempotency-Key of 8 to 80 visible ASCII characters.")
    return key


def asked_from(request: Request) -> str | None:
    """The network address a request comes from, as far as the server knows it."""
    return request.META.get("REMOTE_ADDR") or None


def caller(request: Request) -> User:
    """Who asks; the permission class let nobody else through."""
    assert isinstance(request.user, User)
    return request.user


class Cases(APIView):
    """Register a matter, list cases."""

    write_scope = "cases"

    @extend_schema(
        summary="One page of a queue",
        operation_id="cases_list",
        parameters=shapes.LIST_PARAMETERS,
        responses={200: shapes.CasePage, **REFUSALS},
        examples=[shapes.PAGE_OUT],
    )
    def get(self, request: Request) -> HttpResponse:
        """The queues of the pages: 50 lines, the next due first, pages by key."""
        text = listing(caller(request), request.query_params, asked_from(request))
        return HttpResponse(text, content_type="application/json")

    @extend_schema(
        summary="Register a matter",
        operation_id="cases_create",
        parameters=[KEY],
        request=shapes.CaseIn,
        responses={201: shapes.ReceiptOut, 200: shapes.ReceiptOut, **REFUSALS},
        examples=[shapes.CASE_IN, petition_examples.LODGED, shapes.RECEIPT_OUT],
    )
    def post(self, request: Request) -> HttpResponse:
        """201 for a new case; 200 with the same receipt when the key comes again; 422 when it
        comes with another body."""
        key = idempotency_key(request)
        data = request.data
        if isinstance(data, dict) and "about" in data:
            return sealed_api.register(caller(request), data, key)
        receipt = intake.register(
            drafts.draft(data), actor=caller(request), key=key, body_digest=drafts.digest(data)
        )
        return answer(receipt_json(receipt), status=201 if receipt.created else 200)


class OneCase(APIView):
    """One case."""

    @extend_schema(
        summary="Look at a case",
        operation_id="cases_retrieve",
        responses={200: shapes.CaseOut, **REFUSALS},
        examples=[shapes.CASE_OUT],
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        """404 outside the caller's area, the same as for a number that does not exist."""
        parameters(request.query_params, ())
        user = caller(request)
        case = (
            Case.objects.visible_to(user)
            .select_related("story", "category", "source", "area", "holder_unit")
            .filter(number=number)
            .first()
        )
        if case is None:
            raise NotVisible("There is no such case in your area.")
        looks.look(
            user, case, "view", fields="text,parties", reason="api", address=asked_from(request)
        )
        return answer(case_json(case, user))


class Act(APIView):
    """Do something to a case."""

    write_scope = "cases"

    @extend_schema(
        summary="Act on a case",
        operation_id="cases_act",
        parameters=[KEY],
        request=shapes.ActIn,
        responses={200: shapes.StateOut, **REFUSALS},
        examples=[*shapes.ACT_IN, *petition_examples.ACT_IN, shapes.STATE_OUT],
    )
    def post(self, request: Request, number: str) -> HttpResponse:
        """404 outside the caller's area, 403 for the wrong post, 409 for the wrong status or
        an old ``rev``, 422 naming the fields. Nothing is written on any of them."""
        key = idempotency_key(request)
        verb, rev, inputs = drafts.act(request.data)
        case = transitions.act(number, verb, actor=caller(request), inputs=inputs, rev=rev, key=key)
        return answer(state_json(case))


def receipt_json(receipt: intake.Receipt) -> dict[str, Any]:
    case, code = receipt.case, receipt.code
    return {
        "number": case.number,
        "code": code,
        "spoken": code[: codes.SPOKEN_LENGTH],
        "pin": receipt.pin,
        "status": case.status,
        "registered_at": local(case.registered_at),
        "due_at": local(case.due_at),
        "provisional": case.provisional,
        "rev": case.last_seq,
    }


def state_json(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "status": case.status,
        "level": LEVEL_NAMES[case.level],
        "due_at": local(case.due_at),
        "provisional": case.provisional,
        "rev": case.last_seq,
    }


def row_json(case: Case) -> dict[str, Any]:
    """One line of a list; category, holder, area and story are loaded."""
    light = lamp(
        case.due_at,
        timezone.now(),
        closed=case.closed_at is not None,
        paused=case.paused,
        amber_at=case.amber_at,
    )
    holder = case.holder_unit
    return {
        "number": case.number,
        "kind": case.kind,
        "category": case.category.code,
        "status": case.status,
        "level": LEVEL_NAMES[case.level],
        "holder": {"id": holder.pk, "name": holder.name} if holder else None,
        "area": {"id": case.area_id, "name": case.area.name},
        "summary": case.story.summary,
        "urgent": case.urgent,
        "registered_at": local(case.registered_at),
        "due_at": local(case.due_at),
        "provisional": case.provisional,
        "lamp": lamp_json(light),
    }


def case_json(case: Case, user: User) -> dict[str, Any]:
    """The whole case as the caller may see it: phones masked, names and names in words too
    for those who do not work on it."""
    full = own(user, case)
    parties = list(case.parties.filter(erased_at=None))
    plain = veil(parties, full)
    return {
        **row_json(case),
        "text": plain(case.story.text),
        "place": plain(case.story.place),
        "source": case.source.code,
        "outcome": case.outcome,
        "rung": case.rung,
        "occurred_at": local(case.occurred_at),
        "received_at": local(case.received_at),
        "closed_at": local(case.closed_at),
        "parties": [
            {
                "id": party.pk,
                "side": party.side,
                "name": shown_name(party, full),
                "phone": masked_phone(party),
                "minor": party.minor,
            }
            for party in parties
        ],
        "verbs": [step.verb.value for step in transitions.possible_verbs(case, user)],
        "rev": case.last_seq,
    }
