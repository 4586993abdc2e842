"""Levels of the area tree, roles of staff, kinds of unit. Pure Python.

Source of levels and roles: the official divisions and the role table of the grid-governance
field (docs/glossary.md).
"""

from enum import IntEnum

from grids.words import Word


class Level(IntEnum):
    """A level of the managing tree; a larger number lies deeper."""

    PROVINCE = 1
    CITY = 2
    DISTRICT = 3
    TOWNSHIP = 4
    VILLAGE = 5
    GRID = 6
    MICROGRID = 7

    @property
    def label(self) -> str:
        """English label, the msgid of its translation."""
        return LEVEL_LABELS[self]

    @property
    def column(self) -> str:
        """The level column that areas and cases carry, without ``_id``."""
        return self.name.lower()


LEVEL_LABELS = {
    Level.PROVINCE: "Province",
    Level.CITY: "City",
    Level.DISTRICT: "District or county",
    Level.TOWNSHIP: "Township or subdistrict",
    Level.VILLAGE: "Village or community",
    Level.GRID: "Grid",
    Level.MICROGRID: "Micro-grid",
}

# Levels that have a column of their own on areas and cases, from the top down. Provinces lie
# above every customer and hold no case.
COLUMN_LEVELS = (
    Level.CITY,
    Level.DISTRICT,
    Level.TOWNSHIP,
    Level.VILLAGE,
    Level.GRID,
    Level.MICROGRID,
)


class AreaKind(Word):
    """What kind of place an area is, beside its level."""

    OFFICIAL = "official", "Official division"
    FUNCTIONAL_ZONE = "functional_zone", "Functional zone"
    GENERAL_GRID = "general_grid", "General grid"
    DEDICATED_GRID = "dedicated_grid", "Dedicated grid"
    MICROGRID = "microgrid", "Micro-grid"


class AreaChangeKind(Word):
    """How the tree of places is reorganised."""

    MOVE = "move", "Move"
    MERGE = "merge", "Merge"
    SPLIT = "split", "Split"
    RENAME = "rename", "Rename"
    CLOSE = "close", "Close"


class Role(Word):
    """What a posting lets a member of staff do."""

    GRID_WORKER = "grid_worker", "Grid worker"
    GRID_LEAD = "grid_lead", "Grid lead"
    MEDIATOR = "mediator", "People's mediator"
    VILLAGE_STAFF = "village_staff", "Village or community staff"
    TRIAGE = "triage", "Triage officer"
    HANDLER = "handler", "Handler"
    PETITION_OFFICE = "petition_office", "Petition officer"
    DISCIPLINE_LIAISON = "discipline_liaison", "Discipline liaison"
    LEADER = "leader", "Leader"
    LEGAL_ADVISER = "legal_adviser", "Legal adviser"
    ARCHIVIST = "archivist", "Archivist"
    AUDITOR = "auditor", "Security auditor"
    SEC_ADMIN = "sec_admin", "Security administrator"
    SYS_ADMIN = "sys_admin", "System administrator"
    PARTNER = "partner", "Staff of a partner body"


# Roles that see the whole area of a coordinating unit they are posted to.
AREA_ROLES = frozenset(
    {Role.GRID_WORKER, Role.GRID_LEAD, Role.VILLAGE_STAFF, Role.TRIAGE, Role.PETITION_OFFICE}
)
# Roles that see what their unit holds or helps with.
UNIT_ROLES = AREA_ROLES | {Role.HANDLER}
# Roles that work on a phone in the grid, not at a desk.
FIELD_ROLES = frozenset({Role.GRID_WORKER, Role.GRID_LEAD})
# Roles that see only what is assigned to them by name.
ASSIGNED_ROLES = frozenset({Role.MEDIATOR})
# Roles of bodies outside government (物业, 业委会, 群团): a masked extract of what they are called
# in to help with, never a case itself.
EXTRACT_ROLES = frozenset({Role.PARTNER})
# Roles that see true figures and a list without people (decisions.md 25), never the matter.
FIGURE_ROLES = frozenset({Role.LEADER})


class UnitKindCode(Word):
    """Kinds of unit the rules name. More kinds may exist as rows; these are always there."""

    GRID_TEAM = "grid_team", "Grid team"
    VILLAGE_COMMITTEE = "village_committee", "Village or residents' committee"
    MEDIATION_COMMITTEE = "mediation_committee", "People's mediation committee"
    GOVERNANCE_CENTRE = "governance_centre", "Governance centre"
    GOVERNMENT = "government", "Party committee and government"
    JUSTICE_OFFICE = "justice_office", "Justice office"
    POLICE_STATION = "police_station", "Police station"
    PETITION_OFFICE = "petition_office", "Petition office"
    DEPARTMENT = "department", "Department"
    COURT = "court", "Court"
    DISCIPLINE = "discipline", "Discipline inspection"
    MASS_ORGANISATION = "mass_organisation", "Mass organisation"
    PROPERTY_COMPANY = "property_company", "Property company"
    OWNERS_COMMITTEE = "owners_committee", "Owners' committee"


# The unit kind that coordinates at each level; its posts see the area.
COORDINATING_KIND = {
    Level.CITY: UnitKindCode.GOVERNANCE_CENTRE,
    Level.DISTRICT: UnitKindCode.GOVERNANCE_CENTRE,
    Level.TOWNSHIP: UnitKindCode.GOVERNANCE_CENTRE,
    Level.VILLAGE: UnitKindCode.VILLAGE_COMMITTEE,
    Level.GRID: UnitKindCode.GRID_TEAM,
    Level.MICROGRID: UnitKindCode.GRID_TEAM,
}
