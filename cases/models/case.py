"""The case row, its story, the units that take part, and its links to other cases."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from cases.models.party import Assignment, PartyUnit, Recusal
from cases.models.terms import Category, Source
from cases.rules.lamp import is_provisional
from cases.rules.whose import stands_still
from cases.rules.workflow import CLOSED, Kind, Outcome, Path, Status
from grids.models import Area, Tenant, Unit, User
from grids.models.area import Stamped
from grids.roles import COLUMN_LEVELS, EXTRACT_ROLES, FIGURE_ROLES, Level
from grids.scoping import NOTHING, ScopedQuerySet
from grids.staffing import Post

CLOSED_VALUES = sorted(status.value for status in CLOSED)
OPEN = Q(closed_at=None)  # the words of every partial index below


class CaseQuerySet(ScopedQuerySet["Case"]):
    def visible_to(self, user: User) -> Self:
        """What the user's posts grant, minus the cases the user is recused from."""
        return super().visible_to(user).unrecused(user)

    def unrecused(self, user: User) -> Self:
        """Without the cases ``user`` stays away from."""
        recused = Recusal.objects.filter(case=OuterRef("pk"), user=user, until=None)
        return self.filter(~Exists(recused))

    def grant(self, post: Post) -> Q:
        """Assigned by name; or the area of a coordinating unit; or what the unit holds or
        helps with. Restricted cases (E09) are seen by the units that take part only. A leader
        sees what names them, and what their unit holds or supervises (decisions.md 25).

        What names a mediator or leader is theirs in the place of the post: whoever moves away
        leaves it behind, also before it is handed over."""
        named = Assignment.objects.filter(case=OuterRef("pk"), user=post.user_id, until=None)
        here = NOTHING
        if post.level in COLUMN_LEVELS:
            here = Q(**{f"{post.level.column}_id": post.area_id})
        if post.sees_assigned:
            return here & Q(Exists(named))
        taking_part = CaseUnit.objects.filter(case=OuterRef("pk"), unit=post.unit_id, until=None)
        held = Q(holder_unit=post.unit_id)
        if post.role in FIGURE_ROLES:
            charged = taking_part.filter(part__in=["supervisor", "decider"])
            return held | Q(Exists(charged)) | here & Q(Exists(named))
        if not post.sees_unit:
            return NOTHING
        granted = held | Q(Exists(taking_part)) | Q(Exists(named.filter(task="duty")))
        if post.sees_area:
            granted |= here & Q(restricted=False)
        return granted

    def countable_by(self, user: User) -> Self:
        """Cases whose number, category, unit and lamp the user may see in figures.

        Restricted cases are left out: one of them in a small village names a family; so are
        those the user stays away from.
        """
        counted = NOTHING
        for post in user.posts:
            if post.sees_figures and post.level in COLUMN_LEVELS:
                counted |= Q(**{f"{post.level.column}_id": post.area_id})
        return self.filter(counted, restricted=False).unrecused(user)

    def extracts_for(self, user: User) -> Self:
        """Open cases of which bodies outside government get a masked extract: what they are
        called in to help with, never what they are a party to, never a restricted one."""
        helped = NOTHING
        for post in user.posts:
            if post.role in EXTRACT_ROLES:
                own = {"case": OuterRef("pk"), "unit": post.unit_id}
                called_in = CaseUnit.objects.filter(**own, part="co_handler", until=None)
                party = PartyUnit.objects.filter(**own)
                helped |= Q(Exists(called_in)) & ~Q(Exists(party))
        return self.filter(helped, restricted=False, closed_at=None).unrecused(user)

    def open(self) -> Self:
        """Cases not yet closed, in the words of the partial indexes."""
        return self.filter(closed_at=None)


def queue_index(name: str, column: str, **condition: object) -> models.Index:
    """The index of one queue: one column, by due moment, open rows only."""
    return models.Index(name=name, fields=[column, "due_at", "id"], condition=OPEN & Q(**condition))


