"""API v1: the list of tasks for grid workers. The same doors as the page /office/tasks/."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from cases import gridtasks
from cases.gridtasks import Wish
from cases.models import GridTask
from grids.api import ErrorShape
from grids.bodies import Body, answer, parameters
from grids.errors import NotAllowed, NotVisible
from grids.models import Area, User
from grids.roles import UNIT_ROLES
from grids.staff import area_of

FIELDS = ("name", "source", "categories", "area", "valid_from", "valid_to", "temporary")
REFUSALS = {code: ErrorShape for code in (400, 401, 403, 404, 409, 415, 422, 429)}


class TaskIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=200, help_text="The document it rests on."
    )
    categories = serializers.ListField(child=serializers.CharField(), required=False)
    area = serializers.IntegerField(help_text="Where it counts.")
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, help_text="Needed for a temporary task.")
    temporary = serializers.BooleanField(
        required=False, help_text="true: ask the district. false: put it on the own list."
    )


class TaskOut(TaskIn):
    id = serializers.IntegerField()
    area = serializers.IntegerField(allow_null=True, help_text="null: the product's list.")
    decision = serializers.ChoiceField(["", "approved", "refused"])
    in_force = serializers.BooleanField()


class TaskPage(serializers.Serializer[Any]):
    results = TaskOut(many=True)


class DecisionIn(serializers.Serializer[Any]):
    approve = serializers.BooleanField()
    reason = serializers.CharField(max_length=200, required=False, help_text="Needed to refuse.")


OUT = OpenApiExample(
    "A temporary task",
    value={
        "id": 9, "name": "防汛巡查", "source": "3号文", "categories": ["E08"], "area": 4,
        "valid_from": "2026-06-01", "valid_to": "2026-07-01", "temporary": True, "decision": "",
        "in_force": False,
    },
    response_only=True,
)  # fmt: skip
PAGE_OUT = OpenApiExample(
    "The tasks", value={"results": [OUT.value]}, response_only=True, status_codes=["200"]
)


def worker(request: Request) -> User:
    """The caller; raises ``NotAllowed`` for posts that work in no unit."""
    user = request.user
    assert isinstance(user, User)
    if not any(post.role in UNIT_ROLES for post in user.posts):
        raise NotAllowed("Your post does not work with grids.")
    return user


class Tasks(APIView):
    """Tasks that may be given to grid workers."""

    write_scope = "places"

    @extend_schema(
        summary="List tasks for grid workers",
        operation_id="grid_tasks_list",
        responses={200: TaskPage, **REFUSALS},
        examples=[PAGE_OUT],
    )
    def get(self, request: Request) -> HttpResponse:
        """What is in force at the caller's place, and every other row of the caller's area."""
        parameters(request.query_params, ())
        user = worker(request)
        post = next(one for one in reversed(user.posts) if one.role in UNIT_ROLES)
        there = {row.pk for row in gridtasks.in_force(area_of(post), gridtasks.today())}
        rows = GridTask.objects.visible_to(user).order_by("pk")[:500]
        return answer({"results": [task_json(row, row.pk in there) for row in rows]})

    @extend_schema(
        summary="Ask for a temporary task, or put one on the district's list",
        operation_id="grid_tasks_create",
        request=TaskIn,
        responses={201: TaskOut, **REFUSALS},
        examples=[OUT],
    )
    def post(self, request: Request) -> HttpResponse:
        user = worker(request)
        if not gridtasks.asking_posts(user):
            raise NotAllowed("A township's centre asks for temporary tasks.")
        body = Body(request.data, FIELDS)
        codes = [one for one in body.objects("categories", 100) if isinstance(one, str)]
        begin, end = body.day("valid_from", required=True), body.day("valid_to")
        name, source = body.line("name", 80, required=True), body.line("source", 200, required=True)
        temporary, number = body.flag("temporary"), body.whole("area")
        body.finish()
        assert begin is not None  # finish
        area = Area.objects.visible_to(user).current().filter(pk=number or 0).first()
        if area is None:
            body.wrong("area", "Choose a place of your area.")
            body.finish()
        assert area is not None  # finish
        write = gridtasks.ask if temporary else gridtasks.add
        row = write(user, area, Wish(name, source, codes, begin, end))
        return answer(task_json(row, not temporary), status=201)


class TaskDecision(APIView):
    """Approve or refuse."""

    write_scope = "places"

    @extend_schema(
        summary="Decide on a temporary task",
        operation_id="grid_tasks_decide",
        request=DecisionIn,
        responses={200: TaskOut, **REFUSALS},
        examples=[OUT],
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """403 below the district and for who asked, 404 elsewhere, 409 when it is decided."""
        user = worker(request)
        if not GridTask.objects.visible_to(user).filter(pk=pk).exists():
            raise NotVisible(gridtasks.NO_TASK)
        body = Body(request.data, ("approve", "reason"))
        approve, reason = body.flag("approve"), body.line("reason", 200)
        body.finish()
        row = gridtasks.decide(user, pk, approve=approve, reason=reason)
        return answer(task_json(row, approve))


def task_json(row: GridTask, in_force: bool) -> dict[str, Any]:
    return {
        "id": row.pk, "name": row.name, "source": row.source, "categories": row.categories,
        "area": row.area_id, "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
        "temporary": row.temporary, "decision": row.decision, "in_force": in_force,
    }  # fmt: skip
