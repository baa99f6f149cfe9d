-- What the alarms process reads and writes. $1 … are asyncpg's parameters; stamps are microseconds since 1970 UTC.

-- name: work_alone
-- True for one process at a time; until its connection ends.
SELECT pg_try_advisory_lock(hashtext('virtaama.alarms'));

-- name: definitions
-- The alarms in force; a NULL point_id: the whole site. The alarm of a role has its own at each point. No key has a
-- slash; by line and key there is an index.
SELECT a.alarm_id, a.site_id, a.key, d.priority, d.condition, d.suppression, d.delay_on_s, d.delay_off_s,
       d.is_latching, p.point_id, stop.point_id AS stopped_point_id,
       coalesce((extract(epoch FROM NULLIF(d.valid_from, '-infinity')) * 1000000)::bigint, 0) AS valid_from_us
FROM alarm a
JOIN alarm_definition d ON d.alarm_id = a.alarm_id AND d.name IS NOT NULL AND NOT d.condition ? 'role' AND NOT EXISTS (
    SELECT FROM alarm_definition later WHERE later.alarm_id = d.alarm_id AND later.valid_from > d.valid_from
)
LEFT JOIN LATERAL (
    SELECT p.point_id FROM point p JOIN line l USING (line_id)
    WHERE l.site_id = a.site_id AND l.key = split_part(d.condition->>'point', '/', 1)
      AND p.key = split_part(d.condition->>'point', '/', 2)
) p ON true
LEFT JOIN LATERAL (
    SELECT p.point_id FROM point p JOIN line l USING (line_id)
    WHERE l.site_id = a.site_id AND l.key = split_part(d.suppression->'stopped'->>'point', '/', 1)
      AND p.key = split_part(d.suppression->'stopped'->>'point', '/', 2)
) stop ON true
ORDER BY a.site_id, a.key;

-- name: earlier
-- What an alarm was between two moments, in order of time.
SELECT condition, delay_on_s, delay_off_s, from_us, to_us
FROM (
    SELECT d.*, coalesce((extract(epoch FROM NULLIF(d.valid_from, '-infinity')) * 1000000)::bigint, 0) AS from_us,
           lead((extract(epoch FROM d.valid_from) * 1000000)::bigint) OVER (ORDER BY d.valid_from) AS to_us
    FROM alarm_definition d WHERE d.alarm_id = $1
) d
WHERE name IS NOT NULL AND to_us > $2 AND from_us < $3
ORDER BY from_us;

-- name: states
-- How some alarms stand, with the newest occurrence of each.
SELECT t.alarm_id, (extract(epoch FROM t.since) * 1000000)::bigint AS since_us, t.is_active, t.is_acknowledged,
       t.is_latched, t.occurrence, (extract(epoch FROM t.shelved_until) * 1000000)::bigint AS shelved_until_us,
       t.shelved_by, t.shelved_reason, t.suppressed_by, t.cause, t.out_of_service_by, t.out_of_service_reason,
       t.out_of_service_by IS NOT NULL AS is_out_of_service,
       (extract(epoch FROM o.raised_at) * 1000000)::bigint AS raised_us,
       (extract(epoch FROM o.cleared_at) * 1000000)::bigint AS cleared_us
FROM alarm_state t LEFT JOIN alarm_occurrence o USING (occurrence)
WHERE t.alarm_id = ANY ($1::uuid[]);

-- name: sites
SELECT p.point_id, l.site_id FROM point p JOIN line l USING (line_id);

-- name: followed_until
-- When the first commit after a position was made, before which all has been worked on; and when the last one
-- up to it was made.
SELECT (extract(epoch FROM coalesce(
    (SELECT committed_at FROM change WHERE change_id > $1 ORDER BY change_id LIMIT 1), clock_timestamp()
)) * 1000000)::bigint AS until_us, (extract(epoch FROM coalesce(
    (SELECT committed_at FROM change WHERE change_id <= $1 ORDER BY change_id DESC LIMIT 1), clock_timestamp()
)) * 1000000)::bigint AS heard_us;

