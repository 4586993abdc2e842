"""The access log names the post a look was made through; alarms of accounts beyond a limit."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("grids", "0003_change_log"),
    ]

    operations = [
        migrations.CreateModel(
            name="Alarm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sort", models.CharField(max_length=12)),
                ("amount", models.PositiveIntegerField()),
                ("raised_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(null=True)),
                ("note", models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="accesslog",
            name="access_action_known",
        ),
        migrations.AddField(
            model_name="accesslog",
            name="role",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
        migrations.AddField(
            model_name="accesslog",
            name="rows",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="accesslog",
            name="unit",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="grids.unit",
            ),
        ),
        migrations.AddIndex(
            model_name="accesslog",
            index=models.Index(
                condition=models.Q(("action", "in_export"), _negated=True),
                fields=["tenant", "-at", "-id"],
                name="access_by_time",
            ),
        ),
        migrations.AddIndex(
            model_name="accesslog",
            index=models.Index(
                condition=models.Q(("action", "in_export"), _negated=True),
                fields=["unit", "-at", "-id"],
                name="access_by_unit",
            ),
        ),
        migrations.AddIndex(
            model_name="accesslog",
            index=models.Index(fields=["tenant", "action", "-at", "-id"], name="access_by_kind"),
        ),
        migrations.AddIndex(
            model_name="accesslog",
            index=models.Index(
                condition=models.Q(("action__in", ["export", "unmask"])),
                fields=["actor", "action", "at"],
                name="access_of_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="accesslog",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "action__in",
                        ["view", "export", "in_export", "unmask", "open_sealed", "search", "print"],
                    )
                ),
                name="access_action_known",
            ),
        ),
        migrations.AddField(
            model_name="alarm",
            name="actor",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="alarm",
            name="seen_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="alarm",
            name="tenant",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, to="grids.tenant"
            ),
        ),
        migrations.AddField(
            model_name="alarm",
            name="unit",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="grids.unit",
            ),
        ),
        migrations.AddIndex(
            model_name="alarm",
            index=models.Index(fields=["tenant", "-raised_at", "-id"], name="alarm_newest"),
        ),
        migrations.AddConstraint(
            model_name="alarm",
            constraint=models.CheckConstraint(
                condition=models.Q(("sort__in", ["export", "unmask"])), name="alarm_sort_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="alarm",
            constraint=models.UniqueConstraint(
                condition=models.Q(("seen_at", None)),
                fields=("actor", "sort"),
                name="alarm_once_while_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="alarm",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("note", ""), ("seen_at", None), ("seen_by", None)),
                    models.Q(
                        ("seen_at__isnull", False),
                        ("seen_by__isnull", False),
                        models.Q(("note", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="alarm_seen_by_somebody_with_a_note",
            ),
        ),
        migrations.AddConstraint(
            model_name="alarm",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("seen_by", None),
                    models.Q(("seen_by", models.F("actor")), _negated=True),
                    _connector="OR",
                ),
                name="alarm_not_seen_off_by_its_own_account",
            ),
        ),
    ]
