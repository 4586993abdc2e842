"""What managers do to accounts and posts: check the power, go through ``grids.staff``, log it.

Every function takes the manager first and raises ``NotAllowed`` for a peer, a higher role or
another place, ``BadInput`` naming a field. Nothing is written on any refusal. A post is ended in
``cases.handover``, because its open matters move in the same transaction.
"""

import uuid
from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from grids import passwords, plaintext, powers, sign_ins, staff
from grids.changes import changed
from grids.errors import BadInput, NotAllowed, NotVisible, WrongState
from grids.models import Area, Change, Posting, Unit, User
from grids.passwords import Slip
from grids.roles import Role
from grids.staffing import Post

MOST = 100  # people of a list
MOST_CHANGES = 20
HIGHER = "This person is not below you; their superior does this."
ELSEWHERE = "You do not give this post; the office above does."


# --- powers -----------------------------------------------------------------------------
def book_posts(manager: User) -> list[Post]:
    """The posts by which ``manager`` keeps books; raises ``NotAllowed`` without one."""
    found = [post for post in manager.posts if powers.keeps_books(post)]
    if not found:
        raise NotAllowed("Your post manages no accounts.")
    return found


def may_post(manager: User, role: str, unit: Unit) -> bool:
    """Whether ``manager`` may give, change or end a post as ``role`` in ``unit``."""
    if role not in Role.values():
        return False
    area = unit.area
    return any(
        powers.governs(post, Role(role), unit.tenant_id, area.path, area.level)
        for post in manager.posts
    )


def known_by(user: User) -> list[Posting]:
    """The posts that say whose business an account is: now and to come, else the last ones."""
    rows = Posting.objects.filter(user=user).select_related("unit__area", "unit__tenant", "area")
    current = list(rows.filter(pk__in=Posting.objects.current().values("pk")).order_by("pk"))
    if current:
        return current
    last = rows.aggregate(last=Max("ended_on"))["last"]
    return list(rows.filter(ended_on=last).order_by("pk")) if last else []


def may_manage(manager: User, user: User) -> bool:
    """Whether every post of ``user`` is below ``manager``; never the manager's own account."""
    posts = known_by(user)
    if not posts or manager.pk == user.pk:
        return False
    return all(may_post(manager, posting.role, posting.unit) for posting in posts)


def people(manager: User) -> QuerySet[User]:
    """The accounts whose books ``manager`` keeps, peers included."""
    kept = Posting.objects.visible_to(manager).values("user")
    found: QuerySet[User] = User.objects.visible_to(manager).filter(pk__in=kept)
    return found


def without_post(manager: User, search: str = "") -> list[User]:
    """Accounts last posted in the manager's scope that have no post now or to come."""
    rows = people(manager).exclude(pk__in=Posting.objects.current().values("user"))
    if search:
        rows = rows.filter(Q(display_name__icontains=search) | Q(username__icontains=search))
    return list(rows.order_by("pk"))


def choices(manager: User, search: str, *, without: int) -> list[tuple[str, str]]:
    """Active accounts to choose from, by name; the same order for everybody."""
    rows = people(manager).filter(is_active=True).exclude(pk=without)
    if search := search.strip():
        rows = rows.filter(Q(display_name__icontains=search) | Q(username__icontains=search))
    found = [(str(one.public_id), f"{one.display_name} · {one.username}") for one in rows[:MOST]]
    return sorted(found, key=lambda pair: pair[1])


def find(manager: User, public_id: uuid.UUID) -> User:
    """The account in the manager's scope; raises ``NotVisible``."""
    user = people(manager).filter(public_id=public_id).first()
    if user is None:
        raise NotVisible("There is no such person in your area.")
    return user


def need_below(manager: User, user: User) -> None:
    """Raise ``NotAllowed`` unless the account is below the manager."""
    if not may_manage(manager, user):
        raise NotAllowed(HIGHER)


def managed(manager: User, user: User) -> User:
    """The account, locked; raises ``NotAllowed`` unless it is below the manager."""
    need_below(manager, user)
    locked: User = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    return locked


def home(user: User) -> Area | None:
    """The area whose log an account's changes belong to: that of its first post."""
    return next((posting.unit.area for posting in known_by(user)), None)


# --- accounts ---------------------------------------------------------------------------
@transaction.atomic
def engage(
    manager: User, *, username: str, name: str, role: str, unit: Unit, area: Area,
    started_on: date, now: datetime, ended_on: date | None = None,
) -> Slip:  # fmt: skip
    """Open an account with its first post; the slip carries its one-time password."""
    if not may_post(manager, role, unit):
        raise BadInput(ELSEWHERE, field="role")
    try:
        user = staff.hire(username=username, display_name=name)
    except BadInput as error:
        field = "name" if error.field == "display_name" else error.field
        raise BadInput(error.message, field=field, **error.values) from error
    staff.post(user, role, unit, area, started_on, ended_on=ended_on)
    opened = {"username": user.username, "unit": unit.pk, "role": role}
    changed(manager, "open", "user", user.pk, area=unit.area, after=opened)
    return slip(user, [(unit.name, role)], now)


