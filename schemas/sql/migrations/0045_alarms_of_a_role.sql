-- An engineer defines an alarm of all points of a role: its definition stands for itself, watches nothing, and makes
-- an alarm at each of its points.

ALTER TABLE alarm DROP CONSTRAINT alarm_kept_in_check,
    ADD CONSTRAINT alarm_kept_in_check CHECK (kept_in IN ('file', 'app', 'role'));
COMMENT ON COLUMN alarm.kept_in IS
    'app: an engineer has defined it; a load of the site file leaves it alone. role: it follows the alarm of a role that '
    'is kept in the app, whose key is before the colon';

CREATE OR REPLACE FUNCTION visible.define_alarm(p_site text, p_key text, p_versions int, p_definition jsonb, p_reason text)
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
        WHERE d.alarm_id = number AND d.condition IS NOT NULL
          AND (d.condition->>'point', d.condition->>'role')
              IS DISTINCT FROM (defined.condition->>'point', defined.condition->>'role')
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

-- Ends the alarms that follow the alarm of a role, but those of some keys.
CREATE FUNCTION end_alarms_of_role(p_alarm uuid, p_person int, p_reason text, p_keys text[]) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp
AS $$
    INSERT INTO alarm_definition (alarm_id, valid_from, entered_by, reason)
    SELECT a.alarm_id, clock_timestamp(), p_person, p_reason
    FROM alarm r
    JOIN alarm a ON a.site_id = r.site_id AND a.kept_in = 'role' AND starts_with(a.key, r.key || ':')
    JOIN alarm_definition_period d ON d.alarm_id = a.alarm_id AND d.valid_to = 'infinity' AND d.name IS NOT NULL
    WHERE r.alarm_id = p_alarm AND a.key <> ALL (p_keys)
$$;
REVOKE EXECUTE ON FUNCTION end_alarms_of_role(uuid, int, text, text[]) FROM PUBLIC;

-- Lets the alarm of a role, as it was defined just now, have its alarms: one row with a `key` at each point. One that an
-- engineer has defined by itself stays. Raises insufficient_privilege, data_exception,
-- object_not_in_prerequisite_state.
CREATE FUNCTION visible.place_alarm(p_alarm uuid, p_versions int, p_rows jsonb) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    person int := hold_alarm_definition(p_alarm, p_versions);
    rule alarm;
    why text;
    moment timestamptz := clock_timestamp();
    placed int;
BEGIN
    SELECT a.* INTO rule FROM alarm a WHERE a.alarm_id = p_alarm AND a.kept_in = 'app';
    SELECT d.reason INTO why FROM alarm_definition_period d
    WHERE d.alarm_id = rule.alarm_id AND d.valid_to = 'infinity' AND d.condition ? 'role';
    IF NOT FOUND OR EXISTS (
        SELECT FROM jsonb_array_elements(p_rows) r
        WHERE r->>'key' IS DISTINCT FROM rule.key || ':' || (r->'condition'->>'point') OR jsonb_typeof(r->'name') IS DISTINCT FROM 'object'
           OR NOT EXISTS (
               SELECT FROM point p JOIN line l USING (line_id)
               WHERE l.site_id = rule.site_id AND p.retired_at IS NULL
                 AND l.key || '/' || p.key = r->'condition'->>'point')
    ) THEN
        RAISE EXCEPTION 'these are no alarms of this role' USING ERRCODE = 'data_exception';
    END IF;
    INSERT INTO alarm AS a (site_id, key, kept_in)
    SELECT rule.site_id, r->>'key', 'role' FROM jsonb_array_elements(p_rows) r
    ON CONFLICT (site_id, key) DO UPDATE SET kept_in = 'role' WHERE a.kept_in <> 'app';
    WITH defined AS (
        INSERT INTO alarm_definition
        SELECT (jsonb_populate_record(NULL::alarm_definition, r || jsonb_build_object(
            'alarm_id', a.alarm_id, 'valid_from', moment, 'entered_by', person, 'reason', why))).*
        FROM jsonb_array_elements(p_rows) r
        JOIN alarm a ON a.site_id = rule.site_id AND a.key = r->>'key' AND a.kept_in = 'role'
        RETURNING alarm_id, condition
    )
    INSERT INTO alarm_point (alarm_id, valid_from, point_id)
    SELECT d.alarm_id, moment, p.point_id
    FROM defined d JOIN line l ON l.site_id = rule.site_id JOIN point p USING (line_id)
    WHERE l.key || '/' || p.key = d.condition->>'point';
    GET DIAGNOSTICS placed = ROW_COUNT;
    PERFORM end_alarms_of_role(
        p_alarm, person, why, ARRAY(SELECT r->>'key' FROM jsonb_array_elements(p_rows) r));
    RETURN placed;
END
$$;
REVOKE EXECUTE ON FUNCTION visible.place_alarm(uuid, int, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION visible.place_alarm(uuid, int, jsonb) TO virtaama_viewer;

CREATE OR REPLACE FUNCTION visible.retire_alarm(p_alarm uuid, p_versions int, p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    person int := hold_alarm_definition(p_alarm, p_versions);
    why text := hold_alarm_text(p_reason);
BEGIN
    IF EXISTS (SELECT FROM alarm_definition_period d
               WHERE d.alarm_id = p_alarm AND d.valid_to = 'infinity' AND d.name IS NULL) THEN
        RAISE EXCEPTION 'it is out of use' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    -- No point has a colon in its key: of another alarm nothing follows.
    PERFORM end_alarms_of_role(p_alarm, person, why, '{}');
    UPDATE alarm SET kept_in = 'app' WHERE alarm_id = p_alarm;
    INSERT INTO alarm_definition (alarm_id, valid_from, entered_by, reason)
    VALUES (p_alarm, clock_timestamp(), person, why);
END
$$;
