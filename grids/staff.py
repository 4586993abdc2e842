"""Staff accounts and postings: hiring, posting, substitutes, leaving a post."""

import re
from datetime import date, datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from grids import plaintext
from grids.errors import BadInput, WrongState
from grids.models import Area, Posting, Unit, User
from grids.roles import EXTRACT_ROLES, Role, UnitKindCode
from grids.staffing import Post

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
# The three administrators keep each other in check (三员分立): one person is at most one of
# them and has no part in cases beside it.
ADMINISTRATORS = frozenset({Role.SYS_ADMIN, Role.SEC_ADMIN, Role.AUDITOR})
# Roles that exist only in one kind of unit; all others may serve anywhere.
HOME_OF_ROLE = {
    Role.GRID_WORKER: UnitKindCode.GRID_TEAM,
    Role.GRID_LEAD: UnitKindCode.GRID_TEAM,
    Role.MEDIATOR: UnitKindCode.MEDIATION_COMMITTEE,
    Role.PETITION_OFFICE: UnitKindCode.PETITION_OFFICE,
    Role.DISCIPLINE_LIAISON: UnitKindCode.DISCIPLINE,
}


def area_of(post: Post) -> Area:
    """The place of a running post, with its village."""
    return Area.objects.select_related("village").get(pk=post.area_id)


def hire(*, username: str, display_name: str, password: str | None = None) -> User:
    """Open an account; without a posting it sees nothing, without a password nobody enters.

    Raises ``BadInput`` naming the field.
    """
    name, display_name = check_person(username, display_name)
    if password is not None:
        try:
            validate_password(password, User(username=name, display_name=display_name))
        except ValidationError as error:
            raise BadInput(str(error.messages[0]), field="password") from error
    try:
        with transaction.atomic():
            user: User = User.objects.create_user(name, password, display_name)
    except IntegrityError as error:
        raise BadInput("This user name is taken.", field="username") from error
    return user


def check_person(username: str, display_name: str) -> tuple[str, str]:
    """The two names of an account as they are stored; raises ``BadInput`` naming the field."""
    name = plaintext.line(username, "username", longest=40)
    if not USERNAME.fullmatch(name):
        raise BadInput("Use small letters, digits, dot, dash and underscore.", field="username")
    return name, plaintext.line(display_name, "display_name", longest=40)


def check_post(role: Role, unit: Unit, area: Area, started_on: date, ended_on: date | None) -> None:
    """Raise ``BadInput`` for days or a place that no post of this role can have."""
    _check_days(started_on, ended_on)
    _check_place(role, unit, area)


@transaction.atomic
def post(
    user: User,
    role: str,
    unit: Unit,
    area: Area,
    started_on: date,
    *,
    ended_on: date | None = None,
    substitute_for: Posting | None = None,
) -> Posting:
    """Post ``user`` as ``role`` in ``unit`` for ``area``, on days in [started_on, ended_on).

    ``area`` is the unit's own or one below it. Raises ``BadInput`` naming the field.
    """
    if role not in Role.values():
        raise BadInput("This role does not exist.", field="role")
    # One person's postings are changed one after the other, so that overlaps are seen.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    check_post(Role(role), unit, area, started_on, ended_on)
    _check_powers(user, Role(role), started_on, ended_on)
    same = _overlapping(user, started_on, ended_on)
    if same.filter(role=str(role), unit=unit, area=area).exists():
        raise BadInput("This person is posted there already.", field="started_on")
    posting = Posting.objects.create(
        user=user,
        role=str(role),
        unit=unit,
        area=area,
        started_on=started_on,
        ended_on=ended_on,
        substitute_for=substitute_for,
    )
    vars(user).pop("posts", None)  # computed once per request
    return posting


def substitute(posting: Posting, user: User, started_on: date, ended_on: date) -> Posting:
    """Let ``user`` stand in for ``posting`` with the same powers, on days in [from, to).

    Raises ``BadInput`` naming the field.
    """
    if user.pk == posting.user_id:
        raise BadInput("Nobody stands in for themselves.", field="user")
    if posting.ended_on is not None and posting.ended_on <= started_on:
        raise BadInput("That posting has ended by then.", field="started_on")
    return post(
        user,
        posting.role,
        posting.unit,
        posting.area,
        started_on,
        ended_on=ended_on,
        substitute_for=posting,
    )


@transaction.atomic
def end_posting(posting: Posting, on: date) -> Posting:
    """End ``posting``: ``on`` is the first day without it. It may be moved while it lies ahead.

    Substitutes keep their own dates: they cover the post until somebody new comes. Raises
    ``BadInput`` for a day before its second, ``WrongState`` when it ended earlier.
    """
    row = Posting.objects.select_for_update().get(pk=posting.pk)
    _check_days(row.started_on, on)
    if row.ended_on is not None and row.ended_on <= on:
        raise WrongState("This posting has ended already.")
    row.ended_on = on
    row.save(update_fields=["ended_on"])
    posting.ended_on = on
    return row


def _check_days(started_on: date, ended_on: date | None) -> None:
    for field, day in (("started_on", started_on), ("ended_on", ended_on)):
        if day is None and field == "ended_on":
            continue
        if not isinstance(day, date) or isinstance(day, datetime):
            raise BadInput("This is not a date.", field=field)
    if ended_on is not None and ended_on <= started_on:
        raise BadInput("A posting ends after it starts.", field="ended_on")


def _check_place(role: Role, unit: Unit, area: Area) -> None:
    if unit.valid_to is not None:
        raise BadInput("%(unit)s no longer exists.", field="unit", unit=unit.name)
    if area.valid_to is not None:
        raise BadInput("%(area)s no longer exists.", field="area", area=area.name)
    if not area.path.startswith(unit.area.path) or area.tenant_id != unit.tenant_id:
        raise BadInput("A unit posts people to its own area or below.", field="area")
    home = HOME_OF_ROLE.get(role)
    if home is not None and unit.kind_id != home.value:
        raise BadInput("This role does not serve in this kind of unit.", field="role")
    if unit.kind.government == (role in EXTRACT_ROLES):
        raise BadInput("This role does not serve in this kind of unit.", field="role")


def _overlapping(user: User, started_on: date, ended_on: date | None) -> QuerySet[Posting]:
    rows = Posting.objects.filter(Q(ended_on=None) | Q(ended_on__gt=started_on), user=user)
    return rows if ended_on is None else rows.filter(started_on__lt=ended_on)


def _check_powers(user: User, role: Role, started_on: date, ended_on: date | None) -> None:
    """Raise ``BadInput`` when the role would join powers that must lie in different hands."""
    running = _overlapping(user, started_on, ended_on)
    held = {Role(found) for found in running.values_list("role", flat=True)}
    if not held - {role}:
        return
    if role in EXTRACT_ROLES or held & EXTRACT_ROLES:
        raise BadInput("Staff of a partner body hold no other post.", field="role")
    if role in ADMINISTRATORS or held & ADMINISTRATORS:
        raise BadInput("An administrator holds no other post.", field="role")
