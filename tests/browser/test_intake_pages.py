"""Recording a matter on a phone: without script, twice, with mistakes, with a photo, in danger."""

import io
import re
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.files.storage import FileSystemStorage
from PIL import Image
from playwright.sync_api import Page, expect

from cases.models import Attachment, Case, CaseEvent, Party
from cases.rules.workflow import Verb
from tests.browser.conftest import StagedSite

Pages = Callable[..., Page]
STORY = "两家因排水沟走向争执，情绪平稳。"
MAKER, GPS_PLACE = 0x010F, 0x8825  # EXIF tags
NORTH = {1: "N", 2: (30.0, 15.0, 30.0), 3: "E", 4: (120.0, 10.0, 20.0)}


def photo(colour: str = "teal") -> dict[str, object]:
    """A picture as phones make them: large, lying on its side, with maker and position."""
    picture = Image.new("RGB", (2400, 1600), colour)
    exif = picture.getexif()
    exif[MAKER], exif[0x0112] = "PhoneMaker", 6
    exif.get_ifd(GPS_PLACE).update(NORTH)
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    assert b"PhoneMaker" in out.getvalue()
    return {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def choose(page: Page, words: str) -> None:
    """Tap the chip or switch with exactly these words."""
    page.locator("label.opt, label.sw").filter(has_text=re.compile(f"^{words}$")).click()


def submit(page: Page) -> None:
    page.locator(".go button").click()


def recorded(page: Page) -> Case:
    """The case whose receipt the page shows."""
    page.wait_for_url("**/receipt/*/")
    number = urlsplit(page.url).path.strip("/").split("/")[1]
    assert number in page.inner_text(".receipt")
    return Case.objects.select_related("story", "category", "area").get(number=number)


def wait_until(done: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "the worker did not come round"
        time.sleep(0.1)


class TestRecording:
    @pytest.mark.parametrize("script", [False, True], ids=["no script", "script"])
    def test_a_dispute_with_a_photo(self, site: StagedSite, page_for: Pages, script: bool) -> None:
        page = page_for(site.world.gao, java_script_enabled=script)
        page.goto("/f/")
        page.locator(".big3 a").first.click()
        page.fill("[name=text]", STORY)
        choose(page, "邻里")
        page.set_input_files("[name=photos]", photo())
        submit(page)
        case = recorded(page)
        assert (case.kind, case.category.name, case.story.text) == ("dispute", "邻里纠纷", STORY)
        assert case.area == site.world.donghe1
        assert case.reporter == site.world.gao
        self.check_photo(site, page, case)

    def check_photo(self, site: StagedSite, page: Page, case: Case) -> None:
        """The worker draws it anew: upright, smaller, without maker and position."""
        row = Attachment.objects.get(case=case)
        wait_until(lambda: Attachment.objects.filter(pk=row.pk, state="ready").exists())
        row.refresh_from_db()
        kept = FileSystemStorage(site.files).open(row.storage_key).read()
        picture = Image.open(io.BytesIO(kept))
        assert picture.size == (1067, 1600)
        assert len(picture.getexif()) == 0
        assert b"PhoneMaker" not in kept and b"Exif" not in kept
        assert not any((site.files / "quarantine").iterdir())
        answer = page.request.get(f"/case/{case.number}/file/{row.public_id}/")
        assert (answer.status, answer.body()) == (200, kept)

    def test_parties_source_and_times(self, site: StagedSite, page_for: Pages) -> None:
        """The optional parts open without script and are kept as they were told."""
        page = page_for(site.world.gao, java_script_enabled=False)
        page.goto("/new/?kind=request")
        page.fill("[name=text]", "楼道灯不亮，老人晚上不敢出门。")
        for name in ("name_1", "people"):
            page.locator(f"details.more:has([name={name}]) > summary").first.click()
        page.fill("[name=name_1]", "张三")
        page.fill("[name=phone_1]", "138 0000 5678")
        page.fill("[name=people]", "3")
        page.select_option("[name=source]", "hotline")
        submit(page)
        case = recorded(page)
        [party] = Party.objects.filter(case=case)
        assert (party.name, party.phone_tail) == ("张三", "5678")
        assert (case.kind, case.source_id, case.story.people) == ("request", case.source_id, 3)
        assert case.source.code == "hotline"

    def test_settled_on_the_spot(self, site: StagedSite, page_for: Pages) -> None:
        page = page_for(site.world.gao)
        page.goto("/new/")
        page.fill("[name=text]", "两户为停车吵起来，当场说开了。")
        page.locator("details.more:has([name=on_the_spot]) > summary").click()
        choose(page, page.locator("label.sw:has([name=on_the_spot])").inner_text().strip())
        page.fill("[name=result]", "双方各让一步，划线停车。")
        submit(page)
        case = recorded(page)
        assert (case.status, case.on_the_spot) == ("done", True)


class TestOnce:
    def test_two_presses_give_one_case(self, site: StagedSite, page_for: Pages) -> None:
        page = page_for(site.world.gao)
        before = Case.objects.count()
        page.goto("/new/")
        page.fill("[name=text]", STORY)
        page.locator(".go button").dblclick()
        recorded(page)
        assert Case.objects.count() == before + 1

    def test_the_same_form_again_gives_the_same_receipt(
        self, site: StagedSite, page_for: Pages
    ) -> None:
        """A retry after a lost answer, and a step back in the browser with another press."""
        page = page_for(site.world.gao, java_script_enabled=False)
        page.goto("/new/")
        page.fill("[name=text]", STORY)
        with page.expect_request(lambda request: request.method == "POST") as sent:
            submit(page)
        case = recorded(page)
        first = sent.value
        body = first.post_data_buffer
        assert body is not None
        again = page.request.post(
            first.url, data=body, headers={"content-type": first.headers["content-type"]}
        )
        assert urlsplit(again.url).path == f"/receipt/{case.number}/"
        page.go_back()
        expect(page.locator("[name=text]")).to_have_value(STORY)
        submit(page)
        assert recorded(page) == case
        assert CaseEvent.objects.filter(case=case).count() == 1

    def test_other_words_under_the_same_key_are_asked_about(
        self, site: StagedSite, page_for: Pages
    ) -> None:
        page = page_for(site.world.gao, java_script_enabled=False)
        page.goto("/new/")
        page.fill("[name=text]", STORY)
        submit(page)
        first = recorded(page)
        page.go_back()
        page.fill("[name=text]", "另一件事：井盖松动。")
        submit(page)
        expect(page.locator(".alert.err")).to_be_visible()
        expect(page.locator("[name=text]")).to_have_value("另一件事：井盖松动。")
        submit(page)
        second = recorded(page)
        assert second != first


class TestMistakes:
    @pytest.mark.parametrize("script", [False, True], ids=["no script", "script"])
    def test_nothing_typed_is_lost(self, site: StagedSite, page_for: Pages, script: bool) -> None:
        page = page_for(site.world.gao, java_script_enabled=script)
        before = Case.objects.count()
        page.goto("/new/")
        page.fill("[name=text]", "……")
        page.fill("[name=place]", "2组15号门口")
        choose(page, "物业")
        page.locator("details.more:has([name=name_1]) > summary").first.click()
        page.fill("[name=name_1]", "李四")
        page.fill("[name=phone_1]", "12ab")
        page.set_input_files("[name=photos]", photo("olive"))
        submit(page)
        expect(page.locator(".alert.err")).to_be_visible()
        assert Case.objects.count() == before
        expect(page.locator("[name=text]")).to_have_value("……")
        expect(page.locator("[name=place]")).to_have_value("2组15号门口")
        expect(page.locator("label.opt:has-text('物业') input")).to_be_checked()
        expect(page.locator("[name=name_1]")).to_have_value("李四")
        expect(page.locator("[name=phone_1]")).to_have_value("12ab")
        assert page.locator(".f.err").count() >= 2
        assert page.locator(".alert.warn").count() == 1, "says that the photos are gone"
        for link in page.locator(".alert.err a").all():
            assert page.locator(str(link.get_attribute("href"))).count() == 1
        if script:
            focused = page.evaluate("document.activeElement.matches('.alert.err')")
            assert focused, "a screen reader would not hear of the mistake"
        page.fill("[name=text]", STORY)
        page.fill("[name=phone_1]", "13800005678")
        submit(page)
        case = recorded(page)
        assert (case.story.place, case.category.name) == ("2组15号门口", "物业纠纷")

    def test_what_is_no_photo_is_refused(
        self, site: StagedSite, page_for: Pages, tmp_path: Path
    ) -> None:
        page = page_for(site.world.gao, java_script_enabled=False)
        before = Case.objects.count()
        page.goto("/new/")
        page.fill("[name=text]", STORY)
        sham = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"<script>alert(1)</script>"}
        page.set_input_files("[name=photos]", sham)
        submit(page)
        expect(page.locator(".alert.err")).to_be_visible()
        expect(page.locator("[name=text]")).to_have_value(STORY)
        assert Case.objects.count() == before


class TestDanger:
    def test_violence_goes_to_township_and_police_at_once(
        self, site: StagedSite, page_for: Pages
    ) -> None:
        world = site.world
        page = page_for(world.gao)
        page.goto("/new/")
        page.fill("[name=text]", "有人持械威胁邻居。")
        page.locator("label.sw:has([name=violence])").click()
        expect(page.locator("a[href='tel:110']").first).to_be_visible()
        submit(page)
        case = recorded(page)
        assert page.locator("a[href='tel:110']").count() > 0
        assert (case.path, case.urgent) == ("urgent", True)
        assert case.holder_unit == world.qingshi_centre
        assert case.units.filter(unit=world.qingshi_police, until=None).exists()
        assert not case.clocks.filter(code="ladder").exists()
        [event] = CaseEvent.objects.filter(case=case)
        assert event.verb == Verb.REGISTER
        wait_until(lambda: world.ouyang.notices.filter(case=case).exists())

    def test_a_pressing_category_does_the_same(self, site: StagedSite, page_for: Pages) -> None:
        page = page_for(site.world.gao, java_script_enabled=False)
        page.goto("/new/?kind=event")
        page.fill("[name=text]", "孩子身上有伤，家里不让见人。")
        page.locator("details.more:has([name=category_more]) > summary").click()
        page.select_option("[name=category_more]", "E09")
        submit(page)
        page.wait_for_load_state()
        case = Case.objects.latest("pk")
        assert (case.category.code, case.path) == ("E09", "urgent")
        assert case.number in page.inner_text(".receipt")
