"""The access log narrowed by time, unit, kind and matter; read along an index, newest first.

Never by a person: the looks of one account are shown behind an alarm about it and nowhere else.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from cases.lamps import ZONE, moment
from cases.looks import kind_words, reason_words, subject_words
from cases.models import SealedShell
from cases.queues import PAGE, BadQuery, Cursor, Order
from cases.readers import post_words
from grids import csvfile
from grids.access import DAY, KINDS
from grids.models import AccessLog, Alarm, Unit, User
from grids.models.access import IN_EXPORT, AccessLogQuerySet, below_root, words_of
from grids.roles import Role

NEWEST = Order("at", descending=True)
MOST = 5000  # lines of one file
BEHIND = 200  # lines shown behind an alarm
UNITS = 50  # units a part of a name may mean
LONGEST = 40
NAMES = ("since", "until", "unit", "kind", "number")
BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What is asked for; empty values narrow nothing. Days are civil, ``until`` included."""

    since: date | None = None
    until: date | None = None
    unit: str = ""
    kind: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the log in words."""

    at: datetime
    name: str
    post: str
    kind: str
    subject: str
    about: str  # the subject in words
    rows: int | None
    reason: str
    address: str


def read(values: Mapping[str, str]) -> Narrowing:
    """The filters of an address; raises ``BadQuery`` for values nobody offered."""
    kind = values.get("kind", "")
    if kind and kind not in KINDS:
        raise BadQuery("There is no such value of %(name)s.", field="kind", name="kind")
    return Narrowing(
        since=day(values.get("since", "")), until=day(values.get("until", "")),
        unit=values.get("unit", "").strip()[:LONGEST], kind=kind,
        number=values.get("number", "").strip().upper()[:LONGEST],
    )  # fmt: skip


def day(text: str) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.max
    if not 2000 <= found.year < 2200:
        raise BadQuery("Write a date like 2026-03-02.")
    return found


def is_auditor(user: User) -> bool:
    return any(post.role is Role.AUDITOR for post in user.posts)


def readable(user: User) -> AccessLogQuerySet:
    """The rows ``user`` may read. Below the customer's root nothing names a matter that was
    sealed since: that it is gone would say so."""
    rows = AccessLog.objects.visible_to(user)
    if any(post.role is Role.AUDITOR and below_root(post) for post in user.posts):
        rows = rows.exclude(Exists(SealedShell.objects.filter(case__number=OuterRef("subject"))))
    return rows


def narrowed(user: User, wanted: Narrowing) -> AccessLogQuerySet:
    """The rows ``user`` may read and asked for, newest first, names loaded."""
    rows = readable(user)
    if wanted.kind:
        rows = rows.filter(action=wanted.kind)
    if wanted.number:
        rows = rows.filter(subject=wanted.number)
    if wanted.kind != IN_EXPORT and not wanted.number:
        rows = rows.exclude(action=IN_EXPORT)  # one row stands for the whole file
    if wanted.unit:
        units = Unit.objects.filter(name__icontains=wanted.unit).order_by("pk")
        rows = rows.filter(unit_id__in=list(units.values_list("pk", flat=True)[:UNITS]))
    if wanted.since:
        rows = rows.filter(at__gte=datetime.combine(wanted.since, time.min, ZONE))
    if wanted.until:
        after = wanted.until + timedelta(days=1)
        rows = rows.filter(at__lt=datetime.combine(after, time.min, ZONE))
    return rows.with_words().select_related("actor", "unit").order_by(*NEWEST.keys(back=False))


def page(user: User, wanted: Narrowing, cursor: Cursor | None) -> tuple[list[Entry], str]:
    """One page of the log, and the cursor of the next one."""
    rows = narrowed(user, wanted)
    if cursor:
        rows = rows.filter(cursor.beyond(NEWEST))
    found = list(rows[: PAGE + 1])
    more = len(found) > PAGE
    found = found[:PAGE]
    return [entry(row) for row in found], str(Cursor(found[-1].at, found[-1].pk)) if more else ""


def entry(row: AccessLog) -> Entry:
    return Entry(
        row.at, row.actor.display_name, post_words(row), kind_words(row.action, row.fields),
        row.subject, subject_words(row.subject), row.rows, reason_words(row.reason, words_of(row)),
        row.address or "",
    )  # fmt: skip


def behind(user: User, alarm: Alarm) -> list[Entry]:
    """The looks that raised ``alarm``, newest first, as far as ``user`` may read them."""
    rows = readable(user).filter(
        actor=alarm.actor_id, action=alarm.sort, at__gt=alarm.raised_at - DAY, at__lte=alarm.last_at
    )
    newest = rows.with_words().select_related("actor", "unit").order_by(*NEWEST.keys(back=False))
    return [entry(row) for row in newest[:BEHIND]]


def csv_of(rows: list[Entry]) -> str:
    """Entries as CSV with a byte-order mark."""
    out = io.StringIO()
    out.write(BOM)
    header = [_("When"), _("Name"), _("Post"), _("What"), _("Matter or list"), _("Matters"),
              _("What for"), _("Network address")]  # fmt: skip
    csvfile.write(out, header, (
        [moment(one.at), one.name, one.post, one.kind, one.about, one.rows, one.reason,
         one.address]
        for one in rows
    ))  # fmt: skip
    return out.getvalue()
