"""Who acts on an urgent matter out of hours: called in when it comes, relieved in the morning.

The unit responsible stays responsible; its substitute may do what it may do until working
hours begin. Nothing here is asked for a matter that is not urgent.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from cases import workcalendar
from cases.clocks import ZONE
from cases.events import Message
from cases.models import Assignment, Case, CaseUnit, DutySubstitute
from cases.rules.hours import next_opening, shift_of, time_off
from cases.rules.workflow import Status
from grids.models import Posting
from grids.roles import UNIT_ROLES

Part = CaseUnit | Assignment
SERVING = [role.value for role in UNIT_ROLES]


def substitute_of(
    unit_id: int, now: datetime, district_id: int | None = None
) -> DutySubstitute | None:
    """Who acts for the unit at ``now`` by the calendar of the district; None within working
    hours, and when nobody is named.

    Whoever has no post any more, or a unit that is closed, is passed over.
    """
    sort = time_off(now, workcalendar.of_district(district_id), zone=ZONE)
    if sort is None:
        return None
    shift = shift_of(now, ZONE)
    serving = Posting.objects.running().filter(user=OuterRef("person"), role__in=SERVING)
    in_force = Q(valid_to=None) | Q(valid_to__gt=shift)
    able = Q(stand_in__isnull=False, stand_in__valid_to=None)
    able |= Q(person__is_active=True) & Q(Exists(serving))
    rows = DutySubstitute.objects.filter(
        in_force, able, unit=unit_id, valid_from__lte=shift, **{sort.value: True}
    )
    return rows.select_related("stand_in", "person").order_by("pk").first()


def call_in(case: Case, now: datetime) -> list[Part]:
    """The unsaved rows that let the substitute of the unit responsible act on an urgent case
    that waits for work; none for any other case, none for somebody kept away from it."""
    if not case.urgent or case.holder_unit_id is None or case.status == Status.DONE:
        return []
    named = substitute_of(case.holder_unit_id, now, case.district_id)
    if named is None or kept_away(case, named):
        return []
    of_case = {"case_id": case.pk, "tenant_id": case.tenant_id, "since": now}
    if named.person_id is not None:
        return [Assignment(user_id=named.person_id, task="duty", **of_case)]
    return [CaseUnit(unit_id=named.stand_in_id or 0, part="on_duty", **of_case)]


def kept_away(case: Case, named: DutySubstitute) -> bool:
    """Whether the substitute is recused, a party, or at work on the case by name already."""
    if case._state.adding:
        return False
    if named.stand_in_id is not None:
        return case.party_units.filter(unit=named.stand_in_id).exists()
    running = {"user": named.person_id, "until": None}
    return case.recusals.filter(**running).exists() or case.assignments.filter(**running).exists()


def messages_to(rows: Iterable[object], *, urgent: bool) -> list[Message]:
    """Who hears at once that they are called to a case: of ``rows`` the units and people."""
    found = []
    for row in rows:
        if isinstance(row, CaseUnit):
            found.append(Message(unit_id=row.unit_id, urgent=urgent or row.part == "on_duty"))
        elif isinstance(row, Assignment):
            found.append(Message(user_id=row.user_id, urgent=True))
    return found


def follow(case: Case, now: datetime) -> list[Message]:
    """Another unit is responsible for an urgent locked case: its own substitute comes in, who
    acted for the one before goes. Who is to hear of it."""
    relieve(case, now)
    parts = call_in(case, now)
    for part in parts:
        part.save(force_insert=True)
    return messages_to(parts, urgent=True)


# --- relieved -----------------------------------------------------------------------------
def running(case: Case) -> list[Part]:
    """What lets somebody act on the case out of hours at present."""
    units = CaseUnit.objects.filter(case=case, part="on_duty", until=None).select_related("unit")
    people = Assignment.objects.filter(case=case, task="duty", until=None).select_related("user")
    return [*units, *people]


def over(case: Case, since: datetime, now: datetime) -> bool:
    """Whether working hours have begun in the district of ``case`` since ``since``."""
    return next_opening(since, workcalendar.of_district(case.district_id), zone=ZONE) <= now


def relieve(case: Case, now: datetime) -> list[Part]:
    """End what is running on a locked case; what was ended."""
    found = running(case)
    for part in found:
        type(part)._default_manager.filter(pk=part.pk, until=None).update(until=now)
    return found
