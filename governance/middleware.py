"""What every request and every answer goes through, outermost first."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.shortcuts import redirect
from django.utils import translation

from governance import sessions
from governance.answers import broken_rule, failure, for_program, refusal
from grids.errors import BrokenRule, NotAllowed
from grids.passwords import OWN_PASSWORD_FIRST

Answer = Callable[[HttpRequest], HttpResponse]

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Static files bring their own; everything else may hold personal data.
    "Cache-Control": "no-store",
}
PROGRESS_PAGES = "/t/"  # residents' pages: their address must reach no other site


class SecurityHeaders:
    """Headers on every answer, errors and static files included. A view may be stricter."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            if name not in response:
                response[name] = value
        if request.path_info.startswith(PROGRESS_PAGES):
            # Not "no-referrer": browsers then send "Origin: null" and the page's own forms fail.
            response["Referrer-Policy"] = "same-origin"
            response["X-Robots-Tag"] = "noindex, nofollow"
        return response


MOST_ADDRESS = 8 * 1024  # bytes of path and query
MOST_BODY = 70 * 1024 * 1024  # bytes: six photos of ten megabytes, and the words
CHARSETS = {"utf-8", "utf8", "us-ascii", "ascii"}
FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
# Answered without a session: the database may be away.
PROBES = {"/healthz", "/healthz/deep", "/readyz"}
# What is open before the own password is chosen: choosing it, leaving, reading the page.
BEFORE_OWN_PASSWORD = {"password", "logout", "set_language", "text_size", "feedback"}
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL and UTF-8 have no place for them


class PlainInput:
    """Refuse what no row can hold before any view sees it: NUL, lone surrogates, strange
    charsets, endless addresses. JSON bodies are read by ``governance.api.StrictJSONParser``."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meta = request.META
        if len(request.path_info) + len(meta.get("QUERY_STRING", "")) > MOST_ADDRESS:
            return self.refuse(request, 414, "address_too_long")
        length = meta.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > MOST_BODY:
            return self.refuse(request, 413, "too_large")
        if request.path_info in PROBES:
            request.COOKIES.clear()
        for name, value in list(request.COOKIES.items()):
            # A quoted cookie may spell NUL in octal; the session table could not look it up.
            if UNSTORABLE.search(value):
                del request.COOKIES[name]
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        """Runs before every other hook on the view, with the language already chosen."""
        if UNSTORABLE.search(request.path_info):
            raise Http404
        charset = (request.content_params or {}).get("charset", "utf-8").strip().lower()
        if charset not in CHARSETS:
            return refusal(request, 415 if for_program(request) else 400, "charset")
        if request.META.get("QUERY_STRING") and unstorable(request.GET.lists()):
            return refusal(request, 400, "unstorable")
        if request.content_type in FORMS and not for_program(request):
            return self.check_form(request)
        return None

    def check_form(self, request: HttpRequest) -> HttpResponse | None:
        """Parse the form here, so that what is wrong with it has one answer."""
        try:
            form, files = request.POST, request.FILES
        except RequestDataTooBig:
            return refusal(request, 413, "too_large")
        except UnreadablePostError:
            return refusal(request, 400, "unreadable")
        names = [(key, [file.name or "" for file in files.getlist(key)]) for key in files]
        if unstorable(form.lists()) or unstorable(names):
            return refusal(request, 400, "unstorable")
        return None

    def refuse(self, request: HttpRequest, status: int, code: str) -> HttpResponse:
        """An answer before the language middleware has run."""
        with translation.override(translation.get_language_from_request(request)):
            return refusal(request, status, code)


def unstorable(pairs: Iterable[tuple[str, Iterable[object]]]) -> bool:
    """Whether a key or value holds a character that cannot be stored."""
    return any(
        UNSTORABLE.search(key) or any(UNSTORABLE.search(str(value)) for value in values)
        for key, values in pairs
    )


class SessionEnds:
    """End sessions whose time is over; see ``governance.sessions``."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not sessions.carry_on(
            request.session
        ):
            request.session.flush()
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        """A phone's long session ends when its owner gets a post beyond the grid."""
        if (
            settings.SESSION_COOKIE_NAME in request.COOKIES
            and request.session.get(sessions.KIND) == sessions.FIELD
            and request.user.is_authenticated
            and not request.user.works_in_the_field
        ):
            logout(request)


class OwnPasswordFirst:
    """Whoever came in with a one-time password chooses an own one before anything else."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        match = request.resolver_match
        if not request.session.get(sessions.ONE_TIME) or match is None:
            return None
        if match.view_name in BEFORE_OWN_PASSWORD or SESSION_KEY not in request.session:
            return None
        if for_program(request):
            return broken_rule(request, NotAllowed(OWN_PASSWORD_FIRST))
        return redirect("password")


class BrokenRules:
    """Turn refusals by a rule, and failures we know, into answers with their own status."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:
            page = refusal(request, 405, "method")
            page["Allow"] = response.get("Allow", "")
            return page
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, BrokenRule):
            return broken_rule(request, error)
        return failure(request, error)
