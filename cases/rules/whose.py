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


def stands_still(
    suspended_at: datetime | None, due_at: datetime | None, sender_due_at: datetime | None
) -> bool:
    """Whether the clock a row shows stands still: it is suspended, and no day of the sender,
    which runs on meanwhile, comes first."""
    return suspended_at is not None and (sender_due_at is None or due_at != sender_due_at)
