"""The list of tasks that may be given to grid workers, with the product's own list."""

from datetime import date

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# The usual duties of grid workers (网格员“六大员”职责), with the matters each of them covers.
# Emergencies (E08) and the protection of minors (E09) are nobody's to hand to a grid.
SOURCE = "示范清单：网格员“六大员”职责"
TASKS = [
    ("矛盾纠纷排查化解",
     ["D01", "D02", "D03", "D04", "D05", "D06", "D07", "D08", "D09", "D10", "D11", "D12", "D13",
      "D14", "D99"]),
    ("公共设施、环境与小区情况采集", ["E03", "E03.1", "E05"]),
    ("安全隐患排查", ["E04"]),
    ("社情民意收集", ["E07"]),
    ("法律政策宣传与咨询", ["E06"]),
    ("民生代办服务", ["E02"]),
]  # fmt: skip
# What was on the list once stays to be read: it says why a matter was given.
KEPT = """
CREATE TRIGGER grid_task_never_deleted BEFORE DELETE ON cases_gridtask
    FOR EACH ROW EXECUTE FUNCTION jieyou_append_only();
"""
UNDO = "DROP TRIGGER grid_task_never_deleted ON cases_gridtask;"


def seed(apps, schema_editor):
    task = apps.get_model("cases", "GridTask")
    for name, categories in TASKS:
        task.objects.create(
            name=name, source=SOURCE, categories=categories, decision="approved",
            valid_from=date(2022, 5, 1),
        )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0007_sealed_matters"),
        ("grids", "0004_access_posts_and_alarms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="GridTask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("source", models.CharField(max_length=200)),
                ("categories", models.JSONField(default=list)),
                ("temporary", models.BooleanField(default=False)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("asked_at", models.DateTimeField(null=True)),
                ("decision", models.CharField(blank=True, max_length=8)),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "area",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grid_tasks",
                        to="grids.area",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "asked_unit",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grids.unit",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="grids.tenant",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("decision__in", ["", "approved", "refused"])),
                        name="grid_task_decision_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("temporary", False),
                            models.Q(("area__isnull", False), ("valid_to__isnull", False)),
                            _connector="OR",
                        ),
                        name="grid_task_for_a_time_ends",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to", None),
                            ("valid_to__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="grid_task_ends_after_it_starts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("temporary", False),
                            ("decided_by", None),
                            models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="grid_task_decided_by_another",
                    ),
                ],
            },
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
        migrations.RunSQL(KEPT, UNDO),
    ]
