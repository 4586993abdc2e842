"""Photos: the worker side, and the only module that opens a picture.

A photo is drawn anew: orientation applied, at most 1600 pixels on the long side, saved as JPEG
without EXIF, GPS or anything else that was hidden in the file. Imported by ``cases/tasks.py``
only, so that web processes never load an image library.
"""

import hashlib
import io
import logging
import warnings

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from PIL import Image, ImageOps

from cases.attachments import small_key
from cases.models import Attachment

log = logging.getLogger(__name__)

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 40_000_000  # a small file may claim more and fill the memory
LONG_SIDE = 1600  # pixels; enough to read a house number
SMALL_SIDE = 320  # pixels; enough to see which photo it is on a sharp screen
QUALITY = 82
MOST_ATTEMPTS = 3  # a picture that kills the worker is not tried for ever
BATCH = 50


class Refused(Exception):
    """This file is not a photo we take."""


def prepare_waiting() -> int:
    """Draw quarantined photos anew, at most a batch; returns how many are ready now.

    Any number of workers may run it at once: each row is taken by one.
    """
    waiting = Attachment.objects.filter(state="quarantined").order_by("id")
    return sum(prepare(pk) for pk in list(waiting.values_list("pk", flat=True)[:BATCH]))


def prepare(pk: int) -> bool:
    """Draw one photo anew and release it; False when refused, or taken by another worker.

    The attempt is counted and committed first: a worker killed by a picture leaves a trace.
    """
    counted = Attachment.objects.filter(
        pk=pk, state="quarantined", attempts__lt=MOST_ATTEMPTS
    ).update(attempts=F("attempts") + 1)
    with transaction.atomic():
        row = (
            Attachment.objects.select_for_update(skip_locked=True, of=["self"])
            .select_related("case")
            .filter(pk=pk, state="quarantined")
            .first()
        )
        if row is None:
            return False
        if not counted:
            return refuse(row, "too many attempts")
        try:
            with default_storage.open(row.storage_key) as original:
                drawn = redraw(original.read())
        except FileNotFoundError:
            return refuse(row, "the file is missing")
        except Refused as error:
            return refuse(row, str(error))
        release(row, drawn)
    return True


def redraw(data: bytes) -> bytes:
    """The picture as a plain JPEG. Raises ``Refused`` for anything that is not a sane photo."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
            width, height = picture.size
            if width * height > MOST_PIXELS or not width or not height:
                raise Refused(f"{width} × {height} pixels")
            # JPEG decoders can shrink while they read, which saves most of the memory.
            picture.draft("RGB", (LONG_SIDE, LONG_SIDE))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((LONG_SIDE, LONG_SIDE))
            plain = on_white(upright)
    except Refused:
        raise
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        ArithmeticError,
        LookupError,
    ) as error:
        raise Refused(type(error).__name__) from error  # fmt: skip
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def shrunk(drawn: bytes) -> bytes:
    """A picture of ours once more, small enough for the page of a case."""
    picture = Image.open(io.BytesIO(drawn), formats=("JPEG",))
    picture.thumbnail((SMALL_SIDE, SMALL_SIDE))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def on_white(picture: Image.Image) -> Image.Image:
    """Pixels only, on white where the picture was transparent. Nothing else survives."""
    colours = picture.convert("RGBA")
    plain = Image.new("RGB", colours.size, "white")
    plain.paste(colours, mask=colours.getchannel("A"))
    return plain


def release(row: Attachment, drawn: bytes) -> None:
    """Store the new picture under its content hash, mark the row ready, drop the original."""
    digest = hashlib.sha256(drawn)
    # Below the case's own folder: erasing one case can never take another's file.
    key = f"photos/{row.case.public_id}/{digest.hexdigest()}.jpg"
    if not default_storage.exists(key):
        default_storage.save(key, ContentFile(drawn))
    small = small_key(key)
    if not default_storage.exists(small):
        default_storage.save(small, ContentFile(shrunk(drawn)))
    original, row.storage_key = row.storage_key, key
    row.sha256, row.size, row.media_type = digest.digest(), len(drawn), "image/jpeg"
    row.state = "ready"
    row.save(update_fields=["storage_key", "sha256", "size", "media_type", "state"])
    transaction.on_commit(lambda: default_storage.delete(original))


def refuse(row: Attachment, why: str) -> bool:
    """Mark the row refused and drop the file; the page says that it was no photo."""
    log.warning("attachment %s refused: %s", row.pk, why)
    row.state = "refused"
    row.save(update_fields=["state"])
    key = row.storage_key
    transaction.on_commit(lambda: default_storage.delete(key))
    return False
