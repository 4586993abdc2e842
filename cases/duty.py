"""Rosters: who acts for a unit on urgent matters out of hours, and who writes that down.

The head of a unit does, and whoever gives the posts in it (grids/powers.py). One substitute for
a unit at a time, so that nobody thinks somebody else goes. Named with dates, ended, never
deleted; who acted how often is nobody's question and is counted nowhere.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Q, QuerySet

from cases.clocks import ZONE
from cases.models import DutySubstitute
from cases.oncall import SERVING
from cases.rules.hours import TimeOff, shift_of
from cases.transitions import database_now
from grids import powers
from grids.changes import changed
from grids.errors import BadInput, NotAllowed, NotVisible, WrongState
from grids.models import Change, Posting, Unit, User
from grids.models.unit import UnitQuerySet
from grids.roles import UNIT_ROLES, Role
from grids.staffing import Post

HEADS = frozenset({Role.LEADER, Role.GRID_LEAD})
READERS = UNIT_ROLES | HEADS | {Role.SYS_ADMIN}
MOST_AHEAD = 366  # days
NO_ROW = "There is no such substitute in your area."


@dataclass(frozen=True, slots=True)
class Roster:
    """What is to be written down: either ``stand_in``, a unit, or ``person``. ``valid_to`` is
    the first day whose shift is somebody else's again."""

    valid_from: date
    valid_to: date | None
    sorts: Collection[TimeOff]
    stand_in: Unit | None = None
    person: User | None = None


# --- who ----------------------------------------------------------------------------------
def names_for(post: Post, unit: Unit) -> bool:
    """Whether ``post`` names the substitutes of ``unit``."""
    if post.role in HEADS and post.unit_id == unit.pk:
        return True
    area = unit.area
    return powers.governs(post, Role.HANDLER, unit.tenant_id, area.path, area.level)


def naming_posts(user: User) -> list[Post]:
    """The posts by which ``user`` names anybody's substitutes."""
    return [
        post for post in user.posts
        if post.role in HEADS
        or powers.governs(post, Role.HANDLER, post.tenant_id, post.area_path, post.level)
    ]  # fmt: skip


def units_named_by(user: User) -> UnitQuerySet:
    """The running public bodies whose substitutes ``user`` names; raises ``NotAllowed``."""
    posts = naming_posts(user)
    if not posts:
        raise NotAllowed("Your post names no substitutes.")
    within = Q(pk__in=[post.unit_id for post in posts])
    for post in posts:
        if post.role not in HEADS:
            within |= Q(tenant_id=post.tenant_id, area__path__startswith=post.area_path)
    rows = Unit.objects.current().filter(within, kind__government=True)
    return rows.select_related("area", "kind")


def may_change(user: User, row: DutySubstitute) -> bool:
    """Whether ``user`` ends ``row``."""
    return any(names_for(post, row.unit) for post in user.posts)


def need_reader(user: User) -> None:
    """Raise ``NotAllowed`` for posts that work in no unit and head none."""
    if not any(post.role in READERS for post in user.posts):
        raise NotAllowed("Your post does not work with matters.")


def stand_ins(user: User) -> UnitQuerySet:
    """The bodies that may stand in: running public ones of the customer."""
    rows = Unit.objects.visible_to(user).current().filter(kind__government=True)
    return rows.select_related("area")


def people(user: User) -> QuerySet[User]:
    """Who may be named: active people who work in a unit today and whom ``user`` may see."""
    serving = Posting.objects.running().filter(role__in=SERVING)
    found: QuerySet[User] = User.objects.visible_to(user).filter(
        is_active=True, pk__in=serving.values("user")
    )
    return found


# --- reading ------------------------------------------------------------------------------
def today() -> date:
    """The day of the shift that runs now, by the database's clock."""
    return shift_of(database_now(), ZONE)


def rows_for(user: User) -> QuerySet[DutySubstitute]:
    """The rosters ``user`` reads."""
    need_reader(user)
    rows: QuerySet[DutySubstitute] = DutySubstitute.objects.visible_to(user)
    return rows.select_related("unit__area", "stand_in", "person").order_by(
        "unit__area__level", "unit__area__path", "unit", "valid_from", "pk"
    )


def changes_of(rows: Collection[DutySubstitute]) -> list[Change]:
    """What was written about these rosters, the newest first."""
    found = Change.objects.filter(subject="duty", subject_id__in=[row.pk for row in rows])
    return list(found.select_related("actor").order_by("-pk"))


