"""Cases through the API: the same doors, scope and answers as the pages."""

import json
from collections.abc import Callable

import pytest
from django.test import Client

from cases import codes
from cases.models import Case, Party
from cases.progress import find
from governance import tokens
from grids.models import AccessLog, User
from tests.world import World

CASES = "/api/v1/cases/"
BODY = {
    "kind": "dispute",
    "text": "两家因宅基地边界发生争执，要求调解。",
    "category": "D03",
    "parties": [
        {"name": "张三", "phone": "138 0013 8000"},
        {"name": "李四", "side": "respondent"},
    ],
}
Speaker = Callable[..., Client]


@pytest.fixture
def client_of(world: World) -> Speaker:
    """A client with a key of the user and one idempotency key."""

    def make(user: User, key: str = "first-key") -> Client:
        token, _row = tokens.issue(user)
        return Client(headers={"Authorization": f"Token {token}", "Idempotency-Key": key})

    return make


def register(client: Client, **changes: object) -> dict[str, object]:
    answer = client.post(CASES, {**BODY, **changes}, content_type="application/json")
    assert answer.status_code == 201, answer.content
    return json.loads(answer.content)


class TestRegistering:
    def test_the_receipt_opens_the_case(self, world: World, client_of: Speaker) -> None:
        receipt = register(client_of(world.gao))
        case = Case.objects.get(number=receipt["number"])
        assert receipt["status"] == case.status == "registered"
        assert receipt["rev"] == case.last_seq == 1
        assert find(str(receipt["code"]), "") == case
        assert find(str(receipt["spoken"]), str(receipt["pin"])) == case
        assert case.reporter == world.gao

    def test_a_retry_gives_the_same_receipt_and_no_second_case(
        self, world: World, client_of: Speaker
    ) -> None:
        client = client_of(world.gao)
        first = client.post(CASES, BODY, content_type="application/json")
        reordered = dict(reversed(BODY.items()))
        second = client.post(CASES, reordered, content_type="application/json")
        assert (first.status_code, second.status_code) == (201, 200)
        assert first.json() == second.json()
        assert Case.objects.count() == 1

    def test_the_key_of_another_matter_is_422(self, world: World, client_of: Speaker) -> None:
        client = client_of(world.gao)
        register(client)
        other = client.post(CASES, {**BODY, "text": "另一件事"}, content_type="application/json")
        assert other.status_code == 422
        assert Case.objects.count() == 1

    def test_two_people_may_use_the_same_key(self, world: World, client_of: Speaker) -> None:
        register(client_of(world.gao))
        register(client_of(world.shui))
        assert Case.objects.count() == 2

    def test_a_refusal_writes_nothing(self, world: World, client_of: Speaker) -> None:
        for user, changes, status in (
            (world.gao, {"area": world.dukou1.pk}, 422),
            (world.gao, {"category": "X99"}, 422),
            (world.gao, {"parties": [{"name": "张三", "phone": "12"}]}, 422),
            (world.dou, {}, 403),
            (world.ling, {}, 403),
        ):
            answer = client_of(user).post(
                CASES, {**BODY, **changes}, content_type="application/json"
            )
            assert answer.status_code == status, answer.content
        assert not Case.objects.exists()
        assert not Party.objects.exists()


