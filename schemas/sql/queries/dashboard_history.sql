-- What charts, key figures and summaries ask for. Everything goes through schema `visible`: what the
-- viewer of the transaction was not granted does not exist here. Times leave as milliseconds since
-- 1970 UTC, and one row holds all of a point, because arrays cross to Python several times faster.

-- name: readings
SELECT point_id,
       array_agg((extract(epoch FROM ts) * 1000)::float8 ORDER BY ts) AS x_ms,
       array_agg(value ORDER BY ts) AS value,
       array_agg(qc ORDER BY ts) AS qc
FROM (
    SELECT point_id, ts, value, qc
    FROM visible.reading
    WHERE point_id = ANY (%(points)s) AND ts >= %(start)s AND ts < %(end)s
    ORDER BY point_id, ts
    LIMIT %(readings_max)s
) newest
GROUP BY point_id;

-- name: neighbours
-- The newest reading of [since, start) and the oldest of [end, until): lines enter and leave a window
-- through its edges, and a state that last changed long ago is known. All bounds are plain parameters,
-- so that chunks outside of them are left out when the question is planned.
(
    SELECT DISTINCT ON (point_id)
           point_id, (extract(epoch FROM ts) * 1000)::float8 AS x_ms, value, qc
    FROM visible.reading
    WHERE point_id = ANY (%(points)s) AND ts >= %(since)s AND ts < %(start)s
    ORDER BY point_id, ts DESC
)
UNION ALL
(
    SELECT DISTINCT ON (point_id)
           point_id, (extract(epoch FROM ts) * 1000)::float8 AS x_ms, value, qc
    FROM visible.reading
    WHERE point_id = ANY (%(points)s) AND ts >= %(end)s AND ts < %(until)s
    ORDER BY point_id, ts
);

-- name: doubts
-- Stretches of suspect and failed readings of one verdict and one mask, each point from its own start to its own
-- end. What fired as a mere remark is no reason; `start` and `end` hold all, so that other chunks are left out.
SELECT point_id, (extract(epoch FROM min(ts)) * 1000)::float8 AS start_ms,
       (extract(epoch FROM max(ts)) * 1000)::float8 AS end_ms, qc, checks, count(*)::int AS readings
