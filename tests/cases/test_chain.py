"""The hash chain: one set of vectors for Python and SQL, and what each hash binds."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from cases.models import CaseEvent
from cases.rules.chain import Record, event_hash, microseconds, note_digest, notes_digest, sql_hash
from cases.verification import verify_case
from tests.cases.matters import climb, dispute, do
from tests.world import World

AT = datetime(2026, 3, 2, 1, 0, 0, 123456, tzinfo=UTC)
DUE = datetime(2026, 3, 3, 15, 59, 59, tzinfo=UTC)
FULL = Record(
    case_id=7, seq=3, at=AT, actor_id=11, unit_id=12, verb="transfer", source="signed",
    target="registered", reason="", category_id=2, area_id=31, level=4, rung=1,
    holder_unit_id=44, due_at=DUE, clock_id=9, other_id=44,
)  # fmt: skip
BARE = replace(FULL, seq=1, actor_id=None, unit_id=None, source="", due_at=None, clock_id=None,
               other_id=None)  # fmt: skip
OLD = replace(FULL, at=datetime(1969, 7, 20, 20, 17, 40, tzinfo=UTC))  # before the epoch
D, P = bytes(range(32)), bytes(range(32, 64))
# Fixed on 2026-03-02; a change of the format needs a new version byte, never new vectors.
VECTORS = [
    (FULL, D, P, "16d0757660ac21683b2b2fd4678ad1ec67741aa7f5c2412673138c1bd34db792"),
    (BARE, b"", b"", "25bda48abba34dcf194185f2bce68d847179a29f90f108becdce4f7e3db472c2"),
    (
        replace(FULL, at=datetime(1969, 7, 20, 20, 17, 40, tzinfo=UTC)),
        D,
        b"",
        "1ecb65a8b82ae53063a04df92b1ca9c24caaa334a337912dea07f8d37cf8098c",
    ),
]
PARTS = {
    "at": "timestamptz", "due_at": "timestamptz", "actor_id": "bigint", "unit_id": "bigint",
    "clock_id": "bigint", "other_id": "bigint", "case_id": "bigint", "category_id": "bigint",
    "area_id": "bigint", "holder_unit_id": "bigint", "seq": "int", "level": "smallint",
    "rung": "smallint", "verb": "text", "source": "text", "target": "text", "reason": "text",
}  # fmt: skip


def by_sql(record: Record, digest: bytes, prev: bytes, zone: str = "UTC") -> bytes:
    """The hash as PostgreSQL computes it in a session of ``zone``."""
    columns = {name: f"%({name})s::{kind}" for name, kind in PARTS.items()}
    statement = sql_hash(**columns, digest="%(digest)s::bytea", prev="%(prev)s::bytea")
    values = {name: getattr(record, name) for name in PARTS} | {"digest": digest, "prev": prev}
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL TIME ZONE '{zone}'")
        cursor.execute(f"SELECT {statement}", values)
        return bytes(cursor.fetchone()[0])


@pytest.mark.parametrize(("record", "digest", "prev", "expected"), VECTORS)
def test_python_and_sql_give_the_vectors_in_every_session_zone(
    world: World, record: Record, digest: bytes, prev: bytes, expected: str
) -> None:
    assert event_hash(record, digest, prev).hex() == expected
    for zone in ("UTC", "Asia/Shanghai", "America/New_York"):
        assert by_sql(record, digest, prev, zone).hex() == expected


CODES = st.sampled_from(["", "sign", "climb", "hand_down", "x" * 30])
IDS = st.integers(1, 2**62)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
RECORDS = st.builds(
    Record, case_id=IDS, seq=st.integers(1, 2**31 - 1), at=MOMENTS, actor_id=st.none() | IDS,
    unit_id=st.none() | IDS, verb=CODES, source=CODES, target=CODES, reason=CODES,
    category_id=IDS, area_id=IDS, level=st.integers(2, 7), rung=st.integers(0, 9),
    holder_unit_id=st.integers(0, 2**62), due_at=st.none() | MOMENTS, clock_id=st.none() | IDS,
    other_id=st.none() | IDS,
)  # fmt: skip


def test_python_and_sql_agree_on_anything(world: World) -> None:
    @given(RECORDS, st.binary(max_size=32), st.binary(max_size=32))
    def agree(record: Record, digest: bytes, prev: bytes) -> None:
        assert by_sql(record, digest, prev) == event_hash(record, digest, prev)

    agree()


@pytest.mark.parametrize("name", Record.__slots__)
def test_every_part_of_an_event_is_bound(name: str) -> None:
    value = getattr(FULL, name)
    if isinstance(value, datetime):
        changed = value.replace(microsecond=1)
    else:
        changed = value + (1 if isinstance(value, int) else "x")
    assert event_hash(replace(FULL, **{name: changed}), D, P) != event_hash(FULL, D, P)


def test_digest_and_predecessor_are_bound_too() -> None:
    usual = event_hash(FULL, D, P)
    assert event_hash(FULL, P, P) != usual != event_hash(FULL, D, D)


def test_a_notes_digest_binds_field_text_and_salt_and_the_order() -> None:
    usual = note_digest(b"salt", "note", "已谈妥")
    others = {
        note_digest(b"sals", "note", "已谈妥"),
        note_digest(b"salt", "text", "已谈妥"),
        note_digest(b"salt", "note", "未谈妥"),
    }
    assert len(others - {usual}) == 3
    assert notes_digest([]) == b""
    assert notes_digest([usual, D]) != notes_digest([D, usual])


def test_microseconds_are_exact_far_from_the_epoch() -> None:
    assert microseconds(datetime(2399, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)) == 13569465599999999
    assert microseconds(None) == 0


def test_a_climb_continues_the_chain_that_people_wrote(world: World) -> None:
    case = climb(dispute(world))
    case = do(case, "sign", world.cun)
    case = climb(case)
    first, *rest = CaseEvent.objects.filter(case=case)
    assert bytes(first.prev) == b""
    for before, event in zip([first, *rest], rest, strict=False):
        assert bytes(event.prev) == bytes(before.hash)
    assert bytes(case.head) == bytes(rest[-1].hash) and verify_case(case) == []