def slip(user: User, posts: Iterable[tuple[str, str]], now: datetime) -> Slip:
    """Give ``user`` a one-time password, store its hash, and return what is printed."""
    password = passwords.give(user, now)
    user.save(update_fields=["password", "one_time_until"])
    unit, role = next(iter(posts), ("", ""))
    label = Role(role).label if role else ""
    until = user.one_time_until or now
    return Slip(user.username, user.display_name, unit, label, until, password)


@transaction.atomic
def rename(manager: User, user: User, name: str) -> None:
    """Correct the name of a person."""
    row = managed(manager, user)
    before = {"display_name": row.display_name}
    row.display_name = plaintext.line(name, "name", longest=40)
    after = {"display_name": row.display_name}
    if changed(manager, "rename", "user", row.pk, area=home(row), before=before, after=after):
        row.save(update_fields=["display_name"])


@transaction.atomic
def reset(manager: User, user: User, now: datetime, words: str) -> Slip:
    """A new one-time password; the old password, every session and every key end at once."""
    row = managed(manager, user)
    words = plaintext.line(words, "words", longest=200)
    if not row.is_active:
        raise WrongState("This account is disabled.")
    posts = [(posting.unit.name, posting.role) for posting in known_by(row)]
    given = slip(row, posts, now)
    sign_ins.end_all(row)
    changed(manager, "reset", "user", row.pk, area=home(row), reason=words)
    return given


@transaction.atomic
def switch(manager: User, user: User, *, active: bool, words: str = "") -> None:
    """Disable or enable an account; a disabled one is signed out everywhere at once."""
    row = managed(manager, user)
    if row.is_active == active:
        return
    row.is_active = active
    row.save(update_fields=["is_active"])
    if not active:
        sign_ins.end_all(row)
    action = "enable" if active else "disable"
    changed(manager, action, "user", row.pk, area=home(row), reason=words)


@transaction.atomic
def sign_out(manager: User, user: User) -> None:
    """End every session and key of a person, for example when a phone was lost."""
    row = managed(manager, user)
    sign_ins.end_all(row)
    changed(manager, "sign_out", "user", row.pk, area=home(row))


# --- posts ------------------------------------------------------------------------------
def need_another(manager: User, user: User) -> None:
    """Raise ``NotAllowed`` for the manager's own account."""
    if user.pk == manager.pk:
        raise NotAllowed("Nobody gives themselves a post; the office above does.")


@transaction.atomic
def post(
    manager: User, user: User, *, role: str, unit: Unit, area: Area, started_on: date,
    ended_on: date | None = None,
) -> Posting:  # fmt: skip
    """Give ``user`` one more post; nobody gives themselves one."""
    need_another(manager, user)
    if not may_post(manager, role, unit):
        raise BadInput(ELSEWHERE, field="role")
    posting = staff.post(user, role, unit, area, started_on, ended_on=ended_on)
    log_post(manager, "post", posting)
    return posting


@transaction.atomic
def substitute(
    manager: User, posting: Posting, user: User, started_on: date, ended_on: date
) -> Posting:
    """Let ``user`` stand in for ``posting`` on days in [started_on, ended_on)."""
    need_post(manager, posting)
    need_another(manager, user)
    found = staff.substitute(posting, user, started_on, ended_on)
    log_post(manager, "substitute", found)
    return found


def need_post(manager: User, posting: Posting) -> None:
    """Raise ``NotAllowed`` unless ``posting`` of another person is below the manager."""
    if not may_end(manager, posting):
        raise NotAllowed(ELSEWHERE)


def may_end(manager: User, posting: Posting) -> bool:
    """Whether ``manager`` ends ``posting``."""
    return posting.user_id != manager.pk and may_post(manager, posting.role, posting.unit)


def log_post(manager: User, action: str, posting: Posting) -> None:
    """The log row of a new post."""
    values = {
        "user": posting.user_id, "role": posting.role, "unit": posting.unit_id,
        "started_on": posting.started_on, "ended_on": posting.ended_on,
        "substitute_for": posting.substitute_for_id,
    }  # fmt: skip
    changed(manager, action, "posting", posting.pk, area=posting.unit.area, after=values)


def changes_of(user: User) -> list[Change]:
    """What the office last did to an account and its posts, the newest first."""
    own = Q(subject="user", subject_id=user.pk)
    posts = Posting.objects.filter(user=user).values("pk")
    rows = Change.objects.filter(own | Q(subject="posting", subject_id__in=posts))
    return list(rows.select_related("actor").order_by("-at", "-id")[:MOST_CHANGES])
