-- What a viewer sees, from the windows of its points and trials; and what it may add, row by row.

CREATE OR REPLACE VIEW visible.point WITH (security_barrier) AS
SELECT p.point_id, s.key AS site, s.name AS site_name, s.time_zone, l.key AS line,
       l.kind AS line_kind, l.name AS line_name, p.key, p.tag, p.area, p.name, d.kind, d.unit, d.unit_display,
       d.species, d.expected_interval_s, d.range_lo, d.range_hi, d.typical_lo, d.typical_hi,
       d.verified, d.states, d.note, i.key AS instrument, i.provenance,
       i.description AS instrument_description
-- Described as it was when the viewer's last window closed: what came later is somebody else's.
FROM (SELECT point_id, max(granted_to) AS until FROM point_window GROUP BY point_id) w
JOIN point p USING (point_id)
JOIN line l USING (line_id)
JOIN site s USING (site_id)
JOIN LATERAL (
    SELECT * FROM point_definition d
    WHERE d.point_id = p.point_id AND d.valid_from < w.until
    ORDER BY d.valid_from DESC LIMIT 1
) d ON true
LEFT JOIN LATERAL (
    SELECT * FROM assignment a
    WHERE a.point_id = p.point_id AND a.valid_from < w.until
    ORDER BY a.valid_from DESC LIMIT 1
) a ON true
LEFT JOIN instrument i ON i.instrument_id = a.instrument_id
WHERE p.retired_at IS NULL;

CREATE OR REPLACE VIEW visible.reading WITH (security_barrier) AS
SELECT r.* FROM reading r
JOIN point_window g ON g.point_id = r.point_id AND r.ts >= g.granted_from AND r.ts < g.granted_to;

CREATE OR REPLACE VIEW visible.rollup_1m WITH (security_barrier) AS
SELECT r.* FROM rollup_1m r
JOIN point_window g ON g.point_id = r.point_id
    AND r.bucket >= g.granted_from AND r.bucket + INTERVAL '1 minute' <= g.granted_to;

CREATE OR REPLACE VIEW visible.rollup_1h WITH (security_barrier) AS
SELECT r.* FROM rollup_1h r
JOIN point_window g ON g.point_id = r.point_id
    AND r.bucket >= g.granted_from AND r.bucket + INTERVAL '1 hour' <= g.granted_to;

CREATE OR REPLACE VIEW visible.rollup_1d WITH (security_barrier) AS
SELECT r.* FROM rollup_1d r
JOIN point_window g ON g.point_id = r.point_id AND r.bucket >= g.granted_from
JOIN point p ON p.point_id = r.point_id
JOIN line l USING (line_id)
JOIN site s USING (site_id)
WHERE (r.bucket AT TIME ZONE s.time_zone + INTERVAL '1 day') AT TIME ZONE s.time_zone <= g.granted_to;

CREATE OR REPLACE VIEW visible.latest WITH (security_barrier) AS
SELECT t.* FROM latest t
JOIN point_window g ON g.point_id = t.point_id AND t.ts >= g.granted_from AND t.ts < g.granted_to;

CREATE OR REPLACE VIEW visible.limit_value WITH (security_barrier) AS
SELECT DISTINCT ON (v.limit_set_id, v.point_id, v.bound, v.statistic)
       v.point_id, v.bound, v.statistic, v.value, v.valid_from,
       s.key AS limit_set, s.name, s.source, s.verified_by
FROM limit_value v
JOIN limit_set s USING (limit_set_id)
JOIN point_window g ON g.point_id = v.point_id
ORDER BY v.limit_set_id, v.point_id, v.bound, v.statistic, v.valid_from DESC;

CREATE OR REPLACE VIEW visible.quarantine_summary WITH (security_barrier) AS
SELECT reason, count(*) AS messages, max(last_seen) AS last_seen
FROM quarantine
WHERE replayed_at IS NULL AND EXISTS (SELECT FROM current_viewer WHERE sees_all)
GROUP BY reason;

CREATE VIEW visible.viewer WITH (security_barrier) AS
SELECT v.account_id, v.device_id, v.role, c.key AS company, v.sees_all
FROM current_viewer v LEFT JOIN company c USING (company_id);

