"""Photos of a case go to whom the case is visible, when they are ready, and run nothing."""

import io
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from cases import attachments, photos
from cases.models import Attachment
from grids.models import AccessLog
from tests.cases.matters import event
from tests.world import World


@pytest.fixture(autouse=True)
def files(tmp_path: Path, settings: object) -> Iterator[Path]:
    storages = {**settings.STORAGES}  # type: ignore[attr-defined]
    storages["default"] = {**storages["default"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = storages  # type: ignore[attr-defined]
    yield tmp_path


@pytest.fixture
def photo(world: World) -> Attachment:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "JPEG")
    upload = SimpleUploadedFile("路灯.jpg", out.getvalue())
    (row,) = attachments.accept(event(world), [upload], actor=world.gao)
    return row


def address(photo: Attachment) -> str:
    return f"/case/{photo.case.number}/file/{photo.public_id}/"


def test_a_ready_photo_is_handed_out_safely(
    world: World, client: Client, photo: Attachment
) -> None:
    assert photos.prepare_waiting() == 1
    for user in (world.gao, world.cun, world.ouyang):
        client.force_login(user)
        answer = client.get(address(photo))
        assert answer.status_code == 200
        assert b"".join(answer.streaming_content)[:3] == b"\xff\xd8\xff"
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"


def test_in_quarantine_nobody_gets_it(world: World, client: Client, photo: Attachment) -> None:
    client.force_login(world.gao)
    assert client.get(address(photo)).status_code == 404


def test_strangers_get_404(world: World, client: Client, photo: Attachment) -> None:
    photos.prepare_waiting()
    for user in (world.bao, world.wai, world.shui, world.ling, world.dou, world.mei):
        client.force_login(user)
        assert client.get(address(photo)).status_code == 404
    client.logout()
    assert client.get(address(photo)).status_code == 302


def test_only_under_its_own_case(world: World, client: Client, photo: Attachment) -> None:
    photos.prepare_waiting()
    client.force_login(world.gao)
    other = event(world)
    assert client.get(f"/case/{other.number}/file/{photo.public_id}/").status_code == 404
    assert client.get(f"/case/{photo.case.number}/file/{uuid.uuid4()}/").status_code == 404


def test_a_file_that_is_gone_is_404(
    world: World, client: Client, photo: Attachment, files: Path
) -> None:
    photos.prepare_waiting()
    for path in files.rglob("*.jpg"):
        path.unlink()
    client.force_login(world.gao)
    assert client.get(address(photo)).status_code == 404


def small(photo: Attachment) -> str:
    return f"{address(photo)}small/"


def rows_of(world: World) -> list[str]:
    rows = AccessLog.objects.filter(actor=world.cun).order_by("pk")
    return list(rows.values_list("fields", flat=True))


def test_the_page_of_a_case_is_one_look_whatever_photos_it_shows(
    world: World, client: Client, photo: Attachment
) -> None:
    photos.prepare_waiting()
    client.force_login(world.cun)
    page = client.get(f"/case/{photo.case.number}/").text
    assert small(photo) in page
    shown = client.get(small(photo))
    assert b"".join(shown.streaming_content)[:3] == b"\xff\xd8\xff"
    assert shown["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert rows_of(world) == ["text,parties"]
    client.get(address(photo))
    assert rows_of(world) == ["text,parties", f"file:{photo.pk}"]


def test_a_small_photo_without_the_page_is_a_look(
    world: World, client: Client, photo: Attachment
) -> None:
    photos.prepare_waiting()
    client.force_login(world.cun)
    client.get(small(photo))
    assert rows_of(world) == [f"file:{photo.pk}"]
    client.force_login(world.bao)
    assert client.get(small(photo)).status_code == 404


def test_a_photo_from_before_small_forms_is_shown_and_logged(
    world: World, client: Client, photo: Attachment, files: Path
) -> None:
    photos.prepare_waiting()
    for path in files.rglob("*.small.jpg"):
        path.unlink()
    client.force_login(world.cun)
    assert client.get(small(photo)).status_code == 200
    assert rows_of(world) == [f"file:{photo.pk}"]


def test_a_small_form_is_small(world: World, photo: Attachment, files: Path) -> None:
    out = io.BytesIO()
    Image.effect_noise((1200, 900), 50).convert("RGB").save(out, "JPEG")
    assert max(Image.open(io.BytesIO(photos.shrunk(out.getvalue()))).size) == photos.SMALL_SIDE
