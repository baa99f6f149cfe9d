-- What a totaliser is counted from. Everything goes through schema `visible`. Times leave as
-- milliseconds since 1970 UTC.

-- name: counter_hours
-- For rollup_1h, and for rollup_1d, which stands for hours that were dropped.
SELECT point_id,
       array_agg((extract(epoch FROM bucket) * 1000)::float8 ORDER BY bucket) AS x_ms,
       array_agg(n_used ORDER BY bucket) AS n,
       array_agg((extract(epoch FROM first_ts) * 1000)::float8 ORDER BY bucket) AS first_ms,
       array_agg(first ORDER BY bucket) AS first,
       array_agg((extract(epoch FROM last_ts) * 1000)::float8 ORDER BY bucket) AS last_ms,
       array_agg(last ORDER BY bucket) AS last,
       array_agg(min ORDER BY bucket) AS low,
       array_agg(max ORDER BY bucket) AS high
FROM visible.{rollup}
WHERE point_id = ANY (%(points)s) AND bucket >= %(start)s AND bucket < %(end)s AND n_used > 0
GROUP BY point_id;

-- name: counter_readings
SELECT point_id,
       array_agg((extract(epoch FROM ts) * 1000)::float8 ORDER BY ts) AS x_ms,
       array_agg(value ORDER BY ts) AS value
FROM visible.reading
WHERE point_id = ANY (%(points)s) AND ts >= %(start)s AND ts < %(end)s
  AND value IS NOT NULL AND qc <> 4
GROUP BY point_id;

-- name: counter_neighbours
-- The last reading before a moment and the first after another, however long ago: found by the day.
SELECT p.point_id, (extract(epoch FROM r.bucket) * 1000)::float8 AS day_ms, r.x_ms, r.value
FROM unnest(%(points)s::int[]) AS p (point_id),
LATERAL (
    (
        SELECT bucket, (extract(epoch FROM last_ts) * 1000)::float8 AS x_ms, last AS value
        FROM visible.rollup_1d
        WHERE point_id = p.point_id AND bucket < %(start)s AND last_ts < %(start)s
        ORDER BY bucket DESC LIMIT 1
    )
    UNION ALL
    (
        SELECT bucket, (extract(epoch FROM first_ts) * 1000)::float8, first
        FROM visible.rollup_1d
        WHERE point_id = p.point_id AND bucket > %(end)s - INTERVAL '26 hours' AND first_ts >= %(end)s
        ORDER BY bucket LIMIT 1
    )
) r;

-- name: counter_definitions
SELECT point_id,
       array_agg((extract(epoch FROM valid_from) * 1000)::float8 ORDER BY valid_from) AS starts_ms,
       array_agg(unit ORDER BY valid_from) AS units,
       array_agg(range_hi ORDER BY valid_from) AS ends,
       array_agg(max_rate_per_h ORDER BY valid_from) AS max_rates_per_h
FROM visible.counter_definition
WHERE point_id = ANY (%(points)s)
GROUP BY point_id;

-- name: counter_instruments
SELECT point_id,
       array_agg((extract(epoch FROM valid_from) * 1000)::float8 ORDER BY valid_from) AS starts_ms,
       array_agg(instrument ORDER BY valid_from) AS instruments
FROM visible.assignment
WHERE point_id = ANY (%(points)s)
GROUP BY point_id;

-- name: counter_rates
-- What counters counted in each hour of a stretch in which they counted at all, largest first.
SELECT point_id, array_agg(rate ORDER BY rate DESC) AS rates_per_h
FROM (
    SELECT point_id, (last - lag(last) OVER hours)
           / (extract(epoch FROM NULLIF(last_ts - lag(last_ts) OVER hours, INTERVAL '0')) / 3600)
           AS rate
    FROM visible.rollup_1h
    WHERE point_id = ANY (%(points)s) AND bucket >= %(start)s AND bucket < %(end)s AND n_used > 0
    WINDOW hours AS (PARTITION BY point_id ORDER BY bucket)
) hours
WHERE rate > 0
GROUP BY point_id;
