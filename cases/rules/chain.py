"""The hash chain of a case's events, the same in Python and in SQL. Pure Python.

Only integers, codes and epoch microseconds are hashed: a timestamp's text changes with the
session's zone. A record is ``0x01`` (version), the parts joined by ``|`` as UTF-8, the digest
of the notes and the hash of the event before. ``SQL_RECORD`` is the same expression for the
set-based sweep; ``tests/cases/test_chain.py`` holds both to one set of vectors.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

VERSION = b"\x01"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Record:
    """What the hash of one event binds; optional ids are 0 and texts empty when absent."""

    case_id: int
    seq: int
    at: datetime
    actor_id: int | None
    unit_id: int | None
    verb: str
    source: str
    target: str
    reason: str
    category_id: int
    area_id: int
    level: int
    rung: int
    holder_unit_id: int
    due_at: datetime | None
    clock_id: int | None
    other_id: int | None


def microseconds(moment: datetime | None) -> int:
    """Whole microseconds since 1970-01-01 UTC; 0 for no moment."""
    return 0 if moment is None else (moment - EPOCH) // timedelta(microseconds=1)


def event_hash(record: Record, digest: bytes, prev: bytes) -> bytes:
    """The 32-byte hash of an event after the event with hash ``prev``."""
    parts = (
        record.case_id,
        record.seq,
        microseconds(record.at),
        record.actor_id or 0,
        record.unit_id or 0,
        record.verb,
        record.source,
        record.target,
        record.reason,
        record.category_id,
        record.area_id,
        record.level,
        record.rung,
        record.holder_unit_id,
        microseconds(record.due_at),
        record.clock_id or 0,
        record.other_id or 0,
    )
    text = "|".join(str(part) for part in parts).encode()
    return hashlib.sha256(VERSION + text + digest + prev).digest()


def sql_hash(*, digest: str, prev: str, **parts: str) -> str:
    """The same hash as an SQL expression over the given column expressions."""

    def us(expression: str) -> str:
        return f"coalesce((extract(epoch from {expression}) * 1000000)::bigint, 0)"

    order = (
        parts["case_id"],
        parts["seq"],
        us(parts["at"]),
        f"coalesce({parts['actor_id']}, 0)",
        f"coalesce({parts['unit_id']}, 0)",
        parts["verb"],
        parts["source"],
        parts["target"],
        parts["reason"],
        parts["category_id"],
        parts["area_id"],
        parts["level"],
        parts["rung"],
        parts["holder_unit_id"],
        us(parts["due_at"]),
        f"coalesce({parts['clock_id']}, 0)",
        f"coalesce({parts['other_id']}, 0)",
    )
    joined = ", ".join(order)
    return (
        f"sha256('\\x01'::bytea || convert_to(concat_ws('|', {joined}), 'UTF8')"
        f" || {digest} || {prev})"
    )


def note_digest(salt: bytes, field: str, text: str) -> bytes:
    """Keyed digest of one note; without the salt it says nothing about the text."""
    return hmac.new(salt, f"{field}\0{text}".encode(), hashlib.sha256).digest()


def notes_digest(digests: list[bytes]) -> bytes:
    """What an event binds of its notes, in their order; empty without notes."""
    return hashlib.sha256(b"".join(digests)).digest() if digests else b""
