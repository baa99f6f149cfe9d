-- What the dashboard asks for besides history. Everything goes through schema `visible`.

-- name: bind_viewer
-- The viewer of a transaction; until it is set, every view is empty.
SELECT set_config('virtaama.viewer', %(viewer)s, true);

-- name: bind_limits
-- What the viewer may write in this transaction; the database has ceilings of its own.
SELECT set_config('virtaama.' || key, value, true) FROM jsonb_each_text(%(limits)s);

-- name: limit_statements
SELECT set_config('statement_timeout', %(limit_ms)s, false);

-- name: sites
SELECT key, name, time_zone, language FROM visible.site ORDER BY site_id;

-- name: points
SELECT point_id, site, time_zone, site_name, line, line_kind, line_name, key, tag, area, name, kind,
       unit, unit_display, species, expected_interval_s, range_lo, range_hi, typical_lo, typical_hi,
       verified, provenance, retired_at, note
FROM visible.point
WHERE site = %(site)s
ORDER BY line_kind, line, area, key;

-- name: point_intervals
-- Asked for apart from the points: joined with them, it was computed anew for each of thousands.
SELECT point_id,
       array_agg((extract(epoch FROM valid_from) * 1000)::float8 ORDER BY valid_from) AS starts_ms,
       array_agg(expected_interval_s ORDER BY valid_from) AS lengths_s
FROM visible.point_interval
WHERE point_id = ANY (%(points)s)
GROUP BY point_id;

-- name: latest
SELECT point_id, (extract(epoch FROM ts) * 1000)::float8 AS ts_ms, value, qc, checks
FROM visible.latest
WHERE point_id = ANY (%(points)s);

-- name: deviating_since
-- Since when points deviate: the first reading after the last good one, or the first one since `start`
-- if none was good. Hours tell where to look, so that few readings are touched; `start` stands in each
-- question, so that older chunks are left out when it is planned.
SELECT asked.point_id, (extract(epoch FROM begun.ts) * 1000)::float8 AS since_ms
FROM unnest(%(points)s::int[]) AS asked (point_id)
LEFT JOIN LATERAL (
    SELECT bucket FROM visible.rollup_1h
    WHERE point_id = asked.point_id AND bucket >= %(start)s AND n_good > 0
    ORDER BY bucket DESC LIMIT 1
) hour ON true
LEFT JOIN LATERAL (
    SELECT ts FROM visible.reading
    WHERE point_id = asked.point_id AND qc = 1 AND ts >= %(start)s
      AND ts >= hour.bucket AND ts < hour.bucket + INTERVAL '1 hour'
    ORDER BY ts DESC LIMIT 1
) good ON true
LEFT JOIN LATERAL (
    SELECT ts FROM visible.reading
    WHERE point_id = asked.point_id AND ts >= %(start)s AND ts > coalesce(good.ts, %(start)s)
    ORDER BY ts LIMIT 1
) begun ON true;

-- name: listen
LISTEN virtaama_commit; LISTEN virtaama_access; LISTEN virtaama_site; LISTEN virtaama_alarm;
