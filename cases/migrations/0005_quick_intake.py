"""Registering a matter costs the database less: plans kept, no locks on rows nobody deletes.

A foreign key makes every insert lock the row it points at. Category, source, policy and
customer are the same few rows for everybody, and no role may delete them; a trigger says so
to the owner too, so the constraint guards nothing that could happen (docs/adr/0012).
"""

from django.db import migrations, models
from django.db.models.deletion import PROTECT

FORWARD = r"""
CREATE TRIGGER category_never_deleted BEFORE DELETE ON cases_category
    FOR EACH ROW EXECUTE FUNCTION jieyou_append_only();
CREATE TRIGGER source_never_deleted BEFORE DELETE ON cases_source
    FOR EACH ROW EXECUTE FUNCTION jieyou_append_only();
CREATE TRIGGER policy_never_deleted BEFORE DELETE ON cases_policy
    FOR EACH ROW EXECUTE FUNCTION jieyou_append_only();
CREATE TRIGGER tenant_never_deleted BEFORE DELETE ON grids_tenant
    FOR EACH ROW EXECUTE FUNCTION jieyou_append_only();

DROP FUNCTION jieyou_intake_facts(bigint, text[], bigint, text, text, int);
-- One plan for every call: planning anew cost more than running.
CREATE FUNCTION jieyou_intake_facts(
    person bigint, roles text[], ladder text, place bigint, who text, retry_key text, parties int)
RETURNS TABLE (at timestamptz, facts json) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    posts json;
    here grids_area;
    above bigint[];
    today date := (now() AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    SELECT json_agg(json_build_array(p.id, p.user_id, p.role, p.unit_id, p.unit_name, p.kind,
                                     p.area_id, p.area_name, p.path, p.level, p.tenant_id)),
           coalesce(place, (array_agg(p.area_id) FILTER (WHERE p.role = ANY(roles)))
                    [count(*) FILTER (WHERE p.role = ANY(roles))])
        INTO posts, place FROM jieyou_posts(person) AS p;
    SELECT * INTO here FROM grids_area WHERE id = place AND valid_to IS NULL;
    above := string_to_array(rtrim(here.path, '.'), '.')::bigint[];
    RETURN QUERY SELECT now(), json_build_object(
        'posts', posts,
        'known', (SELECT json_build_array(k.result, encode(k.body_digest, 'hex'))
                  FROM cases_idempotencykey AS k WHERE k.scope = who AND k.key = retry_key),
        'area', CASE WHEN here.id IS NOT NULL THEN json_build_array(
                    here.id, here.tenant_id, here.level, here.path, here.name, here.city_id,
                    here.district_id, here.township_id, here.village_id, here.grid_id,
                    here.microgrid_id, here.stat_district_id) END,
        'prefix', (SELECT t.prefix FROM grids_tenant AS t WHERE t.id = here.tenant_id),
        'units', (SELECT json_agg(json_build_array(u.id, u.area_id, u.kind_id) ORDER BY u.id DESC)
                  FROM grids_unit AS u WHERE u.area_id = ANY(above) AND u.valid_to IS NULL),
        'ladders', (SELECT json_agg(json_build_array(p.id, p.area_id, p.code, p.version,
                                                     p.body::text))
                    FROM cases_policy AS p
                    WHERE p.code = ladder AND (p.area_id = ANY(above) OR p.area_id IS NULL)
                      AND p.valid_from <= today AND (p.valid_to IS NULL OR p.valid_to > today)),
        'serial', CASE WHEN here.tenant_id IS NULL THEN 0 ELSE
                  jieyou_case_serial(here.tenant_id, extract(year FROM today)::int) END,
        'case', nextval('cases_case_id_seq'),
        'clock', nextval('cases_clock_id_seq'),
        'parties', ARRAY(SELECT nextval('cases_party_id_seq') FROM generate_series(1, parties))
    );
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_queue_indexes")]
    operations = [
        migrations.AlterField(
            "case",
            "tenant",
            models.ForeignKey(
                to="grids.tenant", on_delete=PROTECT, db_index=False, db_constraint=False
            ),
        ),
        migrations.AlterField(
            "case",
            "category",
            models.ForeignKey(
                to="cases.category", on_delete=PROTECT, db_index=False, db_constraint=False
            ),
        ),
        migrations.AlterField(
            "case",
            "source",
            models.ForeignKey(
                to="cases.source", on_delete=PROTECT, db_index=False, db_constraint=False
            ),
        ),
        migrations.AlterField(
            "clock",
            "policy",
            models.ForeignKey(
                null=True,
                related_name="+",
                to="cases.policy",
                on_delete=PROTECT,
                db_index=False,
                db_constraint=False,
            ),
        ),
        migrations.RunSQL(FORWARD),
    ]
