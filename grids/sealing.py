"""Envelopes of sealed matters: every matter has a key of its own, wrapped by a ring kept elsewhere.

``SEAL_KEYS`` (number → 32 bytes) lives outside database, repository and backups; the database
holds only wrapped keys. Whoever forgets a wrapped key has erased everything under it, in every
copy of the database. Nothing here ever gives back ciphertext in place of a value.
"""

import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from grids.keyring import HEAD, NONCE, VERSION, Unreadable, cipher, key_number, newest

KEY_BYTES = 32


def fresh_key() -> bytes:
    """A new key for one matter."""
    return secrets.token_bytes(KEY_BYTES)


def wrap(key: bytes, context: str) -> bytes:
    """``key`` under the newest key of the ring, bound to ``context`` (one matter)."""
    number = newest(settings.SEAL_KEYS)
    head = bytes([VERSION]) + number.to_bytes(2, "big")
    nonce = secrets.token_bytes(NONCE)
    wrapped = cipher(settings.SEAL_KEYS[number]).encrypt(nonce, key, head + context.encode())
    return head + nonce + wrapped


def unwrap(blob: bytes | memoryview, context: str) -> bytes:
    """The key ``wrap`` wrapped for the same context; raises ``Unreadable``, also when the
    wrapped key was forgotten."""
    data = bytes(blob)
    ring_key = settings.SEAL_KEYS.get(key_number(data))
    if ring_key is None:
        raise Unreadable("the key of this matter is not in the ring")
    head, nonce, wrapped = data[:HEAD], data[HEAD : HEAD + NONCE], data[HEAD + NONCE :]
    try:
        return cipher(ring_key).decrypt(nonce, wrapped, head + context.encode())
    except InvalidTag as error:
        raise Unreadable("the key was changed or belongs to another matter") from error


def close(key: bytes, data: bytes, context: str) -> bytes:
    """``data`` under the matter's own ``key``, bound to ``context`` (one row or file).

    The cipher is made anew each time: unlike a ring's, a matter's key is never kept.
    """
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, context.encode())


def disclose(key: bytes, blob: bytes | memoryview, context: str) -> bytes:
    """What ``close`` closed; raises ``Unreadable`` for anything else."""
    data = bytes(blob)
    try:
        return AESGCM(key).decrypt(data[:NONCE], data[NONCE:], context.encode())
    except (InvalidTag, ValueError) as error:
        raise Unreadable("the words were changed or belong to another matter") from error


def marks(label: str, value: str) -> list[bytes]:
    """A keyed hash of ``value`` under every key of the ring, newest first: finds an equal value
    again without telling it."""
    ring: dict[int, bytes] = settings.SEAL_KEYS
    return [
        hmac.digest(ring[number], f"mark|{label}|{value}".encode(), hashlib.sha256)
        for number in sorted(ring, reverse=True)
    ]
