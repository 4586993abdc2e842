"""An administrator holds no other post: now by the database, too, whatever door is used.

Postings of one person in two different groups (one of the three administrators, or work) may
not share a day.
"""

from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations

FORWARD = """
ALTER TABLE grids_posting ADD CONSTRAINT posting_administrators_apart EXCLUDE USING gist (
    user_id WITH =,
    (CASE WHEN role IN ('sys_admin', 'sec_admin', 'auditor') THEN role ELSE 'work' END) WITH <>,
    daterange(started_on, ended_on) WITH &&
)
"""
BACKWARD = "ALTER TABLE grids_posting DROP CONSTRAINT posting_administrators_apart"


class Migration(migrations.Migration):
    dependencies = [("grids", "0005_accounts_and_sign_ins")]

    operations = [BtreeGistExtension(), migrations.RunSQL(FORWARD, BACKWARD)]
