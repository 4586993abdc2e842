"""API v1: a program gets its key with a person's name and password, and gives it back."""

from typing import Any

from django.db.models.functions import Now
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from governance import tokens
from governance.answers import as_json
from governance.entrance import check
from governance.tokens import TokenAuthentication
from grids.api import ErrorShape
from grids.bodies import Body, answer, local
from grids.errors import NotAllowed
from grids.models import ApiToken
from grids.passwords import OWN_PASSWORD_FIRST


class TokenRequest(serializers.Serializer[Any]):
    username = serializers.CharField()
    password = serializers.CharField()
    name = serializers.CharField(required=False, help_text="What the key is for.")
    scopes = serializers.ListField(
        child=serializers.ChoiceField([tokens.EVERYTHING, *tokens.SCOPES]),
        required=False,
        help_text="What it may write: "
        + "; ".join(f"{name}: {said}" for name, said in tokens.SCOPES.items())
        + ". all: everything, as without this field. An empty list: nothing, the key reads.",
    )
    days = serializers.IntegerField(
        required=False, min_value=1, max_value=tokens.LONGEST_DAYS,
        help_text=f"How long it lives; {tokens.LONGEST_DAYS} without this field.",
    )  # fmt: skip


class TokenAnswer(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="Send as ``Authorization: Token …``.")
    expires_at = serializers.DateTimeField()
    scopes = serializers.ListField(child=serializers.CharField())


class Token(APIView):
    """Keys of programs."""

    authentication_classes = [TokenAuthentication]

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny()] if self.request.method == "POST" else [IsAuthenticated()]

    @extend_schema(
        summary="Get a key",
        operation_id="token_create",
        auth=[],
        request=TokenRequest,
        responses={
            200: TokenAnswer,
            400: ErrorShape,
            401: ErrorShape,
            403: ErrorShape,
            422: ErrorShape,
            429: ErrorShape,
        },
        examples=[
            OpenApiExample(
                "A key that registers matters, for a week",
                value={
                    "username": "grid", "password": "…", "name": "hotline", "scopes": ["cases"],
                    "days": 7,
                },
                request_only=True,
            ),
            OpenApiExample(
                "Key",
                value={
                    "token": "jy_5Q…", "expires_at": "2026-12-22T09:00:00+08:00",
                    "scopes": ["cases"],
                },
                response_only=True,
                status_codes=["200"],
            ),
        ],
    )  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        body = Body(request.data, ("username", "password", "name", "scopes", "days"))
        scopes, days = asked_scopes(body), body.whole("days", least=1, most=tokens.LONGEST_DAYS)
        name = body.line("name", tokens.LONGEST_NAME)
        username, password = body.data.get("username"), body.data.get("password")
        for field, value in (("username", username), ("password", password)):
            if not isinstance(value, str) or not value:
                body.wrong(field, "This is required.")
        body.finish()
        user = check(request._request, str(username), str(password))
        if user is None:
            return as_json("not_signed_in", _("User name or password is wrong."), 401)
        if user.one_time_until is not None:
            raise NotAllowed(OWN_PASSWORD_FIRST)
        key, row = tokens.issue(user, name, scopes=scopes, days=days or tokens.LONGEST_DAYS)
        known = {
            "token": key, "expires_at": local(row.expires_at), "scopes": tokens.scopes_of(row),
        }  # fmt: skip
        return answer(known)

    @extend_schema(
        summary="End the key this request is sent with",
        operation_id="token_destroy",
        request=None,
        responses={204: None, 401: ErrorShape},
    )
    def delete(self, request: Request) -> HttpResponse:
        row = request.auth
        assert isinstance(row, ApiToken)
        ApiToken.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=Now())
        return HttpResponse(status=204)


def asked_scopes(body: Body) -> list[str]:
    """The scopes a new key shall have; everything when nothing is said."""
    if body.data.get("scopes") is None:
        return [tokens.EVERYTHING]
    known = [tokens.EVERYTHING, *tokens.SCOPES]
    found = body.objects("scopes", len(known))
    if any(one not in known for one in found):
        body.wrong("scopes", "Choose one of: %(values)s", values=", ".join(known))
    return [one for one in found if isinstance(one, str)]
