-- Five minutes are the finest rollup. A minute of a point that is read every ten seconds held six readings and
-- took half their room again; of one that is read every minute it took three times the room of its reading.
-- What is finer is made from the readings when somebody looks. A bucket of minutes in which a unit changed was
-- in two units: it is merged as it stood.

CREATE TABLE rollup_5m (LIKE rollup_1h INCLUDING ALL);
SELECT create_hypertable('rollup_5m', by_range('bucket', INTERVAL '28 days'), create_default_indexes => false);
ALTER TABLE rollup_5m SET (fillfactor = 50);

INSERT INTO rollup_5m
SELECT point_id, time_bucket('5 minutes', bucket) AS bucket_5m, sum(n), sum(n_used), sum(n_good), sum(sum),
       sum(sum_good), min(min), max(max),
       first(first, first_ts) FILTER (WHERE n_used > 0), min(first_ts),
       last(last, last_ts) FILTER (WHERE n_used > 0), max(last_ts)
FROM rollup_1m GROUP BY 1, 2;

DROP VIEW visible.rollup_1m;
DROP TABLE rollup_1m;

CREATE VIEW visible.rollup_5m WITH (security_barrier) AS
SELECT r.* FROM rollup_5m r
JOIN point_window g ON g.point_id = r.point_id
    AND r.bucket >= g.granted_from AND r.bucket + INTERVAL '5 minutes' <= g.granted_to;

GRANT SELECT ON visible.rollup_5m TO virtaama_viewer;
GRANT SELECT, INSERT, UPDATE ON rollup_5m TO virtaama_ingest;

-- As it was, for these rollups.
CREATE OR REPLACE FUNCTION rebuild_rollups(
    point int, changed_at timestamptz, starts timestamptz[], scales float8[], offsets float8[]
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    zone text;
    span record;
    mine int;
BEGIN
    starts[1] := '-infinity';  -- what is before the first definition belongs to it
    SELECT s.time_zone INTO zone
    FROM public.point p JOIN public.line l USING (line_id) JOIN public.site s USING (site_id)
    WHERE p.point_id = point;
    FOR span IN
        SELECT 'rollup_5m' AS rollup, date_bin('5 minutes', changed_at, '2000-01-01Z') AS since,
               date_bin('5 minutes', changed_at, '2000-01-01Z') + INTERVAL '5 minutes' AS until
        UNION ALL
        SELECT 'rollup_1h', date_trunc('hour', changed_at, 'UTC'),
               date_trunc('hour', changed_at, 'UTC') + INTERVAL '1 hour'
        UNION ALL
        SELECT 'rollup_1d', day, (day AT TIME ZONE zone + INTERVAL '1 day') AT TIME ZONE zone
        FROM (SELECT date_trunc('day', changed_at, zone) AS day) today
    LOOP
        CONTINUE WHEN span.since = changed_at;
        EXECUTE format('SELECT FROM %I WHERE point_id = $1 AND bucket = $2 FOR UPDATE', span.rollup)
            USING point, span.since;
        mine := (SELECT count(*) FROM unnest(starts) AS s (start) WHERE start <= span.since);
        EXECUTE format($update$
            UPDATE %I SET
                n_used = r.n_used, n_good = r.n_good, sum = r.sum, sum_good = r.sum_good, min = r.min,
                max = r.max, first = r.first, first_ts = r.first_ts, last = r.last, last_ts = r.last_ts
            FROM (
                SELECT count(*) FILTER (WHERE used)::int AS n_used,
                       count(*) FILTER (WHERE good)::int AS n_good,
                       coalesce(sum(value) FILTER (WHERE used), 0) AS sum,
                       coalesce(sum(value) FILTER (WHERE good), 0) AS sum_good,
                       min(value) FILTER (WHERE used) AS min, max(value) FILTER (WHERE used) AS max,
                       (array_agg(value ORDER BY ts) FILTER (WHERE used))[1] AS first,
                       min(ts) FILTER (WHERE used) AS first_ts,
                       (array_agg(value ORDER BY ts DESC) FILTER (WHERE used))[1] AS last,
                       max(ts) FILTER (WHERE used) AS last_ts
                FROM (
                    SELECT r.ts, r.value IS NOT NULL AND r.qc <> 4 AS used,
                           r.value IS NOT NULL AND r.qc <= 2 AS good,
                           CASE WHEN own.scale = $5 AND own.shift = $6 THEN r.value
                                ELSE (r.value * own.scale + own.shift - $6) / $5 END AS value
                    FROM public.reading r
                    CROSS JOIN LATERAL (
                        SELECT d.scale, d.shift
                        FROM unnest($4::timestamptz[], $7::float8[], $8::float8[])
                            AS d (start, scale, shift)
                        WHERE d.start <= r.ts ORDER BY d.start DESC LIMIT 1
                    ) own
                    WHERE r.point_id = $1 AND r.ts >= $2 AND r.ts < $3
                ) readings
            ) r
            WHERE point_id = $1 AND bucket = $2
        $update$, span.rollup)
        USING point, span.since, span.until, starts, scales[mine], offsets[mine], scales, offsets;
    END LOOP;
END
$$;
