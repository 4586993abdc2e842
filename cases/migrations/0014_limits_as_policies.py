"""Limits are policies of a district too: intake reads them with the ladder, in one statement.

A ladder's or a limit's version is never changed, only ended: running clocks count by it. One
that is withdrawn before its day ends on the day it would have begun.
"""

from django.db import migrations, models

FORWARD = r"""
CREATE OR REPLACE FUNCTION jieyou_intake_facts(
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
        'policies', (SELECT json_agg(json_build_array(p.id, p.area_id, p.code, p.version,
                                                      p.body::text))
                     FROM cases_policy AS p
                     WHERE (p.code = ladder OR p.code LIKE 'limit.%')
                       AND (p.area_id = ANY(above) OR p.area_id IS NULL)
                       AND p.valid_from <= today AND (p.valid_to IS NULL OR p.valid_to > today)),
        'serial', CASE WHEN here.tenant_id IS NULL THEN 0 ELSE
                  jieyou_case_serial(here.tenant_id, extract(year FROM today)::int) END,
        'case', nextval('cases_case_id_seq'),
        'clock', nextval('cases_clock_id_seq'),
        'parties', ARRAY(SELECT nextval('cases_party_id_seq') FROM generate_series(1, parties))
    );
END $$;

CREATE FUNCTION jieyou_policy_version_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.area_id, NEW.code, NEW.version, NEW.valid_from, NEW.body)
        IS DISTINCT FROM (OLD.area_id, OLD.code, OLD.version, OLD.valid_from, OLD.body) THEN
        RAISE EXCEPTION 'a version of a policy is never changed; write the next one'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'policy_version_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER policy_version_stays BEFORE UPDATE ON cases_policy FOR EACH ROW
    WHEN (OLD.code LIKE 'ladder.%' OR OLD.code LIKE 'limit.%')
    EXECUTE FUNCTION jieyou_policy_version_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0013_minors")]

    operations = [
        migrations.RemoveConstraint(model_name="policy", name="policy_ends_after_it_starts"),
        migrations.AddConstraint(
            model_name="policy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to", None), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                ),
                name="policy_ends_after_it_starts",
            ),
        ),
        migrations.RunSQL(FORWARD),
    ]
