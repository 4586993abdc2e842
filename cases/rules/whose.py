"""Whose deadline it is that a row shows first. Pure Python."""

from datetime import datetime

from grids.words import Word


class DueOf(Word):
    """Whose deadline comes first."""

    AGENCY = "agency", "Agency"
    RESIDENT = "resident", "Resident"
    SENDER = "sender", "Sender"


def whose(
    due_at: datetime | None, sender_due_at: datetime | None, resident_due_at: datetime | None
) -> DueOf:
    """Of two that end at the same moment the sender's is named, then the resident's."""
    if due_at is not None and due_at == sender_due_at:
        return DueOf.SENDER
    if due_at is not None and due_at == resident_due_at:
        return DueOf.RESIDENT
    return DueOf.AGENCY