-- name: followed_of_points
-- Of the points that the next commits after a position touched before $2: up to when we have followed them. Of what was
-- followed the last commits are looked at, and whether there is something newer that the next ones did not bring.
WITH ahead AS MATERIALIZED (
    SELECT t.point_id, min(t.from_us) AS from_us, max(t.to_us) AS to_us
    FROM change, unnest(point_ids, from_us, to_us) AS t (point_id, from_us, to_us)
    WHERE change_id > $1 AND change_id <= $1 + 1000 AND t.from_us < $2
    GROUP BY t.point_id
), followed AS MATERIALIZED (
    SELECT t.point_id, max(t.to_us) AS to_us
    FROM change, unnest(point_ids, to_us) AS t (point_id, to_us)
    WHERE change_id <= $1 AND change_id > $1 - 1000 AND t.point_id IN (SELECT point_id FROM ahead)
    GROUP BY t.point_id
)
SELECT a.point_id, greatest(a.from_us - 1, f.to_us, (
    SELECT (extract(epoch FROM r.ts) * 1000000)::bigint FROM reading r
    WHERE r.point_id = a.point_id AND r.ts > 'epoch'::timestamptz + a.to_us * INTERVAL '1 microsecond'
      AND r.ts < 'epoch'::timestamptz + $2::bigint * INTERVAL '1 microsecond'
    ORDER BY r.ts DESC LIMIT 1
)) AS followed_us
FROM ahead a LEFT JOIN followed f USING (point_id);

-- name: newest_before
-- Of each point the last reading before its moment $2 and those up to a span before that one.
SELECT w.point_id, (extract(epoch FROM r.ts) * 1000000)::bigint AS ts_us, r.value, r.qc,
       (extract(epoch FROM r.received_at - r.ts) * 1000000)::bigint AS lag_us
FROM unnest($1::int[], $2::bigint[], $3::bigint[]) AS w (point_id, until_us, span_us)
CROSS JOIN LATERAL (
    SELECT r.ts FROM reading r
    WHERE r.point_id = w.point_id AND r.ts < 'epoch'::timestamptz + w.until_us * INTERVAL '1 microsecond'
    ORDER BY r.ts DESC LIMIT 1
) last
CROSS JOIN LATERAL (
    SELECT r.* FROM reading r
    WHERE r.point_id = w.point_id AND r.ts <= last.ts AND r.ts >= last.ts - w.span_us * INTERVAL '1 microsecond'
    ORDER BY r.ts
) r
ORDER BY w.point_id, r.ts;

-- name: plan_with_bounds
-- A plan for any bounds visits all chunks.
SELECT set_config('plan_cache_mode', 'force_custom_plan', false);

-- name: spans
-- The readings in spans of points; $4 and $5 bound all of them, so that other chunks are left out.
SELECT DISTINCT r.point_id, (extract(epoch FROM r.ts) * 1000000)::bigint AS ts_us, r.value, r.qc,
       (extract(epoch FROM r.received_at - r.ts) * 1000000)::bigint AS lag_us
FROM unnest($1::int[], $2::bigint[], $3::bigint[]) AS s (point_id, from_us, to_us)
CROSS JOIN LATERAL (
    SELECT r.* FROM reading r
    WHERE r.point_id = s.point_id
      AND r.ts >= 'epoch'::timestamptz + s.from_us * INTERVAL '1 microsecond'
      AND r.ts <= 'epoch'::timestamptz + s.to_us * INTERVAL '1 microsecond'
      AND r.ts BETWEEN $4 AND $5
    OFFSET 0
) r
ORDER BY r.point_id, ts_us;

-- name: occurrences_between
-- The occurrences of an alarm that touch a span.
SELECT (extract(epoch FROM raised_at) * 1000000)::bigint AS raised_us,
       (extract(epoch FROM cleared_at) * 1000000)::bigint AS cleared_us, raised_value
