"""Erasing a party leaves none of their words anywhere, and the chain still verifies.

And the other side of it: what can never be erased holds no personal text from the start.
"""

import pytest
from django.db import IntegrityError, connection
from django.utils import translation

from cases import erasure, readers, search
from cases.intake import PartyDraft
from cases.models import Case, CaseEvent, CaseNote, CaseSearch, Party, Story
from cases.rules.workflow import Verb
from cases.transitions import database_now
from cases.verification import verify_all
from grids import access
from grids.errors import BadInput, NotVisible
from grids.models import AccessLog, AccessNote
from tests.cases.matters import dispute, do
from tests.world import World

NAME, ADDRESS, PHONE = "欧阳震华", "柳巷7号院2单元", "13900004321"
OTHER = PartyDraft("王小二", "13700001111", "8组3号", "respondent")
TEXT = f"{NAME}与邻居因排水沟起争执。住{ADDRESS}，电话{PHONE}，邻居王小二。"


def named(world: World) -> Case:
    """A case in which a party's words stand wherever words may stand."""
    party = PartyDraft(NAME, "139 0000 4321", ADDRESS)
    case = dispute(world, text=TEXT, parties=(party, OTHER), place=f"{ADDRESS}门口")
    do(case, Verb.CORRECT, world.gao, text=TEXT + "情绪平稳。")
    do(case, Verb.TELL, world.gao, channel="call", party_id=case.parties.first().pk)
    do(case, Verb.SIGN, world.gao)
    do(case, Verb.SUPPLEMENT, world.gao, note=f"已联系{NAME}")
    do(case, Verb.SUPPLEMENT, world.gao, note="双方同意见面")
    do(case, Verb.MEDIATE, world.gao, applicant_agrees=True, respondent_agrees=True)
    case.attachments.create(
        tenant_id=case.tenant_id, uploaded_by=world.gao, at=case.registered_at,
        name=f"{NAME}家.jpg", media_type="image/jpeg", size=1, sha256=b"\0" * 32, storage_key="x",
    )  # fmt: skip
    case.sessions.create(
        tenant_id=case.tenant_id, planned_at=case.registered_at, place=ADDRESS,
        noted_at=case.registered_at, noted_by=world.gao,
    )  # fmt: skip
    case.refresh_from_db()
    return case


# Columns only a machine fills: random or running digits come upon any four of them by chance.
KEYS = ("uuid", "smallint", "integer", "bigint", "date", "timestamp with time zone")


