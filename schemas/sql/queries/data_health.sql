-- What the page about the state of the data asks for. Everything goes through schema `visible`.

-- name: list_latest
SELECT point_id, ts, received_at, value, qc, checks FROM visible.latest;

-- name: list_good_by_day
-- The good readings of points of each day since `start`, in any order, and the first reading since then. `extract` counts
-- in decimals, which takes as long as all else.
SELECT point_id, array_agg(date_part('epoch', bucket)) AS x_s, array_agg(n_good) AS n_good,
       1000.0 * date_part('epoch', min(coalesce(first_ts, bucket))) AS first_ms
FROM visible.rollup_1d
WHERE bucket >= %(start)s AND point_id = ANY (%(points)s)
GROUP BY point_id;

-- name: list_begun_before
-- Points that had a reading on a day before `start`.
SELECT asked.point_id
FROM unnest(%(points)s::int[]) AS asked (point_id)
WHERE EXISTS (SELECT FROM visible.rollup_1d WHERE point_id = asked.point_id AND bucket < %(start)s);

-- name: list_work
-- When points were worked on since `start`, until now, those of each point in order.
SELECT point_id, 1000.0 * date_part('epoch', starts_at),
       1000.0 * date_part('epoch', least(coalesce(ends_at, %(now)s), %(now)s))
FROM visible.quality_window
WHERE site = %(site)s AND kind = ANY (%(kinds)s) AND starts_at < %(now)s AND coalesce(ends_at, %(now)s) > %(start)s
ORDER BY 1, 2;

-- name: list_last_good
-- The newest good reading of points, from the newest day that has one.
SELECT asked.point_id, good.ts, good.value
FROM unnest(%(points)s::int[]) AS asked (point_id)
CROSS JOIN LATERAL (
    SELECT bucket FROM visible.rollup_1d
    WHERE point_id = asked.point_id AND bucket >= %(start)s AND n_good > 0
    ORDER BY bucket DESC LIMIT 1
) day
CROSS JOIN LATERAL (
    SELECT ts, value FROM visible.reading
    WHERE point_id = asked.point_id AND qc = 1 AND ts >= %(start)s
      AND ts >= day.bucket AND ts < day.bucket + INTERVAL '25 hours'
    ORDER BY ts DESC LIMIT 1
) good;

-- name: list_sequence_gaps
SELECT topic, gaps, missing, last_gap, last_seen FROM visible.sequence_gap
WHERE missing > 0
ORDER BY last_gap DESC
LIMIT %(limit_rows)s;

-- name: list_quarantine
SELECT reason, messages, last_seen FROM visible.quarantine_summary ORDER BY messages DESC, reason;

-- name: list_unread_values
SELECT mapping, pointer, topic, times, last_seen FROM visible.unread_value
ORDER BY mapping, pointer
LIMIT %(limit_rows)s;

-- name: list_rechecks
-- What a state asked for bears the name of its rule: it is told where that rule puts its windows.
SELECT r.asked_at, r.asked_by, r.reason, r.points, r.share, r.looked_at, r.changed, r.state = 'done',
       w.rule IS NOT NULL, w.point_id, w.instrument, w.element
FROM visible.recheck r
LEFT JOIN LATERAL (
    SELECT rule, point_id, instrument, element FROM visible.quality_window_version v
    WHERE v.site = r.site AND v.rule = r.asked_by AND v.kind = r.reason
    LIMIT 1
) w ON true
WHERE r.site = %(site)s
ORDER BY r.asked_at DESC, r.recheck_id
LIMIT %(limit_rows)s;

-- name: list_clock_offsets
-- Of each device the median over the newest readings of its points; of those that are furthest off also how it was on
-- the days before, by one point. Without what has the time of the server, and what is computed or analysed here.
WITH sending AS MATERIALIZED (
    SELECT point_id, coalesce(instrument, line) AS device, coalesce(expected_interval_s, 0) AS interval_s
    FROM visible.point WHERE site = %(site)s AND kind NOT IN ('calculated', 'laboratory')
), newest AS (
    -- `= 0` is planned as one row of two hundred, and the points would be gone through for each.
    SELECT p.device, p.point_id, p.interval_s, extract(epoch FROM l.received_at - l.ts)::float8 AS delay_s
    FROM visible.latest l JOIN sending p USING (point_id)
    WHERE l.checks & 32 <> 32 AND l.received_at >= %(since)s AND l.ts >= %(since)s
), device AS (
    SELECT device, count(*) AS points, percentile_cont(0.5) WITHIN GROUP (ORDER BY delay_s) AS median_s,
           max(interval_s) AS interval_s, min(point_id) AS point_id
    FROM newest GROUP BY device
    ORDER BY abs(percentile_cont(0.5) WITHIN GROUP (ORDER BY delay_s)) DESC, device
    LIMIT %(limit_rows)s
), hour AS MATERIALIZED (
    -- Moments, not sums: a sum is not leakproof, and the view would read all of a point for each hour.
    SELECT days, %(now)s - days * INTERVAL '1 day' - INTERVAL '1 hour' AS since, %(now)s - days * INTERVAL '1 day' AS until
    FROM generate_series(1, %(days)s) AS days
)
SELECT d.device, d.points, d.median_s, d.interval_s,
       coalesce(array_agg(e.days ORDER BY e.days) FILTER (WHERE e.median_s IS NOT NULL), '{}'),
       coalesce(array_agg(e.median_s ORDER BY e.days) FILTER (WHERE e.median_s IS NOT NULL), '{}')
FROM device d
CROSS JOIN LATERAL (
    SELECT hour.days, (
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY delay_s)
        FROM (
            SELECT extract(epoch FROM r.received_at - r.ts)::float8 AS delay_s FROM visible.reading r
            WHERE r.point_id = d.point_id AND r.ts >= hour.since AND r.ts < hour.until
              AND r.ts BETWEEN %(earliest)s AND %(now)s
            ORDER BY r.ts DESC LIMIT 30
        ) sample
        WHERE delay_s < 86400
    ) AS median_s
    FROM hour
    OFFSET 0  -- once, not once for each use
) e
GROUP BY d.device, d.points, d.median_s, d.interval_s;

-- name: list_plausible_pairs
SELECT point_id, other_id, is_condition FROM visible.plausible_pair;

-- name: list_ingest_states
SELECT client_id, told_at, broker_since, broker_lost_at, broker_reason, outages, spool_messages, spool_bytes,
       spool_limit_bytes, spool_since, refused, damaged
FROM visible.ingest_state ORDER BY client_id;

-- name: list_senders
-- Of each line when something of it came last; without what is computed or analysed here.
WITH sending AS MATERIALIZED (
    SELECT point_id, line FROM visible.point WHERE site = %(site)s AND kind NOT IN ('calculated', 'laboratory')
), missing AS MATERIALIZED (
    SELECT split_part(topic, '/', 2) AS line, sum(missing)::bigint AS messages FROM visible.sequence_gap
    WHERE split_part(topic, '/', 1) = %(site)s GROUP BY 1
)
SELECT s.line, count(*) AS points, max(l.received_at) AS heard_at,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM l.received_at - l.ts)::float8)
           FILTER (WHERE l.checks & 32 <> 32) AS delay_s,
       coalesce(max(m.messages), 0) AS missing
FROM sending s
LEFT JOIN visible.latest l USING (point_id)
LEFT JOIN missing m USING (line)
GROUP BY s.line
ORDER BY s.line;
