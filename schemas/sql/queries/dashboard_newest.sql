-- The newest reading of a point in a stretch of time, of those that have a value and did not fail.
-- One point at a time and bounds that are known when it is planned: other chunks are left alone.

-- name: newest
SELECT (extract(epoch FROM ts) * 1000)::float8 AS x_ms, value, qc
FROM visible.reading
WHERE point_id = %(point)s AND ts >= %(start)s AND ts < %(end)s
  AND value IS NOT NULL AND qc <> %(fail)s
ORDER BY ts DESC
LIMIT 1;