FROM alarm_occurrence
WHERE alarm_id = $1
  AND raised_at <= 'epoch'::timestamptz + $3::bigint * INTERVAL '1 microsecond'
  AND (cleared_at IS NULL OR cleared_at >= 'epoch'::timestamptz + $2::bigint * INTERVAL '1 microsecond')
ORDER BY raised_at;

-- name: rises_before
-- When alarms were raised last before a moment, so many of each.
SELECT asked.alarm_id, ARRAY(
    SELECT raised_us FROM (
        SELECT (extract(epoch FROM o.raised_at) * 1000000)::bigint AS raised_us
        FROM alarm_occurrence o
        WHERE o.alarm_id = asked.alarm_id AND o.raised_at < 'epoch'::timestamptz + $2::bigint * INTERVAL '1 microsecond'
        ORDER BY o.raised_at DESC LIMIT $3
    ) last ORDER BY raised_us
) AS rises_us
FROM unnest($1::uuid[]) AS asked (alarm_id);

-- name: was_suppressed
-- Whether from $1 to $2 point $3 was being worked on, or unit $5 in one of the states $6, or one of the alarms $8 of site
-- $7 active, all the time.
SELECT EXISTS (
    SELECT FROM quality_window_point
    WHERE point_id = $3 AND kind = ANY ($4::text[]) AND starts_at <= $1 AND ends_at >= $2
) OR EXISTS (
    SELECT FROM alarm_occurrence o JOIN alarm a USING (alarm_id)
    WHERE a.site_id = $7 AND a.key = ANY ($8::text[]) AND o.raised_at <= $1 AND coalesce(o.cleared_at, 'infinity') >= $2
) OR coalesce((
    SELECT round(value) = ANY ($6::float8[]) FROM reading
    WHERE point_id = $5 AND ts <= $1 AND value IS NOT NULL ORDER BY ts DESC LIMIT 1
), false) AND NOT EXISTS (
    SELECT FROM reading
    WHERE point_id = $5 AND ts > $1 AND ts < $2 AND round(value) <> ALL ($6::float8[])
);

-- name: work_between
-- When points were being worked on between $3 and $4, no longer than that.
SELECT point_id, (extract(epoch FROM greatest(starts_at, $3)) * 1000000)::bigint AS from_us,
       (extract(epoch FROM least(ends_at, $4)) * 1000000)::bigint AS to_us
FROM quality_window_point
WHERE point_id = ANY ($1::int[]) AND kind = ANY ($2::text[]) AND starts_at <= $4 AND ends_at >= $3;

-- name: causes_between
-- When alarms of some keys were active between $2 and $3, no longer than that.
SELECT a.site_id, a.key, a.alarm_id, (extract(epoch FROM greatest(o.raised_at, $2)) * 1000000)::bigint AS from_us,
       (extract(epoch FROM least(o.cleared_at, $3)) * 1000000)::bigint AS to_us
FROM alarm a JOIN alarm_occurrence o USING (alarm_id)
WHERE a.key = ANY ($1::text[]) AND o.raised_at <= $3 AND (o.cleared_at IS NULL OR o.cleared_at >= $2);

-- name: acts
-- What people want and nobody has done yet; what waits for an approval is not ours.
SELECT act_id, alarm_id, occurrence, kind, (extract(epoch FROM at) * 1000000)::bigint AS at_us, account_id, comment,
       (extract(epoch FROM until) * 1000000)::bigint AS until_us
FROM alarm_act
WHERE done_at IS NULL AND kind <> 'ask_out_of_service'
ORDER BY act_id LIMIT $1;

-- name: acts_done
UPDATE alarm_act SET done_at = clock_timestamp() WHERE act_id = ANY ($1::bigint[]);

