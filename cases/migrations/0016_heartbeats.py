"""Runs of the sweep carry the kernel's time beside the database's; workers leave a heartbeat."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0015_calendars")]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("name", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="sweeprun",
            name="boot_id",
            field=models.CharField(blank=True, default="", max_length=36),
        ),
        migrations.AddField(
            model_name="sweeprun", name="monotonic", field=models.FloatField(null=True)
        ),
        migrations.AddField(
            model_name="sweeprun", name="ahead", field=models.BigIntegerField(null=True)
        ),
        migrations.AddField(
            model_name="sweeprun", name="confirmed_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="sweeprun",
            name="conflicts",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name="sweeprun",
            index=models.Index(
                condition=models.Q(("finished_at__isnull", False)),
                fields=["boot_id", "-id"],
                name="sweep_run_of_boot",
            ),
        ),
        migrations.AddIndex(
            model_name="outbox",
            index=models.Index(
                condition=models.Q(("state", "dead")), fields=["id"], name="outbox_dead"
            ),
        ),
    ]