# --- doors --------------------------------------------------------------------------------
@transaction.atomic
def name(user: User, unit: Unit, roster: Roster) -> DutySubstitute:
    """Write down who acts for ``unit``. Raises ``BadInput`` naming the field, ``NotAllowed``."""
    if not any(names_for(post, unit) for post in user.posts):
        raise NotAllowed("The head of the unit, or who gives its posts, names its substitute.")
    check(unit, roster)
    # Two who name at once must see each other's row.
    Unit.objects.select_for_update(of=["self"], no_key=True).get(pk=unit.pk)
    if clash := overlapping(unit, roster):
        raise BadInput(
            "On some of these days %(name)s stands in already. End that first.", field="valid_from",
            name=str(clash.stand_in or clash.person),
        )  # fmt: skip
    row = DutySubstitute.objects.create(
        tenant_id=unit.tenant_id, unit=unit, stand_in=roster.stand_in, person=roster.person,
        valid_from=roster.valid_from, valid_to=roster.valid_to,
        **{sort.value: sort in roster.sorts for sort in TimeOff},
    )  # fmt: skip
    after = {
        "unit": unit.pk, "stand_in": row.stand_in_id, "person": row.person_id,
        "valid_from": row.valid_from, "valid_to": row.valid_to,
        "sorts": [sort.value for sort in TimeOff if sort in roster.sorts],
    }  # fmt: skip
    changed(user, "open", "duty", row.pk, area=unit.area, after=after)
    return row


def check(unit: Unit, roster: Roster) -> None:
    """Raise ``BadInput`` at the field that cannot be."""
    day = today()
    if (roster.stand_in is None) == (roster.person is None):
        raise BadInput("Choose a person, or a unit, and not both.", field="person")
    if not roster.sorts:
        raise BadInput("Choose at least one time.", field="sorts")
    if roster.valid_from < day:
        raise BadInput("Choose today or a later day.", field="valid_from")
    if (roster.valid_from - day).days > MOST_AHEAD:
        raise BadInput("Choose a day within a year.", field="valid_from")
    if roster.valid_to is not None and roster.valid_to <= roster.valid_from:
        raise BadInput("It ends after it begins.", field="valid_to")
    if roster.stand_in is not None:
        other = roster.stand_in
        if other.pk == unit.pk:
            raise BadInput("A unit does not stand in for itself; name a person.", field="stand_in")
        if other.tenant_id != unit.tenant_id or other.valid_to is not None:
            raise BadInput("Choose a unit from the list.", field="stand_in")
        if not other.kind.government:
            raise BadInput("Only public bodies stand in.", field="stand_in")
    if roster.person is not None and not serves(roster.person, unit):
        raise BadInput("This person works in no unit here.", field="person")


def serves(person: User, unit: Unit) -> bool:
    """Whether ``person`` works in a unit of the same customer today."""
    rows = Posting.objects.running().filter(
        user=person, role__in=SERVING, unit__tenant=unit.tenant_id, user__is_active=True
    )
    return rows.exists()


def overlapping(unit: Unit, roster: Roster) -> DutySubstitute | None:
    """A row of the unit with a shift in common with ``roster``, if there is one."""
    at_times = Q()
    for sort in roster.sorts:
        at_times |= Q(**{sort.value: True})
    rows = DutySubstitute.objects.filter(
        at_times, Q(valid_to=None) | Q(valid_to__gt=roster.valid_from), unit=unit
    )
    if roster.valid_to is not None:
        rows = rows.filter(valid_from__lt=roster.valid_to)
    return rows.select_related("stand_in", "person").first()


@transaction.atomic
def end(user: User, pk: int, on: date) -> DutySubstitute:
    """End a row; ``on`` is the first day whose shift is somebody else's again.

    Who has been called to a matter already acts on it until the morning. Raises ``NotVisible``,
    ``NotAllowed``, ``WrongState`` when it is over, ``BadInput`` for a day that has passed.
    """
    rows = DutySubstitute.objects.visible_to(user).select_for_update(of=["self"])
    row = rows.select_related("unit__area").filter(pk=pk).first()
    if row is None:
        raise NotVisible(NO_ROW)
    if not may_change(user, row):
        raise NotAllowed("The head of the unit, or who gives its posts, names its substitute.")
    if row.valid_to is not None and row.valid_to <= today():
        raise WrongState("This has ended already.")
    if on < today():
        raise BadInput("Choose today or a later day.", field="on")
    if row.valid_to is not None and on > row.valid_to:
        raise BadInput("It ends earlier already.", field="on")
    before = {"valid_to": row.valid_to}
    row.valid_to = max(on, row.valid_from)
    row.save(update_fields=["valid_to"])
    after = {"valid_to": row.valid_to}
    changed(user, "close", "duty", row.pk, area=row.unit.area, before=before, after=after)
    return row
