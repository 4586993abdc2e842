"""Sealed matters: tables of their own, history that is only added to, a series of their own.

The series is a sequence per customer and year beside that of ordinary cases, so that a sealed
matter leaves no gap among them.
"""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = r"""
CREATE TRIGGER sealed_event_append_only BEFORE UPDATE OR DELETE ON cases_sealedevent
    FOR EACH ROW EXECUTE FUNCTION jieyou_append_only();
CREATE TRIGGER sealed_event_never_emptied BEFORE TRUNCATE ON cases_sealedevent
    FOR EACH STATEMENT EXECUTE FUNCTION jieyou_append_only();
CREATE TRIGGER sealed_matter_never_deleted BEFORE DELETE ON cases_sealedmatter
    FOR EACH ROW EXECUTE FUNCTION jieyou_append_only();

CREATE FUNCTION jieyou_sealed_serial(tenant bigint, year int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE name text := format('cases_sealed_serial_%s_%s', tenant, year);
BEGIN
    IF to_regclass(name) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext(name));
        EXECUTE format('CREATE SEQUENCE IF NOT EXISTS %I', name);
    END IF;
    RETURN nextval(name);
END $$;
"""
BACKWARD = """
DROP FUNCTION jieyou_sealed_serial(bigint, int);
DROP TRIGGER sealed_matter_never_deleted ON cases_sealedmatter;
DROP TRIGGER sealed_event_never_emptied ON cases_sealedevent;
DROP TRIGGER sealed_event_append_only ON cases_sealedevent;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0006_results_index"),
        ("grids", "0002_unit_kinds_and_append_only_log"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SealedEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("actor_id", models.BigIntegerField(null=True)),
                ("verb", models.CharField(max_length=12)),
                ("source", models.CharField(blank=True, max_length=12)),
                ("target", models.CharField(max_length=12)),
                ("holder_unit_id", models.BigIntegerField()),
                ("due_at", models.DateTimeField(null=True)),
                ("digest", models.BinaryField(default=bytes, max_length=32)),
                ("prev", models.BinaryField(default=bytes, max_length=32)),
                ("hash", models.BinaryField(max_length=32)),
            ],
            options={
                "ordering": ["seq"],
            },
        ),
        migrations.CreateModel(
            name="SealedExclusion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SealedFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("words", models.BinaryField()),
                ("storage_key", models.CharField(max_length=120)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="SealedMatter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("number", models.CharField(editable=False, max_length=24, unique=True)),
                ("serial", models.PositiveIntegerField()),
                ("status", models.CharField(default="waiting", max_length=12)),
                ("listed", models.BooleanField(default=True)),
                ("registered_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("erased_at", models.DateTimeField(null=True)),
                ("wrapped_key", models.BinaryField(default=bytes)),
                ("words", models.BinaryField(default=bytes)),
                ("retry_mark", models.BinaryField(max_length=32, null=True, unique=True)),
                ("retry_digest", models.BinaryField(default=bytes, max_length=32)),
                ("last_seq", models.PositiveIntegerField(default=0)),
                ("head", models.BinaryField(default=bytes, max_length=32)),
                ("code_key", models.PositiveSmallIntegerField(null=True)),
                ("code_lookup", models.BinaryField(max_length=32, null=True, unique=True)),
                ("spoken_lookup", models.BinaryField(max_length=32, null=True, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="SealedNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.PositiveIntegerField()),
                ("words", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="SealedShell",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="case",
            name="case_status_known",
        ),
        migrations.RemoveConstraint(
            model_name="case",
            name="case_closed_means_not_due",
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        [
                            "registered",
                            "signed",
                            "handling",
                            "mediating",
                            "returned",
                            "suspended",
                            "done",
                            "verified",
                            "struck",
                            "ended",
                            "void",
                            "merged",
                            "sealed",
                        ],
                    )
                ),
                name="case_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at__isnull", False),
                        ("due_at", None),
                        ("status__in", ["ended", "merged", "sealed", "struck", "void"]),
                    ),
                    models.Q(
                        models.Q(
                            ("status__in", ["ended", "merged", "sealed", "struck", "void"]),
                            _negated=True,
                        ),
                        ("closed_at", None),
                        ("due_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="case_closed_means_not_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "sealed"), _negated=True),
                    models.Q(
                        ("city", None),
                        ("district", None),
                        ("from_unit", None),
                        ("grid", None),
                        ("holder_unit", None),
                        ("microgrid", None),
                        ("restricted", True),
                        ("stat_district", None),
                        ("supervised_at", None),
                        ("township", None),
                        ("village", None),
                    ),
                    _connector="OR",
                ),
                name="case_sealed_is_out_of_sight",
            ),
        ),
        migrations.AddField(
            model_name="sealedevent",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="grids.tenant",
            ),
        ),
        migrations.AddField(
            model_name="sealedexclusion",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="grids.tenant",
            ),
        ),
        migrations.AddField(
            model_name="sealedexclusion",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="sealedfile",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="grids.tenant",
            ),
        ),
        migrations.AddField(
            model_name="sealedmatter",
            name="holder_unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sealed_matters",
                to="grids.unit",
            ),
        ),
        migrations.AddField(
            model_name="sealedmatter",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="grids.tenant",
            ),
        ),
        migrations.AddField(
            model_name="sealedfile",
            name="matter",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="files",
                to="cases.sealedmatter",
            ),
        ),
        migrations.AddField(
            model_name="sealedexclusion",
            name="matter",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="exclusions",
                to="cases.sealedmatter",
            ),
        ),
        migrations.AddField(
            model_name="sealedevent",
            name="matter",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="cases.sealedmatter",
            ),
        ),
        migrations.AddField(
            model_name="sealednote",
            name="matter",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notes",
                to="cases.sealedmatter",
            ),
        ),
        migrations.AddField(
            model_name="sealednote",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="grids.tenant",
            ),
        ),
        migrations.AddField(
            model_name="sealedshell",
            name="case",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sealed_shell",
                to="cases.case",
            ),
        ),
        migrations.AddField(
            model_name="sealedshell",
            name="matter",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="shells",
                to="cases.sealedmatter",
            ),
        ),
        migrations.AddField(
            model_name="sealedshell",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="grids.tenant",
            ),
        ),
        migrations.AddIndex(
            model_name="sealedmatter",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["holder_unit", "due_at"],
                name="sealed_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="sealedmatter",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["waiting", "received", "concluded", "replied"])),
                name="sealed_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="sealedmatter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", False), ("due_at", None), ("status", "replied")),
                    models.Q(
                        models.Q(("status", "replied"), _negated=True),
                        ("closed_at", None),
                        ("due_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="sealed_open_is_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="sealedmatter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("erased_at", None),
                    models.Q(("words", b""), ("wrapped_key", b"")),
                    _connector="OR",
                ),
                name="sealed_erased_means_unreadable",
            ),
        ),
        migrations.AddConstraint(
            model_name="sealedexclusion",
            constraint=models.UniqueConstraint(
                fields=("matter", "user"), name="sealed_exclusion_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="sealedevent",
            constraint=models.UniqueConstraint(fields=("matter", "seq"), name="sealed_event_once"),
        ),
        migrations.AddConstraint(
            model_name="sealedevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("verb__in", ["seal", "receive", "transfer", "note", "conclude", "reply"])
                ),
                name="sealed_verb_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="sealednote",
            constraint=models.UniqueConstraint(fields=("matter", "seq"), name="sealed_note_once"),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
