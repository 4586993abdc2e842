"""Who a case is about: names in full for those who work on it, phones whole for a reason only."""

from cases.models import Case, Party
from cases.rules import masking
from cases.rules.workflow import Stand
from cases.standing import standing
from grids import keyring
from grids.models import User

# Who works on a case, and so needs to know whom it is about.
OWN = frozenset({Stand.HOLDER, Stand.MEDIATOR, Stand.WRITER, Stand.CO_HANDLER})


def own(user: User, case: Case) -> bool:
    """Whether ``user`` sees the names of the parties in full."""
    return bool(standing(user, case).stands & OWN)


def phone_of(party: Party) -> str:
    """The whole number; the caller has logged why. Empty when none is kept.

    Raises ``keyring.Unreadable`` when its key is gone.
    """
    return keyring.decrypt(party.phone, f"party.phone:{party.pk}") if party.phone else ""


def masked_phone(party: Party) -> str:
    """``138****5678``; the last four digits alone when the number cannot be opened."""
    try:
        return masking.phone(phone_of(party))
    except keyring.Unreadable:
        return f"{masking.HIDDEN}{party.phone_tail}"
