"""Rulings, requests to stay away, substitutes on duty, disputes with village cadres."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0008_grid_tasks"),
        ("grids", "0003_change_log"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DutySubstitute",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
            ],
            options={
                "ordering": ["unit", "valid_from", "id"],
            },
        ),
        migrations.CreateModel(
            name="RecusalRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.PositiveIntegerField()),
                ("sort", models.CharField(max_length=10)),
                ("asked_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_seq", models.PositiveIntegerField(null=True)),
                ("granted", models.BooleanField(null=True)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="assignment",
            name="assignment_task_known",
        ),
        migrations.RemoveConstraint(
            model_name="case",
            name="case_status_known",
        ),
        migrations.RemoveConstraint(
            model_name="caseunit",
            name="case_unit_part_known",
        ),
        migrations.RemoveConstraint(
            model_name="clock",
            name="clock_code_known",
        ),
        migrations.AddField(
            model_name="case",
            name="lifted",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("task", "duty"), ("until", None)),
                fields=["case"],
                name="assignment_on_duty",
            ),
        ),
        migrations.AddIndex(
            model_name="caseunit",
            index=models.Index(
                condition=models.Q(("part", "on_duty"), ("until", None)),
                fields=["case"],
                name="case_unit_on_duty",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.CheckConstraint(
                condition=models.Q(("task__in", ["duty", "handle", "mediate"])),
                name="assignment_task_known",
            ),
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
                            "contested",
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
            model_name="caseunit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "part__in",
                        [
                            "co_handler",
                            "co_responsible",
                            "decider",
                            "on_duty",
                            "reader",
                            "supervisor",
                        ],
                    )
                ),
                name="case_unit_part_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "code__in",
                        [
                            "ladder",
                            "handed_down",
                            "event_emergency",
                            "event_utility",
                            "event_general",
                            "event_complex",
                            "hotline",
                            "sign",
                            "urgent",
                            "mediation_month",
                            "verify",
                            "ruling",
                            "recusal",
                            "silence",
                            "revisit",
                        ],
                    )
                ),
                name="clock_code_known",
            ),
        ),
        migrations.AddField(
            model_name="dutysubstitute",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="dutysubstitute",
            name="stand_in",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="grids.unit",
            ),
        ),
        migrations.AddField(
            model_name="dutysubstitute",
            name="tenant",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="grids.tenant"
            ),
        ),
        migrations.AddField(
            model_name="dutysubstitute",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="duty_substitutes",
                to="grids.unit",
            ),
        ),
        migrations.AddField(
            model_name="recusalrequest",
            name="asked_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="recusalrequest",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="recusal_requests",
                to="cases.case",
            ),
        ),
        migrations.AddField(
            model_name="recusalrequest",
            name="decided_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="recusalrequest",
            name="decider_unit",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="grids.unit",
            ),
        ),
        migrations.AddField(
            model_name="recusalrequest",
            name="tenant",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="grids.tenant"
            ),
        ),
        migrations.AddField(
            model_name="recusalrequest",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="dutysubstitute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("person__isnull", False), ("stand_in", None)),
                    models.Q(("person", None), ("stand_in__isnull", False)),
                    _connector="OR",
                ),
                name="duty_unit_or_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="dutysubstitute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("stand_in", None),
                    models.Q(("unit", models.F("stand_in")), _negated=True),
                    _connector="OR",
                ),
                name="duty_not_its_own_substitute",
            ),
        ),
        migrations.AddConstraint(
            model_name="dutysubstitute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to", None), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                ),
                name="duty_ends_after_it_starts",
            ),
        ),
        migrations.AddIndex(
            model_name="recusalrequest",
            index=models.Index(
                condition=models.Q(("decided_at", None)),
                fields=["decider_unit", "due_at"],
                name="recusal_request_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="recusalrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("sort__in", ["colleague", "own", "party"])),
                name="recusal_request_sort_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="recusalrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at", None),
                        ("decided_by", None),
                        ("decided_seq", None),
                        ("granted", None),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("decided_seq__isnull", False),
                        ("granted__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="recusal_request_decided_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="recusalrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None),
                    ("user", None),
                    models.Q(("decided_by", models.F("user")), _negated=True),
                    _connector="OR",
                ),
                name="recusal_request_nobody_decides_alone",
            ),
        ),
        migrations.AddConstraint(
            model_name="recusalrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decided_at", None), ("user__isnull", False)),
                fields=("case", "user"),
                name="recusal_request_once_while_waiting",
            ),
        ),
    ]
