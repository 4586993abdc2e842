"""API v1: the supervision list, the orders of a case with their threads, rounds of the look-back.

Orders are issued, answered, judged and ended by acts of the case: ``order``, ``reply_order``,
``accept_reply``, ``reject_reply`` and ``delist`` at ``cases/<number>/act/``. Units are listed
and counted, never people.
"""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from cases import lookback, looks, orders
from cases.api import REFUSALS, asked_from, caller
from cases.listing import lamp_json
from cases.models import Case
from cases.orders import LAMPS, Line, Show
from cases.pages.case import looked_up
from cases.queues import Cursor
from cases.rules.supervision import Cause, OrderState
from cases.shapes import LampOut
from cases.transitions import database_now
from grids.bodies import answer, local, parameters
from grids.errors import NotAllowed
from grids.models import Unit


class UnitNamed(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class SupervisionOut(serializers.Serializer[Any]):
    """One supervision order; no word of the matter."""

    id = serializers.IntegerField(help_text="``order`` of the acts.")
    order = serializers.CharField(help_text="Its number; empty while nobody has issued it.")
    number = serializers.CharField(help_text="The case.")
    category = serializers.CharField()
    cause = serializers.ChoiceField(Cause.values())
    state = serializers.CharField(help_text=", ".join(OrderState.values()))
    issuer = UnitNamed(allow_null=True)
    unit = UnitNamed(help_text="Which unit must answer.")
    listed_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    provisional = serializers.BooleanField(help_text="Counted through a year without a notice.")
    replied_at = serializers.DateTimeField(allow_null=True)
    delisted_at = serializers.DateTimeField(allow_null=True)
    lamp = LampOut()
    days = serializers.IntegerField(help_text="On the list.")
    verbs = serializers.ListField(child=serializers.CharField(), help_text="The caller's acts.")


class SupervisedUnit(serializers.Serializer[Any]):
    unit = UnitNamed()
    open = serializers.IntegerField()
    over = serializers.IntegerField(help_text="Answers overdue.")
    replied = serializers.IntegerField(help_text="Answers to be judged.")
    days = serializers.IntegerField(help_text="The longest time on the list.")


class SupervisionPage(serializers.Serializer[Any]):
    results = SupervisionOut(many=True)
    units = SupervisedUnit(many=True, help_text="What is open, by the unit that must answer.")
    next = serializers.CharField(allow_null=True, help_text="Value of ``after`` of the next page.")


class StepOut(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    verb = serializers.CharField()
    title = serializers.CharField()
    by = serializers.CharField()
    words = serializers.ListField(child=serializers.CharField())


class SupervisionWhole(SupervisionOut):
    thread = StepOut(many=True)


class CaseOrders(serializers.Serializer[Any]):
    results = SupervisionWhole(many=True)


class LookBackUnit(serializers.Serializer[Any]):
    """Numerators and denominators of one unit in one round."""

    unit = UnitNamed()
    drawn = serializers.IntegerField()
    checked = serializers.IntegerField(help_text="Denominator of the shares.")
    partly = serializers.IntegerField()
    untrue = serializers.IntegerField(help_text="Numerator of false closures.")


class LookBackRound(serializers.Serializer[Any]):
    district = serializers.CharField()
    month = serializers.DateField(help_text="Its first day.")
    share = serializers.IntegerField(help_text="Percent.")
    seed = serializers.CharField(help_text="Hexadecimal; the draw can be done again with it.")
    pool = serializers.IntegerField()
    drawn = serializers.IntegerField()
    drawn_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    units = LookBackUnit(many=True)


class Rounds(serializers.Serializer[Any]):
    results = LookBackRound(many=True)


AT, DUE = "2026-03-02T09:00:00+08:00", "2026-03-09T23:59:59+08:00"
ROW = {
    "id": 8, "order": "湖滨区综治中心 督〔2026〕3号", "number": "LB2026-000001",
    "category": "宅基地", "cause": "shirking", "state": "issued",
    "issuer": {"id": 3, "name": "湖滨区综治中心"}, "unit": {"id": 14, "name": "青石镇综治中心"},
    "listed_at": AT, "due_at": DUE, "provisional": False, "replied_at": None,
    "delisted_at": None, "lamp": {"code": "ok", "amount": 4, "unit": "day"}, "days": 0,
    "verbs": ["delist"],
}  # fmt: skip
STEP = {
    "at": AT, "verb": "order", "title": "已下达督办单", "by": "苏敏 · 湖滨区综治中心",
    "words": ["请查清原因并书面报告。"],
}  # fmt: skip


class Orders(APIView):
    """The supervision list."""

    @extend_schema(
        summary="The supervision list",
        operation_id="supervision_list",
        parameters=[
            OpenApiParameter("show", enum=Show.values(), default=Show.OPEN.value),
            OpenApiParameter("lamp", enum=[one.value for one in LAMPS]),
            OpenApiParameter("unit", OpenApiTypes.INT64, description="Which unit must answer."),
            OpenApiParameter("cause", enum=Cause.values()),
            OpenApiParameter("after", description="``next`` of a page."),
        ],
        responses={200: SupervisionPage, **REFUSALS},
        examples=[
            OpenApiExample(
                "One order",
                value={
                    "results": [ROW],
                    "units": [{"unit": ROW["unit"], "open": 1, "over": 0, "replied": 0, "days": 0}],
                    "next": None,
                },
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request) -> HttpResponse:
        """The next due first. Coordinators and leaders get the orders of their area, others
        what their units issued or must answer; 403 for posts without a list."""
        user = caller(request)
        if not orders.reads(user):
            raise NotAllowed("Your post has no supervision list.")
        query = parameters(request.query_params, {"show", "lamp", "unit", "cause", "after"})
        now, asked = database_now(), orders.read(query)
        found, more = orders.page(user, asked, now, Cursor.read(query.get("after", "")))
        return answer(
            {
                "results": [order_json(one) for one in found],
                "units": [
                    {
                        "unit": unit_json(one.unit), "open": one.open, "over": one.over,
                        "replied": one.replied, "days": one.days,
                    }
                    for one in orders.by_unit(user, now)
                ],
                "next": more or None,
            }
        )  # fmt: skip


class OrdersOfCase(APIView):
    """The orders of one case."""

    @extend_schema(
        summary="The supervision orders of a case, with their threads",
        operation_id="case_orders_list",
        responses={200: CaseOrders, **REFUSALS},
        examples=[
            OpenApiExample(
                "One order",
                value={"results": [{**ROW, "thread": [STEP]}]},
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        """The open ones first. A look at the case, kept as one; 404 outside the scope."""
        parameters(request.query_params, ())
        user = caller(request)
        case = looked_up(user, number)
        looks.look(user, case, "view", fields="orders", reason="api", address=asked_from(request))
        now = database_now()
        lines = orders.on_case(user, case, now)
        return answer({"results": [thread_json(user, case, one, now) for one in lines]})


class LookBacks(APIView):
    """Rounds of the monthly look-back."""

    @extend_schema(
        summary="Rounds of the look-back, by unit",
        operation_id="look_backs_list",
        responses={200: Rounds, **REFUSALS},
        examples=[
            OpenApiExample(
                "One round",
                value={
                    "results": [
                        {
                            "district": "湖滨区", "month": "2026-02-01", "share": 10,
                            "seed": "5f" * 32, "pool": 120, "drawn": 14, "drawn_at": AT,
                            "ends_at": DUE,
                            "units": [
                                {
                                    "unit": ROW["unit"], "drawn": 3, "checked": 2, "partly": 0,
                                    "untrue": 1,
                                }
                            ],
                        }
                    ]
                },
                response_only=True,
                status_codes=["200"],
            )
        ],
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """The newest first, of the caller's district; units of the caller's area."""
        parameters(request.query_params, ())
        user = caller(request)
        area = lookback.area_of(user)
        return answer(
            {
                "results": [
                    {
                        "district": one.district.name, "month": one.month.isoformat(),
                        "share": one.share, "seed": bytes(one.seed).hex(), "pool": one.pool,
                        "drawn": one.drawn, "drawn_at": local(one.drawn_at),
                        "ends_at": local(one.ends_at),
                        "units": [
                            {
                                "unit": unit_json(row.unit), "drawn": row.drawn,
                                "checked": row.checked, "partly": row.partly,
                                "untrue": row.untrue,
                            }
                            for row in lookback.figures(one, area)
                        ],
                    }
                    for one in lookback.rounds(lookback.districts_of(area))
                ]
            }
        )  # fmt: skip


def unit_json(unit: Unit) -> dict[str, Any]:
    return {"id": unit.pk, "name": unit.name}


def order_json(one: Line) -> dict[str, Any]:
    row = one.row
    return {
        "id": row.pk, "order": one.number, "number": row.case.number, "category": one.category,
        "cause": row.cause, "state": one.state.value,
        "issuer": unit_json(row.issuer) if row.issuer else None, "unit": unit_json(row.unit),
        "listed_at": local(row.listed_at), "due_at": local(row.due_at),
        "provisional": row.provisional, "replied_at": local(row.replied_at),
        "delisted_at": local(row.delisted_at), "lamp": lamp_json(one.lamp), "days": one.days,
        "verbs": sorted(verb.value for verb in one.able),
    }  # fmt: skip


def thread_json(user: Any, case: Case, one: Line, now: Any) -> dict[str, Any]:
    found = orders.whole(user, case, one.row, now)
    return order_json(one) | {
        "verbs": sorted(verb.value for verb in found.able),
        "thread": [
            {
                "at": local(step.at), "verb": step.verb.value, "title": step.title,
                "by": step.by, "words": step.words,
            }
            for step in found.entries
        ],
    }  # fmt: skip
