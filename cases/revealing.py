"""Who a case is about: names in full for those who work on it, phones whole for a reason only."""

from collections.abc import Callable, Iterable
from contextlib import suppress

from cases import headlines, looks
from cases.looks import Why
from cases.models import Case, Party
from cases.rules import masking
from cases.rules.workflow import Stand
from cases.standing import standing
from grids import keyring, plaintext, throttle
from grids.errors import BadInput, NotAllowed
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

    Raises ``NotAllowed`` for a minor's to who does not work on the case, ``TooMany`` beyond so
    many in a quarter of an hour.
    """
    if party.minor and not own(user, case):
        raise NotAllowed("Only those who work on the matter see the details of a minor.")
    throttle.spend("unmask", str(user.pk), limit=PER_QUARTER, seconds=QUARTER)
    looks.look(
        user, case, "unmask", fields=f"party:{party.pk} name,phone,address", reason=reason,
        address=address,
    )  # fmt: skip


def shown_name(party: Party, full: bool) -> str:
    """The name as a page shows it: ``full`` to who works on the case, but of a minor the
    initials to everybody."""
    if full and not party.minor:
        return party.name
    return masking.name(party.name, minor=party.minor)


def veil(parties: Iterable[Party], full: bool) -> Callable[[str], str]:
    """What free words of a case look like to a reader: whole but for the details of minors, or,
    when they do not work on the case, with every name, phone and identity number masked."""
    parties = list(parties)
    grown, minors = headlines.names(parties)
    details = {word: masking.HIDDEN for one in parties if one.minor for word in details_of(one)}

    def veiled(words: str) -> str:
        words = masking.initials_in(masking.replaced(words, details), minors)
        return words if full else masking.text(words, grown)

    return veiled


def details_of(party: Party) -> list[str]:
    """Phone and address of a party, as they may stand in a text."""
    with suppress(keyring.Unreadable):  # its key is gone: nobody can tell where it stands
        return [word for word in (phone_of(party), party.address) if len(word) > 1]
    return [party.address] if len(party.address) > 1 else []


def masked_phone(party: Party) -> str:
    """``138****5678``; the last four digits alone when the number cannot be opened; of a minor
    only that there is one."""
    if party.minor:
        return masking.HIDDEN if party.phone_tail else ""
    try:
        return masking.phone(phone_of(party))
    except keyring.Unreadable:
        return f"{masking.HIDDEN}{party.phone_tail}"
