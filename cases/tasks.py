"""Names of the jobs, one call each. No rule lives here, no argument but keys; each is safe to
run twice at once (tests/cases/test_tasks.py runs them all twice)."""

import logging
from typing import Any

from celery import shared_task

from cases import (
    attachments,
    calendar_change,
    clockguard,
    editions,
    escalation,
    figures,
    handover,
    heartbeats,
    lapsing,
    lookback,
    outbox,
    overdue,
    photos,
    proposals,
    relief,
    reviews,
    sealed_follow,
    silence,
    supervision_rounds,
    warning,
)
from cases import (
    dispatch as dispatching,
)

log = logging.getLogger(__name__)

LONGEST_SWEEP = 100.0  # seconds; below the limit of a task and the patience of the alarms


@shared_task
def sweep() -> None:
    """Let due cases climb; then deliver at once what that wrote. A large backlog takes several
    rounds, so that each is seen to finish."""
    swept = escalation.sweep("beat", most=LONGEST_SWEEP)
    if swept.climbs or swept.failed:
        log.info("sweep: %d climbs, %d failed", swept.climbs, swept.failed)
        outbox.deliver()


@shared_task(bind=True)
def heartbeat(self: Any) -> None:
    """Show that a worker still takes jobs from the broker."""
    heartbeats.beat(self.request.hostname or "here")


@shared_task
def tidy_heartbeats() -> None:
    """Forget runs and workers of long ago."""
    heartbeats.prune()


@shared_task
def deliver() -> None:
    """Turn the outbox into notices."""
    if count := outbox.deliver():
        log.info("deliver: %d messages", count)


@shared_task
def warn() -> None:
    """Tell of deadlines that come near; then deliver at once what that wrote."""
    if clockguard.doubted():
        return
    if count := warning.warn():
        log.info("warn: %d messages", count)
        outbox.deliver()


@shared_task
def dispatch() -> None:
    """Send what waits to go out of the house."""
    if count := dispatching.dispatch():
        log.info("dispatch: %d messages tried", count)


@shared_task
def fold() -> None:
    """Fold the deltas into the figures."""
    figures.fold()


@shared_task
def prepare_attachments() -> None:
    """Re-encode uploaded photos."""
    photos.prepare_waiting()


@shared_task
def strike_silent() -> None:
    """Strike off small matters nobody objected to."""
    if clockguard.doubted():
        return
    count = silence.strike_silent(escalation.database_clock())
    if count:
        log.info("strike_silent: %d cases", count)


@shared_task
def recount_clocks() -> None:
    """Count clocks anew that days off announced or changed since have reached."""
    calendar_change.follow()


@shared_task
def review_suspensions() -> None:
    """Ask about suspensions whose review day has come; resume what nobody answered for."""
    if clockguard.doubted():
        return
    if count := reviews.review(escalation.database_clock()):
        log.info("review_suspensions: %d cases", count)


@shared_task
def lapse() -> None:
    """Let residents' windows and units' rights to object lapse when their time has run out."""
    if clockguard.doubted():
        return
    if count := lapsing.lapse(escalation.database_clock()):
        log.info("lapse: %d matters", count)


@shared_task
def settle_posts() -> None:
    """Give back to their units what is given to people whose post has run out."""
    if clockguard.doubted():
        return
    count = handover.settle() + sealed_follow.settle()
    if count:
        log.info("settle_posts: %d matters", count)


@shared_task
def stand_down() -> None:
    """Relieve whoever acted out of hours, once working hours have begun."""
    if clockguard.doubted():
        return
    count = relief.stand_down(escalation.database_clock())
    if count:
        log.info("stand_down: %d cases", count)


@shared_task
def pass_recusals() -> None:
    """Give decisions on recusals that are overdue to the unit above."""
    if clockguard.doubted():
        return
    count = overdue.pass_overdue(escalation.database_clock())
    if count:
        log.info("pass_recusals: %d cases", count)


@shared_task
def tidy_uploads() -> None:
    """Remove copies of uploads that no case names."""
    count = attachments.remove_orphans(escalation.database_clock())
    if count:
        log.info("tidy_uploads: %d files", count)


@shared_task
def apply_editions() -> None:
    """Carry out what was accepted of later editions of the list of places."""
    if count := editions.apply_waiting():
        log.info("apply_editions: %d changes", count)


@shared_task
def supervise() -> None:
    """List what the rules find, issue the orders, note late answers; then deliver at once."""
    if clockguard.doubted():
        return
    now = escalation.database_clock()
    listed, issued = supervision_rounds.list_red(now), supervision_rounds.issue_listed(now)
    late = supervision_rounds.note_late(now)
    if listed or issued or late:
        log.info("supervise: %d listed, %d issued, %d late", listed, issued, late)
        outbox.deliver()


@shared_task
def look_back() -> None:
    """Draw last month's look-back where it is not drawn yet."""
    if clockguard.doubted():
        return
    if count := lookback.draw_due(escalation.database_clock()):
        log.info("look_back: %d rounds", count)


@shared_task
def change_policies() -> None:
    """Simulate what was asked for, begin what is due, move running clocks on."""
    if clockguard.doubted():
        return
    if count := proposals.run_all():
        log.info("change_policies: %d", count)