class TestLooking:
    def test_the_whole_case_with_masked_phones_and_a_log_row(
        self, world: World, client_of: Speaker
    ) -> None:
        number = register(client_of(world.gao))["number"]
        answer = client_of(world.ouyang).get(f"{CASES}{number}/")
        case = answer.json()
        assert case["text"] == BODY["text"]
        party = case["parties"][0]
        assert (party["side"], party["name"], party["phone"]) == ("applicant", "张*", "138****8000")
        assert party["minor"] is False
        own = client_of(world.gao).get(f"{CASES}{number}/").json()
        assert (own["parties"][0]["name"], own["parties"][0]["phone"]) == ("张三", "138****8000")
        assert "13800138000" not in answer.text
        log = AccessLog.objects.filter(subject=number).order_by("pk")[0]
        assert (log.actor, log.action) == (world.ouyang, "view")

    def test_strangers_get_the_answer_of_what_does_not_exist(
        self, world: World, client_of: Speaker
    ) -> None:
        number = register(client_of(world.gao))["number"]
        for stranger in (world.bao, world.wai, world.ling, world.dou, world.mei):
            client = client_of(stranger)
            hidden, missing = client.get(f"{CASES}{number}/"), client.get(f"{CASES}NONE-1/")
            assert hidden.status_code == missing.status_code == 404
            assert hidden.content == missing.content
            act = client.post(
                f"{CASES}{number}/act/", {"verb": "sign"}, content_type="application/json"
            )
            assert act.status_code == 404
        assert not AccessLog.objects.exists()

    def test_no_verb_is_offered_that_would_be_refused(
        self, world: World, client_of: Speaker
    ) -> None:
        number = register(client_of(world.gao))["number"]
        case = client_of(world.ouyang).get(f"{CASES}{number}/").json()
        assert "nudge" in case["verbs"]
        assert "sign" not in case["verbs"]  # the township does not hold it yet


class TestActing:
    def test_the_holder_signs_and_the_revision_moves_on(
        self, world: World, client_of: Speaker
    ) -> None:
        number = register(client_of(world.gao))["number"]
        holder = Case.objects.get(number=number).holder_unit
        user = {
            world.donghe1_team.pk: world.gao,
            world.donghe_committee.pk: world.cun,
            world.donghe_mediation.pk: world.cun,
        }[holder.pk]
        url = f"{CASES}{number}/act/"
        act = {"verb": "sign", "rev": 1}
        client = client_of(user, "sign-key")
        first = client.post(url, act, content_type="application/json")
        assert first.status_code == 200, first.content
        assert first.json()["rev"] == 2
        again = client.post(url, act, content_type="application/json")
        assert again.json() == first.json()  # the same key: nothing happens twice
        stale = client_of(user, "other-key").post(url, act, content_type="application/json")
        assert stale.status_code == 409

    def test_wrong_post_status_and_values(self, world: World, client_of: Speaker) -> None:
        number = register(client_of(world.gao))["number"]
        url = f"{CASES}{number}/act/"
        for user, act, status in (
            (world.ouyang, {"verb": "sign"}, 403),
            (world.ouyang, {"verb": "climb"}, 403),
            (world.ouyang, {"verb": "dance"}, 422),
            (world.ouyang, {}, 422),
            (world.ouyang, {"verb": "nudge", "state": "struck"}, 400),
            (world.gao, {"verb": "verify", "note": "好"}, 403),
        ):
            answer = client_of(user, f"key-{status}-{len(act)}").post(
                url, act, content_type="application/json"
            )
            assert answer.status_code == status, (act, answer.content)
        assert Case.objects.get(number=number).last_seq == 1


