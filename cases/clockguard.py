"""Distrust a database clock that jumped: what climbs too early cannot be taken back.

Every run of the sweep notes the database's moment and, beside it, the seconds the kernel counted
since its boot; no administrator and no time server can set those. Of two runs in the same boot
both must have moved alike. A clock more than ten minutes ahead is refused until it is right again
or an administrator confirms it; a clock that went back lets nothing climb early, so work goes on
with an alarm. Late by minutes can be made good, too early cannot.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from django.db import connection

log = logging.getLogger(__name__)

TOLERANCE = 600  # seconds the two clocks may differ between two runs
# One message: the heartbeat may be lost in a power cut, so the idle sweep waits for no disk. The
# order is that of the keys: moments of a clock that jumped put nothing in order.
BEGIN = """
SET LOCAL synchronous_commit = off;
WITH before AS (
    SELECT started_at, monotonic FROM cases_sweeprun
    WHERE boot_id = %(boot)s AND finished_at IS NOT NULL AND monotonic IS NOT NULL
    ORDER BY id DESC LIMIT 1
), clock AS MATERIALIZED (SELECT clock_timestamp() AS at)
INSERT INTO cases_sweeprun
    (driver, boot_id, monotonic, started_at, ahead, climbs, failed, conflicts)
SELECT %(driver)s, %(boot)s, %(monotonic)s, clock.at,
       round(extract(epoch FROM clock.at - before.started_at)::float8
             - (%(monotonic)s - before.monotonic)),
       0, 0, 0
FROM clock LEFT JOIN before ON true
RETURNING id, started_at, ahead
"""
# A jump that an administrator confirmed after the last good run of this boot.
CONFIRMED = """
SELECT EXISTS (
    SELECT 1 FROM cases_sweeprun
    WHERE confirmed_at IS NOT NULL AND abs(ahead - %(ahead)s) <= %(tolerance)s AND id > coalesce(
        (SELECT max(id) FROM cases_sweeprun WHERE boot_id = %(boot)s AND finished_at IS NOT NULL
            AND monotonic IS NOT NULL), 0))
"""
# The newest run that was refused, if none has finished since.
REFUSED = f"""
SELECT id, ahead, started_at, confirmed_at FROM cases_sweeprun
WHERE finished_at IS NULL AND ahead > {TOLERANCE}
    AND id > coalesce((SELECT max(id) FROM cases_sweeprun WHERE finished_at IS NOT NULL), 0)
ORDER BY id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A jump that nobody has explained: the run that met it, and by how many seconds."""

    run_id: int
    ahead: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """A run that has begun. ``refused``: nothing may climb by this clock."""

    id: int
    moment: datetime
    refused: bool


@cache
def boot_id() -> str:
    """The kernel's name of this boot; empty where there is none, and then nothing is compared."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def since_boot() -> float:
    """Seconds the kernel counted, sleep included where it says so."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def begin(driver: str) -> Run:
    """Note that a run begins, by the database's clock, and whether that clock may be believed."""
    boot = boot_id()
    values = {"driver": driver, "boot": boot, "monotonic": since_boot() if boot else None}
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, values)
        run_id, moment, ahead = cursor.fetchone()
        refused = (ahead or 0) > TOLERANCE
        if refused:
            cursor.execute(CONFIRMED, {"boot": boot, "ahead": ahead, "tolerance": TOLERANCE})
            refused = not cursor.fetchone()[0]
    if ahead is None:
        # The first run of a boot has nothing to compare with; restarting explains no jump.
        doubt = doubted()
        refused = doubt is not None and doubt.since <= moment
    if refused:
        log.error("the database's clock jumped ahead (%s s): nothing climbs by it", ahead)
    elif (ahead or 0) < -TOLERANCE:
        log.error("the database's clock went back by %d seconds", -ahead)
    return Run(run_id, moment, refused)


def doubted() -> Doubt | None:
    """The jump for which runs are refused; None while the clock is believed.

    Jobs that close or pass on a matter because time has passed ask this first.
    """
    with connection.cursor() as cursor:
        cursor.execute(REFUSED)
        row = cursor.fetchone()
    if row is None or row[3] is not None:
        return None
    return Doubt(row[0], int(row[1]), row[2])
