-- Engineers define alarms in the app: each definition says who entered it and why, and an alarm says where it is
-- kept, in the site file or in the app.

ALTER TABLE alarm ADD COLUMN kept_in text NOT NULL DEFAULT 'file' CHECK (kept_in IN ('file', 'app'));
COMMENT ON COLUMN alarm.kept_in IS 'app: an engineer has defined it; a load of the site file leaves it alone';
ALTER TABLE alarm_definition
    ADD COLUMN entered_by int REFERENCES account,
    ADD COLUMN reason text CHECK (length(reason) <= 1000);
COMMENT ON COLUMN alarm_definition.entered_by IS 'NULL: it came with the site file';

-- `versions` is how many definitions the alarm has had, its ends included: who changes one says which they saw.
CREATE OR REPLACE VIEW alarm_definition_period AS
SELECT d.alarm_id, d.valid_from, d.name, d.priority, d.class, d.consequence, d.action, d.respond_within_s,
       d.condition, d.suppression, d.delay_on_s, d.delay_off_s, d.is_latching,
       lead(d.valid_from, 1, 'infinity') OVER after AS valid_to, d.entered_by, d.reason,
       lead(d.entered_by) OVER after AS ended_by, lead(d.reason) OVER after AS ended_reason,
       count(*) OVER (PARTITION BY d.alarm_id) AS versions
FROM alarm_definition d
WINDOW after AS (PARTITION BY d.alarm_id ORDER BY d.valid_from);

CREATE OR REPLACE VIEW visible.alarm_definition WITH (security_barrier) AS
WITH seen AS MATERIALIZED (SELECT * FROM alarm_window)
SELECT d.alarm_id, s.key AS site, a.key, d.valid_from,
       CASE WHEN d.valid_to < w.until THEN d.valid_to ELSE 'infinity' END AS valid_to,
       d.name, d.priority, d.class, d.consequence, d.action, d.respond_within_s, d.condition,
       CASE WHEN w.is_staff THEN d.suppression END AS suppression,
       d.delay_on_s, d.delay_off_s, d.is_latching,
       (SELECT CASE WHEN count(*) = 1 THEN min(p.point_id) END FROM alarm_point p
        WHERE p.alarm_id = d.alarm_id AND p.valid_from = d.valid_from) AS point_id,
       CASE WHEN w.is_staff THEN a.kept_in END AS kept_in,
       CASE WHEN w.is_staff THEN by.display_name END AS entered_by,
       CASE WHEN w.is_staff THEN d.reason END AS reason,
       CASE WHEN w.is_staff THEN ender.display_name END AS ended_by,
       CASE WHEN w.is_staff THEN d.ended_reason END AS ended_reason,
       CASE WHEN w.is_staff THEN d.versions END AS versions
FROM alarm_definition_period d
JOIN (SELECT alarm_id, max(granted_to) AS until, bool_or(is_staff) AS is_staff
      FROM seen GROUP BY alarm_id) w USING (alarm_id)
JOIN alarm a USING (alarm_id)
JOIN site s USING (site_id)
LEFT JOIN account by ON by.account_id = d.entered_by
LEFT JOIN account ender ON ender.account_id = d.ended_by
WHERE d.name IS NOT NULL AND EXISTS (
    SELECT FROM seen g
    WHERE g.alarm_id = d.alarm_id AND d.valid_from < g.granted_to AND d.valid_to > g.granted_from
);

-- The process that moves alarms takes up what is defined anew.
CREATE FUNCTION announce_alarm_definition() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('virtaama_alarm', 'definition');
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION announce_alarm_definition() FROM PUBLIC;
CREATE TRIGGER announce AFTER INSERT ON alarm_definition
    FOR EACH STATEMENT EXECUTE FUNCTION announce_alarm_definition();

-- Defines an alarm of a site from now on: a new one (`p_versions` is 0), or one of which the person has seen so many
-- definitions. What it watches stays: on another point it is another alarm. Raises insufficient_privilege,
-- data_exception, object_not_in_prerequisite_state if somebody defined it meanwhile.
CREATE FUNCTION visible.define_alarm(p_site text, p_key text, p_versions int, p_definition jsonb, p_reason text)
RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    person int;
    place int;
    number uuid;
    versions int;
    defined alarm_definition;
    watched int;
