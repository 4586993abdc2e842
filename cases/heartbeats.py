"""Whether work gets done: signs of life of the drivers, ages of what waits, and the alarms.

``overdue`` is the one number that matters: for how long a due step has lain that nobody set
aside. Everything else says why. Ages are whole seconds by the database's clock; None where there
is nothing to be old.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from cases import clockguard
from cases.models import Heartbeat, SweepFailure, SweepRun
from grids import changes
from grids.errors import NotAllowed, NotVisible
from grids.models import Area, User
from grids.roles import Role
from grids.staffing import Post

OVERDUE_SECONDS = 300  # a due step older than this means that nothing climbs
BEAT_SECONDS = 180  # without a finished run by way of Celery
ANY_SECONDS = 600  # without a finished run of any driver: the deep health check runs one
WORKER_SECONDS = 300  # without a job done by any worker
OUTBOX_SECONDS = 600  # a message older than this means that nobody is told
KEPT_DAYS = 7  # of runs and workers
KEPT_RUNS = 500  # the newest stay whatever their moment: the clock guard compares with them

# Newest by key, never by moment: a clock that jumped leaves runs in the future behind.
FIGURES = """
SELECT
    (SELECT extract(epoch FROM now() - min(clock.next_at)) FROM cases_clock AS clock
      WHERE clock.next_at <= now() AND NOT EXISTS (
          SELECT 1 FROM cases_sweepfailure AS f WHERE f.clock_id = clock.id)) AS overdue,
    (SELECT extract(epoch FROM now() - finished_at) FROM cases_sweeprun
      WHERE finished_at IS NOT NULL AND driver = 'beat' ORDER BY id DESC LIMIT 1) AS beat,
    (SELECT extract(epoch FROM now() - finished_at) FROM cases_sweeprun
      WHERE finished_at IS NOT NULL ORDER BY id DESC LIMIT 1) AS any_run,
    (SELECT extract(epoch FROM now() - max(at)) FROM cases_heartbeat) AS worker,
    (SELECT extract(epoch FROM now() - min(next_at)) FROM cases_outbox
      WHERE state = 'pending' AND next_at <= now()) AS outbox,
    (SELECT count(*) FROM cases_outbox WHERE state = 'dead') AS dead,
    (SELECT count(*) FROM cases_sweepfailure) AS set_aside,
    (SELECT count(*) FROM cases_sweeprun WHERE conflicts > 0
      AND started_at > now() - interval '1 day') AS conflicts,
    (SELECT min(ahead) FROM cases_sweeprun WHERE ahead < %(back)s
      AND started_at > now() - interval '1 day') AS went_back
"""
# The newest run of each driver that has finished; where none has, the newest that began.
DRIVERS = """
SELECT DISTINCT ON (driver) driver, started_at, finished_at, climbs, failed, conflicts, ahead
FROM cases_sweeprun ORDER BY driver, (finished_at IS NULL), id DESC
"""
PRUNE = """
DELETE FROM cases_sweeprun WHERE started_at < now() - %(days)s * interval '1 day'
    AND id < (SELECT coalesce(max(id), 0) FROM cases_sweeprun) - %(kept)s;
DELETE FROM cases_heartbeat WHERE at < now() - %(days)s * interval '1 day'
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """How things stand. ``ahead``: seconds the clock is ahead while it is not believed."""

    overdue: int | None
    beat: int | None
    any_run: int | None
    worker: int | None
    outbox: int | None
    dead: int
    set_aside: int
    conflicts: int
    went_back: int | None
    ahead: int | None


@dataclass(frozen=True, slots=True)
class DriverRun:
    """The newest run of one driver."""

    driver: str
    started_at: datetime
    finished_at: datetime | None
    climbs: int
    failed: int
    conflicts: int
    ahead: int | None


def figures() -> Figures:
    """One look at everything, in two messages to the database."""
    with connection.cursor() as cursor:
        cursor.execute(FIGURES, {"back": -clockguard.TOLERANCE})
        overdue, beaten, ran, worked, outbox, dead, aside, conflicts, back = cursor.fetchone()
    doubt = clockguard.doubted()
    return Figures(
        whole(overdue), whole(beaten), whole(ran), whole(worked), whole(outbox), dead, aside,
        conflicts, back, doubt.ahead if doubt else None,
    )  # fmt: skip


