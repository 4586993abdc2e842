"""Who is signed in: the session and its owner with their posts, in one kept statement.

Every request begins with these. Through the query builder they took longer than the rows of a
queue.
"""

import threading
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends import db
from django.utils import timezone

from grids.models import User
from grids.models.staff import post_from
from grids.prepared import ask

USER_FIELDS = [field.attname for field in User._meta.concrete_fields]
WIDTH = len(USER_FIELDS)
OWNER = f"""
SELECT {", ".join(f'person."{name}"' for name in USER_FIELDS)}, post.*
FROM grids_user AS person LEFT JOIN LATERAL jieyou_posts(person.id) AS post ON true
WHERE person.id = %s ORDER BY post.level, post.path, post.id
"""
SESSION = f"""
SELECT visit.session_data, owner.*
FROM django_session AS visit LEFT JOIN ({OWNER}) AS owner ON true
WHERE visit.session_key = %s AND visit.expire_date > %s
"""
# Whose session it was the last time, so that both are read at once. Only a guess at what will
# be asked for: the session itself says whose it is, each time anew.
GUESSES: dict[str, int] = {}
MOST_GUESSES = 10_000


class Read(threading.local):
    """The owner read along with the session of this request, until somebody asks."""

    owner: User | None = None


READ = Read()


class SessionStore(db.SessionStore):
    """Django's sessions in the database, read together with their owner."""

    def load(self) -> dict[str, Any]:
        READ.owner = None
        key = self.session_key or ""
        rows = ask(SESSION, [GUESSES.get(key, 0), key, timezone.now()])
        if not rows:
            self._session_key = None
            return {}
        found: dict[str, Any] = self.decode(rows[0][0])
        remember(key, found.get(SESSION_KEY))
        READ.owner = owner_of([row[1:] for row in rows])
        return found


def remember(key: str, owner: object) -> None:
    if isinstance(owner, str) and owner.isdecimal():
        if len(GUESSES) >= MOST_GUESSES:
            GUESSES.clear()
        GUESSES[key] = int(owner)


class Staff(ModelBackend):
    """Passwords as Django checks them; the owner of a session comes with their posts."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Not a disabled account, not a one-time password that nobody used in time."""
        until = getattr(user, "one_time_until", None)
        return super().user_can_authenticate(user) and (until is None or until > timezone.now())

    def get_user(self, user_id: int) -> User | None:
        """The account with its running posts; nobody when it is disabled."""
        user, READ.owner = READ.owner, None
        if user is None or user.pk != user_id:
            user = owner_of(ask(OWNER, [user_id]))
        return user if self.user_can_authenticate(user) else None


def owner_of(rows: list[tuple[Any, ...]]) -> User | None:
    """The account of rows of ``OWNER``, its posts read."""
    if not rows or rows[0][0] is None:
        return None
    user = User.from_db("default", USER_FIELDS, rows[0][:WIDTH])
    user.posts = [post_from(row[WIDTH:]) for row in rows if row[WIDTH] is not None]
    if not user.is_active:
        user.posts = []
    return user