CREATE VIEW visible.point_window WITH (security_barrier) AS
SELECT point_id, granted_from, granted_to FROM point_window;

CREATE VIEW visible.company WITH (security_barrier) AS
SELECT c.company_id, c.key, c.name
FROM company c, current_viewer v
WHERE v.sees_all OR c.company_id = v.company_id;

CREATE VIEW visible.line WITH (security_barrier) AS
SELECT l.line_id, s.key AS site, s.time_zone, l.key, l.kind, l.name
FROM line l
JOIN site s USING (site_id)
WHERE l.line_id IN (SELECT p.line_id FROM point p JOIN point_window g USING (point_id))
   OR EXISTS (SELECT FROM current_viewer WHERE sees_all);

CREATE VIEW visible.trial WITH (security_barrier) AS
SELECT t.trial_id, s.key AS site, s.name AS site_name, s.time_zone, l.key AS line,
       l.name AS line_name, t.key, t.name, c.key AS company, c.name AS company_name,
       t.source_stream, t.starts_at, t.ends_at, NULLIF(t.access_until, 'infinity') AS access_until,
       NULLIF(t.embargo_until, '-infinity') AS embargo_until, t.verified
FROM trial_access t
JOIN company c USING (company_id)
JOIN line l USING (line_id)
JOIN site s USING (site_id);

CREATE VIEW visible.trial_point WITH (security_barrier) AS
SELECT tp.trial_id, tp.point_id, p.line_id <> t.line_id AS reference
FROM trial_access t
JOIN trial_point tp USING (trial_id)
JOIN point p USING (point_id)
WHERE p.retired_at IS NULL;
COMMENT ON COLUMN visible.trial_point.reference IS 'it stands on another line, to compare with';

CREATE VIEW visible.trial_entry WITH (security_barrier) AS
SELECT e.entry_id, e.trial_id, e.kind, e.title, e.body, e.from_at, e.to_at, e.replaces,
       EXISTS (SELECT FROM trial_entry r WHERE r.replaces = e.entry_id) AS replaced,
       a.display_name AS author, a.role AS author_role,
       e.account_id = (SELECT account_id FROM current_viewer) AS own, e.written_at
FROM trial_access t
JOIN trial_entry e USING (trial_id)
JOIN account a USING (account_id);

CREATE VIEW visible.note WITH (security_barrier) AS
SELECT n.note_id, n.trial_id, n.point_id, n.from_at, n.to_at, n.body, n.replaces,
       EXISTS (SELECT FROM note r WHERE r.replaces = n.note_id) AS replaced,
       a.display_name AS author, a.role AS author_role,
       n.account_id = (SELECT account_id FROM current_viewer) AS own, n.written_at
FROM note n
JOIN account a USING (account_id)
WHERE n.trial_id IN (SELECT trial_id FROM trial_access)
   OR (n.trial_id IS NULL AND EXISTS (SELECT FROM current_viewer WHERE sees_all));

-- History of a point's description and instruments, as far as it touches the viewer's windows.
CREATE VIEW visible.point_definition WITH (security_barrier) AS
SELECT d.*
FROM (
    SELECT d.*, lead(valid_from, 1, 'infinity') OVER (PARTITION BY point_id ORDER BY valid_from)
        AS valid_to
    FROM point_definition d
) d
WHERE EXISTS (
    SELECT FROM point_window g
    WHERE g.point_id = d.point_id AND d.valid_from < g.granted_to AND d.valid_to > g.granted_from
);

CREATE OR REPLACE VIEW visible.point_interval WITH (security_barrier) AS
SELECT point_id, valid_from, expected_interval_s FROM visible.point_definition;

CREATE VIEW visible.assignment WITH (security_barrier) AS
SELECT a.point_id, a.valid_from, a.valid_to, i.key AS instrument, i.provenance, i.description
FROM (
    SELECT a.*, lead(valid_from, 1, 'infinity') OVER (PARTITION BY point_id ORDER BY valid_from)
        AS valid_to
    FROM assignment a
) a
LEFT JOIN instrument i USING (instrument_id)
WHERE EXISTS (
    SELECT FROM point_window g
    WHERE g.point_id = a.point_id AND a.valid_from < g.granted_to AND a.valid_to > g.granted_from
);

