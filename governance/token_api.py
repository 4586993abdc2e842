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


class TokenAnswer(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="Send as ``Authorization: Token …``.")
    expires_at = serializers.DateTimeField()


class Token(APIView):
    """Keys of programs."""

    authentication_classes = [TokenAuthentication]

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny()] if self.request.method == "POST" else [IsAuthenticated()]

    @extend_schema(
        summary="Get a key for 30 days",
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
                "Sign in", value={"username": "grid", "password": "…"}, request_only=True
            ),
            OpenApiExample(
                "Key",
                value={"token": "jy_5Q…", "expires_at": "2026-12-22T09:00:00+08:00"},
                response_only=True,
                status_codes=["200"],
            ),
        ],
    )
    def post(self, request: Request) -> HttpResponse:
        body = Body(request.data, ("username", "password", "name"))
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
        key, row = tokens.issue(user, name)
        return answer({"token": key, "expires_at": local(row.expires_at)})

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
