-- What a viewer sees of the plant and of what was measured: what its windows of points let through.
-- What a viewer is told is dated by its last window: what came later is somebody else's.

CREATE VIEW visible.viewer WITH (security_barrier) AS
SELECT v.account_id, v.device_id, v.role, c.key AS company, v.sees_all
FROM current_viewer v LEFT JOIN company c USING (company_id);

CREATE VIEW visible.point_window WITH (security_barrier) AS
SELECT point_id, granted_from, granted_to FROM point_window;

CREATE VIEW visible.line WITH (security_barrier) AS
SELECT l.line_id, s.key AS site, s.time_zone, l.key, l.kind, l.name
FROM line l
JOIN site s USING (site_id)
WHERE l.line_id IN (SELECT p.line_id FROM point p JOIN point_window g USING (point_id))
   OR EXISTS (SELECT FROM current_viewer WHERE sees_all);

-- A retired point stays, with the moment.
CREATE VIEW visible.point WITH (security_barrier) AS
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

CREATE VIEW visible.point_definition WITH (security_barrier) AS
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

-- From when on which interval was expected of a point: old readings are judged by what was true for them.
CREATE VIEW visible.point_interval WITH (security_barrier) AS
SELECT point_id, valid_from, expected_interval_s FROM visible.point_definition;

-- What counting needs of a counter's definitions.
CREATE VIEW visible.counter_definition WITH (security_barrier) AS
SELECT d.point_id, d.valid_from, d.unit, d.range_hi, d.max_rate_per_h
FROM (
    SELECT d.*, lead(valid_from, 1, 'infinity') OVER (PARTITION BY point_id ORDER BY valid_from)
        AS valid_to
    FROM point_definition d
) d
WHERE EXISTS (
    SELECT FROM point_window g
    WHERE g.point_id = d.point_id AND d.valid_from < g.granted_to AND d.valid_to > g.granted_from
);

CREATE VIEW visible.assignment WITH (security_barrier) AS
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

-- Limits as far as they touch the viewer's windows, each with its end; one that ends later has none. The unit is
-- the one in which it was written: that of its point when the limit began.
CREATE VIEW visible.limit_value WITH (security_barrier) AS
SELECT v.point_id, v.bound, v.statistic, v.value, v.valid_from,
       s.key AS limit_set, s.name, s.source, s.verified_by,
       CASE WHEN v.valid_to < w.until THEN v.valid_to ELSE 'infinity' END AS valid_to,
       d.unit
FROM (
    SELECT v.*, lead(valid_from, 1, 'infinity') OVER (
        PARTITION BY limit_set_id, point_id, bound, statistic ORDER BY valid_from) AS valid_to
    FROM limit_value v
) v
JOIN limit_set s USING (limit_set_id)
JOIN (SELECT point_id, max(granted_to) AS until FROM point_window GROUP BY point_id) w USING (point_id)
JOIN LATERAL (
    SELECT d.unit FROM point_definition d
    WHERE d.point_id = v.point_id
    ORDER BY d.valid_from <= v.valid_from DESC,
             CASE WHEN d.valid_from <= v.valid_from THEN d.valid_from END DESC, d.valid_from
    LIMIT 1
) d ON true
WHERE EXISTS (
    SELECT FROM point_window g
    WHERE g.point_id = v.point_id AND v.valid_from < g.granted_to AND v.valid_to > g.granted_from
);

-- What contains an element, and where it leads, is told to those who may see that, too.
CREATE VIEW visible.element WITH (security_barrier) AS
WITH seen AS MATERIALIZED (SELECT * FROM element_window),
     last AS MATERIALIZED (SELECT element_id, max(granted_to) AS until FROM seen GROUP BY element_id)
SELECT d.element_id, s.key AS site, e.key, d.kind, d.name, l.key AS line, d.valid_from,
       CASE WHEN d.valid_to < last.until THEN d.valid_to ELSE 'infinity' END AS valid_to,
       (SELECT o.key FROM element o JOIN last USING (element_id) WHERE o.element_id = d.within_id) AS within,
       (SELECT o.key FROM element o JOIN last USING (element_id) WHERE o.element_id = d.from_id) AS source,
       (SELECT o.key FROM element o JOIN last USING (element_id) WHERE o.element_id = d.to_id) AS target
