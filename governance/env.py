"""Read typed settings from environment variables; fail loudly on nonsense.

Pure: importable before Django is configured.
"""

import base64
import binascii
import ipaddress
import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

CONNECT_OPTIONS = {
    "connect_timeout": "3",
    # The only setting that ends a hang on a half-open network.
    "tcp_user_timeout": "8000",
    "keepalives_idle": "10",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    # jit costs more than it gives on the short statements of a web request; so does planning a
    # kept statement (grids/prepared.py) anew for each value. Such a plan reads a queue along its
    # index; at the price of a spinning disk per row it would sort the whole queue instead.
    "options": "-c statement_timeout=15000 -c lock_timeout=3000"
    " -c idle_in_transaction_session_timeout=30000 -c jit=off"
    " -c plan_cache_mode=force_generic_plan -c random_page_cost=1.1",
}


class BadSetting(Exception):
    """An environment variable is missing or cannot be understood."""


def text(name: str, default: str | None = None) -> str:
    """Return ``name``; ``NAME_FILE`` (a path, for container secrets) wins over it."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    value = os.environ.get(name, default)
    if value is None:
        raise BadSetting(f"{name} is required. See .env.example.")
    return value


def flag(name: str, default: bool) -> bool:
    """Return ``name`` as a boolean; only 1 and 0 are understood."""
    value = text(name, "1" if default else "0")
    if value not in ("0", "1"):
        raise BadSetting(f"{name}={value!r}: write 1 or 0.")
    return value == "1"


def number(name: str, default: float) -> float:
    """Return ``name`` as a number above zero."""
    value = text(name, str(default))
    try:
        found = float(value)
    except ValueError:
        found = 0
    if not 0 < found < float("inf"):
        raise BadSetting(f"{name}={value!r}: write a number above zero.")
    return found


def count(name: str, default: int) -> int:
    """Return ``name`` as a whole number from zero to nine."""
    value = text(name, str(default))
    if len(value) != 1 or value not in "0123456789":
        raise BadSetting(f"{name}={value!r}: write a whole number from 0 to 9.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    """Return the comma-separated parts of ``name``."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def networks(name: str) -> list[str]:
    """Return the comma-separated networks of ``name``, for example ``10.20.0.0/16``."""
    found = words(name)
    for one in found:
        try:
            ipaddress.ip_network(one)
        except ValueError as error:
            raise BadSetting(f"{name}={one!r}: write a network such as 10.20.0.0/16.") from error
    return found


def keys(name: str, default: str | None = None) -> dict[int, bytes]:
    """Return a key ring written ``1:BASE64,2:BASE64``; each key has 32 bytes.

    New values use the highest number; the older keys only read.
    """
    ring = {}
    for part in text(name, default).split(","):
        number_text, _, encoded = part.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not number_text.isascii() or not number_text.isdigit() or len(key) != 32:
            raise BadSetting(f"{name}: write NUMBER:BASE64 parts, 32 bytes each.")
        ring[int(number_text)] = key
    return ring


def database(name: str, default: str | None = None) -> dict[str, object]:
    """Turn ``postgresql://user:pw@host:5432/db?sslmode=…`` into a DATABASES entry."""
    url = urlsplit(text(name, default))
    if url.scheme not in ("postgresql", "postgres"):
        raise BadSetting(f"{name}: only postgresql:// is supported, got {url.scheme!r}.")
    options = {key: values[-1] for key, values in parse_qs(url.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or options.pop("host", "")),
        "PORT": str(url.port or 5432),
        "CONN_MAX_AGE": 60,  # seconds
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": True,  # one request, one transaction (decisions.md 21)
        "OPTIONS": {**CONNECT_OPTIONS, **options},
    }
