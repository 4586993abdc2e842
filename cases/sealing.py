"""Seal a matter: at intake, or an open case that turns out to be an accusation.

Everything that was told goes into one envelope with a key of its own. What is left outside are
an organ, a number that counts nothing, moments and codes. The writer keeps only the receipt.
"""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction

from cases import attachments, clocks, codes, intake, workcalendar
from cases.escalation import database_clock
from cases.intake import Draft
from cases.models import Notice, SealedEvent, SealedExclusion, SealedFile, SealedMatter, SealedNote
from cases.rules.chain import Record, event_hash, note_digest
from cases.rules.clock import moments
from cases.rules.sealing import LIMITS, SealedStatus, SealedVerb
from cases.rules.workflow import Verb
from cases.sealed_route import About, Route, about_from, route
from grids import keyring, sealing
from grids.errors import BadInput
from grids.models import Area, Tenant, User

FOLDER = "sealed"
DIGITS = 6  # of a number; random, so that two of them tell nothing about how many lie between


@dataclass(frozen=True, slots=True)
class Stored:
    """A file on its way into the envelope."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class SealedReceipt:
    """What the writer keeps. The same for a retry."""

    matter: SealedMatter
    created: bool

    @property
    def code(self) -> str:
        return codes.tracking_code(self.matter.public_id, self.matter.code_key or 0)

    @property
    def pin(self) -> str:
        return codes.pin(self.matter.public_id, self.matter.code_key or 0)


@transaction.atomic
def register(
    draft: Draft, unit_id: int | None, written: str, *, actor: User, key: str, digest: bytes,
    uploads: Sequence[UploadedFile[bytes]] = (),
) -> SealedReceipt:  # fmt: skip
    """Register ``draft`` as a sealed matter about a unit (chosen or written); its receipt.

    The words never become a case: they go into the envelope at once. Raises ``BadInput`` naming
    the field and ``NotAllowed`` as ``intake.register`` does; nothing is written then.
    """
    posts = intake.registering_posts(actor)
    mark = f"{actor.pk}|{key}"
    if known := earlier(mark, digest):
        return SealedReceipt(known, created=False)
    area, tenant_id = place(draft, actor)
    tenant = Tenant.objects.get(pk=tenant_id)
    about = about_from(tenant.pk, area, unit_id, written)
    now = database_clock()
    intake.times(draft, now)
    words = told(draft, about, actor, posts[-1].unit_name, area)
    found = route(about, texts_of(words))
    files = [stored(upload) for upload in checked(uploads)]
    matter, secret = make(tenant, found, now)
    matter.code_key = codes.current_key()
    code = codes.tracking_code(matter.public_id, matter.code_key)
    matter.code_lookup = codes.code_lookup(code)
    matter.spoken_lookup = codes.spoken_lookup(code[: codes.SPOKEN_LENGTH])
    matter.retry_mark = sealing.marks("retry", mark)[0]
    matter.retry_digest = body_mark(digest)
    write(matter, secret, words, files, found, now)
    return SealedReceipt(matter, created=True)


def earlier(mark: str, digest: bytes) -> SealedMatter | None:
    """The matter already registered under this key; raises ``BadInput`` for another body."""
    rows = SealedMatter.objects.filter(retry_mark__in=sealing.marks("retry", mark))
    matter = rows.first()
    if matter is not None and bytes(matter.retry_digest) not in sealing.marks("body", digest.hex()):
        raise BadInput("This key was already used for another matter.", field="key")
    return matter


def body_mark(digest: bytes) -> bytes:
    """A digest of the words would let somebody who guesses them make sure; a keyed one not."""
    return sealing.marks("body", digest.hex())[0]


def place(draft: Draft, actor: User) -> tuple[Area, int]:
    """The place of the draft within the actor's posts, and its customer; raises ``BadInput``."""
    posts = intake.registering_posts(actor)
    wanted = draft.area_id or posts[-1].area_id
    area = Area.objects.current().filter(pk=wanted).first()
    if area is None or not any(area.path.startswith(post.area_path) for post in posts):
        raise BadInput("Choose a place within your area.", field="area")
    if area.tenant_id is None:
        raise BadInput("No customer is set up for this place.", field="area")
    return area, area.tenant_id


