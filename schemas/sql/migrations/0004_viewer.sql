-- Who may do what. Deny by default: no role but the owner is granted anything on hypertables or rollups
-- for reading; a viewer sees the views of schema `visible`, and without virtaama.viewer they are empty.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'virtaama_ingest') THEN
        CREATE ROLE virtaama_ingest NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'virtaama_viewer') THEN
        CREATE ROLE virtaama_viewer NOLOGIN;
    END IF;
END
$$;

CREATE TABLE viewer (
    viewer text PRIMARY KEY,
    name   text NOT NULL
);

CREATE TABLE point_grant (
    viewer       text NOT NULL REFERENCES viewer,
    point_id     int NOT NULL REFERENCES point,
    granted_from timestamptz NOT NULL DEFAULT '-infinity',
    granted_to   timestamptz NOT NULL DEFAULT 'infinity',
    PRIMARY KEY (viewer, point_id),
    CHECK (granted_from < granted_to)
);

CREATE SCHEMA visible;

CREATE VIEW visible.point WITH (security_barrier) AS
SELECT p.* FROM point_current p
WHERE EXISTS (
    SELECT FROM point_grant g
    WHERE g.viewer = current_setting('virtaama.viewer', true) AND g.point_id = p.point_id
);

CREATE VIEW visible.reading WITH (security_barrier) AS
SELECT r.* FROM reading r
JOIN point_grant g ON g.point_id = r.point_id AND r.ts >= g.granted_from AND r.ts < g.granted_to
WHERE g.viewer = current_setting('virtaama.viewer', true);

CREATE VIEW visible.rollup_1m WITH (security_barrier) AS
SELECT r.* FROM rollup_1m r
JOIN point_grant g ON g.point_id = r.point_id
    AND r.bucket >= g.granted_from AND r.bucket + INTERVAL '1 minute' <= g.granted_to
WHERE g.viewer = current_setting('virtaama.viewer', true);

CREATE VIEW visible.rollup_1h WITH (security_barrier) AS
SELECT r.* FROM rollup_1h r
JOIN point_grant g ON g.point_id = r.point_id
    AND r.bucket >= g.granted_from AND r.bucket + INTERVAL '1 hour' <= g.granted_to
WHERE g.viewer = current_setting('virtaama.viewer', true);

-- A bucket is a local day of the site, 23 to 25 hours long: it must end within the grant.
CREATE VIEW visible.rollup_1d WITH (security_barrier) AS
SELECT r.* FROM rollup_1d r
JOIN point_grant g ON g.point_id = r.point_id AND r.bucket >= g.granted_from
JOIN point p ON p.point_id = r.point_id
JOIN line l USING (line_id)
JOIN site s USING (site_id)
WHERE g.viewer = current_setting('virtaama.viewer', true)
  AND (r.bucket AT TIME ZONE s.time_zone + INTERVAL '1 day') AT TIME ZONE s.time_zone
      <= g.granted_to;

CREATE VIEW visible.latest WITH (security_barrier) AS
SELECT t.* FROM latest t
JOIN point_grant g ON g.point_id = t.point_id AND t.ts >= g.granted_from AND t.ts < g.granted_to
WHERE g.viewer = current_setting('virtaama.viewer', true);

CREATE VIEW visible.limit_value WITH (security_barrier) AS
SELECT DISTINCT ON (v.limit_set_id, v.point_id, v.bound, v.statistic)
       v.point_id, v.bound, v.statistic, v.value, v.valid_from,
       s.key AS limit_set, s.name, s.source, s.verified_by
FROM limit_value v
JOIN limit_set s USING (limit_set_id)
JOIN point_grant g ON g.point_id = v.point_id
WHERE g.viewer = current_setting('virtaama.viewer', true)
ORDER BY v.limit_set_id, v.point_id, v.bound, v.statistic, v.valid_from DESC;

CREATE VIEW visible.quarantine_summary WITH (security_barrier) AS
SELECT reason, count(*) AS messages, max(last_seen) AS last_seen
FROM quarantine
WHERE replayed_at IS NULL AND current_setting('virtaama.viewer', true) = 'operator'
GROUP BY reason;

GRANT USAGE ON SCHEMA visible TO virtaama_viewer;
GRANT SELECT ON ALL TABLES IN SCHEMA visible TO virtaama_viewer;

GRANT SELECT ON site, line, point, point_definition, point_current, topic_mapping TO virtaama_ingest;
GRANT SELECT, INSERT ON reading TO virtaama_ingest;
GRANT SELECT, INSERT, UPDATE ON rollup_1m, rollup_1h, rollup_1d, latest, quarantine TO virtaama_ingest;
