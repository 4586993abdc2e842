"""Sealed matters: routed past whoever they are about, without a trace among the cases."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cases import sealed_work, sealing
from cases.intake import PartyDraft
from cases.models import (
    Case,
    CaseDelta,
    Notice,
    SealedMatter,
    Story,
)
from cases.rules.workflow import Status, Verb
from grids.errors import BadInput, NotAllowed, NotVisible
from grids.models import Unit
from grids.roles import Role, UnitKindCode
from tests.cases.matters import dispute, do, draft
from tests.cases.sealed import ADDRESS, JPEG, TEXT, accuse, liaisons, opened
from tests.world import World


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


def test_the_kind_of_unit_for_discipline_organs_is_there(world: World) -> None:
    liaisons(world)
    assert world.hubin_discipline.kind_id == UnitKindCode.DISCIPLINE