# --- what goes into the envelope --------------------------------------------------------
def told(draft: Draft, about: About, actor: User, unit: str, area: Area) -> dict[str, Any]:
    """The words of a draft as they go into the envelope; phones in their one spelling."""
    parties = []
    for one in draft.parties:
        if not one.name.strip() and not one.phone.strip():
            raise BadInput("A party needs a name or a phone.", field="parties")
        phone = keyring.phone_digits(one.phone) if one.phone.strip() else ""
        parties.append({**asdict(one), "phone": phone})
    return {
        **about_words(about),
        "text": intake.checked_text(draft),
        "place": draft.place,
        "area": area.name,
        "people": draft.people,
        "danger": draft.violence,
        "parties": parties,
        "occurred_at": draft.occurred_at.isoformat() if draft.occurred_at else "",
        "writer": {"id": actor.pk, "name": actor.display_name, "unit": unit},
    }


def about_words(about: About) -> dict[str, Any]:
    unit = about.unit
    return {
        "about": {
            "unit": unit.pk if unit else None, "name": unit.name if unit else "",
            "written": about.written, "level": about.level.value, "area": about.area.pk,
        }
    }  # fmt: skip


def texts_of(value: object) -> list[str]:
    """Every text in a value, however deep: where a liaison may be named."""
    if isinstance(value, str):
        return [value]
    inner = list(value.values()) if isinstance(value, Mapping) else value
    if isinstance(inner, list):
        return [text for one in inner for text in texts_of(one)]
    return []


def checked(uploads: Sequence[UploadedFile[bytes]]) -> list[UploadedFile[bytes]]:
    if len(uploads) > attachments.MOST_FILES:
        raise BadInput(
            "At most %(most)s photos for one case.", field="photos", most=attachments.MOST_FILES
        )
    return list(uploads)


def stored(upload: UploadedFile[bytes]) -> Stored:
    """An upload as it is: it may be evidence, so nothing is redrawn."""
    name, media_type = attachments.check(upload)
    return Stored(name, media_type, upload.read())


# --- writing ----------------------------------------------------------------------------
def make(tenant: Tenant, found: Route, now: datetime) -> tuple[SealedMatter, bytes]:
    """An unsaved matter of the organ that receives it, and its open key."""
    year = now.astimezone(clocks.ZONE).year
    secret = sealing.fresh_key()
    matter = SealedMatter(
        public_id=uuid.uuid4(), tenant_id=tenant.pk, serial=next_serial(tenant.pk, year),
        number=free_number(tenant.prefix, year), status=SealedStatus.WAITING.value,
        holder_unit_id=found.unit.pk, listed=found.listed, registered_at=now,
        due_at=due(SealedStatus.WAITING, now),
    )  # fmt: skip
    matter.wrapped_key = sealing.wrap(secret, context(matter, "key"))
    return matter, secret


