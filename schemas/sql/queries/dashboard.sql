-- What the dashboard asks for besides history. Everything goes through schema `visible`.

-- The viewer of a transaction; until it is set, every view is empty.
-- name: bind_viewer
SELECT set_config('virtaama.viewer', %(viewer)s, true);

-- name: limit_statements
SELECT set_config('statement_timeout', %(limit_ms)s, false);

-- name: points
SELECT point_id, site, time_zone, site_name, line, line_kind, line_name, key, tag, area, name, kind,
       unit_display, species, expected_interval_s, range_lo, range_hi, typical_lo, typical_hi,
       verified, provenance, retired_at, interval_starts_ms, interval_lengths_s
FROM visible.point
JOIN (
    SELECT point_id,
           array_agg((extract(epoch FROM valid_from) * 1000)::float8 ORDER BY valid_from)
               AS interval_starts_ms,
           array_agg(expected_interval_s ORDER BY valid_from) AS interval_lengths_s
    FROM visible.point_interval
    GROUP BY point_id
) intervals USING (point_id)
ORDER BY site, line_kind, line, area, key;

-- name: latest
SELECT point_id, (extract(epoch FROM ts) * 1000)::float8 AS ts_ms, value, qc, checks
FROM visible.latest;

-- name: listen
LISTEN virtaama_commit; LISTEN virtaama_access; LISTEN virtaama_site;
