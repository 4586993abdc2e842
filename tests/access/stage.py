"""The people of the matrix: every role, posted in every way that matters.

Each role has a home: a unit of its kind on the line 湖滨区 – 青石镇 – 东河村 – 第1网格. Beside the
one who is simply ``posted`` there stand the neighbour, the stranger from the next district,
the substitute, and those whose posting, account or part in a case has ended.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client
from django.utils import timezone

from governance import sessions
from governance.signed_in import SessionStore
from grids.models import Area, Posting, Unit, User
from grids.roles import Role, UnitKindCode
from grids.staff import hire, post
from grids.units import open_unit
from tests.world import SINCE, World

K = UnitKindCode
# Where a role is at home, next door, and in the other district.
GRID = ("donghe1", "donghe2", "songpo1")
VILLAGE = ("donghe", "shiqiao", "songpo")
TOWNSHIP = ("qingshi", "liulin", "yunling")
HOMES: dict[Role, tuple[UnitKindCode, tuple[str, str, str]]] = {
    Role.GRID_WORKER: (K.GRID_TEAM, GRID),
    Role.GRID_LEAD: (K.GRID_TEAM, GRID),
    Role.MEDIATOR: (K.MEDIATION_COMMITTEE, VILLAGE),
    Role.VILLAGE_STAFF: (K.VILLAGE_COMMITTEE, VILLAGE),
    Role.TRIAGE: (K.GOVERNANCE_CENTRE, TOWNSHIP),
    Role.HANDLER: (K.DEPARTMENT, TOWNSHIP),
    Role.PETITION_OFFICE: (K.PETITION_OFFICE, TOWNSHIP),
    Role.DISCIPLINE_LIAISON: (K.DISCIPLINE, TOWNSHIP),
    Role.LEADER: (K.GOVERNMENT, TOWNSHIP),
    Role.LEGAL_ADVISER: (K.JUSTICE_OFFICE, TOWNSHIP),
    Role.ARCHIVIST: (K.GOVERNMENT, TOWNSHIP),
    Role.AUDITOR: (K.GOVERNMENT, TOWNSHIP),
    Role.SEC_ADMIN: (K.GOVERNMENT, TOWNSHIP),
    Role.SYS_ADMIN: (K.GOVERNMENT, TOWNSHIP),
    Role.PARTNER: (K.PROPERTY_COMPANY, TOWNSHIP),
}
# Ways to be posted. The first has the home's powers and nothing else.
WAYS = (
    "posted", "sibling", "other_district", "substitute", "substitute_ended", "moved_away",
    "recused", "recused_before", "no_post", "disabled",
)  # fmt: skip


@dataclass
class Person:
    """Somebody of the matrix. ``place`` and ``unit`` are where the running post is; empty
    without one."""

    role: Role
    way: str
    user: User
    place: str
    unit: Unit | None
    cookie: str = ""
    client: Client = field(default_factory=Client)

    def __str__(self) -> str:
        return f"{self.role.value} {self.way}"

    @property
    def stranger(self) -> bool:
        return self.way == "disabled"

    def browser(self) -> Client:
        """The person's browser with nothing in it but the session."""
        self.client.cookies.clear()
        self.client.cookies[settings.SESSION_COOKIE_NAME] = self.cookie
        self.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        return self.client


class Stage:
    """The world with the matrix's people in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.today: date = timezone.localdate()
        self.units: dict[tuple[str, UnitKindCode], Unit] = {}
        self.people: dict[tuple[Role, str], Person] = {
            (role, way): self._person(role, way) for role in Role for way in WAYS
        }
        for person in self.people.values():
            sign_in(person)

    def __iter__(self) -> Iterator[Person]:
        return iter(self.people.values())

    def area(self, place: str) -> Area:
        found: Area = getattr(self.world, place)
        return found

    def unit(self, place: str, kind: UnitKindCode) -> Unit:
        """The unit of ``kind`` at ``place``; opened when the place has none."""
        rows = Unit.objects.current().select_related("area")
        # Asked each time: a module takes back what it opened, a unit perhaps with it.
        found = rows.filter(area=self.area(place), kind=kind.value).first()
        self.units[place, kind] = found or open_unit(
            area=self.area(place), kind=kind, name=f"{self.area(place).name}{kind.value}",
            valid_from=SINCE,
        )  # fmt: skip
        return self.units[place, kind]

    def home(self, role: Role) -> Unit:
        kind, places = HOMES[role]
        return self.unit(places[0], kind)

    def _person(self, role: Role, way: str) -> Person:
        kind, (home, next_door, abroad) = HOMES[role]
        user = hire(username=f"{role.value}-{way}".replace("_", "-"), display_name=f"{role} {way}")
        yesterday, tomorrow = self.today - timedelta(days=1), self.today + timedelta(days=1)
        place = {"sibling": next_door, "moved_away": next_door, "other_district": abroad}.get(
            way, home
        )
        unit = self.unit(place, kind)
        if way == "moved_away":
            self._post(user, role, self.unit(home, kind), SINCE, self.today)
            self._post(user, role, unit, self.today)
        elif way == "substitute":
            self._stand_in(user, role, yesterday, tomorrow)
        elif way == "substitute_ended":
            self._stand_in(user, role, yesterday, self.today)
        elif way != "no_post":
            self._post(user, role, unit, SINCE)
        if way == "disabled":
            User.objects.filter(pk=user.pk).update(is_active=False)
        gone = way in ("no_post", "substitute_ended", "disabled")
        return Person(role, way, user, "" if gone else place, None if gone else unit)

    def _post(self, user: User, role: Role, unit: Unit, start: date, end: date | None = None,
              instead_of: Posting | None = None) -> Posting:  # fmt: skip
        return post(user, role, unit, unit.area, start, ended_on=end, substitute_for=instead_of)

    def _stand_in(self, user: User, role: Role, start: date, end: date) -> None:
        unit = self.home(role)
        first = Posting.objects.filter(unit=unit, role=role.value, ended_on=None).first()
        self._post(user, role, unit, start, end, first)


def sign_in(person: Person) -> None:
    """A session as the sign-in page begins it, without a password."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.user.get_session_auth_hash()
    sessions.begin(session, person.user)
    session[sessions.STARTED] -= 60  # before everything that the matrix registers
    session.save()
    person.cookie = session.session_key or ""
