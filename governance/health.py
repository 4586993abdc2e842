"""Is it alive, is it ready, does everything turn: for the supervisor, the proxy and the alarm.
No personal data."""

import hmac
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from cases import escalation, heartbeats
from cases.heartbeats import ANY_SECONDS, OVERDUE_SECONDS, Figures
from grids import throttle

OWN_MACHINE = ("127.0.0.1", "::1")
DEEP_SECONDS = 20.0  # how long the deep check sweeps at most


@login_not_required
@require_safe
@transaction.non_atomic_requests
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Asks nothing of the database, so it stays true without it."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
@transaction.non_atomic_requests
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether work gets done: 503 without the database, or when due steps lie too long.

    Seconds are whole; null where there is nothing to be old. The broker is only a doorbell:
    without it work is late by one round of the timer, so it is told but does not fail. What
    else somebody must look at stands in ``alarms``; a proxy need not turn people away for it.
    """
    try:
        found = heartbeats.figures()
    except (DatabaseError, InterfaceError):
        return away()
    # While the clock is not believed, what is due by it says nothing.
    late = (found.overdue or 0) > OVERDUE_SECONDS and found.ahead is None
    return answer(503 if late else 200, {"ready": not late, **told(found)})


@login_not_required
@require_safe
@transaction.non_atomic_requests
def deep(request: HttpRequest) -> JsonResponse:
    """For the monitor: 503 with any alarm. The third driver: where no run of any driver has
    finished for ten minutes, it sweeps by itself, at most once a minute.

    404 for everybody but this machine and whoever sends ``HEALTH_TOKEN``.
    """
    if not allowed(request):
        raise Http404
    swept: dict[str, Any] = {}
    try:
        found = heartbeats.figures()
        silent = found.any_run is None or found.any_run > ANY_SECONDS
        if (silent or (found.overdue or 0) > ANY_SECONDS) and heartbeats.may_run_now():
            done = escalation.sweep("deep", most=DEEP_SECONDS)
            swept = {"swept": {"climbs": done.climbs, "failed": done.failed}}
            found = heartbeats.figures()
    except (DatabaseError, InterfaceError):
        return away()
    alarms = list(heartbeats.alarms(found))
    return answer(503 if alarms else 200, {"well": not alarms, **told(found), **swept})


def allowed(request: HttpRequest) -> bool:
    """Whether the deep check answers: the right token, or a program of this machine that no
    proxy passed on."""
    given = request.META.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
    if settings.HEALTH_TOKEN:
        return hmac.compare_digest(given.encode(), settings.HEALTH_TOKEN.encode())
    passed_on = "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META
    return request.META.get("REMOTE_ADDR") in OWN_MACHINE and not passed_on


def told(found: Figures) -> dict[str, Any]:
    """The figures by the names that alarms are set on."""
    return {
        "database": "ok",
        "broker": throttle.reachable(),
        "alarms": list(heartbeats.alarms(found)),
        "oldest_due_step_seconds": found.overdue,
        "oldest due step": f"oldest due step is {found.overdue or 0} seconds old",
        "overdue_not_escalated_seconds": found.overdue or 0,
        "beat_age_seconds": found.beat,
        "run_age_seconds": found.any_run,
        "worker_age_seconds": found.worker,
        "outbox_age_seconds": found.outbox,
        "dead_messages": found.dead,
        "clocks_set_aside": found.set_aside,
        "clock_ahead_seconds": found.ahead,
    }


def away() -> JsonResponse:
    """Without the database."""
    body = {"ready": False, "database": "away", "broker": throttle.reachable()}
    return answer(503, {**body, "alarms": ["database"]})


def answer(status: int, body: dict[str, Any]) -> JsonResponse:
    return JsonResponse(body, status=status)
