-- Windows: stretches of time in which the readings of a point, an instrument or an asset are marked. People enter
-- them, or the state of a machine does; a verdict of a person is one, too. Nothing of them is ever forgotten.

ALTER TABLE instrument ADD COLUMN calibration_interval_days int CHECK (calibration_interval_days > 0);
COMMENT ON COLUMN instrument.calibration_interval_days IS 'how often it is to be calibrated; NULL: nobody has said';

CREATE TABLE window_rule (
    window_rule_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site_id        int NOT NULL REFERENCES site,
    key            text NOT NULL,
    kind           text NOT NULL
        CHECK (kind IN ('calibration', 'cleaning', 'service', 'cleaning_in_place', 'trial_change')),
    state_point_id int NOT NULL REFERENCES point,
    codes          int[] NOT NULL,
    point_id       int REFERENCES point,
    instrument_id  int REFERENCES instrument,
    element_id     int REFERENCES element,
    since          timestamptz NOT NULL,
    retired_at     timestamptz,
    UNIQUE (site_id, key),
    CHECK (num_nonnulls(point_id, instrument_id, element_id) = 1)
);
COMMENT ON TABLE window_rule IS 'while a state is one of the codes, a window of the kind is open';
COMMENT ON COLUMN window_rule.since IS 'states from before are not looked at';

CREATE TABLE quality_window (
    window_id      uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    site_id        int NOT NULL REFERENCES site,
    kind           text NOT NULL CHECK (kind IN (
        'calibration', 'cleaning', 'service', 'cleaning_in_place', 'trial_change', 'suspect', 'bad')),
    point_id       int REFERENCES point,
    instrument_id  int REFERENCES instrument,
    element_id     int REFERENCES element,
    window_rule_id int REFERENCES window_rule,
    starts_at      timestamptz NOT NULL,
    ends_at        timestamptz,
    reason         text NOT NULL CHECK (length(reason) <= 1000),
    is_withdrawn   boolean NOT NULL DEFAULT false,
    account_id     int REFERENCES account,
    written_at     timestamptz NOT NULL DEFAULT now(),
    CHECK (num_nonnulls(point_id, instrument_id, element_id) = 1),
    CHECK (num_nonnulls(window_rule_id, account_id) = 1),
    CHECK (starts_at < ends_at)
);
COMMENT ON COLUMN quality_window.ends_at IS 'NULL: it goes on';
COMMENT ON COLUMN quality_window.account_id IS 'who wrote it last, as it stands; NULL: a state did';
CREATE INDEX ON quality_window (starts_at) WHERE NOT is_withdrawn;
CREATE INDEX ON quality_window (window_rule_id, starts_at) WHERE window_rule_id IS NOT NULL;

CREATE TABLE quality_window_version (
    version      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    window_id    uuid NOT NULL REFERENCES quality_window,
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz,
    reason       text NOT NULL,
    is_withdrawn boolean NOT NULL,
    account_id   int REFERENCES account,
    written_at   timestamptz NOT NULL
);
COMMENT ON TABLE quality_window_version IS 'each window as it stood, the newest version last: who has said what, and why';
CREATE INDEX ON quality_window_version (window_id);

ALTER TABLE window_rule ENABLE ROW LEVEL SECURITY;
ALTER TABLE quality_window ENABLE ROW LEVEL SECURITY;
ALTER TABLE quality_window_version ENABLE ROW LEVEL SECURITY;

-- An element with all that is within it, and within that.
CREATE VIEW element_part AS
WITH RECURSIVE newest AS (
    SELECT DISTINCT ON (element_id) element_id, within_id FROM element_definition
    ORDER BY element_id, valid_from DESC
), part AS (
    SELECT element_id AS whole_id, element_id FROM element
    UNION
    SELECT part.whole_id, newest.element_id FROM part JOIN newest ON newest.within_id = part.element_id
)
SELECT whole_id, element_id FROM part;

-- The points of each window that counts, and when: an instrument and an asset have other points at other times. Of
-- an asset what it measures: its state is true while it is worked on, and its counters count.
CREATE VIEW quality_window_point AS
SELECT w.window_id, w.site_id, w.kind, w.point_id, w.starts_at, coalesce(w.ends_at, 'infinity') AS ends_at
FROM quality_window w
WHERE NOT w.is_withdrawn AND w.point_id IS NOT NULL
UNION ALL
SELECT w.window_id, w.site_id, w.kind, a.point_id, greatest(w.starts_at, a.valid_from),
       least(coalesce(w.ends_at, 'infinity'), a.valid_to)
