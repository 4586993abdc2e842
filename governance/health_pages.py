"""How the machinery runs, for system administrators: runs, workers, messages, clocks set aside."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_POST

from cases import clockguard, heartbeats
from grids.models import User
from grids.office_forms import read_id

MOST = 100  # clocks shown
# What each alarm means and what to do first.
ALARMS = {
    "clock": gettext_noop(
        "The database's clock jumped forward and nobody has explained it: nothing climbs. Set the"
        " clock right, or confirm below that it is right now."
    ),
    "overdue": gettext_noop("Steps are due and do not happen. Is a worker running?"),
    "no_run": gettext_noop("No run has finished for ten minutes, by any driver."),
    "no_beat": gettext_noop(
        "No run has finished for three minutes by way of the worker. Look at beat, broker, worker."
    ),
    "no_worker": gettext_noop("No worker has done a job for five minutes."),
    "conflicts": gettext_noop("A key stopped a second climb within the last day. Report this."),
    "set_aside": gettext_noop("Clocks could not climb and wait to be tried again; see below."),
    "dead_messages": gettext_noop("Messages could not be delivered and were given up."),
    "outbox": gettext_noop("Messages have waited for more than ten minutes."),
    "clock_back": gettext_noop(
        "The database's clock went back within the last day. Nothing climbed too early."
    ),
}
DRIVERS = {
    "beat": gettext_noop("Worker, rung by beat"),
    "timer": gettext_noop("System timer"),
    "deep": gettext_noop("Deep health check"),
}


def signed(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@require_GET
def machinery(request: HttpRequest) -> HttpResponse:
    """Alarms, the newest run of each driver, what waits, and the clocks set aside."""
    post = heartbeats.administering(signed(request))
    found = heartbeats.figures()
    aside = list(heartbeats.set_aside(post)[: MOST + 1])
    context = {
        "figures": found,
        "alarms": [_(ALARMS[code]) for code in heartbeats.alarms(found)],
        "doubt": clockguard.doubted(),
        "runs": [(_(DRIVERS.get(run.driver, run.driver)), run) for run in heartbeats.runs()],
        "aside": aside[:MOST],
        "more": len(aside) > MOST,
    }
    return render(request, "governance/machinery.html", context)


@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a clock that was set aside with the next run."""
    heartbeats.retry(signed(request), pk)
    messages.success(request, _("The next run tries this clock again."))
    return redirect("machinery")


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Call the clock right; what is due by it climbs with the next run."""
    heartbeats.confirm(signed(request), read_id(request.POST.get("run")))
    messages.success(request, _("The clock is confirmed; what is due climbs with the next run."))
    return redirect("machinery")
