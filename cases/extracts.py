"""What bodies outside government get of a matter: a masked extract, and a way to report back.

Number, category, place down to the building, one masked line. No name, no phone, no party, no
timeline. A body that is a party to a matter gets nothing of it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from cases import headlines, transitions
from cases.acting import Act, Inputs
from cases.intake_form import in_language
from cases.models import Case, CaseUnit, Party, PartyUnit
from cases.revealing import veil
from cases.rules import masking, workflow
from cases.rules.workflow import Kind, Stand, Status, Verb
from cases.standing import standing
from grids.errors import BadInput, NotAllowed, NotVisible
from grids.models import Unit, User
from grids.roles import EXTRACT_ROLES

MOST = 100
# Down to the building: what follows it names a flat, and so a family.
BUILDING = re.compile(r"^.*?(?:号楼|栋|幢|座)")


@dataclass(frozen=True, slots=True)
class Extract:
    """One matter as a body outside government sees it."""

    number: str
    category: str
    place: str
    line: str
    due_at: datetime | None
    provisional: bool


def listed(user: User) -> list[Extract]:
    """What the person's body is called in to help with, the next due first."""
    rows = Case.objects.extracts_for(user).select_related("category", "area", "story")
    cases = list(rows.select_related("village", "grid").order_by("due_at", "pk")[:MOST])
    return [extract_of(case, parties) for case, parties in with_parties(cases)]


def with_parties(cases: Iterable[Case]) -> list[tuple[Case, list[Party]]]:
    cases = list(cases)
    parties: dict[int, list[Party]] = {}
    for party in Party.objects.filter(case__in=cases, erased_at=None):
        parties.setdefault(party.case_id, []).append(party)
    return [(case, parties.get(case.pk, [])) for case in cases]


def extract_of(case: Case, parties: list[Party]) -> Extract:
    """The masked line leaves the house: of a minor it says nothing at all."""
    plain, minors = veil(parties, full=False), headlines.names(parties)[1]
    places = [one.name for one in (case.village, case.grid) if one] or [case.area.name]
    building = BUILDING.match(masking.without(plain(case.story.place), minors))
    if building:
        places.append(building[0])
    return Extract(
        case.number, in_language(case.category), " ".join(places),
        masking.without(plain(case.story.summary), minors), case.due_at,
        case.provisional,
    )  # fmt: skip


def find(user: User, number: str) -> tuple[Case, Extract]:
    """One matter of the list; raises ``NotVisible``."""
    rows = Case.objects.extracts_for(user).select_related("category", "area", "story")
    case = rows.select_related("village", "grid").filter(number=number).first()
    if case is None:
        raise NotVisible("There is no such case in your area.")
    [(case, parties)] = with_parties([case])
    return case, extract_of(case, parties)


@transaction.atomic
def report(user: User, number: str, note: str) -> None:
    """Say what the body did. Raises ``NotVisible``, ``NotAllowed``, ``BadInput``."""
    case, _shown = find(user, number)
    locked = transitions.lock(case.pk)
    units = [post.unit_id for post in user.posts if post.role in EXTRACT_ROLES]
    unit_id = CaseUnit.objects.filter(
        case=case, unit__in=units, part="co_handler", until=None
    ).values_list("unit_id", flat=True).first()  # fmt: skip
    if locked is None or unit_id is None:
        raise NotVisible("There is no such case in your area.")
    supplement(locked, user, unit_id, note)


def supplement(case: Case, user: User, unit_id: int | None, note: str) -> None:
    step = workflow.find(Kind(case.kind), Status(case.status), Verb.SUPPLEMENT)
    if step is None:
        raise NotAllowed("Nothing can be added to this case now.")
    if not note.strip():
        raise BadInput("Please write what was done.", field="note")
    now = transitions.database_now()
    transitions.perform(Act(case, step, user, unit_id, Inputs(note=note), now))


@transaction.atomic
def name_party(user: User, number: str, unit_id: int) -> None:
    """Name a body outside government as a party: it helps with the case no longer, and its
    staff see nothing of it from that moment. By the unit responsible or who coordinates."""
    seen = Case.objects.visible_to(user).filter(number=number).first()
    case = seen and transitions.lock(seen.pk)
    if case is None:
        raise NotVisible("There is no such case in your area.")
    stands = standing(user, case).units
    stand = next((one for one in (Stand.HOLDER, Stand.COORDINATOR) if one in stands), None)
    if stand is None:
        raise NotAllowed("Your post does not allow this on this case.")
    rows = Unit.objects.current().filter(tenant_id=case.tenant_id, kind__government=False)
    unit = rows.filter(pk=unit_id).first()
    if unit is None:
        raise BadInput("Choose a unit from the list.", field="unit")
    now = transitions.database_now()
    _row, created = PartyUnit.objects.get_or_create(
        case=case, unit=unit, defaults={"tenant_id": case.tenant_id, "since": now}
    )
    if created:
        case.units.filter(unit=unit, until=None).update(until=now)
        supplement(case, user, stands[stand], f"{unit.name}：本事项当事单位")


def outside_units(user: User, case: Case) -> list[tuple[int, str]]:
    """The bodies outside government of the case's township, to name one as a party."""
    area = case.township or case.area
    rows = Unit.objects.visible_to(user).current().filter(
        tenant_id=case.tenant_id, kind__government=False, area__path__startswith=area.path
    )  # fmt: skip
    return list(rows.order_by("area__path", "pk").values_list("pk", "name")[:MOST])
