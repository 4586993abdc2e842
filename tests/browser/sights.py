"""Every page of the product, as somebody comes to see it: the list tests and screenshots share."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone
from playwright.sync_api import Page

from cases import codes
from grids.models import Alarm, EditionChange, User
from tests.browser.scene import OWN_DAY, Scene
from tests.cases.daysoff import workday_ahead

# Five working days over the Spring Festival, two of them paused, extended by a week.
ASKED = (
    "amount=5&unit=wd&day=2026-02-12&time=10:00&whose=agency&more=7&more_unit=d"
    "&from_1=2026-02-24T09:00&to_1=2026-02-26T09:00"
)
OPEN_ALL = "document.querySelectorAll('details.more').forEach(part => part.open = true)"


@dataclass(frozen=True, slots=True)
class Sight:
    """One page in one state. ``phone``: made for field staff and residents, large targets.

    ``then`` does what an address alone cannot: send a form with a mistake, open a menu.
    """

    name: str
    path: str
    user: User | None
    phone: bool = False
    then: Callable[[Page], None] | None = None


def see(page: Page, sight: Sight) -> None:
    """Bring ``page`` to the sight."""
    page.goto(sight.path)
    if sight.then:
        sight.then(page)


def sights(scene: Scene) -> list[Sight]:
    """Every page, with matters in it where it has an empty state too."""
    desk = [*desks(scene), *cases(scene), *looking(scene), *sealed(scene), *editions(scene)]
    desk += policies(scene)
    return [
        *anybodys(scene), *field_staffs(scene), *desk, *supervision(scene), *offices(scene),
        *petitions(scene),
    ]  # fmt: skip


def at(scene: Scene, name: str, rest: str = "") -> str:
    """The address of a matter's page, or of a page below it."""
    return f"/case/{scene.cases[name].number}/{rest}"


def anybodys(scene: Scene) -> list[Sight]:
    """Pages without signing in, and those of the house."""
    ouyang = scene.world.ouyang

    def look_up(page: Page) -> None:
        page.fill("[name=code]", scene.receipts["verify"].code)
        page.click("main form button")
        page.wait_for_selector(".steps")

    return [
        Sight("start", "/", None),
        Sight("login", "/login/", None),
        Sight("login-wrong", "/login/", None, then=sent("username,password", "nobody")),
        Sight("feedback", "/feedback/", None),
        Sight("not-found", "/no-such-page/", ouyang),
        Sight("password", "/password/", ouyang),
        Sight("deadline", "/deadline/", None, True),
        Sight("deadline-found", f"/deadline/?{ASKED}", None, True),
        Sight("deadline-wrong", "/deadline/?amount=0&unit=wd&day=2026-02-12", None, True),
        Sight("deadline-desk", f"/deadline/?{ASKED}", ouyang),
        Sight("progress", "/t/", None, True),
        Sight("progress-wrong", "/t/", None, True, sent("code", "0000")),
        Sight("progress-found", "/t/", None, True, look_up),
    ]


def field_staffs(scene: Scene) -> list[Sight]:
    """The phone of a grid worker."""
    gao, newcomer = scene.world.gao, scene.world.people["hu"]
    return [
        Sight("field-home", "/f/", gao, True),
        Sight("field-home-empty", "/f/", newcomer, True),
        Sight("field-new", "/new/", gao, True),
        Sight("field-new-wrong", "/new/", gao, True, sent("phone_1", "12ab", ".go button")),
        Sight("field-receipt", f"/receipt/{scene.cases['new'].number}/", gao, True),
        Sight("field-case", at(scene, "new"), gao, True),
        Sight("field-returned", at(scene, "returned"), gao, True),
        Sight("field-answer", at(scene, "returned", "act/answer/"), gao, True),
        Sight("field-notices", "/notices/", gao, True),
    ]


