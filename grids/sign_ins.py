"""Sessions under their owners' names: begun, listed by the owner, ended by owner or manager.

A session that is deleted here is unknown to the very next request.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db.models.functions import Now

from grids.models import ApiToken, SignIn, User

# First match wins: others carry the words of the browser they are built on.
BROWSERS = (
    ("MicroMessenger", "WeChat"), ("DingTalk", "DingTalk"), ("QQBrowser", "QQ"),
    ("QIHU|360SE|360EE", "360"), ("HuaweiBrowser", "Huawei"), ("MiuiBrowser", "Mi"),
    ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome|Chromium", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("OpenHarmony|HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone|iPad", "iOS"),
    ("Windows", "Windows"), ("Mac OS X", "macOS"), ("UOS", "UOS"), ("Kylin", "Kylin"),
    ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Visit:
    """One running session as its owner sees it."""

    id: int
    device: str  # empty: a device that says nothing of itself
    started_at: datetime
    seen_at: datetime | None
    current: bool


def device(agent: str) -> str:
    """Browser and system in two words, e.g. ``Chrome · Windows``; no more is kept."""
    words = [
        next((name for pattern, name in table if re.search(pattern, agent)), "")
        for table in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(filter(None, words))


def begin(user: User, session_key: str, agent: str) -> None:
    """Put a fresh session under its owner's name; forget those that are long over."""
    SignIn.objects.filter(user=user).exclude(session_key__in=alive(user)).delete()
    SignIn.objects.create(
        user=user, session_key=session_key, device=device(agent), started_at=Now()
    )


def alive(user: User) -> list[str]:
    """Keys of the user's sessions that the next request would still find."""
    keys = SignIn.objects.filter(user=user).values("session_key")
    running = Session.objects.filter(session_key__in=keys, expire_date__gt=Now())
    return list(running.values_list("session_key", flat=True))


def moved(old: str, new: str) -> None:
    """A session got a new key, as with every new password."""
    SignIn.objects.filter(session_key=old).update(session_key=new)


def left(session_key: str) -> None:
    """A session was ended by its owner."""
    SignIn.objects.filter(session_key=session_key).delete()


def visits(user: User, current: str) -> list[Visit]:
    """The user's running sessions, the newest first; for the user's own eyes."""
    found = {row.session_key: row for row in SignIn.objects.filter(user=user)}
    running = Session.objects.filter(session_key__in=found, expire_date__gt=Now())
    listed = [visit(found[row.session_key], row.get_decoded(), current) for row in running]
    return sorted(listed, key=lambda one: one.started_at, reverse=True)


def visit(row: SignIn, kept: dict[str, object], current: str) -> Visit:
    seen = kept.get("seen")
    moment = datetime.fromtimestamp(seen, UTC) if isinstance(seen, int) else None
    return Visit(row.pk, row.device, row.started_at, moment, row.session_key == current)


def end(user: User, pk: int) -> bool:
    """End one of the user's own sessions; False when there is none of that number."""
    row = SignIn.objects.filter(user=user, pk=pk).first()
    if row is None:
        return False
    Session.objects.filter(session_key=row.session_key).delete()
    row.delete()
    return True


def end_all(user: User, *, but: str = "") -> None:
    """End every session of the user ``but`` one, and every key of their programs."""
    keys = list(
        SignIn.objects.filter(user=user).exclude(session_key=but).values_list(
            "session_key", flat=True
        )
    )  # fmt: skip
    Session.objects.filter(session_key__in=keys).delete()
    SignIn.objects.filter(session_key__in=keys).delete()
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=Now())


def key_of(session: SessionBase) -> str:
    """The key of a session; empty before it is stored."""
    return session.session_key or ""
