"""The resident's page: the code opens stage and dates, and nothing else opens anything."""

import itertools
import random
import re

import pytest
from django.http import HttpResponse
from django.test import Client

from cases import codes, intake, resident
from cases.intake import PartyDraft, Receipt
from cases.models import Case, CaseEvent, Revisit
from cases.pages import progress as page_module
from cases.progress import find
from cases.rules.workflow import Kind, Status, Verb
from cases.transitions import database_now
from cases.verification import verify_case
from grids import throttle
from grids.errors import WrongState
from grids.models import Unit
from tests.cases.desk import stands_alone
from tests.cases.matters import NEIGHBOURS, climb, dispute, do, draft, event, in_days
from tests.world import World

PAGE = "/t/"
NOTHING = "Nothing was found for this code."
ADDRESSES = itertools.count(random.randrange(2**23))


@pytest.fixture
def resident_client(world: World) -> Client:
    """A browser nobody has signed in to, from an address of its own."""
    number = next(ADDRESSES)
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    client = Client(REMOTE_ADDR=address)
    client.cookies["django_language"] = "en"
    return client


def look(client: Client, code: str, proof: str = "", **more: str) -> HttpResponse:
    return client.post(PAGE, {"code": code, "proof": proof, **more})


def registered(world: World, **values: object) -> Receipt:
    return intake.register(draft(**{"parties": NEIGHBOURS} | values), actor=world.gao)


class TestDoor:
    def test_the_whole_code_is_enough(self, world: World, resident_client: Client) -> None:
        receipt = registered(world)
        for typed in (receipt.code, codes.grouped(receipt.code).lower(), f" {receipt.code}\n"):
            page = look(resident_client, typed)
            assert page.status_code == 200
            assert receipt.case_number in page.text

    @pytest.mark.parametrize("proof", ["5678", "５６７８", "pin"])
    def test_the_short_form_needs_a_proof(
        self, world: World, resident_client: Client, proof: str
    ) -> None:
        receipt = registered(world)
        page = look(resident_client, receipt.spoken, receipt.pin if proof == "pin" else proof)
        assert receipt.case_number in page.text

    def test_every_failure_says_the_same(self, world: World, resident_client: Client) -> None:
        receipt = registered(world)
        last = "0" if receipt.code[-1] != "0" else "1"
        wrong = [
            (receipt.spoken, ""),
            (receipt.spoken, "0000"),
            (receipt.spoken, receipt.pin[:5]),
            (receipt.code[:-1] + last, receipt.pin),
            (receipt.code[:-1], ""),
            (receipt.code + "0", ""),
            ("0" * 26, ""),
            ("!!!", ""),
            (receipt.case_number, "5678"),
        ]
        pages = [look(resident_client, code, proof) for code, proof in wrong]
        assert {page.status_code for page in pages} == {422}
        bare = {re.sub(r' value="[^"]*"', "", page.text) for page in pages}
        assert len(bare) == 1
        assert NOTHING in bare.pop()

    def test_guesses_and_near_misses_find_nothing(self, world: World) -> None:
        receipt = registered(world)
        dice = random.Random(7)
        for _ in range(200):  # one symbol off
            place = dice.randrange(26)
            other = dice.choice(codes.ALPHABET.replace(receipt.code[place], ""))
            near = receipt.code[:place] + other + receipt.code[place + 1 :]
            assert find(near, "") is None
        for _ in range(200):
            assert find("".join(dice.choices(codes.ALPHABET, k=26)), "5678") is None

    def test_codes_never_come_by_address(self, world: World, resident_client: Client) -> None:
        receipt = registered(world)
        page = resident_client.get(PAGE, {"code": receipt.code})
        assert receipt.case_number not in page.text
        assert "track.js" in page.text

    def test_headers(self, world: World, resident_client: Client) -> None:
        for page in (resident_client.get(PAGE), look(resident_client, registered(world).code)):
            assert page["Cache-Control"] == "no-store"
            assert page["Referrer-Policy"] == "same-origin"
            assert "noindex" in page["X-Robots-Tag"]
            assert 'content="noindex' in page.text

    def test_no_code_at_all(self, world: World, resident_client: Client) -> None:
        page = look(resident_client, " ")
        assert page.status_code == 422
        assert 'id="id_code_error"' in page.text


