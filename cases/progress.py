"""Finding a case by its query code: the resident's only door.

A whole code needs nothing else. The spoken form needs the last four digits of a party's phone
or the PIN of the receipt. Every failure does the same work and gives the same answer: None.
The caller limits attempts before it asks (``grids.throttle``).
"""

import hmac
import unicodedata
import uuid

from django.db.models import Q

from cases import codes
from cases.models import Case, Party, SealedMatter

NOBODY = uuid.UUID(int=0)


def find(code_or_spoken: str, proof: str) -> Case | SealedMatter | None:
    """The case or sealed matter of a code, or None for an unknown code, a wrong proof, anything
    else."""
    code = codes.normalise(code_or_spoken)
    whole, spoken = codes.either_lookup(code)
    wanted = Q(code_lookup__in=whole) | Q(spoken_lookup__in=spoken)
    ordinary = Case.objects.select_related("holder_unit", "category").filter(wanted).first()
    # Both are asked every time, so that neither answer is quicker.
    sealed = SealedMatter.objects.select_related("holder_unit").filter(wanted).first()
    case = ordinary or sealed
    proven = is_proven(case, proof)
    if case is None:
        return None
    if len(code) == codes.CODE_LENGTH or proven:
        return case
    return None


def is_proven(case: Case | SealedMatter | None, proof: str) -> bool:
    """Whether ``proof`` is the PIN or the phone tail of a party; asks the same either way."""
    given = digits(proof)
    ordinary = case.pk if isinstance(case, Case) else 0
    tails = Party.objects.filter(case=ordinary, erased_at=None).exclude(phone_tail="")
    accepted = list(tails.values_list("phone_tail", flat=True))
    accepted.append(
        codes.pin(case.public_id, case.code_key or 0)
        if case
        else codes.pin(NOBODY, codes.current_key())
    )
    matches = [hmac.compare_digest(given, known.encode()) for known in accepted]
    return any(matches)


def digits(proof: str) -> bytes:
    """The ASCII digits of what was typed, full-width ones included."""
    plain = unicodedata.normalize("NFKC", proof[:40])
    return "".join(mark for mark in plain if mark in "0123456789").encode()
