"""The pages and endpoints of sealed matters: chip, form, receipt, the liaison's queue, the API."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from cases.models import Case, SealedMatter, Story
from cases.outbox import deliver
from cases.rules.workflow import Status, Verb
from grids.models import AccessLog
from grids.roles import Role
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import dispute, do
from tests.cases.sealed import accuse, liaisons
from tests.world import World

TEXT = "自然资源所收了两家的礼，量地不公。"
KEY = "9f6b7d1e-0c57-4f0e-9b0c-3d1f5a7c2e10"


def filled(world: World, **values: object) -> dict[str, object]:
    return {
        "key": KEY, "text": TEXT, "area": world.donghe1.pk, "about_unit": world.land_office.pk,
        "about_written": "", "name_1": "张三", "phone_1": "13800005678", "side_1": "applicant",
    } | values  # fmt: skip


class TestIntake:
    def test_the_chip_brings_along_what_was_typed(self, world: World) -> None:
        client = at_desk(world.gao)
        page = client.get(reverse("cases:new")).content.decode()
        assert f'formaction="{reverse("cases:sealed_new")}"' in page
        answer = client.post(reverse("cases:sealed_new"), {"start": "1", "text": TEXT})
        assert answer.status_code == 200 and TEXT in answer.content.decode()
        assert answer["Cache-Control"] == "no-store"
        assert not SealedMatter.objects.exists() and not Case.objects.exists()

    def test_the_writer_keeps_the_receipt_only(self, world: World) -> None:
        liaisons(world)
        client = at_desk(world.gao)
        answer = client.post(reverse("cases:sealed_new"), filled(world))
        matter = SealedMatter.objects.get()
        shown = text_of(answer)
        assert answer.status_code == 200 and matter.number in shown
        assert TEXT not in shown and "张三" not in shown and "自然资源所" not in shown
        assert answer["Cache-Control"] == "no-store"
        assert answer["Clear-Site-Data"] == '"cache"'
        again = client.post(reverse("cases:sealed_new"), filled(world))
        assert matter.number in text_of(again) and SealedMatter.objects.count() == 1
        url = reverse("cases:sealed_matter", args=[matter.number])
        assert {client.get(url).status_code, client.post(url).status_code} == {404}
        code = re.search(r'id="code">([^<]+)<', answer.content.decode())
        progress = Client().post(reverse("cases:progress"), {"code": code[1]})
        assert matter.number in progress.content.decode()

    def test_bad_input_loses_nothing(self, world: World) -> None:
        liaisons(world)
        client = at_desk(world.gao)
        values = filled(world, about_unit="", phone_1="123456789012345678")
        answer = client.post(reverse("cases:sealed_new"), values)
        assert answer.status_code == 422 and TEXT in answer.content.decode()
        assert "Choose or write which unit it is about." in text_of(answer)

    def test_without_a_liaison_the_page_names_a_phone(self, world: World) -> None:
        answer = at_desk(world.gao).post(reverse("cases:sealed_new"), filled(world))
        assert answer.status_code == 422
        assert "12388" in text_of(answer) and TEXT in answer.content.decode()

    def test_a_unit_is_found_by_name(self, world: World) -> None:
        values = filled(world, search="1", q="柳林镇")
        answer = at_desk(world.gao).post(reverse("cases:sealed_new"), values)
        assert answer.status_code == 200 and "柳林镇综治中心" in answer.content.decode()

    def test_who_registers_nothing_is_told_so(self, world: World) -> None:
        assert at_desk(world.dou).get(reverse("cases:sealed_new")).status_code == 403

    def test_in_chinese(self, world: World) -> None:
        answer = at_desk(world.gao, "zh-hans").get(reverse("cases:sealed_new"))
        assert "反映干部或单位问题" in text_of(answer)


class TestSealingACase:
    def test_the_form_offers_the_unit_responsible_and_the_case_is_gone(self, world: World) -> None:
        liaisons(world)
        case = dispute(world, text=TEXT)
        client = at_desk(world.gao)
        url = reverse("cases:act", args=[case.number, "seal"])
        page = client.get(url).content.decode()
        assert f'value="{world.donghe1_team.pk}"' in page
        answer = client.post(url, {"unit": "", "text": "", "rev": 1})
        assert answer.status_code == 422
        answer = client.post(url, {"unit": world.donghe1_team.pk, "text": "", "rev": 1})
        assert answer.status_code == 302
        case.refresh_from_db()
        assert case.status == Status.SEALED
        for name in ("detail", "receipt"):
            assert client.get(reverse(f"cases:{name}", args=[case.number])).status_code == 404

    def test_a_reader_is_told_that_it_was_passed_on(self, world: World) -> None:
        liaisons(world)
        case = dispute(world, text=TEXT)
        do(case, Verb.RAISE, world.gao, reason="beyond_power", note="办不了")
        deliver()
        do(case, Verb.SEAL, world.cun, unit_id=world.land_office.pk)
        shown = text_of(at_desk(world.cun, "zh-hans").get(reverse("cases:notices")))
        assert "该事项已按规定移送" in shown and case.number not in shown and TEXT not in shown


class TestTheLiaison:
    def test_queue_gate_opening_and_steps(self, world: World) -> None:
        liaisons(world)
        matter = accuse(world, world.land_office, text=TEXT)
        client = at_desk(world.people["jian"])
        assert client.get(reverse("home"))["Location"] == reverse("cases:sealed")
        listed = text_of(client.get(reverse("cases:sealed")))
        assert matter.number in listed and TEXT not in listed
        url = reverse("cases:sealed_matter", args=[matter.number])
        assert TEXT not in text_of(client.get(url))
        assert client.post(url, {"reason": ""}).status_code == 422
        assert not AccessLog.objects.exists()
        opened = client.post(url, {"reason": "work"})
        assert TEXT in text_of(opened) and opened["Cache-Control"] == "no-store"
        assert AccessLog.objects.get().action == "open_sealed"
        steps = reverse("cases:sealed_act", args=[matter.number, "receive"])
        assert client.post(steps, {"rev": 1}).status_code == 302
        assert client.post(steps, {"rev": 2, "reason": "work"}).status_code == 409
        conclude = reverse("cases:sealed_act", args=[matter.number, "conclude"])
        refused = client.post(conclude, {"rev": 2, "note": "", "reason": "work"})
        assert refused.status_code == 422
        assert client.post(conclude, {"rev": 2, "note": "查实"}).status_code == 302

    def test_the_bell_leads_to_the_queue(self, world: World) -> None:
        liaisons(world)
        accuse(world, world.land_office)
        page = at_desk(world.people["jian"]).get(reverse("cases:notices"))
        assert "A sealed matter waits to be received" in text_of(page)
        assert f'href="{reverse("cases:sealed")}"' in page.content.decode()

    def test_routing_shows_organ_and_clock_only(self, world: World) -> None:
        liaisons(world)
        matter = accuse(world, world.land_office, text=TEXT)
        xin = world.person("xin", Role.PETITION_OFFICE, world.hubin_petition)
        shown = text_of(at_desk(xin).get(reverse("cases:sealed_routing")))
        assert world.hubin_discipline.name in shown
        assert matter.number not in shown and TEXT not in shown and "自然资源所" not in shown
        assert at_desk(xin).get(reverse("cases:sealed")).status_code == 404

    @pytest.mark.parametrize("person", ["gao", "cun", "ouyang", "han", "su", "ling", "dou", "wai"])
    def test_for_everybody_else_it_is_the_same_404(self, world: World, person: str) -> None:
        liaisons(world)
        matter = accuse(world, world.land_office)
        client = at_desk(world.people[person])
        answers = set()
        for number in (matter.number, "LBS2026-000000"):
            for name, more in (("matter", ()), ("act", ("receive",))):
                url = reverse(f"cases:sealed_{name}", args=[number, *more])
                answer = client.post(url, {"reason": "work"})
                answers.add((answer.status_code, len(text_of(answer).replace(number, ""))))
        answers.add((client.get(reverse("cases:sealed")).status_code, 0))
        assert {status for status, _ in answers} == {404}


class TestApi:
    def send(self, client: Client, path: str, body: object, key: str = "api-key-1") -> object:
        return client.post(
            f"/api/v1/{path}", json.dumps(body), "application/json",
            headers={"idempotency-key": key},
        )  # fmt: skip

    def test_the_flag_seals_and_a_retry_is_harmless(self, world: World) -> None:
        liaisons(world)
        client = at_desk(world.gao)
        body = {"kind": "request", "text": TEXT, "about": {"unit": world.land_office.pk}}
        first, again = (self.send(client, "cases/", body) for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json() and first.json()["status"] == "sealed"
        assert TEXT not in first.content.decode()
        assert SealedMatter.objects.count() == 1 and not Story.objects.exists()
        other = self.send(client, "cases/", body | {"text": "别的事情"})
        assert other.status_code == 422

    @pytest.mark.parametrize(
        ("about", "status"),
        [({}, 422), ({"unit": 1.5}, 422), ({"person": "x"}, 400), ("x", 422), ({"unit": 0}, 422)],
    )
    def test_a_wrong_flag_is_refused(self, world: World, about: object, status: int) -> None:
        liaisons(world)
        body = {"kind": "request", "text": TEXT, "about": about}
        assert self.send(at_desk(world.gao), "cases/", body).status_code == status
        assert not Case.objects.exists() and not SealedMatter.objects.exists()

    def test_the_liaison_lists_opens_and_acts(self, world: World) -> None:
        liaisons(world)
        matter = accuse(world, world.land_office, text=TEXT)
        client = at_desk(world.people["jian"])
        listed = client.get("/api/v1/sealed/").json()["results"]
        assert [one["number"] for one in listed] == [matter.number]
        opened = self.send(client, f"sealed/{matter.number}/open/", {"reason": "work"})
        assert opened.json()["words"]["text"] == TEXT
        assert self.send(client, f"sealed/{matter.number}/open/", {}).status_code == 422
        done = self.send(client, f"sealed/{matter.number}/act/", {"verb": "receive", "rev": 1})
        assert done.json()["status"] == "received"
        routing = client.get("/api/v1/sealed/routing/").json()["results"]
        assert routing == [{"organ": matter.holder_unit.name, "due_at": routing[0]["due_at"]}]

    @pytest.mark.parametrize("person", ["gao", "ouyang", "su", "dou"])
    def test_others_get_404(self, world: World, person: str) -> None:
        liaisons(world)
        matter = accuse(world, world.land_office)
        client = at_desk(world.people[person])
        for number in (matter.number, "LBS2026-000000"):
            for path in (f"sealed/{number}/open/", f"sealed/{number}/act/"):
                assert self.send(client, path, {"verb": "x"}).status_code == 404
        assert client.get("/api/v1/sealed/").status_code == 404
        assert client.get("/api/v1/sealed/routing/").status_code == 404
