"""Keys of programs: ``Authorization: Token …``. Only the SHA-256 of a key is stored.

The keys are random (256 bits), so a plain digest is enough and one look-up finds the row. A key
reads what its owner reads; what it may write is its scope, and it never outlives 30 days.
"""

import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from grids.errors import NotAllowed
from grids.models import ApiToken, User
from grids.prepared import ask

PREFIX = "jy_"  # lets secret scanners recognise a key that was published by mistake
LONGEST_DAYS = 30  # how long a key lives at most, and when nothing else is asked for
LONGEST_NAME = 60
EVERYTHING, NOTHING = "all", "read"
# What a key may write, beside what it reads anyway. Every endpoint that writes names one.
SCOPES = {
    "cases": "register matters, act on them, take lists out",
    "places": "areas, grids, units, the list of tasks for grid workers",
    "people": "accounts and posts",
    "settings": "ladders and time limits of a district: propose, simulate, approve",
    "sealed": "open sealed matters and act on them",
    "audit": "look at alarms, take the access log out",
    "account": "end the owner's own sessions and keys",
}
USER_FIELDS = [field.attname for field in User._meta.concrete_fields]
# Written out once: every request of a program begins with it, and the query builder would take
# as long as the database does.
LOOK_UP = f"""
    SELECT key.id, key.scope, {", ".join(f'person."{name}"' for name in USER_FIELDS)}
    FROM grids_apitoken AS key JOIN grids_user AS person ON person.id = key.user_id
    WHERE key.digest = %s AND key.revoked_at IS NULL AND key.expires_at > statement_timestamp()
      AND person.is_active
"""
REFUSED = _("This key is not valid. Sign in again.")


def digest(key: str) -> bytes:
    """What is stored of a key."""
    return hashlib.sha256(key.encode()).digest()


def issue(
    user: User, name: str = "", *, scopes: Collection[str] = (EVERYTHING,),
    days: int = LONGEST_DAYS,
) -> tuple[str, ApiToken]:  # fmt: skip
    """A new key for ``user``, valid for ``days`` days; the key is shown this once.

    ``scopes`` are names of ``SCOPES``, or ``all``; none of them makes a key that only reads.
    """
    known = [name for name in SCOPES if name in scopes]
    scope = EVERYTHING if EVERYTHING in scopes else ",".join(known) or NOTHING
    key = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        user=user,
        digest=digest(key),
        name=name[:LONGEST_NAME],
        scope=scope,
        created_at=Now(),
        expires_at=Now() + timedelta(days=days),
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
        user = User.from_db(connection.alias, USER_FIELDS, row[2:])
        token = ApiToken.from_db(connection.alias, ["id", "scope"], row[:2])
        token.user = user
        return user, token

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class OutOfScope(NotAllowed):
    """The person might, but this key may not."""

    code = "out_of_scope"


def scopes_of(key: ApiToken) -> list[str]:
    """What a key may write."""
    if key.scope == EVERYTHING:
        return list(SCOPES)
    return [name for name in key.scope.split(",") if name in SCOPES]


class WithinScope(BasePermission):
    """A key writes only where its scope says so; sessions have no scope. An endpoint that
    names no ``write_scope`` takes nothing from a key that was not given everything."""

    def has_permission(self, request: Request, view: Any) -> bool:
        key = request.auth
        if not isinstance(key, ApiToken) or request.method in SAFE_METHODS:
            return True
        needed = getattr(view, "write_scope", "")
        if key.scope != EVERYTHING and needed not in scopes_of(key):
            raise OutOfScope(
                "This key does not write here: it lacks the scope %(scope)s.",
                scope=needed or EVERYTHING,
            )
        return True
