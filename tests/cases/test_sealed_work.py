"""The liaison at work on a sealed matter: opened with a reason, step by step, keys turned."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.utils import InternalError, ProgrammingError

from cases import sealed_work
from cases.models import (
    Notice,
    SealedEvent,
    SealedMatter,
)
from cases.rules.sealing import SealedStatus, SealedVerb
from governance.checks import seal_keys_open_what_is_sealed
from grids.errors import BadInput, NotVisible, WrongState
from grids.keyring import Unreadable
from grids.models import AccessLog
from grids.roles import Role
from tests.cases.sealed import ADDRESS, TEXT, accuse, liaisons, opened
from tests.world import World


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
