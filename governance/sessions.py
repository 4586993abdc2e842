"""How long a sign-in lasts: a desk for the working day, a grid worker's phone for a month."""

import time

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase

from grids.models import User

KIND, STARTED, SEEN = "kind", "started", "seen"
ONE_TIME = "one_time"  # the owner came in with a one-time password and has no own one yet
DESK, FIELD = "desk", "field"
TOUCH_SECONDS = 60  # the moment last seen is written at most this often
FIELD_TOUCH_SECONDS = 3600  # on a phone, whose session does not end by idling


def begin(session: SessionBase, user: User) -> None:
    """Stamp a fresh session with its kind and its beginning."""
    now = int(time.time())
    session[KIND] = FIELD if user.works_in_the_field else DESK
    session[STARTED] = session[SEEN] = now
    if user.one_time_until is not None:
        session[ONE_TIME] = True
    if session[KIND] == FIELD:
        session.set_expiry(settings.FIELD_SESSION_SECONDS)


def carry_on(session: SessionBase) -> bool:
    """Whether the session goes on; notes that it was seen. False once its time is over.

    A session that carries no moments yet (made outside the sign-in page) is a desk's.
    """
    if SESSION_KEY not in session:
        return True
    now = int(time.time())
    if STARTED not in session:
        session[KIND], session[STARTED], session[SEEN] = DESK, now, now
        return True
    age, idle = now - session[STARTED], now - session.get(SEEN, 0)
    if session.get(KIND) == FIELD:
        if idle >= FIELD_TOUCH_SECONDS:
            session[SEEN] = now
        return bool(age <= settings.FIELD_SESSION_SECONDS)
    if age > settings.SESSION_COOKIE_AGE or idle > settings.SESSION_IDLE_SECONDS:
        return False
    if idle >= TOUCH_SECONDS:
        session[SEEN] = now
    return True
