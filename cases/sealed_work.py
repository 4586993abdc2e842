"""What a discipline liaison does with a sealed matter: open it, with a reason, and take it on.

Every opening leaves a row of the access log in the same transaction, every step an event. Who
is no liaison of the organ that holds a matter, or is named in it, is told that it does not exist.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction

from cases.acting import MOVED_ON
from cases.escalation import database_clock
from cases.models import SealedEvent, SealedExclusion, SealedFile, SealedMatter, SealedNote
from cases.models.sealed import OVERSEERS
from cases.rules.chain import event_hash, note_digest
from cases.rules.sealing import OpeningReason, SealedStatus, SealedStep, SealedVerb, find, open_to
from cases.sealed_route import About, Route, is_named
from cases.sealing import context, due, link, record, tell, texts_of
from grids import access, plaintext, sealing
from grids.errors import BadInput, NotVisible, WrongState
from grids.keyring import Unreadable
from grids.models import AccessLog, Area, Posting, Unit, User
from grids.models.access import OPEN_SEALED
from grids.roles import Role

MOST = 200  # lines of a list
LONGEST_NOTE = 2000
ABSENT = "There is no such matter."


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who looked at the case before it was sealed."""

    name: str
    action: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the history, with what was written."""

    verb: SealedVerb
    at: datetime
    person: str
    unit: str
    note: str


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file's name and type; its content is fetched apart."""

    public_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A sealed matter as its liaison reads it."""

    matter: SealedMatter
    words: dict[str, Any]
    files: list[OpenFile]
    history: list[Line]
    readers: list[Reader]
    steps: list[SealedStep]


# --- lists ------------------------------------------------------------------------------
def is_liaison(user: User) -> bool:
    return any(post.role == Role.DISCIPLINE_LIAISON for post in user.posts)


def oversees(user: User) -> bool:
    """Whether a post of ``user`` may know organs and clocks."""
    return any(post.role in OVERSEERS for post in user.posts)


def waiting(user: User) -> list[SealedMatter]:
    """What the organs of ``user`` hold: open ones first, the next due first."""
    rows = SealedMatter.objects.visible_to(user).select_related("holder_unit")
    return list(rows.order_by("due_at", "-closed_at", "pk")[:MOST])


def routed(user: User) -> list[SealedMatter]:
    """Open matters of which ``user`` may know the organ and the clock."""
    rows = SealedMatter.objects.routed_for(user).filter(closed_at=None)
    return list(rows.select_related("holder_unit").order_by("due_at", "pk")[:MOST])


def one(user: User, number: str) -> SealedMatter:
    """The matter, its row locked; raises ``NotVisible`` for everybody it is not for."""
    rows = SealedMatter.objects.visible_to(user).filter(number=number)
    found = rows.select_for_update(of=["self"]).select_related("holder_unit").first()
    if found is None:
        raise NotVisible(ABSENT)
    return found


# --- opening ----------------------------------------------------------------------------
@transaction.atomic
def open_matter(user: User, number: str, reason: str, address: str | None) -> Opened:
    """The words of a matter, for a reason of the list; the look is logged with it.

    Raises ``NotVisible``, ``BadInput`` at ``reason``, ``Unreadable`` without the right key.
    """
    matter = one(user, number)
    looked(user, matter, reason, "text,parties,files", address)
    return disclosed(matter)


def looked(user: User, matter: SealedMatter, reason: str, fields: str, address: str | None) -> None:
    if reason not in OpeningReason.values():
        raise BadInput("Choose why you open it.", field="reason")
    post = next(post for post in user.posts if post.unit_id == matter.holder_unit_id)
    # What is about the organ's own level is kept from the auditors of that level as well.
    tenant_id = matter.tenant_id if matter.listed else None
    access.looked(
        user, OPEN_SEALED, matter.number, tenant_id=tenant_id, fields=fields, reason=reason,
        address=address, post=post,
    )  # fmt: skip


@transaction.atomic
def open_file(
    user: User, number: str, public_id: UUID, reason: str, address: str | None
) -> tuple[str, str, bytes]:
    """(name, type, content) of one file, logged like any opening."""
    matter = one(user, number)
    file = matter.files.filter(public_id=public_id).first()
    if file is None:
        raise NotVisible(ABSENT)
    looked(user, matter, reason, f"file:{file.pk}", address)
    secret = sealing.unwrap(matter.wrapped_key, context(matter, "key"))
    about = described(matter, secret, file)
    with default_storage.open(file.storage_key) as stored:
        closed = stored.read()
    content = sealing.disclose(secret, closed, context(matter, f"file.{file.public_id}"))
    return about["name"], about["type"], content


def described(matter: SealedMatter, secret: bytes, file: SealedFile) -> dict[str, str]:
    plain = sealing.disclose(secret, file.words, context(matter, f"name.{file.public_id}"))
    found: dict[str, str] = json.loads(plain)
    return found


def disclosed(matter: SealedMatter) -> Opened:
    secret = sealing.unwrap(matter.wrapped_key, context(matter, "key"))
    words = words_of(matter, secret)
    files = [OpenFile(row.public_id, described(matter, secret, row)["name"])
             for row in matter.files.all()]  # fmt: skip
    return Opened(
        matter, words, files, history(matter, secret), readers(matter),
        open_to(SealedStatus(matter.status)),
    )  # fmt: skip


def words_of(matter: SealedMatter, secret: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        sealing.disclose(secret, matter.words, context(matter, "words"))
    )
    return found


def history(matter: SealedMatter, secret: bytes) -> list[Line]:
    """The steps, newest first, with the liaisons' notes."""
    events = list(matter.events.order_by("-seq"))
    notes = {
        row.seq: sealing.disclose(secret, row.words, context(matter, f"note.{row.seq}")).decode()
        for row in matter.notes.all()
    }
    people = User.objects.in_bulk({event.actor_id for event in events if event.actor_id})
    units = Unit.objects.in_bulk({event.holder_unit_id for event in events})
    return [
        Line(
            SealedVerb(event.verb), event.at,
            people[event.actor_id].display_name if event.actor_id else "",
            units[event.holder_unit_id].name, notes.get(event.seq, ""),
        )
        for event in events
    ]  # fmt: skip