-- A company sees who did what with its trial; everyone sees what they did themselves.
CREATE VIEW visible.access_log WITH (security_barrier) AS
SELECT l.entry_id, l.at, coalesce(a.display_name, d.name) AS who, coalesce(a.role, d.role) AS role,
       l.action, l.object, l.trial_id, l.detail, l.account_id = v.account_id AS own,
       CASE WHEN v.role = 'administrator' OR l.account_id = v.account_id THEN l.client END AS client
FROM access_log l
CROSS JOIN current_viewer v
LEFT JOIN account a ON a.account_id = l.account_id
LEFT JOIN device_token d ON d.device_id = l.device_id
WHERE v.role IN ('engineer', 'administrator')
   OR l.account_id = v.account_id
   OR (v.role = 'company_member' AND l.trial_id IN (SELECT trial_id FROM trial_access));

CREATE VIEW visible.account WITH (security_barrier) AS
SELECT a.account_id, a.login, a.display_name, a.role, c.key AS company, a.must_change_password,
       a.totp_secret IS NOT NULL AS second_factor, a.created_at, a.disabled_at, a.locked_until
FROM account a
CROSS JOIN current_viewer v
LEFT JOIN company c ON c.company_id = a.company_id
-- An engineer lets guests in, and must find them.
WHERE v.role = 'administrator' OR (v.role = 'engineer' AND a.role = 'guest')
   OR a.account_id = v.account_id;

GRANT SELECT ON ALL TABLES IN SCHEMA visible TO virtaama_viewer;

-- What policies ask. They run as the viewer, who has no right to look for itself.
CREATE FUNCTION visible.account_id() RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC SELECT account_id FROM public.current_viewer; END;

CREATE FUNCTION visible.device_id() RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC SELECT device_id FROM public.current_viewer; END;

CREATE FUNCTION visible.role() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC SELECT role FROM public.current_viewer; END;

CREATE FUNCTION visible.sees_trial(trial int) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC SELECT EXISTS (SELECT FROM public.trial_access WHERE trial_id = trial); END;

CREATE FUNCTION visible.sees_point(point int) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC SELECT EXISTS (SELECT FROM public.point_window WHERE point_id = point); END;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA visible FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA visible TO virtaama_viewer;

-- Row-level security on every small table. Where there is no policy for a role, it has no row.
ALTER TABLE site ENABLE ROW LEVEL SECURITY;
ALTER TABLE line ENABLE ROW LEVEL SECURITY;
ALTER TABLE point ENABLE ROW LEVEL SECURITY;
ALTER TABLE point_definition ENABLE ROW LEVEL SECURITY;
ALTER TABLE instrument ENABLE ROW LEVEL SECURITY;
ALTER TABLE assignment ENABLE ROW LEVEL SECURITY;
ALTER TABLE topic_mapping ENABLE ROW LEVEL SECURITY;
ALTER TABLE company ENABLE ROW LEVEL SECURITY;
ALTER TABLE trial ENABLE ROW LEVEL SECURITY;
ALTER TABLE trial_point ENABLE ROW LEVEL SECURITY;
ALTER TABLE trial_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE trial_guest ENABLE ROW LEVEL SECURITY;
ALTER TABLE note ENABLE ROW LEVEL SECURITY;
ALTER TABLE limit_set ENABLE ROW LEVEL SECURITY;
ALTER TABLE limit_value ENABLE ROW LEVEL SECURITY;
ALTER TABLE viewer ENABLE ROW LEVEL SECURITY;
ALTER TABLE point_grant ENABLE ROW LEVEL SECURITY;
ALTER TABLE account ENABLE ROW LEVEL SECURITY;
ALTER TABLE account_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE device_token ENABLE ROW LEVEL SECURITY;
ALTER TABLE access_log ENABLE ROW LEVEL SECURITY;

