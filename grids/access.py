"""Who looked at personal data: one row per look, in the transaction of the look."""

from django.db.models.functions import Now

from grids import plaintext
from grids.errors import BadInput
from grids.models import AccessLog, User
from grids.models.access import ACTIONS


def looked(
    user: User,
    action: str,
    subject: str,
    *,
    tenant_id: int | None,
    fields: str = "",
    reason: str = "",
    address: str | None = None,
) -> None:
    """Log that ``user`` did ``action`` to ``subject``, a case number or what was exported.

    ``fields`` names what was shown, ``reason`` what the person said, ``address`` the network
    address asked from. The moment is the database's. Raises ``BadInput`` for an unknown
    action or a text that does not fit.
    """
    if action not in ACTIONS:
        raise BadInput("This kind of look does not exist.", field="action")
    AccessLog.objects.create(
        tenant_id=tenant_id,
        at=Now(),
        actor=user,
        action=action,
        subject=plaintext.line(subject, "subject", longest=40),
        fields=plaintext.line(fields, "fields", longest=200, required=False),
        reason=plaintext.line(reason, "reason", longest=200, required=False),
        address=address,
    )
