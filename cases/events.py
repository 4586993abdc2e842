"""Append one event to a case's chain, with its notes, delta and messages.

The caller holds the lock on the case row (or is just creating it) and saves the row after.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cases.models import Case, CaseDelta, CaseEvent, CaseNote, Outbox
from cases.rules.chain import Record, event_hash, note_digest, notes_digest
from cases.rules.workflow import Status, Verb
from cases.writing import Row, new


@dataclass(frozen=True, slots=True)
class Words:
    """Erasable text that belongs to an event; ``party_id`` names whose words they are."""

    field: str
    text: str
    party_id: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """Who is to hear of an event: everybody posted in a unit, or one person."""

    unit_id: int | None = None
    user_id: int | None = None
    urgent: bool = False


@dataclass(slots=True)
class Happening:
    """What is known of an event before it is chained."""

    verb: Verb
    at: datetime
    actor_id: int | None = None
    unit_id: int | None = None
    reason: str = ""
    clock_id: int | None = None
    other_id: int | None = None
    words: Sequence[Words] = ()
    messages: Iterable[Message] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Before:
    """The counted state of a case before an act."""

    status: str
    level: int
    category_id: int
    stamp: tuple[int | None, ...]

    @classmethod
    def of(cls, case: Case) -> "Before":
        return cls(case.status, case.level, case.category_id, cell(case))


def cell(case: Case) -> tuple[int | None, ...]:
    return case.district_id, case.township_id, case.village_id, case.grid_id


def chain(case: Case, happening: Happening, before: Before | None) -> list[Row]:
    """The unsaved rows of one event; moves the head of ``case`` forward.

    ``before`` is the state the act found, None at registration. Returns event, notes, deltas
    and outbox rows for one bulk write.
    """
    seq = case.last_seq + 1
    notes = [
        note(case, seq, place, words, happening.at) for place, words in enumerate(happening.words)
    ]
    digest = notes_digest([row.values["digest"] for row in notes])
    prev = bytes(case.head)
    record = Record(
        case_id=case.pk, seq=seq, at=happening.at, actor_id=happening.actor_id,
        unit_id=happening.unit_id, verb=happening.verb.value,
        source=before.status if before else "", target=case.status, reason=happening.reason,
        category_id=case.category_id, area_id=case.area_id, level=case.level, rung=case.rung,
        holder_unit_id=case.holder_unit_id or 0, due_at=case.due_at,
        clock_id=happening.clock_id, other_id=happening.other_id,
    )  # fmt: skip
    case.last_seq, case.head = seq, event_hash(record, digest, prev)
    event = new(
        CaseEvent, **{name: getattr(record, name) for name in Record.__slots__},
        tenant_id=case.tenant_id, amber_at=case.amber_at, digest=digest, prev=prev,
        hash=case.head,
    )  # fmt: skip
    return [event, *notes, *deltas(case, happening.at, before), *outbox(case, seq, happening)]


def note(case: Case, seq: int, position: int, words: Words, at: datetime) -> Row:
    salt = secrets.token_bytes(16)
    return new(
        CaseNote, case_id=case.pk, tenant_id=case.tenant_id, seq=seq, position=position,
        field=words.field, party_id=words.party_id, text=words.text, salt=salt,
        digest=note_digest(salt, words.field, words.text), at=at,
    )  # fmt: skip


def deltas(case: Case, at: datetime, before: Before | None) -> list[Row]:
    """What the act changes in the counts; nothing when the counted state stays. A sealed case
    is counted nowhere any more."""
    if before == Before.of(case):
        return []
    if before and case.status == Status.SEALED:
        return [leaving(case, at, before)]
    moved = before is not None and (before.category_id, before.stamp) != (
        case.category_id,
        cell(case),
    )
    rows = []
    if before and moved:
        rows.append(leaving(case, at, before))
    stays = before if before and not moved else None
    district, township, village, grid = cell(case)
    rows.append(
        new(
            CaseDelta, tenant_id=case.tenant_id, at=at, kind=case.kind,
            district_id=district, township_id=township, village_id=village, grid_id=grid,
            category_id=case.category_id,
            status_from=stays.status if stays else "", status_to=case.status,
            level_from=stays.level if stays else None, level_to=case.level,
        )
    )  # fmt: skip
    return rows


def leaving(case: Case, at: datetime, before: Before) -> Row:
    """The delta that takes a case out of the cell it was counted in."""
    district, township, village, grid = before.stamp
    return new(
        CaseDelta, tenant_id=case.tenant_id, at=at, kind=case.kind,
        district_id=district, township_id=township, village_id=village, grid_id=grid,
        category_id=before.category_id, status_from=before.status, status_to="",
        level_from=before.level, level_to=before.level,
    )  # fmt: skip


def outbox(case: Case, seq: int, happening: Happening) -> list[Row]:
    seen, rows = set(), []
    for message in happening.messages:
        key = f"{case.pk}:{seq}:{message.unit_id or 0}:{message.user_id or 0}"
        if key in seen:
            continue
        seen.add(key)
        rows.append(
            new(
                Outbox, tenant_id=case.tenant_id, at=happening.at, dedupe_key=key, case_id=case.pk,
                seq=seq, verb=happening.verb.value, unit_id=message.unit_id,
                user_id=message.user_id, urgent=message.urgent, next_at=happening.at,
            )
        )  # fmt: skip
    return rows
