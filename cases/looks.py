"""Looks at matters: through which post, what each kind is called, whom an alarm tells."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cases.branches import Tab
from cases.models import Case, Notice
from cases.rules.sealing import OpeningReason
from cases.transitions import database_now
from grids import access
from grids.models import AccessLog, Alarm, Posting, User
from grids.roles import COLUMN_LEVELS, Level, Role
from grids.staffing import Post
from grids.words import Word

ALARM = "alarm"  # the verb of a notice about an alarm; it belongs to no case
PAGE_LOOKS = ("view", "unmask")
PAGE_LASTS = timedelta(minutes=10)  # a page and what it loads
TOLD_ROLES = [Role.AUDITOR.value, Role.SEC_ADMIN.value]


class Why(Word):
    """Why somebody uncovers a phone or takes a list out. Kept with the look."""

    CONTACT = "contact", "To call or visit the person"
    MEDIATE = "mediate", "To arrange mediation"
    SERVE = "serve", "To hand over a document"
    DANGER = "danger", "To help in danger"
    REPORT = "report", "To report to the unit above"
    MEETING = "meeting", "For a meeting on these matters"
    CHECK = "check", "To check on the spot"
    OTHER = "other", "Another reason"


TO_UNCOVER = (Why.CONTACT, Why.MEDIATE, Why.SERVE, Why.DANGER, Why.OTHER)
TO_EXPORT = (Why.REPORT, Why.MEETING, Why.CHECK, Why.OTHER)
SUBJECTS: Mapping[str, str] = {
    "cases": gettext_noop("Matters"),
    "access log": gettext_noop("Access log"),
}
# What was shown, by the beginning of ``fields``, where that says more than the kind of look.
SHOWN: Mapping[str, str] = {
    "file": gettext_noop("Photo opened"),
    "act": gettext_noop("Form of an act opened"),
    "receipt": gettext_noop("Receipt printed"),
}


def look(
    user: User, case: Case, action: str, *, fields: str, reason: str = "", address: str | None
) -> None:
    """Log that ``user`` sees personal data of ``case``; raise the alarm beyond the limit."""
    alarm = access.looked(
        user, action, case.number, tenant_id=case.tenant_id, fields=fields, reason=reason,
        address=address or None, post=seen_through(user, case),
    )  # fmt: skip
    if alarm:
        tell(alarm)


def open_before(user: User, case: Case) -> bool:
    """Whether ``user`` has just opened the page of ``case``: what belongs to that page needs no
    row of its own."""
    return AccessLog.objects.filter(
        subject=case.number, tenant_id=case.tenant_id, actor=user, action__in=PAGE_LOOKS,
        at__gt=Now() - PAGE_LASTS,
    ).exists()  # fmt: skip


def searched(user: User, hits: int, address: str | None) -> None:
    """Log a search by words. The words themselves are not kept: they often are a name."""
    tenant = user.posts[-1].tenant_id if user.posts else None
    access.looked(user, "search", "cases", tenant_id=tenant, rows=hits, address=address or None)


def exported(
    user: User, subject: str, numbers: Iterable[str], *, tenant_id: int | None, fields: str,
    reason: str, address: str | None, post: Post | None,
) -> None:  # fmt: skip
    """Log that a list left the system, and that each matter of it did; alarm beyond the limit."""
    listed = list(numbers)
    if listed and tenant_id is not None:
        access.looked_at_each(
            user, listed, tenant_id=tenant_id, reason=reason, fields=fields,
            address=address or None, post=post,
        )  # fmt: skip
    taken_out(
        user, subject, len(listed), tenant_id=tenant_id, fields=fields, reason=reason,
        address=address, post=post,
    )  # fmt: skip


def taken_out(
    user: User, subject: str, rows: int, *, tenant_id: int | None, fields: str, reason: str,
    address: str | None, post: Post | None = None,
) -> None:  # fmt: skip
    """Log one exported list of ``rows`` lines; raise the alarm beyond the limit."""
    alarm = access.looked(
        user, "export", subject, tenant_id=tenant_id, fields=fields, reason=reason,
        address=address or None, post=post, rows=rows,
    )  # fmt: skip
    if alarm:
        tell(alarm)


def seen_through(user: User, case: Case) -> Post | None:
    """The post that answers for a look: in the unit responsible, else nearest to the place."""
    for post in user.posts:
        if post.unit_id == case.holder_unit_id:
            return post
    around = {getattr(case, f"{level.column}_id") for level in COLUMN_LEVELS}
    near = [post for post in user.posts if post.area_id in around]
    return (near or user.posts or [None])[-1]  # type: ignore[list-item]


def tell(alarm: Alarm) -> None:
    """A line in the bell of the security administrators and auditors who answer for it; once
    per alarm and person, never to the account it is about."""
    ancestors = (
        [int(part) for part in alarm.unit.area.path.split(".") if part] if alarm.unit else []
    )
    responsible = Q(area_id__in=ancestors)
    if alarm.tenant_id:
        responsible |= Q(area__tenant_id=alarm.tenant_id, area__level__lte=Level.DISTRICT.value)
    people = set(
        Posting.objects.running()
        .filter(responsible, role__in=TOLD_ROLES, user__is_active=True)
        .exclude(user_id=alarm.actor_id)
        .values_list("user_id", "area__tenant_id")
    )
    now = database_now()
    Notice.objects.bulk_create(
        [
            Notice(
                tenant_id=alarm.tenant_id or tenant_id, user_id=user_id, at=now, verb=ALARM,
                dedupe_key=f"alarm:{alarm.pk}", urgent=True,
            )
            for user_id, tenant_id in people
            if alarm.tenant_id or tenant_id
        ],
        ignore_conflicts=True,
    )  # fmt: skip


# --- reasons and kinds in words ---------------------------------------------------------
def reason_kept(code: str, words: str) -> str:
    """How a chosen reason and what was written beside it are kept: ``contact: 约时间``."""
    return f"{code}: {words}" if words else code


def reason_words(code: str, written: str | None) -> str:
    """A kept reason in the reader's language; what people wrote stays as it is, unless it was
    erased."""
    rest = _("(these words were erased)") if written == "" else written or ""
    if code in OpeningReason.values():
        return _(OpeningReason(code).label)
    if code not in Why.values():
        return rest if code in ("", "api") else code
    label = _(Why(code).label)
    if not rest:
        return label
    return rest if code == Why.OTHER else f"{label}{_(': ')}{rest}"


def subject_words(subject: str) -> str:
    """What was looked at: the number of a matter as it is, a list by its name."""
    head, _colon, rest = subject.partition(":")
    if head == "list" and rest in Tab.values():
        return _("List: %(name)s") % {"name": _(Tab(rest).label)}
    if head == "alarm":
        return _("Alarm %(number)s") % {"number": rest}
    return _(SUBJECTS[subject]) if subject in SUBJECTS else subject


def kind_words(action: str, fields: str) -> str:
    """What a look was, for example Opened or Receipt printed."""
    label = SHOWN.get(fields.partition(":")[0]) if action in ("view", "print") else None
    return _(label or access.KINDS[action])
