"""The change log knows proposals for policies."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("grids", "0012_channel_subject"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="change",
            name="change_subject_known",
        ),
        migrations.AddConstraint(
            model_name="change",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "subject__in",
                        [
                            "area",
                            "channel",
                            "duty",
                            "edition",
                            "policy",
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
            ),
        ),
    ]
