"""An open case lies at a place that exists, with that place's level columns, and its holder
exists: checked when a person registers, hands over or reopens.

The check takes the lock a foreign key takes anyway, a little earlier: whoever refers to a place
that is just being closed waits for that change and is then refused. Set-based writers, which
hold the tree or the clocks, say so by ``jieyou.set_based`` and are not asked row by row.
"""

from django.db import migrations

FORWARD = r"""
CREATE FUNCTION jieyou_case_in_force() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    PERFORM FROM grids_area AS a WHERE a.id = NEW.area_id AND a.valid_to IS NULL
        AND (a.city_id, a.district_id, a.township_id, a.village_id, a.grid_id, a.microgrid_id)
            IS NOT DISTINCT FROM (NEW.city_id, NEW.district_id, NEW.township_id, NEW.village_id,
                                  NEW.grid_id, NEW.microgrid_id)
        FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the place of the case is out of date'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'case_place_in_force';
    END IF;
    PERFORM FROM grids_unit AS u WHERE u.id = NEW.holder_unit_id AND u.valid_to IS NULL
        FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the holder of the case was closed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'case_holder_in_force';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER case_in_force_new AFTER INSERT ON cases_case FOR EACH ROW
    WHEN (NEW.closed_at IS NULL AND current_setting('jieyou.set_based', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION jieyou_case_in_force();
CREATE TRIGGER case_in_force_changed AFTER UPDATE ON cases_case FOR EACH ROW
    WHEN (NEW.closed_at IS NULL
          AND (NEW.area_id <> OLD.area_id OR NEW.holder_unit_id IS DISTINCT FROM OLD.holder_unit_id
               OR OLD.closed_at IS NOT NULL)
          AND current_setting('jieyou.set_based', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION jieyou_case_in_force();
"""
BACKWARD = """
DROP TRIGGER case_in_force_changed ON cases_case;
DROP TRIGGER case_in_force_new ON cases_case;
DROP FUNCTION jieyou_case_in_force();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0009_conflicts_of_interest"),
        ("grids", "0007_area_history"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
