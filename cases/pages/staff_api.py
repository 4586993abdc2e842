"""API v1: accounts of staff, as the managers of their books keep them (/office/staff/).

About nobody's work: no list here counts, sorts or filters by what somebody did. A one-time
password stands in the answer that gives it and nowhere else.
"""

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from cases.api import KEY, REFUSALS, caller, idempotency_key
from cases.once import once
from cases.pages import staff_shapes as shapes
from grids import personnel
from grids.bodies import Body, WrongValues, answer, digits, local, parameters
from grids.models import Posting, Unit, User
from grids.office_forms import own_units
from grids.pages.staff import posts_of
from grids.passwords import Slip
from grids.roles import Role

PAGE = 100  # accounts per page
ROLES = Role.values()


class Staff(APIView):
    """Accounts of the caller's books."""

    write_scope = "people"

    @extend_schema(
        summary="List accounts",
        operation_id="staff_list",
        parameters=[
            OpenApiParameter("q", description="Part of the name or user name."),
            OpenApiParameter("after", OpenApiTypes.INT64),
        ],
        responses={200: shapes.StaffPage, **REFUSALS},
        examples=[shapes.PAGE_OUT],
    )
    def get(self, request: Request) -> HttpResponse:
        """In the order they were opened; 403 for posts that keep no books."""
        asked = parameters(request.query_params, {"q", "after"})
        manager = caller(request)
        personnel.book_posts(manager)
        rows = personnel.people(manager)
        if sought := asked.get("q", "").strip()[:40]:
            rows = rows.filter(Q(display_name__icontains=sought) | Q(username__icontains=sought))
        if "after" in asked:
            if (after := digits(asked["after"])) is None:
                raise WrongValues({"after": [_("Write a whole number.")]})
            rows = rows.filter(pk__gt=after)
        found = list(rows.order_by("pk")[: PAGE + 1])
        page, more = found[:PAGE], len(found) > PAGE
        posts = by_person(manager, page)
        results = [staff_json(one, posts.get(one.pk, [])) for one in page]
        return answer({"results": results, "next": str(page[-1].pk) if more else None})

    @extend_schema(
        summary="Open an account with its first post",
        operation_id="staff_create",
        parameters=[KEY],
        request=shapes.StaffIn,
        responses={201: shapes.SlipOut, 200: shapes.SlipOut, **REFUSALS},
        examples=[shapes.STAFF_IN, shapes.SLIP_OUT],
    )
    def post(self, request: Request) -> HttpResponse:
        """The slip stands in the first answer only: with the same key again it is null."""
        key, manager = idempotency_key(request), caller(request)
        personnel.book_posts(manager)
        body = Body(request.data, ("username", "name", *POST_FIELDS))
        username = body.line("username", 40, required=True)
        name = body.line("name", 40, required=True)
        wish = post_of(body, manager)
        given: list[Slip] = []

        def do() -> str:
            given.append(personnel.engage(
                manager, username=username, name=name, now=timezone.now(), **wish
            ))  # fmt: skip
            return given[0].username

        account, fresh = once(manager, "staff:new", key, request.data, do)
        one = personnel.people(manager).get(username=account)
        return slip_answer(manager, one, given, 201 if fresh else 200)


class OneStaff(APIView):
    """One account."""

    write_scope = "people"

    @extend_schema(
        summary="Look at an account",
        operation_id="staff_retrieve",
        responses={200: shapes.StaffWhole, **REFUSALS},
        examples=[shapes.WHOLE_OUT],
    )
    def get(self, request: Request, public_id: uuid.UUID) -> HttpResponse:
        """Its posts, and what the office last did to it. 404 outside the caller's books."""
        parameters(request.query_params, ())
        manager = caller(request)
        return whole(manager, personnel.find(manager, public_id))

    @extend_schema(
        summary="Correct a name",
        operation_id="staff_rename",
        parameters=[KEY],
        request=shapes.NameIn,
        responses={200: shapes.StaffWhole, **REFUSALS},
        examples=[shapes.NAME_IN, shapes.WHOLE_OUT],
    )
    def post(self, request: Request, public_id: uuid.UUID) -> HttpResponse:
        """403 for a peer, a higher role or oneself."""
        manager = caller(request)
        one = personnel.find(manager, public_id)
        personnel.need_below(manager, one)
        body = Body(request.data, ("name",))
        name = body.line("name", 40, required=True)
        body.finish()
        return done(manager, one, "name", request, lambda: personnel.rename(manager, one, name))


class ResetStaff(APIView):
    """A new one-time password."""

    write_scope = "people"

    @extend_schema(
        summary="Give a one-time password",
        operation_id="staff_reset",
        parameters=[KEY],
        request=shapes.ReasonIn,
        responses={200: shapes.SlipOut, **REFUSALS},
        examples=[shapes.REASON_IN, shapes.SLIP_OUT],
    )
    def post(self, request: Request, public_id: uuid.UUID) -> HttpResponse:
        """Old password, sessions and keys end at once; the reason is kept. The password is in
        the first answer only and in no log."""
        key, manager = idempotency_key(request), caller(request)
        one = personnel.find(manager, public_id)
        personnel.need_below(manager, one)
        body = Body(request.data, ("words",))
        words = body.line("words", 200, required=True)
        body.finish()
        given: list[Slip] = []

        def do() -> uuid.UUID:
            given.append(personnel.reset(manager, one, timezone.now(), words))
            return one.public_id

        once(manager, f"staff:{one.pk}:reset", key, request.data, do)
        return slip_answer(manager, one, given, 200)


