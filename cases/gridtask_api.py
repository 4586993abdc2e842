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


class TaskDecisionIn(serializers.Serializer[Any]):
    approve = serializers.BooleanField()
    reason = serializers.CharField(max_length=200, required=False, help_text="Needed to refuse.")


class TaskEndIn(serializers.Serializer[Any]):
    on = serializers.DateField(help_text="The first day without it.")


class SettingsIn(serializers.Serializer[Any]):
    adopt = serializers.BooleanField(
        required=False, help_text="true: begin a list of the district's own with today's tasks."
    )
    days = serializers.IntegerField(
        required=False, min_value=1, max_value=gridtasks.MOST_DAYS,
        help_text="How long a temporary task lasts at most.",
    )  # fmt: skip


class SettingsOut(serializers.Serializer[Any]):
    area = serializers.IntegerField()
    days = serializers.IntegerField()
    own = serializers.BooleanField(help_text="Whether the district has a list of its own.")


END_IN = OpenApiExample("Ends today", value={"on": "2026-03-02"}, request_only=True)
SETTINGS_IN = OpenApiExample("At most sixty days", value={"days": 60}, request_only=True)
SETTINGS_OUT = OpenApiExample(
    "The district's settings",
    value={"area": 2, "days": 60, "own": False},
    response_only=True,
    status_codes=["200"],
)
OUT = OpenApiExample(
    "A temporary task",
    value={
        "id": 9, "name": "防汛巡查", "source": "3号文", "categories": ["E08"], "area": 4,
        "valid_from": "2026-06-01", "valid_to": "2026-07-01", "temporary": True, "decision": "",
        "in_force": False,
    },
    response_only=True,
)  # fmt: skip
IN = OpenApiExample(
    "For the flood season",
    value={
        "name": "防汛巡查", "source": "3号文", "categories": ["E08"], "area": 4,
        "valid_from": "2026-06-01", "valid_to": "2026-07-01", "temporary": True,
    },
    request_only=True,
)  # fmt: skip
DECISION_IN = OpenApiExample("Approve", value={"approve": True}, request_only=True)
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
        examples=[IN, OUT],
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
        request=TaskDecisionIn,
        responses={200: TaskOut, **REFUSALS},
        examples=[DECISION_IN, OUT],
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


class TaskEnd(APIView):
    """Take a task off the list."""

    write_scope = "places"

    @extend_schema(
        summary="End a task from a day on",
        operation_id="grid_tasks_end",
        request=TaskEndIn,
        responses={200: TaskOut, **REFUSALS},
        examples=[END_IN, OUT],
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """403 below the district, 404 elsewhere, 409 when it has ended, so a second sending
        does no harm."""
        user = worker(request)
        body = Body(request.data, ("on",))
        on = body.day("on", required=True)
        body.finish()
        assert on is not None  # finish
        row = gridtasks.end(user, pk, on)
        return answer(task_json(row, on > gridtasks.today()))


class TaskSettings(APIView):
    """The district's own list, and how long a temporary task lasts."""

    write_scope = "places"

    @extend_schema(
        summary="Begin the district's own list, or limit temporary tasks",
        operation_id="grid_tasks_settings",
        request=SettingsIn,
        responses={200: SettingsOut, **REFUSALS},
        examples=[SETTINGS_IN, SETTINGS_OUT],
    )
    def post(self, request: Request) -> HttpResponse:
        """For the district's centre. 409 when it has a list of its own already."""
        user = worker(request)
        posts = gridtasks.deciding_posts(user)
        if not posts:
            raise NotAllowed("The district's centre keeps the list.")
        body = Body(request.data, ("adopt", "days"))
        adopt, days = body.flag("adopt"), body.whole("days", least=1, most=gridtasks.MOST_DAYS)
        if not adopt and days is None:
            body.wrong("days", "This is required.")
        body.finish()
        area = area_of(posts[-1])
        if adopt:
            gridtasks.adopt(user, area)
        if days is not None:
            gridtasks.set_limit(user, area, days)
        return answer({
            "area": area.pk,
            "days": gridtasks.limit_days(area, gridtasks.today()),
            "own": gridtasks.has_own(area),
        })  # fmt: skip


def task_json(row: GridTask, in_force: bool) -> dict[str, Any]:
    return {
        "id": row.pk, "name": row.name, "source": row.source, "categories": row.categories,
        "area": row.area_id, "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
        "temporary": row.temporary, "decision": row.decision, "in_force": in_force,
    }  # fmt: skip
