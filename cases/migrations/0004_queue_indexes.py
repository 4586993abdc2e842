"""Two look-ups of every queue page: what a person is recused from, what came back to the writer.

Both sets are small beside the tables they lie in, so their plans need no statistics.
"""

from django.db import migrations

FORWARD = """
CREATE INDEX recusal_running ON cases_recusal (user_id, case_id) WHERE until IS NULL;
CREATE INDEX case_returned ON cases_case (reporter_id)
    WHERE closed_at IS NULL AND status = 'returned';
"""
BACKWARD = "DROP INDEX recusal_running, case_returned"


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_terms")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
