"""Built-in kinds of unit; the access log refuses change and deletion."""

from datetime import date

from django.db import migrations

KINDS = [  # code, name, English name, government
    ("grid_team", "网格", "Grid team", True),
    ("village_committee", "村（居）民委员会", "Village or residents' committee", True),
    ("mediation_committee", "人民调解委员会", "People's mediation committee", True),
    ("governance_centre", "综治中心", "Governance centre", True),
    ("government", "党委政府", "Party committee and government", True),
    ("justice_office", "司法所", "Justice office", True),
    ("police_station", "派出所", "Police station", True),
    ("petition_office", "信访部门", "Petition office", True),
    ("department", "职能部门", "Department", True),
    ("court", "人民法院（法庭）", "Court", True),
    ("discipline", "纪检监察机关", "Discipline inspection", True),
    ("mass_organisation", "群团组织", "Mass organisation", False),
    ("property_company", "物业服务企业", "Property company", False),
    ("owners_committee", "业主委员会", "Owners' committee", False),
]

APPEND_ONLY = """
CREATE FUNCTION jieyou_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER access_append_only BEFORE UPDATE OR DELETE ON grids_accesslog
    FOR EACH ROW EXECUTE FUNCTION jieyou_append_only();
CREATE TRIGGER access_never_emptied BEFORE TRUNCATE ON grids_accesslog
    FOR EACH STATEMENT EXECUTE FUNCTION jieyou_append_only();

-- The running postings of a person; every request asks, so the plan is kept by the session.
CREATE FUNCTION jieyou_posts(person bigint)
RETURNS TABLE (id bigint, user_id bigint, role text, unit_id bigint, unit_name text, kind text,
               area_id bigint, area_name text, path text, level smallint, tenant_id bigint)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE today date := (now() AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    RETURN QUERY
    SELECT p.id, p.user_id, p.role::text, u.id, u.name::text, u.kind_id::text, a.id, a.name::text,
           a.path::text, a.level, a.tenant_id
    FROM grids_posting AS p
    JOIN grids_unit AS u ON u.id = p.unit_id JOIN grids_area AS a ON a.id = p.area_id
    WHERE p.user_id = person AND u.valid_to IS NULL AND p.started_on <= today
      AND (p.ended_on IS NULL OR p.ended_on > today)
    ORDER BY a.level, a.path, p.id;
END $$;
"""
UNDO = """
DROP TRIGGER access_append_only ON grids_accesslog;
DROP TRIGGER access_never_emptied ON grids_accesslog;
DROP FUNCTION jieyou_posts(bigint);
DROP FUNCTION jieyou_append_only();
"""


def seed(apps, schema_editor):
    kind = apps.get_model("grids", "UnitKind")
    kind.objects.bulk_create(
        kind(
            code=code, name=name, name_en=name_en, government=government, sort=sort,
            valid_from=date(2022, 5, 1),
        )
        for sort, (code, name, name_en, government) in enumerate(KINDS)
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("grids", "0001_initial")]
    operations = [
        migrations.RunSQL(APPEND_ONLY, UNDO),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
