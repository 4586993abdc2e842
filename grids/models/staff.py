"""Staff accounts and their dated postings. Scope follows from postings only."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import connection, models
from django.db.models import F, Q
from django.db.models.functions import Now, TruncDate
from django.utils import timezone

from grids import powers
from grids.models.area import Area
from grids.models.unit import Unit
from grids.roles import FIELD_ROLES, Level, Role
from grids.scoping import NOTHING, ScopedQuerySet
from grids.staffing import Post


def today() -> TruncDate:
    """Today (Asia/Shanghai) by the database's clock."""
    return TruncDate(Now(), tzinfo=timezone.get_default_timezone())


class UserQuerySet(ScopedQuerySet["User"]):
    def grant(self, post: Post) -> Q:
        """Colleagues posted in the same unit, to whom work is assigned by name; and whoever
        the post keeps the books of: people with a post in its scope now or to come, or whose
        last posts lay there."""
        colleagues = Posting.objects.filter(unit_id=post.unit_id, ended_on=None)
        found = Q(pk__in=colleagues.values("user"))
        kept = Posting.objects.filter(Posting.objects.grant(post))
        elsewhere = Posting.objects.current().values("user")
        found |= Q(pk__in=kept.current().values("user"))
        found |= Q(pk__in=kept.values("user")) & ~Q(pk__in=elsewhere)
        return found


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, username: str, password: str | None, display_name: str) -> User:
        """Create a member of staff; without a posting they see nothing."""
        user: User = self.model(username=username, display_name=display_name)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A member of staff. What they may see and do follows from their postings only.

    There is no superuser. The moment of the last login is not kept: nobody counts it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    username = models.CharField(max_length=40, unique=True)
    display_name = models.CharField(max_length=40)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=10, blank=True)
    text_size = models.CharField(max_length=4, blank=True)  # "", l, xl, xxl
    # Until when a one-time password opens the door; null once the person has chosen their own.
    one_time_until = models.DateTimeField(null=True, blank=True)
    last_login = None

    USERNAME_FIELD = "username"

    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="user_text_size_known", condition=Q(text_size__in=["", "l", "xl", "xxl"])
            )
        ]

    def __str__(self) -> str:
        return self.display_name

    @cached_property
    def posts(self) -> list[Post]:
        """Running postings, highest area first; none for a disabled account."""
        if not self.is_active:
            return []
        with connection.cursor() as cursor:
            # The same postings as ``PostingQuerySet.running``, with a plan the session keeps.
            cursor.execute("SELECT * FROM jieyou_posts(%s)", [self.pk])
            rows = cursor.fetchall()
        return [post_from(row) for row in rows]

    @property
    def works_in_the_field(self) -> bool:
        """True when every running post is a grid worker's or lead's: a phone, not a desk."""
        return bool(self.posts) and all(post.role in FIELD_ROLES for post in self.posts)


def post_from(row: Sequence[Any]) -> Post:
    """A post from a row of ``jieyou_posts``."""
    pk, user, role, unit, unit_name, kind, area, name, path, level, tenant = row
    return Post(pk, user, Role(role), unit, unit_name, kind, area, name, path, Level(level), tenant)


class PostingQuerySet(ScopedQuerySet["Posting"]):
    def grant(self, post: Post) -> Q:
        """Posts whose books ``post`` keeps: of the units of its area, the administrators' and
        liaisons' by the security administrator alone (grids/powers.py)."""
        if not powers.keeps_books(post):
            return NOTHING
        apart = Q(role__in=[role.value for role in powers.KEPT_APART])
        here = Q(unit__tenant_id=post.tenant_id, unit__area__path__startswith=post.area_path)
        return here & (apart if post.role is Role.SEC_ADMIN else ~apart)

    def current(self) -> PostingQuerySet:
        """Postings in force today or later."""
        return self.filter(Q(ended_on=None) | Q(ended_on__gt=today()))

    def running(self) -> PostingQuerySet:
        """Postings in force today (Asia/Shanghai) by the database's clock."""
        return self.current().filter(started_on__lte=today(), unit__valid_to=None)


class Posting(models.Model):
    """One person in one role in one unit for one area, on days in [started_on, ended_on)."""

    user = models.ForeignKey(User, models.PROTECT, related_name="postings")
    role = models.CharField(max_length=20)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="postings")
    area = models.ForeignKey(Area, models.PROTECT, related_name="postings")
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    substitute_for = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="substitutes"
    )

    objects = PostingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="posting_role_known", condition=Q(role__in=Role.values())),
            models.CheckConstraint(
                name="posting_ends_after_start",
                condition=Q(ended_on=None) | Q(ended_on__gt=F("started_on")),
            ),
            models.CheckConstraint(
                name="posting_not_its_own_substitute",
                condition=Q(substitute_for=None) | ~Q(substitute_for=F("id")),
            ),
            models.UniqueConstraint(
                name="posting_once_while_running",
                fields=["user", "unit", "area", "role"],
                condition=Q(ended_on=None),
            ),
        ]