FROM (
    SELECT point_id, ts, qc, checks,
           count(*) FILTER (WHERE is_first) OVER (PARTITION BY point_id, qc, checks ORDER BY ts) AS stretch
    FROM (
        SELECT point_id, ts, qc, checks,
               coalesce(ts - lag(ts) OVER (PARTITION BY point_id, qc, checks ORDER BY ts) > %(joined)s, true)
                   AS is_first
        FROM (
            SELECT r.point_id, r.ts, r.qc::int AS qc, r.checks & %(reasons)s AS checks
            FROM visible.reading r
            JOIN unnest(%(points)s::int[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
                AS asked (point_id, since, until)
                ON asked.point_id = r.point_id AND r.ts >= asked.since AND r.ts < asked.until
            WHERE r.point_id = ANY (%(points)s) AND r.ts >= %(start)s AND r.ts < %(end)s
              AND r.qc IN (3, 4)
        ) doubtful
    ) marked
) runs
GROUP BY point_id, qc, checks, stretch
ORDER BY start_ms
LIMIT %(stretches_max)s;

-- name: merged_buckets
-- For rollup_5m and rollup_1h: their buckets, merged into steps.
SELECT point_id,
       array_agg((extract(epoch FROM step) * 1000)::float8 ORDER BY step) AS x_ms,
       array_agg(n ORDER BY step) AS n,
       array_agg(n_used ORDER BY step) AS n_used,
       array_agg(n_good ORDER BY step) AS n_good,
       array_agg(sum ORDER BY step) AS sum,
       array_agg(sum_good ORDER BY step) AS sum_good,
       array_agg(min ORDER BY step) AS min,
       array_agg(max ORDER BY step) AS max,
       array_agg(first ORDER BY step) AS first,
       array_agg(last ORDER BY step) AS last
FROM (
    SELECT point_id,
           date_bin(make_interval(secs => %(step_s)s), bucket, '2000-01-01Z') AS step,
           sum(n)::int AS n, sum(n_used)::int AS n_used, sum(n_good)::int AS n_good,
           sum(sum) AS sum, sum(sum_good) AS sum_good, min(min) AS min, max(max) AS max,
           first(first, bucket) FILTER (WHERE n_used > 0) AS first,
           last(last, bucket) FILTER (WHERE n_used > 0) AS last
    FROM visible.{rollup}
    WHERE point_id = ANY (%(points)s) AND bucket >= %(start)s AND bucket < %(end)s
    GROUP BY 1, 2
) steps
GROUP BY point_id;

-- name: binned_readings
-- What is finer than the finest rollup, made from the readings in the same shape.
SELECT point_id,
       array_agg((extract(epoch FROM step) * 1000)::float8 ORDER BY step) AS x_ms,
       array_agg(n ORDER BY step) AS n,
       array_agg(n_used ORDER BY step) AS n_used,
       array_agg(n_good ORDER BY step) AS n_good,
       array_agg(sum ORDER BY step) AS sum,
       array_agg(sum_good ORDER BY step) AS sum_good,
       array_agg(min ORDER BY step) AS min,
       array_agg(max ORDER BY step) AS max,
       array_agg(first ORDER BY step) AS first,
       array_agg(last ORDER BY step) AS last
FROM (
    SELECT point_id,
           date_bin(make_interval(secs => %(step_s)s), ts, '2000-01-01Z') AS step,
           count(*)::int AS n,
           (count(value) FILTER (WHERE qc <> 4))::int AS n_used,
           (count(value) FILTER (WHERE qc <= 2))::int AS n_good,
           coalesce(sum(value) FILTER (WHERE qc <> 4), 0) AS sum,
           coalesce(sum(value) FILTER (WHERE qc <= 2), 0) AS sum_good,
           min(value) FILTER (WHERE qc <> 4) AS min,
           max(value) FILTER (WHERE qc <> 4) AS max,
           first(value, ts) FILTER (WHERE qc <> 4 AND value IS NOT NULL) AS first,
           last(value, ts) FILTER (WHERE qc <> 4 AND value IS NOT NULL) AS last
    FROM visible.reading
    WHERE point_id = ANY (%(points)s) AND ts >= %(start)s AND ts < %(end)s
    GROUP BY 1, 2
) steps
GROUP BY point_id;

-- name: day_buckets
-- Days begin at the site's local midnight and are never merged.
SELECT point_id,
       array_agg((extract(epoch FROM bucket) * 1000)::float8 ORDER BY bucket) AS x_ms,
       array_agg(n ORDER BY bucket) AS n,
       array_agg(n_used ORDER BY bucket) AS n_used,
       array_agg(n_good ORDER BY bucket) AS n_good,
       array_agg(sum ORDER BY bucket) AS sum,
       array_agg(sum_good ORDER BY bucket) AS sum_good,
       array_agg(min ORDER BY bucket) AS min,
       array_agg(max ORDER BY bucket) AS max,
       array_agg(first ORDER BY bucket) AS first,
       array_agg(last ORDER BY bucket) AS last
FROM visible.rollup_1d
WHERE point_id = ANY (%(points)s) AND bucket >= %(start)s AND bucket < %(end)s
GROUP BY point_id;

-- name: stored_since
-- Classes of which something was dropped, and before when.
SELECT class, dropped_before FROM visible.storage_class WHERE dropped_before > '-infinity';

-- name: definitions
-- What the values of points meant when; -infinity leaves as the number that it is to a float.
SELECT point_id, (extract(epoch FROM valid_from) * 1000)::float8 AS start_ms, unit, unit_display, states,
       typical_lo, typical_hi
FROM visible.point_definition
WHERE point_id = ANY (%(points)s)
ORDER BY point_id, valid_from;

-- name: limits
SELECT point_id, l.unit AS written, p.unit AS shown, bound, statistic, value,
       verified_by IS NOT NULL AS verified,
       (extract(epoch FROM valid_from) * 1000)::float8 AS start_ms,
       (extract(epoch FROM valid_to) * 1000)::float8 AS end_ms
FROM visible.limit_value l
JOIN visible.point p USING (point_id)
WHERE point_id = ANY (%(points)s) AND value IS NOT NULL
ORDER BY point_id, bound, statistic, valid_from, value;
