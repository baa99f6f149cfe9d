-- What was true when: limits and names as of a viewer's window, points that are retired, and rollups that
-- span a change of unit.

CREATE TABLE point_former_name (
    point_id int NOT NULL REFERENCES point,
    until    timestamptz NOT NULL,
    tag      text NOT NULL,
    area     text NOT NULL,
    name     jsonb NOT NULL,
    PRIMARY KEY (point_id, until)
);
COMMENT ON TABLE point_former_name IS 'what a point was called until a moment; its name of today stands in point';
ALTER TABLE point_former_name ENABLE ROW LEVEL SECURITY;

-- A retired point stays, with the moment; nobody learns what happened after their last window closed.
CREATE OR REPLACE VIEW visible.point WITH (security_barrier) AS
SELECT p.point_id, s.key AS site, s.name AS site_name, s.time_zone, l.key AS line,
       l.kind AS line_kind, l.name AS line_name, p.key, coalesce(f.tag, p.tag) AS tag,
       coalesce(f.area, p.area) AS area, coalesce(f.name, p.name) AS name, d.kind, d.unit, d.unit_display,
       d.species, d.expected_interval_s, d.range_lo, d.range_hi, d.typical_lo, d.typical_hi,
       d.verified, d.states, d.note, i.key AS instrument, i.provenance,
       i.description AS instrument_description,
       CASE WHEN p.retired_at < w.until THEN p.retired_at END AS retired_at
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
LEFT JOIN LATERAL (
    SELECT * FROM point_former_name f
    WHERE f.point_id = p.point_id AND f.until >= w.until
    ORDER BY f.until LIMIT 1
) f ON true;

CREATE OR REPLACE VIEW visible.trial_point WITH (security_barrier) AS
SELECT tp.trial_id, tp.point_id, p.line_id <> t.line_id AS reference
FROM trial_access t
JOIN trial_point tp USING (trial_id)
JOIN point p USING (point_id);

-- Limits as far as they touch the viewer's windows, each with its end; one that ends later has none.
CREATE OR REPLACE VIEW visible.limit_value WITH (security_barrier) AS
SELECT v.point_id, v.bound, v.statistic, v.value, v.valid_from,
       s.key AS limit_set, s.name, s.source, s.verified_by,
       CASE WHEN v.valid_to < w.until THEN v.valid_to ELSE 'infinity' END AS valid_to
FROM (
    SELECT v.*, lead(valid_from, 1, 'infinity') OVER (
        PARTITION BY limit_set_id, point_id, bound, statistic ORDER BY valid_from) AS valid_to
    FROM limit_value v
) v
JOIN limit_set s USING (limit_set_id)
JOIN (SELECT point_id, max(granted_to) AS until FROM point_window GROUP BY point_id) w USING (point_id)
WHERE EXISTS (
    SELECT FROM point_window g
    WHERE g.point_id = v.point_id AND v.valid_from < g.granted_to AND v.valid_to > g.granted_from
);

CREATE OR REPLACE VIEW visible.point_definition WITH (security_barrier) AS
SELECT d.point_id, d.valid_from, d.kind, d.unit, d.unit_display, d.species, d.expected_interval_s,
       d.range_lo, d.range_hi, d.typical_lo, d.typical_hi, d.verified, d.states, d.note,
       CASE WHEN d.valid_to < w.until THEN d.valid_to ELSE 'infinity' END AS valid_to
FROM (
    SELECT d.*, lead(valid_from, 1, 'infinity') OVER (PARTITION BY point_id ORDER BY valid_from)
        AS valid_to
    FROM point_definition d
) d
JOIN (SELECT point_id, max(granted_to) AS until FROM point_window GROUP BY point_id) w USING (point_id)
WHERE EXISTS (
    SELECT FROM point_window g
    WHERE g.point_id = d.point_id AND d.valid_from < g.granted_to AND d.valid_to > g.granted_from
);

CREATE OR REPLACE VIEW visible.assignment WITH (security_barrier) AS
SELECT a.point_id, a.valid_from,
       CASE WHEN a.valid_to < w.until THEN a.valid_to ELSE 'infinity' END AS valid_to,
       i.key AS instrument, i.provenance, i.description
