"""The append-only event log, the erasable words beside it, and the counts folded from it.

No table has a foreign key to these, so that they can be partitioned by month.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from cases.models.case import Case
from grids.models import Tenant


class CaseEvent(models.Model):
    """One thing that happened to a case. Never updated, never deleted (trigger and grants).

    Codes and ids only; what people wrote lies in ``CaseNote`` and is bound by ``digest``.
    Status, holder, due moment and category *after* the event stand in the row, so that a past
    moment is one look-up. ``hash`` chains the events of a case, see ``cases/rules/chain.py``.
    """

    case = models.ForeignKey(Case, models.PROTECT, db_index=False, related_name="events")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)  # null: the system or the resident
    unit_id = models.BigIntegerField(null=True)  # for which unit the actor acted
    verb = models.CharField(max_length=20)
    source = models.CharField(max_length=12, blank=True)
    target = models.CharField(max_length=12)
    reason = models.CharField(max_length=30, blank=True)
    category_id = models.BigIntegerField()
    area_id = models.BigIntegerField()
    level = models.PositiveSmallIntegerField()
    rung = models.PositiveSmallIntegerField()
    holder_unit_id = models.BigIntegerField()
    due_at = models.DateTimeField(null=True)
    amber_at = models.DateTimeField(null=True)  # follows from the clocks, so not in the hash
    clock_id = models.BigIntegerField(null=True)
    other_id = models.BigIntegerField(null=True)  # unit, person or case the verb names
    digest = models.BinaryField(max_length=32, default=bytes)
    prev = models.BinaryField(max_length=32, default=bytes)
    hash = models.BinaryField(max_length=32)

    class Meta:
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(name="event_seq_once", fields=["case", "seq"])]


class CaseNote(models.Model):
    """Words that belong to an event: a reason, an old and a new value. Erasable.

    ``digest`` is a keyed digest of the text under ``salt``; erasing removes text and salt and
    leaves the digest, so the chain still verifies.
    """

    case = models.ForeignKey(Case, models.PROTECT, db_index=False, related_name="notes")
    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    seq = models.PositiveIntegerField()
    position = models.PositiveSmallIntegerField()
    field = models.CharField(max_length=30)  # note, story.old, story.new, party.name …
    party_id = models.BigIntegerField(null=True)  # whose personal words these are
    text = models.TextField(blank=True)
    salt = models.BinaryField(max_length=16, default=bytes)
    digest = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["seq", "position"]
        constraints = [
            models.UniqueConstraint(name="note_once", fields=["case", "seq", "position"]),
            models.CheckConstraint(
                name="note_erased_means_empty",
                condition=Q(erased_at=None) | Q(text="", salt=b""),
            ),
        ]


class CaseDelta(models.Model):
    """One change of the counts, appended by every door and folded into ``Rollup`` later."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, db_index=False, db_constraint=False)
    at = models.DateTimeField()
    district_id = models.BigIntegerField(null=True)
    township_id = models.BigIntegerField(null=True)
    village_id = models.BigIntegerField(null=True)
    grid_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=12)
    category_id = models.BigIntegerField()
    status_from = models.CharField(max_length=12, blank=True)
    status_to = models.CharField(max_length=12)
    level_from = models.PositiveSmallIntegerField(null=True)
    level_to = models.PositiveSmallIntegerField()


class Rollup(models.Model):
    """How many cases stand where: the fold of all deltas so far."""

    tenant = models.ForeignKey(Tenant, models.PROTECT)
    district_id = models.BigIntegerField(null=True)
    township_id = models.BigIntegerField(null=True)
    village_id = models.BigIntegerField(null=True)
    grid_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=12)
    category_id = models.BigIntegerField()
    status = models.CharField(max_length=12)
    level = models.PositiveSmallIntegerField()
    cases = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="rollup_cell_once",
                fields=[
                    "tenant",
                    "district_id",
                    "township_id",
                    "village_id",
                    "grid_id",
                    "kind",
                    "category_id",
                    "status",
                    "level",
                ],
                nulls_distinct=False,
            )  # fmt: skip
        ]