-- name: raise
INSERT INTO alarm_occurrence (occurrence, alarm_id, priority, raised_at, recorded_at, is_late, raised_value, limit_value)
VALUES ($1, $2, $3, 'epoch'::timestamptz + $4::bigint * INTERVAL '1 microsecond',
        'epoch'::timestamptz + $5::bigint * INTERVAL '1 microsecond', $6, $7, $8);

-- name: clear
UPDATE alarm_occurrence
SET cleared_at = greatest(raised_at, 'epoch'::timestamptz + $2::bigint * INTERVAL '1 microsecond')
WHERE occurrence = $1 AND cleared_at IS NULL;

-- name: acknowledge
-- With an occurrence all older ones of its alarm.
UPDATE alarm_occurrence o
SET acknowledged_at = greatest(o.recorded_at, 'epoch'::timestamptz + $2::bigint * INTERVAL '1 microsecond'),
    acknowledged_by = $3
FROM alarm_occurrence mine
WHERE mine.occurrence = $1 AND o.alarm_id = mine.alarm_id AND o.recorded_at <= mine.recorded_at
  AND o.acknowledged_at IS NULL;

-- name: journal
INSERT INTO alarm_event (alarm_id, occurrence, kind, at, recorded_at, priority, value, is_late, state, account_id,
                         comment, group_id)
VALUES ($1, $2, $3, 'epoch'::timestamptz + $4::bigint * INTERVAL '1 microsecond',
        'epoch'::timestamptz + $5::bigint * INTERVAL '1 microsecond', $6, $7, $8, $9, $10, $11, $12);

-- name: stand
INSERT INTO alarm_state AS t (alarm_id, state, since, is_active, is_acknowledged, is_latched, occurrence, shelved_until,
    shelved_by, shelved_reason, suppressed_by, cause, out_of_service_by, out_of_service_reason)
VALUES ($1, $2, 'epoch'::timestamptz + $3::bigint * INTERVAL '1 microsecond', $4, $5, $6, $7,
        'epoch'::timestamptz + $8::bigint * INTERVAL '1 microsecond', $9, $10, $11, $12, $13, $14)
ON CONFLICT (alarm_id) DO UPDATE SET
    state = excluded.state, since = excluded.since, is_active = excluded.is_active,
    is_acknowledged = excluded.is_acknowledged, is_latched = excluded.is_latched,
    occurrence = excluded.occurrence, shelved_until = excluded.shelved_until, shelved_by = excluded.shelved_by,
    shelved_reason = excluded.shelved_reason, suppressed_by = excluded.suppressed_by, cause = excluded.cause,
    out_of_service_by = excluded.out_of_service_by, out_of_service_reason = excluded.out_of_service_reason;

-- name: end_what_is_gone
-- Alarms that nobody defines any more are over since their definition ended.
WITH gone AS (
    UPDATE alarm_state t
    SET state = 'normal', since = ended.at, is_active = false, is_acknowledged = true, is_latched = false,
        shelved_until = NULL, shelved_by = NULL, shelved_reason = NULL, suppressed_by = NULL, cause = NULL,
        out_of_service_by = NULL, out_of_service_reason = NULL
    FROM (
        SELECT alarm_id, least(max(valid_from), now()) AS at FROM alarm_definition GROUP BY alarm_id
    ) ended
    WHERE ended.alarm_id = t.alarm_id AND t.alarm_id <> ALL ($1::uuid[])
      AND (t.state <> 'normal' OR t.is_active)
    RETURNING t.alarm_id, t.occurrence, ended.at
), cleared AS (
    UPDATE alarm_occurrence o SET cleared_at = greatest(gone.at, raised_at)
    FROM gone WHERE o.occurrence = gone.occurrence AND o.cleared_at IS NULL
    RETURNING o.occurrence, o.alarm_id, o.priority, o.cleared_at
)
INSERT INTO alarm_event (alarm_id, occurrence, kind, at, recorded_at, priority, is_late, state)
SELECT alarm_id, occurrence, 'cleared', cleared_at, now(), priority, false, 'normal' FROM cleared;