FROM quality_window w
JOIN (
    SELECT point_id, instrument_id, valid_from,
           lead(valid_from, 1, 'infinity') OVER (PARTITION BY point_id ORDER BY valid_from) AS valid_to
    FROM assignment
) a ON a.instrument_id = w.instrument_id
   AND a.valid_from < coalesce(w.ends_at, 'infinity') AND a.valid_to > w.starts_at
WHERE NOT w.is_withdrawn
UNION ALL
SELECT w.window_id, w.site_id, w.kind, r.point_id, greatest(w.starts_at, r.valid_from),
       least(coalesce(w.ends_at, 'infinity'), r.valid_to)
FROM quality_window w
JOIN element_part e ON e.whole_id = w.element_id
JOIN point_role_period r ON r.element_id = e.element_id
   AND r.valid_from < coalesce(w.ends_at, 'infinity') AND r.valid_to > w.starts_at
JOIN LATERAL (
    SELECT d.kind FROM point_definition d WHERE d.point_id = r.point_id ORDER BY d.valid_from DESC LIMIT 1
) d ON d.kind IN ('measurement', 'derived', 'calculated')
WHERE NOT w.is_withdrawn;

-- Readings are judged under a lock that a load of the site and a change of a window hold alone: what was stored
-- before does not know the window and is judged anew, what is stored afterwards knows it.
CREATE FUNCTION hold_readings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('virtaama.site'));
    RETURN NULL;
END
$$;

-- Keeps the version, and asks for a recheck of what is in the window now and was not, or was and is not.
CREATE FUNCTION note_window() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    was tstzmultirange := '{}';
    is_now tstzmultirange := '{}';
    span tstzrange;
    points int[] := ARRAY(
        SELECT NEW.point_id WHERE NEW.point_id IS NOT NULL
        UNION
        SELECT a.point_id FROM assignment a WHERE a.instrument_id = NEW.instrument_id
        UNION
        SELECT r.point_id FROM element_part e JOIN point_role r USING (element_id) WHERE e.whole_id = NEW.element_id
    );
    author text := coalesce(
        (SELECT display_name FROM account WHERE account_id = NEW.account_id),
        (SELECT key FROM window_rule WHERE window_rule_id = NEW.window_rule_id)
    );
BEGIN
    INSERT INTO quality_window_version (window_id, starts_at, ends_at, reason, is_withdrawn, account_id, written_at)
    VALUES (NEW.window_id, NEW.starts_at, NEW.ends_at, NEW.reason, NEW.is_withdrawn, NEW.account_id, NEW.written_at);
    IF TG_OP = 'UPDATE' AND NOT OLD.is_withdrawn THEN
        was := tstzmultirange(tstzrange(OLD.starts_at, coalesce(OLD.ends_at, 'infinity')));
    END IF;
    IF NOT NEW.is_withdrawn THEN
        is_now := tstzmultirange(tstzrange(NEW.starts_at, coalesce(NEW.ends_at, 'infinity')));
    END IF;
    FOR span IN SELECT unnest((was + is_now) - (was * is_now)) LOOP
        PERFORM ask_recheck(points, lower(span), upper(span), author, left(concat_ws(': ', NEW.kind, NULLIF(NEW.reason, '')), 1000));
    END LOOP;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION hold_readings(), note_window() FROM PUBLIC;
CREATE TRIGGER hold BEFORE INSERT OR UPDATE ON quality_window
    FOR EACH STATEMENT EXECUTE FUNCTION hold_readings();
CREATE TRIGGER note AFTER INSERT OR UPDATE ON quality_window
    FOR EACH ROW EXECUTE FUNCTION note_window();

GRANT SELECT ON window_rule, quality_window_version, quality_window_point TO virtaama_ingest;
GRANT SELECT, INSERT, UPDATE ON quality_window TO virtaama_ingest;
CREATE POLICY ingest ON window_rule FOR SELECT TO virtaama_ingest USING (true);
CREATE POLICY ingest ON quality_window_version FOR SELECT TO virtaama_ingest USING (true);
CREATE POLICY ingest ON quality_window TO virtaama_ingest
    USING (true) WITH CHECK (window_rule_id IS NOT NULL);

