"""A small customer with named people and a stranger next door. Every database test starts here.

    湖滨市 (city, above the customers)
      湖滨区 (customer LB)                su     triage in the district's governance centre
      │                                   ling   leader in the district government
      │                                   dou    auditor
      ├ 青石镇                            ouyang triage in the township's governance centre
      │ │                                 tan    second triage officer there
      │ │                                 han    handler in 青石镇自然资源所
      │ ├ 东河村                          cun    village staff, also in the mediation committee
      │ │ │                               mei    mediator
      │ │ ├ 第1网格                       gao    grid worker
      │ │ │ └ 第1微网格
      │ │ └ 第2网格
      │ └ 石桥村 (no grids)
      └ 柳林镇                            bao    triage, must never see anything of 青石镇
        └ 渡口村                          du     village staff
          └ 第1网格                       shui   grid worker
      南山区 (customer NS)                wai    triage, must never see anything of 湖滨区
        └ 云岭镇 └ 松坡村 └ 第1网格

Places, units, people and tenants are attributes under their English names.
"""

from datetime import UTC, date, datetime

from grids.models import Area, Posting, Tenant, Unit, User
from grids.roles import Level, Role, UnitKindCode
from grids.staff import post
from grids.tree import add_area
from grids.units import open_unit

SINCE = date(2024, 1, 1)
MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai, an ordinary week
PASSWORD = "correct horse battery"


class World:
    """The cast. ``build`` writes it; the fixtures hand out fresh copies."""

    def __init__(self) -> None:
        self.people: dict[str, User] = {}
        self._add_places()
        self._add_strangers()
        self._name_units()
        self._add_people()

    # --- what tests may add -----------------------------------------------------------
    def person(
        self,
        username: str,
        role: Role,
        unit: Unit,
        area: Area | None = None,
        started_on: date = SINCE,
    ) -> User:
        """A member of staff with one posting, for the unit's own area unless told."""
        user: User = self.people.get(username) or User.objects.create_user(
            username, PASSWORD, username.title()
        )
        self.people[username] = user
        post(user, role, unit, area or unit.area, started_on)
        return user

    def unit(self, area: Area, kind: UnitKindCode) -> Unit:
        """The running unit of ``kind`` at ``area``."""
        return Unit.objects.current().select_related("area").get(area=area, kind=kind.value)

    def posting(self, user: User) -> Posting:
        """The only running posting of ``user``."""
        return Posting.objects.select_related("unit", "area").get(user=user, ended_on=None)

    # --- building ---------------------------------------------------------------------
    def _place(self, parent: Area | None, level: Level, name: str, number: str = "",
               tenant: Tenant | None = None) -> Area:  # fmt: skip
        return add_area(
            parent=parent,
            level=level,
            name=name,
            valid_from=SINCE,
            number=number,
            tenant=tenant,
        )

    def _add_places(self) -> None:
        self.lb = Tenant.objects.create(name="湖滨区", prefix="LB")
        self.city = self._place(None, Level.CITY, "湖滨市")
        self.hubin = self._place(self.city, Level.DISTRICT, "湖滨区", tenant=self.lb)
        self.qingshi = self._place(self.hubin, Level.TOWNSHIP, "青石镇")
        self.liulin = self._place(self.hubin, Level.TOWNSHIP, "柳林镇")
        self.donghe = self._place(self.qingshi, Level.VILLAGE, "东河村")
        self.shiqiao = self._place(self.qingshi, Level.VILLAGE, "石桥村")
        self.donghe1 = self._place(self.donghe, Level.GRID, "第1网格", "1")
        self.donghe2 = self._place(self.donghe, Level.GRID, "第2网格", "2")
        self.donghe1a = self._place(self.donghe1, Level.MICROGRID, "第1微网格", "1")
        self.dukou = self._place(self.liulin, Level.VILLAGE, "渡口村")
        self.dukou1 = self._place(self.dukou, Level.GRID, "第1网格", "1")

    def _add_strangers(self) -> None:
        self.ns = Tenant.objects.create(name="南山区", prefix="NS")
        self.nanshan = self._place(self.city, Level.DISTRICT, "南山区", tenant=self.ns)
        self.yunling = self._place(self.nanshan, Level.TOWNSHIP, "云岭镇")
        self.songpo = self._place(self.yunling, Level.VILLAGE, "松坡村")
        self.songpo1 = self._place(self.songpo, Level.GRID, "第1网格", "1")

    def _name_units(self) -> None:
        kind = UnitKindCode
        self.hubin_centre = self.unit(self.hubin, kind.GOVERNANCE_CENTRE)
        self.hubin_government = self.unit(self.hubin, kind.GOVERNMENT)
        self.hubin_petition = self.unit(self.hubin, kind.PETITION_OFFICE)
        self.qingshi_centre = self.unit(self.qingshi, kind.GOVERNANCE_CENTRE)
        self.qingshi_government = self.unit(self.qingshi, kind.GOVERNMENT)
        self.qingshi_justice = self.unit(self.qingshi, kind.JUSTICE_OFFICE)
        self.qingshi_police = self.unit(self.qingshi, kind.POLICE_STATION)
        self.liulin_centre = self.unit(self.liulin, kind.GOVERNANCE_CENTRE)
        self.nanshan_centre = self.unit(self.nanshan, kind.GOVERNANCE_CENTRE)
        self.donghe_committee = self.unit(self.donghe, kind.VILLAGE_COMMITTEE)
        self.donghe_mediation = self.unit(self.donghe, kind.MEDIATION_COMMITTEE)
        self.shiqiao_committee = self.unit(self.shiqiao, kind.VILLAGE_COMMITTEE)
        self.dukou_committee = self.unit(self.dukou, kind.VILLAGE_COMMITTEE)
        self.donghe1_team = self.unit(self.donghe1, kind.GRID_TEAM)
        self.donghe2_team = self.unit(self.donghe2, kind.GRID_TEAM)
        self.dukou1_team = self.unit(self.dukou1, kind.GRID_TEAM)
        self.songpo1_team = self.unit(self.songpo1, kind.GRID_TEAM)
        self.land_office = open_unit(
            area=self.qingshi,
            kind=kind.DEPARTMENT,
            name="青石镇自然资源所",
            valid_from=SINCE,
            phone="0000-1234567",
            government=self.qingshi_government,
        )

    def _add_people(self) -> None:
        self.gao = self.person("gao", Role.GRID_WORKER, self.donghe1_team)
        self.mei = self.person("mei", Role.MEDIATOR, self.donghe_mediation)
        self.cun = self.person("cun", Role.VILLAGE_STAFF, self.donghe_committee)
        self.person("cun", Role.VILLAGE_STAFF, self.donghe_mediation)
        self.ouyang = self.person("ouyang", Role.TRIAGE, self.qingshi_centre)
        self.tan = self.person("tan", Role.TRIAGE, self.qingshi_centre)
        self.han = self.person("han", Role.HANDLER, self.land_office)
        self.bao = self.person("bao", Role.TRIAGE, self.liulin_centre)
        self.du = self.person("du", Role.VILLAGE_STAFF, self.dukou_committee)
        self.shui = self.person("shui", Role.GRID_WORKER, self.dukou1_team)
        self.su = self.person("su", Role.TRIAGE, self.hubin_centre)
        self.ling = self.person("ling", Role.LEADER, self.hubin_government)
        self.dou = self.person("dou", Role.AUDITOR, self.hubin_government)
        self.wai = self.person("wai", Role.TRIAGE, self.nanshan_centre)
