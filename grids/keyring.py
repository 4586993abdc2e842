"""Sealing of phone and identity numbers: encryption, blind indexes, one way to write them.

Keys come from two rings in the settings (number → 32 bytes): the highest number writes, all
read. A sealed value names its key, so a ring can turn while old rows stay readable. Nothing
here ever gives back ciphertext in place of a value: what cannot be opened raises.
"""

import hashlib
import hmac
import re
import secrets
import unicodedata
from datetime import date
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from grids.errors import BadInput

VERSION = 1
HEAD = 3  # bytes: version, key number (two, big-endian)
NONCE = 12  # bytes; random, so at most 2^32 values per key, far beyond any county
INDEX_BYTES = 16  # short enough to say little, long enough for no false match


class Unreadable(Exception):
    """A sealed value was changed, moved to another row, or its key is gone."""


def newest(ring: dict[int, bytes]) -> int:
    """The number of the key that writes."""
    return max(ring)


@cache
def cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def encrypt(text: str, context: str) -> bytes:
    """Seal ``text`` for one place, e.g. ``cases_party.phone:<case public id>``.

    The context is authenticated, not stored: a value copied to another row does not open.
    """
    number = newest(settings.FIELD_KEYS)
    head = bytes([VERSION]) + number.to_bytes(2, "big")
    nonce = secrets.token_bytes(NONCE)
    sealed = cipher(settings.FIELD_KEYS[number]).encrypt(
        nonce, text.encode(), head + context.encode()
    )
    return head + nonce + sealed


def decrypt(blob: bytes | memoryview, context: str) -> str:
    """Open what ``encrypt`` sealed for the same context; raises ``Unreadable`` otherwise."""
    data = bytes(blob)
    head, nonce, sealed = data[:HEAD], data[HEAD : HEAD + NONCE], data[HEAD + NONCE :]
    key = settings.FIELD_KEYS.get(key_number(data))
    if key is None:
        raise Unreadable("the key of this value is not in the ring")
    try:
        return cipher(key).decrypt(nonce, sealed, head + context.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise Unreadable("the value was changed or belongs to another row") from error


def key_number(blob: bytes | memoryview) -> int:
    """Which key sealed ``blob``; a turn of the ring counts rows by it."""
    data = bytes(blob)
    if len(data) < HEAD + NONCE or data[0] != VERSION:
        raise Unreadable("this is not a sealed value")
    return int.from_bytes(data[1:HEAD], "big")


def blind_index(value: str, column: str) -> bytes:
    """What equal values of one column have in common: 16 bytes of a keyed hash.

    ``value`` must be normalised (``phone_digits``, ``id_number``). Every column has a key of
    its own, so two columns cannot be joined. The value space is small; the key, kept off the
    database, is the only protection.
    """
    return blind_indexes(value, column)[0]


def blind_indexes(value: str, column: str) -> list[bytes]:
    """The index of ``value`` under every key of the ring, newest first: what to look for."""
    ring: dict[int, bytes] = settings.INDEX_KEYS
    return [
        hmac.digest(
            hmac.digest(ring[number], b"column|" + column.encode(), hashlib.sha256),
            value.encode(),
            hashlib.sha256,
        )[:INDEX_BYTES]
        for number in sorted(ring, reverse=True)
    ]


# --- one way to write a number ----------------------------------------------------------
LONGEST_PHONE = 60  # characters looked at
COUNTRY = re.compile(r"^(\+|00)\s*86[\s-]*")
MOBILE = re.compile(r"1[3-9][0-9]{9}")
LANDLINE = re.compile(r"0[0-9]{2,3}[2-9][0-9]{6,7}")
LOCAL = re.compile(r"[2-9][0-9]{6,7}")
SERVICE = re.compile(r"[48]00[0-9]{7}")
SHORT = re.compile(r"[1-9][0-9]{2,5}")  # short numbers of a closed group, hotlines
ABROAD = re.compile(r"\+[1-9][0-9]{6,14}")
EXTENSION = re.compile(r"(?:-|x|ext\.?|转|分机)\s*([0-9]{1,6})$", re.IGNORECASE)
SEPARATORS = re.compile(r"[\s()\-\u2010-\u2015\u2212.]")


def phone_digits(text: str) -> str:
    """The one way to write a phone number: ``13800138000``, ``059587654321-801``.

    Full-width digits, spaces, dashes, brackets and +86 are taken away; an extension stays
    behind a dash, a foreign country code behind a plus. Raises ``BadInput``.
    """
    plain = unicodedata.normalize("NFKC", text[:LONGEST_PHONE]).strip()
    home = COUNTRY.sub("", plain)
    if home != plain and not home.startswith(("0", "1")):
        home = f"0{home}"  # +86 595 … leaves out the zero of the area code
    for main, extension in phone_readings(home):
        if MOBILE.fullmatch(main) and not extension or ABROAD.fullmatch(main) and not extension:
            return main
        if any(shape.fullmatch(main) for shape in (LANDLINE, LOCAL, SERVICE)):
            return f"{main}-{extension}" if extension else main
        if SHORT.fullmatch(main) and not extension:
            return main
    raise BadInput("This is not a phone number.", field="phone")


def phone_readings(plain: str) -> list[tuple[str, str]]:
    """(number, extension): first all digits as one number, then a tail as the extension."""
    readings = [(SEPARATORS.sub("", plain), "")]
    if found := EXTENSION.search(plain):
        readings.append((SEPARATORS.sub("", plain[: found.start()]), found.group(1)))
    return readings


def phone_tail(number: str) -> str:
    """The last four digits people know a normalised number by, without the extension."""
    return number.partition("-")[0][-4:]


ID_SHAPE = re.compile(r"[1-9][0-9]{5}((?:18|19|20)[0-9]{2})([0-9]{2})([0-9]{2})[0-9]{3}[0-9X]")
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECK = "10X98765432"


def id_number(text: str, *, today: date) -> str:
    """A resident identity number (GB 11643) with its check digit, ``X`` in upper case.

    The birth date must exist and not lie after ``today``. Raises ``BadInput``; the fifteen
    digits of old cards have no check digit and are refused.
    """
    plain = SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    found = ID_SHAPE.fullmatch(plain)
    if found:
        try:
            born = date(*(int(part) for part in found.groups()))
        except ValueError:
            born = date.max
        total = sum(int(digit) * weight for digit, weight in zip(plain, ID_WEIGHTS, strict=False))
        if born <= today and ID_CHECK[total % 11] == plain[17]:
            return plain
    raise BadInput("This is not an identity number.", field="id_number")
