"""Files of a case, handed out one by one to whom the case is visible."""

from uuid import UUID

from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from cases.attachments import open_ready
from cases.models import Attachment, Case
from cases.pages.intake import staff
from grids.errors import NotVisible


@require_GET
def attachment(request: HttpRequest, number: str, public_id: UUID) -> FileResponse:
    """One released photo. Not visible, not there, still being checked: the same 404."""
    case = get_object_or_404(Case.objects.visible_to(staff(request)), number=number)
    row = get_object_or_404(Attachment, case=case, public_id=public_id, state="ready")
    try:
        content = open_ready(row)
    except FileNotFoundError as error:
        raise NotVisible("This file is gone.") from error
    response = FileResponse(
        content, as_attachment=True, filename=row.name, content_type=row.media_type
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
