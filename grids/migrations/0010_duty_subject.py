"""The change log knows rosters of substitutes on duty."""

from django.db import migrations, models

SUBJECTS = [
    "area", "duty", "edition", "posting", "relation", "session", "task", "tenant", "token", "unit",
    "user",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("grids", "0009_area_editions")]

    operations = [
        migrations.RemoveConstraint(model_name="change", name="change_subject_known"),
        migrations.AddConstraint(
            model_name="change",
            constraint=models.CheckConstraint(
                condition=models.Q(("subject__in", SUBJECTS)), name="change_subject_known"
            ),
        ),
    ]