FROM (
    SELECT a.*, lead(valid_from, 1, 'infinity') OVER (PARTITION BY point_id ORDER BY valid_from)
        AS valid_to
    FROM assignment a
) a
JOIN (SELECT point_id, max(granted_to) AS until FROM point_window GROUP BY point_id) w USING (point_id)
LEFT JOIN instrument i USING (instrument_id)
WHERE EXISTS (
    SELECT FROM point_window g
    WHERE g.point_id = a.point_id AND a.valid_from < g.granted_to AND a.valid_to > g.granted_from
);

-- The buckets of a point that a change of its unit falls into, anew from its readings and in the unit of
-- their begin. `starts` are the moments of all its definitions, rising; a value of one becomes a value of the
-- newest by `scales` and `offsets`. Rows are locked before anything is read: whoever adds to them meanwhile
-- either has committed by then, or adds afterwards.
CREATE FUNCTION rebuild_rollups(
    point int, changed_at timestamptz, starts timestamptz[], scales float8[], offsets float8[]
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    zone text;
    span record;
    mine int;
BEGIN
    starts[1] := '-infinity';  -- what is before the first definition belongs to it
    SELECT s.time_zone INTO zone
    FROM public.point p JOIN public.line l USING (line_id) JOIN public.site s USING (site_id)
    WHERE p.point_id = point;
    FOR span IN
        SELECT 'rollup_1m' AS rollup, date_trunc('minute', changed_at, 'UTC') AS since,
               date_trunc('minute', changed_at, 'UTC') + INTERVAL '1 minute' AS until
        UNION ALL
        SELECT 'rollup_1h', date_trunc('hour', changed_at, 'UTC'),
               date_trunc('hour', changed_at, 'UTC') + INTERVAL '1 hour'
        UNION ALL
        SELECT 'rollup_1d', day, (day AT TIME ZONE zone + INTERVAL '1 day') AT TIME ZONE zone
        FROM (SELECT date_trunc('day', changed_at, zone) AS day) today
    LOOP
        CONTINUE WHEN span.since = changed_at;
        EXECUTE format('SELECT FROM %I WHERE point_id = $1 AND bucket = $2 FOR UPDATE', span.rollup)
            USING point, span.since;
        mine := (SELECT count(*) FROM unnest(starts) AS s (start) WHERE start <= span.since);
        EXECUTE format($update$
            UPDATE %I SET
                n_used = r.n_used, n_good = r.n_good, sum = r.sum, sum_good = r.sum_good, min = r.min,
                max = r.max, first = r.first, first_ts = r.first_ts, last = r.last, last_ts = r.last_ts
            FROM (
                SELECT count(*) FILTER (WHERE used)::int AS n_used,
                       count(*) FILTER (WHERE good)::int AS n_good,
                       coalesce(sum(value) FILTER (WHERE used), 0) AS sum,
                       coalesce(sum(value) FILTER (WHERE good), 0) AS sum_good,
                       min(value) FILTER (WHERE used) AS min, max(value) FILTER (WHERE used) AS max,
                       (array_agg(value ORDER BY ts) FILTER (WHERE used))[1] AS first,
                       min(ts) FILTER (WHERE used) AS first_ts,
                       (array_agg(value ORDER BY ts DESC) FILTER (WHERE used))[1] AS last,
                       max(ts) FILTER (WHERE used) AS last_ts
                FROM (
                    SELECT r.ts, r.value IS NOT NULL AND r.qc <> 4 AS used,
                           r.value IS NOT NULL AND r.qc <= 2 AS good,
                           CASE WHEN own.scale = $5 AND own.shift = $6 THEN r.value
                                ELSE (r.value * own.scale + own.shift - $6) / $5 END AS value
                    FROM public.reading r
                    CROSS JOIN LATERAL (
                        SELECT d.scale, d.shift
                        FROM unnest($4::timestamptz[], $7::float8[], $8::float8[])
                            AS d (start, scale, shift)
                        WHERE d.start <= r.ts ORDER BY d.start DESC LIMIT 1
                    ) own
                    WHERE r.point_id = $1 AND r.ts >= $2 AND r.ts < $3
                ) readings
            ) r
            WHERE point_id = $1 AND bucket = $2
        $update$, span.rollup)
        USING point, span.since, span.until, starts, scales[mine], offsets[mine], scales, offsets;
    END LOOP;
END
$$;
REVOKE EXECUTE ON FUNCTION rebuild_rollups FROM PUBLIC;