-- Windows point by point, cut to what the viewer may see of the point. Staff sees who wrote it and why, what was
-- planned, and of which instrument or asset it is; others only what has begun, as their readings are marked by it.
CREATE VIEW visible.quality_window WITH (security_barrier) AS
SELECT w.window_id, s.key AS site, p.kind, p.point_id, greatest(p.starts_at, g.granted_from) AS starts_at,
       CASE WHEN p.ends_at = 'infinity' OR (NOT f.is_staff AND p.ends_at > now()) THEN NULL
            ELSE least(p.ends_at, g.granted_to) END AS ends_at,
       CASE WHEN f.is_staff THEN w.reason END AS reason,
       CASE WHEN f.is_staff THEN a.display_name END AS who,
       CASE WHEN f.is_staff THEN w.written_at END AS written_at,
       CASE WHEN f.is_staff THEN i.key END AS instrument,
       CASE WHEN f.is_staff THEN e.key END AS element,
       CASE WHEN f.is_staff THEN r.key END AS rule
FROM quality_window_point p
JOIN quality_window w USING (window_id)
JOIN site s ON s.site_id = w.site_id
JOIN point_window g ON g.point_id = p.point_id AND p.starts_at < g.granted_to AND p.ends_at > g.granted_from
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM viewer_site v WHERE v.site_id = w.site_id AND v.sees_all) AS is_staff
) f
LEFT JOIN account a ON a.account_id = w.account_id
LEFT JOIN instrument i ON i.instrument_id = w.instrument_id
LEFT JOIN element e ON e.element_id = w.element_id
LEFT JOIN window_rule r ON r.window_rule_id = w.window_rule_id
WHERE f.is_staff OR p.starts_at <= now();

-- How windows came to be as they are: for staff.
CREATE VIEW visible.quality_window_version WITH (security_barrier) AS
SELECT n.window_id, s.key AS site, w.kind, n.version, n.starts_at, n.ends_at, n.reason, n.is_withdrawn,
       a.display_name AS who, n.written_at, w.point_id, i.key AS instrument, e.key AS element, r.key AS rule
FROM quality_window_version n
JOIN quality_window w USING (window_id)
JOIN site s USING (site_id)
JOIN viewer_site v USING (site_id)
LEFT JOIN account a ON a.account_id = n.account_id
LEFT JOIN instrument i ON i.instrument_id = w.instrument_id
LEFT JOIN element e ON e.element_id = w.element_id
LEFT JOIN window_rule r ON r.window_rule_id = w.window_rule_id
WHERE v.sees_all;

-- The instruments that serve a point, and when each was calibrated last: itself, or a point while it served that.
CREATE VIEW visible.instrument WITH (security_barrier) AS
WITH served AS MATERIALIZED (
    SELECT point_id, instrument_id, valid_from,
           lead(valid_from, 1, 'infinity') OVER (PARTITION BY point_id ORDER BY valid_from) AS valid_to
    FROM assignment
)
SELECT s.key AS site, i.key, i.description, i.calibration_interval_days,
       (SELECT array_agg(n.point_id) FROM served n
        WHERE n.instrument_id = i.instrument_id AND n.valid_to = 'infinity') AS point_ids,
       (SELECT max(w.ends_at) FROM quality_window w
        WHERE w.kind = 'calibration' AND NOT w.is_withdrawn AND w.ends_at <= now()
          AND (w.instrument_id = i.instrument_id OR EXISTS (
              SELECT FROM served n
              WHERE n.instrument_id = i.instrument_id AND n.point_id = w.point_id
                AND n.valid_from <= w.starts_at AND n.valid_to > w.starts_at))) AS calibrated_at
FROM instrument i
JOIN site s USING (site_id)
JOIN viewer_site v USING (site_id)
WHERE v.sees_all AND EXISTS (
    SELECT FROM served n WHERE n.instrument_id = i.instrument_id AND n.valid_to = 'infinity');
GRANT SELECT ON visible.quality_window, visible.quality_window_version, visible.instrument TO virtaama_viewer;

-- Who may write windows of a kind at a site: of work the staff that works there, a verdict an engineer. Companies
-- judge nothing: what they think of a reading stands in the journal of their trial. Raises insufficient_privilege.
CREATE FUNCTION hold_window(p_site int, p_kind text) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    person int := (SELECT account_id FROM current_viewer);
BEGIN
    IF person IS NULL OR NOT EXISTS (
        SELECT FROM viewer_site v
        WHERE v.site_id = p_site AND v.sees_all
          AND (v.role IN ('engineer', 'administrator')
               OR (v.role = 'operator' AND p_kind NOT IN ('suspect', 'bad')))
    ) THEN
        RAISE EXCEPTION 'this window cannot be written' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN person;
