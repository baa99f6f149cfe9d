-- What the calculation of points reads and writes. $1 … are asyncpg's parameters; moments are microseconds
-- since 1970 UTC, NULL is from the beginning.

-- name: points
SELECT p.point_id, s.key AS site, l.key || '/' || p.key AS path,
       (extract(epoch FROM p.retired_at) * 1000000)::bigint AS retired_us
FROM point p JOIN line l USING (line_id) JOIN site s USING (site_id)
ORDER BY p.point_id;

-- name: point_versions
SELECT point_id, (extract(epoch FROM NULLIF(valid_from, '-infinity')) * 1000000)::bigint AS since_us,
       kind, unit, expected_interval_s, formula
FROM point_definition ORDER BY point_id, valid_from;

-- name: element_versions
SELECT s.key AS site, e.key, (extract(epoch FROM NULLIF(d.valid_from, '-infinity')) * 1000000)::bigint AS since_us,
       d.kind, w.key AS within
FROM element_definition d
JOIN element e USING (element_id) JOIN site s USING (site_id)
LEFT JOIN element w ON w.element_id = d.within_id
ORDER BY e.element_id, d.valid_from;

-- name: property_versions
SELECT s.key AS site, e.key, p.property,
       (extract(epoch FROM NULLIF(p.valid_from, '-infinity')) * 1000000)::bigint AS since_us, p.value, p.unit
FROM element_property p JOIN element e USING (element_id) JOIN site s USING (site_id)
ORDER BY e.element_id, p.property, p.valid_from;

-- name: role_versions
SELECT s.key AS site, r.point_id, (extract(epoch FROM NULLIF(r.valid_from, '-infinity')) * 1000000)::bigint AS since_us,
       e.key AS element, r.role
FROM point_role r
JOIN point p USING (point_id) JOIN line l USING (line_id) JOIN site s USING (site_id)
LEFT JOIN element e USING (element_id)
ORDER BY r.point_id, r.valid_from;

-- name: plans
SELECT point_id, since_us, digest FROM calculated_plan;

-- name: forget_plans
DELETE FROM calculated_plan WHERE point_id = ANY ($1::int[]);

-- name: keep_plans
INSERT INTO calculated_plan SELECT * FROM unnest($1::int[], $2::bigint[], $3::text[]);

-- name: keep_inputs
INSERT INTO calculated_input SELECT * FROM unnest($1::int[], $2::int[]) ON CONFLICT DO NOTHING;

-- name: keep_due
INSERT INTO calculation_due AS d SELECT * FROM unnest($1::int[], $2::bigint[], $3::bigint[])
ON CONFLICT (point_id) DO UPDATE SET
    from_us = least(d.from_us, excluded.from_us), to_us = greatest(d.to_us, excluded.to_us);

-- name: count_due
SELECT count(*) FROM calculation_due;

-- name: next_due
SELECT point_id, from_us, to_us FROM calculation_due ORDER BY to_us DESC, point_id LIMIT 1;

-- name: newest_day
-- Begin of the newest local day with readings of any of the points that begins before a moment.
SELECT (extract(epoch FROM max(bucket)) * 1000000)::bigint FROM rollup_1d
WHERE point_id = ANY ($1::int[]) AND bucket < 'epoch'::timestamptz + $2::bigint * INTERVAL '1 microsecond';

-- name: shorten_due
UPDATE calculation_due SET to_us = $2 WHERE point_id = $1;

-- name: forget_due
DELETE FROM calculation_due WHERE point_id = $1;

-- name: newest
SELECT point_id, (extract(epoch FROM ts) * 1000000)::bigint AS ts_us FROM latest WHERE point_id = ANY ($1::int[]);

-- name: readings
-- Of points ($1) all from $2 to $3.
SELECT array_agg(point_id) AS point_id, array_agg((extract(epoch FROM ts) * 1000000)::bigint) AS ts_us,
       array_agg(value) AS value, array_agg(qc) AS qc
FROM reading
WHERE point_id = ANY ($1::int[]) AND ts BETWEEN $2 AND $3;

-- name: preceding
-- Of points ($1) the last one from $2 on that is before $3.
SELECT array_agg(p.point_id) AS point_id, array_agg((extract(epoch FROM r.ts) * 1000000)::bigint) AS ts_us,
       array_agg(r.value) AS value, array_agg(r.qc) AS qc
FROM unnest($1::int[]) p (point_id)
CROSS JOIN LATERAL (
    SELECT ts, value, qc FROM reading r
    WHERE r.point_id = p.point_id AND r.ts >= $2 AND r.ts < $3 ORDER BY r.ts DESC LIMIT 1
) r;

-- name: forget_readings
SELECT forget_calculated($1, $2);
