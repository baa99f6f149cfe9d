-- Windows of work and verdicts, as ingest and alarms know them. $1 … are asyncpg's parameters; moments are
-- microseconds since 1970 UTC.

-- name: newest_version
SELECT coalesce(max(version), 0) AS version, (extract(epoch FROM now()) * 1000000)::bigint AS now_us
FROM quality_window_version;

-- name: spans_since
-- The windows that had not ended before $1, by point; NULL: open.
SELECT point_id, (extract(epoch FROM starts_at) * 1000000)::bigint AS starts_us,
       (extract(epoch FROM NULLIF(ends_at, 'infinity')) * 1000000)::bigint AS ends_us, kind
FROM quality_window_point
WHERE ends_at > $1;

-- name: follow_states
-- True for one process at a time, until its transaction ends.
SELECT pg_try_advisory_xact_lock(hashtext('virtaama.windows'));

-- name: rules
SELECT window_rule_id, state_point_id, codes, (extract(epoch FROM since) * 1000000)::bigint AS since_us, is_followed
FROM window_rule WHERE retired_at IS NULL ORDER BY window_rule_id;

-- name: follow_rules
UPDATE window_rule SET is_followed = true WHERE window_rule_id = ANY ($1::int[]);

-- name: states_around
-- The states of point $1 from $2 to $3, with the one before and the one after; those without a value say nothing.
(SELECT (extract(epoch FROM ts) * 1000000)::bigint AS ts_us, value FROM reading
 WHERE point_id = $1 AND ts < $2 AND ts >= $4 AND value IS NOT NULL ORDER BY ts DESC LIMIT 1)
UNION ALL
(SELECT (extract(epoch FROM ts) * 1000000)::bigint, value FROM reading
 WHERE point_id = $1 AND ts BETWEEN $2 AND $3 AND value IS NOT NULL)
UNION ALL
(SELECT (extract(epoch FROM ts) * 1000000)::bigint, value FROM reading
 WHERE point_id = $1 AND ts > $3 AND value IS NOT NULL ORDER BY ts LIMIT 1)
ORDER BY ts_us;

-- name: windows_of_rule
-- The windows of rule $1 that touch [$2, $3].
SELECT window_id, (extract(epoch FROM starts_at) * 1000000)::bigint AS starts_us,
       (extract(epoch FROM ends_at) * 1000000)::bigint AS ends_us
FROM quality_window
WHERE window_rule_id = $1 AND NOT is_withdrawn AND starts_at <= $3 AND coalesce(ends_at, 'infinity') >= $2;

-- name: open_by_state
INSERT INTO quality_window (site_id, kind, point_id, instrument_id, element_id, window_rule_id, starts_at, ends_at, reason)
SELECT site_id, kind, point_id, instrument_id, element_id, window_rule_id, $2, $3, ''
FROM window_rule WHERE window_rule_id = $1;

-- name: move_by_state
UPDATE quality_window SET starts_at = $2, ends_at = $3, written_at = now() WHERE window_id = $1;

-- name: withdraw_by_state
UPDATE quality_window SET is_withdrawn = true, written_at = now() WHERE window_id = $1;
