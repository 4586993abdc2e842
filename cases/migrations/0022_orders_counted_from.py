"""From when the working days of a supervision order run, so that it follows the calendar."""

from django.db import migrations, models

# What was sent back may have got days of its own then; such an order keeps the day it has.
KNOWN = """
UPDATE cases_supervisionorder AS o SET counted_from = o.issued_at
WHERE o.issued_at IS NOT NULL AND NOT EXISTS (
    SELECT FROM cases_caseevent AS e
    WHERE e.case_id = o.case_id AND e.verb = 'reject_reply' AND e.other_id = o.id)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0021_petition_agreements"),
    ]

    operations = [
        migrations.AddField(
            model_name="supervisionorder",
            name="counted_from",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
