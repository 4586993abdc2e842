"""A small customer at work: matters of every kind and stage, for pages that shall not be empty."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils import timezone

from cases import channels, editions, figures, intake, lookback, looks, outbox
from cases.channels import Wanted
from cases.intake import Draft, PartyDraft, Receipt
from cases.models import (
    Case,
    CaseNote,
    Channel,
    MediationSession,
    Party,
    PolicyProposal,
    PolicySimulation,
    Revisit,
    SealedMatter,
    Story,
    SupervisionOrder,
)
from cases.pages.calendar import EXAMPLE
from cases.rules.channels import ChannelKind
from cases.rules.hours import TimeOff
from cases.rules.limits import LIMITS
from cases.rules.masking import name as mask_name
from cases.rules.workflow import Kind, Verb
from cases.transitions import database_now
from grids.models import Area, AreaEdition, EditionChange, Unit, User
from grids.roles import Role, UnitKindCode
from grids.stafffile import COLUMNS, OPTIONAL
from grids.units import open_unit
from tests.cases import petitions
from tests.cases.matters import do, in_days
from tests.cases.nights import on_roster
from tests.cases.proposing import approved, limit, proposed, wish
from tests.cases.sealed import accuse
from tests.cases.test_editions import ACCEPT, CODES, LATER, read_in
from tests.world import SINCE, World

STORIES = (
    ("D02", "两家因排水沟走向争执，雨水流进西边院子，双方情绪平稳。", "2组15号"),
    ("D03", "邻居翻建房屋，滴水檐伸到这边院墙上，要求退回。", "3组7号"),
    ("D07", "承包地边界的田埂被挖，少了一垄地。", "村东坡地"),
    ("D14", "小区物业停水三天没有通知，业主拒交物业费。", "幸福里小区"),
    ("D02", "楼上夜里装修，楼下老人睡不着，说了两次没有用。", "2号楼301"),
    ("D01", "夫妻分居后为孩子上学的费用起争执。", ""),
    ("D10.1", "工地欠了三个月工钱，七名工人想讨个说法。", "镇东工地"),
)
EVENTS = (
    ("E03", "村口路灯坏了三盏，晚上看不清路。", 9),
    ("E03", "井盖松动，车一过就响。", 2),
    ("E02", "老人说低保证明不知道去哪里办。", 0),
)


CHILD = "欧阳小满"
OWN_DAY = "泼水节，自治州决定放假"


@dataclass
class Scene:
    """The matters by what they show, and everything that is written in Chinese."""

    world: World
    sealed: SealedMatter = field(init=False)
    edition: AreaEdition = field(init=False)
    channel: Channel = field(init=False)
    waiting: PolicyProposal = field(init=False)
    numbered: PolicyProposal = field(init=False)
    cases: dict[str, Case] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    orders: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        world = self.world
        world.person("hu", Role.GRID_WORKER, world.donghe2_team)  # has recorded nothing yet
        self._roster()
        self._log()
        self._move()
        self._end()
        self._supervise()
        self._look()
        self._seal()
        self._read_edition()
        self._care()
        self._propose()
        self._petition()
        outbox.deliver()
        figures.fold()

    def _roster(self) -> None:
        """Who stands in for whom out of hours: one unit, one person, one that is over."""
        world = self.world
        on_roster(world.qingshi_centre, stand_in=world.qingshi_police, sorts=(TimeOff.EVENING,))
        weekend = (TimeOff.WEEKEND, TimeOff.HOLIDAY)
        on_roster(world.qingshi_centre, person=world.tan, sorts=weekend)
        on_roster(world.land_office, person=world.han, end=date(2026, 2, 1))

    # --- what is told -----------------------------------------------------------------
    def _register(self, name: str, actor: User, draft: Draft) -> None:
        self.receipts[name] = receipt = intake.register(draft, actor=actor)
        self.cases[name] = receipt.case

    def _log(self) -> None:
        world = self.world
        names = ("new", "village", "mediating", "township", "district", "verify", "struck")
        for number, (name, (category, text, place)) in enumerate(
            zip(names, STORIES, strict=True), start=1
        ):
            parties = (
                PartyDraft("张三", f"1380000567{number}", "2组15号"),
                PartyDraft("欧阳小明", "", "2组16号", "respondent"),
            )
            told = Draft(
                Kind.DISPUTE, text, category, place=place, parties=parties, people=number,
                area_id=world.donghe1.pk, urgent=name == "township",
            )  # fmt: skip
            self._register(name, world.gao, told)
        now = database_now()
        for name, (category, text, days) in zip(("late", "lamp", "paper"), EVENTS, strict=True):
            kind = Kind.REQUEST if category == "E02" else Kind.EVENT
            told = Draft(kind, text, category, received_at=now - timedelta(days=days))
            self._register(name, world.gao, told)
        told = Draft(Kind.EVENT, "有人持刀威胁邻居，已报警。", "E03", violence=True)
        self._register("danger", world.gao, told)
        told = Draft(
            Kind.DISPUTE, "停车吵架，当场说开了。", "D02", on_the_spot=True, result="划线停车。"
        )
        self._register("spot", world.gao, told)
        for name, text in (
            ("returned", "说水费不对，请查。"),
            ("paused", "果树越界，等收完果再量。"),
        ):
            self._register(name, world.gao, Draft(Kind.DISPUTE, text, "D02"))
        told = Draft(Kind.DISPUTE, "柳林镇的事：两家争一口井。", "D02")
        self._register("neighbour", world.shui, told)

    # --- what is done -----------------------------------------------------------------
    def act(self, name: str, verb: Verb, actor: User, **inputs: object) -> None:
        self.cases[name] = do(self.cases[name], verb, actor, **inputs)

    def _raise(self, name: str, *actors: User) -> None:
        for actor in actors:
            self.act(name, Verb.RAISE, actor, reason="beyond_power", note="村里调不了。")

    def _move(self) -> None:
        world, act = self.world, self.act
        gao, cun, ouyang, su = world.gao, world.cun, world.ouyang, world.su
        for name in ("village", "mediating", "returned", "paused", "struck"):
            self._raise(name, gao)
        act("mediating", Verb.SIGN, cun)
        act("mediating", Verb.ASSIGN, cun, user_id=world.mei.pk)
        agreed = {"applicant_agrees": True, "respondent_agrees": True}
        act("mediating", Verb.MEDIATE, world.mei, until=in_days(2), place="村调解室", **agreed)
        act("returned", Verb.RETURN, cun, reason="incomplete", note="请写明哪一户。")
        act("paused", Verb.SIGN, cun)
        act(
            "paused", Verb.SUSPEND, cun, reason="party_absent", note="外出务工。", until=in_days(20)
        )
        for name in ("township", "district", "verify"):
            self._raise(name, gao, cun)
        act("township", Verb.SIGN, ouyang)
        act("township", Verb.CO_HANDLE, ouyang, unit_id=world.land_office.pk, note="请去现场量地。")
        act("township", Verb.NUDGE, su, note="请在周五前回话。")
        self._raise("district", ouyang)
        act("verify", Verb.SIGN, ouyang)
        act("verify", Verb.FINISH, ouyang, note="双方同意按规定缴费，物业已道歉。")

    def _end(self) -> None:
        world, act = self.world, self.act
        agreed = {"applicant_agrees": True, "respondent_agrees": True}
        act("struck", Verb.SIGN, world.cun)
        act("struck", Verb.MEDIATE, world.cun, **agreed)
        note = "一个月内付清工钱。"
        act("struck", Verb.AGREE_WRITTEN, world.cun, note=note, perform_by=in_days(30))
        act("struck", Verb.VERIFY, world.ouyang, note="电话问过两名工人，属实。")
        act("struck", Verb.STRIKE, world.ouyang)
        Revisit.objects.filter(case=self.cases["struck"]).update(due_at=in_days(1))

    def _supervise(self) -> None:
        """An order that was answered and sent back, one to the village, and a look-back."""
        world, act = self.world, self.act
        text = "村道塌了一角，两次反映没有人来修。"
        self._register("supervised", world.gao, Draft(Kind.DISPUTE, text, "D02"))
        self._raise("supervised", world.gao, world.cun)
        note = "请查清两次反映未办的原因，书面报告办理情况，附现场照片。"
        act("supervised", Verb.ORDER, world.su, reason="shirking", note=note)
        self.orders = list(self.cases["supervised"].supervisions.values_list("pk", flat=True))
        act("supervised", Verb.REPLY_ORDER, world.ouyang, note="已派人查看，下周施工。")
        act("supervised", Verb.REJECT_REPLY, world.su, note="缺少施工日期和负责单位。", days=3)
        act("village", Verb.ORDER, world.ouyang, reason="by_hand", note="请说明进展。")
        act("village", Verb.REPLY_ORDER, world.cun, note="本周五上门调解。")
        lookback.draw(world.hubin, timezone.localdate().replace(day=1), database_now())

    # --- who looked -------------------------------------------------------------------
    def _look(self) -> None:
        """A few looks at one matter, and an account that went beyond the limit."""
        world, case = self.world, self.cases["township"]
        world.person("mi", Role.SEC_ADMIN, world.hubin_government)
        for user, action, reason in (
            (world.gao, "view", ""), (world.ouyang, "unmask", "contact"), (world.su, "print", ""),
        ):  # fmt: skip
            looks.look(user, case, action, fields="text,parties", reason=reason, address="10.0.0.8")
        numbers = [f"LB2025-{n:06}" for n in range(51)]
        looks.exported(
            world.tan, "list:area", numbers, tenant_id=world.lb.pk, fields="", reason="report",
            address="10.0.0.9", post=world.tan.posts[-1],
        )  # fmt: skip

    def _read_edition(self) -> None:
        """A later edition of the list of 湖滨区: one change accepted, one unclear, two waiting."""
        world = self.world
        admin = world.person("xi", Role.SYS_ADMIN, world.hubin_government)
        for name, code in CODES.items():
            Area.objects.filter(name=name).update(code=code, code_system="NBS", code_year=2023)
        robot = Wanted(
            ChannelKind.WECOM, "综治中心值班群", "https://qyapi.weixin.qq.com/send?key=K"
        )
        self.channel = channels.open_channel(admin, world.qingshi_centre, robot)
        self.edition = read_in(admin, *LATER)
        rows = EditionChange.objects.filter(edition=self.edition)
        editions.decide(admin, self.edition, rows.filter(kind="renamed"), ACCEPT)
        rows.filter(kind="moved").update(unsure=True)

    def _propose(self) -> None:
        """A ladder in force by two people, and a limit that waits for the second one."""
        approved(self.world, wish(restart=False))
        self.waiting = proposed(self.world, wish("limit.event_general", limit(2)))
        days = {"days": 3, "source": "湖滨区督办工作办法第6条"}
        self.numbered = proposed(self.world, wish("supervision.days", days, restart=False))

    def _petition(self) -> None:
        """Petition matters: registered, accepted, answered, one whose sides want to agree."""
        self.cases["lodged"] = petitions.lodged(self.world)
        self.cases["petition"] = petitions.accepted(self.world)
        self.cases["replied"] = petitions.replied(self.world)
        self.cases["agreeing"] = petitions.conciliating(self.world)
        self.act(
            "agreeing", Verb.SESSION, self.world.han, until=in_days(3), place="青石镇综治中心二楼"
        )

    # --- whom it is about, who stays away, who helps from outside -------------------------
    def _care(self) -> None:
        """A child among the parties, a declared interest, a body outside government."""
        world = self.world
        for name, text in (
            ("minor", f"{CHILD}和同学在村口打闹，家长起了争执。"),
            ("interest", "两家共用的过道堆了柴火，进出不便。"),
        ):
            parties = (
                PartyDraft(CHILD, "13800005670", "2组15号", minor=name == "minor"),
                PartyDraft("李四维", "13800005671", "2组16号", "respondent"),
            )
            self._register(name, world.gao, Draft(Kind.DISPUTE, text, "D02", parties=parties))
        self._raise("interest", world.gao, world.cun)
        self.act("interest", Verb.DECLARE_INTEREST, world.ouyang, note="被申请人是本人表兄。")
        company = open_unit(
            area=world.qingshi, kind=UnitKindCode.PROPERTY_COMPANY, name="安居物业",
            valid_from=SINCE,
        )  # fmt: skip
        world.person("wu", Role.PARTNER, company)
        self.act("township", Verb.CO_HANDLE, world.ouyang, unit_id=company.pk, note="请协助量地。")

    def _seal(self) -> None:
        """Discipline organs, and a matter about the township's land office."""
        petitions.extras(self.world)
        self.sealed = accuse(self.world, self.world.land_office, text=STORIES[0][1])

    # --- what is Chinese and no word of ours ---------------------------------------------
    def data(self) -> list[str]:
        """Names of places, units and formats and the words people wrote, the longest first."""
        found: set[str] = set()
        for model, column in (
            (Area, "name"), (Unit, "name"), (User, "display_name"), (Story, "text"),
            (Story, "summary"), (Story, "place"), (CaseNote, "text"), (Party, "name"),
            (Party, "address"), (EditionChange, "new_name"), (AreaEdition, "document"),
            (Channel, "name"), (Channel, "host"), (PolicyProposal, "reason"),
            (MediationSession, "place"),
        ):  # fmt: skip
            found |= {value for value in model._default_manager.values_list(column, flat=True)}
        found |= {"CSV", "UTF-8", self.edition.system, self.edition.file}  # the same everywhere
        found |= {row.number for row in SupervisionOrder.objects.all()} - {""}
        found |= {mask_name(name, minor=True) for name in found if 2 <= len(name) <= 4}
        found |= {mask_name(name) for name in found if 2 <= len(name) <= 4}
        # A child in a story, columns of a table, an example of an account's name.
        found |= {text.replace(CHILD, mask_name(CHILD, minor=True)) for text in found}
        found |= {*COLUMNS, *OPTIONAL, "CSV UTF-8", "zhang.wei"}
        # The number of a notice, its formats and lines, a district's own day.
        found |= {"国办发明电〔2026〕12号", "JSON", "ics", "date,kind[,name]", OWN_DAY, *EXAMPLE}
        found |= {"休", "班"}
        # Documents are quoted as they are called; the beginning of a list's fingerprint.
        found |= {limit.source for limit in LIMITS.values() if limit.source}
        bodies = PolicyProposal.objects.values_list("body", flat=True)
        found |= {body["source"] for body in bodies if body.get("source")}
        found |= set(PolicyProposal.objects.values_list("reason", flat=True))
        found |= {one.digest[:16] for one in PolicySimulation.objects.all()}
        found |= set(User.objects.values_list("username", flat=True))
        people = User.objects.values_list("display_name", "username")
        found |= {f"{name} · {account}" for name, account in people}  # in lists to choose from
        return sorted(filter(None, found), key=len, reverse=True)
