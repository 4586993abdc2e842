"""Who decides on a recusal: the head of the person's unit; for heads the unit above.

A head is a leader or grid lead posted in the unit. A unit without another head leaves it to
the nearest unit above in which somebody works (信访工作条例 Art. 28; 上海市信访条例 Art. 24).
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from cases.models import Case, CaseUnit, RecusalRequest
from cases.superiors import WORKERS, coordinators, staffed, superior_of
from grids.errors import WrongState
from grids.models import Posting, Unit, User
from grids.roles import Role
from grids.staffing import Post

HEADS = frozenset({Role.LEADER, Role.GRID_LEAD})
NOBODY_DECIDES = "nobody_decides"  # the verb of a notice about a unit; it belongs to no case
MOST = 100  # people a list offers


def decider_for(case: Case, user: User | None, now: datetime) -> Unit:
    """The unit that decides whether ``user`` stays away from ``case``.

    A party's request that names an official in words goes to the unit above the holder: the
    one who is meant may be its head.
    """
    holder = Unit.objects.select_related("area").get(pk=case.holder_unit_id or 0)
    if user is None:
        return above(case, holder, now)
    unit = unit_of(user, holder)
    if staffed(case, [unit.pk], HEADS, without=[user.pk]):
        return unit
    return above(case, unit, now, without=[user.pk])


def above(case: Case, unit: Unit, now: datetime, without: Collection[int] = ()) -> Unit:
    """Who decides above ``unit``. At the top, where nobody is: a unit with a leader at the
    topmost place of the customer; without one the topmost coordinating unit, into which the
    security administrators are asked to post somebody. A request always reaches somebody."""
    try:
        return superior_of(case, unit, now, without=without)
    except WrongState:
        top = list(coordinators(case))[-1][1]
    led = Unit.objects.current().filter(area=top.area_id, tenant_id=case.tenant_id)
    able = staffed(case, list(led.values_list("pk", flat=True)), HEADS, without=without)
    return Unit.objects.select_related("area").get(pk=min(able, default=top.pk))


def unit_of(user: User, holder: Unit) -> Unit:
    """The unit for which ``user`` works on the case: the holder, else any of their own."""
    rows = Posting.objects.running().filter(user=user, unit__tenant=holder.tenant_id)
    posted = {row.unit_id: row.unit for row in rows.select_related("unit__area").order_by("-pk")}
    return posted.get(holder.pk) or next(iter(posted.values()), holder)


def waiting(case: Case) -> QuerySet[RecusalRequest]:
    """The requests about ``case`` that nobody has decided."""
    return RecusalRequest.objects.filter(case=case, decided_at=None)


def deciding_post(posts: Sequence[Post], request: RecusalRequest) -> Post | None:
    """The post by which its holder may decide ``request``; never about themselves."""
    for post in posts:
        if post.unit_id != request.decider_unit_id or post.user_id == request.user_id:
            continue
        if post.role in HEADS or (post.role in WORKERS and not of_own_unit(request)):
            return post
    return None


def of_own_unit(request: RecusalRequest) -> bool:
    """Whether the person works in the unit that decides; then only its head does."""
    own = Posting.objects.running().filter(
        user_id=request.user_id or 0, unit_id=request.decider_unit_id
    )
    return own.exists()


def decided_by(user: User, requests: Iterable[RecusalRequest]) -> list[RecusalRequest]:
    """Those of ``requests`` that ``user`` may decide."""
    return [one for one in requests if deciding_post(user.posts, one)]


def deciding_unit(user: User, case: Case) -> int | None:
    """The unit for which ``user`` decides a waiting request about ``case``; one query when
    none waits."""
    units = [post.unit_id for post in user.posts]
    rows = decided_by(user, waiting(case).filter(decider_unit__in=units)) if units else []
    return rows[0].decider_unit_id if rows else None


def people_of(unit: Unit, case: Case, user_id: int | None) -> list[int]:
    """Who hears that a request waits in ``unit``: those who may decide it."""
    rows = Posting.objects.running().filter(unit=unit).exclude(user_id=user_id or 0)
    own = Posting.objects.running().filter(unit=unit, user_id=user_id or 0).exists()
    roles = HEADS if own else HEADS | WORKERS
    found = rows.filter(role__in=[role.value for role in roles])
    return sorted(set(found.values_list("user_id", flat=True)))


def officials(case: Case, search: int | None = None) -> list[tuple[str, str]]:
    """Who acts or may act on ``case``: in the units that take part, above, or by name."""
    units = {case.holder_unit_id, case.from_unit_id, case.reporting_unit_id}
    parts = CaseUnit.objects.filter(case=case, until=None).exclude(part="reader")
    units |= set(parts.values_list("unit_id", flat=True))
    units |= {unit.pk for _level, unit in coordinators(case)}
    named = case.assignments.filter(until=None).values("user")
    rows = Posting.objects.running().filter(
        Q(unit__in=[pk for pk in units if pk], role__in=[role.value for role in WORKERS])
        | Q(user__in=named)
    )
    if search is not None:
        rows = rows.filter(user=search)
    rows = rows.exclude(user__in=case.recusals.filter(until=None).values("user"))
    rows = rows.select_related("user", "unit").order_by("-unit__area__level", "unit_id", "pk")
    found: dict[str, str] = {}
    for row in rows[:MOST]:
        label = f"{row.user.display_name} · {_(Role(row.role).label)} · {row.unit.name}"
        found.setdefault(str(row.user_id), label)
    return list(found.items())
