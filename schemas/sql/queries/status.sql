-- name: now
SELECT now();

-- name: points
SELECT count(*)::int AS points,
       (count(*) FILTER (WHERE l.point_id IS NULL))::int AS silent,
       (count(*) FILTER (
           WHERE now() - l.ts > 2 * make_interval(secs => p.expected_interval_s)
       ))::int AS stale,
       extract(epoch FROM now() - max(l.received_at))::float8 AS newest_age_s,
       min(p.expected_interval_s) AS shortest_interval_s
FROM point_current p
LEFT JOIN latest l USING (point_id);

-- name: stalest
SELECT p.line || '/' || p.key AS point, extract(epoch FROM now() - l.ts)::float8 AS age_s
FROM point_current p
JOIN latest l USING (point_id)
WHERE now() - l.ts > 2 * make_interval(secs => p.expected_interval_s)
ORDER BY l.ts
LIMIT %(limit_rows)s;

-- name: arriving
-- By the time of reception, whatever time the readings are of.
SELECT (coalesce(sum(readings) FILTER (WHERE last_at > now() - INTERVAL '5 minutes'), 0) / 300.0)::float8
           AS readings_per_s,
       extract(epoch FROM now() - max(last_at))::float8 AS newest_age_s
FROM arrival;

-- name: quarantine
SELECT reason, count(*)::int AS messages,
       extract(epoch FROM now() - max(last_seen))::float8 AS newest_age_s
FROM quarantine WHERE replayed_at IS NULL
GROUP BY reason ORDER BY messages DESC, reason;

-- name: ingesting
SELECT count(*)::int FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'virtaama ingest';

-- name: calculation
SELECT (SELECT count(*) FROM point_current WHERE kind = 'calculated')::int AS points,
       (SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'virtaama calculate')::int AS connected,
       coalesce((SELECT c.newest - f.position FROM change_count c, follower f WHERE f.name = 'calculation'), 0)::int
           AS waiting_commits,
       (SELECT count(*) FROM calculation_due)::int AS due_points;

-- name: following
-- Who follows readings for alarms, since when the oldest commit waits for that, and who calls people.
SELECT (count(*) FILTER (WHERE application_name = 'virtaama alarms'))::int AS alarms,
       (count(*) FILTER (WHERE application_name = 'virtaama notify'))::int AS notifiers,
       (SELECT extract(epoch FROM now() - min(committed_at))::float8
        FROM change c JOIN follower f ON f.name = 'alarms' AND c.change_id > f.position) AS behind_s
FROM pg_stat_activity
WHERE datname = current_database();

-- name: missing
SELECT topic, missing AS messages FROM sequence
WHERE missing > 0
ORDER BY last_gap DESC
LIMIT %(limit_rows)s;

-- name: unread
SELECT site || '/' || mapping AS mapping, pointer, topic, times,
       extract(epoch FROM now() - last_seen)::float8 AS age_s
FROM unread_value
ORDER BY site, mapping, pointer;