def whole(age: float | None) -> int | None:
    """Whole seconds. A moment in the future was written by a clock that has gone back since: it
    is as far off as one in the past."""
    return None if age is None else abs(int(age))


def alarms(found: Figures) -> Iterator[str]:
    """Codes of what somebody must look at, the gravest first (docs/operating.md)."""
    if found.ahead is not None:
        yield "clock"
    if (found.overdue or 0) > OVERDUE_SECONDS and found.ahead is None:
        yield "overdue"
    if found.any_run is None or found.any_run > ANY_SECONDS:
        yield "no_run"
    if found.beat is None or found.beat > BEAT_SECONDS:
        yield "no_beat"
    if found.worker is None or found.worker > WORKER_SECONDS:
        yield "no_worker"
    if found.conflicts:
        yield "conflicts"
    if found.set_aside:
        yield "set_aside"
    if found.dead:
        yield "dead_messages"
    if (found.outbox or 0) > OUTBOX_SECONDS:
        yield "outbox"
    if found.went_back is not None:
        yield "clock_back"


def runs() -> list[DriverRun]:
    """The newest finished run of each driver, by name."""
    with connection.cursor() as cursor:
        cursor.execute(DRIVERS)
        return [DriverRun(*row) for row in cursor.fetchall()]


def beat(name: str) -> None:
    """Note that the worker ``name`` did a job just now."""
    Heartbeat.objects.update_or_create(name=name[:120], defaults={"at": Now()})


def prune() -> None:
    """Forget what is older than a week."""
    with connection.cursor() as cursor:
        cursor.execute(PRUNE, {"days": KEPT_DAYS, "kept": KEPT_RUNS})


def may_run_now() -> bool:
    """Whether the deep health check shall sweep itself: the other drivers are silent, and it did
    not try within the last minute."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(bool_or(abs(extract(epoch FROM now() - started_at)) < 60), false)"
            " FROM (SELECT started_at FROM cases_sweeprun WHERE driver = 'deep'"
            "       ORDER BY id DESC LIMIT 1) AS newest"
        )
        tried: bool = cursor.fetchone()[0]
    return not tried


# --- what an administrator does ---------------------------------------------------------
def administering(user: User) -> Post:
    """The post by which ``user`` looks after the machinery; raises ``NotAllowed``."""
    for post in user.posts:
        if post.role is Role.SYS_ADMIN:
            return post
    raise NotAllowed("This is for system administrators.")


def set_aside(post: Post) -> QuerySet[SweepFailure]:
    """Clocks of the post's area that could not climb, the next to be tried first."""
    rows = SweepFailure.objects.filter(clock__case__area__path__startswith=post.area_path)
    return rows.select_related("clock__case").order_by("next_at", "pk")


@transaction.atomic
def retry(user: User, clock_id: int) -> None:
    """Let the next run try the clock again. Raises ``NotVisible`` where none is set aside."""
    post = administering(user)
    row = set_aside(post).filter(pk=clock_id).select_for_update(of=["self"]).first()
    if row is None:
        raise NotVisible("This clock is not set aside any more.")
    SweepFailure.objects.filter(pk=row.pk).update(next_at=Now())
    changes.changed(
        user, "retry", "tenant", row.tenant_id, area=Area.objects.get(pk=post.area_id),
        after={"clock": row.pk, "attempts": row.attempts},
    )  # fmt: skip


@transaction.atomic
def confirm(user: User, run_id: int) -> None:
    """Call the database's clock right although it jumped: what is due by it climbs.

    Raises ``NotVisible`` where the clock is believed anyway, or another jump came since.
    """
    post, doubt = administering(user), clockguard.doubted()
    if doubt is None or doubt.ahead is None:
        raise NotVisible("The clock is believed again; there is nothing to confirm.")
    met = SweepRun.objects.filter(pk=run_id, finished_at=None).first()
    if met is None or abs((met.ahead or 0) - doubt.ahead) > clockguard.TOLERANCE:
        raise NotVisible("The clock has jumped again. Please look again.")
    SweepRun.objects.filter(pk=doubt.run_id).update(confirmed_at=Now())
    changes.changed(
        user, "confirm_clock", "tenant", post.tenant_id or 0,
        area=Area.objects.get(pk=post.area_id), after={"run": doubt.run_id, "ahead": doubt.ahead},
    )  # fmt: skip
