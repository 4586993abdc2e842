"""The receipt: number, code, what comes next. No story and no name on it."""

import re

import pytest
import segno
from django.test import Client
from django.utils.translation import gettext

from cases import codes, intake
from cases.models import Case
from cases.receipt import next_step, office_name, office_phone, slip
from cases.rules.workflow import Verb
from grids import qr
from grids.models import Unit
from tests.cases.desk import stands_alone
from tests.cases.matters import climb, dispute, do, draft, event, in_days
from tests.world import World

PAGE = "https://jieyou.example/t/"


def fresh(case: Case) -> Case:
    return Case.objects.select_related("holder_unit", "area", "village").get(pk=case.pk)


class TestSlip:
    def test_the_codes_of_the_case_in_groups(self, world: World) -> None:
        receipt = intake.register(draft(), actor=world.gao)
        paper = slip(fresh(receipt.case), PAGE)
        assert paper.code.replace(" ", "") == receipt.code
        assert re.fullmatch(r"(\w{4} ){6}\w{2}", paper.code)
        assert paper.spoken.replace(" ", "") == receipt.spoken
        assert paper.pin == receipt.pin
        assert paper.page == PAGE
        assert paper.qr == qr.svg(f"{PAGE}#{receipt.code}", gettext("QR code of the progress page"))

    def test_the_qr_code_is_the_address(self, world: World) -> None:
        text = f"{PAGE}#{codes.tracking_code(dispute(world).public_id, 1)}"
        svg = qr.svg(text, "x")
        assert "style" not in svg
        side = int(re.search(r'viewBox="0 0 (\d+)', svg).group(1))
        drawn = [[0] * side for _ in range(side)]
        for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg.split("#000")[1]):
            for place in range(int(x), int(x) + int(length)):
                drawn[int(y)][place] = 1
        rows = segno.make(text, error="m", micro=False).matrix_iter(border=qr.QUIET)
        assert drawn == [list(row) for row in rows]

    def test_a_grid_is_named_with_its_village(self, world: World) -> None:
        case = fresh(dispute(world))
        assert office_name(case) == "东河村第1网格"
        assert slip(case, PAGE).place == "东河村第1网格"
        assert office_name(fresh(climb(case))) == world.donghe_mediation.name
        at_village = fresh(dispute(world, world.cun))
        assert slip(at_village, PAGE).place == "东河村"

    def test_the_phone_of_the_closest_office_that_has_one(self, world: World) -> None:
        case = dispute(world)
        assert office_phone(fresh(case)) == ""
        Unit.objects.filter(pk=world.qingshi_centre.pk).update(phone="0000-1111111")
        assert office_phone(fresh(case)) == "0000-1111111"
        Unit.objects.filter(pk=world.donghe_committee.pk).update(phone="0000-2222222")
        assert office_phone(fresh(case)) == "0000-2222222"
        Unit.objects.filter(pk=world.donghe1_team.pk).update(phone="0000-3333333")
        assert office_phone(fresh(case)) == "0000-3333333"

    def test_the_delay_of_a_late_entry(self, world: World) -> None:
        assert slip(fresh(dispute(world)), PAGE).delay_days == 0
        assert slip(fresh(dispute(world, received_at=in_days(-0.9))), PAGE).delay_days == 0
        assert slip(fresh(dispute(world, received_at=in_days(-2.1))), PAGE).delay_days == 2


@pytest.mark.usefixtures("english")
class TestWhatComesNext:
    def test_a_dispute_climbs_by_itself(self, world: World) -> None:
        case = fresh(dispute(world))
        due = case.due_at.astimezone(intake.clocks.ZONE)
        assert next_step(case) == (
            f"东河村第1网格 works on it. If it is not settled by {due:%Y-%m-%d %H:%M}, "
            "it goes up to the next level by itself."
        )

    def test_an_event_is_answered_by_its_limit_not_the_sign_for(self, world: World) -> None:
        case = fresh(event(world))
        limit = case.clocks.get(code="event_general").due_at.astimezone(intake.clocks.ZONE)
        assert f"answers by {limit:%Y-%m-%d %H:%M}" in next_step(case)

    def test_danger_was_passed_on(self, world: World) -> None:
        case = fresh(dispute(world, violence=True))
        assert "Passed on at once to" in next_step(case)
        assert world.qingshi_centre.name in next_step(case)

    def test_settled_on_the_spot_is_checked(self, world: World) -> None:
        case = fresh(dispute(world, on_the_spot=True, result="好了"))
        assert "Somebody else checks" in next_step(case)

    def test_suspended_and_closed(self, world: World) -> None:
        case = dispute(world)
        do(case, Verb.SIGN, world.gao)
        do(case, Verb.SUSPEND, world.gao, reason="weather", note="台风", until=in_days(3))
        assert "looked at again" in next_step(fresh(case))
        void = dispute(world)
        do(void, Verb.VOID, world.gao, reason="wrong_entry", note="录错了")
        assert next_step(fresh(void)) == "This matter is closed."


@pytest.fixture
def english(settings: object) -> None:
    settings.LANGUAGE_CODE = "en"  # type: ignore[attr-defined]
    settings.LANGUAGES = [("en", "English")]  # type: ignore[attr-defined]


class TestPage:
    def test_the_writer_opens_it_again(self, world: World, client: Client) -> None:
        client.force_login(world.gao)
        receipt = intake.register(draft(), actor=world.gao)
        page = client.get(f"/receipt/{receipt.case_number}/")
        assert page.status_code == 200
        for told in (receipt.case_number, codes.grouped(receipt.code), receipt.pin):
            assert told in page.text
        assert page["Cache-Control"] == "no-store"

    def test_neither_story_nor_party_is_on_it(self, world: World, client: Client) -> None:
        client.force_login(world.gao)
        page = client.get(f"/receipt/{dispute(world).number}/").text
        for told in ("排水沟", "张三", "李四"):
            assert told not in page
        assert not stands_alone("5678", page)

    def test_nobody_else_does(self, world: World, client: Client) -> None:
        case = dispute(world)
        for user in (world.cun, world.ouyang, world.bao, world.wai, world.ling):
            client.force_login(user)
            assert client.get(f"/receipt/{case.number}/").status_code == 404
        client.logout()
        assert client.get(f"/receipt/{case.number}/").status_code == 302

    def test_similar_matters_stay_off_the_paper(self, world: World, client: Client) -> None:
        client.force_login(world.gao)
        other = dispute(world, text="屋后排水沟走向不清，两家争吵")
        case = dispute(world, text="排水沟走向不清，两家多次争吵")
        page = client.get(f"/receipt/{case.number}/").text
        assert f"/case/{other.number}/" in page
        assert 'class="alert warn noprint"' in page

    def test_a_signed_matter_is_no_longer_corrected(self, world: World, client: Client) -> None:
        client.force_login(world.gao)
        case = dispute(world)
        assert client.get(f"/receipt/{case.number}/").context["unsigned"]
        do(case, Verb.SIGN, world.gao)
        assert not client.get(f"/receipt/{case.number}/").context["unsigned"]

    def test_unknown_numbers(self, world: World, client: Client) -> None:
        client.force_login(world.gao)
        assert client.get("/receipt/LB1999-000001/").status_code == 404
