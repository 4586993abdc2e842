"""Query codes: what a resident holds in the hand to see how far a case is.

A code is not stored. It is made from the case's public id with a key of the ring, so that a
retry or a reprint shows the same code; the database keeps only its keyed hash, under another
ring, to find the case by. 26 symbols of Crockford's base 32 are 130 bits: nobody guesses one.
The first twelve are the form said on the phone and need a proof beside them.
"""

import base64
import hashlib
import hmac
import unicodedata
from uuid import UUID

from django.conf import settings

from grids.keyring import newest

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
# The same five bits at a time as the standard's base 32, in Crockford's symbols.
SYMBOLS = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ALPHABET.encode("ascii"))
CODE_LENGTH = 26  # symbols of five bits
SPOKEN_LENGTH = 12
PIN_LENGTH = 6
GROUP = 4
LONGEST_INPUT = 120  # characters looked at; a code with any separators fits
MISREAD = str.maketrans("OIL", "011")


def current_key() -> int:
    """The number of the key new codes are made with; a case stores it."""
    return newest(settings.CODE_KEYS)


def tracking_code(public_id: UUID, key_number: int) -> str:
    """The 26 symbols of a case's code."""
    mac = hmac.digest(settings.CODE_KEYS[key_number], b"code" + public_id.bytes, hashlib.sha256)
    return base64.b32encode(mac).translate(SYMBOLS)[:CODE_LENGTH].decode("ascii")


def spoken_code(public_id: UUID, key_number: int) -> str:
    """The twelve symbols said on the phone: the beginning of the code."""
    return tracking_code(public_id, key_number)[:SPOKEN_LENGTH]


def pin(public_id: UUID, key_number: int) -> str:
    """Six digits printed on the receipt, the proof beside the spoken form."""
    mac = hmac.digest(settings.CODE_KEYS[key_number], b"pin" + public_id.bytes, hashlib.sha256)
    return f"{int.from_bytes(mac[:8], 'big') % 10**PIN_LENGTH:0{PIN_LENGTH}}"


def normalise(text: str) -> str:
    """What a person typed as symbols of the alphabet; anything else is dropped.

    Full-width forms, lower case, spaces and dashes are accepted; O reads 0, I and L read 1.
    """
    plain = unicodedata.normalize("NFKC", text[:LONGEST_INPUT]).upper().translate(MISREAD)
    return "".join(symbol for symbol in plain if symbol in ALPHABET)


def grouped(code: str) -> str:
    """``code`` in groups of four, for print."""
    return " ".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def code_lookup(code: str) -> bytes:
    """The hash a case is found by from its whole code; ``code`` is normalised."""
    return lookups(b"code|", code)[0]


def spoken_lookup(code: str) -> bytes:
    """The hash a case is found by from the spoken form; ``code`` is normalised."""
    return lookups(b"spoken|", code)[0]


def lookups(label: bytes, code: str) -> list[bytes]:
    """The hash of ``code`` under every look-up key, newest first."""
    ring: dict[int, bytes] = settings.CODE_LOOKUP_KEYS
    return [
        hmac.digest(ring[number], label + code.encode(), hashlib.sha256)
        for number in sorted(ring, reverse=True)
    ]


def either_lookup(code: str) -> tuple[list[bytes], list[bytes]]:
    """Both kinds of hash of ``code``, made for every input so that no answer is quicker."""
    return lookups(b"code|", code), lookups(b"spoken|", code)
