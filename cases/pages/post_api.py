"""API v1: what hangs on a post, its end and its substitute (/office/posts/)."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from cases import handover
from cases.api import KEY, REFUSALS, caller, idempotency_key
from cases.once import once
from cases.pages import staff_shapes as shapes
from cases.pages.handover import MOST, hidden, open_matters
from cases.pages.staff_api import post_json
from grids import personnel
from grids.bodies import Body, answer, local, parameters
from grids.errors import NotVisible
from grids.models import Posting, User
from grids.pages.staff import looked_up


class OnePost(APIView):
    """One post."""

    @extend_schema(
        summary="Look at a post and what would move with its end",
        operation_id="posts_retrieve",
        responses={200: shapes.PostWhole, **REFUSALS},
        examples=[shapes.POST_OUT],
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """403 for posts the caller does not give, 404 outside the caller's books."""
        parameters(request.query_params, ())
        manager = caller(request)
        return whole(manager, below(manager, pk))


class EndPost(APIView):
    """End a post."""

    write_scope = "people"

    @extend_schema(
        summary="End a post and hand over what hangs on it",
        operation_id="posts_end",
        parameters=[KEY],
        request=shapes.PostEndIn,
        responses={200: shapes.PostWhole, **REFUSALS},
        examples=[shapes.END_IN, shapes.POST_OUT],
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """Everything moves in the same step, or nothing: to the successor, else to the unit,
        from a unit left empty to the one above. 409 when nobody would be left to take it."""
        key, manager = idempotency_key(request), caller(request)
        posting = below(manager, pk)
        body = Body(request.data, ("ended_on", "successor"))
        on = body.day("ended_on", required=True)
        heir = person(body, manager, "successor", required=False)
        body.finish()
        assert on is not None  # finish

        def do() -> int:
            handover.end(manager, posting, on, today=timezone.localdate(), heir=heir)
            return posting.pk

        once(manager, f"post:{pk}:end", key, request.data, do)
        return whole(manager, looked_up(manager, pk))


class Substitute(APIView):
    """Name a substitute."""

    write_scope = "people"

    @extend_schema(
        summary="Name who stands in for a post",
        operation_id="posts_substitute",
        parameters=[KEY],
        request=shapes.SubstituteIn,
        responses={201: shapes.PostWhole, 200: shapes.PostWhole, **REFUSALS},
        examples=[shapes.SUBSTITUTE_IN, shapes.POST_OUT],
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """On days in [started_on, ended_on); the answer is the substitute's post."""
        key, manager = idempotency_key(request), caller(request)
        posting = below(manager, pk)
        body = Body(request.data, ("colleague", "started_on", "ended_on"))
        one = person(body, manager, "colleague", required=True)
        if one is not None and one.pk == posting.user_id:
            body.wrong("colleague", "Nobody stands in for themselves.")
        start, end = body.day("started_on", required=True), body.day("ended_on", required=True)
        body.finish()
        assert one is not None and start is not None and end is not None  # finish
        made, fresh = once(
            manager, f"post:{pk}:substitute", key, request.data,
            lambda: personnel.substitute(manager, posting, one, start, end).pk,
        )  # fmt: skip
        return whole(manager, looked_up(manager, int(made)), 201 if fresh else 200)


def below(manager: User, pk: int) -> Posting:
    """A post the caller gives and ends. 404 outside the books, 403 above them."""
    posting = looked_up(manager, pk)
    personnel.need_post(manager, posting)
    return posting


def person(body: Body, manager: User, name: str, *, required: bool) -> User | None:
    """The account a body names by its id; else a note at the field."""
    text = body.line(name, 40, required=required)
    if not text:
        return None
    try:
        return personnel.find(manager, uuid.UUID(text))
    except (ValueError, NotVisible):
        body.wrong(name, "There is no such person in your area.")
        return None


def whole(manager: User, posting: Posting, status: int = 200) -> HttpResponse:
    work = handover.work_of(posting)
    listed = open_matters(manager, work)
    matters: list[dict[str, Any]] = [
        {
            "number": case.number, "category": case.category.code, "status": case.status,
            "due_at": local(case.due_at), "provisional": case.provisional,
        }
        for case in listed[:MOST]
    ]  # fmt: skip
    found = post_json(posting) | {
        "staff": str(posting.user.public_id), "matters": matters,
        "more": len(listed) > MOST or hidden(work, listed), "last": work.last,
    }  # fmt: skip
    return answer(found, status=status)
