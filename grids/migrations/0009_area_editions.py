"""Later editions of the list of places: their lines and the changes they propose."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("grids", "0008_key_scopes"),
    ]

    operations = [
        migrations.CreateModel(
            name="AreaEdition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("system", models.CharField(max_length=20)),
                ("year", models.PositiveSmallIntegerField()),
                ("file", models.CharField(max_length=120)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("lines_read", models.PositiveIntegerField(default=0)),
                ("lines_bad", models.PositiveIntegerField(default=0)),
                ("read_at", models.DateTimeField()),
                ("compared_at", models.DateTimeField(null=True)),
                ("state", models.CharField(default="read", max_length=12)),
                ("document", models.CharField(blank=True, max_length=120)),
                (
                    "read_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "root",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grids.area",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="EditionLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file", models.CharField(max_length=120)),
                ("line", models.PositiveIntegerField()),
                ("code", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=60)),
                ("level", models.PositiveSmallIntegerField()),
                ("parent_code", models.CharField(blank=True, max_length=20)),
                ("part", models.CharField(blank=True, max_length=2)),
                ("bad", models.TextField(blank=True)),
                ("verdict", models.CharField(blank=True, max_length=12)),
                (
                    "area",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grids.area",
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="grids.areaedition",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EditionChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=12)),
                ("unsure", models.BooleanField(default=False)),
                ("level", models.PositiveSmallIntegerField()),
                ("step", models.PositiveSmallIntegerField()),
                ("old_name", models.CharField(blank=True, max_length=60)),
                ("old_code", models.CharField(blank=True, max_length=20)),
                ("old_parent", models.CharField(blank=True, max_length=60)),
                ("new_name", models.CharField(blank=True, max_length=60)),
                ("new_code", models.CharField(blank=True, max_length=20)),
                ("new_parent", models.CharField(blank=True, max_length=60)),
                ("state", models.CharField(default="waiting", max_length=12)),
                ("decided_at", models.DateTimeField(null=True)),
                ("applied_at", models.DateTimeField(null=True)),
                ("event", models.BigIntegerField(null=True)),
                ("problem", models.CharField(blank=True, max_length=200)),
                ("problem_values", models.JSONField(default=dict)),
                (
                    "county",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grids.area",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="grids.areaedition",
                    ),
                ),
                (
                    "heir",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grids.area",
                    ),
                ),
                (
                    "ordered_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="edition_changes",
                        to="grids.area",
                    ),
                ),
                (
                    "result",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grids.area",
                    ),
                ),
                (
                    "line",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="change",
                        to="grids.editionline",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.AddConstraint(
            model_name="areaedition",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["read", "compared", "discarded"])),
                name="edition_state_known",
            ),
        ),
        migrations.AddIndex(
            model_name="editionline",
            index=models.Index(fields=["edition", "part", "level"], name="edition_line_part"),
        ),
        migrations.AddConstraint(
            model_name="editionline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("bad", "")),
                fields=("edition", "code"),
                name="edition_line_once",
            ),
        ),
        migrations.AddIndex(
            model_name="editionchange",
            index=models.Index(
                fields=["edition", "state", "step", "id"], name="edition_change_step"
            ),
        ),
        migrations.AddIndex(
            model_name="editionchange",
            index=models.Index(
                condition=models.Q(("state", "ordered")),
                fields=["edition", "ordered_by"],
                name="edition_change_ordered",
            ),
        ),
        migrations.AddConstraint(
            model_name="editionchange",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["new", "gone", "renamed", "moved", "recoded"])),
                name="edition_change_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="editionchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["waiting", "accepted", "refused", "ordered", "applied"])
                ),
                name="edition_change_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="editionchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("place__isnull", False), ("line__isnull", False), _connector="OR"
                ),
                name="edition_change_has_place_or_line",
            ),
        ),
    ]