CREATE POLICY ingest ON site FOR SELECT TO virtaama_ingest USING (true);
CREATE POLICY ingest ON line FOR SELECT TO virtaama_ingest USING (true);
CREATE POLICY ingest ON point FOR SELECT TO virtaama_ingest USING (true);
CREATE POLICY ingest ON point_definition FOR SELECT TO virtaama_ingest USING (true);
CREATE POLICY ingest ON topic_mapping FOR SELECT TO virtaama_ingest USING (true);

-- Viewers only add. The columns say what may be given; time and number come from the database.
GRANT INSERT (trial_id, point_id, from_at, to_at, body, replaces, account_id) ON note TO virtaama_viewer;
CREATE POLICY written_by_viewer ON note FOR INSERT TO virtaama_viewer WITH CHECK (
    account_id = visible.account_id()
    AND CASE WHEN trial_id IS NULL THEN visible.role() IN ('operator', 'engineer', 'administrator')
             ELSE visible.role() <> 'guest' AND visible.sees_trial(trial_id) END
    AND (point_id IS NULL OR visible.sees_point(point_id))
    AND (replaces IS NULL OR EXISTS (
        SELECT FROM visible.note n WHERE n.note_id = note.replaces AND n.own
          AND n.trial_id IS NOT DISTINCT FROM note.trial_id
    ))
);

GRANT INSERT (trial_id, kind, title, body, from_at, to_at, replaces, account_id)
    ON trial_entry TO virtaama_viewer;
CREATE POLICY written_by_viewer ON trial_entry FOR INSERT TO virtaama_viewer WITH CHECK (
    account_id = visible.account_id()
    AND visible.sees_trial(trial_id)
    AND CASE WHEN kind IN ('end', 'revoke') THEN visible.role() IN ('engineer', 'administrator')
             ELSE visible.role() <> 'guest' END
    AND (replaces IS NULL OR EXISTS (
        SELECT FROM visible.trial_entry e
        WHERE e.entry_id = trial_entry.replaces AND e.trial_id = trial_entry.trial_id
          AND e.kind = trial_entry.kind
          AND (e.own OR visible.role() IN ('engineer', 'administrator'))
    ))
);

GRANT INSERT (line_id, company_id, key, name, source_stream, starts_at, ends_at, embargo_until,
              access_until, verified, managed_by) ON trial TO virtaama_viewer;
CREATE POLICY made_by_engineer ON trial FOR INSERT TO virtaama_viewer WITH CHECK (
    managed_by = 'app' AND visible.role() IN ('engineer', 'administrator')
);
GRANT INSERT ON trial_point, trial_guest TO virtaama_viewer;
CREATE POLICY made_by_engineer ON trial_point FOR INSERT TO virtaama_viewer WITH CHECK (
    visible.role() IN ('engineer', 'administrator')
);
CREATE POLICY made_by_engineer ON trial_guest FOR INSERT TO virtaama_viewer WITH CHECK (
    visible.role() IN ('engineer', 'administrator')
);

GRANT INSERT (account_id, device_id, action, object, trial_id, detail, client)
    ON access_log TO virtaama_viewer;
CREATE POLICY written_by_viewer ON access_log FOR INSERT TO virtaama_viewer WITH CHECK (
    visible.role() IS NOT NULL
    AND account_id IS NOT DISTINCT FROM visible.account_id()
    AND device_id IS NOT DISTINCT FROM visible.device_id()
    AND (trial_id IS NULL OR visible.sees_trial(trial_id))
);

-- TimescaleDB lets everyone read its catalogue: names and dates of chunks, sizes, jobs. Nobody needs it
-- who only reads or writes readings; the extension itself does not ask. A managed server may refuse.
DO $$
DECLARE
    internal name;
BEGIN
    FOREACH internal IN ARRAY ARRAY[
        '_timescaledb_cache', '_timescaledb_catalog', '_timescaledb_config', '_timescaledb_internal',
        'timescaledb_experimental', 'timescaledb_information'
    ] LOOP
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM PUBLIC', internal);
        EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA %I FROM PUBLIC', internal);
    END LOOP;
    REVOKE USAGE ON SCHEMA timescaledb_experimental, timescaledb_information FROM PUBLIC;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'the catalogue of TimescaleDB stays readable: %', SQLERRM;
END
$$;
