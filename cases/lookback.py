"""The monthly look-back (回头看, M22): drawn once for each district and month, checked by others.

A round is drawn from the ordinary matters struck off in the month before, with a seed that is
written down (``cases/rules/lookback.py``). Who checks is a unit above the one that was
responsible, with somebody in it who did not handle the matter. Figures count units.
"""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import DatabaseError, transaction
from django.db.models import Count, Q

from cases.acts.ending import days_after
from cases.clocks import ZONE
from cases.models import Case, CaseEvent, LookBack, Revisit
from cases.policies import in_force
from cases.rules import lookback
from cases.rules.lookback import Closed, Why
from cases.rules.numbers import SHARE
from cases.rules.workflow import RevisitResult, RevisitSort, Status, Verb
from cases.superiors import coordinator_above
from grids.errors import NotAllowed, WrongState
from grids.models import Area, Unit, User
from grids.roles import Level

log = logging.getLogger(__name__)

DAYS = 20  # calendar days a round lasts
# Ratings: the resident's own words that it was not settled, and, where matters are rated, a
# rating that says so. Explanation: the outcomes by which a matter ends without being solved.
NOT_SATISFIED = (Verb.OBJECT.value, "rate_unsatisfied")
EXPLAINED = frozenset({"explained", "explain"})


def draw_due(now: datetime) -> int:
    """Draw the round of last month in every district that has none; return how many."""
    month = last_month(now.astimezone(ZONE).date())
    done = LookBack.objects.filter(month=month).values("district")
    rows = Area.objects.filter(level=Level.DISTRICT.value, valid_to=None, tenant__isnull=False)
    drawn = 0
    for district in rows.exclude(pk__in=done).order_by("pk"):
        try:
            drawn += draw(district, month, now)
        except DatabaseError:
            log.exception("the look-back of place %s could not be drawn; going on", district.pk)
    return drawn


def last_month(today: date) -> date:
    """The first day of the month before."""
    year, month = (today.year, today.month - 1) if today.month > 1 else (today.year - 1, 12)
    return date(year, month, 1)


def bounds(month: date) -> tuple[datetime, datetime]:
    """[start, end) of a month in Shanghai."""
    year, following = (month.year, month.month + 1) if month.month < 12 else (month.year + 1, 1)
    return (
        datetime.combine(month, time(), tzinfo=ZONE),
        datetime.combine(date(year, following, 1), time(), tzinfo=ZONE),
    )


@transaction.atomic
def draw(district: Area, month: date, now: datetime, seed: bytes = b"") -> bool:
    """Draw one round; False when it is there already. Two that draw at once wait for each
    other at the unique row, and the second finds it."""
    seed = seed or secrets.token_bytes(32)
    share = in_force(district, now.astimezone(ZONE).date()).number(SHARE)
    pool = closed_in(district, month)
    sample = lookback.draw(seed, pool, share)
    round_, created = LookBack.objects.get_or_create(
        district=district, month=month,
        defaults={
            "tenant_id": district.tenant_id or 0, "seed": seed, "share": share, "pool": len(pool),
            "drawn": len(sample), "drawn_at": now, "ends_at": days_after(district.pk, now, DAYS),
        },
    )  # fmt: skip
    if not created:
        return False
    cases = Case.objects.filter(pk__in=sample).select_related("area").order_by("pk")
    Revisit.objects.bulk_create([item(round_, case, sample[case.pk], now) for case in cases])
    return True


def closed_in(district: Area, month: date) -> list[Closed]:
    """The ordinary matters of ``district`` struck off in ``month``."""
    since, until = bounds(month)
    rows = Case.objects.filter(
        district=district, status=Status.STRUCK.value, restricted=False,
        closed_at__gte=since, closed_at__lt=until,
    )  # fmt: skip
    said = CaseEvent.objects.filter(case__in=rows, verb__in=NOT_SATISFIED)
    unhappy = set(said.values_list("case_id", flat=True))
    return [
        Closed(
            pk, public_id.bytes, verified=verifier is not None, satisfied=pk not in unhappy,
            explained=outcome in EXPLAINED,
        )
        for pk, public_id, verifier, outcome in rows.order_by("pk").values_list(
            "pk", "public_id", "verified_by_id", "outcome"
        )
    ]  # fmt: skip


def item(round_: LookBack, case: Case, why: Why, now: datetime) -> Revisit:
    """One matter of a round, for the unit that checks it."""
    about = Unit.objects.select_related("area").get(pk=case.holder_unit_id or 0)
    return Revisit(
        case=case, tenant_id=case.tenant_id, unit=checking_unit(case, about),
        sort=RevisitSort.SAMPLE.value, days=0, due_at=round_.ends_at, handler_id=case.done_by_id,
        look_back=round_, why=why.value, about=about,
    )  # fmt: skip


def checking_unit(case: Case, about: Unit) -> Unit:
    """The nearest coordinating unit above the one responsible, with somebody in it who did not
    handle the matter; at the top the one there is."""
    without = [case.done_by_id] if case.done_by_id else []
    level = min(about.area.level, Level.VILLAGE.value)
    try:
        return coordinator_above(case, level, without)
    except WrongState:
        return about


# --- who compares which units -----------------------------------------------------------
def area_of(user: User) -> Area:
    """The place whose units the reader may compare: that of the highest post with figures.

    Raises ``NotAllowed`` for posts without figures.
    """
    posts = sorted((post for post in user.posts if post.sees_figures), key=lambda one: one.level)
    if not posts:
        raise NotAllowed("Your post has no figures of look-backs.")
    return Area.objects.get(pk=posts[0].area_id)


def districts_of(area: Area) -> list[int]:
    """The districts whose rounds concern ``area``: its own, or those below it."""
    if area.level >= Level.DISTRICT:
        return [area.district_id] if area.district_id else []
    below = Area.objects.within(area).filter(level=Level.DISTRICT.value)
    return list(below.values_list("pk", flat=True))


# --- figures ----------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Figure:
    """A unit in a round: how many of its matters were drawn, checked, and found how."""

    unit: Unit
    drawn: int
    checked: int
    partly: int
    untrue: int

    @property
    def false_share(self) -> float | None:
        """Percent of what was checked that was not true; None while nothing was."""
        return 100 * self.untrue / self.checked if self.checked else None


def rounds(districts: Sequence[int], most: int = 24) -> list[LookBack]:
    """The newest rounds of these districts."""
    rows = LookBack.objects.filter(district__in=districts).select_related("district")
    return list(rows.order_by("-month", "district")[:most])


def figures(round_: LookBack, within: Area) -> list[Figure]:
    """The units of a round below ``within``, in administrative order; never people."""
    done = Q(done_at__isnull=False)
    rows = (
        Revisit.objects.filter(look_back=round_, about__area__path__startswith=within.path)
        .order_by()
        .values("about")
        .annotate(
            drawn=Count("pk"),
            checked=Count("pk", filter=done),
            partly=Count("pk", filter=Q(result=RevisitResult.PARTLY.value)),
            untrue=Count("pk", filter=Q(result=RevisitResult.UNTRUE.value)),
        )
    )
    counted = {row["about"]: row for row in rows}
    units = Unit.objects.filter(pk__in=counted).select_related("area").order_by("area__path", "pk")
    return [
        Figure(unit, *(counted[unit.pk][name] for name in ("drawn", "checked", "partly", "untrue")))
        for unit in units
    ]
