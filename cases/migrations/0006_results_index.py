"""Results that wait for verification are few among all open cases; a city looks through them."""

from django.db import migrations

FORWARD = """
CREATE INDEX case_results ON cases_case (due_at, id)
    WHERE closed_at IS NULL AND status IN ('done', 'verified');
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_quick_intake")]
    operations = [migrations.RunSQL(FORWARD, "DROP INDEX case_results")]
