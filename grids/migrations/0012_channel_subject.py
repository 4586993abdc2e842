"""The change log knows channels out of the house."""

from django.db import migrations, models

SUBJECTS = [
    "area", "channel", "duty", "edition", "posting", "relation", "session", "task", "tenant",
    "token", "unit", "user",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("grids", "0011_access_notes")]

    operations = [
        migrations.RemoveConstraint(model_name="change", name="change_subject_known"),
        migrations.AddConstraint(
            model_name="change",
            constraint=models.CheckConstraint(
                condition=models.Q(("subject__in", SUBJECTS)), name="change_subject_known"
            ),
        ),
    ]
