"""Events refuse change, cases refuse deletion; case numbers; search in Chinese.

The number function runs with the owner's rights, because the application's role may not
create sequences: one per customer and year, gaps allowed, no counter row in intake.
"""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

FORWARD = r"""
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON cases_caseevent
    FOR EACH ROW EXECUTE FUNCTION jieyou_append_only();
CREATE TRIGGER event_never_emptied BEFORE TRUNCATE ON cases_caseevent
    FOR EACH STATEMENT EXECUTE FUNCTION jieyou_append_only();
CREATE TRIGGER case_never_deleted BEFORE DELETE ON cases_case
    FOR EACH ROW EXECUTE FUNCTION jieyou_append_only();
CREATE TRIGGER case_never_emptied BEFORE TRUNCATE ON cases_case
    FOR EACH STATEMENT EXECUTE FUNCTION jieyou_append_only();

CREATE FUNCTION jieyou_case_serial(tenant bigint, year int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE name text := format('cases_serial_%s_%s', tenant, year);
BEGIN
    IF to_regclass(name) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext(name));
        EXECUTE format('CREATE SEQUENCE IF NOT EXISTS %I', name);
    END IF;
    RETURN nextval(name);
END $$;

-- What one registration needs to know, with plans kept by the session: six statements through
-- the ORM cost more than writing all rows of the case.
CREATE FUNCTION jieyou_intake_facts(
    person bigint, roles text[], place bigint, who text, retry_key text, parties int)
RETURNS TABLE (at timestamptz, facts json) LANGUAGE plpgsql AS $$
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
        'area', row_to_json(here),
        'prefix', (SELECT t.prefix FROM grids_tenant AS t WHERE t.id = here.tenant_id),
        'units', (SELECT json_agg(json_build_array(u.id, u.area_id, u.kind_id) ORDER BY u.id DESC)
                  FROM grids_unit AS u WHERE u.area_id = ANY(above) AND u.valid_to IS NULL),
        'policies', (SELECT json_agg(json_build_array(p.id, p.area_id, p.code, p.version, p.body))
                     FROM cases_policy AS p
                     WHERE (p.area_id = ANY(above) OR p.area_id IS NULL)
                       AND p.valid_from <= today AND (p.valid_to IS NULL OR p.valid_to > today)),
        'serial', CASE WHEN here.tenant_id IS NULL THEN 0 ELSE
                  jieyou_case_serial(here.tenant_id, extract(year FROM today)::int) END,
        'case', nextval('cases_case_id_seq'),
        'clock', nextval('cases_clock_id_seq'),
        'parties', ARRAY(SELECT nextval('cases_party_id_seq') FROM generate_series(1, parties))
    );
END $$;

CREATE FUNCTION jieyou_bigrams(words text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT coalesce(array_agg(DISTINCT substr(words, i, 2)), '{}')
    FROM generate_series(1, length(words) - 1) AS i
$$;
CREATE INDEX case_search_bigrams ON cases_casesearch USING gin (jieyou_bigrams(text));
CREATE INDEX case_search_trigrams ON cases_casesearch USING gin (text gin_trgm_ops);
"""
BACKWARD = """
DROP INDEX case_search_trigrams, case_search_bigrams;
DROP FUNCTION jieyou_bigrams(text);
DROP FUNCTION jieyou_intake_facts(bigint, text[], bigint, text, text, int);
DROP FUNCTION jieyou_case_serial(bigint, int);
DROP TRIGGER case_never_emptied ON cases_case;
DROP TRIGGER case_never_deleted ON cases_case;
DROP TRIGGER event_never_emptied ON cases_caseevent;
DROP TRIGGER event_append_only ON cases_caseevent;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0001_initial"),
        ("grids", "0002_unit_kinds_and_append_only_log"),
    ]
    operations = [TrigramExtension(), migrations.RunSQL(FORWARD, BACKWARD)]