def desks(scene: Scene) -> list[Sight]:
    """Lists and forms of the offices, and the leader's overview."""
    world = scene.world
    ouyang, ling = world.ouyang, world.ling
    gao = world.posting(world.gao)
    return [
        Sight("desk-new", "/new/?kind=event", ouyang),
        Sight("desk-new-wrong", "/new/", ouyang, then=sent("phone_1", "12ab", ".go button")),
        Sight("queue", "/queue/", ouyang),
        Sight("queue-area", "/queue/?tab=area", world.su),
        Sight("queue-empty", "/queue/?tab=finished", world.bao),
        Sight("queue-nothing-found", "/queue/?q=没有这件事", ouyang),
        Sight("mediations", "/mediations/", world.mei),
        Sight("revisits", "/revisits/", ouyang),
        Sight("revisits-empty", "/revisits/", world.bao),
        Sight("notices", "/notices/", ouyang),
        Sight("notice-settings", "/notices/settings/", ouyang),
        Sight("notice-settings-phone", "/notices/settings/", world.gao, True),
        Sight("channels", "/office/channels/", scene.world.people["xi"]),
        Sight("channels-new", "/office/channels/new/", scene.world.people["xi"]),
        Sight(
            "channels-new-wrong",
            "/office/channels/new/",
            scene.world.people["xi"],
            then=sent("name", "群"),
        ),
        Sight("channel", f"/office/channels/{scene.channel.pk}/", scene.world.people["xi"]),
        Sight("grid-rename", f"/office/grids/{world.donghe1.pk}/rename/", world.cun),
        Sight("grid-close", f"/office/grids/{world.donghe2.pk}/close/", world.cun),
        Sight(
            "grid-close-shown",
            f"/office/grids/{world.donghe1.pk}/close/",
            world.cun,
            then=looked_through,
        ),
        Sight("grid-end-post", f"/office/posts/{gao.pk}/end/?from=grid", world.cun),
        Sight("calendar", "/office/calendar/?year=2026", world.su),
        Sight("calendar-provisional", "/office/calendar/?year=2031&district=0", ouyang),
        Sight("calendar-import", "/office/calendar/import/", world.people["xi"]),
        Sight(
            "calendar-import-wrong",
            "/office/calendar/import/",
            world.people["xi"],
            then=sent("document,table", "2027-13-01,off", "main form .go button"),
        ),
        Sight("calendar-day", f"/office/calendar/district/{world.hubin.pk}/", world.su),
        Sight(
            "calendar-day-shown",
            f"/office/calendar/district/{world.hubin.pk}/",
            world.su,
            then=own_day_looked_at,
        ),
        Sight("duty", "/office/duty/", ouyang),
        Sight("duty-empty", "/office/duty/", world.bao),
        Sight("duty-new", "/office/duty/new/", ouyang),
        Sight("duty-new-wrong", "/office/duty/new/", ouyang, then=sent("valid_to", "2020-01-01")),
        Sight("leader", "/leader/", ling),
        Sight("leader-then", f"/leader/?on={timezone.localdate()}", ling),
        Sight("leader-then-wrong", "/leader/?on=2999-01-15", ling),
        Sight("leader-list", f"/leader/list/?figure=open&area={world.hubin.pk}", ling),
    ]


def cases(scene: Scene) -> list[Sight]:
    """Matters at several stages, and the forms of acts."""
    world = scene.world
    ouyang = world.ouyang
    returning = at(scene, "township", "act/return/")
    return [
        Sight("case", at(scene, "township"), ouyang),
        Sight("case-done", at(scene, "verify"), ouyang),
        Sight("case-struck", at(scene, "struck"), world.su),
        Sight("case-paused", at(scene, "paused"), world.cun),
        Sight("act-return", returning, ouyang),
        Sight("act-return-wrong", returning, ouyang, then=sent()),
        Sight("act-co-handle", at(scene, "township", "act/co_handle/"), ouyang),
        Sight("act-mediate", at(scene, "mediating", "act/agree_written/"), world.mei),
    ]


def supervision(scene: Scene) -> list[Sight]:
    """Supervision orders, at the office and on the phone, and rounds of the look-back."""
    su, cun = scene.world.su, scene.world.cun
    [order] = scene.orders
    one = at(scene, "supervised", f"order/{order}/")
    return [
        Sight("orders", "/office/supervision/", su),
        Sight("orders-answer", "/office/supervision/?show=answer", scene.world.ouyang),
        Sight("orders-leader", "/office/supervision/", scene.world.ling),
        Sight("orders-empty", "/office/supervision/", scene.world.bao),
        Sight("order", one, su),
        Sight("order-print", f"{one}print/", su),
        Sight("orders-export", "/office/supervision/export/", su),
        Sight("act-order", at(scene, "township", "act/order/"), su),
        Sight("act-order-wrong", at(scene, "township", "act/order/"), su, then=sent()),
        Sight("order-new", at(scene, "township", "order/new/"), scene.world.ling),
        Sight(
            "order-new-wrong", at(scene, "township", "order/new/"), scene.world.ling, then=sent()
        ),
        Sight("act-reply", at(scene, "supervised", "act/reply_order/"), scene.world.ouyang),
        Sight("field-orders", "/office/supervision/", scene.world.gao),
        Sight("look-back", "/office/look-back/", su),
        Sight("look-back-village", "/office/look-back/", cun),
    ]


