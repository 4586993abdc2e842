"""Supervision orders with numbers and answers, reminders, look-back rounds, revisits by days."""

from datetime import date

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SINCE = date(2022, 5, 1)
REASONS = [
    ("by_hand", "日常督办", "Supervised by the office", "order"),
    ("leader", "领导批示", "A leader's instruction", "order"),
    ("breach", "违反规定受理办理", "Accepted or handled against the rules", "order"),
    ("shirking", "推诿、敷衍、拖延、弄虚作假", "Passed on, put off, delayed or made up", "order"),
    ("refusal", "拒不执行处理意见", "A decision is not carried out", "order"),
    ("order_solved", "问题已解决", "The problem is solved", "delist"),
    ("order_explained", "已说明情况", "The situation was explained", "delist"),
    ("order_wrong", "列入有误", "It should not have been listed", "delist"),
]
# A second reminder waits for the first: the advisory lock orders two that come at once.
NUDGE_ONCE = r"""
CREATE FUNCTION jieyou_nudge_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('nudge'), hashtext(NEW.case_id || ':' || NEW.user_id));
    IF EXISTS (SELECT FROM cases_nudge AS n
               WHERE n.case_id = NEW.case_id AND n.user_id = NEW.user_id
                   AND n.at > NEW.at - interval '24 hours'
                   AND n.at < NEW.at + interval '24 hours') THEN
        RAISE EXCEPTION 'a person reminds the unit of a case once in 24 hours'
            USING ERRCODE = 'exclusion_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER nudge_once BEFORE INSERT ON cases_nudge
    FOR EACH ROW EXECUTE FUNCTION jieyou_nudge_once();
"""
NUDGE_AGAIN = """
DROP TRIGGER nudge_once ON cases_nudge;
DROP FUNCTION jieyou_nudge_once();
"""
# What is listed so far was listed by the system; its order is issued by the job.
BY_RULE = """
UPDATE cases_supervisionorder SET by_rule = true;
UPDATE cases_supervisionorder AS s SET delist_reason = 'closed' WHERE delisted_at IS NOT NULL;
"""


