"""A change of policies on its way: proposals, simulations, the clocks they name, batches."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0018_notices_without_storms"),
        ("grids", "0013_policy_subject"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PolicyProposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=30)),
                ("body", models.JSONField()),
                ("valid_from", models.DateField()),
                ("restart", models.BooleanField(default=False)),
                ("reason", models.CharField(max_length=200)),
                ("rev", models.PositiveIntegerField(default=1)),
                ("state", models.CharField(default="draft", max_length=12)),
                ("proposed_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(blank=True, max_length=200)),
                ("activated_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "approver",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="policy_proposals",
                        to="grids.area",
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "back_to",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.policy",
                    ),
                ),
                (
                    "policy",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposal",
                        to="cases.policy",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="grids.tenant",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="PolicySimulation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rev", models.PositiveIntegerField()),
                ("asked_at", models.DateTimeField()),
                ("at", models.DateTimeField(null=True)),
                ("on", models.DateTimeField(null=True)),
                ("clocks", models.PositiveIntegerField(default=0)),
                ("earlier", models.PositiveIntegerField(default=0)),
                ("later", models.PositiveIntegerField(default=0)),
                ("same", models.PositiveIntegerField(default=0)),
                ("at_once", models.PositiveIntegerField(default=0)),
                ("before", models.PositiveIntegerField(default=0)),
                ("kept", models.PositiveIntegerField(default=0)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("seconds", models.FloatField(default=0)),
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="simulations",
                        to="cases.policyproposal",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="PolicyMove",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("clock_id", models.BigIntegerField()),
                ("number", models.CharField(blank=True, max_length=24)),
                ("unit_id", models.BigIntegerField()),
                ("rung", models.PositiveSmallIntegerField()),
                ("held", models.BooleanField()),
                ("step_from", models.DateTimeField()),
                ("step_to", models.DateTimeField()),
                ("due_from", models.DateTimeField()),
                ("due_to", models.DateTimeField()),
                ("shift", models.SmallIntegerField()),
                ("at_once", models.BooleanField()),
                ("kept", models.CharField(blank=True, max_length=8)),
                ("left_because", models.CharField(blank=True, max_length=8)),
                (
                    "simulation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moves",
                        to="cases.policysimulation",
                    ),
                ),
            ],
            options={
                "ordering": ["clock_id"],
            },
        ),
        migrations.CreateModel(
            name="PolicyBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_id", models.BigIntegerField()),
                ("last_id", models.BigIntegerField()),
                ("named", models.PositiveIntegerField()),
                ("moved", models.PositiveIntegerField(default=0)),
                ("left", models.PositiveIntegerField(default=0)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "simulation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="cases.policysimulation",
                    ),
                ),
            ],
            options={
                "ordering": ["first_id"],
            },
        ),
        migrations.AddIndex(
            model_name="policyproposal",
            index=models.Index(
                condition=models.Q(
                    ("state", "approved"),
                    models.Q(("finished_at", None), ("state", "active")),
                    _connector="OR",
                ),
                fields=["valid_from"],
                name="policy_proposal_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="policyproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["draft", "waiting", "approved", "active", "rejected", "withdrawn"],
                    )
                ),
                name="policy_proposal_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="policyproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approver", None),
                    models.Q(("approver", models.F("author")), _negated=True),
                    _connector="OR",
                ),
                name="policy_approved_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="policyproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["approved", "active"]), _negated=True),
                    models.Q(
                        ("approver__isnull", False),
                        ("decided_at__isnull", False),
                        ("policy__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="policy_approved_has_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="policyproposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["draft", "waiting", "approved"])),
                fields=("area", "code"),
                name="policy_proposed_once",
            ),
        ),
        migrations.AddIndex(
            model_name="policysimulation",
            index=models.Index(
                condition=models.Q(("at", None)), fields=["id"], name="policy_simulation_asked"
            ),
        ),
        migrations.AddIndex(
            model_name="policymove",
            index=models.Index(
                condition=models.Q(("at_once", True)),
                fields=["simulation", "clock_id"],
                name="policy_move_at_once",
            ),
        ),
        migrations.AddIndex(
            model_name="policymove",
            index=models.Index(
                condition=models.Q(("left_because", ""), _negated=True),
                fields=["simulation", "clock_id"],
                name="policy_move_left",
            ),
        ),
        migrations.AddConstraint(
            model_name="policymove",
            constraint=models.UniqueConstraint(
                fields=("simulation", "clock_id"), name="policy_move_once"
            ),
        ),
        migrations.AddIndex(
            model_name="policybatch",
            index=models.Index(
                condition=models.Q(("done_at", None)),
                fields=["simulation", "tries", "first_id"],
                name="policy_batch_to_do",
            ),
        ),
        migrations.AddConstraint(
            model_name="policybatch",
            constraint=models.UniqueConstraint(
                fields=("simulation", "first_id"), name="policy_batch_once"
            ),
        ),
    ]
