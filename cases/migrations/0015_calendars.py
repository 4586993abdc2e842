"""Yearly notices and districts' own days, the calendars clocks were counted with, and what
recounting them moved."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What was in force explains every deadline of its time; it is superseded, never rewritten.
TABLES = ("calendaredition", "calendarday", "calendarversion", "clockmove")
KEPT = "".join(
    f"""
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON cases_{table}
    FOR EACH ROW EXECUTE FUNCTION jieyou_append_only();
CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON cases_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION jieyou_append_only();
"""
    for table in TABLES
)
UNDO = "".join(
    f"DROP TRIGGER {table}_append_only ON cases_{table};"
    f"DROP TRIGGER {table}_never_emptied ON cases_{table};"
    for table in TABLES
)
# A day belongs to an edition of its own year.
SAME_YEAR = """
ALTER TABLE cases_calendaredition ADD CONSTRAINT calendar_edition_year UNIQUE (id, year);
ALTER TABLE cases_calendarday ADD CONSTRAINT calendar_day_of_its_edition
    FOREIGN KEY (edition_id, year) REFERENCES cases_calendaredition (id, year)
    DEFERRABLE INITIALLY DEFERRED;
"""
ANY_YEAR = """
ALTER TABLE cases_calendarday DROP CONSTRAINT calendar_day_of_its_edition;
ALTER TABLE cases_calendaredition DROP CONSTRAINT calendar_edition_year;
"""


def key():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("grids", "0011_access_notes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("cases", "0014_limits_as_policies"),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="provisional_from",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.CreateModel(
            name="CalendarEdition",
            fields=[
                ("id", key()),
                ("year", models.PositiveSmallIntegerField()),
                ("version", models.PositiveIntegerField()),
                ("document", models.CharField(blank=True, max_length=80)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField()),
                (
                    "area",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grids.area",
                    ),
                ),
                (
                    "imported_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-year", "-version"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("area", "year", "version"),
                        name="calendar_version_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("year__gte", 2001), ("year__lte", 2199)),
                        name="calendar_year_possible",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                ("id", key()),
                ("year", models.PositiveSmallIntegerField()),
                ("day", models.DateField()),
                ("works", models.BooleanField()),
                ("name", models.CharField(blank=True, max_length=60)),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="days",
                        to="cases.calendaredition",
                    ),
                ),
            ],
            options={
                "ordering": ["day"],
                "constraints": [
                    models.UniqueConstraint(fields=("edition", "day"), name="calendar_day_once"),
                    models.CheckConstraint(
                        condition=models.Q(("day__year", models.F("year"))),
                        name="calendar_day_in_its_year",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarVersion",
            fields=[
                (
                    "version",
                    models.CharField(max_length=40, primary_key=True, serialize=False),
                ),
                ("known_from", models.DateField()),
                ("known_to", models.DateField()),
                (
                    "days_off",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateField(), size=None
                    ),
                ),
                (
                    "extra_workdays",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateField(), size=None
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Recount",
            fields=[
                ("id", key()),
                ("at", models.DateTimeField()),
                ("checked", models.PositiveIntegerField(default=0)),
                ("moved", models.PositiveIntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "edition",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recounts",
                        to="cases.calendaredition",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("finished_at", None)),
                        fields=["at"],
                        name="recount_waiting",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ClockMove",
            fields=[
                ("id", key()),
                ("seq", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("verb", models.CharField(max_length=20)),
                ("due_from", models.DateTimeField()),
                ("due_to", models.DateTimeField()),
                ("provisional", models.BooleanField()),
                ("version_from", models.CharField(blank=True, max_length=40)),
                ("version_to", models.CharField(blank=True, max_length=40)),
                (
                    "case",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clock_moves",
                        to="cases.case",
                    ),
                ),
                (
                    "clock",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moves",
                        to="cases.clock",
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
            ],
            options={
                "ordering": ["seq"],
                "constraints": [
                    models.UniqueConstraint(fields=("case", "seq"), name="clock_move_once")
                ],
            },
        ),
        migrations.RunSQL(SAME_YEAR, ANY_YEAR),
        migrations.RunSQL(KEPT, UNDO),
    ]
