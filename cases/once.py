"""Requests that may be sent twice: the same key gives the same result and does nothing more.

For doors that keep no key of their own; registering and acting do (``cases/intake.py``,
``cases/transitions.py``). Only what was made is kept, by id: nothing secret, no words.
"""

from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from cases import drafts
from cases.models import IdempotencyKey
from grids.errors import BadInput
from grids.models import User


@transaction.atomic
def once(user: User, door: str, key: str, data: Any, do: Callable[[], object]) -> tuple[str, bool]:
    """What ``do`` returned, as text, and whether it ran now; later calls with ``key`` get the
    same text. Raises ``BadInput`` when the key came with another body or for another row.

    ``door`` names the endpoint and the row, e.g. ``unit:7:close``. Two who send one key at the
    same time are served one after the other.
    """
    scope = f"user:{user.pk}:{door.split(':')[0]}"
    digest = drafts.digest([door, data])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"once:{scope}:{key}"]
        )
    row = IdempotencyKey.objects.filter(scope=scope, key=key).first()
    if row is not None:
        if bytes(row.body_digest) != digest:
            raise BadInput("This key was already used for another matter.", field="key")
        return row.result, False
    result = str(do())
    IdempotencyKey.objects.create(
        scope=scope, key=key, body_digest=digest, result=result, at=Now(),
        tenant_id=user.posts[0].tenant_id if user.posts else None,
    )  # fmt: skip
    return result, True
