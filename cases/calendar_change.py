"""Running clocks follow the calendar: which ones a change of days reaches, looked at before or
carried out after, until none is left that was counted with other days.

A clock stores the version it was counted with, and every version's days are kept, so the days
that changed for it are known. Only a clock whose count asked about one of them is counted anew;
the others stay as they are, and their version goes on saying what they were counted with.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F

from cases import order_recounting, recounting, workcalendar
from cases.clocks import ZONE
from cases.escalation import database_clock
from cases.models import CalendarVersion, Clock, Recount
from cases.rules.clock import end_of
from cases.rules.set_by_hand import SET_BY_HAND
from cases.rules.workdays import DAY, WorkCalendar, changed_days
from cases.rules.workflow import Verb
from cases.workcalendar import LIFE, Calendars

log = logging.getLogger(__name__)

# A process that has not heard of the change yet may start clocks by the days before; so may a
# transaction that began then. Looked at again when both are over.
SETTLED = timedelta(seconds=LIFE + 60)
BY_HAND = [code.value for code in SET_BY_HAND]  # days somebody named, counted by nobody
# Which versions the running clocks of each calendar were counted with.
VERSIONS = """
SELECT DISTINCT CASE WHEN c.district_id = ANY(%(own)s) THEN c.district_id END, k.calendar_version
FROM cases_clock AS k JOIN cases_case AS c ON c.id = k.case_id
WHERE k.stopped_at IS NULL AND NOT k.code = ANY(%(by_hand)s)
"""
# Running clocks of one calendar and version that started before the last changed day was over
# and end on the first or later.
REACHED = """
SELECT k.id FROM cases_clock AS k JOIN cases_case AS c ON c.id = k.case_id
WHERE k.id > %(after)s AND k.stopped_at IS NULL AND NOT k.code = ANY(%(by_hand)s)
    AND k.calendar_version = %(version)s AND k.started_at < %(until)s AND k.due_at >= %(since)s
    AND (CASE WHEN c.district_id = ANY(%(own)s) THEN c.district_id END) IS NOT DISTINCT FROM %(district)s
    AND NOT EXISTS (SELECT FROM cases_clockpause AS p WHERE p.clock_id = k.id AND p.end_at IS NULL)