class TestListing:
    def test_the_holders_queue_in_pages(self, world: World, client_of: Speaker) -> None:
        for place in range(3):
            register(client_of(world.gao, f"key-{place:08}"))
        page = client_of(world.cun).get(CASES, {"tab": "area"}).json()
        assert len(page["results"]) == 3
        row = page["results"][0]
        assert row["category"] == "D03"
        assert row["area"] == {"id": world.donghe1.pk, "name": "第1网格"}
        assert row["holder"]["name"]
        assert row["lamp"]["code"] in ("ok", "watch", "soon")
        assert "text" not in row
        assert "张三" not in json.dumps(page, ensure_ascii=False).replace(row["summary"], "")

    def test_filters_narrow_it(self, world: World, client_of: Speaker) -> None:
        register(client_of(world.gao, "key-dispute"))
        register(client_of(world.gao, "key-event-1"), kind="event", category="E03", parties=[])
        client = client_of(world.ouyang)

        def found(**query: object) -> int:
            answer = client.get(CASES, {"tab": "area", **query})
            assert answer.status_code == 200, answer.content
            return len(answer.json()["results"])

        assert found() == 2
        assert found(kind="event") == 1
        assert found(category="D03") == 1
        assert found(status="registered") == 2
        assert found(lamp="over") == 0
        assert found(area=world.donghe1.pk) == 2
        assert found(area=world.shiqiao.pk) == 0
        assert found(post=world.ouyang.posts[0].id) == 2
        assert found(q="宅基地") == 2

    def test_strangers_see_nothing(self, world: World, client_of: Speaker) -> None:
        register(client_of(world.gao))
        for stranger in (world.bao, world.wai, world.ling, world.dou):
            for tab in ("todo", "area", "mine", "working"):
                page = client_of(stranger).get(CASES, {"tab": tab}).json()
                assert page["results"] == []

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ({"tab": "everything"}, 400),
            ({"kind": "x"}, 400),
            ({"lamp": "red"}, 400),
            ({"category": "X99"}, 400),
            ({"after": "x"}, 400),
            ({"after": "9" * 40}, 400),
            ({"page": "0"}, 400),
            ({"page_size": "1000000"}, 400),
            ({"reporter": "gao"}, 400),
            ({"reporter__password__startswith": "x"}, 400),
            ({"ordering": "reporter"}, 400),
            ({"kind": ["event", "dispute"]}, 400),
            ({"q": "\x00"}, 400),
            ({"post": "1e3"}, 404),
            ({"post": "999999"}, 404),
            ({"area": "abc"}, 404),
            ({"area": "9" * 30}, 404),
            ({"q": "x"}, 422),
            ({"q": "x" * 41}, 422),
            ({"format": "xml"}, 400),
        ],
    )
    def test_what_nobody_offered_is_refused(
        self, world: World, client_of: Speaker, query: dict[str, object], status: int
    ) -> None:
        answer = client_of(world.ouyang).get(CASES, query)
        assert answer.status_code == status, answer.content
        assert set(answer.json()) == {"code", "message", "fields"}

    def test_another_persons_post_is_not_found(self, world: World, client_of: Speaker) -> None:
        theirs = world.bao.posts[0].id
        assert client_of(world.ouyang).get(CASES, {"post": theirs}).status_code == 404


class TestProgress:
    def test_every_wrong_code_or_proof_finds_nothing(
        self, world: World, client_of: Speaker
    ) -> None:
        receipt = register(client_of(world.gao))
        code, spoken, pin = (str(receipt[name]) for name in ("code", "spoken", "pin"))
        case = Case.objects.get(number=receipt["number"])
        assert find(codes.grouped(code).lower(), "") == case
        assert find(spoken, "8000") == case  # the tail of a party's phone
        assert find(spoken, "８０００") == case
        wrong_pin = f"{(int(pin) + 1) % 1_000_000:06}"
        changed = code[:-1] + ("0" if code[-1] != "0" else "1")
        for tried, proof in (
            ("", ""),
            (spoken, ""),
            (spoken, "0000"),
            (spoken, wrong_pin),
            (code[:13], pin),
            (code[:11], pin),
            (changed, pin),
            ("0" * 26, ""),
            ("\x00", "\x00"),
            ("x" * 100_000, "1" * 100_000),
        ):
            assert find(tried, proof) is None, (tried[:30], proof[:10])

    def test_hit_and_miss_ask_the_same_of_the_database(
        self, world: World, client_of: Speaker, django_assert_num_queries: object
    ) -> None:
        receipt = register(client_of(world.gao))
        for tried, proof in (
            (receipt["code"], ""),
            (receipt["spoken"], receipt["pin"]),
            (receipt["spoken"], "9"),
            ("0" * 26, ""),
        ):
            with django_assert_num_queries(3):  # type: ignore[operator]
                find(str(tried), str(proof))
