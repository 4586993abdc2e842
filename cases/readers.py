"""Who looked at one matter: for those who act on it or supervise it, and for the resident."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import DateField, Func
from django.utils.translation import gettext as _

from cases.looks import kind_words, reason_words
from cases.models import Case, CaseUnit
from cases.queues import PAGE, Cursor, Order
from cases.standing import standing
from grids.models import AccessLog, User
from grids.models.access import words_of
from grids.roles import Role

NEWEST = Order("at", descending=True)
MOST_TOLD = 60  # lines a resident is told


@dataclass(frozen=True, slots=True)
class Reader:
    """One look as the page of its case says it."""

    at: datetime
    name: str
    post: str
    kind: str
    reason: str


def may_ask(user: User, case: Case) -> bool:
    """Whether ``user`` acts on ``case`` or supervises it. The case is visible to ``user``."""
    units = [post.unit_id for post in user.posts]
    if standing(user, case).stands or case.holder_unit_id in units:
        return True
    supervising = CaseUnit.objects.filter(case=case, until=None, part="supervisor")
    if supervising.filter(unit_id__in=units).exists():
        return True
    return case.assignments.filter(user=user, until=None).exists()


def readers(case: Case, cursor: Cursor | None = None) -> tuple[list[Reader], str]:
    """A page of the looks at ``case``, newest first, and the cursor of the next page."""
    rows = AccessLog.objects.of_subject(case.number, case.tenant_id).with_words()
    if cursor:
        rows = rows.filter(cursor.beyond(NEWEST))
    rows = rows.select_related("actor", "unit").order_by(*NEWEST.keys(back=False))
    found = list(rows[: PAGE + 1])
    page = found[:PAGE]
    more = str(Cursor(page[-1].at, page[-1].pk)) if len(found) > PAGE else ""
    return [reader(row) for row in page], more


def reader(row: AccessLog) -> Reader:
    return Reader(
        row.at, row.actor.display_name, post_words(row), kind_words(row.action, row.fields),
        reason_words(row.reason, words_of(row)),
    )  # fmt: skip


def post_words(row: AccessLog) -> str:
    """Unit and role of a look as they were then: 青石镇综治中心 · 分流员."""
    role = _(Role(row.role).label) if row.role in Role.values() else ""
    return " · ".join(filter(None, [row.unit.name if row.unit else "", role]))


class CivilDay(Func):
    """The day of a moment at the clock of Asia/Shanghai."""

    template = "(%(expressions)s AT TIME ZONE 'Asia/Shanghai')::date"
    output_field = DateField()


def told_to_resident(case: Case) -> list[tuple[date, str]]:
    """Days and units of the looks at a resident's matter, newest first; no names, no reasons."""
    rows = AccessLog.objects.of_subject(case.number, case.tenant_id).exclude(unit=None)
    days = rows.annotate(day=CivilDay("at")).values_list("day", "unit__name").distinct()
    return list(days.order_by("-day", "unit__name")[:MOST_TOLD])