class SwitchStaff(APIView):
    """Disable or enable an account."""

    write_scope = "people"

    @extend_schema(
        summary="Disable or enable an account",
        operation_id="staff_switch",
        parameters=[KEY],
        request=shapes.SwitchIn,
        responses={200: shapes.StaffWhole, **REFUSALS},
        examples=[shapes.SWITCH_IN, shapes.WHOLE_OUT],
    )
    def post(self, request: Request, public_id: uuid.UUID) -> HttpResponse:
        """A disabled account is signed out everywhere at once; its posts are not ended."""
        manager = caller(request)
        one = personnel.find(manager, public_id)
        personnel.need_below(manager, one)
        body = Body(request.data, ("active",))
        if "active" not in body.data:
            body.wrong("active", "This is required.")
        active = body.flag("active")
        body.finish()
        return done(
            manager, one, "switch", request,
            lambda: personnel.switch(manager, one, active=active),
        )  # fmt: skip


class SignOutStaff(APIView):
    """Sign somebody out everywhere."""

    write_scope = "people"

    @extend_schema(
        summary="End every session and key of an account",
        operation_id="staff_sign_out",
        parameters=[KEY],
        request=None,
        responses={200: shapes.StaffWhole, **REFUSALS},
        examples=[shapes.WHOLE_OUT],
    )
    def post(self, request: Request, public_id: uuid.UUID) -> HttpResponse:
        """The next request of any of them finds nobody signed in. Nothing is shown of them."""
        manager = caller(request)
        one = personnel.find(manager, public_id)
        personnel.need_below(manager, one)
        return done(manager, one, "sign_out", request, lambda: personnel.sign_out(manager, one))


class StaffPosts(APIView):
    """Posts of one account."""

    write_scope = "people"

    @extend_schema(
        summary="Give a post",
        operation_id="staff_appoint",
        parameters=[KEY],
        request=shapes.PostIn,
        responses={201: shapes.StaffWhole, 200: shapes.StaffWhole, **REFUSALS},
        examples=[shapes.POST_IN, shapes.WHOLE_OUT],
    )
    def post(self, request: Request, public_id: uuid.UUID) -> HttpResponse:
        """One more post; nobody gives themselves one (403)."""
        key, manager = idempotency_key(request), caller(request)
        one = personnel.find(manager, public_id)
        personnel.need_another(manager, one)
        wish = post_of(Body(request.data, POST_FIELDS), manager)
        _pk, fresh = once(
            manager, f"staff:{one.pk}:post", key, request.data,
            lambda: personnel.post(manager, one, **wish).pk,
        )  # fmt: skip
        return whole(manager, one, 201 if fresh else 200)


# --- values -----------------------------------------------------------------------------
POST_FIELDS = ("role", "unit", "started_on", "ended_on")


def post_of(body: Body, manager: User) -> dict[str, Any]:
    """The post a body describes, as the doors take it; raises ``WrongValues``."""
    role = body.choice("role", ROLES)
    start = body.day("started_on") or timezone.localdate()
    end = body.day("ended_on")
    number = body.whole("unit", least=1) or 0
    unit: Unit | None = own_units(manager).select_related("area", "kind").filter(pk=number).first()
    if unit is None and "unit" not in body.errors:
        body.wrong("unit", "Choose a unit from the list.")
    body.finish()
    assert unit is not None  # finish
    return {"role": role, "unit": unit, "area": unit.area, "started_on": start, "ended_on": end}


def done(
    manager: User, one: User, what: str, request: Request, act: Callable[[], None]
) -> HttpResponse:
    """Go through one door, once, and show the account as it is now."""

    def do() -> uuid.UUID:
        act()
        return one.public_id

    data = request.data or {}
    once(manager, f"staff:{one.pk}:{what}", idempotency_key(request), data, do)
    return whole(manager, personnel.find(manager, one.public_id))


def slip_answer(manager: User, one: User, given: list[Slip], status: int) -> HttpResponse:
    slip = given[0] if given else None
    return answer(
        {
            "staff": whole_json(manager, one),
            "slip": slip and {
                "username": slip.username, "name": slip.name, "unit": slip.unit,
                "role": _(slip.role) if slip.role else "", "until": local(slip.until),
                "password": slip.password,
            },
        },
        status=status,
    )  # fmt: skip


def by_person(manager: User, people: Iterable[User]) -> dict[int, list[Posting]]:
    found: dict[int, list[Posting]] = {}
    for row in posts_of(manager, [one.pk for one in people]):
        found.setdefault(row.user_id, []).append(row)
    return found


def whole(manager: User, one: User, status: int = 200) -> HttpResponse:
    return answer(whole_json(manager, one), status=status)


def whole_json(manager: User, one: User) -> dict[str, Any]:
    posts = by_person(manager, [one]).get(one.pk, [])
    return staff_json(one, posts) | {
        "manages": personnel.may_manage(manager, one),
        "changes": [
            {
                "at": local(row.at), "what": row.action, "by": str(row.actor or ""),
                "reason": row.reason,
            }
            for row in personnel.changes_of(one)
        ],
    }  # fmt: skip


def staff_json(one: User, posts: Iterable[Posting]) -> dict[str, Any]:
    return {
        "id": str(one.public_id), "username": one.username, "name": one.display_name,
        "active": one.is_active, "posts": [post_json(row) for row in posts],
    }  # fmt: skip


def post_json(row: Posting) -> dict[str, Any]:
    return {
        "id": row.pk, "role": row.role, "unit": row.unit_id, "unit_name": row.unit.name,
        "area": row.area_id, "area_name": row.area.name, "started_on": row.started_on.isoformat(),
        "ended_on": row.ended_on.isoformat() if row.ended_on else None,
        "substitute": row.substitute_for_id is not None,
    }  # fmt: skip
