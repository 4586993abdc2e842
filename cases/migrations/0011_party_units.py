"""Bodies outside government that are a party to a case."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0010_place_in_force"),
        ("grids", "0005_accounts_and_sign_ins"),
    ]

    operations = [
        migrations.CreateModel(
            name="PartyUnit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("side", models.CharField(default="respondent", max_length=10)),
                ("since", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="party_units",
                        to="cases.case",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="grids.tenant",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grids.unit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("case", "unit"), name="party_unit_once"),
                    models.CheckConstraint(
                        condition=models.Q(("side__in", ["applicant", "respondent", "other"])),
                        name="party_unit_side_known",
                    ),
                ],
            },
        ),
    ]
