-- name: points
SELECT count(*)::int AS points,
       (count(*) FILTER (WHERE l.point_id IS NULL))::int AS silent,
       (count(*) FILTER (
           WHERE now() - l.ts > 2 * make_interval(secs => p.expected_interval_s)
       ))::int AS stale,
       extract(epoch FROM now() - max(l.received_at))::float8 AS newest_age_s
FROM point_current p
LEFT JOIN latest l USING (point_id);

-- name: rate
SELECT (coalesce(sum(n), 0) / 300.0)::float8 AS readings_per_s
FROM rollup_1m
WHERE bucket >= date_trunc('minute', now()) - INTERVAL '5 minutes'
  AND bucket < date_trunc('minute', now());

-- name: quarantine
SELECT reason, count(*)::int AS messages
FROM quarantine WHERE replayed_at IS NULL
GROUP BY reason ORDER BY messages DESC;

-- name: missing
SELECT topic, missing FROM sequence WHERE missing > 0 ORDER BY last_gap DESC;