class TestLimits:
    def test_one_address_has_so_many_attempts(
        self, world: World, resident_client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(page_module, "PER_ADDRESS", 3)
        receipt = registered(world)
        for _ in range(3):
            assert look(resident_client, receipt.code).status_code == 200
        page = look(resident_client, receipt.code)
        assert page.status_code == 429
        assert int(page["Retry-After"]) > 0
        assert receipt.case_number not in page.text

    def test_one_short_code_has_fewer_from_everywhere(
        self, world: World, resident_client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(page_module, "PER_SPOKEN_CODE", 2)
        receipt = registered(world)
        for proof in ("1111", "2222"):
            assert look(resident_client, receipt.spoken, proof).status_code == 422
        elsewhere = Client(REMOTE_ADDR="10.255.0.1")
        assert look(elsewhere, receipt.spoken, receipt.pin).status_code == 429
        assert look(elsewhere, receipt.code).status_code == 200

    def test_nothing_opens_while_nothing_can_be_counted(
        self, world: World, resident_client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dead = throttle.at("redis://127.0.0.1:1/0")
        monkeypatch.setattr(throttle, "store", lambda: dead)
        assert look(resident_client, registered(world).code).status_code == 429


class TestWhatIsTold:
    def test_no_name_no_story_no_staff(self, world: World, resident_client: Client) -> None:
        case = climb(registered(world, place="2组15号").case)
        do(case, Verb.SIGN, world.cun)
        page = look(resident_client, codes.tracking_code(case.public_id, case.code_key))
        for told in ("张三", "李四", "排水沟", "2组15号", "Gao", "Cun", "gao", "cun"):
            assert told not in page.text
        assert not stands_alone("5678", page.text)

    def test_stage_unit_level_and_phone(self, world: World, resident_client: Client) -> None:
        Unit.objects.filter(pk=world.donghe_mediation.pk).update(phone="0000-7654321")
        case = climb(registered(world).case)
        page = look(resident_client, codes.tracking_code(case.public_id, case.code_key))
        assert world.donghe_mediation.name in page.text
        assert "Village or community" in page.text
        assert 'href="tel:0000-7654321"' in page.text
        assert "Raised a level by itself" in page.text

    @pytest.mark.parametrize(
        ("acts", "states", "stage"),
        [
            ([], ["now", "", "", ""], "Recorded"),
            ([(Verb.SIGN, {})], ["done", "now", "", ""], "working on it"),
            (
                [(Verb.SIGN, {}), (Verb.FINISH, {"note": "好"})],
                ["done", "done", "now", ""],
                "being checked",
            ),
            (
                [(Verb.SIGN, {}), (Verb.REFUSE, {"note": "不愿调解"})],
                ["done", "done", "done"],
                "go to court",
            ),
            (
                [(Verb.VOID, {"reason": "wrong_entry", "note": "错"})],
                ["done", "done", "done"],
                "taken back",
            ),
        ],
    )
    @pytest.mark.usefixtures("english")
    def test_the_steps(
        self, world: World, acts: list[tuple[Verb, dict[str, str]]], states: list[str], stage: str
    ) -> None:
        case = registered(world).case
        for verb, inputs in acts:
            case = do(case, verb, world.gao, **inputs)
        shown = resident.progress(case, database_now())
        assert [step.state for step in shown.steps] == states
        assert stage in str(shown.stage)
        assert shown.steps[0].at == case.registered_at

    def test_every_status_has_its_words(self) -> None:
        # A merged one shows the other, a sealed one says that it was passed on.
        assert set(resident.NOW) | {Status.MERGED, Status.SEALED} == set(Status)

    def test_a_restricted_matter_tells_no_office(
        self, world: World, resident_client: Client
    ) -> None:
        receipt = registered(world, kind=Kind.EVENT, category="E09", text="孩子身上有伤")
        page = look(resident_client, receipt.code)
        assert page.status_code == 200
        assert receipt.case_number in page.text
        for told in (world.qingshi_centre.name, world.qingshi_police.name, "青石"):
            assert told not in page.text

    def test_a_merged_matter_shows_the_main_one(
        self, world: World, resident_client: Client
    ) -> None:
        one, other = registered(world), registered(world)
        do(other.case, Verb.SIGN, world.gao)
        do(one.case, Verb.MERGE, world.gao, other=other.case_number, note="同一件事")
        page = look(resident_client, one.code)
        assert one.case_number in page.text
        assert other.case_number not in page.text
        assert "joined with another matter" in page.text
        assert "working on it" in page.text


@pytest.fixture
def english(settings: object) -> None:
    settings.LANGUAGE_CODE = "en"  # type: ignore[attr-defined]
    settings.LANGUAGES = [("en", "English")]  # type: ignore[attr-defined]


class TestAnswer:
    def spot(self, world: World) -> Receipt:
        return registered(world, on_the_spot=True, result="双方握手言和")

    def test_solved(self, world: World, resident_client: Client) -> None:
        receipt = self.spot(world)
        assert "Is it solved?" in look(resident_client, receipt.code).text
        page = look(resident_client, receipt.code, answer="confirm")
        assert "Thank you" in page.text
        case = Case.objects.get(number=receipt.case_number)
        assert (case.status, case.due_at) == (Status.STRUCK, None)
        last = CaseEvent.objects.filter(case=case).last()
        assert (last.verb, last.actor_id) == (Verb.CONFIRM, None)
        assert verify_case(case) == []
        assert Revisit.objects.filter(case=case).count() <= 1
        assert "Is it solved?" not in page.text

    def test_until_when_the_resident_may_object_and_why(
        self, world: World, resident_client: Client
    ) -> None:
        receipt = self.spot(world)
        assert "You can say no until" not in look(resident_client, receipt.code).text
        for party in Case.objects.get(number=receipt.case_number).parties.all():
            case = Case.objects.get(number=receipt.case_number)
            do(case, Verb.TELL, world.gao, party_id=party.pk, channel="visit")
        page = look(resident_client, receipt.code).text
        assert "You can say no until" in page and "How it was counted" in page
        assert "Started on" in page and "7 days count" in page

    def test_not_solved(self, world: World, resident_client: Client) -> None:
        receipt = self.spot(world)
        page = look(resident_client, receipt.spoken, "5678", answer="object")
        assert "The work goes on" in page.text
        case = Case.objects.get(number=receipt.case_number)
        assert (case.status, case.on_the_spot, case.done_at) == (Status.SIGNED, False, None)
        assert case.clocks.filter(code="ladder", stopped_at=None).exists()
        assert verify_case(case) == []

    def test_twice_is_told(self, world: World, resident_client: Client) -> None:
        receipt = self.spot(world)
        look(resident_client, receipt.code, answer="object")
        page = look(resident_client, receipt.code, answer="confirm")
        assert page.status_code == 409
        assert "moved on" in page.text
        assert Case.objects.get(number=receipt.case_number).status == Status.SIGNED

    @pytest.mark.parametrize("answer", ["confirm", "object"])
    def test_what_a_second_person_checks_is_not_ended_here(
        self, world: World, resident_client: Client, answer: str
    ) -> None:
        receipt = registered(world)
        do(receipt.case, Verb.SIGN, world.gao)
        do(receipt.case, Verb.FINISH, world.gao, note="好")
        assert "Is it solved?" not in look(resident_client, receipt.code).text
        assert look(resident_client, receipt.code, answer=answer).status_code == 409
        assert Case.objects.get(number=receipt.case_number).status == Status.DONE

    @pytest.mark.parametrize("verb", [Verb.STRIKE, Verb.VOID, Verb.STRIKE_SILENT, Verb.VERIFY])
    def test_only_the_two_answers_exist(self, world: World, verb: Verb) -> None:
        case = self.spot(world).case
        with pytest.raises(WrongState):
            resident.answer(case, verb, database_now())

    def test_unknown_answers_change_nothing(self, world: World, resident_client: Client) -> None:
        receipt = self.spot(world)
        assert look(resident_client, receipt.code, answer="strike").status_code == 200
        assert Case.objects.get(number=receipt.case_number).status == Status.DONE

    def test_without_the_code_nothing_is_answered(
        self, world: World, resident_client: Client
    ) -> None:
        receipt = self.spot(world)
        assert look(resident_client, receipt.spoken, "0000", answer="confirm").status_code == 422
        assert Case.objects.get(number=receipt.case_number).status == Status.DONE


def test_a_raised_matter_says_to_which_level(world: World) -> None:
    case = climb(climb(dispute(world)))
    history = resident.progress(case, database_now()).history
    raised = [row.level for row in history if row.level]
    assert [level.name for level in raised] == ["TOWNSHIP", "VILLAGE"]


def test_silence_needs_no_words_of_the_resident(world: World) -> None:
    case = event(world, parties=(PartyDraft("王五"),), received_at=in_days(-1))
    assert resident.progress(case, database_now()).may_answer is False
