"""Mark a party as a minor, or take the mark back, on a case that is under way."""

from django.db import transaction

from cases import headlines, transitions
from cases.extracts import supplement
from cases.models import Case
from cases.revealing import OWN
from cases.standing import standing
from grids.errors import NotAllowed, NotVisible
from grids.models import User

NAMES = {"applicant": "申请人", "respondent": "被申请人", "other": "其他当事人"}


@transaction.atomic
def mark(user: User, number: str, party_id: int, minor: bool) -> None:
    """Say whether a party is under 18. By who works on the case; an event says that it happened,
    not about whom. First sentence and search words are written anew.

    Raises ``NotVisible``, ``NotAllowed``; nothing happens when it is so already.
    """
    seen = Case.objects.visible_to(user).filter(number=number).first()
    case = seen and transitions.lock(seen.pk)
    if case is None:
        raise NotVisible("There is no such case in your area.")
    units = standing(user, case).units
    stand = next((one for one in units if one in OWN), None)
    if stand is None:
        raise NotAllowed("Only those who work on the matter see the details of a minor.")
    party = case.parties.filter(pk=party_id, erased_at=None).first()
    if party is None:
        raise NotVisible("There is no such party.")
    if party.minor == minor:
        return
    party.minor = minor
    party.save(update_fields=["minor"])
    headlines.renew(case)
    said = "登记为未成年人" if minor else "不再登记为未成年人"
    supplement(case, user, units[stand], f"{NAMES[party.side]}{said}")
