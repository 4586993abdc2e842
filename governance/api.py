"""REST plumbing shared by all endpoints: how bodies are read and how errors look.

Every error has one shape: ``{"code": "…", "message": "…", "fields": {"name": ["…"]}}``. The
framework imports this module while it starts; endpoints therefore live elsewhere
(``governance/urls.py`` lists them).
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import connection
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from governance.answers import SENTENCES, as_json, broken_rule, failure
from grids.errors import BrokenRule

DEEPEST = 50  # levels of lists and objects
STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class TooLarge(exceptions.APIException):
    """The body is larger than a form may be."""

    status_code = 413
    default_code = "too_large"


class OnlyJSON(DefaultContentNegotiation):
    """There is one format, so nobody is asked which; a body of another type is still a 415."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class StrictJSONParser(BaseParser):
    """JSON as the standard means it, and nothing that cannot be stored: no doubled keys, no
    NaN, no endless nesting, no lone surrogates, no NUL. Anything else is a 400."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        raw: bytes = stream.read(most + 1)
        if len(raw) > most:
            raise TooLarge
        if nesting(raw) > DEEPEST:
            raise exceptions.ParseError(_("Too many levels."))
        try:
            text = raw.decode("utf-8")
            body = json.loads(
                text,
                object_pairs_hook=without_doubles,
                parse_constant=no_constant,
                parse_float=finite,
            )
        except ValueError as error:  # also wrong UTF-8 and endless integers
            raise exceptions.ParseError(_("This is not valid JSON.")) from error
        # Only an escape can smuggle these in: UTF-8 itself has none of them.
        if "\\u" in text and not storable(body):
            raise exceptions.ParseError(_("The text holds a character that cannot be stored."))
        return body


def nesting(raw: bytes) -> int:
    """How many levels deep the brackets of ``raw`` go, strings left out."""
    if raw.count(b"[") + raw.count(b"{") <= DEEPEST:
        return 0
    depth = deepest = 0
    for mark in STRINGS.sub(b"", raw):
        if mark in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in b"]}":
            depth -= 1
    return deepest


def without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a key that stands twice would let two readers see two different bodies."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("doubled key")
    return found


def no_constant(name: str) -> Any:
    raise ValueError(name)


def finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits)
    return number


def storable(value: Any) -> bool:
    """Whether no string of a parsed body holds NUL or a lone surrogate."""
    if isinstance(value, str):
        return not UNSTORABLE.search(value)
    if isinstance(value, dict):
        return all(storable(key) and storable(one) for key, one in value.items())
    if isinstance(value, list):
        return all(storable(one) for one in value)
    return True


# --- errors -----------------------------------------------------------------------------
CODES = {
    400: "bad_request",
    401: "not_signed_in",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "too_large",
    415: "unsupported_media_type",
    422: "bad_input",
    429: "too_many",
}


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Any refusal as JSON in the one shape; a bug stays a bug and becomes a plain 500."""
    response = refusal_of(error, context["request"])
    if response is not None and connection.in_atomic_block and atomic(context["request"]):
        connection.set_rollback(True)  # a refused request leaves nothing written
    return response


def atomic(request: Request) -> bool:
    """Whether the whole request is one transaction; ``governance/urls.py`` names the others."""
    match = request._request.resolver_match
    return not (match and getattr(match.func, "_non_atomic_requests", None))


def refusal_of(error: Exception, request: Request) -> HttpResponse | None:
    if isinstance(error, BrokenRule):
        return broken_rule(request._request, error)
    if isinstance(error, Http404):
        return as_json(CODES[404], SENTENCES[404](), 404)
    if isinstance(error, PermissionDenied):
        return as_json(CODES[403], SENTENCES[403](), 403)
    if isinstance(error, SuspiciousOperation):
        return as_json(CODES[400], SENTENCES[400](), 400)
    if isinstance(error, exceptions.ValidationError):
        return as_json(CODES[422], _("Some values cannot be accepted."), 422, fields_of(error))
    if isinstance(error, exceptions.APIException):
        return of_framework(error)
    return failure(request._request, error)


def of_framework(error: exceptions.APIException) -> HttpResponse:
    """The framework's own refusals, with the headers that belong to them."""
    status = error.status_code
    if status in (401, 404, 405, 413, 415) or isinstance(error, exceptions.PermissionDenied):
        said = {
            401: _("Sign in first, or send a valid key."),
            **{k: f() for k, f in SENTENCES.items()},
        }
        message = said[status]
    else:
        message = str(error.detail)
    response = as_json(CODES.get(status, "error"), message, status)
    if challenge := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = str(math.ceil(wait))
    return response


def fields_of(error: exceptions.ValidationError) -> dict[str, list[str]]:
    """Messages by field name; what concerns no field stands under ``""``."""
    if isinstance(error.detail, dict):
        return {
            str(name): [str(one) for one in listed(found)] for name, found in error.detail.items()
        }
    return {"": [str(one) for one in listed(error.detail)]}


def listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]