def petitions(scene: Scene) -> list[Sight]:
    """Petition matters: intake, case pages, forms of acts, what the resident sees."""
    pan, han = scene.world.people["pan"], scene.world.han
    replying = at(scene, "petition", "act/reply/")
    settling = at(scene, "agreeing", "act/settle/")

    def look_up(name: str) -> Callable[[Page], None]:
        case = scene.cases[name]

        def send(page: Page) -> None:
            page.fill("[name=code]", codes.tracking_code(case.public_id, case.code_key))
            page.click("main form button")
            page.wait_for_selector(".steps")

        return send

    return [
        Sight("petition-new", "/new/?kind=petition", pan),
        Sight("petition-lodged", at(scene, "lodged"), pan),
        Sight("petition-entrust", at(scene, "lodged", "act/entrust/"), pan),
        Sight("petition-accepted", at(scene, "petition"), han),
        Sight("petition-reply", replying, han),
        Sight("petition-reply-wrong", replying, han, then=sent()),
        Sight("petition-replied", at(scene, "replied"), han),
        Sight("petition-agree", at(scene, "petition", "act/conciliate/"), han),
        Sight("petition-upward", at(scene, "petition", "act/report_grave/"), han),
        Sight("petition-agreeing", at(scene, "agreeing"), han),
        Sight("petition-settle", settling, han),
        Sight("petition-settle-wrong", settling, han, then=sent()),
        Sight("petition-progress", "/t/", None, True, look_up("replied")),
        Sight("petition-meetings", "/t/", None, True, look_up("agreeing")),
    ]


def looking(scene: Scene) -> list[Sight]:
    """Who looked, prints, lists taken out, the auditor's log and alarms."""
    world = scene.world
    [alarm] = Alarm.objects.values_list("pk", flat=True)
    return [
        Sight("looks", at(scene, "township", "looks/"), world.ouyang),
        Sight("field-looks", at(scene, "township", "looks/"), world.gao, True),
        Sight("looks-empty", at(scene, "village", "looks/"), world.cun),
        Sight("case-print", at(scene, "township", "print/"), world.ouyang),
        Sight("list-export", "/queue/export/?tab=area", world.ouyang),
        Sight("list-export-wrong", "/queue/export/", world.ouyang, then=sent()),
        Sight("log", "/office/log/", world.dou),
        Sight("log-narrowed", "/office/log/?kind=print&unit=x", world.dou),
        Sight("log-export", "/office/log/export/", world.dou),
        Sight("alarms", "/office/log/alarms/", world.people["mi"]),
        Sight("alarm", f"/office/log/alarms/{alarm}/", world.dou),
        Sight("alarm-wrong", f"/office/log/alarms/{alarm}/", world.dou, then=sent()),
        Sight("notices-alarm", "/notices/", world.dou),
    ]


def editions(scene: Scene) -> list[Sight]:
    """A later edition of the list of places: read in, looked through, carried out."""
    admin = scene.world.people["xi"]
    one = f"/office/editions/{scene.edition.pk}/"
    gone = EditionChange.objects.get(edition=scene.edition, kind="gone")
    return [
        Sight("editions", "/office/editions/", admin),
        Sight("edition-new-wrong", "/office/editions/new/", admin, then=sent()),
        Sight("edition", one, admin),
        Sight("edition-change", f"{one}change/{gone.pk}/", admin),
        Sight("edition-apply", f"{one}apply/", admin),
    ]


def policies(scene: Scene) -> list[Sight]:
    """The ladder and the limits of a district: in force, written anew, simulated, decided on."""
    admin, second = scene.world.people["xi"], scene.world.people["an"]
    place, one = scene.world.hubin.pk, f"/office/policies/proposals/{scene.waiting.pk}/"
    ladder = f"/office/policies/{place}/ladder.dispute/"

    def wrong(page: Page) -> None:
        page.locator("#id_r1_amount").fill("0")
        page.locator("button[name=save]").click()
        page.wait_for_selector(".alert.err")

    return [
        Sight("policies", "/office/policies/", admin),
        Sight("policy", ladder, admin),
        Sight(
            "policy-new-wrong", f"/office/policies/{place}/ladder.dispute/new/", admin, then=wrong
        ),
        Sight("policy-number", f"/office/policies/{place}/revisit.days/new/", admin),
        Sight("policy-number-history", f"/office/policies/{place}/lookback.share/", admin),
        Sight("policy-limit", f"/office/policies/{place}/limit.mediation_month/new/", admin),
        Sight("proposal", one, second),
        Sight("proposal-number", f"/office/policies/proposals/{scene.numbered.pk}/", second),
        Sight("proposal-clocks", f"{one}clocks/", admin),
    ]