def next_serial(tenant_id: int, year: int) -> int:
    """The next place in the customer's own series of the year."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT jieyou_sealed_serial(%s, %s)", [tenant_id, year])
        serial: int = cursor.fetchone()[0]
    return serial


def free_number(prefix: str, year: int) -> str:
    """A number nobody has; drawn, because counted numbers would tell how many there are."""
    while True:
        number = f"{prefix}S{year}-{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        if not SealedMatter.objects.filter(number=number).exists():
            return number


def due(status: SealedStatus, start: datetime) -> datetime | None:
    """By when a matter that stands so from ``start`` must move on."""
    if status not in LIMITS:
        return None
    calendar = workcalendar.current()
    return moments(start, (LIMITS[status].span,), calendar, zone=clocks.ZONE)[0].at


def context(matter: SealedMatter, what: str) -> str:
    """What a value is bound to: copied to another matter or place it does not open."""
    return f"sealed.{what}:{matter.public_id}"


def write(
    matter: SealedMatter, secret: bytes, words: Mapping[str, Any], files: Sequence[Stored],
    found: Route, now: datetime,
) -> None:  # fmt: skip
    """Save a new matter with its envelope, files, first event and the liaisons' notices."""
    plain = json.dumps(words, ensure_ascii=False, sort_keys=True).encode()
    matter.words = sealing.close(secret, plain, context(matter, "words"))
    matter.save(force_insert=True)
    for file in files:
        keep_file(matter, secret, file)
    SealedExclusion.objects.bulk_create(
        SealedExclusion(matter=matter, tenant_id=matter.tenant_id, user_id=pk)
        for pk in found.excluded
    )
    record(matter, SealedVerb.SEAL, "", now)
    tell(matter, found.liaisons, now)


def keep_file(matter: SealedMatter, secret: bytes, file: Stored) -> None:
    """Store one file encrypted. Content first: a row never names a file that is not there."""
    pk = uuid.uuid4()
    closed = sealing.close(secret, file.content, context(matter, f"file.{pk}"))
    key = default_storage.save(f"{FOLDER}/{matter.public_id}/{pk}", ContentFile(closed))
    about = json.dumps({"name": file.name, "type": file.media_type}).encode()
    SealedFile.objects.create(
        public_id=pk, matter=matter, tenant_id=matter.tenant_id, storage_key=key,
        words=sealing.close(secret, about, context(matter, f"name.{pk}")),
    )  # fmt: skip


def record(
    matter: SealedMatter, verb: SealedVerb, source: str, now: datetime, *,
    actor_id: int | None = None, note: bytes = b"",
) -> None:  # fmt: skip
    """Append one event, bound to the one before; save what moved. ``note`` is encrypted.

    Who told a matter stands in the envelope only, so the first event names nobody.
    """
    seq, prev = matter.last_seq + 1, bytes(matter.head)
    digest = note_digest(b"sealed", "note", note.hex()) if note else b""
    matter.last_seq = seq
    matter.head = event_hash(link(matter, verb.value, source, seq, now, actor_id), digest, prev)
    SealedEvent.objects.create(
        matter=matter, tenant_id=matter.tenant_id, seq=seq, at=now, actor_id=actor_id,
        verb=verb.value, source=source, target=matter.status, due_at=matter.due_at,
        holder_unit_id=matter.holder_unit_id, digest=digest, prev=prev, hash=matter.head,
    )  # fmt: skip
    if note:
        SealedNote.objects.create(matter=matter, tenant_id=matter.tenant_id, seq=seq, words=note)
    matter.save()


def link(
    matter: SealedMatter, verb: str, source: str, seq: int, now: datetime, actor_id: int | None
) -> Record:
    """What the hash of one event binds. The word before the verb keeps the two kinds of chain
    apart: no event of a case hashes like one of a sealed matter."""
    return Record(
        case_id=matter.pk, seq=seq, at=now, actor_id=actor_id, unit_id=None,
        verb=f"sealed.{verb}", source=source, target=matter.status, reason="", category_id=0,
        area_id=0, level=0, rung=0, holder_unit_id=matter.holder_unit_id, due_at=matter.due_at,
        clock_id=None, other_id=None,
    )  # fmt: skip


def tell(matter: SealedMatter, people: Sequence[int], now: datetime) -> None:
    """A line in the liaisons' own bell: that something waits, not what."""
    Notice.objects.bulk_create(
        Notice(
            tenant_id=matter.tenant_id, user_id=pk, at=now, verb=Verb.SEAL.value,
            dedupe_key=f"sealed:{matter.pk}:{matter.last_seq}", unit_id=matter.holder_unit_id,
        )
        for pk in people
    )  # fmt: skip
