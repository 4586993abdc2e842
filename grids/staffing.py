"""What a running posting means for scope: a plain value, computed once per request. Pure."""

from dataclasses import dataclass

from grids.roles import AREA_ROLES, ASSIGNED_ROLES, COORDINATING_KIND, FIGURE_ROLES, Level, Role
from grids.roles import UNIT_ROLES as UNIT_ROLES


@dataclass(frozen=True, slots=True)
class Post:
    """One running posting of one person."""

    id: int
    user_id: int
    role: Role
    unit_id: int
    unit_name: str
    unit_kind: str
    area_id: int
    area_name: str
    area_path: str
    level: Level
    tenant_id: int | None

    @property
    def coordinating(self) -> bool:
        """True in the unit that coordinates its area (网格, 村居委会, 综治中心)."""
        kind = COORDINATING_KIND.get(self.level)
        return kind is not None and kind.value == self.unit_kind

    @property
    def sees_area(self) -> bool:
        """True when the post sees every ordinary case of its area."""
        return self.coordinating and self.role in AREA_ROLES

    @property
    def sees_unit(self) -> bool:
        """True when the post sees what its unit holds or helps with."""
        return self.role in UNIT_ROLES

    @property
    def sees_assigned(self) -> bool:
        """True when the post sees only what names its holder."""
        return self.role in ASSIGNED_ROLES

    @property
    def sees_figures(self) -> bool:
        """True when the post sees counts and the list without people of its area."""
        return self.role in FIGURE_ROLES or self.sees_area and self.level <= Level.VILLAGE
