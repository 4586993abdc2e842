"""Photos: judged by their first bytes, kept apart, drawn anew, and only then shown."""

import hashlib
import io
import resource
import struct
import time
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.db import connection, transaction
from django.utils import timezone
from PIL import Image

from cases import attachments, intake, photos
from cases.models import Attachment, Case
from cases.rules.workflow import Kind
from grids.errors import BadInput, NotVisible, WrongState
from tests.world import World


@pytest.fixture(autouse=True)
def files(tmp_path: Path, settings: object) -> Iterator[Path]:
    """Every test has a folder of its own."""
    storages = {**settings.STORAGES}  # type: ignore[attr-defined]
    storages["default"] = {**storages["default"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = storages  # type: ignore[attr-defined]
    yield tmp_path


@pytest.fixture
def case(world: World) -> Case:
    draft = intake.Draft(Kind.EVENT, "路灯不亮", category="E03")
    return intake.register(draft, actor=world.gao).case


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **saved: object
) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, kind, **saved)
    return out.getvalue()


def upload(data: bytes, name: str = "a.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def stored(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def both(row: Attachment) -> list[str]:
    """The files of a picture that was drawn anew: itself and its small form."""
    return [row.storage_key, attachments.small_key(row.storage_key)]


def finish() -> int:
    """Let the worker's job run, with what it does after the commit."""
    count = photos.prepare_waiting()
    for _sids, function, _robust in connection.run_on_commit:
        function()
    connection.run_on_commit.clear()
    return count


class TestAccepting:
    def test_a_photo_waits_in_quarantine(self, world: World, case: Case, files: Path) -> None:
        data = picture()
        (row,) = attachments.accept(case, [upload(data, "门口.JPG")], actor=world.gao)
        assert row.state == "quarantined"
        assert (row.name, row.media_type, row.size) == ("门口.JPG", "image/jpeg", len(data))
        assert bytes(row.sha256) == hashlib.sha256(data).digest()
        assert stored(files) == [row.storage_key]
        assert row.storage_key.startswith("quarantine/")
        assert "门口" not in row.storage_key
        assert row.tenant_id == case.tenant_id
        with pytest.raises(NotVisible):
            attachments.open_ready(row)

    def test_no_files_are_no_question(self, world: World, case: Case) -> None:
        assert attachments.accept(case, [], actor=world.gao) == []

    def test_a_large_file_on_disk_is_hashed_too(self, world: World, case: Case) -> None:
        data = picture(size=(30, 30)) + b"\0" * 3_000_000
        big = TemporaryUploadedFile("a.jpg", "image/jpeg", len(data), None)
        big.write(data)
        big.seek(0)
        (row,) = attachments.accept(case, [big], actor=world.gao)
        assert bytes(row.sha256) == hashlib.sha256(data).digest()

    @pytest.mark.parametrize(
        ("name", "data"),
        [
            ("a.jpg", b""),
            ("a.jpg", b"<html><script>alert(1)</script></html>"),
            ("a.jpg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
            ("a.jpg", b"<?php system($_GET[0]); ?>"),
            ("a.jpg", b"\x7fELF\x02\x01\x01" + b"\0" * 100),
            ("a.jpg", b"MZ" + b"\0" * 100),
            ("a.jpg", b"PK\x03\x04" + b"\0" * 100),
            ("a.jpg", b"%PDF-1.7\n"),
            ("a.jpg", b"GIF89a" + b"\0" * 100),
            ("a.jpg", b"BM" + b"\0" * 100),
            ("a.jpg", b"II*\0" + b"\0" * 100),
            ("a.jpg", b"RIFF\0\0\0\0WAVE" + b"\0" * 100),
            ("a.jpg", b" \xff\xd8\xff" + b"\0" * 100),
            ("a.jpg.exe", None),
            ("a.svg", None),
            ("a.html", None),
            ("a.php", None),
            (".htaccess", None),
            (".jpg.php", None),
        ],
    )
    def test_what_is_no_photo_is_refused_without_a_trace(
        self, world: World, case: Case, files: Path, name: str, data: bytes | None
    ) -> None:
        good = upload(picture(), "good.jpg")
        bad = upload(picture() if data is None else data, name)
        with pytest.raises(BadInput) as refused:
            attachments.accept(case, [good, bad], actor=world.gao)
        assert refused.value.field == "photos"
        assert not Attachment.objects.exists()
        assert stored(files) == []

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("a.JPG ", "a.JPG"),
            ("a.jpg.", "a.jpg"),
            ("a.php%00.jpg", "a.php%00.jpg"),
            ("../../etc/passwd.jpg", "passwd.jpg"),
            ("C:\\photos\\a.jpg", "C__photos_a.jpg"),
            ("a\u202egpj.exe.jpg", "a_gpj.exe.jpg"),
            ("image", "image"),
            ("\x00a.jpg", "_a.jpg"),
            ("x" * 300 + ".png", None),
        ],
    )
    def test_names_become_harmless(
        self, world: World, case: Case, name: str, shown: str | None
    ) -> None:
        (row,) = attachments.accept(case, [upload(picture(), name)], actor=world.gao)
        assert len(row.name) <= 120
        assert "/" not in row.name
        if shown is not None:
            assert row.name == shown

    def test_ten_megabytes_and_no_byte_more(
        self, world: World, case: Case, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data = picture()
        monkeypatch.setattr(attachments, "MOST_BYTES", len(data))
        attachments.accept(case, [upload(data)], actor=world.gao)
        with pytest.raises(BadInput):
            attachments.accept(case, [upload(data + b"x")], actor=world.gao)

    def test_six_photos_and_not_one_more(self, world: World, case: Case, files: Path) -> None:
        attachments.accept(case, [upload(picture()) for _ in range(4)], actor=world.gao)
        with pytest.raises(BadInput):
            attachments.accept(case, [upload(picture()) for _ in range(3)], actor=world.gao)
        assert len(stored(files)) == 4
        Attachment.objects.filter(case=case).first().delete()
        attachments.accept(case, [upload(picture()) for _ in range(3)], actor=world.gao)

    def test_a_closed_case_takes_nothing(self, world: World, case: Case, files: Path) -> None:
        case.closed_at = timezone.now()
        with pytest.raises(WrongState):
            attachments.accept(case, [upload(picture())], actor=world.gao)
        assert stored(files) == []


class TestDrawingAnew:
    def accept(self, world: World, case: Case, data: bytes) -> Attachment:
        return attachments.accept(case, [upload(data)], actor=world.gao)[0]

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_every_kind_becomes_a_plain_jpeg(
        self, world: World, case: Case, files: Path, kind: str
    ) -> None:
        row = self.accept(world, case, picture(kind))
        assert finish() == 1
        row.refresh_from_db()
        assert (row.state, row.media_type) == ("ready", "image/jpeg")
        with attachments.open_ready(row) as file:
            data = file.read()
        assert (len(data), hashlib.sha256(data).digest()) == (row.size, bytes(row.sha256))
        assert hashlib.sha256(data).hexdigest() in row.storage_key
        assert str(case.public_id) in row.storage_key
        assert stored(files) == both(row)  # the original is gone
        assert Image.open(io.BytesIO(data)).format == "JPEG"

    def test_place_and_camera_are_gone_and_it_stands_upright(
        self, world: World, case: Case
    ) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6  # turned by a quarter
        exif[0x010F] = "Spy Camera"
        exif.get_ifd(0x8825)[2] = (24.0, 54.0, 12.0)
        comment = b"hidden words"
        self.accept(world, case, picture(size=(60, 20), exif=exif, comment=comment))
        assert finish() == 1
        data = attachments.open_ready(Attachment.objects.get()).read()
        drawn = Image.open(io.BytesIO(data))
        assert drawn.size == (20, 60)
        assert not drawn.getexif()
        assert b"Spy Camera" not in data
        assert comment not in data
        assert b"Exif" not in data

    def test_the_long_side_has_at_most_1600_pixels(self, world: World, case: Case) -> None:
        self.accept(world, case, picture(size=(3200, 1000)))
        finish()
        drawn = Image.open(attachments.open_ready(Attachment.objects.get()))
        assert drawn.size == (1600, 500)

    def test_transparent_becomes_white(self, world: World, case: Case) -> None:
        out = io.BytesIO()
        Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(out, "PNG")
        self.accept(world, case, out.getvalue())
        finish()
        drawn = Image.open(attachments.open_ready(Attachment.objects.get()))
        assert min(drawn.getpixel((4, 4))) > 250

    @pytest.mark.parametrize("side", [12_000, 30_000])
    def test_a_bomb_is_refused_quickly_and_cheaply(
        self, world: World, case: Case, files: Path, side: int
    ) -> None:
        row = self.accept(world, case, png_bomb(side))
        before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
        assert finish() == 0
        assert time.monotonic() - started < 1
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KB
        row.refresh_from_db()
        assert row.state == "refused"
        assert stored(files) == []

    @pytest.mark.parametrize(
        "data",
        [
            b"\xff\xd8\xff",
            b"\xff\xd8\xff" + b"\0" * 5000,
            b"\x89PNG\r\n\x1a\n" + b"\0" * 5000,
            b"RIFF\x10\0\0\0WEBPVP8 " + b"\0" * 100,
            picture(size=(400, 400))[:600],
            picture("PNG")[:50],
        ],
    )
    def test_what_only_begins_like_a_photo_is_refused(
        self, world: World, case: Case, files: Path, data: bytes
    ) -> None:
        row = self.accept(world, case, data)
        assert finish() == 0
        row.refresh_from_db()
        assert row.state == "refused"
        assert stored(files) == []
        with pytest.raises(NotVisible):
            attachments.open_ready(row)

    def test_doing_it_twice_changes_nothing(self, world: World, case: Case, files: Path) -> None:
        row = self.accept(world, case, picture())
        assert finish() == 1
        row.refresh_from_db()
        assert finish() == 0
        assert photos.prepare(row.pk) is False
        assert stored(files) == both(row)

    def test_the_same_photo_twice_is_stored_once(
        self, world: World, case: Case, files: Path
    ) -> None:
        for _ in range(2):
            self.accept(world, case, picture())
        assert finish() == 2
        assert len(stored(files)) == 2  # with its small form

    def test_a_picture_that_kills_the_worker_is_given_up(
        self, world: World, case: Case, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = self.accept(world, case, picture())

        def killed(data: bytes) -> bytes:
            raise MemoryError

        monkeypatch.setattr(photos, "redraw", killed)
        for _ in range(photos.MOST_ATTEMPTS):
            with pytest.raises(MemoryError), transaction.atomic():
                photos.prepare(row.pk)
            Attachment.objects.filter(pk=row.pk).update(
                attempts=Attachment.objects.get(pk=row.pk).attempts + 1
            )
        monkeypatch.undo()
        assert photos.prepare(row.pk) is False
        row.refresh_from_db()
        assert row.state == "refused"

    def test_a_missing_file_is_not_silent(
        self, world: World, case: Case, caplog: pytest.LogCaptureFixture
    ) -> None:
        row = self.accept(world, case, picture())
        default_storage.delete(row.storage_key)
        assert finish() == 0
        row.refresh_from_db()
        assert row.state == "refused"
        assert "missing" in caplog.text


class TestOrphans:
    def test_only_old_copies_without_a_row_go(self, world: World, case: Case, files: Path) -> None:
        (kept,) = attachments.accept(case, [upload(picture())], actor=world.gao)
        (lost,) = attachments.accept(case, [upload(picture())], actor=world.gao)
        lost.delete()
        now = timezone.now()
        assert attachments.remove_orphans(now) == 0
        assert attachments.remove_orphans(now + timedelta(hours=25)) == 1
        assert stored(files) == [kept.storage_key]

    def test_an_empty_store_has_none(self, world: World) -> None:
        assert attachments.remove_orphans(timezone.now()) == 0


def png_bomb(side: int) -> bytes:
    """A PNG of a few kilobytes that claims ``side`` × ``side`` pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(b"\0" * 100_000) for _ in range(20)) + packer.flush()
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )
