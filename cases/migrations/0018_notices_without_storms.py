# ruff: noqa: E501 - what the database works out stands in one line
"""Amber moments beside due moments, warnings by mark, digests, and channels out of the house."""

import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# The cases that are open turn amber with the first of their clocks.
FILL = """
UPDATE cases_case AS c SET amber_at = coalesce(
    (SELECT min(k.amber_at) FROM cases_clock AS k WHERE k.case_id = c.id AND k.stopped_at IS NULL), c.due_at)
WHERE c.closed_at IS NULL;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0017_supervision_orders"),
        ("grids", "0012_channel_subject"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Channel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("kind", models.CharField(max_length=10)),
                ("name", models.CharField(max_length=40)),
                ("host", models.CharField(blank=True, max_length=120)),
                ("secrets", models.BinaryField(default=bytes)),
                ("enabled", models.BooleanField(default=False)),
                (
                    "off",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12), default=list, size=None
                    ),
                ),
                ("tokens", models.FloatField(default=5)),
                ("refilled_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["unit__area__path", "id"],
            },
        ),
        migrations.CreateModel(
            name="NoticeSetting",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("own_quiet", models.BooleanField(default=False)),
                ("quiet_from", models.TimeField(null=True)),
                ("quiet_to", models.TimeField(null=True)),
                (
                    "off",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12), default=list, size=None
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Outgoing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("dedupe_key", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                ("lines", models.JSONField(default=dict)),
                ("urgent", models.BooleanField(default=False)),
                ("state", models.CharField(default="pending", max_length=8)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_at", models.DateTimeField()),
                ("lease_until", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(blank=True, max_length=60)),
            ],
        ),
        migrations.AddField(
            model_name="case",
            name="amber_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="caseevent",
            name="amber_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="clock",
            name="amber_at",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    output_field=models.DateTimeField(),
                    template="CASE WHEN stopped_at IS NULL AND held_at IS NULL THEN LEAST(((coalesce(GREATEST(ladder[rung + 1], waits_until), due_at) AT TIME ZONE 'UTC' - (coalesce(GREATEST(ladder[rung + 1], waits_until), due_at) - CASE WHEN rung BETWEEN 1 AND cardinality(ladder) - 1 THEN ladder[rung] ELSE started_at END) * 0.25) AT TIME ZONE 'UTC'), CASE WHEN (coalesce(GREATEST(ladder[rung + 1], waits_until), due_at) - CASE WHEN rung BETWEEN 1 AND cardinality(ladder) - 1 THEN ladder[rung] ELSE started_at END) >= interval '4 days' THEN ((coalesce(GREATEST(ladder[rung + 1], waits_until), due_at) AT TIME ZONE 'UTC' - interval '3 days') AT TIME ZONE 'UTC') END) END",
                ),
                output_field=models.DateTimeField(null=True),
            ),
        ),
        migrations.AddField(
            model_name="clock",
            name="told_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="clock",
            name="warn_at",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    output_field=models.DateTimeField(),
                    template="CASE WHEN stopped_at IS NULL AND held_at IS NULL THEN LEAST(CASE WHEN true AND ((coalesce(GREATEST(ladder[rung + 1], waits_until), due_at) AT TIME ZONE 'UTC' - (coalesce(GREATEST(ladder[rung + 1], waits_until), due_at) - CASE WHEN rung BETWEEN 1 AND cardinality(ladder) - 1 THEN ladder[rung] ELSE started_at END) * 0.25) AT TIME ZONE 'UTC') > coalesce(told_until, '-infinity') THEN ((coalesce(GREATEST(ladder[rung + 1], waits_until), due_at) AT TIME ZONE 'UTC' - (coalesce(GREATEST(ladder[rung + 1], waits_until), due_at) - CASE WHEN rung BETWEEN 1 AND cardinality(ladder) - 1 THEN ladder[rung] ELSE started_at END) * 0.25) AT TIME ZONE 'UTC') END, CASE WHEN (coalesce(GREATEST(ladder[rung + 1], waits_until), due_at) - CASE WHEN rung BETWEEN 1 AND cardinality(ladder) - 1 THEN ladder[rung] ELSE started_at END) >= interval '4 days' AND ((coalesce(GREATEST(ladder[rung + 1], waits_until), due_at) AT TIME ZONE 'UTC' - interval '3 days') AT TIME ZONE 'UTC') > coalesce(told_until, '-infinity') THEN ((coalesce(GREATEST(ladder[rung + 1], waits_until), due_at) AT TIME ZONE 'UTC' - interval '3 days') AT TIME ZONE 'UTC') END, CASE WHEN (coalesce(GREATEST(ladder[rung + 1], waits_until), due_at) - CASE WHEN rung BETWEEN 1 AND cardinality(ladder) - 1 THEN ladder[rung] ELSE started_at END) >= interval '4 days' AND ((coalesce(GREATEST(ladder[rung + 1], waits_until), due_at) AT TIME ZONE 'UTC' - interval '1 day') AT TIME ZONE 'UTC') > coalesce(told_until, '-infinity') THEN ((coalesce(GREATEST(ladder[rung + 1], waits_until), due_at) AT TIME ZONE 'UTC' - interval '1 day') AT TIME ZONE 'UTC') END, CASE WHEN rung >= cardinality(ladder) AND coalesce(GREATEST(ladder[rung + 1], waits_until), due_at) > coalesce(told_until, '-infinity') THEN coalesce(GREATEST(ladder[rung + 1], waits_until), due_at) END, CASE WHEN rung >= cardinality(ladder) AND ((coalesce(GREATEST(ladder[rung + 1], waits_until), due_at) AT TIME ZONE 'UTC' - interval '-3 days') AT TIME ZONE 'UTC') > coalesce(told_until, '-infinity') THEN ((coalesce(GREATEST(ladder[rung + 1], waits_until), due_at) AT TIME ZONE 'UTC' - interval '-3 days') AT TIME ZONE 'UTC') END) END",
                ),
                output_field=models.DateTimeField(null=True),
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="case_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="rings_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                condition=models.Q(("warn_at__isnull", False)),
                fields=["warn_at", "id"],
                name="clock_to_warn",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("cases__gt", 1)), fields=["case_ids"], name="notice_counting"
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_at", None), ("amber_at__isnull", False), _connector="OR"),
                name="case_due_has_amber",
            ),
        ),
        migrations.AddField(
            model_name="channel",
            name="tenant",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="grids.tenant"
            ),
        ),
        migrations.AddField(
            model_name="channel",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="channels",
                to="grids.unit",
            ),
        ),
        migrations.AddConstraint(
            model_name="noticesetting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("own_quiet", False), ("quiet_from", None), ("quiet_to", None)),
                    models.Q(
                        ("own_quiet", True),
                        ("quiet_from__isnull", False),
                        ("quiet_to__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="notice_quiet_is_whole",
            ),
        ),
        migrations.AddField(
            model_name="outgoing",
            name="channel",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, to="cases.channel"
            ),
        ),
        migrations.AddField(
            model_name="outgoing",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="grids.tenant",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["wecom", "dingtalk", "webhook", "sms", "email", "console"])
                ),
                name="channel_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.UniqueConstraint(fields=("unit", "name"), name="channel_name_once"),
        ),
        migrations.AddIndex(
            model_name="outgoing",
            index=models.Index(
                condition=models.Q(("state__in", ["pending", "claimed"])),
                fields=["next_at", "id"],
                name="outgoing_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="outgoing",
            index=models.Index(fields=["channel", "-id"], name="outgoing_newest"),
        ),
        migrations.AddConstraint(
            model_name="outgoing",
            constraint=models.UniqueConstraint(
                fields=("channel", "dedupe_key"), name="outgoing_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="outgoing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["pending", "claimed", "sent", "unknown", "dead"])
                ),
                name="outgoing_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="outgoing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lease_until__isnull", False), ("state", "claimed")),
                    models.Q(models.Q(("state", "claimed"), _negated=True), ("lease_until", None)),
                    _connector="OR",
                ),
                name="outgoing_claim_has_lease",
            ),
        ),
    ]
