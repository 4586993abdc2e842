"""Staff as CSV: accounts with their first posts, looked at first, then all of a file or nothing."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from grids import csvfile, personnel, staff
from grids.csvfile import BadFile, BadRow, Row
from grids.errors import BadInput, BrokenRule
from grids.models import Unit, User
from grids.office_forms import own_units
from grids.passwords import Slip
from grids.roles import Role

COLUMNS = ("username", "name", "role", "unit")
OPTIONAL = ("place", "started_on", "ended_on")
TITLES = {  # what offices write in the first line
    "账号": "username", "用户名": "username", "姓名": "name", "岗位": "role", "角色": "role",
    "单位": "unit", "所在地": "place", "地点": "place", "开始日期": "started_on",
    "结束日期": "ended_on",
}  # fmt: skip
DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
MOST_ROWS = 500
LARGEST = 512 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One line that can be used."""

    line: int
    username: str
    name: str
    role: Role
    unit: Unit
    started_on: date
    ended_on: date | None


@dataclass(slots=True)
class Plan:
    """What an import would do; nothing of it is written while a line is bad."""

    entries: list[Entry] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Known:
    """The words and units that lines may name."""

    roles: dict[str, Role]
    units: dict[str, list[Unit]]


def look(manager: User, name: str, content: bytes, today: date) -> Plan:
    """What the file would do for ``manager``; writes nothing. Raises ``NotAllowed``."""
    personnel.book_posts(manager)
    plan = Plan()
    if len(content) > LARGEST:
        plan.bad.append(bad(name, 1, BadInput("This file is too large; split it.")))
        return plan
    table = csvfile.parse(name, content, COLUMNS, OPTIONAL, TITLES)
    plan.bad += table.bad
    if len(table.rows) > MOST_ROWS:
        most = BadInput("At most %(most)s people at once.", most=MOST_ROWS)
        plan.bad.append(bad(name, table.rows[MOST_ROWS].line, most))
        return plan
    if not table.rows and not plan.bad:
        plan.bad.append(bad(name, 1, BadInput("There is nobody in this file.")))
    known = Known(role_words(), units_by_name(manager))
    seen: dict[str, int] = {}
    for row in table.rows:
        try:
            found = entry(manager, row, known, today)
            if found.username in seen:
                raise BadInput("This user name is on line %(line)s already.", field="username",
                               line=seen[found.username])  # fmt: skip
        except BadInput as error:
            plan.bad.append(row.bad(error))
            continue
        seen[found.username] = row.line
        plan.entries.append(found)
    taken = set(User.objects.filter(username__in=seen).values_list("username", flat=True))
    again = BadInput("This user name is taken.", field="username")
    plan.bad += [bad(name, seen[one], again) for one in taken]
    plan.entries = [one for one in plan.entries if one.username not in taken]
    plan.bad.sort(key=lambda row: row.line)
    return plan


def bad(name: str, line: int, error: BrokenRule) -> BadRow:
    """A line of the file with the refusal that stops it."""
    return Row(name, line, {}).bad(error)


def role_words() -> dict[str, Role]:
    """Roles by their code and by what they are called in either language."""
    found = {role.value: role for role in Role}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            found |= {_(role.label): role for role in Role}
    return found


def units_by_name(manager: User) -> dict[str, list[Unit]]:
    found: dict[str, list[Unit]] = {}
    for unit in own_units(manager).select_related("area__parent__parent", "kind"):
        found.setdefault(unit.name, []).append(unit)
    return found


def entry(manager: User, row: Row, known: Known, today: date) -> Entry:
    """The person a line describes, checked as far as can be without writing."""
    cells = row.cells
    role = known.roles.get(cells["role"])
    if role is None:
        raise BadInput("This role does not exist.", field="role")
    unit = named_unit(cells["unit"], cells["place"], known)
    if not personnel.may_post(manager, role.value, unit):
        raise BadInput(personnel.ELSEWHERE, field="role")
    started_on = day(cells["started_on"], "started_on") or today
    ended_on = day(cells["ended_on"], "ended_on")
    username, name = staff.check_person(cells["username"], cells["name"])
    staff.check_post(role, unit, unit.area, started_on, ended_on)
    return Entry(row.line, username, name, role, unit, started_on, ended_on)


def named_unit(name: str, place: str, known: Known) -> Unit:
    """The one unit of that name, at that place when several are called so."""
    found = known.units.get(name, [])
    if place:
        found = [unit for unit in found if place in places_of(unit)]
    if not found:
        raise BadInput("There is no such unit in your area.", field="unit")
    if len(found) > 1:
        raise BadInput("Several units are called so; write the place, for example 东河村/第1网格.",
                       field="place")  # fmt: skip
    return found[0]


def places_of(unit: Unit) -> set[str]:
    """How a place may be written: its name, or with the names above it before slashes."""
    area = unit.area
    above = area.parent
    further = above.parent if above else None
    chain = [one.name for one in (further, above, area) if one]
    return {"/".join(chain[start:]) for start in range(len(chain))}


def day(text: str, name: str) -> date | None:
    if not text:
        return None
    if found := DAY.fullmatch(text):
        try:
            return date(*map(int, found.groups()))
        except ValueError:
            pass
    raise BadInput("Write the day as 2026-03-01.", field=name)


@transaction.atomic
def take_in(manager: User, name: str, content: bytes, now: datetime, today: date) -> list[Slip]:
    """Open all accounts of the file and return their slips. Raises ``BadFile`` listing every
    bad line; then nothing is written."""
    plan = look(manager, name, content, today)
    if plan.bad:
        raise BadFile(plan.bad)
    slips = []
    for one in plan.entries:
        try:
            slips.append(
                personnel.engage(
                    manager, username=one.username, name=one.name, role=one.role.value,
                    unit=one.unit, area=one.unit.area, started_on=one.started_on,
                    ended_on=one.ended_on, now=now,
                )
            )  # fmt: skip
        except BrokenRule as error:
            raise BadFile([bad(name, one.line, error)]) from error
    return slips
