"""A message of the outbox may be about many cases of a unit."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0022_orders_counted_from")]

    operations = [
        migrations.AddField(
            model_name="outbox",
            name="case_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), db_default=[], default=list, size=None
            ),
        ),
    ]
