"""On which shifts a substitute acts; a roster row is ended, never deleted."""

from django.db import migrations, models

# Who was to act on a night explains who saw a matter; it stays to be read.
KEPT = """
CREATE TRIGGER duty_substitute_never_deleted BEFORE DELETE ON cases_dutysubstitute
    FOR EACH ROW EXECUTE FUNCTION jieyou_append_only();
"""
UNDO = "DROP TRIGGER duty_substitute_never_deleted ON cases_dutysubstitute;"


class Migration(migrations.Migration):
    dependencies = [("cases", "0011_party_units"), ("grids", "0010_duty_subject")]

    operations = [
        migrations.RemoveConstraint(model_name="dutysubstitute", name="duty_ends_after_it_starts"),
        migrations.AddField(
            model_name="dutysubstitute", name="evening", field=models.BooleanField(default=True)
        ),
        migrations.AddField(
            model_name="dutysubstitute", name="holiday", field=models.BooleanField(default=True)
        ),
        migrations.AddField(
            model_name="dutysubstitute", name="weekend", field=models.BooleanField(default=True)
        ),
        migrations.AddConstraint(
            model_name="dutysubstitute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to", None), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                ),
                name="duty_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="dutysubstitute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("evening", True), ("weekend", True), ("holiday", True), _connector="OR"
                ),
                name="duty_at_some_time",
            ),
        ),
        migrations.RunSQL(KEPT, UNDO),
    ]
