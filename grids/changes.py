"""The change log of places, units, posts and lists: one row per change, in its transaction."""

from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models.functions import Now

from grids import plaintext
from grids.errors import BadInput
from grids.models import Area, Change, User
from grids.models.change import SUBJECTS

Values = Mapping[str, Any]
ENCODER = DjangoJSONEncoder()


def changed(
    actor: User | None,
    action: str,
    subject: str,
    subject_id: int,
    *,
    area: Area | None,
    before: Values | None = None,
    after: Values | None = None,
    reason: str = "",
) -> bool:
    """Log that ``actor`` did ``action`` to the row; call it in the transaction of the change.

    Only what differs between ``before`` and ``after`` is kept; a change that changes nothing
    leaves no row and returns False. ``area`` is where the row lies: it decides who reads the
    log. The moment is the database's. Raises ``BadInput`` for an unknown subject or a reason
    that does not fit.
    """
    if subject not in SUBJECTS:
        raise BadInput("This kind of change does not exist.", field="subject")
    old, new = plain(before or {}), plain(after or {})
    if before is not None and after is not None:
        same = {name for name in old.keys() & new.keys() if old[name] == new[name]}
        old = {name: value for name, value in old.items() if name not in same}
        new = {name: value for name, value in new.items() if name not in same}
        if not old and not new:
            return False
    Change.objects.create(
        tenant_id=area.tenant_id if area else None,
        at=Now(),
        actor=actor,
        action=action,
        subject=subject,
        subject_id=subject_id,
        area=area,
        before=old,
        after=new,
        reason=plaintext.line(reason, "reason", longest=200, required=False),
    )
    return True


def plain(values: Values) -> dict[str, Any]:
    """``values`` as JSON has them; days and moments in ISO 8601."""
    return {
        name: ENCODER.default(value) if hasattr(value, "isoformat") else value
        for name, value in values.items()
    }
