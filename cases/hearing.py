"""Which people hear of the messages in the outbox: the table of cases/rules/audience.py meets
today's posts. A handful of statements however many messages there are.

Whoever stands in for somebody has a post of their own and hears by it; of what is meant for one
person by name, those hear too who stand in for them. Whoever is kept away from a case hears
nothing of it, and of a sealed matter nobody hears anything.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from cases.models import Assignment, Case, CaseEvent, Outbox, Recusal
from cases.rules.audience import Ear, ears
from cases.rules.lamp import Mark
from cases.rules.workflow import Status, Verb
from cases.superiors import desks_above
from grids.models import Posting
from grids.roles import EXTRACT_ROLES, UNIT_ROLES, Role

WORKER_ROLES = frozenset(role.value for role in UNIT_ROLES | EXTRACT_ROLES)
DESK_ROLES = frozenset(role.value for role in UNIT_ROLES)
HEAD_ROLES = frozenset({Role.LEADER.value})
OF_THE_HOLDER = frozenset({Verb.CLIMB, Verb.RESTART, Verb.RECOUNT, *Mark.values()})


@dataclass(frozen=True, slots=True)
class Heard:
    """One message as one person hears it: of which event, about which unit."""

    row: Outbox
    code: str
    unit_id: int | None


@dataclass(slots=True)
class Crowd:
    """Everybody who may have to be told, read once for all messages."""

    cases: dict[int, tuple[int | None, str, bool]]  # holder, status, restricted
    roles: dict[int, dict[str, set[int]]]  # people by unit and role
    named: dict[int, set[int]]  # by case
    stand_ins: dict[int, set[int]]  # by whom they stand in for
    left: dict[tuple[int, int], int]  # the unit a climb left, by case and event
    desks: dict[int, int]  # the unit above, by unit
    away: set[tuple[int, int]] = field(default_factory=set)

    def posted(self, unit_id: int | None, roles: Collection[str]) -> set[int]:
        found = self.roles.get(unit_id or 0, {})
        return {user for role in roles for user in found.get(role, ())}


def heard(rows: list[Outbox], now: datetime) -> dict[int, list[Heard]]:
    """What each person hears of ``rows``, each about one case (``apart``)."""
    crowd = crowd_around(rows, now)
    found: dict[int, list[Heard]] = defaultdict(list)
    for row in rows:
        if silent(row, crowd):
            continue
        for user_id, one in listeners(row, crowd):
            if (row.case_id, user_id) not in crowd.away:
                found[user_id].append(one)
    return found


def apart(rows: Iterable[Outbox]) -> list[Outbox]:
    """The messages as if each had been written for one case: who is kept away from a case, or
    works on it by name, is another question for each."""
    found: list[Outbox] = []
    for row in rows:
        for case_id in row.case_ids or [row.case_id]:
            one = copy(row)
            one.case_id = case_id
            found.append(one)
    return found


def silent(row: Outbox, crowd: Crowd) -> bool:
    """Whether nobody needs to hear of it any more."""
    holder, status, _restricted = crowd.cases.get(row.case_id, (None, "", False))
    if row.verb in OF_THE_HOLDER:
        # Caught up after an outage: it has moved on, the next unit hears of it.
        return holder != row.unit_id or status == Status.SEALED
    return False


def listeners(row: Outbox, crowd: Crowd) -> Iterator[tuple[int, Heard]]:
    """(person, what they hear); the same person once, with the first part of the table."""
    if row.user_id:
        for user_id in {row.user_id, *crowd.stand_ins.get(row.user_id, ())}:
            yield user_id, Heard(row, row.verb, row.unit_id)
        return
    told: set[int] = set()
    for ear, people, code, unit_id in parts(row, crowd):
        for user_id in people - told:
            yield user_id, Heard(row, code, unit_id)
        if ear is not Ear.LEFT:
            told |= people


def parts(row: Outbox, crowd: Crowd) -> Iterator[tuple[Ear, set[int], str, int | None]]:
    """(part of the table, people, event, unit) of a message to a unit."""
    restricted = crowd.cases.get(row.case_id, (None, "", False))[2]
    for ear in (ear for ear in Ear if ear in ears(row.verb)):
        if ear is Ear.WORKERS:
            yield ear, crowd.posted(row.unit_id, WORKER_ROLES), row.verb, row.unit_id
        elif ear is Ear.HEAD:
            yield ear, crowd.posted(row.unit_id, HEAD_ROLES), row.verb, row.unit_id
        elif ear is Ear.NAMED:
            yield ear, crowd.named.get(row.case_id, set()), row.verb, row.unit_id
        elif ear is Ear.LEFT:
            left = crowd.left.get((row.case_id, row.seq))
            if left != row.unit_id:
                yield ear, crowd.posted(left, HEAD_ROLES), Mark.DUE.value, left
        elif not restricted:  # the unit above sees no restricted case
            desk = crowd.desks.get(row.unit_id or 0)
            yield ear, crowd.posted(desk, DESK_ROLES), row.verb, row.unit_id


# --- read at once -------------------------------------------------------------------------
def crowd_around(rows: list[Outbox], now: datetime) -> Crowd:
    cases = {row.case_id for row in rows}
    units = {row.unit_id for row in rows if row.unit_id}
    wanted: dict[Ear, list[Outbox]] = defaultdict(list)
    for row in rows:
        for ear in ears(row.verb) if row.unit_id else ():
            wanted[ear].append(row)
    left = units_left(wanted[Ear.LEFT])
    above = {row.unit_id for row in wanted[Ear.DESK] if row.unit_id}
    desks = desks_above(above, timezone.localdate(now)) if above else {}
    crowd = Crowd(
        cases={
            pk: (holder, status, restricted)
            for pk, holder, status, restricted in Case.objects.filter(pk__in=cases).values_list(
                "pk", "holder_unit_id", "status", "restricted"
            )
        },
        roles=posted(units | set(left.values()) | set(desks.values())),
        named=named({row.case_id for row in wanted[Ear.NAMED]}),
        stand_ins=stand_ins({row.user_id for row in rows if row.user_id}),
        left=left,
        desks=desks,
    )
    crowd.away = recused(cases)
    return crowd


def posted(unit_ids: Collection[int]) -> dict[int, dict[str, set[int]]]:
    """The people posted in each unit today, by role; one query."""
    found: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    roles = WORKER_ROLES | HEAD_ROLES
    rows = Posting.objects.running().filter(
        unit_id__in=unit_ids, role__in=roles, user__is_active=True
    )
    for unit_id, role, user_id in rows.values_list("unit_id", "role", "user_id"):
        found[unit_id][role].add(user_id)
    return found


def named(case_ids: Collection[int]) -> dict[int, set[int]]:
    """Who works on each case by name."""
    if not case_ids:
        return {}
    rows = Assignment.objects.filter(case_id__in=case_ids, until=None)
    return grouped(rows.values_list("case_id", "user_id"))


def stand_ins(user_ids: Collection[int]) -> dict[int, set[int]]:
    """Who stands in today for a post of each person."""
    if not user_ids:
        return {}
    rows = Posting.objects.running().filter(
        substitute_for__user_id__in=user_ids, user__is_active=True
    )
    return grouped(rows.values_list("substitute_for__user_id", "user_id"))


def units_left(rows: list[Outbox]) -> dict[tuple[int, int], int]:
    """From which unit each climb took its case."""
    if not rows:
        return {}
    climbs = CaseEvent.objects.filter(
        case_id__in={row.case_id for row in rows}, verb=Verb.CLIMB.value
    )
    wanted = {(row.case_id, row.seq) for row in rows}
    return {
        (case_id, seq): before
        for case_id, seq, before in climbs.values_list("case_id", "seq", "other_id")
        if (case_id, seq) in wanted and before
    }


def recused(case_ids: Collection[int]) -> set[tuple[int, int]]:
    """(case, person) pairs that must not hear of each other."""
    rows = Recusal.objects.filter(Q(until=None), case_id__in=case_ids)
    return set(rows.values_list("case_id", "user_id"))


def grouped(pairs: Iterable[tuple[int | None, int]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for key, value in pairs:
        found[key or 0].add(value)
    return found
