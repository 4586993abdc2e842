"""Petition matters: their way and documents, whose deadline comes first, their words as data."""

from datetime import date

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SINCE = date(2022, 5, 1)
# The content categories of the petition system; frequent ones are chips.
CATEGORIES = [
    ("P01", "农村农业", "Countryside and farming", True),
    ("P02", "市场监督", "Market supervision", False),
    ("P03", "自然资源", "Land and natural resources", True),
    ("P04", "城乡建设", "Building in town and country", True),
    ("P05", "生态环境", "Environment", False),
    ("P06", "劳动和社会保障", "Labour and social security", True),
    ("P07", "交通运输", "Transport", False),
    ("P08", "卫生健康", "Health", False),
    ("P09", "房产物业", "Housing and property management", True),
    ("P10", "经济管理", "Economic administration", False),
    ("P11", "文体旅游", "Culture, sport and tourism", False),
    ("P12", "党务政务", "Party and government affairs", False),
    ("P13", "组织人事", "Organisation and personnel", False),
    ("P14", "科技与信息产业", "Technology and information", False),
    ("P15", "军队事务", "Military affairs", False),
    ("P16", "民政与应急", "Civil affairs and emergencies", False),
    ("P17", "教育", "Education", False),
    ("P18", "政法", "Justice", False),
    ("P19", "纪检监察", "Discipline inspection", False),
    ("P99", "其他", "Other", True),
]
SOURCES = [
    ("letter", "来信", "Letter"),
    ("visit", "走访", "Visit"),
    ("online", "网上信访", "Online petition"),
]


