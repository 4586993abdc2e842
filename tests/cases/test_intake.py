"""Registering: one entry, one case, on the right path, at the right unit, with its three times."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from cases import codes, intake, intake_form, vocabulary
from cases.intake import PartyDraft, Receipt
from cases.models import (
    Case,
    CaseDelta,
    CaseEvent,
    CaseSearch,
    CaseUnit,
    Category,
    IdempotencyKey,
    Outbox,
    Party,
    Source,
)
from cases.rules.limits import LIMITS, LimitCode
from cases.rules.workflow import Kind, Outcome, Path, Status, Verb
from cases.transitions import database_now
from cases.verification import verify_case
from cases.writing import new
from grids import keyring
from grids.errors import BadInput, NotAllowed
from grids.models import User
from tests.cases.matters import dispute, do, draft, event, in_days
from tests.world import MONDAY, World


class TestOneEntryOneCase:
    def test_a_retry_gets_the_first_receipt(self, world: World) -> None:
        first = intake.register(draft(), actor=world.gao, key="k1", body_digest=b"x" * 32)
        again = intake.register(draft(), actor=world.gao, key="k1", body_digest=b"x" * 32)
        assert (first.created, again.created) == (True, False)
        assert (again.case_number, again.code, again.pin) == (
            first.case_number, first.code, first.pin,
        )  # fmt: skip
        assert Case.objects.count() == 1

    def test_the_same_key_with_another_body_is_refused(self, world: World) -> None:
        intake.register(draft(), actor=world.gao, key="k1", body_digest=b"x" * 32)
        with pytest.raises(BadInput) as refusal:
            intake.register(draft(), actor=world.gao, key="k1", body_digest=b"y" * 32)
        assert refusal.value.field == "key"
        assert Case.objects.count() == 1

    def test_two_people_may_happen_to_use_one_key(self, world: World) -> None:
        intake.register(draft(), actor=world.gao, key="k1")
        assert intake.register(draft(), actor=world.cun, key="k1").created

    def test_twenty_at_the_same_moment_are_one(self, committed_world: World) -> None:
        receipts: list[Receipt] = []
        start = threading.Barrier(20)

        def send() -> None:
            try:
                actor = User.objects.get(pk=committed_world.gao.pk)
                start.wait()
                receipts.append(intake.register(draft(), actor=actor, key="k1"))
            finally:
                connection.close()

        threads = [threading.Thread(target=send) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(receipts) == 20
        assert sum(one.created for one in receipts) == 1
        assert len({one.case_number for one in receipts}) == 1
        assert Case.objects.count() == CaseEvent.objects.count() == 1
        assert IdempotencyKey.objects.count() == 1

    def test_a_refusal_leaves_nothing(self, world: World) -> None:
        with pytest.raises(BadInput):
            intake.register(draft(parties=(PartyDraft("张三", "12"),)), actor=world.gao, key="k1")
        assert Case.objects.count() == IdempotencyKey.objects.count() == 0
        assert intake.register(draft(), actor=world.gao, key="k1").created


class TestWhatIsWritten:
    def test_number_of_customer_year_and_serial(self, world: World) -> None:
        year = database_now().astimezone(intake.clocks.ZONE).year
        assert dispute(world).number == f"LB{year}-000001"
        assert dispute(world).number == f"LB{year}-000002"
        other = intake.register(draft(area_id=world.songpo1.pk), actor=world.wai).case
        assert other.number == f"NS{year}-000001"

    def test_case_event_delta_and_message_in_one_go(self, world: World) -> None:
        case = dispute(world)
        registered = CaseEvent.objects.get(case=case)
        assert (registered.verb, registered.actor_id) == (Verb.REGISTER, world.gao.pk)
        delta = CaseDelta.objects.get()
        assert (delta.status_from, delta.status_to) == ("", Status.REGISTERED)
        assert Outbox.objects.get().unit_id == case.holder_unit_id
        assert verify_case(case) == []

    def test_the_code_is_found_by_its_hash_only(self, world: World) -> None:
        receipt = intake.register(draft(), actor=world.gao)
        case = Case.objects.get(code_lookup=codes.code_lookup(receipt.code))
        assert case == receipt.case
        assert receipt.spoken == receipt.code[:12]
        with connection.cursor() as cursor:
            cursor.execute("SELECT row_to_json(c)::text FROM cases_case c")
            (row,) = cursor.fetchone()
        assert receipt.code not in row
        assert receipt.pin not in row

    def test_phones_are_encrypted_and_found_by_their_index(self, world: World) -> None:
        party = Party.objects.get(case=dispute(world), name="张三")
        assert party.phone_tail == "5678"
        assert b"13800005678" not in bytes(party.phone)
        assert keyring.decrypt(party.phone, f"party.phone:{party.pk}") == "13800005678"
        assert bytes(party.phone_index) == keyring.blind_index("13800005678", "phone")

    def test_the_tail_of_an_extension_is_the_number_s(self, world: World) -> None:
        case = dispute(world, parties=(PartyDraft("张三", "0595-87654321转801"),))
        assert case.parties.get().phone_tail == "4321"

    def test_search_text_has_words_but_no_whole_phone(self, world: World) -> None:
        text = CaseSearch.objects.get(case=dispute(world)).text
        assert "排水沟" in text
        assert "张三" in text
        assert "5678" in text
        assert "13800005678" not in text

    def test_search_text_of_a_restricted_matter_is_its_number(self, world: World) -> None:
        case = event(world, text="孩子身上有伤", category="E09")
        assert CaseSearch.objects.get(case=case).text == case.number

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("两家争吵。情绪平稳。", "两家争吵"),
            ("甲" * 60, "甲" * 39 + "…"),
            ("没有句号", "没有句号"),
            ("第一行\n第二行", "第一行 第二行"),
        ],
    )
    def test_the_first_sentence_stands_in_queues(self, world: World, text: str, line: str) -> None:
        assert dispute(world, text=text).story.summary == line


class TestWhereItStarts:
    def test_a_grid_worker_s_dispute_starts_in_the_grid(self, world: World) -> None:
        case = dispute(world)
        assert (case.holder_unit, case.level, case.path) == (
            world.donghe1_team, 6, Path.LADDER,
        )  # fmt: skip
        assert case.rung == 0

    def test_a_village_s_dispute_starts_at_its_mediation_committee(self, world: World) -> None:
        case = dispute(world, world.cun, area_id=world.donghe1.pk)
        assert (case.holder_unit, case.level, case.rung) == (world.donghe_mediation, 5, 1)
        assert case.due_at == case.clocks.get().ladder[0]

    def test_a_township_s_dispute_starts_at_its_centre(self, world: World) -> None:
        case = dispute(world, world.ouyang, area_id=world.donghe1.pk)
        assert (case.holder_unit, case.level, case.rung) == (world.qingshi_centre, 4, 2)

    def test_own_place_when_none_is_named(self, world: World) -> None:
        assert dispute(world).area == world.donghe1

    def test_an_event_has_its_limit_and_the_sign_for(self, world: World) -> None:
        case = event(world)
        assert case.path == Path.LIMIT
        codes_ = set(case.clocks.values_list("code", flat=True))
        assert codes_ == {LimitCode.EVENT_GENERAL, LimitCode.SIGN}
        assert case.due_at == case.clocks.get(code=LimitCode.SIGN.value).due_at

    @pytest.mark.parametrize(
        ("values", "limit"),
        [
            ({"category": "E03.1"}, LimitCode.EVENT_UTILITY),
            ({"urgent": True}, LimitCode.EVENT_EMERGENCY),
            ({"source": "hotline"}, LimitCode.HOTLINE),
        ],
    )
    def test_the_limit_follows_the_matter(
        self, world: World, values: dict[str, object], limit: LimitCode
    ) -> None:
        assert event(world, **values).clocks.filter(code=limit.value).exists()


class TestUrgentPath:
    @pytest.mark.parametrize(
        "values",
        [
            {"kind": Kind.EVENT, "category": "E09"},
            {"kind": Kind.DISPUTE, "category": "E09"},
            {"kind": Kind.DISPUTE, "category": "D01", "violence": True},
            {"kind": Kind.EVENT, "category": "E08"},
        ],
    )
    def test_danger_goes_to_the_township_and_the_police_at_once(
        self, world: World, values: dict[str, object]
    ) -> None:
        case = intake.register(draft(text="丈夫动手打人", **values), actor=world.gao).case
        assert (case.path, case.holder_unit, case.level) == (
            Path.URGENT, world.qingshi_centre, 4,
        )  # fmt: skip
        helper = CaseUnit.objects.get(case=case, part="co_handler")
        assert helper.unit == world.qingshi_police
        clock = case.clocks.get()
        assert (clock.code, clock.ladder_code) == (LimitCode.URGENT, "")
        told = Outbox.objects.filter(case_id=case.pk, urgent=True)
        assert set(told.values_list("unit_id", flat=True)) == {
            world.qingshi_centre.pk, world.qingshi_police.pk,
        }  # fmt: skip

    def test_e09_leaves_every_ordinary_queue(self, world: World) -> None:
        case = event(world, text="孩子身上有伤", category="E09")
        assert case.restricted
        assert not Case.objects.visible_to(world.gao).exists()
        assert not Case.objects.visible_to(world.cun).exists()
        assert Case.objects.visible_to(world.ouyang).get() == case

    def test_urgent_alone_does_not_leave_the_ladder(self, world: World) -> None:
        case = dispute(world, urgent=True)
        assert (case.path, case.urgent) == (Path.LADDER, True)

    @pytest.mark.parametrize("values", [{"violence": True}, {"category": "E09"}])
    def test_danger_is_never_settled_on_the_spot(
        self, world: World, values: dict[str, object]
    ) -> None:
        with pytest.raises(BadInput) as refusal:
            dispute(world, on_the_spot=True, result="劝开了", **values)
        assert refusal.value.field == "on_the_spot"


class TestThreeTimes:
    def test_ladders_run_from_registration_limits_from_receipt(self, world: World) -> None:
        told = in_days(-3)
        late = dispute(world, received_at=told, occurred_at=in_days(-5))
        assert late.received_at == told
        assert late.registered_at > told
        assert late.clocks.get().started_at == late.registered_at
        lamp = event(world, received_at=told)
        limit = lamp.clocks.get(code=LimitCode.EVENT_GENERAL.value)
        assert limit.started_at == told
        assert lamp.clocks.get(code=LimitCode.SIGN.value).started_at == lamp.registered_at
        span = LIMITS[LimitCode.EVENT_GENERAL].due(
            told, intake.clocks.workcalendar.current(), zone=intake.clocks.ZONE
        )
        assert limit.due_at == span.at

    def test_a_limit_that_ran_out_before_it_was_recorded_is_due_at_once(self, world: World) -> None:
        case = event(world, received_at=in_days(-40))
        assert case.due_at < case.registered_at

    def test_without_a_word_it_was_received_now(self, world: World) -> None:
        case = dispute(world)
        assert case.received_at == case.registered_at
        assert case.occurred_at is None

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"received_at": 1}, "received_at"),
            ({"occurred_at": 1}, "occurred_at"),
            ({"occurred_at": -50_000}, "occurred_at"),
            ({"occurred_at": -1, "received_at": -2}, "received_at"),
        ],
    )
    def test_moments_that_cannot_be(self, world: World, values: dict[str, int], field: str) -> None:
        moments = {name: in_days(days) for name, days in values.items()}
        with pytest.raises(BadInput) as refusal:
            dispute(world, **moments)
        assert refusal.value.field == field


class TestOnTheSpot:
    def test_it_waits_for_somebody_else(self, world: World) -> None:
        case = dispute(world, on_the_spot=True, result="双方握手言和")
        assert (case.status, case.outcome, case.done_by) == (
            Status.DONE, Outcome.SPOT, world.gao,
        )  # fmt: skip
        assert case.clocks.get().code == LimitCode.VERIFY
        assert "双方握手言和" in case.notes.values_list("text", flat=True)
        verified = do(case, Verb.VERIFY, world.cun, note="已电话核实")
        assert (verified.status, verified.verified_by) == (Status.VERIFIED, world.cun)

    def test_how_must_be_told(self, world: World) -> None:
        with pytest.raises(BadInput) as refusal:
            dispute(world, on_the_spot=True, result=" ")
        assert refusal.value.field == "result"


class TestRefusals:
    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"text": "。。。"}, "text"),
            ({"text": "😀😀"}, "text"),
            ({"text": " \u3000"}, "text"),
            ({"text": "长" * 2001}, "text"),
            ({"category": "E03"}, "category"),
            ({"category": "X"}, "category"),
            ({"source": "X"}, "source"),
            ({"parties": (PartyDraft(address="2组"),)}, "parties"),
            ({"parties": (PartyDraft("张三", "abc"),)}, "phone"),
            ({"parties": (PartyDraft("张三"),) * 21}, "parties"),
        ],
    )
    def test_the_field_is_named(self, world: World, values: dict[str, object], field: str) -> None:
        with pytest.raises(BadInput) as refusal:
            dispute(world, **values)
        assert refusal.value.field == field

    def test_a_place_of_somebody_else(self, world: World) -> None:
        for area in (world.donghe2, world.dukou1, world.songpo1, world.hubin):
            with pytest.raises(BadInput) as refusal:
                dispute(world, area_id=area.pk)
            assert refusal.value.field == "area"

    def test_a_place_that_is_gone(self, world: World) -> None:
        world.donghe1a.valid_to = database_now().date() + timedelta(days=1)
        world.donghe1a.save()
        with pytest.raises(BadInput):
            dispute(world, area_id=world.donghe1a.pk)

    def test_categories_and_sources_out_of_force(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(vocabulary, "KEEP", 0.0)
        today = database_now().date()
        Category.objects.filter(code="D02").update(valid_to=today)
        Source.objects.filter(code="window").update(valid_to=today)
        with pytest.raises(BadInput):
            dispute(world, category="D02")
        with pytest.raises(BadInput):
            dispute(world, category="D01", source="window")

    def test_who_only_looks_registers_nothing(self, world: World) -> None:
        for user in (world.ling, world.dou, world.mei):
            with pytest.raises(NotAllowed):
                dispute(world, user)


class TestConstraints:
    """The database says no even when Python does not."""

    @pytest.mark.parametrize(
        "values",
        [
            {"holder_unit": None},
            {"due_at": None},
            {"kind": "rumour"},
            {"path": "shortcut"},
            {"status": "forgotten"},
            {"level": 1},
            {"outcome": "ignored"},
            {"path": "urgent", "urgent": False},
            {"status": "suspended"},
            {"status": "merged"},
        ],
    )
    def test_impossible_rows(self, world: World, values: dict[str, object]) -> None:
        case = dispute(world)
        with pytest.raises(IntegrityError), transaction.atomic():
            Case.objects.filter(pk=case.pk).update(**values)

    def test_the_handler_does_not_verify(self, world: World) -> None:
        case = dispute(world, on_the_spot=True, result="好了")
        with pytest.raises(IntegrityError), transaction.atomic():
            Case.objects.filter(pk=case.pk).update(verified_by=world.gao)

    def test_a_party_has_a_name_or_a_phone(self, world: World) -> None:
        party = dispute(world).parties.first()
        with pytest.raises(IntegrityError), transaction.atomic():
            Party.objects.filter(pk=party.pk).update(name="", phone_tail="")


def test_equal_forms_have_equal_digests() -> None:
    assert intake_form.digest(draft()) == intake_form.digest(draft())
    assert intake_form.digest(draft()) != intake_form.digest(draft(text="另一件事"))


def test_a_row_takes_no_value_its_table_has_no_column_for() -> None:
    row = new(Party, id=1, case_id=2, tenant_id=3, added_at=MONDAY)
    assert (row.pk, row.values["side"], row.values["phone"]) == (1, "applicant", b"")
    with pytest.raises(TypeError, match="surname"):
        new(Party, surname="张")
