"""Former names and places of units, successors of closed ones; the past refuses change."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

KEPT = ("areapast", "areasuccession", "unitpast", "unitsuccession")
APPEND_ONLY = "".join(
    f"""
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON grids_{table}
    FOR EACH ROW EXECUTE FUNCTION jieyou_append_only();
CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON grids_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION jieyou_append_only();
"""
    for table in KEPT
)
UNDO = "".join(
    f"DROP TRIGGER {table}_append_only ON grids_{table};"
    f"DROP TRIGGER {table}_never_emptied ON grids_{table};"
    for table in KEPT
)
PROTECT = django.db.models.deletion.PROTECT


def key():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(migrations.Migration):
    dependencies = [("grids", "0006_three_administrators")]
    operations = [
        migrations.AddField(
            "areapast",
            "number",
            models.CharField(blank=True, max_length=20, default=""),
            preserve_default=False,
        ),
        migrations.CreateModel(
            "UnitPast",
            [
                ("id", key()),
                ("name", models.CharField(max_length=80)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField()),
                ("area", models.ForeignKey("grids.area", PROTECT, related_name="+")),
                ("unit", models.ForeignKey("grids.unit", PROTECT, related_name="past")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="unit_past_ends_after_it_starts",
                        condition=Q(valid_to__gt=F("valid_from")),
                    )
                ]
            },
        ),
        migrations.CreateModel(
            "UnitSuccession",
            [
                ("id", key()),
                ("on", models.DateField()),
                (
                    "predecessor",
                    models.OneToOneField("grids.unit", PROTECT, related_name="succession"),
                ),
                (
                    "successor",
                    models.ForeignKey("grids.unit", PROTECT, related_name="predecessions"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="unit_not_its_own_successor",
                        condition=~Q(predecessor=F("successor")),
                    )
                ]
            },
        ),
        migrations.RunSQL(APPEND_ONLY, UNDO),
    ]
