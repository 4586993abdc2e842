"""An installation for real cases: made once, empty but for its places and its first keeper.

The mark it leaves in the database and the mark of the demonstration exclude one another: no
demo login works where the first stands, no real case is written where the second does.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from cases.clocks import ZONE
from cases.models import Case, Policy
from cases.policies import set_policy
from cases.transitions import database_now
from governance.demo import cast, ladders
from grids import passwords, staff, tree
from grids.changes import changed
from grids.errors import BadInput, WrongState
from grids.importing import Edition, import_areas
from grids.models import Area, Tenant
from grids.passwords import Slip
from grids.roles import Role, UnitKindCode
from grids.units import standard_units

VERSION = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where the installation works, and who keeps its accounts at first."""

    areas: Path
    edition: Edition
    district: str  # code of the place the customer begins at
    prefix: str  # begins every case number
    username: str
    display_name: str


def is_real() -> bool:
    """Whether this database was made for real cases."""
    return Policy.objects.filter(area=None, code=ladders.REAL).exists()


@transaction.atomic
def install(wanted: Wanted) -> Slip:
    """Make the customer, its places and units, and the first security administrator.

    Returns the slip with the one-time password, which is nowhere else. Raises ``WrongState`` for
    a database that holds the demonstration, cases or an installation, ``BadInput`` and
    ``BadFile`` for what was asked; then nothing is written.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('demonstration'))")
    refuse_a_used_database()
    if wanted.username in {username for username, _, _ in cast.entries()}:
        raise BadInput("This is a name of the demonstration; choose another.", field="username")
    root = places(wanted)
    now = database_now()
    slip = first_keeper(wanted, root, now)
    set_policy(None, ladders.REAL, {"version": VERSION}, now.astimezone(ZONE).date())
    return slip


def refuse_a_used_database() -> None:
    if ladders.is_loaded():
        raise WrongState("This database holds demonstration data. Real cases need an empty one.")
    if is_real() or Tenant.objects.exists() or Case.objects.exists():
        raise WrongState("This database is in use already; it was left as it is.")


def places(wanted: Wanted) -> Area:
    """The place the customer begins at, with everything below and its units."""
    known = Area.objects.current().filter(
        code=wanted.district, code_system=wanted.edition.system, code_year=wanted.edition.year
    )
    root = known.first()
    if root is None:  # else the whole country is in already
        import_areas(wanted.areas, wanted.edition, root=wanted.district, prefix=wanted.prefix)
        return known.get()
    customer = Tenant.objects.create(prefix=wanted.prefix, name=root.name)
    tree.give(root, customer)
    standard_units(root)
    return root


def first_keeper(wanted: Wanted, root: Area, now: datetime) -> Slip:
    """The first security administrator, posted in the government of ``root``."""
    unit = root.units.current().get(kind=UnitKindCode.GOVERNMENT.value)
    user = staff.hire(username=wanted.username, display_name=wanted.display_name)
    password = passwords.give(user, now)
    user.save(update_fields=["password", "one_time_until"])
    posting = staff.post(user, Role.SEC_ADMIN.value, unit, unit.area, now.astimezone(ZONE).date())
    changed(None, "install", "posting", posting.pk, area=root, after={"role": posting.role})
    return Slip(
        user.username, user.display_name, unit.name, Role.SEC_ADMIN.label,
        now + passwords.VALID, password,
    )  # fmt: skip
