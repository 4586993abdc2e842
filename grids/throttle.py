"""Limits against guessing and flooding, counted exactly in Redis.

One script counts and sets the end of the window in one step, so that parallel requests cannot
slip through between reading and writing. Who is counted is stored as a keyed hash: no account
name or address lies in Redis. Each caller says what holds while Redis is away.
"""

import hashlib
import hmac
import logging
from enum import Enum
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from grids.errors import TooMany

log = logging.getLogger(__name__)

COUNT = """
local spent = redis.call('INCR', KEYS[1])
if spent == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {spent, redis.call('TTL', KEYS[1])}
"""
PATIENCE = 0.5  # seconds to wait for Redis; a page must not hang on a limit


class WhenDown(Enum):
    """What holds while Redis is away."""

    ALLOW = "allow"  # signing in: staff must be able to work; written to the log
    REFUSE = "refuse"  # residents' codes: guessing must never be free


@cache
def store() -> redis.Redis:
    """The connection pool of this process."""
    return at(settings.REDIS_URL)


def at(url: str) -> redis.Redis:
    """A client that tries once more, for a connection Redis has closed meanwhile, then gives up.

    Left alone the library tries ten times over with pauses, and every sign-in would take seconds
    while Redis is away.
    """
    return redis.Redis.from_url(
        url,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), retries=1),
    )


def counter(name: str, key: str) -> str:
    """The Redis key of one counter."""
    secret = settings.SECRET_KEY.encode()
    return f"limit:{name}:{hmac.new(secret, key.encode(), hashlib.sha256).hexdigest()[:32]}"


def spend(
    name: str, key: str, *, limit: int, seconds: int, when_down: WhenDown = WhenDown.REFUSE
) -> None:
    """Count one attempt of ``key``; raises ``TooMany`` beyond ``limit`` in the window.

    The window of ``seconds`` starts with the first attempt. The error's ``seconds`` value says
    when it ends.
    """
    try:
        spent, left = store().eval(COUNT, 1, counter(name, key), seconds)
    except redis.RedisError as error:
        log.warning("limit %s not counted: %s", name, type(error).__name__)
        if when_down is WhenDown.ALLOW:
            return
        spent, left = limit + 1, 60
    if spent > limit:
        raise TooMany("Too many attempts. Try again in %(seconds)s seconds.", seconds=max(left, 1))


def forgive(name: str, key: str) -> None:
    """Forget the attempts of ``key``, after the right password for example."""
    try:
        store().delete(counter(name, key))
    except redis.RedisError as error:
        log.warning("limit %s not cleared: %s", name, type(error).__name__)


def reachable() -> bool:
    """Whether Redis answers."""
    try:
        return bool(store().ping())
    except redis.RedisError:
        return False
