"""Quiet hours and what is switched off: the person's own choice, else the district's, else the
operator's."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from cases.models import NoticeSetting, Policy
from cases.policies import set_policy
from cases.rules.audience import Topic
from cases.rules.quiet import Quiet
from cases.transitions import database_now
from grids.errors import BadInput
from grids.models import Area, Posting, User

POLICY = "notices.quiet"  # body: {"hours": "20:00-08:00"}


@dataclass(frozen=True, slots=True)
class Choice:
    """What holds for one person."""

    quiet: Quiet
    off: frozenset[str] = frozenset()
    own: bool = False  # the quiet hours are the person's own


def usual() -> Quiet:
    """The operator's quiet hours."""
    return Quiet.read(settings.QUIET_HOURS)


def of_districts(on: date) -> dict[int, Quiet]:
    """The quiet hours districts have chosen, by their area."""
    rows = Policy.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=on), code=POLICY, valid_from__lte=on
    ).order_by("version")
    return {row.area_id: Quiet.read(row.body["hours"]) for row in rows if row.area_id}


def nearest(path: str, chosen: Mapping[int, Quiet]) -> Quiet:
    """The quiet hours at a place: of the nearest place above that has chosen any."""
    for part in reversed([int(part) for part in path.split(".") if part]):
        if part in chosen:
            return chosen[part]
    return usual()


def choices(user_ids: Iterable[int], now: datetime) -> dict[int, Choice]:
    """What holds for each of these people; at most three statements."""
    wanted = list(user_ids)
    chosen = of_districts(timezone.localdate(now)) if wanted else {}
    quiet = dict.fromkeys(wanted, usual())
    if chosen:
        posts = Posting.objects.running().filter(user_id__in=wanted).order_by("area__level", "pk")
        for user_id, path in posts.values_list("user_id", "area__path"):
            quiet[user_id] = nearest(path, chosen)
    found = {user_id: Choice(quiet[user_id]) for user_id in wanted}
    for row in NoticeSetting.objects.filter(user_id__in=wanted):
        found[row.user_id] = made(row, quiet[row.user_id])
    return found


def made(row: NoticeSetting, default: Quiet) -> Choice:
    own = row.own_quiet and row.quiet_from is not None and row.quiet_to is not None
    hours = Quiet(row.quiet_from, row.quiet_to) if own else default  # type: ignore[arg-type]
    return Choice(hours, frozenset(row.off), own)


def of_unit(area: Area, now: datetime) -> Quiet:
    """The quiet hours in which nothing is sent for the units of ``area``."""
    return nearest(area.path, of_districts(timezone.localdate(now)))


# --- choosing -----------------------------------------------------------------------------
def choice_of(user: User) -> Choice:
    """What holds for ``user`` now."""
    return choices([user.pk], database_now())[user.pk]


@transaction.atomic
def choose(user: User, hours: Quiet | None, off: Collection[str]) -> Choice:
    """Keep the person's own choice; ``hours`` None for those of the district."""
    unknown = set(off) - set(Topic.values())
    if unknown:
        raise BadInput("Choose from the list.", field="off")
    NoticeSetting.objects.update_or_create(
        user=user,
        defaults={
            "own_quiet": hours is not None,
            "quiet_from": hours.begins if hours else None,
            "quiet_to": hours.ends if hours else None,
            "off": sorted(off),
        },
    )
    return choice_of(user)


def choose_for(area: Area, hours: Quiet) -> None:
    """Write down the quiet hours of a district from today on."""
    today = timezone.localdate(database_now())
    if of_districts(today).get(area.pk) != hours:
        set_policy(area, POLICY, {"hours": str(hours)}, today)