def seed(apps, schema_editor):
    reason = apps.get_model("cases", "Reason")
    for sort, (code, name, name_en, verb) in enumerate(REASONS, 50):
        reason.objects.create(
            code=code, name=name, name_en=name_en, sort=sort, valid_from=SINCE, verb=verb
        )
    policy = apps.get_model("cases", "Policy")
    last = policy.objects.filter(area=None, code="revisit.days").order_by("-version").first()
    if last is not None and last.body == {"days": 30}:
        policy.objects.create(
            code="revisit.days", version=last.version + 1, valid_from=SINCE,
            body={"days": [7, 30, 90]},
        )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0016_heartbeats"),
        ("grids", "0011_access_notes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RenameModel("SupervisionEntry", "SupervisionOrder"),
        migrations.CreateModel(
            name="DocumentCounter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sort", models.CharField(max_length=20)),
                ("year", models.PositiveSmallIntegerField()),
                ("last", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="LookBack",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField()),
                ("seed", models.BinaryField(max_length=32)),
                ("share", models.PositiveSmallIntegerField()),
                ("pool", models.PositiveIntegerField()),
                ("drawn", models.PositiveIntegerField()),
                ("drawn_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-month", "district"],
            },
        ),
        migrations.CreateModel(
            name="Nudge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.AlterModelOptions(
            name="supervisionorder",
            options={"ordering": ["id"]},
        ),
        migrations.RemoveConstraint(
            model_name="caseunit",
            name="case_unit_part_known",
        ),
        migrations.RemoveConstraint(
            model_name="revisit",
            name="revisit_result_known",
        ),
        migrations.RemoveConstraint(
            model_name="revisit",
            name="revisit_open_once",
        ),
        migrations.RemoveConstraint(
            model_name="supervisionorder",
            name="supervision_listed_once",
        ),
        migrations.AddField(
            model_name="attachment",
            name="seq",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="revisit",
            name="about",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="grids.unit",
            ),
        ),
        migrations.AddField(
            model_name="revisit",
            name="days",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="revisit",
            name="why",
            field=models.CharField(blank=True, db_default="", default="", max_length=16),
        ),
        migrations.AddField(
            model_name="supervisionorder",
            name="accepted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="supervisionorder",
            name="by_rule",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="supervisionorder",
            name="clock",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.clock",
            ),
        ),
        migrations.AddField(
            model_name="supervisionorder",
            name="days",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="supervisionorder",
            name="delist_reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=30),
        ),
        migrations.AddField(
            model_name="supervisionorder",
            name="due_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="supervisionorder",
            name="issued_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="supervisionorder",
            name="issuer",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="grids.unit",
            ),
        ),
        migrations.AddField(
            model_name="supervisionorder",
            name="late_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="supervisionorder",
            name="logged_on",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="supervisionorder",
            name="provisional",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="supervisionorder",
            name="replied_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="supervisionorder",
            name="serial",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="supervisionorder",
            name="series_unit",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="grids.unit",
            ),
        ),
        migrations.AddField(
            model_name="supervisionorder",
            name="year",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name="supervisionorder",
            name="cause",
            field=models.CharField(max_length=20),
        ),
        migrations.RunSQL(BY_RULE, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="supervisionorder",
            index=models.Index(
                condition=models.Q(("delisted_at", None), ("issuer", None)),
                fields=["id"],
                name="supervision_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="supervisionorder",
            index=models.Index(
                condition=models.Q(("delisted_at", None), ("issuer__isnull", False)),
                fields=["unit", "due_at", "id"],
                name="supervision_to_answer",
            ),
        ),
        migrations.AddIndex(
            model_name="supervisionorder",
            index=models.Index(
                condition=models.Q(("delisted_at", None), ("issuer__isnull", False)),
                fields=["issuer", "due_at", "id"],
                name="supervision_to_judge",
            ),
        ),
        migrations.AddIndex(
            model_name="supervisionorder",
            index=models.Index(
                condition=models.Q(
                    ("delisted_at", None),
                    ("due_at__isnull", False),
                    ("late_at", None),
                    ("replied_at", None),
                ),
                fields=["due_at", "id"],
                name="supervision_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="caseunit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "part__in",
                        [
                            "addressee",
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
            model_name="supervisionorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "cause__in",
                        [
                            "by_hand",
                            "leader",
                            "breach",
                            "shirking",
                            "refusal",
                            "ladder_top",
                            "report_up",
                            "limit",
                            "late_notice",
                            "late_closure",
                            "not_carried_out",
                        ],
                    )
                ),
                name="supervision_cause_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="supervisionorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("days", None),
                        ("due_at", None),
                        ("issued_at", None),
                        ("issuer", None),
                        ("serial", None),
                        ("series_unit", None),
                        ("year", None),
                    ),
                    models.Q(
                        ("days__isnull", False),
                        ("due_at__isnull", False),
                        ("issued_at__isnull", False),
                        ("issuer__isnull", False),
                        ("serial__isnull", False),
                        ("series_unit__isnull", False),
                        ("year__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="supervision_issued_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="supervisionorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replied_at", None), ("issued_at__isnull", False), _connector="OR"),
                    models.Q(("accepted_at", None), ("replied_at__isnull", False), _connector="OR"),
                ),
                name="supervision_answered_in_turn",
            ),
        ),
        migrations.AddConstraint(
            model_name="supervisionorder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("delisted_at", None), ("by_rule", True)),
                fields=("case",),
                name="supervision_listed_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="supervisionorder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("delisted_at", None), ("issuer__isnull", False)),
                fields=("case", "issuer"),
                name="supervision_order_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="supervisionorder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("issuer__isnull", False)),
                fields=("series_unit", "year", "serial"),
                name="supervision_number_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="supervisionorder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("clock__isnull", False)),
                fields=("clock", "cause"),
                name="supervision_rule_once",
            ),
        ),
        migrations.AddField(
            model_name="documentcounter",
            name="tenant",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="grids.tenant"
            ),
        ),
        migrations.AddField(
            model_name="documentcounter",
            name="unit",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="grids.unit",
            ),
        ),
        migrations.AddField(
            model_name="lookback",
            name="district",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="grids.area",
            ),
        ),
        migrations.AddField(
            model_name="lookback",
            name="tenant",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="grids.tenant"
            ),
        ),
        migrations.AddField(
            model_name="revisit",
            name="look_back",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="revisits",
                to="cases.lookback",
            ),
        ),
        migrations.AddConstraint(
            model_name="revisit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("about", None), ("look_back", None), ("why", "")),
                    models.Q(
                        ("about__isnull", False),
                        ("look_back__isnull", False),
                        ("why__in", ["random", "doubled", "not_satisfied", "explained"]),
                    ),
                    _connector="OR",
                ),
                name="revisit_drawn_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="revisit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("done_at", None), ("result", "")),
                    models.Q(
                        ("done_at__isnull", False),
                        ("result__in", ["kept", "relapsed", "untrue", "not_met", "true", "partly"]),
                    ),
                    _connector="OR",
                ),
                name="revisit_result_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="revisit",
            constraint=models.UniqueConstraint(
                condition=models.Q(("done_at", None)),
                fields=("case", "sort", "days"),
                name="revisit_open_once",
            ),
        ),
        migrations.AddField(
            model_name="nudge",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="nudges", to="cases.case"
            ),
        ),
        migrations.AddField(
            model_name="nudge",
            name="tenant",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="grids.tenant"
            ),
        ),
        migrations.AddField(
            model_name="nudge",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="documentcounter",
            constraint=models.UniqueConstraint(
                fields=("unit", "sort", "year"), name="document_counter_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="lookback",
            constraint=models.UniqueConstraint(fields=("district", "month"), name="look_back_once"),
        ),
        migrations.AddIndex(
            model_name="nudge",
            index=models.Index(fields=["case", "user", "-at"], name="nudge_last"),
        ),
        migrations.RunSQL(NUDGE_ONCE, NUDGE_AGAIN),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
