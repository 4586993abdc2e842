"""Accounts kept by the office: one-time passwords, sign-ins, staff of partner bodies."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Whoever served in a body outside government was a handler there and read whole cases.
PARTNERS = """
UPDATE grids_posting AS p SET role = 'partner'
FROM grids_unit AS u JOIN grids_unitkind AS k ON k.code = u.kind_id
WHERE u.id = p.unit_id AND NOT k.government AND p.role <> 'partner'
"""
HANDLERS = "UPDATE grids_posting SET role = 'handler' WHERE role = 'partner'"
# Sessions from before are under nobody's name and could not be listed or ended.
SIGN_OUT = "DELETE FROM django_session"


class Migration(migrations.Migration):
    dependencies = [
        ("grids", "0004_access_posts_and_alarms"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="SignIn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("session_key", models.CharField(max_length=40, unique=True)),
                ("device", models.CharField(blank=True, max_length=60)),
                ("started_at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="posting",
            name="posting_role_known",
        ),
        migrations.RunSQL(PARTNERS, HANDLERS),
        migrations.AddField(
            model_name="user",
            name="one_time_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="posting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "role__in",
                        [
                            "grid_worker",
                            "grid_lead",
                            "mediator",
                            "village_staff",
                            "triage",
                            "handler",
                            "petition_office",
                            "discipline_liaison",
                            "leader",
                            "legal_adviser",
                            "archivist",
                            "auditor",
                            "sec_admin",
                            "sys_admin",
                            "partner",
                        ],
                    )
                ),
                name="posting_role_known",
            ),
        ),
        migrations.AddField(
            model_name="signin",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sign_ins",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(SIGN_OUT, migrations.RunSQL.noop),
    ]
