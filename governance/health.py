"""Is it alive, is it ready: for the supervisor, the proxy and the alarm. No personal data."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from grids import throttle

OVERDUE_SECONDS = 300  # a due step older than this means that nothing climbs
FIGURES = """
SELECT
    (SELECT extract(epoch FROM now() - min(next_at)) FROM cases_clock
      WHERE next_at IS NOT NULL AND next_at <= now()),
    (SELECT extract(epoch FROM now() - max(started_at)) FROM cases_sweeprun
      WHERE driver = 'beat'),
    (SELECT extract(epoch FROM now() - min(next_at)) FROM cases_outbox
      WHERE state = 'pending' AND next_at <= now())
"""


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
    without it work is late by one round of the timer, so it is told but does not fail.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(FIGURES)
            step, beat, outbox = (
                None if age is None else max(int(age), 0) for age in cursor.fetchone()
            )
    except (DatabaseError, InterfaceError):
        return answer(503, {"ready": False, "database": "away", "broker": throttle.reachable()})
    late = (step or 0) > OVERDUE_SECONDS
    return answer(
        503 if late else 200,
        {
            "ready": not late,
            "database": "ok",
            "broker": throttle.reachable(),
            "oldest_due_step_seconds": step,
            "oldest due step": f"oldest due step is {step or 0} seconds old",
            "beat_age_seconds": beat,
            "outbox_age_seconds": outbox,
        },
    )


def answer(status: int, body: dict[str, Any]) -> JsonResponse:
    return JsonResponse(body, status=status)