class Case(Stamped):
    """One dispute, event or request, from registration to being struck off.

    ``status`` is written by ``transitions`` and, for climbs, by ``escalation`` only. ``due_at``
    repeats the earliest running step deadline. ``rung``, ``level`` and ``holder_unit`` are
    three things: the step of the ladder, the level it stands at, and who is responsible.
    ``last_seq`` and ``head`` are the end of the event chain; ``last_seq`` is also the revision
    for optimistic locking. Three times: occurred (told by people), received, registered.
    """

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)  # random; makes the code
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    number = models.CharField(max_length=24, editable=False)
    kind = models.CharField(max_length=12)
    category = models.ForeignKey(Category, models.PROTECT, db_index=False, db_constraint=False)
    source = models.ForeignKey(Source, models.PROTECT, db_index=False, db_constraint=False)
    path = models.CharField(max_length=8)  # ladder, limit or urgent
    status = models.CharField(max_length=12)
    area = models.ForeignKey(Area, models.PROTECT, db_index=False, related_name="cases")
    rung = models.PositiveSmallIntegerField(default=0, editable=False)
    level = models.PositiveSmallIntegerField(editable=False)
    holder_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, db_index=False, related_name="held_cases"
    )
    from_unit = models.ForeignKey(  # who handed it to the holder; a return goes back there
        Unit, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    reporter = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="reported_cases"
    )
    reporting_unit = models.ForeignKey(Unit, models.PROTECT, db_index=False, related_name="+")
    done_by = models.ForeignKey(User, models.PROTECT, null=True, db_index=False, related_name="+")
    verified_by = models.ForeignKey(
        User, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    urgent = models.BooleanField(default=False)
    restricted = models.BooleanField(default=False)
    on_the_spot = models.BooleanField(default=False)
    # A party is a village cadre: stands at the township, is stamped with no place below it, so
    # that no list, search or figure of the village has it.
    lifted = models.BooleanField(default=False, db_default=False)
    outcome = models.CharField(max_length=12, blank=True)
    occurred_at = models.DateTimeField(null=True)
    captured_at = models.DateTimeField(null=True)  # by the phone; never used for a deadline
    received_at = models.DateTimeField()
    registered_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, editable=False)
    # The first moment of a running clock counted through days no notice covers yet.
    provisional_from = models.DateTimeField(null=True, editable=False)
    # When the first of the running clocks turns its lamp amber (cases/rules/lamp.py).
    amber_at = models.DateTimeField(null=True, editable=False)
    # The earliest running deadlines of a sender and of the resident: the one that equals
    # ``due_at`` says whose deadline that is; otherwise it is the agency's.
    sender_due_at = models.DateTimeField(null=True, editable=False)
    resident_due_at = models.DateTimeField(null=True, editable=False)
    suspended_at = models.DateTimeField(null=True, editable=False)
    review_at = models.DateTimeField(null=True, editable=False)  # of a suspension
    done_at = models.DateTimeField(null=True, editable=False)
    supervised_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, db_index=False, related_name="merged_cases"
    )
    last_seq = models.PositiveIntegerField(default=0, editable=False)
    head = models.BinaryField(max_length=32, default=bytes, editable=False)
    code_key = models.PositiveSmallIntegerField(editable=False)  # which key made the code
    code_lookup = models.BinaryField(max_length=32, unique=True, editable=False)
    spoken_lookup = models.BinaryField(max_length=32, unique=True, editable=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="case_number_once", fields=["number"]),
            models.CheckConstraint(name="case_kind_known", condition=Q(kind__in=Kind.values())),
            models.CheckConstraint(name="case_path_known", condition=Q(path__in=Path.values())),
            models.CheckConstraint(
                name="case_status_known", condition=Q(status__in=Status.values())
            ),
            models.CheckConstraint(
                name="case_outcome_known", condition=Q(outcome__in=["", *Outcome.values()])
            ),
            models.CheckConstraint(
                name="case_level_known",
                condition=Q(level__gte=Level.CITY.value, level__lte=Level.MICROGRID.value),
            ),
            models.CheckConstraint(
                name="case_closed_means_not_due",
                condition=Q(status__in=CLOSED_VALUES, closed_at__isnull=False, due_at=None)
                | (~Q(status__in=CLOSED_VALUES) & Q(closed_at=None, due_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="case_due_has_amber",
                condition=Q(due_at=None) | Q(amber_at__isnull=False),
            ),
            models.CheckConstraint(
                name="case_open_has_holder", condition=~OPEN | Q(holder_unit__isnull=False)
            ),
            models.CheckConstraint(
                name="case_closes_after_it_opens",
                condition=OPEN | Q(closed_at__gte=F("registered_at")),
            ),
            models.CheckConstraint(
                name="case_suspended_has_review",
                condition=Q(
                    status=Status.SUSPENDED.value,
                    suspended_at__isnull=False,
                    review_at__isnull=False,
                )
                | (~Q(status=Status.SUSPENDED.value) & Q(suspended_at=None, review_at=None)),
            ),
            models.CheckConstraint(
                name="case_verifier_is_not_handler",
                condition=Q(verified_by=None) | Q(done_by=None) | ~Q(verified_by=F("done_by")),
            ),
            models.CheckConstraint(
                name="case_urgent_path_is_urgent",
                condition=~Q(path=Path.URGENT.value) | Q(urgent=True),
            ),
            models.CheckConstraint(
                name="case_merged_names_the_other",
                condition=Q(status=Status.MERGED.value, merged_into__isnull=False)
                | (~Q(status=Status.MERGED.value) & Q(merged_into=None)),
            ),
            models.CheckConstraint(  # an empty shell: no post of anybody leads to it
                name="case_sealed_is_out_of_sight",
                condition=~Q(status=Status.SEALED.value)
                | Q(
                    restricted=True,
                    holder_unit=None,
                    from_unit=None,
                    supervised_at=None,
                    city=None,
                    district=None,
                    township=None,
                    village=None,
                    grid=None,
                    microgrid=None,
                    stat_district=None,
                ),
            ),
        ]
        indexes = [
            queue_index("case_queue_city", "city"),
            queue_index("case_queue_district", "district"),
            queue_index("case_queue_township", "township"),
            queue_index("case_queue_village", "village"),
            queue_index("case_queue_grid", "grid"),
            queue_index("case_queue_microgrid", "microgrid", microgrid__isnull=False),
            queue_index("case_queue_holder", "holder_unit"),
            queue_index("case_supervised_city", "city", supervised_at__isnull=False),
            queue_index("case_supervised_district", "district", supervised_at__isnull=False),
            queue_index("case_supervised_township", "township", supervised_at__isnull=False),
            queue_index("case_supervised_village", "village", supervised_at__isnull=False),
            models.Index(
                name="case_finished_holder",
                fields=["holder_unit", "-closed_at", "-id"],
                condition=~OPEN,
            ),
            models.Index(name="case_reported", fields=["reporter", "-registered_at", "-id"]),
            models.Index(  # residents' windows that lapse, suspensions to be reviewed
                name="case_window",
                fields=["due_at", "id"],
                condition=Q(
                    status__in=[
                        "forwarded",
                        "entrusted",
                        "replied",
                        "reviewed",
                        "suspended",
                        "withdrawn",
                    ]
                ),
            ),
            models.Index(
                name="case_silent", fields=["done_at"], condition=Q(status="done", on_the_spot=True)
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def paused(self) -> bool:
        """Whether the clock a list shows stands still."""
        return stands_still(self.suspended_at, self.due_at, self.sender_due_at)

    @property
    def provisional(self) -> bool:
        """Whether the deadline may still move because a holiday notice is to come."""
        return is_provisional(self.due_at, self.provisional_from)


class Story(models.Model):
    """The words of a case, apart from the row so that they can be erased.

    ``summary`` is the first sentence, shown in queues to those who may see the case.
    """

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="story")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    summary = models.CharField(max_length=80)
    text = models.TextField()
    place = models.CharField(max_length=120, blank=True)  # house number or landmark
    people = models.PositiveIntegerField(null=True)  # how many take part
    erased_at = models.DateTimeField(null=True)


PARTS = [
    "addressee", "co_handler", "co_responsible", "decider", "on_duty", "reader", "supervisor",
]  # fmt: skip


class CaseUnit(models.Model):
    """A unit that takes part beside the holder: helps, stays responsible, reads, supervises,
    answers a supervision order, decides on a recusal, or acts for the holder out of hours."""

    case = models.ForeignKey(Case, models.PROTECT, db_index=False, related_name="units")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    unit = models.ForeignKey(Unit, models.PROTECT, db_index=False, related_name="case_parts")
    part = models.CharField(max_length=16)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="case_unit_part_known", condition=Q(part__in=PARTS)),
            models.UniqueConstraint(
                name="case_unit_once_while_running",
                fields=["case", "unit", "part"],
                condition=Q(until=None),
            ),
        ]
        indexes = [
            models.Index(
                name="case_unit_running", fields=["unit", "part", "case"], condition=Q(until=None)
            ),
            models.Index(
                name="case_unit_on_duty", fields=["case"], condition=Q(until=None, part="on_duty")
            ),
        ]


class CaseLink(models.Model):
    """Two cases that belong together: split off, or named by a person."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="links")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False)
    other = models.ForeignKey(Case, models.PROTECT, related_name="linked_from")
    sort = models.CharField(max_length=8)  # split, related
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="case_link_once", fields=["case", "other", "sort"]),
            models.CheckConstraint(name="case_link_to_another", condition=~Q(case=F("other"))),
            models.CheckConstraint(
                name="case_link_sort_known", condition=Q(sort__in=["related", "split"])
            ),
        ]
