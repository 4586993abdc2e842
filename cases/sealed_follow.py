"""Sealed matters never wait where no liaison is left: they follow their organ, or are routed anew.

An organ is closed by a reorganisation, its last liaison leaves: then the organ that took over
receives, if it stands above whom the matter is about; else the closest organ above with a
liaison who is not named, as for a new matter. Nobody outside learns of it.
"""

import logging
from dataclasses import replace

from django.db import transaction
from django.db.models import Exists, OuterRef

from cases.escalation import database_clock
from cases.models import SealedExclusion, SealedMatter
from cases.models.sealed import SealedQuerySet
from cases.sealed_route import About, Route, is_named, route
from cases.sealed_work import about_of, move, words_of
from cases.sealing import context, texts_of
from grids import sealing
from grids.errors import BadInput, WrongState
from grids.keyring import Unreadable
from grids.models import Posting, Unit
from grids.roles import Role
from grids.succession import unit_in_force

log = logging.getLogger(__name__)
LIAISON = Role.DISCIPLINE_LIAISON.value


def settle() -> int:
    """Move every matter whose organ has no liaison for it any more; how many were moved. Safe
    to run twice at once: each matter is locked. What nobody can receive waits for the next run.
    """
    return sum(follow(pk) for pk in list(stranded().values_list("pk", flat=True)))


def stranded() -> SealedQuerySet:
    """Matters that no running liaison of their organ may open."""
    kept_out = SealedExclusion.objects.filter(
        matter=OuterRef(OuterRef("pk")), user=OuterRef("user")
    )
    there = Posting.objects.running().filter(
        ~Exists(kept_out), role=LIAISON, unit=OuterRef("holder_unit"), user__is_active=True
    )
    return SealedMatter.objects.filter(~Exists(there), erased_at=None).order_by("pk")


@transaction.atomic
def follow(pk: int) -> bool:
    """Move one matter; False when somebody was faster or nobody can receive it now."""
    matter = stranded().select_for_update(of=["self"]).filter(pk=pk).first()
    if matter is None:
        return False
    try:
        secret = sealing.unwrap(matter.wrapped_key, context(matter, "key"))
        words = words_of(matter, secret)
        found = receiver(matter, in_force(about_of(words)), texts_of(words))
    except (BadInput, Unreadable):
        log.warning("a sealed matter has no liaison and nobody to receive it")
        return False
    move(matter, found, database_clock())
    return True


def in_force(about: About) -> About:
    """Whom a matter is about as it is called now: a unit may have been closed meanwhile."""
    if about.unit is None:
        return about
    unit = Unit.objects.select_related("area").get(pk=unit_in_force(about.unit.pk))
    return replace(about, unit=unit)


def receiver(matter: SealedMatter, about: About, texts: list[str]) -> Route:
    """The organ that took over, if it may hold the matter; else as for a new one."""
    heir = unit_in_force(matter.holder_unit_id)
    told = "\n".join(texts)
    rows = Posting.objects.running().filter(role=LIAISON, unit=heir, user__is_active=True)
    posts = list(rows.select_related("user", "unit", "unit__area"))
    named = {row.user_id for row in posts if is_named(row, about, told)}
    free = [row for row in posts if row.user_id not in named]
    if free and (not matter.listed or free[0].unit.area.level < about.level):
        people = tuple(sorted({row.user_id for row in free}))
        return Route(free[0].unit, people, tuple(sorted(named)), matter.listed)
    return route(about, texts)


def need_another(posting: Posting) -> None:
    """Refuse to end the last liaison's post at a place and above it. Asked of every such post,
    whether or not matters wait: a refusal must tell nothing. Raises ``WrongState``."""
    over = [int(part) for part in posting.unit.area.path.split(".") if part]
    rows = Posting.objects.running().filter(role=LIAISON, unit__area__in=over)
    if not rows.filter(user__is_active=True).exclude(pk=posting.pk).exists():
        raise WrongState("Name another discipline liaison here or above first.")
