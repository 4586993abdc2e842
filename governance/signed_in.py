"""Who is signed in: the session, and its owner with their posts; one kept statement each.

Every request begins with these two. Through the query builder they took longer than the rows
of a queue.
"""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends import db
from django.utils import timezone

from grids.models import User
from grids.models.staff import post_from
from grids.prepared import ask

SESSION = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"
USER_FIELDS = [field.attname for field in User._meta.concrete_fields]
OWNER = f"""
SELECT {", ".join(f'person."{name}"' for name in USER_FIELDS)}, post.*
FROM grids_user AS person LEFT JOIN LATERAL jieyou_posts(person.id) AS post ON true
WHERE person.id = %s ORDER BY post.level, post.path, post.id
"""


class SessionStore(db.SessionStore):
    """Django's sessions in the database, read by a kept statement."""

    def load(self) -> dict[str, Any]:
        rows = ask(SESSION, [self.session_key, timezone.now()])
        if not rows:
            self._session_key = None
            return {}
        found: dict[str, Any] = self.decode(rows[0][0])
        return found


class Staff(ModelBackend):
    """Passwords as Django checks them; the owner of a session comes with their posts."""

    def get_user(self, user_id: int) -> User | None:
        """The account with its running posts; nobody when it is disabled."""
        rows = ask(OWNER, [user_id])
        if not rows:
            return None
        user = User.from_db("default", USER_FIELDS, rows[0][: len(USER_FIELDS)])
        if not self.user_can_authenticate(user):
            return None
        posts = [row[len(USER_FIELDS) :] for row in rows]
        user.posts = [post_from(row) for row in posts if row[0] is not None]
        return user
