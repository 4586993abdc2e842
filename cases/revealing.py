"""Who a case is about: names in full for those who work on it, phones whole for a reason only."""

from cases import looks
from cases.looks import Why
from cases.models import Case, Party
from cases.rules import masking
from cases.rules.workflow import Stand
from cases.standing import standing
from grids import keyring, plaintext, throttle
from grids.errors import BadInput
from grids.models import User

LONGEST_REASON = 180  # characters; the code of the reason stands before it
PER_QUARTER, QUARTER = 60, 15 * 60  # phones uncovered by one account, in seconds

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


def reason_given(code: str, words: object) -> str:
    """The reason somebody chose and what they wrote beside it, as it is kept.

    Raises ``BadInput`` at ``why`` for a reason nobody offered, at ``reason`` when another
    reason is not written down.
    """
    code = code or Why.OTHER.value
    if code not in looks.TO_UNCOVER:
        raise BadInput("Choose one of the reasons.", field="why")
    written = plaintext.line(
        words, "reason", longest=LONGEST_REASON, required=code == Why.OTHER.value
    )
    return looks.reason_kept(code, written)


def uncovered(user: User, case: Case, party: Party, reason: str, address: str | None) -> None:
    """Log that the phone and address of ``party`` are shown to ``user`` once.

    Raises ``TooMany`` beyond so many in a quarter of an hour.
    """
    throttle.spend("unmask", str(user.pk), limit=PER_QUARTER, seconds=QUARTER)
    looks.look(
        user, case, "unmask", fields=f"party:{party.pk} name,phone,address", reason=reason,
        address=address,
    )  # fmt: skip


def masked_phone(party: Party) -> str:
    """``138****5678``; the last four digits alone when the number cannot be opened."""
    try:
        return masking.phone(phone_of(party))
    except keyring.Unreadable:
        return f"{masking.HIDDEN}{party.phone_tail}"
