"""The people of the demonstration: one login per role, and the colleagues past cases need.

Colleagues have accounts without a password, so nobody enters as one of them. Only those of
the invented 青石镇 have names; elsewhere they are called by their post.
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import product

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from cases.codes import ALPHABET
from governance.demo.places import TOWN, Places
from grids import staff
from grids.models import Area, Posting, Unit, User
from grids.roles import UNIT_ROLES, Level, Role, UnitKindCode

K = UnitKindCode


@dataclass(frozen=True, slots=True)
class Entry:
    """One login: who it is, where posted, and a sentence for the start page.

    ``place`` is an invented village, 青石镇 or 柳林镇, or empty for the district.
    """

    username: str
    name: str
    role: Role
    place: str
    kinds: tuple[UnitKindCode, ...]
    sentence: str  # English msgid

    @property
    def label(self) -> str:
        """English msgid of the role."""
        return self.role.label


HOME_VILLAGE, HOME_GRID = "东河村", "第1网格"
CAST = (
    Entry("grid", "高晓禾", Role.GRID_WORKER, HOME_GRID, (K.GRID_TEAM,),
          gettext_noop("Records what happens in one grid, on the phone.")),
    Entry("village", "石广田", Role.VILLAGE_STAFF, HOME_VILLAGE,
          (K.VILLAGE_COMMITTEE, K.MEDIATION_COMMITTEE),
          gettext_noop("Sees the village's cases and mediates.")),
    Entry("township", "欧阳青", Role.TRIAGE, TOWN, (K.GOVERNANCE_CENTRE,),
          gettext_noop("Sorts and assigns what reaches the township.")),
    Entry("head", "沈之远", Role.LEADER, TOWN, (K.GOVERNANCE_CENTRE,),
          gettext_noop("Heads the township's centre: grants a longer time, decides on recusals.")),
    Entry("district", "区综治中心值班员", Role.TRIAGE, "", (K.GOVERNANCE_CENTRE,),
          gettext_noop("Takes what the townships could not settle.")),
    Entry("leader", "区领导", Role.LEADER, "", (K.GOVERNMENT,),
          gettext_noop("Sees true figures, never a name or a story.")),
    Entry("petition", "区信访接待员", Role.PETITION_OFFICE, "", (K.PETITION_OFFICE,),
          gettext_noop("Works on what was transferred to the petition office.")),
    Entry("mediator", "梅和", Role.MEDIATOR, HOME_VILLAGE, (K.MEDIATION_COMMITTEE,),
          gettext_noop("Sees the disputes assigned by name, and nothing else.")),
    Entry("auditor", "安全审计员", Role.AUDITOR, "", (K.GOVERNMENT,),
          gettext_noop("Reads the logs, sees no case.")),
    Entry("sysadmin", "系统管理员", Role.SYS_ADMIN, "", (K.GOVERNMENT,),
          gettext_noop("Keeps the system running, sees no case.")),
    Entry("secadmin", "安全保密管理员", Role.SEC_ADMIN, "", (K.GOVERNMENT,),
          gettext_noop("Keeps accounts and rights, sees no case.")),
    Entry("liaison", "区纪检监察联络员", Role.DISCIPLINE_LIAISON, "", (K.DISCIPLINE,),
          gettext_noop("Opens sealed matters, each time for a reason; sees nothing else.")),
    Entry("township2", "柳林镇分流员", Role.TRIAGE, "柳林镇", (K.GOVERNANCE_CENTRE,),
          gettext_noop("The neighbouring township: sees nothing of the first.")),
    Entry("district2", "安定区综治中心值班员", Role.TRIAGE, "安定区", (K.GOVERNANCE_CENTRE,),
          gettext_noop("Another district, with another ladder.")),
)  # fmt: skip


def entries() -> list[tuple[str, str, str]]:
    """(username, label msgid, sentence msgid) of every login, in the order of the tour."""
    return [(entry.username, entry.label, entry.sentence) for entry in CAST]


def password() -> str:
    """The one password of all demonstration logins: random per installation, always the same.

    Made from the installation's secret key: sixty bits as ``k7mq-3wpd-x9ht``.
    """
    mac = hmac.digest(settings.SECRET_KEY.encode(), b"demonstration password", hashlib.sha256)
    symbols = "".join(ALPHABET[byte % 32] for byte in mac[:12]).lower()
    return "-".join(symbols[start : start + 4] for start in range(0, 12, 4))


def logins() -> QuerySet[User]:
    """The accounts of the cast."""
    found: QuerySet[User] = User.objects.filter(username__in=[entry.username for entry in CAST])
    return found


def set_passwords() -> None:
    """Let every login have ``password()`` again, whatever a visitor changed; one slow hash."""
    users, secret = list(logins()), password()
    stored = {user.password for user in users}
    if len(stored) == 1 and check_password(secret, next(iter(stored))):
        return
    logins().update(password=make_password(secret), is_active=True)


@dataclass(slots=True)
class Crew:
    """Who works where: user ids by unit, and the mediators of each village."""

    by_unit: dict[int, list[int]] = field(default_factory=dict)
    mediators: dict[int, list[int]] = field(default_factory=dict)

    def add(self, user_id: int, unit: Unit, role: Role) -> None:
        if role not in UNIT_ROLES | {Role.MEDIATOR}:
            return
        found = self.mediators if role == Role.MEDIATOR else self.by_unit
        key = unit.area_id if role == Role.MEDIATOR else unit.pk
        found.setdefault(key, []).append(user_id)


def engage(places: Places, today: date) -> Crew:
    """Open the logins and the colleagues of every place that has grids; return who is where."""
    crew = Crew()
    since = date(today.year - 1, 1, 1)
    for entry in CAST:
        user = staff.hire(username=entry.username, display_name=entry.name)
        for unit in units_of_entry(entry, places):
            staff.post(user, entry.role.value, unit, unit.area, since)
            crew.add(user.pk, unit, entry.role)
    set_passwords()
    engage_colleagues(crew, places, since)
    return crew


def units_of_entry(entry: Entry, places: Places) -> list[Unit]:
    """The units a login is posted to, in the order written."""
    area = places.district
    if entry.place == HOME_GRID:
        area = places.village(HOME_VILLAGE).children.get(name=HOME_GRID, level=Level.GRID)
    elif entry.place == HOME_VILLAGE:
        area = places.village(HOME_VILLAGE)
    elif entry.place:
        named = (places.town, places.next_town, places.other_district)
        area = next(one for one in named if one.name == entry.place)
    found = {unit.kind_id: unit for unit in area.units.current().select_related("area")}
    return [found[kind.value] for kind in entry.kinds]


# --- colleagues -------------------------------------------------------------------------
# How many people each kind of unit has, what they do, and what they are called by.
STAFFING: dict[UnitKindCode, tuple[int, Role, str]] = {
    K.GRID_TEAM: (1, Role.GRID_WORKER, "网格员"),
    K.VILLAGE_COMMITTEE: (2, Role.VILLAGE_STAFF, "干部"),
    K.MEDIATION_COMMITTEE: (1, Role.MEDIATOR, "调解员"),
    K.GOVERNANCE_CENTRE: (2, Role.TRIAGE, "分流员"),
    K.GOVERNMENT: (1, Role.HANDLER, "承办人"),
    K.JUSTICE_OFFICE: (1, Role.HANDLER, "承办人"),
    K.POLICE_STATION: (1, Role.HANDLER, "承办人"),
    K.PETITION_OFFICE: (2, Role.PETITION_OFFICE, "接待员"),
    K.DEPARTMENT: (1, Role.HANDLER, "承办人"),
    K.PROPERTY_COMPANY: (1, Role.PARTNER, "经办人"),
    K.DISCIPLINE: (1, Role.DISCIPLINE_LIAISON, "联络员"),
}
SURNAMES = "石高梅秦丁沈方叶田江白洪卢孔汤尹"
GIVEN = ("明", "芳", "建平", "秀云", "志远")


def engage_colleagues(crew: Crew, places: Places, since: date) -> None:
    """Fill every unit of the places with grids, and of what lies above them, up to its number."""
    grids = Area.objects.current().filter(level=Level.GRID, tenant__isnull=False)
    above = {
        int(part)
        for path in grids.values_list("path", flat=True)
        for part in path.split(".")
        if part
    }
    units = Unit.objects.current().filter(area__in=above).select_related("area", "area__parent")
    names = named()
    users: list[User] = []
    posted: list[tuple[User, Unit, Role]] = []
    committees = {unit.area_id: unit for unit in units if unit.kind_id == K.MEDIATION_COMMITTEE}
    for unit in units:
        wanted, role, title = STAFFING[K(unit.kind_id)]
        for number in range(working(crew, unit, role) + 1, wanted + 1):
            user = User(username=f"demo-{unit.pk}-{number}", password=make_password(None))
            in_town = unit.area.township_id == places.town.pk
            user.display_name = next(names) if in_town else called(unit, title, number)
            users.append(user)
            posted.append((user, unit, role))
            if unit.kind_id == K.VILLAGE_COMMITTEE and unit.area_id in committees:
                posted.append((user, committees[unit.area_id], role))
    User.objects.bulk_create(users)
    Posting.objects.bulk_create(
        Posting(user=user, role=role.value, unit=unit, area=unit.area, started_on=since)
        for user, unit, role in posted
    )
    for user, unit, role in posted:
        crew.add(user.pk, unit, role)


def working(crew: Crew, unit: Unit, role: Role) -> int:
    """How many people of the cast serve there already."""
    if role == Role.MEDIATOR:
        return len(crew.mediators.get(unit.area_id, []))
    return len(crew.by_unit.get(unit.pk, []))


def called(unit: Unit, title: str, number: int) -> str:
    """What an unnamed colleague is called: 花坪村第2网格网格员, 凤翔镇综治中心分流员1."""
    area = unit.area
    if area.level >= Level.GRID and area.parent is not None:
        return f"{bare(area.parent.name)}{area.name}{title}"[:40]
    return f"{unit.name}{title}{number}"[:40]


VILLAGE_ENDINGS = (("村民委员会", "村"), ("村委会", "村"), ("居民委员会", ""), ("居委会", ""))


def bare(village: str) -> str:
    """A village without its committee: 花坪村民委员会 is 花坪村."""
    for ending, kept in (
        ("村民委员会", "村"),
        ("村委会", "村"),
        ("居民委员会", ""),
        ("居委会", ""),
    ):
        if village.endswith(ending):
            return (village.removesuffix(ending) + kept).replace("村村", "村")
    return village


def named() -> Iterator[str]:
    """Invented names, each once, for the invented town only."""
    return (surname + given for given, surname in product(GIVEN, SURNAMES))
