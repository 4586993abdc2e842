"""A change of a district's policies on its way: proposed, simulated, approved, carried out."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from cases.models.terms import Policy
from grids.models import Area, Tenant, User
from grids.roles import Role
from grids.scoping import NOTHING, ScopedQuerySet
from grids.staffing import Post
from grids.words import Word

# The three administrators keep one another in check: one proposes, the second approves, the
# third reads what both did (docs/adr/0024).
READERS = frozenset({Role.SYS_ADMIN, Role.SEC_ADMIN, Role.AUDITOR})


class ProposalState(Word):
    """How far a proposal is."""

    DRAFT = "draft", "Draft"
    WAITING = "waiting", "Waiting for approval"
    APPROVED = "approved", "Approved, not yet in force"
    ACTIVE = "active", "In force"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"


OPEN_STATES = [
    state.value for state in (ProposalState.DRAFT, ProposalState.WAITING, ProposalState.APPROVED)
]


class Kept(Word):
    """Why a running clock keeps its version or its moments."""

    TOP = "top", "Has reached its end already"
    PAUSED = "paused", "Stands still; keeps its version"
    EXTENDED = "extended", "Was extended; keeps the deadline it was given"
    OTHER = "other", "Stands on a rung the new ladder does not have there"
    # found when the change is carried out
    STOPPED = "stopped", "Ended since the simulation"
    CHANGED = "changed", "Moved on, paused or counted anew since the simulation"
    NOBODY = "nobody", "No unit is in charge of its place"


class ProposalQuerySet(ScopedQuerySet["PolicyProposal"]):
    def grant(self, post: Post) -> Q:
        """To the administrators of the place or of one above it."""
        if post.role not in READERS or post.tenant_id is None:
            return NOTHING
        return Q(tenant=post.tenant_id, area__path__startswith=post.area_path)


class PolicyProposal(models.Model):
    """The next version of one policy of one area, before it is one.

    ``rev`` grows with every change, so that nobody approves what he did not see. ``policy`` is
    the version it became. ``restart``: running clocks are counted anew by it; otherwise they
    keep the version they started with.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    area = models.ForeignKey(Area, models.PROTECT, related_name="policy_proposals")
    code = models.CharField(max_length=30)
    body = models.JSONField()
    valid_from = models.DateField()
    restart = models.BooleanField(default=False)
    reason = models.CharField(max_length=200)
    rev = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=12, default=ProposalState.DRAFT.value)
    back_to = models.ForeignKey(  # the older version this one equals
        Policy, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    author = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+")
    proposed_at = models.DateTimeField()
    approver = models.ForeignKey(User, models.PROTECT, null=True, db_index=False, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, blank=True)  # why it was rejected or withdrawn
    policy = models.OneToOneField(Policy, models.PROTECT, null=True, related_name="proposal")
    activated_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)  # no running clock is left to be moved

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="policy_proposal_state_known", condition=Q(state__in=ProposalState.values())
            ),
            models.CheckConstraint(
                name="policy_approved_by_another",
                condition=Q(approver=None) | ~Q(approver=F("author")),
            ),
            models.CheckConstraint(
                name="policy_approved_has_version",
                condition=~Q(state__in=["approved", "active"])
                | Q(approver__isnull=False, policy__isnull=False, decided_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="policy_proposed_once",
                fields=["area", "code"],
                condition=Q(state__in=OPEN_STATES),
            ),
        ]
        indexes = [
            models.Index(
                name="policy_proposal_due",
                fields=["valid_from"],
                condition=Q(state="approved") | Q(state="active", finished_at=None),
            )
        ]


class PolicySimulation(models.Model):
    """What a proposal would do to the clocks that ran at ``at``, were it in force at ``on``.

    ``digest`` binds the named clocks with their moments. Only the newest one of a proposal
    keeps its rows.
    """

    proposal = models.ForeignKey(PolicyProposal, models.PROTECT, related_name="simulations")
    rev = models.PositiveIntegerField()
    asked_at = models.DateTimeField()
    at = models.DateTimeField(null=True)  # when it was done; null while it waits
    on = models.DateTimeField(null=True)  # when the change would take effect
    clocks = models.PositiveIntegerField(default=0)
    earlier = models.PositiveIntegerField(default=0)
    later = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    at_once = models.PositiveIntegerField(default=0)
    before = models.PositiveIntegerField(default=0)  # climb on their own before that day
    kept = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    seconds = models.FloatField(default=0)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(name="policy_simulation_asked", fields=["id"], condition=Q(at=None))
        ]


class MoveQuerySet(ScopedQuerySet["PolicyMove"]):
    def grant(self, post: Post) -> Q:
        """To whoever reads the proposal."""
        if post.role not in READERS or post.tenant_id is None:
            return NOTHING
        return Q(
            simulation__proposal__tenant=post.tenant_id,
            simulation__proposal__area__path__startswith=post.area_path,
        )


class PolicyMove(models.Model):
    """One running clock as a simulation named it: its deadline now and then.

    ``step`` is the moment people see (the end of the rung), ``due`` the end of the whole.
    ``number`` is empty for a restricted matter. ``kept`` says why a clock stays as it is;
    of those found changed later, ``left_because``.
    """

    simulation = models.ForeignKey(
        PolicySimulation, models.PROTECT, db_index=False, db_constraint=False, related_name="moves"
    )
    clock_id = models.BigIntegerField()
    number = models.CharField(max_length=24, blank=True)
    unit_id = models.BigIntegerField()
    rung = models.PositiveSmallIntegerField()
    held = models.BooleanField()
    step_from = models.DateTimeField()
    step_to = models.DateTimeField()
    due_from = models.DateTimeField()
    due_to = models.DateTimeField()
    shift = models.SmallIntegerField()  # -1 earlier, 0 the same, 1 later
    at_once = models.BooleanField()
    kept = models.CharField(max_length=8, blank=True)
    left_because = models.CharField(max_length=8, blank=True)

    objects = MoveQuerySet.as_manager()

    class Meta:
        ordering = ["clock_id"]
        constraints = [
            models.UniqueConstraint(name="policy_move_once", fields=["simulation", "clock_id"])
        ]
        indexes = [
            models.Index(
                name="policy_move_at_once",
                fields=["simulation", "clock_id"],
                condition=Q(at_once=True),
            ),
            models.Index(
                name="policy_move_left",
                fields=["simulation", "clock_id"],
                condition=~Q(left_because=""),
            ),
        ]


class PolicyBatch(models.Model):
    """A range of named clocks that one transaction moves; ``done_at`` null: still to do.

    The rows are the progress: a worker that dies leaves its batch undone, and two workers take
    different ones.
    """

    simulation = models.ForeignKey(
        PolicySimulation, models.PROTECT, db_index=False, related_name="batches"
    )
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    named = models.PositiveIntegerField()
    moved = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["first_id"]
        constraints = [
            models.UniqueConstraint(name="policy_batch_once", fields=["simulation", "first_id"])
        ]
        indexes = [
            models.Index(
                name="policy_batch_to_do",
                fields=["simulation", "tries", "first_id"],
                condition=Q(done_at=None),
            )
        ]