FROM (
    SELECT d.*, lead(valid_from, 1, 'infinity') OVER (PARTITION BY element_id ORDER BY valid_from) AS valid_to
    FROM element_definition d
) d
JOIN last USING (element_id)
JOIN element e USING (element_id)
JOIN site s USING (site_id)
JOIN line l USING (line_id)
WHERE EXISTS (
    SELECT FROM seen g
    WHERE g.element_id = d.element_id AND d.valid_from < g.granted_to AND d.valid_to > g.granted_from
);

CREATE VIEW visible.element_property WITH (security_barrier) AS
WITH seen AS MATERIALIZED (SELECT * FROM element_window),
     last AS MATERIALIZED (SELECT element_id, max(granted_to) AS until FROM seen GROUP BY element_id)
SELECT p.element_id, p.property, p.value, p.unit, p.valid_from,
       CASE WHEN p.valid_to < last.until THEN p.valid_to ELSE 'infinity' END AS valid_to
FROM (
    SELECT p.*, lead(valid_from, 1, 'infinity')
        OVER (PARTITION BY element_id, property ORDER BY valid_from) AS valid_to
    FROM element_property p
) p
JOIN last USING (element_id)
WHERE p.value IS NOT NULL AND EXISTS (
    SELECT FROM seen g
    WHERE g.element_id = p.element_id AND p.valid_from < g.granted_to AND p.valid_to > g.granted_from
);

CREATE VIEW visible.point_role WITH (security_barrier) AS
SELECT r.point_id, r.element_id, r.role, r.valid_from,
       CASE WHEN r.valid_to < w.until THEN r.valid_to ELSE 'infinity' END AS valid_to
FROM point_role_period r
JOIN (SELECT point_id, max(granted_to) AS until FROM point_window GROUP BY point_id) w USING (point_id)
WHERE EXISTS (
    SELECT FROM point_window g
    WHERE g.point_id = r.point_id AND r.valid_from < g.granted_to AND r.valid_to > g.granted_from
);

CREATE VIEW visible.reading WITH (security_barrier) AS
SELECT r.* FROM reading r
JOIN point_window g ON g.point_id = r.point_id AND r.ts >= g.granted_from AND r.ts < g.granted_to;

CREATE VIEW visible.rollup_5m WITH (security_barrier) AS
SELECT r.* FROM rollup_5m r
JOIN point_window g ON g.point_id = r.point_id
    AND r.bucket >= g.granted_from AND r.bucket + INTERVAL '5 minutes' <= g.granted_to;

CREATE VIEW visible.rollup_1h WITH (security_barrier) AS
SELECT r.* FROM rollup_1h r
JOIN point_window g ON g.point_id = r.point_id
    AND r.bucket >= g.granted_from AND r.bucket + INTERVAL '1 hour' <= g.granted_to;

-- A bucket is a local day of the site, 23 to 25 hours long: it must end within the window.
CREATE VIEW visible.rollup_1d WITH (security_barrier) AS
SELECT r.* FROM rollup_1d r
JOIN point_window g ON g.point_id = r.point_id AND r.bucket >= g.granted_from
JOIN point p ON p.point_id = r.point_id
JOIN line l USING (line_id)
JOIN site s USING (site_id)
WHERE (r.bucket AT TIME ZONE s.time_zone + INTERVAL '1 day') AT TIME ZONE s.time_zone <= g.granted_to;

CREATE VIEW visible.latest WITH (security_barrier) AS
SELECT t.* FROM latest t
JOIN point_window g ON g.point_id = t.point_id AND t.ts >= g.granted_from AND t.ts < g.granted_to;

-- What a chart or a package must know: from when on there are readings, five minutes and hours. Whoever sees no
-- point learns nothing of it.
CREATE VIEW visible.storage_class WITH (security_barrier) AS
SELECT class, dropped_before FROM storage_class WHERE EXISTS (SELECT FROM point_window);

CREATE VIEW visible.quarantine_summary WITH (security_barrier) AS
SELECT reason, count(*) AS messages, max(last_seen) AS last_seen
FROM quarantine
WHERE replayed_at IS NULL AND EXISTS (SELECT FROM current_viewer WHERE sees_all)
GROUP BY reason;

GRANT SELECT ON ALL TABLES IN SCHEMA visible TO virtaama_viewer;