def seed(apps, schema_editor):
    category = apps.get_model("cases", "Category")
    for sort, (code, name, name_en, frequent) in enumerate(CATEGORIES, 200):
        category.objects.create(
            code=code, name=name, name_en=name_en, sort=sort, valid_from=SINCE,
            kind="petition", frequent=frequent,
        )  # fmt: skip
    source = apps.get_model("cases", "Source")
    for sort, (code, name, name_en) in enumerate(SOURCES, 50):
        source.objects.create(code=code, name=name, name_en=name_en, sort=sort, valid_from=SINCE)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0019_policy_proposals"),
        ("grids", "0011_access_notes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ClockExtension",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("days", models.PositiveSmallIntegerField()),
                ("told_at", models.DateTimeField()),
                ("approved_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Petition",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="petition",
                        serialize=False,
                        to="cases.case",
                    ),
                ),
                ("route", models.CharField(blank=True, max_length=12)),
                ("simple", models.BooleanField(default=False)),
                ("accepted_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="PetitionPaper",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.PositiveIntegerField()),
                ("sort", models.CharField(max_length=12)),
                ("issued_at", models.DateTimeField()),
                ("served_on", models.DateField(null=True)),
                ("method", models.CharField(blank=True, max_length=10)),
                ("conclusion", models.CharField(blank=True, max_length=12)),
                ("days", models.PositiveSmallIntegerField(null=True)),
            ],
            options={
                "ordering": ["seq"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="case",
            name="case_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="case",
            name="case_outcome_known",
        ),
        migrations.RemoveConstraint(
            model_name="case",
            name="case_closed_means_not_due",
        ),
        migrations.RemoveConstraint(
            model_name="case",
            name="case_status_known",
        ),
        migrations.RemoveConstraint(
            model_name="category",
            name="category_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="clock",
            name="clock_code_known",
        ),
        migrations.AddField(
            model_name="case",
            name="resident_due_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="sender_due_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="clock",
            name="set_by",
            field=models.CharField(blank=True, db_default="", default="", max_length=10),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(
                    (
                        "status__in",
                        ["forwarded", "entrusted", "replied", "reviewed", "suspended", "withdrawn"],
                    )
                ),
                fields=["due_at", "id"],
                name="case_window",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["dispute", "event", "request", "petition"])),
                name="case_kind_known",
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
                            "lodged",
                            "forwarded",
                            "entrusted",
                            "objected",
                            "accepted",
                            "replied",
                            "review",
                            "reviewed",
                            "rereview",
                            "withdrawn",
                            "completed",
                            "concluded",
                            "routed",
                            "not_accepted",
                            "no_more",
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
                    (
                        "outcome__in",
                        [
                            "",
                            "written",
                            "oral",
                            "failed",
                            "refused",
                            "handled",
                            "spot",
                            "silence",
                            "support",
                            "explain",
                            "not_support",
                            "adopted",
                            "partly",
                            "not_adopted",
                            "withdrawn",
                        ],
                    )
                ),
                name="case_outcome_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at__isnull", False),
                        ("due_at", None),
                        (
                            "status__in",
                            [
                                "completed",
                                "concluded",
                                "ended",
                                "merged",
                                "no_more",
                                "not_accepted",
                                "routed",
                                "sealed",
                                "struck",
                                "void",
                            ],
                        ),
                    ),
                    models.Q(
                        models.Q(
                            (
                                "status__in",
                                [
                                    "completed",
                                    "concluded",
                                    "ended",
                                    "merged",
                                    "no_more",
                                    "not_accepted",
                                    "routed",
                                    "sealed",
                                    "struck",
                                    "void",
                                ],
                            ),
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
            model_name="category",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["dispute", "event", "request", "petition"])),
                name="category_kind_known",
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
                            "sender",
                            "report",
                            "hearing",
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
                            "suspension",
                            "transfer",
                            "chain",
                            "notice_direct",
                            "notice_forwarded",
                            "objection",
                            "local_accept",
                            "simple_accept",
                            "simple",
                            "handle",
                            "handle_other",
                            "serve",
                            "execute",
                            "review_apply",
                            "review",
                            "rereview_apply",
                            "rereview",
                            "withdrawal",
                        ],
                    )
                ),
                name="clock_code_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(("set_by__in", ["", "hotline", "above", "leader"])),
                name="clock_sender_known",
            ),
        ),
        migrations.AddField(
            model_name="clockextension",
            name="approved_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="clockextension",
            name="clock",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="extension",
                to="cases.clock",
            ),
        ),
        migrations.AddField(
            model_name="clockextension",
            name="tenant",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="grids.tenant"
            ),
        ),
        migrations.AddField(
            model_name="petition",
            name="handled_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="grids.unit",
            ),
        ),
        migrations.AddField(
            model_name="petition",
            name="tenant",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="grids.tenant"
            ),
        ),
        migrations.AddField(
            model_name="petitionpaper",
            name="case",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="papers",
                to="cases.case",
            ),
        ),
        migrations.AddField(
            model_name="petitionpaper",
            name="tenant",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="grids.tenant"
            ),
        ),
        migrations.AddField(
            model_name="petitionpaper",
            name="unit",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="grids.unit",
            ),
        ),
        migrations.AddConstraint(
            model_name="clockextension",
            constraint=models.CheckConstraint(
                condition=models.Q(("days__gte", 1)), name="clock_extension_has_days"
            ),
        ),
        migrations.AddConstraint(
            model_name="clockextension",
            constraint=models.CheckConstraint(
                condition=models.Q(("told_at__lte", models.F("approved_at"))),
                name="clock_extension_told_first",
            ),
        ),
        migrations.AddConstraint(
            model_name="petition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "route__in",
                        [
                            "",
                            "judicial",
                            "arbitration",
                            "party",
                            "admin",
                            "duty",
                            "petition",
                            "suggestion",
                        ],
                    )
                ),
                name="petition_route_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="petitionpaper",
            constraint=models.UniqueConstraint(fields=("case", "seq"), name="petition_paper_once"),
        ),
        migrations.AddConstraint(
            model_name="petitionpaper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "sort__in",
                        [
                            "passed_on",
                            "entrusted",
                            "objection",
                            "accepted",
                            "not_accepted",
                            "no_more",
                            "route",
                            "extension",
                            "opinion",
                            "review",
                            "rereview",
                            "report",
                        ],
                    )
                ),
                name="petition_paper_sort_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="petitionpaper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("method__in", ["", "in_person", "post", "online", "sms", "left", "none"])
                ),
                name="petition_paper_method_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="petitionpaper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "conclusion__in",
                        [
                            "",
                            "written",
                            "oral",
                            "failed",
                            "refused",
                            "handled",
                            "spot",
                            "silence",
                            "support",
                            "explain",
                            "not_support",
                            "adopted",
                            "partly",
                            "not_adopted",
                            "withdrawn",
                            "upheld",
                            "changed",
                            "too_late",
                            "judicial",
                            "arbitration",
                            "party",
                            "admin",
                            "duty",
                            "petition",
                            "suggestion",
                        ],
                    )
                ),
                name="petition_paper_conclusion_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="petitionpaper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("served_on", None), models.Q(("method", ""), _negated=True), _connector="OR"
                ),
                name="petition_paper_served_how",
            ),
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
