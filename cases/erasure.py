"""Erase a party's words from a case; the chain still verifies (decisions.md 6).

Digests stay, texts and salts go: without the salt a digest says nothing.
"""

from django.db import transaction

from cases.models import CaseNote, CaseSearch, Party
from cases.transitions import database_now
from grids.errors import NotVisible


@transaction.atomic
def erase_party(party_id: int) -> None:
    """Remove name, address, numbers and notes of one party, wherever they stand."""
    now = database_now()
    party = Party.objects.select_for_update().filter(pk=party_id, erased_at=None).first()
    if party is None:
        raise NotVisible("There is no such party.")
    search = CaseSearch.objects.filter(case_id=party.case_id).first()
    if search:
        for words in (party.name, party.address, party.phone_tail):
            search.text = search.text.replace(words, "") if words else search.text
        search.save(update_fields=["text"])
    CaseNote.objects.filter(case_id=party.case_id, party_id=party.pk, erased_at=None).update(
        text="", salt=b"", erased_at=now
    )
    party.name = party.address = party.phone_tail = party.id_number_tail = ""
    party.phone = party.phone_index = party.id_number = party.id_number_index = b""
    party.erased_at = now
    party.save()