def sealed(scene: Scene) -> list[Sight]:
    """An accusation: its form, and the liaison's pages."""
    gao, jian = scene.world.gao, scene.world.people["jian"]
    one = f"/sealed/{scene.sealed.number}/"

    def opened(page: Page) -> None:
        page.locator("label.opt").nth(1).click()
        page.locator(".go button").click()
        page.wait_for_selector("ol.tl")

    def not_said_why(page: Page) -> None:
        page.locator(".go button").click()
        page.wait_for_selector(".f.err")

    return [
        Sight("sealed-new", "/sealed/new/", gao, True),
        Sight("sealed-new-wrong", "/sealed/new/", gao, True, sent("phone_1", "12ab", ".go button")),
        Sight("sealed-new-desk", "/sealed/new/", scene.world.ouyang),
        Sight("sealed-queue", "/sealed/", jian),
        Sight("sealed-routing", "/sealed/routing/", jian),
        Sight("sealed-gate", one, jian),
        Sight("sealed-gate-wrong", one, jian, then=not_said_why),
        Sight("sealed-opened", one, jian, then=opened),
        Sight("act-seal", at(scene, "township", "act/seal/"), scene.world.ouyang),
    ]


def offices(scene: Scene) -> list[Sight]:
    """Places, units, staff, who stays away, what helpers from outside see, minors."""
    world = scene.world
    xi, su, cun, wu = world.people["xi"], world.su, world.cun, world.people["wu"]
    village = f"/office/areas/{world.donghe.pk}/"
    gao = f"/office/staff/{world.gao.public_id}/"
    interest = at(scene, "interest", "act/recuse/")

    def uncovered(page: Page) -> None:
        page.locator("details summary.btn").first.click()

    return [
        Sight("office", "/office/", cun),
        Sight("machinery", "/office/health/", xi),
        Sight("areas", "/office/areas/", xi),
        Sight("area", village, xi),
        Sight("area-merge", f"{village}merge/", xi),
        Sight("units", "/office/units/", xi),
        Sight("unit", f"/office/units/{world.qingshi_centre.pk}/", xi),
        Sight("unit-new", "/office/units/new/", xi),
        Sight("unit-close", f"/office/units/{world.land_office.pk}/close/", xi),
        Sight("staff", "/office/staff/", world.ouyang),
        Sight("staff-new", "/office/staff/new/", world.ouyang),
        Sight("staff-import", "/office/staff/import/", world.ouyang),
        Sight("person", gao, cun),
        Sight("recusals", "/office/recusals/", su),
        Sight("recusals-empty", "/office/recusals/", world.bao),
        Sight("act-recuse", interest, su),
        Sight("act-recuse-wrong", interest, su, then=sent()),
        Sight("case-interest", at(scene, "interest"), su),
        Sight("extracts", "/extracts/", wu),
        Sight("extract", f"/extracts/{scene.cases['township'].number}/", wu),
        Sight("party-unit", at(scene, "township", "body-concerned/"), world.ouyang),
        Sight("case-minor", at(scene, "minor"), world.gao, True, uncovered),
        Sight("case-minor-above", at(scene, "minor"), cun),
    ]


def looked_through(page: Page) -> None:
    """Ask what a change would do."""
    page.locator("button[name=preview]").click()
    page.wait_for_selector(".alert[role=status], .alert.err")


def own_day_looked_at(page: Page) -> None:
    """Ask what a day off of the district's own would move."""
    page.fill("[name=day]", workday_ahead(2).isoformat())
    page.locator("label:has([name=kind][value=off])").click()
    page.fill("[name=reason]", OWN_DAY)
    page.locator("main form button").last.click()
    page.wait_for_selector("#days")


def sent(
    field: str = "", value: str = "", button: str = "main form button"
) -> Callable[[Page], None]:
    """Send the page's form with a mistake and wait for what it says."""

    def send(page: Page) -> None:
        if field:
            page.evaluate(OPEN_ALL)
            for name in field.split(","):
                page.fill(f"[name={name}]", value)
        page.locator(button).last.click()
        page.wait_for_selector(".alert.err")

    return send
