"""A case that is sealed after it was worked on, and what its resident reads."""

import json

import pytest
from django.utils.translation import override

from cases import codes, figures, sealed_work, sealing, search, transitions
from cases.acting import Inputs
from cases.models import (
    Attachment,
    Case,
    CaseNote,
    Notice,
    Outbox,
    Party,
    Story,
)
from cases.outbox import deliver
from cases.progress import find
from cases.resident import progress
from cases.rules.workflow import Status, Verb
from cases.timeline import timeline
from cases.verification import verify_all
from grids import access
from grids.errors import NotVisible, WrongState
from tests.cases.matters import dispute, do, draft, event
from tests.cases.sealed import TEXT, liaisons, opened
from tests.world import World


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
        shown = progress(found, transitions.database_now())
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