def places_with(words: str) -> list[str]:
    """Every column of every table, as text, that contains ``words``."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        found = []
        for table, column, kind in cursor.fetchall():
            if words.isdigit() and kind in KEYS:
                continue
            # Bytes are looked through as well: an unencrypted number would stand there in full.
            cursor.execute(
                f'SELECT count(*) FROM "{table}" WHERE position(%s IN '
                + (f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text')
                + ") > 0",
                [words],
            )
            found += [f"{table}.{column}"] * cursor.fetchone()[0]
        return sorted(set(found))


def test_before_erasing_the_words_stand_where_they_may(world: World) -> None:
    named(world)
    assert places_with(NAME) == [
        "cases_attachment.name", "cases_casenote.text", "cases_casesearch.text",
        "cases_party.name", "cases_story.text",
    ]  # fmt: skip
    assert places_with(ADDRESS) == [
        "cases_casenote.text", "cases_casesearch.text", "cases_mediationsession.place",
        "cases_party.address", "cases_story.place", "cases_story.text",
    ]  # fmt: skip


def test_after_erasing_they_stand_nowhere_and_the_chain_verifies(world: World) -> None:
    case = named(world)
    party = case.parties.get(name=NAME)
    head = bytes(case.head)
    erasure.erase_party(party.pk)
    for words in (NAME, ADDRESS, PHONE, PHONE[-4:]):
        assert places_with(words) == [], words
    case.refresh_from_db()
    assert bytes(case.head) == head
    assert list(verify_all()) == []
    party.refresh_from_db()
    assert party.erased_at is not None and bytes(party.phone) == bytes(party.phone_index) == b""


def test_the_others_words_stay(world: World) -> None:
    case = named(world)
    erasure.erase_party(case.parties.get(name=NAME).pk)
    story = Story.objects.get(case=case)
    assert story.text.startswith(f"{erasure.MARK}与邻居因排水沟起争执")
    assert "王小二" in story.text and "情绪平稳" in story.text
    kept = CaseNote.objects.filter(case=case, erased_at=None).values_list("text", flat=True)
    assert {"王小二", "双方同意见面"} <= set(kept)
    other = case.parties.get(erased_at=None)
    assert (other.name, other.phone_tail) == ("王小二", "1111")
    text = CaseSearch.objects.get(case=case).text
    assert text.startswith(case.number) and "王小二" in text and "8组3号" in text


def test_a_case_is_found_by_its_number_but_not_by_an_erased_name(world: World) -> None:
    case = named(world)
    erasure.erase_party(case.parties.get(name=NAME).pk)
    texts = CaseSearch.objects.filter(text__contains=NAME)
    assert not texts.exists()
    assert CaseSearch.objects.get(text__contains=case.number).case_id == case.pk
    assert search is not None


def test_everybody_erased_leaves_only_the_matter(world: World) -> None:
    case = named(world)
    for party in case.parties.all():
        erasure.erase_party(party.pk)
    assert places_with("王小二") == places_with("1111") == []
    assert "因排水沟起争执" in Story.objects.get(case=case).text
    assert list(verify_all()) == []


def test_erasing_twice_or_nobody_is_refused(world: World) -> None:
    party = named(world).parties.first()
    erasure.erase_party(party.pk)
    for unknown in (party.pk, 10**12):
        with pytest.raises(NotVisible):
            erasure.erase_party(unknown)


def test_a_restricted_case_gets_no_search_words_by_erasing(world: World) -> None:
    case = dispute(world, category="E09", parties=(PartyDraft(NAME, PHONE), OTHER))
    erasure.erase_party(case.parties.get(name=NAME).pk)
    assert CaseSearch.objects.get(case=case).text == case.number


def test_a_lost_key_does_not_keep_a_name(world: World) -> None:
    case = named(world)
    Party.objects.filter(case=case, name=NAME).update(phone=b"\1\0\x09" + b"\0" * 40)
    erasure.erase_party(case.parties.get(name=NAME).pk)
    assert places_with(NAME) == []


def test_events_hold_no_personal_text(world: World) -> None:
    """Of an event's columns only codes are text, and each is one of a list we wrote."""
    case = named(world)
    texts = [
        field.name
        for field in CaseEvent._meta.concrete_fields
        if field.get_internal_type() in ("CharField", "TextField", "JSONField")
    ]
    assert sorted(texts) == ["reason", "source", "target", "verb"]
    for event in CaseEvent.objects.filter(case=case):
        assert event.verb in Verb.values() and event.reason == ""


@pytest.mark.parametrize("verb", [Verb.RETURN, Verb.RAISE, Verb.SUSPEND, Verb.VOID])
def test_a_reason_in_free_words_never_reaches_an_event(world: World, verb: Verb) -> None:
    case = dispute(world)
    if verb is Verb.SUSPEND:
        case = do(case, Verb.SIGN, world.gao)
    with pytest.raises(BadInput) as refusal:
        do(case, verb, world.gao, reason=NAME, note="说明", until=case.due_at)
    assert refusal.value.field == "reason"


def test_a_reason_nobody_asked_for_is_not_kept(world: World) -> None:
    case = do(dispute(world), Verb.SIGN, world.gao, reason=NAME)
    assert case.events.last().reason == ""


def test_what_was_written_beside_a_look_goes_with_the_party(world: World) -> None:
    case = named(world)
    row = {"tenant_id": case.tenant_id, "reason": f"contact: 给{NAME}打电话"}
    access.looked(world.gao, "unmask", case.number, **row)
    access.looked(world.gao, "unmask", case.number, tenant_id=case.tenant_id, reason="other: 核对")
    access.looked_at_each(
        world.ouyang, [case.number], fields="x", address=None, post=None,
        **(row | {"reason": f"other: {NAME}的会商"}),
    )  # fmt: skip
    access.looked(world.ouyang, "export", "list:area", rows=1, **row)
    erasure.erase_party(case.parties.get(name=NAME).pk)
    assert NAME not in "".join(AccessNote.objects.values_list("text", flat=True))
    assert list(AccessNote.objects.exclude(text="").values_list("text", flat=True)) == ["核对"]
    assert AccessLog.objects.count() == 4, "that somebody looked stays"
    with translation.override("en"):
        said = [one.reason for one in readers.readers(case)[0]]
    assert any("these words were erased" in reason for reason in said)


def test_the_log_itself_takes_no_words(world: World) -> None:
    with pytest.raises(IntegrityError, match="access_reason_is_a_code"):
        AccessLog.objects.create(
            at=database_now(), actor=world.gao, action="view", subject="x", reason="给张三打电话"
        )
