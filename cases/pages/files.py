"""Files of a case, handed out one by one to whom the case is visible."""

from __future__ import annotations

from uuid import UUID

from django.core.files.base import File
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from cases import looks
from cases.attachments import open_ready, open_small
from cases.models import Attachment, Case
from cases.pages.intake import asked_from, staff
from grids.errors import NotVisible


@require_GET
def attachment(request: HttpRequest, number: str, public_id: UUID) -> FileResponse:
    """One released photo in full: a look of its own.

    Not visible, not there, still being checked: the same 404.
    """
    user = staff(request)
    case = get_object_or_404(Case.objects.visible_to(user), number=number)
    row = get_object_or_404(Attachment, case=case, public_id=public_id, state="ready")
    try:
        content = open_ready(row)
    except FileNotFoundError as error:
        raise NotVisible("This file is gone.") from error
    looks.look(user, case, "view", fields=f"file:{row.pk}", address=asked_from(request))
    return handed_out(row, content)


@require_GET
def thumbnail(request: HttpRequest, number: str, public_id: UUID) -> FileResponse:
    """One photo as small as the page of its case shows it. The look at that page stands for all
    of its photos; asked for without it, or in full, it is a look of its own."""
    user = staff(request)
    case = get_object_or_404(Case.objects.visible_to(user), number=number)
    row = get_object_or_404(Attachment, case=case, public_id=public_id, state="ready")
    small = open_small(row)
    if small is None:
        return attachment(request, number, public_id)
    if not looks.open_before(user, case):
        looks.look(user, case, "view", fields=f"file:{row.pk}", address=asked_from(request))
    return handed_out(row, small)


def handed_out(row: Attachment, content: File[bytes]) -> FileResponse:
    response = FileResponse(
        content, as_attachment=True, filename=row.name, content_type=row.media_type
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