def readers(matter: SealedMatter) -> list[Reader]:
    """Who looked at the case before it was sealed: from the access log, newest first."""
    numbers = list(matter.shells.values_list("case__number", flat=True))
    rows = AccessLog.objects.filter(subject__in=numbers).select_related("actor")
    return [Reader(row.actor.display_name, row.action, row.at) for row in rows.order_by("-at")]


# --- steps ------------------------------------------------------------------------------
@transaction.atomic
def act(
    user: User, number: str, verb: SealedVerb, *, note: str = "", unit_id: int | None = None,
    rev: int | None = None,
) -> SealedMatter:  # fmt: skip
    """Take a matter one step on. Raises ``NotVisible``, ``WrongState`` when it stands elsewhere
    or somebody was faster, ``BadInput`` at ``note`` or ``unit``; nothing is written then."""
    matter = one(user, number)
    status = SealedStatus(matter.status)
    step = find(status, verb)
    if step is None or rev not in (None, matter.last_seq):
        raise WrongState(MOVED_ON)
    text = plaintext.paragraph(note, "note", longest=LONGEST_NOTE, required=step.note)
    now = database_clock()
    secret = sealing.unwrap(matter.wrapped_key, context(matter, "key"))
    people: tuple[int, ...] = ()
    if step.unit:
        people = hand_over(matter, secret, unit_id, text)
    if step.target is not None:
        matter.status = step.target.value
        matter.due_at = due(step.target, now)
        matter.closed_at = None if matter.due_at else now
    closed = b""
    if text:
        place = context(matter, f"note.{matter.last_seq + 1}")
        closed = sealing.close(secret, text.encode(), place)
    record(matter, verb, status.value, now, actor_id=user.pk, note=closed)
    tell(matter, people, now)
    return matter


def hand_over(
    matter: SealedMatter, secret: bytes, unit_id: int | None, text: str
) -> tuple[int, ...]:
    """Give the matter to another organ with a liaison who is not named; who hears of it.

    Never to the unit complained about, nor down to its level.
    """
    words = words_of(matter, secret)
    about = about_of(words)
    rows = [row for row in organs(matter) if row.unit_id == unit_id]
    told = "\n".join([*texts_of(words), text])
    named = {row.user_id for row in rows if is_named(row, about, told)}
    free = [row for row in rows if row.user_id not in named]
    if not free or (matter.listed and free[0].unit.area.level >= about.level):
        raise BadInput("Choose an organ from the list.", field="unit")
    SealedExclusion.objects.bulk_create(
        [SealedExclusion(matter=matter, tenant_id=matter.tenant_id, user_id=pk) for pk in named],
        ignore_conflicts=True,
    )
    matter.holder_unit = free[0].unit
    return tuple(sorted({row.user_id for row in free}))