END
$$;

-- Raises data_exception unless a window lies within ten years back and one ahead and has a reason.
CREATE FUNCTION hold_window_facts(p_starts timestamptz, p_ends timestamptz, p_reason text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF p_starts IS NULL OR p_starts < now() - INTERVAL '10 years' OR p_starts > now() + INTERVAL '1 year'
       OR p_ends <= p_starts OR p_ends > now() + INTERVAL '1 year' THEN
        RAISE EXCEPTION 'a window ends after it starts, and both within reach' USING ERRCODE = 'data_exception';
    END IF;
    IF p_reason IS NULL OR btrim(p_reason) = '' OR length(p_reason) > 1000 THEN
        RAISE EXCEPTION 'a reason of 1 to 1000 characters is needed' USING ERRCODE = 'data_exception';
    END IF;
    RETURN btrim(p_reason);
END
$$;
REVOKE EXECUTE ON FUNCTION hold_window(int, text), hold_window_facts(timestamptz, timestamptz, text) FROM PUBLIC;

-- Enters a window of one point, an instrument or an element; p_ends is NULL while it goes on. Raises
-- insufficient_privilege, data_exception, foreign_key_violation for what is not there or measures nothing.
CREATE FUNCTION visible.enter_window(
    p_site text, p_kind text, p_point int, p_instrument text, p_element text,
    p_starts timestamptz, p_ends timestamptz, p_reason text
) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    v_site int := (SELECT site_id FROM site WHERE key = p_site);
    person int := hold_window(v_site, p_kind);
    v_reason text := hold_window_facts(p_starts, p_ends, p_reason);
    v_instrument int := (SELECT instrument_id FROM instrument WHERE site_id = v_site AND key = p_instrument);
    v_element int := (SELECT element_id FROM element WHERE site_id = v_site AND key = p_element);
    v_window uuid;
BEGIN
    IF num_nonnulls(p_point, v_instrument, v_element) <> 1
       OR num_nonnulls(p_point, p_instrument, p_element) <> 1
       OR (p_point IS NOT NULL AND NOT EXISTS (
           SELECT FROM point p JOIN line l USING (line_id) WHERE p.point_id = p_point AND l.site_id = v_site)) THEN
        RAISE EXCEPTION 'there is no such place' USING ERRCODE = 'foreign_key_violation';
    END IF;
    INSERT INTO quality_window (site_id, kind, point_id, instrument_id, element_id, starts_at, ends_at, reason,
                                account_id)
    VALUES (v_site, p_kind, p_point, v_instrument, v_element, p_starts, p_ends, v_reason, person)
    RETURNING window_id INTO v_window;
    IF NOT EXISTS (SELECT FROM quality_window_point WHERE window_id = v_window) THEN
        RAISE EXCEPTION 'nothing is measured there' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN v_window;
END
$$;

-- Gives a window that a person entered other ends or another reason, or takes it back. Raises
-- insufficient_privilege, data_exception, object_not_in_prerequisite_state for what was taken back, or is not as
-- p_seen, the version that the person saw.
CREATE FUNCTION visible.change_window(
    p_window uuid, p_seen bigint, p_starts timestamptz, p_ends timestamptz, p_reason text, p_withdrawn boolean
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    was quality_window;
    person int;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('virtaama.site'));
    SELECT * INTO was FROM quality_window WHERE window_id = p_window;
    person := hold_window(was.site_id, was.kind);
    IF was.is_withdrawn OR was.window_rule_id IS NOT NULL
       OR p_seen <> (SELECT max(version) FROM quality_window_version WHERE window_id = p_window) THEN
        RAISE EXCEPTION 'the window is another one by now' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    UPDATE quality_window
    SET starts_at = p_starts, ends_at = p_ends, reason = hold_window_facts(p_starts, p_ends, p_reason),
        is_withdrawn = p_withdrawn, account_id = person, written_at = now()
    WHERE window_id = p_window;
END
$$;
REVOKE EXECUTE ON FUNCTION
    visible.enter_window(text, text, int, text, text, timestamptz, timestamptz, text),
    visible.change_window(uuid, bigint, timestamptz, timestamptz, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    visible.enter_window(text, text, int, text, text, timestamptz, timestamptz, text),
    visible.change_window(uuid, bigint, timestamptz, timestamptz, text, boolean) TO virtaama_viewer;
