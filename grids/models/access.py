"""Who looked at personal data, what went beyond a limit, which programs may call the API."""

from __future__ import annotations

from django.db import models
from django.db.models import OuterRef, Q, Subquery

from grids.models.area import Area, Tenant
from grids.models.staff import User
from grids.models.unit import Unit
from grids.roles import Role
from grids.scoping import NOTHING, ScopedQuerySet
from grids.staffing import Post

# "in_export" is written once per case of an exported list, "export" once for the list.
ACTIONS = ["view", "export", "in_export", "unmask", "open_sealed", "search", "print"]
ALARM_SORTS = ["export", "unmask"]
IN_EXPORT = "in_export"
OPEN_SEALED = "open_sealed"


def under(post: Post) -> Q:
    """Rows of the customer and of the units that ``post`` watches over.

    A post at the customer's root is answerable for all of its data, whoever looked: also
    people of a unit above. A post further down has the units of its own area.
    """
    if post.tenant_id is None:
        return Q(unit__area__path__startswith=post.area_path)
    of_customer = Q(tenant_id=post.tenant_id)
    if below_root(post):
        return of_customer & Q(unit__area__path__startswith=post.area_path)
    return of_customer


def below_root(post: Post) -> bool:
    """Whether the post stands below the customer's root; false above every customer."""
    if post.tenant_id is None:
        return False
    return Area.objects.filter(pk=post.area_id, parent__tenant_id=post.tenant_id).exists()


class AccessLogQuerySet(ScopedQuerySet["AccessLog"]):
    def grant(self, post: Post) -> Q:
        """The log is read by auditors only; that a sealed matter was opened is nothing for
        those below the root: the matter may be about a unit next to theirs."""
        if post.role is not Role.AUDITOR:
            return NOTHING
        if below_root(post):
            return under(post) & ~Q(action=OPEN_SEALED)
        return under(post)

    def with_words(self) -> AccessLogQuerySet:
        """The rows with what was written beside their reason as ``words``: None for nothing,
        empty once erased."""
        noted = AccessNote.objects.filter(look_id=OuterRef("pk"))
        return self.annotate(words=Subquery(noted.values("text")[:1]))

    def of_subject(self, subject: str, tenant_id: int) -> AccessLogQuerySet:
        """The looks at one matter, for those who act on it."""
        return self.filter(subject=subject, tenant_id=tenant_id)


class AccessLog(models.Model):
    """One look at personal data; append-only, written in the transaction of the look.

    ``unit`` and ``role`` are the post through which it was looked, as it was then; later moves
    of the person change nothing here. ``rows`` says how many matters an export or search held.
    No inbound foreign key, so that the table can be partitioned by month.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, db_index=False)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+")
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, db_index=False, db_constraint=False, related_name="+"
    )
    role = models.CharField(max_length=20, blank=True, default="", db_default="")
    action = models.CharField(max_length=12)
    subject = models.CharField(max_length=40)  # case number, or what was exported
    rows = models.PositiveIntegerField(null=True)
    fields = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=200, blank=True)  # a code; words stand in AccessNote
    address = models.GenericIPAddressField(null=True)

    objects = AccessLogQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="access_action_known", condition=Q(action__in=ACTIONS)),
            models.CheckConstraint(
                name="access_reason_is_a_code", condition=Q(reason__regex="^[a-z_]{0,20}$")
            ),
        ]
        indexes = [
            models.Index(name="access_by_subject", fields=["subject", "at"]),
            models.Index(
                name="access_by_time",
                fields=["tenant", "-at", "-id"],
                condition=~Q(action=IN_EXPORT),
            ),
            models.Index(
                name="access_by_unit", fields=["unit", "-at", "-id"], condition=~Q(action=IN_EXPORT)
            ),
            models.Index(name="access_by_kind", fields=["tenant", "action", "-at", "-id"]),
            models.Index(  # the limits of one account, nothing else asks by account
                name="access_of_account",
                fields=["actor", "action", "at"],
                condition=Q(action__in=ALARM_SORTS),
            ),
        ]


def words_of(row: AccessLog) -> str | None:
    """What was written beside the reason of a row asked for with ``with_words``."""
    words: str | None = vars(row)["words"]
    return words


class AccessNote(models.Model):
    """What somebody wrote beside the reason of a look: apart from the log, which is never
    changed, so that it can be erased. No foreign key, as nothing refers to history."""

    look_id = models.BigIntegerField(primary_key=True)
    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, db_index=False)
    at = models.DateTimeField()
    text = models.CharField(max_length=200, blank=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="access_note_says_something_until_erased",
                condition=~Q(text="") | Q(erased_at__isnull=False),
            )
        ]


class AlarmQuerySet(ScopedQuerySet["Alarm"]):
    def grant(self, post: Post) -> Q:
        """Alarms are for auditors and security administrators."""
        return under(post) if post.role in {Role.AUDITOR, Role.SEC_ADMIN} else NOTHING


class Alarm(models.Model):
    """An account that took out or uncovered more than the limit within a day.

    A limit of security, not a figure about somebody's work: one open row per account and sort,
    ``amount`` is what the last look brought it to.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True)
    actor = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, db_index=False, related_name="+")
    sort = models.CharField(max_length=12)
    amount = models.PositiveIntegerField()
    raised_at = models.DateTimeField()
    last_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(User, models.PROTECT, null=True, db_index=False, related_name="+")
    note = models.CharField(max_length=200, blank=True)

    objects = AlarmQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="alarm_sort_known", condition=Q(sort__in=ALARM_SORTS)),
            models.UniqueConstraint(
                name="alarm_once_while_open", fields=["actor", "sort"], condition=Q(seen_at=None)
            ),
            models.CheckConstraint(
                name="alarm_seen_by_somebody_with_a_note",
                condition=Q(seen_at=None, seen_by=None, note="")
                | (Q(seen_at__isnull=False, seen_by__isnull=False) & ~Q(note="")),
            ),
            models.CheckConstraint(
                name="alarm_not_seen_off_by_its_own_account",
                condition=Q(seen_by=None) | ~Q(seen_by=models.F("actor")),
            ),
        ]
        indexes = [models.Index(name="alarm_newest", fields=["tenant", "-raised_at", "-id"])]


class SignIn(models.Model):
    """A session under its owner's name, so that it can be listed and ended.

    When it was last seen stands in the session itself; nobody but its owner reads it.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)
    device = models.CharField(max_length=60, blank=True)
    started_at = models.DateTimeField()


class ApiToken(models.Model):
    """A program's key to the API; only its SHA-256 is stored.

    ``scope`` says what the key may write: ``all``, ``read`` for nothing, or names of
    ``governance.tokens.SCOPES`` with commas between.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    digest = models.BinaryField(max_length=32, unique=True)
    name = models.CharField(max_length=60, blank=True)
    scope = models.CharField(max_length=60, default="all")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
