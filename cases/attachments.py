"""Files of a case: the web side. Accept, keep in quarantine, hand out what is ready.

Nothing here opens a picture. What arrives is judged by its first bytes and its length, hashed
while it is copied, and waits under a random name until a worker has drawn it anew
(``cases/photos.py``). Who may see a file is decided by who may see its case.
"""

from __future__ import annotations

import hashlib
import logging
import re
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import PurePath

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db.models.functions import Now

from cases.models import Attachment, Case
from grids.errors import BadInput, NotVisible, WrongState
from grids.models import User

log = logging.getLogger(__name__)

MOST_FILES = 6  # per case
MOST_BYTES = 10 * 1024 * 1024  # per file
HEAD = 16  # bytes a type is told by
QUARANTINE = "quarantine"
EXTENSIONS = frozenset({"jpg", "jpeg", "jpe", "jfif", "png", "webp"})
NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
ORPHAN_HOURS = 24


def sniff(head: bytes) -> str | None:
    """The media type the first bytes of a file tell; None for what is not accepted."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return None


def shown_name(name: str) -> str:
    """A file name that is harmless to show; it never becomes a path.

    Raises ``BadInput`` for an extension that is no photo's. No extension is fine: cameras of
    some browsers give none.
    """
    plain = NOT_IN_NAMES.sub("_", name).strip(" .")
    extension = PurePath(plain).suffix.lstrip(".").lower()
    if name.startswith(".") or (extension and extension not in EXTENSIONS):
        raise BadInput("Only photos (JPEG, PNG, WebP) can be added.", field="photos")
    return plain[-120:] or "photo"


def check(upload: UploadedFile[bytes]) -> tuple[str, str]:
    """(shown name, media type) of an upload; raises ``BadInput`` at field ``photos``."""
    name = shown_name(upload.name or "")
    if not upload.size:
        raise BadInput("The file %(name)s is empty.", field="photos", name=name)
    if upload.size > MOST_BYTES:
        raise BadInput(
            "The photo %(name)s is larger than %(most)s MB.",
            field="photos", name=name, most=MOST_BYTES // 1024 // 1024,
        )  # fmt: skip
    upload.seek(0)
    media_type = sniff(upload.read(HEAD))
    upload.seek(0)
    if media_type is None:
        raise BadInput("Only photos (JPEG, PNG, WebP) can be added.", field="photos")
    return name, media_type


class Hashing(File):  # type: ignore[type-arg]
    """A file that is hashed while the storage copies it."""

    def __init__(self, upload: UploadedFile[bytes]) -> None:
        super().__init__(upload.file, upload.name)
        self.sha256 = hashlib.sha256()

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        for chunk in super().chunks(chunk_size):
            self.sha256.update(chunk)
            yield chunk


def accept(
    case: Case, uploads: Sequence[UploadedFile[bytes]], *, actor: User, seq: int | None = None
) -> list[Attachment]:
    """Keep ``uploads`` as quarantined files of ``case`` and return their rows; with ``seq`` as
    evidence of that later event, counted apart.

    Call it inside the transaction that writes the case or its supplement. All or nothing: on
    a refusal (``BadInput`` naming ``photos``, ``WrongState`` for a closed case) no row is
    written and the parts already copied are removed; a copy whose transaction is rolled back
    later is removed by ``remove_orphans``.
    """
    if not uploads:
        return []
    if case.closed_at is not None:
        raise WrongState("The case is closed; nothing can be added.")
    present = Attachment.objects.filter(case=case, seq=seq).exclude(state="refused").count()
    if present + len(uploads) > MOST_FILES:
        raise BadInput("At most %(most)s photos for one case.", field="photos", most=MOST_FILES)
    checked = [(upload, *check(upload)) for upload in uploads]
    kept: list[str] = []
    try:
        rows = []
        for upload, name, media_type in checked:
            copy = Hashing(upload)
            kept.append(default_storage.save(f"{QUARANTINE}/{uuid.uuid4()}", copy))
            rows.append(
                Attachment(
                    case=case, tenant_id=case.tenant_id, uploaded_by=actor, at=Now(), name=name,
                    media_type=media_type, size=upload.size or 0, sha256=copy.sha256.digest(),
                    storage_key=kept[-1], seq=seq,
                )
            )  # fmt: skip
        return Attachment.objects.bulk_create(rows)
    except BaseException:
        for key in kept:
            default_storage.delete(key)
        raise


def small_key(storage_key: str) -> str:
    """Where the small form of a released picture lies: beside it."""
    return f"{storage_key.removesuffix('.jpg')}.small.jpg"


def open_small(attachment: Attachment) -> File[bytes] | None:
    """The small form of a released picture, made by the worker; None for one released before
    there were small forms."""
    key = small_key(attachment.storage_key)
    return default_storage.open(key) if default_storage.exists(key) else None


def open_ready(attachment: Attachment) -> File[bytes]:
    """The stored picture, open for reading. ``NotVisible`` until a worker has released it."""
    if attachment.state != "ready":
        raise NotVisible("This file is still being checked.")
    return default_storage.open(attachment.storage_key)


def remove_orphans(now: datetime) -> int:
    """Delete quarantined copies older than a day that no row names; returns how many.

    They stem from requests that broke off or whose transaction failed. A row without its
    file is the opposite and never silent: the worker logs it and refuses the row.
    """
    removed = 0
    limit = now - timedelta(hours=ORPHAN_HOURS)
    if not default_storage.exists(QUARANTINE):
        return 0
    for name in default_storage.listdir(QUARANTINE)[1]:
        key = f"{QUARANTINE}/{name}"
        if default_storage.get_modified_time(key) >= limit:
            continue
        if not Attachment.objects.filter(storage_key=key).exists():
            default_storage.delete(key)
            removed += 1
    return removed
