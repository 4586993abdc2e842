"""Files of a case, handed out one by one to whom the case is visible."""

from uuid import UUID

from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from cases import looks
from cases.attachments import open_ready
from cases.models import Attachment, Case
from cases.pages.intake import asked_from, staff
from grids.errors import NotVisible


@require_GET
def attachment(request: HttpRequest, number: str, public_id: UUID) -> FileResponse:
    """One released photo. Not visible, not there, still being checked: the same 404."""
    user = staff(request)
    case = get_object_or_404(Case.objects.visible_to(user), number=number)
    row = get_object_or_404(Attachment, case=case, public_id=public_id, state="ready")
    try:
        content = open_ready(row)
    except FileNotFoundError as error:
        raise NotVisible("This file is gone.") from error
    looks.look(user, case, "view", fields=f"file:{row.pk}", address=asked_from(request))
    response = FileResponse(
        content, as_attachment=True, filename=row.name, content_type=row.media_type
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
