"""Check that a case's history was not rewritten: numbers, chain, digests, row and last event."""

from collections.abc import Iterator

from cases.models import Case, CaseEvent, CaseNote
from cases.rules.chain import Record, event_hash, note_digest, notes_digest

BATCH = 500  # cases read at a time


def verify_case(case: Case) -> list[str]:
    """What is wrong with the chain of ``case``, as sentences; empty when it verifies."""
    events = list(CaseEvent.objects.filter(case=case).order_by("seq"))
    notes: dict[int, list[CaseNote]] = {}
    for note in CaseNote.objects.filter(case=case).order_by("seq", "position"):
        notes.setdefault(note.seq, []).append(note)
    return list(wrongs(case, events, notes))


def wrongs(case: Case, events: list[CaseEvent], notes: dict[int, list[CaseNote]]) -> Iterator[str]:
    """Each broken link of one chain."""
    prev = b""
    for place, event in enumerate(events, start=1):
        where = f"{case.number} #{event.seq}"
        if event.seq != place:
            yield f"{where}: number {place} is missing"
            return
        record = Record(**{name: getattr(event, name) for name in Record.__slots__})
        if bytes(event.prev) != prev:
            yield f"{where}: does not follow the event before"
        if bytes(event.hash) != event_hash(record, bytes(event.digest), prev):
            yield f"{where}: was changed"
        yield from wrong_notes(where, event, notes.get(event.seq, []))
        prev = bytes(event.hash)
    for seq in sorted(notes.keys() - {event.seq for event in events}):
        yield f"{case.number} #{seq}: has notes but no event"
    if bytes(case.head) != prev or case.last_seq != len(events):
        yield f"{case.number}: the row does not end where its events end"
    elif events and state(events[-1]) != row_state(case):
        yield f"{case.number}: the row does not say what its last event says"


def wrong_notes(where: str, event: CaseEvent, notes: list[CaseNote]) -> Iterator[str]:
    """Notes that do not match their event; an erased note counts by its digest."""
    if notes_digest([bytes(note.digest) for note in notes]) != bytes(event.digest):
        yield f"{where}: its notes were changed"
    for note in notes:
        kept = note.erased_at is None
        if kept and note_digest(bytes(note.salt), note.field, note.text) != bytes(note.digest):
            yield f"{where}: the words of {note.field} were changed"


def state(event: CaseEvent) -> tuple[object, ...]:
    return event.target, event.category_id, event.area_id, event.level, event.holder_unit_id


def row_state(case: Case) -> tuple[object, ...]:
    return case.status, case.category_id, case.area_id, case.level, case.holder_unit_id or 0


def verify_all() -> Iterator[str]:
    """Every broken link of every case, in flat memory."""
    last = 0
    while cases := list(Case.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = cases[-1].pk
        ids = [case.pk for case in cases]
        events: dict[int, list[CaseEvent]] = {}
        for event in CaseEvent.objects.filter(case_id__in=ids).order_by("case_id", "seq"):
            events.setdefault(event.case_id, []).append(event)
        notes: dict[int, dict[int, list[CaseNote]]] = {}
        for note in CaseNote.objects.filter(case_id__in=ids).order_by("seq", "position"):
            notes.setdefault(note.case_id, {}).setdefault(note.seq, []).append(note)
        for case in cases:
            yield from wrongs(case, events.get(case.pk, []), notes.get(case.pk, {}))
