"""What people wrote beside the reason of a look moves into rows that can be erased.

The log is append-only for everybody but a migration; only the words leave it, the code stays.
"""

import django.db.models.deletion
from django.db import migrations, models

MOVE = r"""
INSERT INTO grids_accessnote (look_id, tenant_id, at, text)
SELECT id, tenant_id, at,
    CASE WHEN reason ~ '^[a-z_]{1,20}: ' THEN regexp_replace(reason, '^[a-z_]{1,20}: ', '')
         ELSE reason END
FROM grids_accesslog WHERE reason !~ '^[a-z_]{0,20}$' AND reason !~ '^[a-z_]{1,20}: *$';
ALTER TABLE grids_accesslog DISABLE TRIGGER access_append_only;
UPDATE grids_accesslog SET reason = coalesce(substring(reason FROM '^([a-z_]{1,20}): '), '')
WHERE reason !~ '^[a-z_]{0,20}$';
ALTER TABLE grids_accesslog ENABLE TRIGGER access_append_only;
"""


class Migration(migrations.Migration):
    dependencies = [("grids", "0010_duty_subject")]

    operations = [
        migrations.CreateModel(
            name="AccessNote",
            fields=[
                ("look_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("text", models.CharField(blank=True, max_length=200)),
                ("erased_at", models.DateTimeField(null=True)),
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
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("text", ""), _negated=True),
                            ("erased_at__isnull", False),
                            _connector="OR",
                        ),
                        name="access_note_says_something_until_erased",
                    )
                ],
            },
        ),
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="accesslog",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__regex", "^[a-z_]{0,20}$")),
                name="access_reason_is_a_code",
            ),
        ),
    ]
