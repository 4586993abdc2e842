"""Alarms in words, and who answers for them."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import ngettext

from cases.queues import Order
from grids.access import MOST
from grids.models import Alarm, User
from grids.roles import Role

NEWEST = Order("raised_at", descending=True)
ANSWERABLE = frozenset({Role.AUDITOR, Role.SEC_ADMIN})


@dataclass(frozen=True, slots=True)
class Described:
    """One alarm as the pages and the API say it."""

    id: int
    sort: str
    sentence: str
    limit: int
    amount: int
    name: str
    unit: str
    raised_at: datetime
    last_at: datetime
    seen_at: datetime | None
    seen_by: str
    note: str


def may_see(user: User) -> bool:
    return any(post.role in ANSWERABLE for post in user.posts)


def waiting(user: User) -> bool:
    """Whether an alarm nobody has looked at waits for ``user``."""
    return Alarm.objects.visible_to(user).filter(seen_at=None).exists()


def described(alarm: Alarm) -> Described:
    n = alarm.amount
    if alarm.sort == "export":
        text = ngettext(
            "%(n)s matter taken out within a day", "%(n)s matters taken out within a day", n
        )
    else:
        text = ngettext("%(n)s phone shown within a day", "%(n)s phones shown within a day", n)
    return Described(
        alarm.pk, alarm.sort, text % {"n": n}, MOST[alarm.sort], n, alarm.actor.display_name,
        alarm.unit.name if alarm.unit else "", alarm.raised_at, alarm.last_at, alarm.seen_at,
        alarm.seen_by.display_name if alarm.seen_by else "", alarm.note,
    )  # fmt: skip
