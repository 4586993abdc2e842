"""Petition matters at every stage, by the demonstration's people through the doors."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cases import intake, papers, resident, transitions
from cases.acting import Inputs
from cases.intake import Draft, PartyDraft
from cases.models import Case
from cases.rules.terms import Sender
from cases.rules.workflow import Kind, Verb
from cases.transitions import database_now
from governance.demo.places import TOWN
from grids.models import Area, Unit, User
from grids.roles import COORDINATING_KIND, Level

DEMAND = "请查清事实，依法办理，并书面报告办理结果。"
REPORT_DAYS = 40
ADMITTED = {"route": "petition", "method": "in_person"}
SUPPORT = {
    "conclusion": "support",
    "claim": "请求依法办理宅基地申请。",
    "facts": "经查，申请材料齐全，受理后未按时审查。",
    "basis": "《中华人民共和国土地管理法》第六十二条。",
    "note": "支持请求，三十日内完成审查并书面告知结果。",
}
NOT_SUPPORT = {
    "conclusion": "not_support",
    "claim": "请求核查土地流转费。",
    "facts": "经核对合同和转账记录，已按合同约定足额支付。",
    "basis": "《中华人民共和国民法典》第五百零九条。",
    "note": "请求缺乏事实依据，不予支持。",
}
LONGER = {
    "days": 30, "method": "post",
    "note": "情况复杂：需委托有资质的机构鉴定房屋裂缝成因，鉴定约需四周。",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """A matter as told; invented like everything here. ``ago``: days since the office heard of
    it; ``within``: days the sender gives for the answer."""

    category: str
    source: str
    text: str
    name: str
    ago: int = 0
    sender: str = ""
    within: int = 0


LODGED = Told(
    "P06", "visit", "在镇上务工满一年，单位没有给缴社会保险，请求督促补缴。", "周某", ago=11
)
FORWARDED = Told("P09", "online", "小区公共收益三年没有公示，请求公开账目。", "何某", ago=2)
HOTLINE = Told(
    "P07", "hotline", "早高峰公交改线后不停靠卫生院，老人看病不便，请求恢复站点。", "田某",
    sender=Sender.HOTLINE, within=10,
)  # fmt: skip
ENTRUSTED = Told(
    "P04", "transfer", "门前道路施工后排水不畅，雨天进水，请求修复。", "罗某某", ago=1,
    sender=Sender.ABOVE, within=45,
)  # fmt: skip
EXTENDED = Told("P04", "letter", "隔壁工地打桩后房屋墙体出现裂缝，请求查明原因并处理。", "江某")
REPLIED = Told("P03", "visit", "宅基地申请交了半年没有答复，请求依法办理。", "郑某", ago=3)
REVIEW = Told("P01", "letter", "土地流转费与合同写的不一致，请求核查。", "孙某", ago=4)


def lodge(town: Area) -> int:
    """Register the matters with the district's petition office and bring each to its stage: the
    township's centre answers them, its head grants a longer time, the district's reviews. How
    many there are."""
    desk = Desk(town)
    desk.told(LODGED)
    desk.passed_on(FORWARDED)
    desk.passed_on(HOTLINE)
    case = desk.told(ENTRUSTED)
    until = database_now() + timedelta(days=REPORT_DAYS)
    desk.said(case, Verb.ENTRUST, "petition", unit_id=desk.centre.pk, until=until, note=DEMAND)
    desk.said(case, Verb.ACCEPT, "township", **ADMITTED)
    desk.said(desk.accepted(EXTENDED), Verb.EXTEND, "head", **LONGER)
    desk.answered(REPLIED, SUPPORT)
    resident.answer(desk.answered(REVIEW, NOT_SUPPORT), Verb.APPLY_REVIEW, database_now())
    return len((LODGED, FORWARDED, HOTLINE, ENTRUSTED, EXTENDED, REPLIED, REVIEW))


class Desk:
    """The people who work on the matters, by their logins."""

    def __init__(self, town: Area) -> None:
        self.town = town
        kind = COORDINATING_KIND[Level.TOWNSHIP].value
        self.centre = Unit.objects.current().get(area=town, kind=kind)
        rows = User.objects.filter(username__in=["petition", "township", "head"])
        self.people = {row.username: row for row in rows}

    def told(self, matter: Told) -> Case:
        """One matter, registered now; the number of its resident is nobody's."""
        now, code = database_now(), matter.category
        place, phone = f"{TOWN}新街{int(code[1:])}号", f"1380000{code[1:]}{matter.ago:02d}"
        draft = Draft(
            Kind.PETITION, matter.text, code, matter.source, self.town.pk,
            parties=(PartyDraft(matter.name, phone, place),),
            received_at=now - timedelta(days=matter.ago) if matter.ago else None,
            sender=matter.sender, sender_due=in_days(now, matter.within),
        )  # fmt: skip
        return intake.register(draft, actor=self.people["petition"]).case

    def said(self, case: Case, verb: Verb, username: str, **inputs: Any) -> None:
        """One act by the door; a stage that cannot be reached is no demonstration."""
        transitions.act(case.number, verb, actor=self.people[username], inputs=Inputs(**inputs))

    def passed_on(self, matter: Told) -> Case:
        """Told and passed on to the township's centre."""
        case = self.told(matter)
        self.said(case, Verb.FORWARD, "petition", unit_id=self.centre.pk)
        return case

    def accepted(self, matter: Told) -> Case:
        case = self.passed_on(matter)
        self.said(case, Verb.ACCEPT, "township", **ADMITTED)
        return case

    def answered(self, matter: Told, opinion: dict[str, str]) -> Case:
        """Accepted and answered; the opinion was served today."""
        case = self.accepted(matter)
        served = {"served_on": papers.today(database_now()), "method": "in_person"}
        self.said(case, Verb.REPLY, "township", **opinion, **served)
        return case


def in_days(now: datetime, days: int) -> date | None:
    """The civil day so many days from now; None for no day at all."""
    return papers.today(now + timedelta(days=days)) if days else None
