"""How a person stands to a case: the bridge between postings and the workflow table."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from cases.deciders import HEADS, deciding_unit
from cases.models import Assignment, Case, CaseUnit
from cases.rules.workflow import Stand
from grids.models import User
from grids.roles import COLUMN_LEVELS, FIGURE_ROLES, Level, Role
from grids.scoping import NOTHING
from grids.staffing import Post


@dataclass(frozen=True, slots=True)
class Standing:
    """The stands of one person to one case, and the unit each of them comes from."""

    units: dict[Stand, int | None]

    @property
    def stands(self) -> frozenset[Stand]:
        return frozenset(self.units)


def standing(user: User, case: Case) -> Standing:
    """Every stand of ``user`` to ``case``; empty when only figures are seen.
    At most six queries."""
    found: dict[Stand, int | None] = {}
    posts = [post for post in user.posts if post.sees_unit or post.sees_assigned]
    working = [post for post in posts if post.sees_unit]
    if case.reporter_id == user.pk and posts:
        found[Stand.WRITER] = posts[-1].unit_id
    for post in working:
        if post.unit_id == case.holder_unit_id:
            found[Stand.HOLDER] = post.unit_id
        if coordinates(post, case):
            found.setdefault(Stand.COORDINATOR, post.unit_id)
            if may_verify(post, user, case):
                found.setdefault(Stand.VERIFIER, post.unit_id)
    if Stand.HOLDER not in found and (night := standing_in(user, working, case)):
        found[Stand.HOLDER] = night
    heading = [post for post in user.posts if post.role in HEADS]
    if any(post.unit_id == case.holder_unit_id for post in heading):
        found[Stand.HEAD] = case.holder_unit_id
    if decider := deciding_unit(user, case):
        found[Stand.DECIDER] = decider
    mediating = [post for post in posts if post.sees_assigned and lies_in(case, post)]
    if mediating and case.assignments.filter(user=user, until=None).exists():
        found[Stand.MEDIATOR] = mediating[-1].unit_id
    if helper := helping(working, case):
        found[Stand.CO_HANDLER] = helper
    return Standing(found | supervising(user, case, holds=Stand.HOLDER in found))


def supervising(user: User, case: Case, *, holds: bool) -> dict[Stand, int | None]:
    """Who may supervise the case (not who works at the unit responsible, by whichever post), who
    issued an order and who must answer one; one query while the case is on the list."""
    posts = [post for post in user.posts if post.sees_unit or post.role in FIGURE_ROLES]
    found: dict[Stand, int | None] = {}
    for post in posts:
        if not holds and may_supervise(post, case):
            found.setdefault(Stand.SUPERVISOR, post.unit_id)
    if case.supervised_at is None or not posts:
        return found
    units = {post.unit_id for post in posts}
    rows = case.supervisions.filter(delisted_at=None, issuer__isnull=False)
    for unit_id, issuer_id in rows.values_list("unit_id", "issuer_id"):
        if unit_id in units:
            found[Stand.ADDRESSEE] = unit_id
        if issuer_id in units:
            found[Stand.ISSUER] = issuer_id
    return found


def may_supervise(post: Post, case: Case) -> bool:
    """True for who coordinates an area the case lies in, from the village up, for its leaders
    and petition officers: at the level the case stands at or above, and not responsible."""
    if post.unit_id == case.holder_unit_id or not lies_in(case, post):
        return False
    able = post.sees_area or post.role in FIGURE_ROLES | {Role.PETITION_OFFICE}
    return able and post.level.value <= min(case.level, Level.VILLAGE.value)


def supervisable(user: User) -> Q:
    """The condition of the cases ``user`` may supervise, of those within reach: ``may_supervise``
    for a list, and who works at the unit responsible or in its stead does not."""
    working = [post.unit_id for post in user.posts if post.sees_unit]
    able = NOTHING
    for post in user.posts:
        listed = post.role in FIGURE_ROLES or post.sees_area or post.role is Role.PETITION_OFFICE
        if listed and post.level in COLUMN_LEVELS and post.level <= Level.VILLAGE:
            here = Q(**{f"{post.level.column}_id": post.area_id}, level__gte=post.level.value)
            able |= here & ~Q(holder_unit=post.unit_id)
    if not working:
        return able
    night = CaseUnit.objects.filter(
        case=OuterRef("pk"), unit__in=working, until=None, part="on_duty"
    )
    named = Assignment.objects.filter(case=OuterRef("pk"), user=user, until=None, task="duty")
    stands_in = Q(urgent=True) & (Q(Exists(night)) | Q(Exists(named)))
    return able & ~Q(holder_unit__in=working) & ~stands_in


def coordinates(post: Post, case: Case) -> bool:
    """True for a post in the coordinating unit of an area the case lies in."""
    return post.sees_area and lies_in(case, post)


def lies_in(case: Case, post: Post) -> bool:
    """Whether the case lies in the area of ``post``."""
    column = f"{post.level.column}_id" if post.level in COLUMN_LEVELS else ""
    return bool(column) and getattr(case, column) == post.area_id


def may_verify(post: Post, user: User, case: Case) -> bool:
    """True for somebody not subordinate to the handler, and not the handler.

    A post at the handler's level or above; a grid is one person or few, so what a grid
    handled is verified by the village or above (decisions.md 26).
    """
    if case.done_by_id == user.pk:
        return False
    highest = min(case.level, Level.VILLAGE.value)
    return post.level.value <= highest


def helping(posts: list[Post], case: Case) -> int | None:
    units = {post.unit_id for post in posts}
    if not units:
        return None
    rows = CaseUnit.objects.filter(
        case=case, unit_id__in=units, until=None, part__in=["co_handler", "co_responsible"]
    )
    return rows.values_list("unit_id", flat=True).first()


def standing_in(user: User, posts: list[Post], case: Case) -> int | None:
    """The unit for which ``user`` acts in the holder's stead until working hours."""
    if not case.urgent or not posts:
        return None
    units = [post.unit_id for post in posts]
    on_duty = CaseUnit.objects.filter(case=case, unit_id__in=units, until=None, part="on_duty")
    if found := on_duty.values_list("unit_id", flat=True).first():
        return found
    named = Assignment.objects.filter(case=case, user=user, until=None, task="duty")
    return posts[0].unit_id if named.exists() else None
