"""Built-in categories, sources, reasons and default policies, written out (decisions.md 14)."""

from datetime import date

from django.db import migrations

SINCE = date(2022, 5, 1)
DISPUTES = [  # the lines of the official monthly mediation statistics; frequent ones are chips
    ("D01", "婚姻家庭纠纷", "Marriage and family", True),
    ("D02", "邻里纠纷", "Neighbours", True),
    ("D03", "房屋宅基地纠纷", "Houses and homestead plots", True),
    ("D04", "合同纠纷", "Contracts", False),
    ("D05", "生产经营纠纷", "Production and business", False),
    ("D06", "损害赔偿纠纷", "Damages", False),
    ("D07", "山林土地纠纷", "Forest and land", True),
    ("D08", "征地拆迁纠纷", "Expropriation and demolition", False),
    ("D09", "环境污染纠纷", "Environment", False),
    ("D10", "劳动争议纠纷", "Labour", True),
    ("D11", "消费纠纷", "Consumer", False),
    ("D12", "医疗纠纷", "Medical", False),
    ("D13", "道路交通事故纠纷", "Traffic accidents", False),
    ("D14", "物业纠纷", "Property management", True),
    ("D99", "其他纠纷", "Other disputes", True),
]
SUBLINES = [
    ("D10.1", "拖欠农民工工资", "Unpaid wages of migrant workers", "D10"),
    ("D10.2", "其他劳动争议", "Other labour disputes", "D10"),
    ("D11.1", "旅游消费纠纷", "Tourism", "D11"),
    ("D11.2", "电子商务纠纷", "Electronic commerce", "D11"),
    ("D11.3", "其他消费纠纷", "Other consumer disputes", "D11"),
]
MATTERS = [  # code, name, English, kind, urgent, restricted, utility, frequent
    ("E02", "民生服务/求助", "Services and help", "request", False, False, False, True),
    ("E03", "公共设施与环境", "Public facilities and environment", "event",
     False, False, False, True),
    ("E03.1", "水电气热", "Water, power, gas and heat", "event", False, False, True, True),
    ("E04", "安全隐患", "Safety hazards", "event", False, False, False, True),
    ("E05", "物业与小区", "Property and compounds", "event", False, False, False, True),
    ("E06", "咨询/政策", "Questions and policy", "request", False, False, False, True),
    ("E07", "意见建议", "Suggestions", "request", False, False, False, True),
    ("E08", "突发事件/灾情", "Emergencies and disasters", "event", True, False, False, True),
    ("E09", "未成年人/家暴等保护线索", "Protection of minors, domestic violence", "event",
     True, True, False, True),
]  # fmt: skip
SOURCES = [
    ("grid", "网格员发现", "Found by the grid worker"),
    ("grid_proxy", "网格员代录", "Recorded by the grid worker for a resident"),
    ("window", "窗口", "Window"),
    ("hotline", "12345", "12345 hotline"),
    ("reception", "接访", "Leaders' reception"),
    ("npc_studio", "人大代表工作室", "People's Congress deputies' studio"),
    ("cppcc_studio", "政协协商工作室", "CPPCC consultation studio"),
    ("mass_organisation", "群团组织", "Mass organisation"),
    ("owners_committee", "业委会", "Owners' committee"),
    ("phone", "电话", "Phone"),
    ("transfer", "上级交办", "Handed down"),
    ("court", "法院委托", "Entrusted by the court"),
    ("police", "公安移送", "Handed over by the police"),
    ("petition", "信访转入", "From the petition office"),
]
REASONS = [
    ("incomplete", "信息不全", "Information incomplete", "return"),
    ("not_ours", "非本单位职责", "Not our duty", "return"),
    ("duplicate", "重复", "Duplicate", "return"),
    ("beyond_power", "超权限", "Beyond our powers", "raise"),
    ("parties_ask", "当事人要求", "The parties ask for it", "raise"),
    ("cross_area", "跨区域", "Crosses areas", "raise"),
    ("pressing", "紧急", "Pressing", "raise"),
    ("await_appraisal", "等待鉴定或勘验", "Waiting for an appraisal", "suspend"),
    ("party_absent", "当事人外出", "A party is away", "suspend"),
    ("await_other", "等待其他程序结果", "Waiting for another procedure", "suspend"),
    ("weather", "天气等客观原因", "Weather or other outside cause", "suspend"),
    ("wrong_entry", "录入错误", "Entered by mistake", "void"),
    ("test_entry", "试录", "Trial entry", "void"),
]


def rung(level, unit_kind, amount, unit, source=None, holds=True):
    return {
        "level": level, "unit_kind": unit_kind, "span": {"amount": amount, "unit": unit},
        "source": source, "holds": holds,
    }  # fmt: skip


LADDER = {
    "code": "product_default",
    "name": "Default ladder",
    "rungs": [
        rung("grid", "grid_team", 1, "working_day"),
        rung("village", "mediation_committee", 2, "working_day"),
        rung("township", "governance_centre", 3, "working_day"),
        rung("district", "governance_centre", 3, "working_day"),
    ],
}


def seed(apps, schema_editor):
    category = apps.get_model("cases", "Category")
    for sort, (code, name, name_en, frequent) in enumerate(DISPUTES):
        category.objects.create(
            code=code, name=name, name_en=name_en, sort=sort, valid_from=SINCE,
            kind="dispute", frequent=frequent,
        )  # fmt: skip
    for sort, (code, name, name_en, parent) in enumerate(SUBLINES, 50):
        category.objects.create(
            code=code, name=name, name_en=name_en, sort=sort, valid_from=SINCE,
            kind="dispute", parent=category.objects.get(code=parent),
        )  # fmt: skip
    for sort, (code, name, name_en, kind, *flags) in enumerate(MATTERS, 100):
        urgent, restricted, utility, frequent = flags
        category.objects.create(
            code=code, name=name, name_en=name_en, sort=sort, valid_from=SINCE, kind=kind,
            urgent=urgent, restricted=restricted, utility=utility, frequent=frequent,
        )  # fmt: skip
    source = apps.get_model("cases", "Source")
    for sort, (code, name, name_en) in enumerate(SOURCES):
        source.objects.create(code=code, name=name, name_en=name_en, sort=sort, valid_from=SINCE)
    reason = apps.get_model("cases", "Reason")
    for sort, (code, name, name_en, verb) in enumerate(REASONS):
        reason.objects.create(
            code=code, name=name, name_en=name_en, sort=sort, valid_from=SINCE, verb=verb
        )
    policy = apps.get_model("cases", "Policy")
    policy.objects.create(code="ladder.dispute", valid_from=SINCE, body=LADDER)
    policy.objects.create(code="revisit.days", valid_from=SINCE, body={"days": 30})


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_append_only_numbers_and_search")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
