"""Parties under 18, and first sentences of matters masked where they are kept.

Phones, identity numbers and names of parties in the sentences already written are masked as
``cases/rules/masking.py`` masks them: the first character of a name stays, and the last of three.
"""

from django.db import migrations, models

MASK = r"""
UPDATE cases_story SET summary = left(regexp_replace(regexp_replace(regexp_replace(summary,
    '(^|[^0-9])([1-9][0-9]{5})[0-9]{9}([0-9])([0-9][0-9Xx])(?![0-9])', '\1\2********\4', 'g'),
    '(^|[^0-9])(1[3-9][0-9])[0-9]{4}([0-9]{4})(?![0-9])', '\1\2****\3', 'g'),
    '(^|[^0-9])(0[0-9]{2})[0-9]?-?[2-9][0-9]{2,3}([0-9]{4})(?![0-9])', '\1\2****\3', 'g'), 80)
WHERE summary ~ '[0-9]{7}';

DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT p.case_id, p.name FROM cases_party p JOIN cases_story s ON s.case_id = p.case_id
        WHERE length(p.name) > 1 AND position(p.name IN s.summary) > 0
        ORDER BY length(p.name) DESC
    LOOP
        UPDATE cases_story SET summary = replace(summary, found.name,
            left(found.name, 1) || repeat('*', greatest(length(found.name) - 2, 1))
            || CASE WHEN length(found.name) = 3 THEN right(found.name, 1) ELSE '' END
            || CASE WHEN length(found.name) > 3 THEN '*' ELSE '' END)
        WHERE case_id = found.case_id;
    END LOOP;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0012_duty_rosters")]

    operations = [
        migrations.AddField(
            model_name="party",
            name="minor",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunSQL(MASK, migrations.RunSQL.noop),
    ]
