"""The log of changes to places, units, posts and lists; it refuses change and deletion."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

APPEND_ONLY = """
CREATE TRIGGER change_append_only BEFORE UPDATE OR DELETE ON grids_change
    FOR EACH ROW EXECUTE FUNCTION jieyou_append_only();
CREATE TRIGGER change_never_emptied BEFORE TRUNCATE ON grids_change
    FOR EACH STATEMENT EXECUTE FUNCTION jieyou_append_only();
"""
UNDO = """
DROP TRIGGER change_append_only ON grids_change;
DROP TRIGGER change_never_emptied ON grids_change;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("grids", "0002_unit_kinds_and_append_only_log"),
    ]

    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("action", models.CharField(max_length=20)),
                ("subject", models.CharField(max_length=12)),
                ("subject_id", models.BigIntegerField()),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "actor",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grids.area",
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
                "indexes": [
                    models.Index(fields=["subject", "subject_id", "id"], name="change_by_subject")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "subject__in",
                                [
                                    "area",
                                    "edition",
                                    "posting",
                                    "relation",
                                    "session",
                                    "task",
                                    "tenant",
                                    "token",
                                    "unit",
                                    "user",
                                ],
                            )
                        ),
                        name="change_subject_known",
                    )
                ],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, UNDO),
    ]
