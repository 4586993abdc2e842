"""Where, who works there, and who looked at what."""

from grids.models.access import AccessLog, AccessNote, Alarm, ApiToken, SignIn
from grids.models.area import Area, AreaPast, AreaSuccession, Tenant
from grids.models.change import Change
from grids.models.edition import AreaEdition, EditionChange, EditionLine
from grids.models.history import UnitPast, UnitSuccession
from grids.models.staff import Posting, User
from grids.models.unit import Unit, UnitKind, UnitRelation

__all__ = [
    "AccessLog",
    "AccessNote",
    "Alarm",
    "ApiToken",
    "Area",
    "AreaEdition",
    "AreaPast",
    "AreaSuccession",
    "Change",
    "EditionChange",
    "EditionLine",
    "Posting",
    "SignIn",
    "Tenant",
    "Unit",
    "UnitKind",
    "UnitPast",
    "UnitRelation",
    "UnitSuccession",
    "User",
]
