"""Sealed matters: routed past whoever they are about, unreadable outside, opened with a reason."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.db.utils import InternalError, ProgrammingError
from django.utils.translation import override

from cases import codes, figures, sealed_work, sealing, search, transitions
from cases.acting import Inputs
from cases.intake import PartyDraft
from cases.models import (
    Attachment,
    Case,
    CaseDelta,
    CaseNote,
    Notice,
    Outbox,
    Party,
    SealedEvent,
    SealedMatter,
    Story,
)
from cases.outbox import deliver
from cases.progress import find
from cases.resident import progress
from cases.rules.sealing import SealedStatus, SealedVerb
from cases.rules.workflow import Status, Verb
from cases.timeline import timeline
from cases.verification import verify_all
from governance.checks import seal_keys_open_what_is_sealed
from grids import access
from grids.errors import BadInput, NotAllowed, NotVisible, WrongState
from grids.keyring import Unreadable
from grids.models import AccessLog, Unit
from grids.roles import Role, UnitKindCode
from tests.cases.matters import dispute, do, draft, event
from tests.cases.sealed import JPEG, accuse, liaisons
from tests.world import World

TEXT = "自然资源所收了两家的礼，量地不公。"
ADDRESS = "10.0.0.8"


def opened(world: World, person: str, number: str) -> sealed_work.Opened:
    return sealed_work.open_matter(world.people[person], number, "work", ADDRESS)


class TestRouting:
    @pytest.mark.parametrize(
        ("unit", "receiver"),
        [
            ("donghe1_team", "lian"),
            ("donghe_committee", "lian"),
            ("land_office", "jian"),
            ("qingshi_centre", "jian"),
            ("hubin_centre", "jian"),
        ],
    )
    def test_the_organ_above_the_unit_receives(
        self, world: World, unit: str, receiver: str
    ) -> None:
        liaisons(world)
        number = accuse(world, getattr(world, unit)).number
        seers = [
            name for name, user in world.people.items()
            if SealedMatter.objects.visible_to(user).filter(number=number).exists()
        ]  # fmt: skip
        assert seers == [receiver]

    def test_written_words_go_past_the_townships(self, world: World) -> None:
        liaisons(world)
        assert accuse(world, None, "村里的会计").holder_unit == world.hubin_discipline

    def test_a_liaison_who_is_named_is_passed_over(self, world: World) -> None:
        liaisons(world)
        world.people["lian"].display_name = "连正"
        world.people["lian"].save()
        matter = accuse(world, world.donghe_committee, text="村委会和连正一起分了钱。")
        assert matter.holder_unit == world.hubin_discipline
        assert list(matter.exclusions.values_list("user__username", flat=True)) == ["lian"]

    def test_a_named_colleague_in_the_same_organ_sees_nothing(self, world: World) -> None:
        liaisons(world)
        second = world.person("zheng", Role.DISCIPLINE_LIAISON, world.hubin_discipline)
        second.display_name = "郑清风"
        second.save()
        matter = accuse(world, world.land_office, text="自然资源所是郑清风的亲戚开的。")
        assert matter.holder_unit == world.hubin_discipline
        assert not SealedMatter.objects.visible_to(second).exists()
        assert not SealedMatter.objects.routed_for(second).exists()
        with pytest.raises(NotVisible):
            sealed_work.open_matter(second, matter.number, "work", None)

    def test_an_accusation_against_the_organ_itself_is_not_sent_there(self, world: World) -> None:
        liaisons(world)
        world.hubin_discipline.phone = "0000-5550123"
        world.hubin_discipline.save()
        with pytest.raises(BadInput, match="12388") as refusal:
            accuse(world, world.hubin_discipline)
        assert refusal.value.field == "unit" and "0000-5550123" not in str(refusal.value)
        assert not SealedMatter.objects.exists()

    def test_without_any_liaison_nothing_is_written_and_a_phone_is_named(
        self, world: World
    ) -> None:
        with pytest.raises(BadInput, match="12388"):
            accuse(world, world.land_office)
        case = dispute(world, text=TEXT)
        with pytest.raises(BadInput, match="12388"):
            do(case, Verb.SEAL, world.gao, unit_id=world.land_office.pk)
        case.refresh_from_db()
        assert (case.status, Story.objects.get(case=case).text) == (Status.REGISTERED, TEXT)

    def test_somebody_must_be_named(self, world: World) -> None:
        liaisons(world)
        with pytest.raises(BadInput) as refusal:
            accuse(world, None, "  ")
        assert refusal.value.field == "unit"
        with pytest.raises(BadInput) as refusal:
            accuse(world, Unit.objects.get(pk=world.nanshan_centre.pk))
        assert refusal.value.field == "unit"

    def test_who_registers_nothing_seals_nothing(self, world: World) -> None:
        liaisons(world)
        with pytest.raises(NotAllowed):
            accuse(world, world.land_office, actor=world.dou)


class TestAtIntake:
    def test_there_is_no_case_and_no_gap(self, world: World) -> None:
        liaisons(world)
        first = dispute(world).number
        matter = accuse(world, world.land_office)
        second = dispute(world).number
        assert int(second[-6:]) == int(first[-6:]) + 1
        assert Case.objects.count() == 2
        assert matter.number.startswith("LBS") and matter.serial == 1
        assert CaseDelta.objects.count() == 2

    def test_numbers_do_not_count(self, world: World) -> None:
        liaisons(world)
        found = [accuse(world, world.land_office) for _ in range(6)]
        numbers = [int(one.number[-6:]) for one in found]
        assert [one.serial for one in found] == list(range(1, 7))
        assert numbers != list(range(numbers[0], numbers[0] + 6))
        assert len(set(numbers)) == 6

    def test_a_retry_gets_the_same_receipt(self, world: World) -> None:
        liaisons(world)
        values = {"actor": world.gao, "key": "retry-123", "digest": b"a" * 32}
        told = draft(text=TEXT, kind="request")
        first = sealing.register(told, world.land_office.pk, "", **values)
        again = sealing.register(told, world.land_office.pk, "", **values)
        assert (again.created, again.matter, again.code) == (False, first.matter, first.code)
        with pytest.raises(BadInput) as refusal:
            sealing.register(told, None, "别人", **values | {"digest": b"b" * 32})
        assert refusal.value.field == "key"
        other = sealing.register(told, world.land_office.pk, "", **values | {"actor": world.cun})
        assert other.created

    def test_the_liaison_reads_everything_and_is_told(self, world: World) -> None:
        liaisons(world)
        upload = SimpleUploadedFile("收条.jpg", JPEG, "image/jpeg")
        matter = accuse(
            world, world.land_office, text=TEXT, uploads=[upload],
            parties=(PartyDraft("张三", "138 0000 5678", "2组15号"),),
        )  # fmt: skip
        found = opened(world, "jian", matter.number)
        assert found.words["text"] == TEXT
        assert found.words["about"]["name"] == "青石镇自然资源所"
        assert found.words["writer"]["name"] == world.gao.display_name
        assert found.words["parties"][0]["phone"] == "13800005678"
        [file] = found.files
        name, media_type, content = sealed_work.open_file(
            world.people["jian"], matter.number, file.public_id, "work", ADDRESS
        )
        assert (name, media_type, content) == ("收条.jpg", "image/jpeg", JPEG)
        notice = Notice.objects.get(user=world.people["jian"])
        assert (notice.verb, notice.case_id) == (Verb.SEAL, None)

    def test_a_failed_attempt_leaves_no_file(self, world: World) -> None:
        liaisons(world)
        bad = SimpleUploadedFile("x.jpg", b"no picture at all", "image/jpeg")
        with pytest.raises(BadInput):
            accuse(world, world.land_office, uploads=[bad])
        assert not SealedMatter.objects.exists()


class TestOpening:
    def test_every_opening_is_logged_with_its_reason(self, world: World) -> None:
        liaisons(world)
        matter = accuse(world, world.land_office)
        opened(world, "jian", matter.number)
        row = AccessLog.objects.get(action="open_sealed")
        assert (row.actor, row.subject, row.reason, row.address) == (
            world.people["jian"], matter.number, "work", ADDRESS,
        )  # fmt: skip

    @pytest.mark.parametrize("reason", ["", "因为张三", "WORK"])
    def test_no_reason_no_words_no_row(self, world: World, reason: str) -> None:
        liaisons(world)
        matter = accuse(world, world.land_office)
        with pytest.raises(BadInput):
            sealed_work.open_matter(world.people["jian"], matter.number, reason, None)
        assert not AccessLog.objects.filter(action="open_sealed").exists()

    def test_nobody_else_opens_it(self, world: World) -> None:
        liaisons(world)
        matter = accuse(world, world.land_office)
        for name, user in world.people.items():
            if name == "jian":
                continue
            with pytest.raises(NotVisible):
                sealed_work.open_matter(user, matter.number, "work", None)

    def test_another_ring_does_not_open_it(self, world: World, settings) -> None:
        liaisons(world)
        matter = accuse(world, world.land_office)
        settings.SEAL_KEYS = {1: b"x" * 32}
        with pytest.raises(Unreadable):
            opened(world, "jian", matter.number)
        settings.SEAL_KEYS = {2: b"x" * 32}
        with pytest.raises(Unreadable):
            opened(world, "jian", matter.number)

    def test_words_copied_to_another_matter_do_not_open(self, world: World) -> None:
        liaisons(world)
        first, second = (accuse(world, world.land_office) for _ in range(2))
        SealedMatter.objects.filter(pk=second.pk).update(
            words=bytes(first.words), wrapped_key=bytes(first.wrapped_key)
        )
        with pytest.raises(Unreadable):
            opened(world, "jian", second.number)

    def test_the_ring_turns(self, world: World, settings) -> None:
        liaisons(world)
        matter = accuse(world, world.land_office, text=TEXT)
        old = dict(settings.SEAL_KEYS)
        settings.SEAL_KEYS = {**old, 7: b"n" * 32}
        sealed_work.rewrap(matter.pk)
        settings.SEAL_KEYS = {7: b"n" * 32}
        assert opened(world, "jian", matter.number).words["text"] == TEXT

    def test_the_command_turns_every_key_and_the_check_knows(self, world: World, settings) -> None:
        assert sealed_work.ring_opens()
        liaisons(world)
        accuse(world, world.land_office)
        old = dict(settings.SEAL_KEYS)
        settings.SEAL_KEYS = {7: b"n" * 32}
        assert not sealed_work.ring_opens()
        [problem] = seal_keys_open_what_is_sealed(databases=["default"])
        assert problem.id == "governance.E006"
        settings.SEAL_KEYS = {**old, 7: b"n" * 32}
        call_command("rewrap_sealed")
        settings.SEAL_KEYS = {7: b"n" * 32}
        assert sealed_work.ring_opens() and not seal_keys_open_what_is_sealed(databases=["default"])

    def test_forgetting_the_key_erases_every_copy(self, world: World) -> None:
        liaisons(world)
        matter = accuse(world, world.land_office, text=TEXT)
        sealed_work.act(world.people["jian"], matter.number, SealedVerb.RECEIVE)
        sealed_work.act(world.people["jian"], matter.number, SealedVerb.NOTE, note="已谈话")
        sealed_work.erase(matter.pk)
        matter.refresh_from_db()
        assert bytes(matter.wrapped_key) == bytes(matter.words) == b""
        assert not matter.notes.exists() and not matter.files.exists()
        with pytest.raises(Unreadable):
            opened(world, "jian", matter.number)
        assert list(sealed_work.verify_all()) == []
        with pytest.raises(NotVisible):
            sealed_work.erase(matter.pk)


class TestSteps:
    def test_from_receipt_to_reply_with_clocks(self, world: World) -> None:
        liaisons(world)
        jian, matter = world.people["jian"], accuse(world, world.land_office)
        assert timedelta(days=14) < matter.due_at - matter.registered_at < timedelta(days=17)
        dues = [matter.due_at]
        for verb, note in (
            (SealedVerb.RECEIVE, ""), (SealedVerb.CONCLUDE, "已立案"), (SealedVerb.REPLY, "已答复"),
        ):  # fmt: skip
            matter = sealed_work.act(jian, matter.number, verb, note=note)
            dues.append(matter.due_at)
        assert matter.status == SealedStatus.REPLIED and matter.closed_at and dues[-1] is None
        assert [row.verb for row in matter.events.all()] == ["seal", "receive", "conclude", "reply"]
        assert [line.note for line in opened(world, "jian", matter.number).history] == [
            "已答复", "已立案", "", "",
        ]  # fmt: skip
        assert list(sealed_work.verify(matter)) == []

    def test_what_does_not_fit_is_refused(self, world: World) -> None:
        liaisons(world)
        jian, number = world.people["jian"], accuse(world, world.land_office).number
        with pytest.raises(WrongState):
            sealed_work.act(jian, number, SealedVerb.CONCLUDE, note="x")
        with pytest.raises(WrongState):
            sealed_work.act(jian, number, SealedVerb.RECEIVE, rev=0)
        sealed_work.act(jian, number, SealedVerb.RECEIVE, rev=1)
        with pytest.raises(BadInput) as refusal:
            sealed_work.act(jian, number, SealedVerb.CONCLUDE, note=" ")
        assert refusal.value.field == "note"
        assert SealedEvent.objects.count() == 2

    def test_it_is_passed_on_up_and_never_down(self, world: World) -> None:
        liaisons(world)
        number = accuse(world, world.donghe_committee).number
        lian, jian = world.people["lian"], world.people["jian"]
        matter = sealed_work.act(
            lian, number, SealedVerb.TRANSFER, note="请区里办", unit_id=world.hubin_discipline.pk
        )
        assert matter.status == SealedStatus.WAITING
        assert not SealedMatter.objects.visible_to(lian).exists()
        assert opened(world, "jian", number).history[0].note == "请区里办"
        assert Notice.objects.filter(user=jian).count() == 1
        low = accuse(world, world.land_office).number
        for unit in (world.qingshi_discipline, world.land_office, world.hubin_discipline):
            with pytest.raises(BadInput) as refusal:
                sealed_work.act(jian, low, SealedVerb.TRANSFER, note="x", unit_id=unit.pk)
            assert refusal.value.field == "unit"

    def test_a_rewritten_history_is_found(self, world: World) -> None:
        liaisons(world)
        matter = accuse(world, world.land_office)
        SealedMatter.objects.filter(pk=matter.pk).update(last_seq=2)
        matter.refresh_from_db()
        assert list(sealed_work.verify(matter)) != []

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE cases_sealedevent SET verb = 'reply'",
            "DELETE FROM cases_sealedevent",
            "DELETE FROM cases_sealedmatter",
        ],
    )
    def test_history_is_only_added_to(self, world: World, sql: str) -> None:
        liaisons(world)
        accuse(world, world.land_office)
        with pytest.raises((InternalError, ProgrammingError)), connection.cursor() as cursor:
            cursor.execute(sql)

    def test_petition_officers_at_the_level_know_organ_and_clock(self, world: World) -> None:
        liaisons(world)
        xin = world.person("xin", Role.PETITION_OFFICE, world.hubin_petition)
        low = world.people["lian"]
        accuse(world, world.land_office)
        assert [one.holder_unit for one in sealed_work.routed(xin)] == [world.hubin_discipline]
        assert sealed_work.routed(low) == [] and sealed_work.waiting(xin) == []
        accuse(world, world.hubin_petition)  # about the officer's own level: not listed
        assert len(sealed_work.routed(xin)) == 1


def lived(world: World) -> Case:
    """A case with words wherever words may stand."""
    case = dispute(world, text=TEXT, place="老井旁", area_id=world.donghe1.pk)
    do(case, Verb.SIGN, world.gao)
    do(case, Verb.SUPPLEMENT, world.gao, note="所长李某到场，说了狠话")
    Attachment.objects.create(
        case=case, tenant_id=case.tenant_id, uploaded_by=world.gao, at=case.registered_at,
        name="证据.jpg", media_type="image/jpeg", size=1, sha256=b"\0" * 32, storage_key="none",
        state="refused",
    )  # fmt: skip
    deliver()
    access.looked(world.cun, "view", case.number, tenant_id=case.tenant_id, fields="text")
    return case


class TestAnOpenCase:
    def test_everything_moves_and_a_shell_stays(self, world: World) -> None:
        liaisons(world)
        case = lived(world)
        phones = {party.name for party in case.parties.all()}
        do(case, Verb.SEAL, world.gao, unit_id=world.land_office.pk)
        case.refresh_from_db()
        assert (case.status, case.restricted, case.holder_unit_id) == (Status.SEALED, True, None)
        assert case.area == world.hubin and case.district_id is None and case.closed_at
        assert Story.objects.get(case=case).text == ""
        assert set(CaseNote.objects.filter(case=case).values_list("text", flat=True)) == {""}
        assert not Party.objects.filter(case=case).exclude(name="").exists()
        assert not case.attachments.exists() and not case.clocks.filter(stopped_at=None).exists()
        matter = case.sealed_shell.matter
        found = opened(world, "jian", matter.number)
        [old] = found.words["cases"]
        assert (old["number"], old["text"], old["place"]) == (case.number, TEXT, "老井旁")
        assert {one["name"] for one in old["parties"]} == phones
        assert "13800005678" in json.dumps(old)
        assert any("狠话" in note["text"] for note in old["notes"])
        assert found.words["sealed_by"]["name"] == world.gao.display_name
        assert [one.name for one in found.readers] == [world.cun.display_name]

    def test_chains_and_figures_hold(self, world: World) -> None:
        liaisons(world)
        case = lived(world)
        event(world)
        figures.fold()
        do(case, Verb.SEAL, world.gao, unit_id=world.land_office.pk)
        figures.fold()
        assert figures.differences() == []
        assert list(verify_all()) == [] and list(sealed_work.verify_all()) == []

    def test_nobody_sees_or_counts_the_shell(self, world: World) -> None:
        liaisons(world)
        case = lived(world)
        do(case, Verb.ASSIGN, world.gao, user_id=world.mei.pk)
        do(case, Verb.CO_HANDLE, world.gao, unit_id=world.land_office.pk, note="请帮忙")
        do(case, Verb.RAISE, world.gao, reason="beyond_power", note="办不了")
        do(case, Verb.SEAL, world.cun, unit_id=world.land_office.pk)
        for user in world.people.values():
            assert not Case.objects.visible_to(user).filter(pk=case.pk).exists()
            assert not Case.objects.countable_by(user).filter(pk=case.pk).exists()
            assert not search.found(user, case.number).exists()
        with pytest.raises(NotVisible):
            transitions.act(case.number, Verb.SIGN, actor=world.cun, inputs=Inputs())

    def test_notices_give_way_to_one_line(self, world: World) -> None:
        liaisons(world)
        case = lived(world)
        do(case, Verb.RAISE, world.gao, reason="beyond_power", note="办不了")
        before = set(Notice.objects.filter(case=case).values_list("user_id", flat=True))
        assert before and Outbox.objects.filter(case_id=case.pk, state="pending").exists()
        do(case, Verb.SEAL, world.cun, unit_id=world.land_office.pk)
        deliver()
        assert not Notice.objects.filter(case=case).exists()
        kept = Notice.objects.filter(verb=Verb.SEAL, unit=None)
        assert set(kept.values_list("user_id", flat=True)) == before
        assert kept.count() == len(before)

    def test_what_was_merged_into_it_goes_with_it(self, world: World) -> None:
        liaisons(world)
        other, case = dispute(world, text=f"另一份：{TEXT}"), lived(world)
        do(other, Verb.MERGE, world.gao, other=case.number, note="同一件事")
        do(case, Verb.SEAL, world.gao, unit_id=world.land_office.pk)
        other.refresh_from_db()
        assert (other.status, other.merged_into_id) == (Status.SEALED, None)
        assert Story.objects.get(case=other).text == ""
        matter = case.sealed_shell.matter
        assert len(opened(world, "jian", matter.number).words["cases"]) == 2
        assert list(verify_all()) == []

    def test_a_linked_case_no_longer_names_it(self, world: World) -> None:
        liaisons(world)
        other, case = dispute(world), lived(world)
        do(other, Verb.LINK, world.gao, other=case.number)
        do(case, Verb.SEAL, world.gao, unit_id=world.land_office.pk)
        assert case.number not in str(timeline(other, world.gao))
        assert not other.links.exists() and not other.linked_from.exists()

    def test_a_closed_case_is_not_sealed(self, world: World) -> None:
        liaisons(world)
        case = dispute(world)
        do(case, Verb.VOID, world.gao, reason="wrong_entry", note="录错")
        with pytest.raises(WrongState):
            do(case, Verb.SEAL, world.gao, unit_id=world.land_office.pk)

    def test_strangers_seal_nothing(self, world: World) -> None:
        liaisons(world)
        case = dispute(world)
        with pytest.raises(NotVisible):
            do(case, Verb.SEAL, world.bao, unit_id=world.land_office.pk)


class TestTheResident:
    @pytest.mark.parametrize("later", [False, True])
    def test_reads_that_it_was_passed_on_and_whom_to_phone(self, world: World, later: bool) -> None:
        liaisons(world)
        world.hubin_discipline.phone = "0000-5550123"
        world.hubin_discipline.save()
        if later:
            case = lived(world)
            code = codes.tracking_code(case.public_id, case.code_key)
            do(case, Verb.SEAL, world.gao, unit_id=world.land_office.pk)
        else:
            told = draft(text=TEXT)
            made = sealing.register(
                told, world.land_office.pk, "", actor=world.gao, key="resident-1", digest=b"x"
            )
            code = made.code
        found = find(code, "")
        assert found is not None
        shown = progress(found)
        with override("zh-hans"):
            assert str(shown.stage) == "已按规定移送"
        assert (shown.phone, shown.unit, shown.history) == ("0000-5550123", "", [])

    def test_the_spoken_form_needs_the_pin(self, world: World) -> None:
        liaisons(world)
        made = sealing.register(
            draft(text=TEXT), world.land_office.pk, "", actor=world.gao, key="r-2", digest=b"x"
        )
        assert find(made.code[:12], "5678") is None
        assert find(made.code[:12], made.pin) == made.matter


def test_the_kind_of_unit_for_discipline_organs_is_there(world: World) -> None:
    liaisons(world)
    assert world.hubin_discipline.kind_id == UnitKindCode.DISCIPLINE