ORDER BY k.id LIMIT %(limit)s
"""  # noqa: E501 - reads better in one line
LONG_AGO, FAR = date(1900, 1, 1), date(2900, 1, 1)


class Group(NamedTuple):
    """Clocks of one calendar that were counted with another version, and the days between."""

    district_id: int | None
    version: str
    since: date
    until: date


# --- which clocks ---------------------------------------------------------------------------
def groups(calendars: Calendars, before: Calendars | None = None) -> list[Group]:
    """The running clocks that ``calendars`` count by other days than they were counted with, by
    calendar and version. ``before``: calendars in force that may not be kept yet."""
    own = sorted(calendars.districts)
    with connection.cursor() as cursor:
        cursor.execute(VERSIONS, {"own": own, "by_hand": BY_HAND})
        rows: list[tuple[int | None, str]] = cursor.fetchall()
    stale = [(pk, version) for pk, version in rows if version != calendars.of(pk).version]
    kept = kept_versions({version for _pk, version in stale})
    for one in before.all() if before else ():
        kept.setdefault(one.version, one)
    found = []
    for district_id, version in stale:
        used = kept.get(version)
        if used is None:  # counted before versions were kept: any day may have been otherwise
            found.append(Group(district_id, version, LONG_AGO, FAR))
        elif days := changed_days(used, calendars.of(district_id)):
            found.append(Group(district_id, version, min(days), max(days)))
    return found


def kept_versions(versions: set[str]) -> dict[str, WorkCalendar]:
    rows = CalendarVersion.objects.filter(pk__in=versions)
    return {
        row.version: WorkCalendar(
            row.version, row.known_from, row.known_to, frozenset(row.days_off),
            frozenset(row.extra_workdays),
        )
        for row in rows
    }  # fmt: skip


def reached(calendars: Calendars, group: Group, size: int) -> Iterator[list[int]]:
    """The ids of the clocks of ``group``, in batches, each read when it is asked for."""
    after = 0
    told: dict[str, Any] = {
        "own": sorted(calendars.districts), "by_hand": BY_HAND, "version": group.version,
        "district": group.district_id, "limit": size,
        "since": end_of(group.since - DAY, ZONE), "until": end_of(group.until, ZONE),
    }  # fmt: skip
    while True:
        with connection.cursor() as cursor:
            cursor.execute(REACHED, told | {"after": after})
            ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return
        yield ids
        after = ids[-1]


# --- looked at before -------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Move:
    """A clock whose end would move."""

    clock: Clock
    due_to: datetime
    provisional: bool

    @property
    def later(self) -> bool:
        return self.due_to > self.clock.due_at


@dataclass(frozen=True, slots=True)
class Preview:
    """The clocks a change would move; ``whole`` False when there were too many to look at."""

    moves: list[Move]
    looked_at: int
    whole: bool


MOST_LOOKED_AT = 20_000  # some seconds of counting


def preview(calendars: Calendars, most: int = MOST_LOOKED_AT) -> Preview:
    """What counting by ``calendars`` would move now; writes nothing."""
    moves: list[Move] = []
    looked_at = 0
    for group in groups(calendars, workcalendar.read()):
        for ids in reached(calendars, group, recounting.BATCH):
            if looked_at >= most:
                return Preview(moves, looked_at, whole=False)
            looked_at += len(ids)
            moves += [
                Move(one.clock, one.course.due_at, one.course.provisional)
                for one in recounting.counted(recounting.read(ids), recounting.anew, calendars)
                if one.course.moves(one.clock)
            ]
    return Preview(moves, looked_at, whole=True)


# --- carried out after --------------------------------------------------------------------------
def keep_versions(calendars: Calendars, now: datetime) -> bool:
    """Keep the days of every calendar in force; whether one of them was new."""
    used = calendars.all()
    rows = CalendarVersion.objects.filter(pk__in=[one.version for one in used])
    known = set(rows.values_list("pk", flat=True))
    new = {one.version: one for one in used if one.version not in known}
    CalendarVersion.objects.bulk_create(
        [
            CalendarVersion(
                version=one.version, known_from=one.known_from, known_to=one.known_to,
                days_off=sorted(one.days_off), extra_workdays=sorted(one.extra_workdays), at=now,
            )
            for one in new.values()
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return bool(new)


def follow(now: datetime | None = None, batch: int = recounting.BATCH) -> int:
    """Count anew whatever a change of days has reached and nobody has counted since, deadlines of
    supervision orders too; how many moved. Two cheap statements when nothing has changed; safe
    to run twice at once.
    """
    calendars = workcalendar.read()
    moment = now or database_clock()
    if keep_versions(calendars, moment) and not Recount.objects.filter(finished_at=None).exists():
        Recount.objects.create(at=moment)  # the package's own notices changed with an update
    waiting = list(Recount.objects.filter(finished_at=None).order_by("at"))
    if not waiting:
        return 0
    moved, busy = 0, False
    for group in groups(calendars):
        for ids in reached(calendars, group, batch):
            done = recounting.recount(ids, Verb.RECOUNT, calendars=calendars, at=now)
            moved, busy = moved + done.moved, busy or bool(done.busy)
            Recount.objects.filter(pk=waiting[-1].pk).update(
                checked=F("checked") + done.checked, moved=F("moved") + done.moved
            )
    orders = order_recounting.recount_orders(calendars, now)
    if orders:
        Recount.objects.filter(pk=waiting[-1].pk).update(moved=F("moved") + orders)
        moved += orders
    if not busy:
        over = [one.pk for one in waiting if one.at <= moment - SETTLED]
        Recount.objects.filter(pk__in=over, finished_at=None).update(finished_at=moment)
    if moved:
        log.info("recount: %d deadlines moved", moved)
    return moved