BEGIN
    SELECT v.account_id, s.site_id INTO person, place
    FROM current_viewer v CROSS JOIN site s JOIN viewer_site w USING (site_id)
    WHERE s.key = p_site AND w.sees_all AND v.role IN ('engineer', 'administrator');
    IF person IS NULL THEN
        RAISE EXCEPTION 'this alarm cannot be defined' USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- As a load of the site does: one after the other.
    PERFORM pg_advisory_xact_lock(hashtext('virtaama.site'));
    SELECT alarm_id INTO number FROM alarm WHERE site_id = place AND key = p_key;
    SELECT count(*) INTO versions FROM alarm_definition WHERE alarm_id = number;
    IF versions <> p_versions THEN
        RAISE EXCEPTION 'somebody has defined it meanwhile' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    SELECT * INTO defined FROM jsonb_populate_record(NULL::alarm_definition, p_definition);
    IF defined.name IS NULL OR defined.condition IS NULL OR p_key = '' OR length(p_key) > 200 THEN
        RAISE EXCEPTION 'a definition has a key, a name and a condition' USING ERRCODE = 'data_exception';
    END IF;
    SELECT p.point_id INTO watched FROM point p JOIN line l USING (line_id)
    WHERE l.site_id = place AND l.key || '/' || p.key = defined.condition->>'point' AND p.retired_at IS NULL;
    IF (watched IS NULL) <> (defined.condition->>'point' IS NULL) OR EXISTS (
        SELECT FROM alarm_definition d
        WHERE d.alarm_id = number AND d.condition->>'point' IS DISTINCT FROM defined.condition->>'point'
          AND d.condition IS NOT NULL
          AND d.valid_from = (SELECT max(n.valid_from) FROM alarm_definition n
                              WHERE n.alarm_id = number AND n.name IS NOT NULL)
    ) THEN
        RAISE EXCEPTION 'the alarm cannot watch this point' USING ERRCODE = 'data_exception';
    END IF;
    INSERT INTO alarm (site_id, key, kept_in) VALUES (place, p_key, 'app')
    ON CONFLICT (site_id, key) DO UPDATE SET kept_in = 'app' RETURNING alarm_id INTO number;
    defined.alarm_id := number;
    defined.valid_from := clock_timestamp();
    defined.entered_by := person;
    defined.reason := hold_alarm_text(p_reason);
    INSERT INTO alarm_definition VALUES (defined.*);
    INSERT INTO alarm_point (alarm_id, valid_from, point_id)
    SELECT number, defined.valid_from, watched WHERE watched IS NOT NULL;
    RETURN number;
END
$$;

-- Raises unless the viewer is an engineer or administrator of the alarm's site and has seen its newest definition.
CREATE FUNCTION hold_alarm_definition(p_alarm uuid, p_versions int) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    person int := hold_alarm(p_alarm, '{engineer,administrator}');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('virtaama.site'));
    IF (SELECT count(*) FROM alarm_definition d WHERE d.alarm_id = p_alarm) <> p_versions THEN
        RAISE EXCEPTION 'somebody has defined it meanwhile' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN person;
END
$$;
REVOKE EXECUTE ON FUNCTION hold_alarm_definition(uuid, int) FROM PUBLIC;

-- From now on there is no such alarm; what it was and what happened stays. Raises insufficient_privilege,
-- data_exception, object_not_in_prerequisite_state.
CREATE FUNCTION visible.retire_alarm(p_alarm uuid, p_versions int, p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    person int := hold_alarm_definition(p_alarm, p_versions);
BEGIN
    IF EXISTS (SELECT FROM alarm_definition_period d
               WHERE d.alarm_id = p_alarm AND d.valid_to = 'infinity' AND d.name IS NULL) THEN
        RAISE EXCEPTION 'it is out of use' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    UPDATE alarm SET kept_in = 'app' WHERE alarm_id = p_alarm;
    INSERT INTO alarm_definition (alarm_id, valid_from, entered_by, reason)
    VALUES (p_alarm, clock_timestamp(), person, hold_alarm_text(p_reason));
END
$$;

-- Lets the next load of the site file say again what an alarm is. Raises insufficient_privilege,
-- object_not_in_prerequisite_state.
CREATE FUNCTION visible.return_alarm_to_file(p_alarm uuid, p_versions int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM hold_alarm_definition(p_alarm, p_versions);
    UPDATE alarm SET kept_in = 'file' WHERE alarm_id = p_alarm AND kept_in = 'app';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the file keeps it' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
END
$$;

REVOKE EXECUTE ON FUNCTION visible.define_alarm(text, text, int, jsonb, text), visible.retire_alarm(uuid, int, text),
    visible.return_alarm_to_file(uuid, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION visible.define_alarm(text, text, int, jsonb, text), visible.retire_alarm(uuid, int, text),
    visible.return_alarm_to_file(uuid, int) TO virtaama_viewer;
