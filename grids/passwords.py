"""One-time passwords: made up, printed once on a slip, never stored in clear."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.hashers import PBKDF2PasswordHasher, get_hasher, make_password
from django.utils.translation import gettext_noop

from grids.models import User

OWN_PASSWORD_FIRST = gettext_noop("Sign in once and choose a password of your own first.")
# Letters and digits that nobody mixes up on paper.
SYMBOLS = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, LETTERS = 3, 4
VALID = timedelta(days=14)  # the slip must reach a village
# Twelve symbols are 59 bits by chance: guessing them needs no slow hash, and a file of three
# hundred people must not take minutes. A password of the person's own gets the usual one.
ROUNDS = 20_000


@dataclass(frozen=True, slots=True)
class Slip:
    """What is printed and handed over. The password is in no log, row or second page."""

    username: str
    name: str
    unit: str
    role: str  # English msgid
    until: datetime
    password: str = field(repr=False)


def give(user: User, now: datetime) -> str:
    """Set a new one-time password of ``user``, unsaved, valid for fourteen days; return it."""
    password = "-".join(
        "".join(secrets.choice(SYMBOLS) for _ in range(LETTERS)) for _ in range(GROUPS)
    )
    user.password = hashed(password)
    user.one_time_until = now + VALID
    return password


def hashed(password: str) -> str:
    hasher = get_hasher()
    if isinstance(hasher, PBKDF2PasswordHasher):
        return hasher.encode(password, hasher.salt(), iterations=ROUNDS)
    return make_password(password)
