"""Who looked at personal data: one row per look, in the transaction of the look."""

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Count, Q, Sum
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from grids import plaintext
from grids.errors import BadInput, NotAllowed, WrongState
from grids.models import AccessLog, AccessNote, Alarm, User
from grids.models.access import ACTIONS, ALARM_SORTS, IN_EXPORT
from grids.staffing import Post

# What each kind of look is called: msgids.
KINDS = {
    "view": gettext_noop("Opened"),
    "unmask": gettext_noop("Phone and address shown"),
    "print": gettext_noop("Printed"),
    "export": gettext_noop("Exported"),
    IN_EXPORT: gettext_noop("In an exported list"),
    "search": gettext_noop("Searched"),
    "open_sealed": gettext_noop("Sealed matter opened"),
}
# More than this within a day raises an alarm. Fifty rows is half of where the criminal law
# begins for those on duty (法释〔2017〕10号 Art 5); the other is our default.
MOST = {"export": 50, "unmask": 30}
DAY = timedelta(hours=24)
WRITTEN_WITHIN = timedelta(seconds=30)  # the rows of one export
CODE = re.compile(r"[a-z_]{1,20}")  # of a reason that was chosen from a list
LOCK = 7201  # class of the advisory locks that let the looks of one account queue up


def looked(
    user: User,
    action: str,
    subject: str,
    *,
    tenant_id: int | None,
    fields: str = "",
    reason: str = "",
    address: str | None = None,
    post: Post | None = None,
    rows: int | None = None,
) -> Alarm | None:
    """Log that ``user`` did ``action`` to ``subject``, a case number or what was exported.

    ``fields`` names what was shown, ``reason`` what the person said, ``address`` the network
    address asked from, ``post`` through which post (the closest one unless told), ``rows`` how
    many matters a list held. The moment is the database's. Returns the alarm when this look
    goes beyond what one account may take within a day. Raises ``BadInput`` for an unknown
    action or a text that does not fit.
    """
    if action not in ACTIONS:
        raise BadInput("This kind of look does not exist.", field="action")
    held = post or (user.posts[-1] if user.posts else None)
    code, words = parted(plaintext.line(reason, "reason", longest=200, required=False))
    row = AccessLog.objects.create(
        tenant_id=tenant_id,
        at=Now(),
        actor=user,
        unit_id=held.unit_id if held else None,
        role=held.role.value if held else "",
        action=action,
        subject=plaintext.line(subject, "subject", longest=40),
        rows=rows,
        fields=plaintext.line(fields, "fields", longest=200, required=False),
        reason=code,
        address=address,
    )
    if words:
        AccessNote.objects.create(look_id=row.pk, tenant_id=tenant_id, at=Now(), text=words)
    if action not in ALARM_SORTS:
        return None
    return hold_to_limit(user, action, tenant_id, held.unit_id if held else None)


def looked_at_each(
    user: User, subjects: Iterable[str], *, tenant_id: int, reason: str, fields: str,
    address: str | None, post: Post | None,
) -> None:  # fmt: skip
    """Log that each of ``subjects`` stood in an exported list, so that its page can say so."""
    code, words = parted(reason)
    rows = AccessLog.objects.bulk_create(
        AccessLog(
            tenant_id=tenant_id, at=Now(), actor=user, unit_id=post.unit_id if post else None,
            role=post.role.value if post else "", action=IN_EXPORT, subject=subject,
            fields=fields, reason=code, address=address,
        )
        for subject in subjects
    )  # fmt: skip
    if words:
        AccessNote.objects.bulk_create(
            AccessNote(look_id=row.pk, tenant_id=tenant_id, at=Now(), text=words) for row in rows
        )


def parted(reason: str) -> tuple[str, str]:
    """The code of a reason, which the log keeps, and the words beside it, which can be erased:
    ``contact: 约时间`` has both."""
    code, _colon, words = reason.partition(": ")
    return (code, words) if CODE.fullmatch(code) else ("", reason)


def erase_words(subject: str, tenant_id: int, naming: Sequence[str] | None = None) -> int:
    """Erase what people wrote when they looked at ``subject``, or took it out in a list; with
    ``naming`` only where one of these words stands. That they looked stays. Returns how many."""
    looks = list(AccessLog.objects.of_subject(subject, tenant_id))
    lists = Q(pk__in=[])
    for row in looks:
        if row.action == IN_EXPORT:  # the row of its list was written right after
            lists |= Q(actor=row.actor_id, at__gte=row.at, at__lt=row.at + WRITTEN_WITHIN)
    exports = AccessLog.objects.filter(lists, tenant_id=tenant_id, action="export")
    ids = [*(row.pk for row in looks), *exports.values_list("pk", flat=True)]
    notes = AccessNote.objects.filter(look_id__in=ids, erased_at=None)
    if naming is not None:
        named = Q(pk__in=[])
        for word in naming:
            named |= Q(text__contains=word)
        notes = notes.filter(named)
    return notes.update(text="", erased_at=Now())


def hold_to_limit(
    user: User, sort: str, tenant_id: int | None, unit_id: int | None
) -> Alarm | None:
    """Raise the alarm of ``sort``, or let the open one grow, beyond the limit of a day.

    Two looks of one account at the same moment wait for one another: each alone would stay
    below the limit.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashint8(%s))", [LOCK, user.pk])
    lately = AccessLog.objects.filter(actor=user, action=sort, at__gt=Now() - DAY)
    taken = lately.aggregate(rows=Sum("rows"), looks=Count("pk"))
    amount: int = (taken["rows"] or 0) if sort == "export" else taken["looks"]
    if amount <= MOST[sort]:
        return None
    grown = Alarm.objects.filter(actor=user, sort=sort, seen_at=None)
    if not grown.update(amount=amount, last_at=Now()):
        Alarm.objects.create(
            tenant_id=tenant_id, actor=user, unit_id=unit_id, sort=sort, amount=amount,
            raised_at=Now(), last_at=Now(),
        )  # fmt: skip
    return grown.get()


@transaction.atomic
def seen_off(alarm: Alarm, user: User, note: object) -> None:
    """Keep what ``user`` found out about ``alarm``, which is thereby looked at.

    Raises ``NotAllowed`` for the account the alarm is about, ``WrongState`` when somebody was
    faster, ``BadInput`` without a note.
    """
    if alarm.actor_id == user.pk:
        raise NotAllowed("Somebody else must look at an alarm about your own account.")
    text = plaintext.line(note, "note", longest=200)
    open_one = Alarm.objects.filter(pk=alarm.pk, seen_at=None)
    if not open_one.update(seen_at=Now(), seen_by=user, note=text):
        raise WrongState("Somebody has looked at this alarm already.")
