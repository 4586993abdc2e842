"""What the lists of an act's form offer: units, people and places near the case first.

A customer has thousands of units and places; a list shows those around the case, and by name
any other. What was chosen before stays in the list.
"""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases import competence
from cases.intake_form import in_language
from cases.models import Case, Category, Reason
from cases.revealing import masked_phone, shown_name
from cases.rules.workflow import Kind, Need, Status, Verb
from grids.models import Area, Posting, Unit, User
from grids.roles import LEVEL_LABELS, UNIT_ROLES, Level, Role

MOST = 100  # entries of a list of units or places
LONGEST_ID = 18  # digits

Pairs = list[tuple[str, str]]
Groups = list[tuple[str, Pairs]]


def read_id(value: object) -> int | None:
    """A key typed into an address or form; None when it is none."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID else None


def reasons(verb: Verb) -> Pairs:
    column = "name_en" if get_language() == "en" else "name"
    return list(Reason.objects.filter(verb=verb.value, valid_to=None).values_list("code", column))


def categories(case: Case) -> Pairs:
    """The categories a case may be corrected to: of its kind, or urgent ones."""
    rows = Category.objects.filter(Q(kind=case.kind) | Q(urgent=True), valid_to=None)
    return [(row.code, in_language(row)) for row in rows]


# --- units ------------------------------------------------------------------------------
def units(case: Case, user: User, need: Need, search: str, chosen: object) -> Groups:
    """Units of the customer under the names of their areas, the nearest area first; of a
    petition matter those it may be passed on to."""
    rows = Unit.objects.visible_to(user).current().filter(tenant_id=case.tenant_id)
    if need not in (Need.ABOUT, Need.ANY_UNIT):  # either may be the unit responsible itself
        rows = rows.exclude(pk=case.holder_unit_id or 0)
    rows = rows.select_related("area")
    wanted = called(search) if search else Q(area__in=ancestors(case))
    if need is Need.UNIT_BELOW and case.holder_unit:
        over = case.holder_unit.area
        rows = rows.filter(area__path__startswith=over.path).exclude(area=over)
        if not search:
            wanted |= Q(area__parent=over)
    if passing_on(case, need):
        wanted &= competence.competent(case) & ~Q(pk=objector(case))
    rows = rows.filter(wanted | Q(pk=read_id(chosen) or 0))
    if case.lifted and need is not Need.CO_UNIT:
        rows = rows.filter(area__level__lte=case.area.level)
    groups: dict[str, Pairs] = {}
    for row in sorted(rows[:MOST], key=lambda one: (-one.area.level, one.area.path)):
        head = f"{_(LEVEL_LABELS[Level(row.area.level)])} · {row.area.name}"
        groups.setdefault(head, []).append((str(row.pk), row.name))
    return list(groups.items())


def passing_on(case: Case, need: Need) -> bool:
    """Whether the list is of bodies that are to decide a petition matter."""
    return need is Need.UNIT and case.kind == Kind.PETITION and case.holder_unit is not None


def objector(case: Case) -> int:
    """The unit whose objection waits for a decision: the matter goes to another one."""
    return (case.from_unit_id or 0) if case.status == Status.OBJECTED else 0


def called(search: str) -> Q:
    return Q(name__icontains=search) | Q(area__name__icontains=search)


def ancestors(case: Case) -> list[int]:
    """The place of a case and everything above it."""
    return [int(part) for part in case.area.path.split(".") if part]


def helping_units(case: Case) -> Pairs:
    rows = case.units.filter(part="co_handler", until=None).select_related("unit")
    return [(str(row.unit_id), row.unit.name) for row in rows]


# --- people and places ------------------------------------------------------------------
def people(case: Case) -> Pairs:
    """Who works at the unit responsible, and the mediators around the place."""
    here = Q(unit=case.holder_unit_id, role__in=[role.value for role in UNIT_ROLES])
    near = Q(role=Role.MEDIATOR.value, area__in=ancestors(case))
    away = case.recusals.filter(until=None).values("user")
    rows = (
        Posting.objects.running()
        .filter(here | near)
        .exclude(user__in=away)
        .select_related("user", "unit")
        .order_by("user__display_name", "pk")
    )
    found: dict[str, str] = {}
    for row in rows[:MOST]:
        label = f"{row.user.display_name} · {_(Role(row.role).label)}"
        if row.unit_id != case.holder_unit_id:
            label = f"{label} · {row.unit.name}"
        found.setdefault(str(row.user_id), label)
    return list(found.items())


def areas(case: Case, user: User, search: str, chosen: object) -> Groups:
    """Places under the names of their parents: around the case, or with the searched name."""
    rows = Area.objects.visible_to(user).current().filter(tenant_id=case.tenant_id)
    rows = rows.filter(level__gt=Level.DISTRICT.value).select_related("parent")
    around = [case.township_id or 0, case.village_id or 0]
    near = Q(parent__in=around) | Q(pk__in=[*around, case.area_id])
    wanted = Q(name__icontains=search) | Q(parent__name__icontains=search) if search else near
    rows = rows.filter(wanted | Q(pk__in=[case.area_id, read_id(chosen) or 0]))
    return under_parents(rows[:MOST])


def under_parents(rows: Iterable[Area]) -> Groups:
    groups: dict[str, Pairs] = {}
    for row in rows:
        head = row.parent.name if row.parent else ""
        groups.setdefault(head, []).append((str(row.pk), row.name))
    return list(groups.items())


def parties(case: Case) -> Pairs:
    """The parties of one's own case, to say who was told."""
    rows = case.parties.filter(erased_at=None)
    return [(str(row.pk), shown_name(row, full=True) or masked_phone(row)) for row in rows]
