"""Refusals and failures as answers: a page for people, one JSON shape for programs."""

import errno
from collections.abc import Callable, Mapping, Sequence

from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from governance.wording import Problem, sentence
from grids.errors import BrokenRule

PAGES = {
    400: "400.html",
    403: "403.html",
    404: "404.html",
    405: "405.html",
    413: "413.html",
    414: "400.html",
    415: "400.html",
    429: "429.html",
    500: "500.html",
}
RETRY_SECONDS = 15  # how soon to ask again while the database is away
DISK_FULL, LOCK_NOT_AVAILABLE = "53100", "55P03"  # SQLSTATE


def for_program(request: HttpRequest) -> bool:
    """True for the API: its callers read JSON, never a page."""
    return request.path_info.startswith("/api/")


def as_json(
    code: str, message: str, status: int, fields: Mapping[str, Sequence[str]] | None = None
) -> JsonResponse:
    """The one shape of every API error."""
    body = {
        "code": code,
        "message": message,
        "fields": {k: list(v) for k, v in (fields or {}).items()},
    }
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


def refusal(request: HttpRequest, status: int, code: str) -> HttpResponse:
    """The plain page of ``status``, or its JSON."""
    if for_program(request):
        return as_json(code, SENTENCES[status](), status)
    text = render_to_string(PAGES[status], request=request)
    return HttpResponse(text, status=status)


SENTENCES: dict[int, Callable[[], str]] = {
    400: lambda: _("This request was not understood."),
    403: lambda: _("Your post does not allow this."),
    404: lambda: _("There is nothing here, or it lies outside your area."),
    405: lambda: _("This address does not take such a request."),
    413: lambda: _("This is too large to be received."),
    414: lambda: _("This address is too long."),
    415: lambda: _("Send JSON in UTF-8."),
    429: lambda: _("Too many attempts. Try again later."),
    500: lambda: _("Something went wrong on our side."),
}


def broken_rule(request: HttpRequest, error: BrokenRule) -> HttpResponse:
    """A refusal by a rule. What is not visible gets the same page as what does not exist."""
    if for_program(request):
        fields = getattr(error, "fields", None) or (
            {error.field: [sentence(error)]} if error.field else {}
        )
        response: HttpResponse = as_json(error.code, sentence(error), error.http_status, fields)
    elif error.http_status == 404:
        response = refusal(request, 404, error.code)
    else:
        problem = Problem(error.code, sentence(error))
        text = render_to_string("problem.html", {"problem": problem}, request=request)
        response = HttpResponse(text, status=error.http_status)
    if "seconds" in error.values:
        response["Retry-After"] = str(error.values["seconds"])
    return response


def failure(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """The answer to a failure we know: database away, busy row, disk full; else None.

    Drawn without request and context: whatever those would ask the database is away too.
    """
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return unavailable(request, 507)
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    state = sql_state(error)
    if state == DISK_FULL:
        return unavailable(request, 507)
    return unavailable(request, 409 if state == LOCK_NOT_AVAILABLE else 503)


def sql_state(error: DatabaseError | InterfaceError) -> str:
    """The five characters PostgreSQL names the failure by; empty when it said nothing."""
    return getattr(error.__cause__, "pgcode", None) or ""


FAILURES: dict[int, tuple[str, Callable[[], str], Callable[[], str]]] = {
    409: (
        "busy",
        lambda: _("Somebody else is working on this"),
        lambda: _("Nothing was saved. Wait a moment, then try again."),
    ),
    503: (
        "unavailable",
        lambda: _("The system cannot be reached at the moment"),
        lambda: _("Nothing was saved. Keep this page open and send again in a minute."),
    ),
    507: (
        "full",
        lambda: _("The system has no room left"),
        lambda: _("Nothing was saved. Tell your system administrator: a disk is full."),
    ),
}


def unavailable(request: HttpRequest, status: int) -> HttpResponse:
    """An honest answer that nothing was saved and when to try again."""
    code, heading, text = FAILURES[status]
    if for_program(request):
        response: HttpResponse = as_json(code, text(), status)
    else:
        with translation.override(translation.get_language_from_request(request)):
            page = render_to_string(
                "governance/unavailable.html", {"heading": heading(), "text": text()}
            )
        response = HttpResponse(page, status=status)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response
