"""API v1: the caller's own sessions and keys, and the way out of each.

Nobody else has such a list about them; a manager signs a person out without seeing one.
"""

from typing import Any

from django.db.models.functions import Now
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from cases.api import REFUSALS, caller
from governance.tokens import SCOPES, scopes_of
from grids import sign_ins
from grids.bodies import answer, local, parameters
from grids.errors import NotVisible
from grids.models import ApiToken

AT, LATER = "2026-03-02T09:00:00+08:00", "2026-04-01T09:00:00+08:00"


class KeyOut(serializers.Serializer[Any]):
    """A running key; the key itself is not kept."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(list(SCOPES)))
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    current = serializers.BooleanField(help_text="The one this request is sent with.")


class KeyList(serializers.Serializer[Any]):
    results = KeyOut(many=True)


class SessionOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    device = serializers.CharField(help_text="Browser and system, no more.")
    started_at = serializers.DateTimeField()
    seen_at = serializers.DateTimeField(allow_null=True)
    current = serializers.BooleanField()


class SessionList(serializers.Serializer[Any]):
    results = SessionOut(many=True)


class Keys(APIView):
    """The caller's own keys."""

    @extend_schema(
        summary="List my keys",
        operation_id="tokens_list",
        responses={200: KeyList, **REFUSALS},
        examples=[
            OpenApiExample(
                "One key",
                value={
                    "results": [
                        {"id": 5, "name": "hotline", "scopes": ["cases"], "created_at": AT,
                         "expires_at": LATER, "current": True}
                    ]
                },
                response_only=True,
                status_codes=["200"],
            )
        ],
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """Those that still open something, the newest first."""
        parameters(request.query_params, ())
        user = caller(request)
        rows = ApiToken.objects.filter(user=user, revoked_at=None, expires_at__gt=Now())
        current = request.auth.pk if isinstance(request.auth, ApiToken) else None
        return answer({
            "results": [
                {
                    "id": row.pk, "name": row.name, "scopes": scopes_of(row),
                    "created_at": local(row.created_at), "expires_at": local(row.expires_at),
                    "current": row.pk == current,
                }
                for row in rows.order_by("-pk")
            ]
        })  # fmt: skip


class RevokeKey(APIView):
    """End one key."""

    write_scope = "account"

    @extend_schema(
        summary="End one of my keys",
        operation_id="tokens_revoke",
        request=None,
        responses={204: None, **REFUSALS},
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """404 for a key of somebody else, and for one that is over."""
        user = caller(request)
        rows = ApiToken.objects.filter(user=user, pk=pk, revoked_at=None)
        if not rows.update(revoked_at=Now()):
            raise NotVisible("There is no such key of yours.")
        return HttpResponse(status=204)


class Sessions(APIView):
    """The caller's own sessions."""

    @extend_schema(
        summary="List my sessions",
        operation_id="sessions_list",
        responses={200: SessionList, **REFUSALS},
        examples=[
            OpenApiExample(
                "One session",
                value={
                    "results": [
                        {"id": 8, "device": "Chrome · Windows", "started_at": AT, "seen_at": AT,
                         "current": False}
                    ]
                },
                response_only=True,
                status_codes=["200"],
            )
        ],
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        parameters(request.query_params, ())
        current = sign_ins.key_of(request._request.session)
        return answer({
            "results": [
                {
                    "id": one.id, "device": one.device, "started_at": local(one.started_at),
                    "seen_at": local(one.seen_at), "current": one.current,
                }
                for one in sign_ins.visits(caller(request), current)
            ]
        })  # fmt: skip


class EndSession(APIView):
    """Sign out somewhere else."""

    write_scope = "account"

    @extend_schema(
        summary="End one of my sessions",
        operation_id="sessions_end",
        request=None,
        responses={204: None, **REFUSALS},
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        """The next request of it finds nobody signed in; 404 for a session of somebody else."""
        if not sign_ins.end(caller(request), pk):
            raise NotVisible("There is no such session of yours.")
        return HttpResponse(status=204)


class EndSessions(APIView):
    """Sign out everywhere."""

    write_scope = "account"

    @extend_schema(
        summary="End all my sessions but this one, and all my keys",
        operation_id="sessions_end_all",
        request=None,
        responses={204: None, **REFUSALS},
    )
    def post(self, request: Request) -> HttpResponse:
        """Also the key this request is sent with."""
        sign_ins.end_all(caller(request), but=sign_ins.key_of(request._request.session))
        return HttpResponse(status=204)
