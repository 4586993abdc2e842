"""Words as data: categories, sources, reasons and dated policies (decisions.md 10, 14)."""

from django.db import models
from django.db.models import F, Q

from cases.rules.workflow import Kind
from grids.models import Area


class Term(models.Model):
    """A code with its two names, valid from a day until another. Codes never change."""

    code = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80)
    sort = models.PositiveSmallIntegerField(default=0)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Category(Term):
    """What a case is about. ``urgent`` categories take the urgent path and never a ladder."""

    kind = models.CharField(max_length=12)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True)
    urgent = models.BooleanField(default=False)
    restricted = models.BooleanField(default=False)  # leaves every ordinary queue (E09)
    utility = models.BooleanField(default=False)  # water, power, heat, gas: the 24 h limit
    frequent = models.BooleanField(default=False)  # a chip on the first screen

    class Meta:
        ordering = ["sort", "code"]
        constraints = [
            models.CheckConstraint(name="category_kind_known", condition=Q(kind__in=Kind.values()))
        ]


class Source(Term):
    """Through which door a case came in."""

    staff_entry = models.BooleanField(default=True)  # offered on the intake page

    class Meta:
        ordering = ["sort", "code"]


class Reason(Term):
    """A reason chosen from a list; ``verb`` names the act that asks for it."""

    verb = models.CharField(max_length=20)

    class Meta:
        ordering = ["verb", "sort", "code"]


class Policy(models.Model):
    """A dated setting of one area: which ladder, how many days until the revisit …

    The nearest area up the tree wins, then the rows without an area (the product's defaults);
    among versions the highest whose day has come. A running clock keeps the version it
    started with.
    """

    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="policies")
    code = models.CharField(max_length=30)  # ladder.dispute, revisit.days
    version = models.PositiveIntegerField(default=1)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    body = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="policy_version_once",
                fields=["area", "code", "version"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="policy_ends_after_it_starts",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
            ),
        ]
