"""Erase a party's words from a case; the chain still verifies (decisions.md 6).

Digests stay, texts and salts go: without the salt a digest says nothing.
"""

from contextlib import suppress
from datetime import datetime

from django.db import transaction

from cases.headlines import found_by
from cases.models import Case, CaseNote, CaseSearch, Party, Story
from cases.rules import masking
from cases.transitions import database_now, lock
from grids import access, keyring
from grids.errors import NotVisible

MARK = "■■"  # stands in the story where a name, an address or a number stood
SHORTEST = 2  # a single character is no name to look for in a text


@transaction.atomic
def erase_party(party_id: int) -> None:
    """Remove name, address, numbers and notes of one party, wherever they stand in the case.

    In the story each of them gives way to a mark. A note that repeats one of them goes as a
    whole, because its digest binds its every word. Raises ``NotVisible`` for an unknown or
    erased party.
    """
    case_id = Party.objects.filter(pk=party_id).values_list("case_id", flat=True).first()
    case = lock(case_id) if case_id else None
    party = Party.objects.filter(pk=party_id, erased_at=None).first()
    if party is None or case is None:
        raise NotVisible("There is no such party.")
    now = database_now()
    words = words_of(party)
    erase_notes(party, words, now)
    mark_story(case, words)
    access.erase_words(case.number, case.tenant_id, words)
    party.name = party.address = party.phone_tail = party.id_number_tail = ""
    party.phone = party.phone_index = party.id_number = party.id_number_index = b""
    party.erased_at = now
    party.save()
    CaseSearch.objects.filter(case=case).update(text=search_text(case))


def words_of(party: Party) -> list[str]:
    """What would name the party in a text, longest first."""
    words = {party.name, party.address}
    if party.phone:
        with suppress(keyring.Unreadable):  # its key is gone: what nobody can read names nobody
            words.add(phone := keyring.decrypt(party.phone, f"party.phone:{party.pk}"))
            words.add(masking.phone(phone))
    words |= {masking.name(party.name), masking.name(party.name, minor=True)}  # in summaries
    return sorted((word for word in words if len(word) >= SHORTEST), key=len, reverse=True)


def erase_notes(party: Party, words: list[str], now: datetime) -> None:
    for note in CaseNote.objects.filter(case_id=party.case_id, erased_at=None):
        if note.party_id == party.pk or any(word in note.text for word in words):
            note.text, note.salt, note.erased_at = "", b"", now
            note.save(update_fields=["text", "salt", "erased_at"])


def mark_story(case: Case, words: list[str]) -> None:
    """Put the mark in place of ``words`` in the story, places of sessions and names of files."""
    story = Story.objects.get(case=case)
    story.text, story.summary, story.place = (
        marked(text, words) for text in (story.text, story.summary, story.place)
    )
    story.save(update_fields=["text", "summary", "place"])
    for session in case.sessions.exclude(place=""):
        session.place = marked(session.place, words)
        session.save(update_fields=["place"])
    for file in case.attachments.all():
        file.name = marked(file.name, words)
        file.save(update_fields=["name"])


def marked(text: str, words: list[str]) -> str:
    for word in words:
        text = text.replace(word, MARK)
    return text


def search_text(case: Case) -> str:
    """The words the case is found by from now on: what is left of story and parties."""
    story = Story.objects.get(case=case)
    left = case.parties.filter(erased_at=None)
    rows = [(one, one.address, one.phone_tail) for one in left]
    return found_by(case, story.text, story.place, rows)
