"""Who works in a grid: dated posts of workers and leads.

They are given as everywhere (``grids.personnel``: powers, rule, log) and ended as everywhere, in
``cases.handover``, because what is open in the person's name moves in the same step.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from grids import personnel
from grids.errors import BadInput, NotVisible
from grids.gridbook import NO_GRID, running_posts, runs
from grids.models import Area, Posting, Unit, User
from grids.roles import Role, UnitKindCode

ROLES = (Role.GRID_WORKER, Role.GRID_LEAD)


def team(area: Area) -> Unit:
    """The running team of a grid; every grid is opened with one."""
    rows = Unit.objects.current().select_related("area", "kind")
    found = rows.filter(area=area, kind=UnitKindCode.GRID_TEAM.value).first()
    if found is None:
        raise BadInput("This grid has no team.", field="")
    return found


def members(area: Area) -> QuerySet[Posting]:
    """Posts at the grid that run or begin later, workers and leads."""
    today = timezone.localdate()
    return (
        Posting.objects.filter(
            Q(ended_on=None) | Q(ended_on__gt=today), area=area, unit__valid_to=None,
            role__in=[role.value for role in ROLES],
        )
        .select_related("user", "unit", "area", "substitute_for__user")
        .order_by("role", "started_on", "pk")
    )  # fmt: skip


def candidate(user: User, username: str) -> User:
    """The account ``username`` if it has or had a post in the area of ``user``, or none at all.

    Raises ``BadInput``: whoever serves elsewhere does not exist here.
    """
    found: User | None = User.objects.filter(username=username, is_active=True).first()
    if found is not None:
        posted = Posting.objects.filter(user=found)
        near = Q(pk__in=[])
        for post in running_posts(user):
            near |= Q(unit__area__path__startswith=post.area_path)
        if not posted.exists() or posted.filter(near).exists():
            return found
    raise BadInput("There is no such account in your area.", field="account")


@transaction.atomic
def appoint(
    user: User, area: Area, account: str, role: str, started_on: date, ended_on: date | None = None
) -> Posting:
    """Post ``account`` at the grid, on days in [started_on, ended_on), by the powers and with
    the log row of every other post. Raises ``BadInput``, ``NotAllowed`` for the own account."""
    if not runs(user, area):
        raise NotVisible(NO_GRID)
    if role not in [one.value for one in ROLES]:
        raise BadInput("Choose worker or lead.", field="role")
    who = candidate(user, account)
    return personnel.post(
        user, who, role=role, unit=team(area), area=area, started_on=started_on, ended_on=ended_on
    )