def move(matter: SealedMatter, found: Route, now: datetime) -> None:
    """Give a matter to the organ ``found`` because its own has no liaison left: with an event;
    an open matter is to be received there again."""
    SealedExclusion.objects.bulk_create(
        [
            SealedExclusion(matter=matter, tenant_id=matter.tenant_id, user_id=pk)
            for pk in found.excluded
        ],
        ignore_conflicts=True,
    )
    status = matter.status
    matter.holder_unit, matter.listed = found.unit, matter.listed and found.listed
    if status == SealedStatus.RECEIVED:
        matter.status, matter.due_at = SealedStatus.WAITING.value, due(SealedStatus.WAITING, now)
    record(matter, SealedVerb.TRANSFER, status, now)
    tell(matter, found.liaisons, now)


def about_of(words: dict[str, Any]) -> About:
    told = words["about"]
    unit = Unit.objects.select_related("area").filter(pk=told["unit"] or 0).first()
    area = Area.objects.get(pk=told["area"])
    return About(area, unit, told["written"])


def organs(matter: SealedMatter) -> list[Posting]:
    """The running posts of liaisons in the customer's other organs."""
    rows = Posting.objects.running().filter(
        role=Role.DISCIPLINE_LIAISON.value, unit__tenant_id=matter.tenant_id
    )
    return list(
        rows.exclude(unit=matter.holder_unit_id)
        .select_related("user", "unit", "unit__area")
        .order_by("unit__area__path", "unit_id", "pk")
    )


# --- erasing and verifying --------------------------------------------------------------
@transaction.atomic
def erase(matter_id: int) -> None:
    """Forget the key of a matter: every copy of its words, also in backups, is unreadable from
    now on. Its number, clocks and chain stay. Raises ``NotVisible`` for an unknown one."""
    matter = SealedMatter.objects.select_for_update().filter(pk=matter_id, erased_at=None).first()
    if matter is None:
        raise NotVisible(ABSENT)
    keys = list(matter.files.values_list("storage_key", flat=True))
    matter.files.all().delete()
    SealedNote.objects.filter(matter=matter).delete()
    matter.wrapped_key = matter.words = b""
    matter.erased_at = database_clock()
    matter.save(update_fields=["wrapped_key", "words", "erased_at"])
    transaction.on_commit(lambda: remove_files(keys))


def remove_files(keys: list[str]) -> None:
    for key in keys:
        default_storage.delete(key)


def rewrap(matter_id: int) -> None:
    """Wrap the key of a matter under the newest key of the ring; the words stay as they are."""
    with transaction.atomic():
        matter = SealedMatter.objects.select_for_update().get(pk=matter_id, erased_at=None)
        place = context(matter, "key")
        matter.wrapped_key = sealing.wrap(sealing.unwrap(matter.wrapped_key, place), place)
        matter.save(update_fields=["wrapped_key"])


def rewrap_all() -> int:
    """Wrap every key anew, one transaction each; how many there were."""
    found = SealedMatter.objects.filter(erased_at=None).order_by("pk").values_list("pk", flat=True)
    ids = list(found)
    for pk in ids:
        rewrap(pk)
    return len(ids)


def ring_opens() -> bool:
    """Whether the ring in use opens the newest matter; true while there is none."""
    matter = SealedMatter.objects.filter(erased_at=None).order_by("pk").last()
    if matter is None:
        return True
    try:
        sealing.unwrap(matter.wrapped_key, context(matter, "key"))
    except Unreadable:
        return False
    return True


def verify(matter: SealedMatter) -> Iterator[str]:
    """Each broken link of the chain of one matter, as a sentence."""
    prev = b""
    notes = {row.seq: bytes(row.words) for row in matter.notes.all()}
    events = list(SealedEvent.objects.filter(matter=matter).order_by("seq"))
    for place, event in enumerate(events, start=1):
        where = f"{matter.number} #{event.seq}"
        as_then = SealedMatter(
            pk=matter.pk, status=event.target, holder_unit_id=event.holder_unit_id,
            due_at=event.due_at,
        )  # fmt: skip
        made = event_hash(
            link(as_then, event.verb, event.source, event.seq, event.at, event.actor_id),
            bytes(event.digest), prev,
        )  # fmt: skip
        if event.seq != place or bytes(event.prev) != prev or bytes(event.hash) != made:
            yield f"{where}: was changed or one before it is missing"
            return
        note = notes.pop(event.seq, None)
        if note is not None and note_digest(b"sealed", "note", note.hex()) != bytes(event.digest):
            yield f"{where}: its note was changed"
        prev = bytes(event.hash)
    if bytes(matter.head) != prev or matter.last_seq != len(events) or notes:
        yield f"{matter.number}: the row does not end where its events end"


def verify_all() -> Iterator[str]:
    """Every broken link of every sealed matter."""
    for matter in SealedMatter.objects.order_by("pk").iterator():
        yield from verify(matter)
