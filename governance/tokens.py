"""Keys of programs: ``Authorization: Token …``. Only the SHA-256 of a key is stored.

The keys are random (256 bits), so a plain digest is enough and one look-up finds the row.
"""

import hashlib
import secrets
from datetime import timedelta

from django.db import connection
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from grids.models import ApiToken, User
from grids.prepared import ask

PREFIX = "jy_"  # lets secret scanners recognise a key that was published by mistake
LIFETIME = timedelta(days=30)
LONGEST_NAME = 60
USER_FIELDS = [field.attname for field in User._meta.concrete_fields]
# Written out once: every request of a program begins with it, and the query builder would take
# as long as the database does.
LOOK_UP = f"""
    SELECT key.id, {", ".join(f'person."{name}"' for name in USER_FIELDS)}
    FROM grids_apitoken AS key JOIN grids_user AS person ON person.id = key.user_id
    WHERE key.digest = %s AND key.revoked_at IS NULL AND key.expires_at > statement_timestamp()
      AND person.is_active
"""
REFUSED = _("This key is not valid. Sign in again.")


def digest(key: str) -> bytes:
    """What is stored of a key."""
    return hashlib.sha256(key.encode()).digest()


def issue(user: User, name: str = "") -> tuple[str, ApiToken]:
    """A new key for ``user``, valid for 30 days; the key is shown this once."""
    key = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        user=user,
        digest=digest(key),
        name=name[:LONGEST_NAME],
        created_at=Now(),
        expires_at=Now() + LIFETIME,
    )
    row.refresh_from_db(fields=["created_at", "expires_at"])
    return key, row


class TokenAuthentication(BaseAuthentication):
    """One query per request. Missing, malformed, unknown, expired, revoked and disabled all
    get the same answer."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        header = get_authorization_header(request).split()
        if not header or header[0].lower() != b"token":
            return None
        if len(header) != 2:
            raise AuthenticationFailed(REFUSED)
        try:
            key = header[1].decode("ascii")
        except UnicodeDecodeError as error:
            raise AuthenticationFailed(REFUSED) from error
        rows = ask(LOOK_UP, [digest(key)])
        if not rows:
            raise AuthenticationFailed(REFUSED)
        row = rows[0]
        user = User.from_db(connection.alias, USER_FIELDS, row[1:])
        return user, ApiToken(pk=row[0], user=user)

    def authenticate_header(self, request: Request) -> str:
        return "Token"
